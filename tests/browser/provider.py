"""An identity provider on loopback: OpenID Connect as it is (discovery, authorize, token, keys, end of session), with a
sign-in page of its own. It checks what a strict one checks: client, redirect address, PKCE, a code once only."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "toolkit-app", "client-secret-canary"
PAGE = """<!doctype html><title>Acme ID</title><h1>Acme ID</h1><form method="post" action="/login?{query}">
<label for="mail">Work e-mail</label><input id="mail" name="mail"><button>Continue</button></form>"""


@dataclass
class Provider:
    """``people``: e-mail -> what the ID token says of whether it is verified (None: nothing)."""

    redirect_uri: str
    people: dict[str, bool | None]
    issued_ago: int = 0
    ended: list[str] = field(default_factory=list)
    exchanged: int = 0
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        routes = [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/authorize", self._authorize),
            Route("/login", self._login, methods=["POST"]),
            Route("/token", self._token, methods=["POST"]),
            Route("/keys", self._keys),
            Route("/end", self._end),
        ]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = uvicorn.Config(Starlette(routes=routes), "127.0.0.1", self.port, log_level="warning")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Provider:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    async def _metadata(self, request: Request) -> Response:
        return JSONResponse({
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
            "end_session_endpoint": f"{self.url}/end", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"]})  # fmt: skip

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        right = (asked.get("client_id") == CLIENT and asked.get("redirect_uri") == self.redirect_uri
                 and asked.get("nonce")
                 and asked.get("code_challenge_method") == "S256"
                 and "openid" in asked.get("scope", "").split())  # fmt: skip
        return (
            HTMLResponse(PAGE.format(query=urlencode(asked)))
            if right
            else HTMLResponse("not this app", status_code=400)
        )

    async def _login(self, request: Request) -> Response:
        mail, asked = str((await request.form())["mail"]), dict(request.query_params)
        if mail not in self.people:
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = {**asked, "mail": mail}
            answer = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", status_code=303)

    async def _token(self, request: Request) -> Response:
        said = dict(await request.form())
        basic = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        held = self._codes.pop(str(said.get("code")), None)
        digest = hashlib.sha256(str(said.get("code_verifier")).encode()).digest()
        if basic != f"{CLIENT}:{SECRET}" or held is None or said.get("redirect_uri") != self.redirect_uri or (
                base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != held["code_challenge"]):  # fmt: skip
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        self.exchanged += 1
        now, verified = int(time.time()) - self.issued_ago, self.people[held["mail"]]
        claims: dict[str, Any] = {"iss": self.url, "sub": held["mail"], "aud": CLIENT, "iat": now, "exp": now + 90_000,
                                  "nonce": held["nonce"], "email": held["mail"]}  # fmt: skip
        claims |= {} if verified is None else {"email_verified": verified}
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "one"})
        return JSONResponse({"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 3600,
                             "id_token": token})  # fmt: skip

    async def _keys(self, request: Request) -> Response:
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return JSONResponse({"keys": [{**key, "kid": "one", "use": "sig", "alg": "RS256"}]})

    async def _end(self, request: Request) -> Response:
        hint = jwt.decode(request.query_params["id_token_hint"], options={"verify_signature": False})
        self.ended.append(str(hint["email"]))
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], status_code=303)
