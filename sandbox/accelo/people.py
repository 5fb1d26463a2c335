"""Staff as the OAuth pages and the user endpoints need them: who logs in, who a token acts for, what they may do.

Source: Accelo API docs, _authentication (tokeninfo, account_details) and _user.
"""

from __future__ import annotations

import hmac
from typing import Any

from sandbox.accelo.tokens import Tokens
from sandbox.core import Core

_TITLES = {
    "company": ("Company", "Companies"),
    "contact": ("Contact", "Contacts"),
    "prospect": ("Sale", "Sales"),
    "issue": ("Ticket", "Tickets"),
    "job": ("Project", "Projects"),
    "contract": ("Retainer", "Retainers"),
    "task": ("Task", "Tasks"),
    "staff": ("User", "Users"),
}


class People:
    """Looks at the staff table."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self.core = core
        self.tokens = tokens

    def _row(self, staff_id: int) -> dict[str, Any]:
        cursor = self.core.store.db.execute("SELECT * FROM ac_staff WHERE id = ?", (staff_id,))
        row = cursor.fetchone()
        return {} if row is None else dict(zip([c[0] for c in cursor.description], row, strict=True))

    def api_user(self) -> int:
        """Whom the application runs as: the person of the ready file, else the first of the staff."""
        username = self.tokens.ready()["username"]
        found = self.core.store.db.execute(
            "SELECT id FROM ac_staff ORDER BY username = ? DESC, id LIMIT 1", (username,)
        ).fetchone()
        return int(found[0]) if found else 1

    def log_in(self, username: str, password: str) -> int | None:
        """The active staff member whose name (or e-mail) and password these are."""
        ready = self.tokens.ready()
        sql = (
            "SELECT id, username, password FROM ac_staff WHERE (username = ?1 OR email = ?1)"
            " AND COALESCE(standing, 'active') = 'active'"
        )
        rows = self.core.store.db.execute(sql, (username.strip(),)).fetchall()
        if not rows and username.strip() == ready["username"]:
            # A world with staff of its own: the person of the ready file is then the application's user.
            rows = [(self.api_user(), ready["username"], None)]
        for staff_id, name, own in rows:
            expected = ready["password"] if str(name).lower() == ready["username"] else own
            if expected and hmac.compare_digest(password.encode(), str(expected).encode()):
                return int(staff_id)
        return None

    def name(self, staff_id: int) -> str:
        """First name and surname."""
        row = self._row(staff_id)
        return f"{row.get('firstname', '')} {row.get('surname', '')}".strip()

    def locale(self) -> dict[str, Any]:
        """Currency and time zone of the deployment."""
        return {"currency": {"symbol": "$"}, "timezone": self.core.switches["accelo_timezone"]}

    def token_info(self, staff_id: int, expires: int) -> dict[str, Any]:
        """The response of /tokeninfo."""
        row = self._row(staff_id)
        return {
            "email": row.get("email"),
            "expiry_date": str(expires),
            "firstname": row.get("firstname"),
            "surname": row.get("surname"),
            "deployment": self.tokens.ready()["deployment"],
            "locale": self.locale(),
            "staff_id": str(staff_id),
        }

    def user_parts(self) -> dict[str, Any]:
        """What /user adds to the staff fields."""
        rights = {"add": 1, "admin": 1, "dashboard": 1, "manages": 1, "view": 1}
        return {
            "user_access": {name: dict(rights) for name in _TITLES},
            "user_titles": {name: {"singular": one, "plural": many} for name, (one, many) in _TITLES.items()},
            "locale": self.locale(),
        }

    def account_details(self, staff_id: int) -> dict[str, Any]:
        """The account_details of a token answer."""
        row = self._row(staff_id)
        names = ("firstname", "surname", "email", "username", "title", "position", "phone", "fax", "mobile")
        parts = self.user_parts()
        return {
            **{name: row.get(name) or "" for name in names},
            "initials": "".join(str(row.get(name) or "")[:1] for name in ("firstname", "surname")),
            "access_level": "admin",
            "user_access": parts["user_access"],
            "user_defined_titles": parts["user_titles"],
            "locale": parts["locale"],
        }
