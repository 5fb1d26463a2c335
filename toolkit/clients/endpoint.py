"""Where a system lives and what it said about itself: addresses, tokens, receipts and the log line of an exchange.

Values only. What is secret is kept out of every ``repr``.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from toolkit.errors import SettingsError
from toolkit.model import Side

Grant = Literal["authorization_code", "client_credentials", "jwt_bearer", "token"]

_SCOPES = {"salesforce": "api refresh_token", "accelo": "read(all),write(all)"}  # Accelo's own default: read


def is_loopback(url: str) -> bool:
    """Is the host of this address this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_address(url: str, what: str) -> str:
    """The address without a trailing slash; SettingsError unless it is https, or http on this machine."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise SettingsError(f"{what} is not a web address.", next_step="Give it as https://host, nothing behind it.")
    if parts.scheme == "http" and not is_loopback(url):
        raise SettingsError(f"{what} uses http.", next_step="Use https; plain http is for this machine only.")
    return url.strip().rstrip("/")


@dataclass(frozen=True)
class Endpoint:
    """What the settings say of a system; no secret in it.

    ``base_url`` is where the API is (Salesforce: My Domain; Accelo: https://DEPLOYMENT.api.accelo.com), ``login_url``
    where people and machines sign in (default: the base). ``scope`` is what a sign-in asks for.
    """

    system: Side
    base_url: str
    client_id: str = ""
    login_url: str = ""
    scope: str = ""
    api_version: str = "68.0"  # Salesforce: the newest version that this product was written for

    def __post_init__(self) -> None:
        name = self.system.capitalize()
        object.__setattr__(self, "base_url", checked_address(self.base_url, f"The address of {name}"))
        login = checked_address(self.login_url or self.base_url, f"The sign-in address of {name}")
        object.__setattr__(self, "login_url", login)
        object.__setattr__(self, "scope", self.scope or _SCOPES[self.system])

    @property
    def _oauth(self) -> str:
        return self.login_url + ("/services/oauth2" if self.system == "salesforce" else "/oauth2/v0")

    @property
    def authorize_url(self) -> str:
        return self._oauth + "/authorize"

    @property
    def token_url(self) -> str:
        return self._oauth + "/token"

    @property
    def revoke_url(self) -> str:
        return self._oauth + "/revoke"

    @property
    def is_local(self) -> bool:
        """A sandbox on this machine."""
        return is_loopback(self.base_url) and is_loopback(self.login_url)


@dataclass(frozen=True)
class Tokens:
    """The result of a sign-in. Times are unix seconds; ``expires_at`` is None where the system does not tell
    (Salesforce: only a 401 says that a session is over)."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    grant: Grant = "authorization_code"
    instance_url: str | None = None  # Salesforce tells where the org's API is
    scope: str = ""
    username: str | None = None
    identity: str | None = None  # Salesforce: https://login.salesforce.com/id/<org>/<user>
    issued_at: float = 0.0
    expires_at: float | None = None
    refreshed_at: float | None = None  # the last time that the access token was renewed
    api_version: str | None = None  # Salesforce: the version agreed on with this org


@dataclass(frozen=True)
class Exchange:
    """One request as the log keeps it: no query, no body, no header, so no secret and no record's value."""

    at: datetime
    system: Side
    method: str
    path: str
    status: int | None  # None: no answer
    ms: float
    bytes: int
    request_id: str | None = None
    server_date: datetime | None = None
    error_code: str | None = None
    attempt: int = 1
    write: bool = False


@dataclass(frozen=True)
class Receipt:
    """The answer to one write: ``row`` is what the system says the record now holds (empty where it does not tell)."""

    system: Side
    id: str
    row: dict[str, Any] = field(default_factory=dict, repr=False)
    status: int = 200
    request_id: str | None = None


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for a whole answer."""

    connect: float = 10.0
    read: float = 120.0
    total: float = 600.0


@dataclass(frozen=True)
class Changes:
    """What changed, oldest first, and the cursor from which the next poll may go on (subtract the overlap from it).

    Salesforce: ``upto`` is the server's time when the query began (datetime). Accelo: the newest stamp *seen* (unix
    seconds), never the clock: a page that the server cut short then only delays a change, it never loses one.
    """

    rows: list[dict[str, Any]]
    upto: Any
