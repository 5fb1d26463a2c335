"""The deployment's front door: an ASGI application that gathers a request, checks who asks, and answers.

It knows credentials, scopes and limits; resources are api.py's, log-in pages oauth.py's.
"""

from __future__ import annotations

import logging
from typing import Any

from sandbox.accelo import pages
from sandbox.accelo.api import Api, UnknownPath
from sandbox.accelo.call import Call, Reply, effective_method, envelope, gather, refusal
from sandbox.accelo.catalogue import SINGULAR_PATHS
from sandbox.accelo.errors import AcceloError, invalid, no_token
from sandbox.accelo.limits import HourlyLimit, Lockout
from sandbox.accelo.oauth import OAuth
from sandbox.accelo.people import People
from sandbox.accelo.tokens import Grant, Tokens, allows
from sandbox.core import Core

_HOST = ".api.accelo.com"
_log = logging.getLogger(__name__)


class Front:
    """Serves HTTP requests."""

    def __init__(self, core: Core, tokens: Tokens, people: People, oauth: OAuth, api: Api, lockout: Lockout) -> None:
        self.core = core
        self.tokens = tokens
        self.people = people
        self.oauth = oauth
        self.api = api
        self.lockout = lockout
        self.limit = HourlyLimit(core)
        self.base_url = ""
        self._swap = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI interface."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        reply = await self.answer(scope, body)
        headers = [(b"content-type", reply.content_type.encode())]
        headers += [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers]
        headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def answer(self, scope: Any, body: bytes) -> Reply:
        """Serve one request; whatever goes wrong inside is a server_error."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        client = scope["client"][0] if scope.get("client") else "127.0.0.1"
        self.base_url = f"{scope.get('scheme', 'http')}://{headers.get('host', '127.0.0.1')}"
        call = Call("GET", path, {}, headers, client, self.base_url)
        try:
            content_type = headers.get("content-type", "")
            call.params = gather(query, body, content_type)
            call.method = effective_method(scope["method"], path, call.params, body, content_type)
            self._check_host(headers.get("host", ""))
            if path.startswith("/oauth2/v0/"):
                return self.oauth.answer(call)
            if not path.startswith("/api/v0/"):
                return self._no_page(call)
            return await self._authorised(call)
        except AcceloError as error:
            return refusal(call, error)
        except (OverflowError, RecursionError):
            # A number beyond 64 bits, or brackets nested a thousand deep: nothing that exists is asked for.
            return refusal(call, invalid())
        except Exception:  # logged, and answered with 500
            # The real deployment, too, answers what it did not expect with 500 server_error.
            _log.exception("Accelo %s %s", scope["method"], path)
            return refusal(call, AcceloError("server_error", "An unexpected error occurred."))

    def _no_page(self, call: Call) -> Reply:
        if call.path.startswith("/api/") and self.core.switches["accelo_unknown_path"] == "invalid_request":
            return refusal(call, invalid())
        return pages.message("Not found", "There is no such page.", 404)

    def _check_host(self, host: str) -> None:
        """A host of the real form must name this deployment; on loopback there is only this one."""
        name = host.partition(":")[0]
        if name.endswith(_HOST) and name != self.tokens.ready()["deployment"] + _HOST:
            raise invalid(f"Deployment '{name.removesuffix(_HOST)}' was not found.")

    async def _authorised(self, call: Call) -> Reply:
        """Token, hourly limit, then the resource; only answers to a good token carry the limit's headers."""
        self.lockout.check(call.client)
        grant = self._grant(call)
        call.staff_id, call.service = grant.staff_id, grant.service
        allowed, headers = self.limit.take()
        if not allowed:
            return self.limit.refuse(call, self.tokens.ready()["deployment"], headers)
        try:
            reply = await self._routed(call, grant)
        except UnknownPath:
            reply = self._no_page(call)
        except AcceloError as error:
            if error.status in ("invalid_request", "duplicate") and call.method in ("POST", "PUT"):
                error.http = int(self.core.switches["accelo_refused_write_status"])
            reply = refusal(call, error)
        reply.headers += headers
        return reply

    async def _routed(self, call: Call, grant: Grant) -> Reply:
        segments = [part for part in call.path.removeprefix("/api/v0/").split("/") if part]
        if not segments:
            raise UnknownPath
        stem, dot, suffix = segments[-1].rpartition(".")
        asked = next((value for name, value in call.headers.items() if name.lower() == "accept-type"), "")
        if asked.endswith(("xml", "yaml")) or (dot and suffix in ("xml", "yml")):
            raise invalid("This sandbox answers in JSON only.")
        if dot and suffix == "json":
            segments[-1] = stem
        if segments == ["tokeninfo"]:
            return envelope(call, self.people.token_info(grant.staff_id, grant.expires))
        top = SINGULAR_PATHS.get(segments[0], segments[0])
        if top != "user" and not allows(grant.scope, top, call.method != "GET"):
            http = int(self.core.switches["accelo_scope_violation"])
            raise AcceloError("invalid_permission", "The access token's scope does not cover this request.", http)
        if top == "webhooks" and segments[-1] == "dispatch" and len(segments) == 4 and call.method == "POST":
            return await self.api.webhooks.dispatch(call, segments[2])
        self._swap = not self._swap
        return self.api.answer(call, segments, self._swap)

    def _grant(self, call: Call) -> Grant:
        """Whose access token it is; raises AcceloError."""
        scheme, _, sent = call.headers.get("authorization", "").partition(" ")
        token = sent.strip() if scheme.lower() == "bearer" else ""
        asked = call.text("_bearer_token")
        if token and asked and not call.path.startswith("/api/v0/tokeninfo"):
            raise invalid("The request includes multiple credentials.")
        # /tokeninfo may ask about another token than the one that authorises it.
        grant = self.tokens.find(asked or token) if token or asked else None
        if grant is None:
            self.lockout.failed(call.client)
            raise no_token()
        return grant


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
