"""The OAuth 2.0 endpoints under /oauth2/v0: authorize with its pages, token, revoke.

One client_id serves as service, web and installed application; every loopback redirect address is registered.
Source: Accelo API docs, _authentication; RFC 6749 for the errors, RFC 7636 for the optional code challenge.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.accelo import pages
from sandbox.accelo.call import Call, Reply
from sandbox.accelo.errors import AcceloError, OAuthError
from sandbox.accelo.limits import Lockout
from sandbox.accelo.people import People
from sandbox.accelo.tokens import DEFAULT_SECONDS, Tokens, check_scope
from sandbox.core import Core
from sandbox.exchange import current

_LOST = "Grant was not found (possibly expired)."
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _redirect(address: str, **parameters: str) -> Reply:
    join = "&" if urlsplit(address).query else "?"
    target = f"{address}{join}{urlencode({name: value for name, value in parameters.items() if value})}"
    return Reply(302, b"", [("Location", target)], "text/html; charset=utf-8")


def _is_registered(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK and not parts.fragment
    except ValueError:
        return False


class OAuth:
    """Answers what is under /oauth2/v0."""

    def __init__(self, core: Core, tokens: Tokens, people: People, lockout: Lockout) -> None:
        self.core = core
        self.tokens = tokens
        self.people = people
        self.lockout = lockout

    def answer(self, call: Call) -> Reply:
        """Serve one request."""
        endpoint = call.path.removeprefix("/oauth2/v0").strip("/")
        handlers = {
            "authorize": self._authorize,
            "login": self._login,
            "approve": self._approve,
            "token": self._token,
            "revoke": self._revoke,
        }
        handler = handlers.get(endpoint)
        if handler is None:
            return pages.message("Not found", "There is no such page.", 404)
        try:
            self.lockout.check(call.client)
            return handler(call)
        except AcceloError as error:
            return self._error(error)

    def _error(self, error: AcceloError) -> Reply:
        body = json.dumps({"error": error.status, "error_description": error.message}).encode()
        headers = [*error.headers.items()]
        if error.http == 401:
            headers.append(("WWW-Authenticate", 'Basic realm="Accelo"'))
        return Reply(error.http, body, headers)

    def _json(self, content: dict[str, Any]) -> Reply:
        return Reply(200, json.dumps(content).encode(), [("Cache-Control", "no-store"), ("Pragma", "no-cache")])

    # authorize: the pages

    def _authorize(self, call: Call) -> Reply:
        if call.text("client_id") != self.tokens.ready()["client_id"]:
            return pages.message("Unknown application", "No application is registered under this client_id.", 401)
        address = call.text("redirect_uri")
        if address and not _is_registered(address):
            return pages.message(
                "Wrong redirect address", "The redirect_uri is not one that the application registered.", 400
            )
        facts = {
            name: call.text(name)
            for name in ("redirect_uri", "state", "expires_in", "code_challenge", "code_challenge_method")
        }
        if call.text("response_type") != "code":
            return self._refused(facts, "unsupported_response_type", "The response_type must be code.")
        try:
            facts["scope"] = check_scope(call.text("scope"))
        except OAuthError as error:
            return self._refused(facts, error.status, error.message)
        key = secrets.token_urlsafe(16)
        self.core.store.set(f"accelo:authorize:{key}", facts)
        if call.method == "POST":
            return Reply(
                302, b"", [("Location", f"{call.base_url}/oauth2/v0/approve?request={key}")], "text/html; charset=utf-8"
            )
        return pages.login(key, self.tokens.ready()["deployment"])

    def _refused(self, facts: dict[str, str], error: str, text: str) -> Reply:
        if facts["redirect_uri"]:
            return _redirect(facts["redirect_uri"], error=error, error_description=text, state=facts["state"])
        return pages.message("Not allowed", text, 400)

    def _pending(self, call: Call) -> tuple[str, dict[str, Any] | None]:
        key = call.text("request")
        return key, self.core.store.get(f"accelo:authorize:{key}")

    def _login(self, call: Call) -> Reply:
        key, facts = self._pending(call)
        if facts is None:
            return pages.message(
                "Start again", "This log-in has ended. Go back to the application and connect again.", 400
            )
        staff_id = self.people.log_in(call.text("username"), call.text("password"))
        if staff_id is None:
            self.lockout.failed(call.client)
            return pages.login(key, self.tokens.ready()["deployment"], wrong=True)
        # A fresh key: whoever saw the address before the log-in does not hold the session after it.
        fresh = secrets.token_urlsafe(16)
        self.core.store.delete(f"accelo:authorize:{key}")
        self.core.store.set(f"accelo:authorize:{fresh}", {**facts, "staff_id": staff_id})
        return Reply(
            302, b"", [("Location", f"{call.base_url}/oauth2/v0/approve?request={fresh}")], "text/html; charset=utf-8"
        )

    def _approve(self, call: Call) -> Reply:
        key, facts = self._pending(call)
        if facts is None:
            return pages.message(
                "Start again", "This request has ended. Go back to the application and connect again.", 400
            )
        if "staff_id" not in facts:
            return pages.login(key, self.tokens.ready()["deployment"])
        decision = call.text("decision")
        if call.method != "POST" or decision not in ("allow", "deny"):
            return pages.approve(
                key, self.people.name(facts["staff_id"]), self.tokens.ready()["client_id"], facts["scope"]
            )
        self.core.store.delete(f"accelo:authorize:{key}")
        if decision == "deny":
            return self._refused(facts, "access_denied", "The resource owner denied the request.")
        address = facts["redirect_uri"]
        code = self.tokens.new_code(pin=not address, **facts)
        return _redirect(address, code=code, state=facts["state"]) if address else pages.pin(code)

    # token and revoke: the machine's side

    def _client(self, call: Call, public: bool = False) -> None:
        """Check the client's credentials; raises OAuthError (invalid_client)."""
        scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
        client_id, secret = call.text("client_id"), call.text("client_secret")
        if scheme.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                client_id = ""
        ready = self.tokens.ready()
        known = hmac.compare_digest(client_id.encode(), ready["client_id"].encode())
        if known and (hmac.compare_digest(secret.encode(), ready["client_secret"].encode()) or (public and not secret)):
            return
        self.lockout.failed(call.client)
        raise OAuthError("invalid_client", "client id and secret were not found")

    def _token(self, call: Call) -> Reply:
        if call.method != "POST":
            raise OAuthError("invalid_request", "The token endpoint takes POST only.")
        grant_type = call.text("grant_type")
        if grant_type == "authorization_code":
            return self._from_code(call)
        self._client(call)
        if grant_type == "client_credentials":
            scope = check_scope(call.text("scope"))
            return self._granted(
                call, self.people.api_user(), scope, self._seconds(call.text("expires_in")), service=True
            )
        if grant_type == "refresh_token":
            return self._from_refresh(call)
        raise OAuthError(
            "unsupported_grant_type", "The authorization grant type is not supported by the authorization server."
        )

    def _seconds(self, text: str) -> int:
        if not text:
            return DEFAULT_SECONDS
        if not text.isdigit() or int(text) == 0:
            raise OAuthError("invalid_request", "expires_in must be a number of seconds.")
        return int(text)

    def _from_code(self, call: Call) -> Reply:
        facts = self.tokens.take_code(call.text("code")) if call.text("code") else None
        self._client(call, public=bool(facts and facts["code_challenge"]))
        if facts is None or (call.text("redirect_uri") or facts["redirect_uri"]) != facts["redirect_uri"]:
            raise OAuthError("invalid_grant", _LOST)
        if facts["code_challenge"]:
            digest = hashlib.sha256(call.text("code_verifier").encode()).digest()
            made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            expected = made if facts["code_challenge_method"] == "S256" else call.text("code_verifier")
            if not hmac.compare_digest(expected.encode(), facts["code_challenge"].encode()):
                raise OAuthError("invalid_grant", _LOST)
        seconds = self._seconds(call.text("expires_in") or facts["expires_in"])
        return self._granted(call, facts["staff_id"], facts["scope"], seconds, service=False)

    def _from_refresh(self, call: Call) -> Reply:
        token = call.text("refresh_token")
        grant = self.tokens.of_refresh(token)
        exchange = current()
        if exchange is not None and exchange.struck("refresh_rotated") is not None:
            self.tokens.drop(token)
            grant = None
        if grant is None:
            raise OAuthError("invalid_grant", _LOST)
        if self.core.switches.on("accelo_refresh_rotation"):
            self.tokens.drop(token)
        return self._granted(call, grant.staff_id, grant.scope, self._seconds(call.text("expires_in")), service=False)

    def _granted(self, call: Call, staff_id: int, scope: str, seconds: int, service: bool) -> Reply:
        made = self.tokens.issue(staff_id, scope, seconds, service)
        deployment = self.tokens.ready()["deployment"]
        return self._json(
            {
                **made,
                "token_type": "bearer" if service else "Bearer",
                "expires_in": str(seconds) if service else seconds,
                "deployment": deployment,
                "deployment_name": "Accelo Sandbox",
                # On the real one it leads to the web address; here it must not lead off this machine.
                "deployment_uri": call.base_url,
                "account_id": str(staff_id),
                "account_details": self.people.account_details(staff_id),
            }
        )

    def _revoke(self, call: Call) -> Reply:
        self._client(call)
        if not call.text("token"):
            raise OAuthError("invalid_request", "The parameter token is required.")
        self.tokens.drop(call.text("token"))
        return self._json({"status": "ok"})
