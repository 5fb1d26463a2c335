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
from typing import Any

from toolkit.accounts import Account, Accounts, Person, Role
from toolkit.pages.provider import Visitor, visitor
from toolkit.settings import load_settings

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
    _ended: dict[str, float] = field(default_factory=dict)
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

    def end(self, visit: str) -> None:
        """A sign-in through a provider is over, in every open page and for a copy of its cookie too."""
        with self._lock:
            self._ended = {key: until for key, until in self._ended.items() if until > self.now()}
            self._ended[visit] = self.now() + LASTS

    def ended(self, visit: str) -> bool:
        return visit in self._ended

    def name(self, token: str | None) -> str | None:
        """The account's name of a living session."""
        with self._lock:
            name, until = self._people.get(token or "", ("", 0.0))
            if name and until <= self.now():
                del self._people[token or ""]
                return None
            return name or None


SESSIONS = Sessions()


def person_of(workspace: Path, cookies: Mapping[str, str], visitor: Visitor | None = None) -> Person | None:
    """Who asks. The role is read from the accounts each time: a change holds at once, also for open sessions.

    None: accounts exist and nobody is signed in. The address of a visitor for whom a provider vouches is an account's
    name.
    """
    accounts = Accounts(workspace)
    if not (all_ := {account.name: account for account in accounts.all()}):
        return LOCAL
    account: Account | None = all_.get(SESSIONS.name(cookies.get(COOKIE)) or "")
    if account is not None:
        return Person(account.name, account.role)
    return accounts.vouched_for(visitor.address) if visitor and not visitor.refused else None


def visiting(workspace: Path, said: Mapping[str, Any]) -> Visitor | None:
    """Whom the identity provider sent, by what it said; None for nobody, after twelve hours, and after signing out."""
    if not said:
        return None
    found = visitor(said, LASTS, trust_unverified=load_settings(workspace).identity.trust_unverified)
    return found if found and not SESSIONS.ended(found.key) else None
