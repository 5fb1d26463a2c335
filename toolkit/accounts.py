"""Who may use the app, and as what: local accounts with argon2 hashes, three roles, and what each role may do.

Kept in the workspace's ``accounts.json`` (mode 0600). No password is stored, shown or logged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock

from toolkit.errors import ToolkitError, UsageError
from toolkit.files import write_atomically

FILE = "accounts.json"
SHORTEST = 10
"""Characters that a password must have at least."""


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    CONSULTANT = "consultant"
    AUDITOR = "auditor"


class Deed(StrEnum):
    """What a person does in the app. Each server-side action asks for one; a hidden button is no protection."""

    CONNECT = "connect or disconnect a system"
    TOGGLE = "turn read-only on or off"
    CONFIGURE = "change settings"
    MAP = "change field rules and mappings"
    PLAN = "make a plan"
    CONFIRM = "confirm a plan"
    DECIDE = "decide in the inbox"
    STEER = "pause, resume or cancel a run"
    VIEW = "look"


MAY: Mapping[Role, frozenset[Deed]] = {
    Role.ADMINISTRATOR: frozenset(Deed),
    Role.CONSULTANT: frozenset(Deed) - {Deed.CONNECT, Deed.TOGGLE, Deed.CONFIGURE},
    Role.AUDITOR: frozenset({Deed.VIEW}),
}


class NotAllowed(ToolkitError):
    """This person's role does not include this deed; nothing was done."""


@dataclass(frozen=True)
class Person:
    """Somebody who uses the app. ``name`` is what evidence shows as the one who confirmed or decided."""

    name: str
    role: Role

    def may(self, deed: Deed) -> bool:
        return deed in MAY[self.role]

    def check(self, deed: Deed) -> None:
        """Raises NotAllowed; every action of the app calls this before it does anything."""
        if not self.may(deed):
            raise NotAllowed(
                f"{self.name} is {_an(self.role)} and may not {deed}.",
                next_step="Ask an administrator, or sign in with another account.",
            )


@dataclass(frozen=True)
class Account:
    """``hash`` is blank for somebody who signs in through the identity provider only."""

    name: str
    role: Role
    hash: str

    @property
    def signs_in(self) -> str:
        return "password" if self.hash else "identity provider"


class Accounts:
    """The accounts of one workspace."""

    def __init__(self, workspace: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = workspace / FILE
        self._hasher = hasher or PasswordHasher()

    def all(self) -> tuple[Account, ...]:
        if not self._path.exists():
            return ()
        rows = json.loads(self._path.read_text(encoding="utf-8"))
        return tuple(Account(row["name"], Role(row["role"]), row["hash"]) for row in rows)

    def add(self, name: str, role: Role, password: str | None) -> None:
        """Make an account, or give an existing one a new role and password.

        ``password`` None: no password is kept, and the name is an address that the identity provider vouches for.
        """
        if not name.strip():
            raise UsageError("An account needs a name.", next_step="toolkit users add NAME --role ROLE")
        if password is None and "@" not in name:
            raise UsageError(f"Without a password {name!r} could never sign in: it is no e-mail address.",
                             next_step="Give the address that the identity provider knows, or a password.")  # fmt: skip
        if password is not None and len(password) < SHORTEST:
            raise UsageError(f"The password is shorter than {SHORTEST} characters.", next_step="Choose a longer one.")
        account = Account(name.strip(), role, self._hasher.hash(password) if password is not None else "")
        with self._lock():
            self._save([*(a for a in self.all() if a.name != account.name), account])

    def remove(self, name: str) -> None:
        """Raises UsageError for an unknown name and for the last administrator while others exist."""
        with self._lock():
            rest = [account for account in self.all() if account.name != name]
            if len(rest) == len(self.all()):
                raise UsageError(f"There is no account {name!r}.", next_step="See them with: toolkit users list")
            if rest and not any(account.role is Role.ADMINISTRATOR for account in rest):
                raise UsageError("This is the last administrator.", next_step="Make another administrator first.")
            self._save(rest)

    def sign_in(self, name: str, password: str) -> Person | None:
        """The person, or None. An unknown name, and one without a password, take as long as a wrong password."""
        account = next((a for a in self.all() if a.name == name), None)
        try:
            self._hasher.verify((account.hash if account else "") or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return None
        return Person(account.name, account.role) if account and account.hash else None

    def vouched_for(self, address: str) -> Person | None:
        """Whom this e-mail address stands for here: the account of that name, in whatever case it is written."""
        account = next((a for a in self.all() if _folded(a.name) == _folded(address)), None)
        return Person(account.name, account.role) if account else None

    def _lock(self) -> FileLock:
        return FileLock(self._path.with_suffix(".lock"), timeout=10)

    def _save(self, accounts: list[Account]) -> None:
        rows = [asdict(account) for account in sorted(accounts, key=lambda a: a.name)]
        write_atomically(self._path, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
        self._path.chmod(0o600)


def _folded(name: str) -> str:
    """Capitals do not matter, but of ASCII only: some letters of other scripts become ASCII
    when they are made small."""
    return name.lower() if name.isascii() else name


def _an(role: Role) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


_NOBODY = PasswordHasher().hash("nobody has this password")
