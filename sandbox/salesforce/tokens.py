"""Access tokens, refresh tokens with rotation, and authorization codes; kept over resets and restarts.

Sources: Salesforce help, refresh token flow and refresh token rotation; at most 5 grants a user and application.
"""

from __future__ import annotations

import json
import secrets
import string
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from sandbox.salesforce.ids import to15

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

ACCESS, REFRESH, APPROVED = "keep:sf:access:", "keep:sf:refresh:", "keep:sf:approved:"
READY = "keep:sf:ready-tokens"
SCOPE = "refresh_token api id"
CODE_SECONDS = 15 * 60
GRANTS = 5
_LETTERS = string.ascii_letters + string.digits + "_."


@dataclass(frozen=True)
class Access:
    user_id: str
    client_id: str
    scope: str
    grant: str | None
    """The refresh token's family; None for the flows that have none."""


@dataclass(frozen=True)
class Refresh:
    user_id: str
    client_id: str
    scope: str
    grant: str
    at: float
    live: bool = True
    """False: rotated out; using it again kills the grant."""


@dataclass(frozen=True)
class Code:
    user_id: str
    client_id: str
    scope: str
    redirect_uri: str
    challenge: str | None
    expires: float
    nonce: str | None = None


class Tokens:
    def __init__(self, org: SalesforceOrg) -> None:
        self.org = org
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, Refresh] = {}
        self.approved: set[tuple[str, str]] = set()
        self.codes: dict[str, Code] = {}
        self.used_codes: set[str] = set()
        for key, value in org.core.store.kept():
            if key.startswith(ACCESS):
                self.access[key.removeprefix(ACCESS)] = Access(**json.loads(value))
            elif key.startswith(REFRESH):
                self.refresh[key.removeprefix(REFRESH)] = Refresh(**json.loads(value))
            elif key.startswith(APPROVED):
                client_id, _, user_id = key.removeprefix(APPROVED).rpartition(":")
                self.approved.add((client_id, user_id))

    def ready(self, client_id: str, user_id: str) -> dict[str, str]:
        """The ready file's pair: made once, and put in force again (at a reset) when it was revoked or rotated out."""
        held: dict[str, str] | None = self.org.core.store.get(READY)
        if held is not None:
            known = self.refresh.get(held["refresh_token"])
            if known is None or not known.live or held["access_token"] not in self.access:
                self._keep(held["refresh_token"], Refresh(user_id, client_id, SCOPE, secrets.token_hex(8), time.time()))
                again = self.refresh[held["refresh_token"]]
                access = Access(again.user_id, again.client_id, again.scope, again.grant)
                self.access[held["access_token"]] = access
                self.org.core.store.set(ACCESS + held["access_token"], asdict(access))
        if held is None:
            refresh = self.new_refresh(user_id, client_id, SCOPE)
            held = {"access_token": self.new_access(self.refresh[refresh]), "refresh_token": refresh}
            self.org.core.store.set(READY, held)
        return held

    def new_access(self, of: Refresh | Access) -> str:
        token = f"{to15(self.org.org_id)}!AQ{''.join(secrets.choice(_LETTERS) for _ in range(94))}"
        self.access[token] = Access(of.user_id, of.client_id, of.scope, of.grant)
        self.org.core.store.set(ACCESS + token, asdict(self.access[token]))
        return token

    def new_refresh(self, user_id: str, client_id: str, scope: str, grant: str | None = None) -> str:
        """A refresh token, of a new grant when none is given; a sixth grant revokes the oldest."""
        token = "5Aep861" + "".join(secrets.choice(_LETTERS) for _ in range(80))
        if grant is None:
            mine = [r for r in self.refresh.values() if r.live and r.user_id == user_id and r.client_id == client_id]
            for old in sorted(mine, key=lambda r: r.at)[: max(0, len(mine) - GRANTS + 1)]:
                self.revoke_grant(old.grant)
        held = Refresh(user_id, client_id, scope, grant or secrets.token_hex(8), time.time())
        self._keep(token, held)
        return token

    def rotate(self, token: str) -> str:
        """A successor; the token itself is remembered as rotated out."""
        held = self.refresh[token]
        self._keep(token, replace(held, live=False))
        return self.new_refresh(held.user_id, held.client_id, held.scope, held.grant)

    def _keep(self, token: str, held: Refresh) -> None:
        self.refresh[token] = held
        self.org.core.store.set(REFRESH + token, asdict(held))

    def revoke_grant(self, grant: str) -> None:
        """Every token of the grant is dead."""
        for access in [t for t, a in self.access.items() if a.grant == grant]:
            self.revoke_access(access)
        for refresh in [t for t, r in self.refresh.items() if r.grant == grant]:
            del self.refresh[refresh]
            self.org.core.store.delete(REFRESH + refresh)

    def revoke_access(self, token: str) -> None:
        self.access.pop(token, None)
        self.org.core.store.delete(ACCESS + token)

    def approve(self, client_id: str, user_id: str) -> None:
        """The user allowed the application once."""
        self.approved.add((client_id, user_id))
        self.org.core.store.set(f"{APPROVED}{client_id}:{user_id}", True)

    def new_code(self, code: Code) -> str:
        text = "aPrx" + secrets.token_urlsafe(60)
        self.codes[text] = code
        return text

    def take_code(self, text: str) -> Code | None:
        """The code, once."""
        code = self.codes.pop(text, None)
        if code is not None:
            self.used_codes.add(text)
        return code
