"""OAuth 2.0 of the org: token, revoke, introspect; the pages before a code are in `consent`.

Sources: Salesforce help, OAuth web server flow, refresh token flow, JWT bearer flow, client credentials flow and
OAuth error codes; refused on purpose: the username-password flow and the user-agent flow.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.exchange import current
from sandbox.salesforce import clients, identity, values
from sandbox.salesforce.clients import Client
from sandbox.salesforce.consent import active_user, form_of
from sandbox.salesforce.tokens import Access, Code

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LONGEST = 5 * 60
REFRESHING = frozenset({"refresh_token", "offline_access", "full_refresh"})


class OAuthError(Exception):
    """400 with `{error, error_description}`."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error, description)
        self.error, self.description, self.status = error, description, status

    def response(self) -> Response:
        body = {"error": self.error, "error_description": self.description}
        return JSONResponse(body, self.status, {"Cache-Control": "no-store"})


class OAuth:
    def __init__(self, org: SalesforceOrg) -> None:
        self.org, self.tokens = org, org.tokens

    def routes(self) -> list[Route]:
        base = "/services/oauth2"
        return [
            Route(f"{base}/token", self.token, methods=["POST"]),
            Route(f"{base}/revoke", self.revoke, methods=["GET", "POST"]),
            Route(f"{base}/introspect", self.introspect, methods=["POST"]),
        ]

    # -- token -------------------------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        form = await form_of(request)
        flows = {
            "authorization_code": self._code,
            "refresh_token": self._refresh,
            JWT_GRANT: self._jwt,
            "client_credentials": self._client_credentials,
        }
        try:
            flow = flows.get(form.get("grant_type", ""))
            if "grant_type" not in form:
                raise OAuthError("invalid_request", "must supply grant_type")
            if flow is None:
                raise OAuthError("unsupported_grant_type", "grant type not supported")
            body = flow(form, request)
        except OAuthError as error:
            return error.response()
        return JSONResponse(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    def _code(self, form: Mapping[str, str], request: Request) -> dict[str, str]:
        client = self._client(form, request, secret_required=False)
        text = form.get("code", "")
        if text in self.tokens.used_codes:
            raise OAuthError("invalid_grant", "expired authorization code")
        code = self.tokens.take_code(text)
        if code is None or code.client_id != client.client_id:
            raise OAuthError("invalid_grant", "invalid authorization code")
        if code.expires < time.time():
            raise OAuthError("invalid_grant", "expired authorization code")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        self._verify(code, form)
        self._usable(code.user_id)
        scopes = code.scope.split()
        if REFRESHING & set(scopes):
            refresh = self.tokens.new_refresh(code.user_id, client.client_id, code.scope)
            body = self._body(self.tokens.new_access(self.tokens.refresh[refresh]), request)
            body["refresh_token"] = refresh
        else:
            body = self._body(self.tokens.new_access(Access(code.user_id, client.client_id, code.scope, None)), request)
        if "openid" in scopes:
            body["id_token"] = identity.id_token(self.org, code.user_id, client, base_url(request), code.nonce)
        return body

    @staticmethod
    def _verify(code: Code, form: Mapping[str, str]) -> None:
        verifier = form.get("code_verifier")
        if code.challenge is None:
            return
        if not verifier:
            raise OAuthError("invalid_grant", "code verifier is required")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not hmac.compare_digest(digest, code.challenge.rstrip("=")):
            raise OAuthError("invalid_request", "invalid code verifier")

    def _refresh(self, form: Mapping[str, str], request: Request) -> dict[str, str]:
        client = self._client(form, request, secret_required=False)
        token = form.get("refresh_token", "")
        held = self.tokens.refresh.get(token)
        exchange = current()
        if held is not None and exchange is not None and exchange.struck("refresh_rotated") is not None:
            held = None
        elif held is not None and not held.live:
            self.tokens.revoke_grant(held.grant)  # somebody holds a copy: nobody keeps access
            held = None
        if held is None or held.client_id != client.client_id:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        self._usable(held.user_id)
        rotating = self.org.core.switches.on("salesforce_refresh_rotation")
        successor = self.tokens.rotate(token) if rotating else None
        body = self._body(self.tokens.new_access(held), request)
        if successor:
            body["refresh_token"] = successor
        return body

    def _jwt(self, form: Mapping[str, str], request: Request) -> dict[str, str]:
        assertion = form.get("assertion", "")
        try:
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        client = clients.find(self.org.core, str(claims.get("iss")))
        if client is None:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        key = client.key()
        if key is None:
            raise OAuthError("invalid_client", "no certificate is registered for this application")
        try:
            jwt.decode(assertion, key, algorithms=["RS256"], options={"verify_aud": False, "verify_exp": False})
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        here = base_url(request)
        audience = claims.get("aud")
        asked = audience if isinstance(audience, list) else [audience]
        if not {*AUDIENCES, here, f"{here}/services/oauth2/token"} & {str(a).rstrip("/") for a in asked}:
            raise OAuthError("invalid_grant", "audience is invalid")
        expires, now = claims.get("exp"), self.org.unix()
        if not isinstance(expires, int | float) or expires < now or expires > now + LONGEST + 60:
            raise OAuthError("invalid_grant", "token validity expired")
        user_id = active_user(self.org, str(claims.get("sub")))
        if user_id is None:
            raise OAuthError("invalid_grant", "invalid user")
        if (client.client_id, user_id) not in self.tokens.approved and user_id not in client.preauthorized:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        return self._body(self.tokens.new_access(Access(user_id, client.client_id, "id api", None)), request)

    def _client_credentials(self, form: Mapping[str, str], request: Request) -> dict[str, str]:
        client = self._client(form, request, secret_required=True)
        if not client.run_as:
            raise OAuthError("invalid_grant", "no client credentials user enabled")
        self._usable(client.run_as)
        body = self._body(self.tokens.new_access(Access(client.run_as, client.client_id, "id api", None)), request)
        # The real one is https://api.salesforce.com: a client that follows it must stay on this machine.
        body["api_instance_url"] = base_url(request)
        return body

    def _client(self, form: Mapping[str, str], request: Request, secret_required: bool) -> Client:
        given = values.basic(request.headers.get("authorization", "")) or ("", "")
        client_id, secret = form.get("client_id") or given[0], form.get("client_secret") or given[1]
        if not client_id:
            raise OAuthError("invalid_request", "must supply client_id")
        client = clients.find(self.org.core, client_id)
        if client is None:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if (secret or secret_required) and not hmac.compare_digest(secret, client.secret):
            raise OAuthError("invalid_client", "invalid client credentials")
        return client

    def _usable(self, user_id: str) -> None:
        found = self.org.db.execute("SELECT IsActive FROM sf_User WHERE Id = ?", (user_id,)).fetchone()
        if found is None or not found[0]:
            raise OAuthError("invalid_grant", "inactive user")

    def _body(self, token: str, request: Request) -> dict[str, str]:
        held, here = self.tokens.access[token], base_url(request)
        issued = str(int(self.org.unix() * 1000))
        user_url = f"{here}/id/{self.org.org_id}/{held.user_id}"
        client = clients.find(self.org.core, held.client_id)
        secret = client.secret.encode() if client else b""
        signature = base64.b64encode(hmac.new(secret, (user_url + issued).encode(), hashlib.sha256).digest()).decode()
        return {
            "access_token": token,
            "signature": signature,
            "scope": held.scope,
            "instance_url": here,
            "id": user_url,
            "token_type": "Bearer",
            "issued_at": issued,
        }

    # -- after -------------------------------------------------------------------------------------------------------

    async def revoke(self, request: Request) -> Response:
        token = {**request.query_params, **(await form_of(request))}.get("token", "")
        if token in self.tokens.refresh:
            self.tokens.revoke_grant(self.tokens.refresh[token].grant)
        elif token in self.tokens.access:
            self.tokens.revoke_access(token)
        else:
            return OAuthError("invalid_token", "invalid token").response()
        return Response(status_code=200)

    async def introspect(self, request: Request) -> Response:
        form = await form_of(request)
        try:
            client = self._client(form, request, secret_required=True)
        except OAuthError as error:
            return JSONResponse({"error": error.error, "error_description": error.description}, 401)
        token = form.get("token", "")
        held = self.tokens.access.get(token) or self.tokens.refresh.get(token)
        if held is None or held.client_id != client.client_id or (token in self.org.core.faults.dead_tokens):
            return JSONResponse({"active": False})
        return JSONResponse(
            {
                "active": True,
                "scope": held.scope,
                "client_id": client.client_id,
                "username": self.org.username(held.user_id),
                "sub": f"{base_url(request)}/id/{self.org.org_id}/{held.user_id}",
                "token_type": "access_token" if token in self.tokens.access else "refresh_token",
                "exp": int(self.org.unix()) + 7200,
                "iat": int(self.org.unix()),
                "nbf": int(self.org.unix()),
            }
        )


def base_url(request: Request) -> str:
    """The address that the client reached this org by."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"
