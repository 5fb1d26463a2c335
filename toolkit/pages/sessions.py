"""Who sits in front of which browser: sign-in sessions kept on the server, known to the browser by one HttpOnly cookie.

Without accounts the app serves this machine only, and whoever sits there is its administrator.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from toolkit.accounts import Account, Accounts, Person, Role

COOKIE = "toolkit_session"
LASTS = 12 * 3600.0
"""Seconds after which a person signs in again."""
TRIES, PAUSE = 5, 60.0
"""So many wrong passwords for one name, and the name rests for so many seconds."""

LOCAL = Person("local administrator", Role.ADMINISTRATOR)


@dataclass
class Sessions:
    """All sessions of this process. ``now`` gives seconds and never goes back."""

    now: Callable[[], float] = time.monotonic
    _people: dict[str, tuple[str, float]] = field(default_factory=dict)
    _wrong: dict[str, list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sign_in(self, accounts: Accounts, name: str, password: str) -> str | None:
        """The new session's secret, or None for a wrong name or password and while the name rests."""
        with self._lock:
            wrong = [at for at in self._wrong.get(name, []) if self.now() - at < PAUSE]
            self._wrong[name] = wrong
            if len(wrong) >= TRIES:
                return None
        person = accounts.sign_in(name, password)
        with self._lock:
            if person is None:
                self._wrong.setdefault(name, []).append(self.now())
                return None
            self._wrong.pop(name, None)
            token = secrets.token_urlsafe(32)
            self._people[token] = (person.name, self.now() + LASTS)
            return token

    def sign_out(self, token: str | None) -> None:
        with self._lock:
            self._people.pop(token or "", None)

    def name(self, token: str | None) -> str | None:
        """The account's name of a living session."""
        with self._lock:
            name, until = self._people.get(token or "", ("", 0.0))
            if name and until <= self.now():
                del self._people[token or ""]
                return None
            return name or None


SESSIONS = Sessions()


def person_of(workspace: Path, cookies: Mapping[str, str], oidc_email: str | None = None) -> Person | None:
    """Who asks. The role is read from the accounts each time: a change holds at once, also for open sessions.

    None: accounts exist and nobody is signed in. An e-mail that an identity provider vouches for is an account's name.
    """
    accounts = {account.name: account for account in Accounts(workspace).all()}
    if not accounts:
        return LOCAL
    name = oidc_email or SESSIONS.name(cookies.get(COOKIE))
    account: Account | None = accounts.get(name or "")
    return Person(account.name, account.role) if account else None
