"""Clients, codes and tokens of the deployment, kept in the store; and what a scope allows.

Source: Accelo API docs, _authentication. Keys under `keep:` survive a reset.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.accelo.errors import OAuthError
from sandbox.core import Core

DEFAULT_SCOPE = "read(all)"
DEFAULT_SECONDS = 30 * 24 * 3600
CODE_SECONDS = 600
_READY = "keep:accelo:ready"
_GRANT = re.compile(r"(read|write)\(\s*([a-z_]+(?:\s*,\s*[a-z_]+)*)\s*\)")


@dataclass(frozen=True)
class Grant:
    """Whose token it is, for what, until when (unix seconds of the server's clock)."""

    staff_id: int
    scope: str
    expires: int
    service: bool = False


def check_scope(text: str) -> str:
    """A scope that can be read; raises OAuthError (invalid_scope)."""
    scope = text.strip() or DEFAULT_SCOPE
    rest = _GRANT.sub("", scope).replace(",", "").strip()
    if rest or not _GRANT.search(scope):
        raise OAuthError("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    return scope


def allows(scope: str, resource: str, write: bool) -> bool:
    """Does the scope cover a read or write of a resource; write includes read."""
    for verb, names in _GRANT.findall(scope):
        covered = {name.strip() for name in names.split(",")}
        if (verb == "write" or not write) and covered & {"all", resource}:
            return True
    return False


class Tokens:
    """Issues and looks up tokens."""

    def __init__(self, core: Core) -> None:
        self.core = core

    @property
    def now(self) -> int:
        return self.core.clock.unix("accelo")

    def ready(self) -> dict[str, str]:
        """The client, person and tokens of the ready file: made once, valid for ever."""
        kept: dict[str, str] | None = self.core.store.get(_READY)
        if kept is None:
            kept = {
                "deployment": "sandbox",
                "username": "nora.whitfield",
                "password": secrets.token_urlsafe(9),
                "client_id": f"{secrets.token_hex(4)}ao@sandbox.accelo.com",
                "client_secret": secrets.token_urlsafe(24),
                "access_token": secrets.token_urlsafe(48),
                "refresh_token": secrets.token_urlsafe(48),
            }
            self.core.store.set(_READY, kept)
        return dict(kept)

    def restore_ready(self, staff_id: int) -> None:
        """Put the ready file's tokens in force (again)."""
        ready = self.ready()
        grant = {
            "staff_id": staff_id,
            "scope": "write(all)",
            "expires": self.now + 10 * 365 * 24 * 3600,
            "service": False,
        }
        self.core.store.set(f"keep:accelo:access:{ready['access_token']}", grant)
        self.core.store.set(f"keep:accelo:refresh:{ready['refresh_token']}", grant)

    def issue(self, staff_id: int, scope: str, seconds: int, service: bool) -> dict[str, str]:
        """A new access token, with a refresh token unless it is for a service application."""
        made = {"access_token": secrets.token_urlsafe(48)}
        grant = {"staff_id": staff_id, "scope": scope, "expires": self.now + seconds, "service": service}
        self.core.store.set(f"keep:accelo:access:{made['access_token']}", grant)
        if not service:
            made["refresh_token"] = secrets.token_urlsafe(48)
            self.core.store.set(f"keep:accelo:refresh:{made['refresh_token']}", grant)
        return made

    def find(self, token: str) -> Grant | None:
        """The grant of an access token that has not expired."""
        found: dict[str, Any] | None = self.core.store.get(f"keep:accelo:access:{token}")
        return Grant(**found) if found and found["expires"] > self.now else None

    def of_refresh(self, token: str) -> Grant | None:
        """The grant of a refresh token."""
        found: dict[str, Any] | None = self.core.store.get(f"keep:accelo:refresh:{token}")
        return Grant(**found) if found else None

    def drop(self, token: str) -> None:
        """End an access or refresh token."""
        self.core.store.delete(f"keep:accelo:access:{token}")
        self.core.store.delete(f"keep:accelo:refresh:{token}")

    def new_code(self, pin: bool, **facts: Any) -> str:
        """A code for the redirect, or a PIN for a person to copy."""
        code = str(secrets.randbelow(900_000_000) + 100_000_000) if pin else secrets.token_urlsafe(24)
        self.core.store.set(f"accelo:code:{code}", {**facts, "expires": self.now + CODE_SECONDS})
        return code

    def take_code(self, code: str) -> dict[str, Any] | None:
        """What a code was given for; it is good once, for ten minutes."""
        found: dict[str, Any] | None = self.core.store.get(f"accelo:code:{code}")
        self.core.store.delete(f"accelo:code:{code}")
        return found if found and found["expires"] > self.now else None
