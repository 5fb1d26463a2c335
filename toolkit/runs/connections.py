"""Connecting a workspace to a system, saying what a connection is, and ending it. Screens and commands use the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from toolkit.clients import oauth
from toolkit.clients.credentials import Credentials
from toolkit.clients.endpoint import Endpoint, Tokens
from toolkit.clients.ports import AcceloReading, SalesforceReading
from toolkit.errors import AuthFailed, NotConnected, UsageError
from toolkit.model import Side

Way = Literal["client_credentials", "jwt", "token"]

SCOPES: Mapping[Side, str] = {"salesforce": "api refresh_token", "accelo": "write(all)"}
"""Asked for at every sign-in. Accelo: write(x) includes reading x, and the default of its servers could not write."""


@dataclass(frozen=True)
class Given:
    """What a machine signs in with; none of it comes from the command line's arguments."""

    secret: str = ""
    token: str = ""
    private_key: str = ""
    username: str = ""


def sign_in(endpoint: Endpoint, credentials: Credentials, way: Way, given: Given, now: datetime) -> Tokens:
    """Signs in without a browser and keeps what renewing needs. Raises AuthFailed, Unavailable, UsageError."""
    system, name = endpoint.system, endpoint.system.capitalize()
    if way == "client_credentials":
        secret = given.secret or credentials.secret(system)
        if not secret:
            raise UsageError(
                f"{name}: no client secret was given.",
                next_step=f"Give it on standard input or as {name.upper()}_CLIENT_SECRET.",
            )
        tokens = oauth.client_credentials(endpoint, secret, now=now)
        credentials.put_secret(system, secret)
    elif way == "jwt":
        tokens = oauth.jwt_bearer(endpoint, given.username, given.private_key, now=now)
        credentials.put_secret(system, given.private_key, "jwt_key")
    else:
        if not given.token:
            raise UsageError(
                f"{name}: no token was given.", next_step=f"Give it on standard input or as {name.upper()}_TOKEN."
            )
        tokens = oauth.given_token(endpoint, given.token, now=now)
    credentials.put(system, tokens)
    return tokens


def sign_in_with_browser(
    endpoint: Endpoint,
    credentials: Credentials,
    port: int,
    show: Callable[[str], None],
    now: Callable[[], datetime],
    secret: str = "",
    seconds: float = 300,
) -> Tokens:
    """The web-server flow: ``show`` gets the address that a person must open; the browser comes back here."""
    from toolkit.clients.oauth_callback import LoopbackCallback

    with LoopbackCallback(endpoint.system, port) as callback:
        address, pending = oauth.start(endpoint, callback.redirect_uri)
        show(address)
        secret = secret or credentials.secret(endpoint.system) or ""
        tokens = oauth.finish(pending, callback.wait(seconds), secret=secret or None, now=now())
    if secret:
        credentials.put_secret(endpoint.system, secret)
    credentials.put(endpoint.system, tokens)
    return tokens


def proven(system: Side, credentials: Credentials, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the system says of a fresh connection; one that cannot work is forgotten, its token would mislead."""
    try:
        return ask()
    except (AuthFailed, NotConnected):
        credentials.forget_tokens(system)
        raise


def salesforce_status(reader: SalesforceReading, tokens: Callable[[], Tokens]) -> dict[str, Any]:
    """Org, user, API access, calls left. Raises NoApiAccess, AuthFailed, Unavailable."""
    organization, user, limits = reader.organization(), reader.user(), reader.limits()
    calls, held = limits.get("DailyApiRequests") or {}, tokens()  # a 401 above may have renewed them
    names = (user.get(name) for name in ("preferred_username", "Username", "Name", "name"))
    return {
        "org": organization.get("Name"),
        "org_id": organization.get("Id"),
        "edition": organization.get("OrganizationType"),
        "user": next(filter(None, names), held.username),
        "api_access": True,
        "api_version": reader.api_version,
        "scopes": held.scope.split(),
        "calls_left": calls.get("Remaining"),
        "calls_limit": calls.get("Max"),
        **_times(held),
    }


def accelo_status(
    reader: AcceloReading, tokens: Callable[[], Tokens], budget: Callable[[], Mapping[str, Any]]
) -> dict[str, Any]:
    """Deployment, user, scopes, calls left this hour. Raises AuthFailed, Unavailable."""
    said = reader.token_info()
    held, left = tokens(), budget()  # asked now: the answer above told it
    return {
        "deployment": said.get("deployment"),
        "user": f"{said.get('firstname', '')} {said.get('surname', '')}".strip() or said.get("email"),
        "email": said.get("email"),
        "time_zone": (said.get("locale") or {}).get("timezone"),
        "api_access": True,
        "scopes": held.scope.split(","),
        "calls_left": left.get("remaining"),
        "calls_limit": left.get("limit"),
        **_times(held),
    }


def _times(tokens: Tokens) -> dict[str, str | None]:
    def shown(moment: float | None) -> str | None:
        return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds") if moment else None

    return {
        "connected_by": tokens.grant.replace("_", " "),
        "connected_at": shown(tokens.issued_at),
        "refreshed_at": shown(tokens.refreshed_at),
        "expires_at": shown(tokens.expires_at),
    }
