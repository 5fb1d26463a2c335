"""The wrapper around each system's application: it reads, logs, strikes, delays and packs every request.

It knows how connections fail and how each system words such a failure; it knows no records.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sandbox.exchange import Exchange, enter, leave
from sandbox.wording import Answer, bearer, failure, gateway_page

if TYPE_CHECKING:
    from sandbox.core import Core

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
EffectiveMethod = Callable[[str, str, dict[str, str], bytes, str], str]

_ANSWERED_WITHOUT_HANDLER = {
    "unauthorized_once": 401,
    "unauthorized": 401,
    "token_expired": 401,
    "limit_403": 403,
    "too_many_429": 429,
    "server_error_500": 500,
    "unavailable_503": 503,
}
_GZIP_FROM = 200
"""Bytes; shorter bodies do not gain."""
_logger = logging.getLogger(__name__)


class _BodyCut(Exception):
    """The client went away before its body was complete."""


class ExchangeMiddleware:
    """ASGI wrapper around one system's application."""

    def __init__(self, app: App, core: Core, system: str, effective_method: EffectiveMethod) -> None:
        self.app, self.core, self.system, self.effective_method = app, core, system, effective_method
        self.close_door: Callable[[float], None] = lambda seconds: None
        self.before: Callable[[Exchange], None] = lambda exchange: None
        self._late: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        query = scope["query_string"].decode("latin-1")
        try:
            body = await _read(receive)
        except _BodyCut:
            self.core.log.open(self.system, scope["method"], scope["path"], query)
            return
        refusal = None
        if headers.get(b"content-encoding", b"").lower() == b"gzip":
            try:
                body = gzip.decompress(body)
                scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"content-encoding"]
            except (OSError, EOFError, zlib.error):
                refusal = failure(self.system, 400)
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        method = self.effective_method(scope["method"], scope["path"], dict(parse_qsl(query)), body, content_type)
        exchange = self.core.log.open(self.system, method, scope["path"], query)
        token = enter(exchange)
        try:
            if refusal is None:
                answer = await self._serve(exchange, scope, headers, body, receive, send)
            else:
                answer = refusal
            if answer is not None:
                latency = self.core.switches.int("latency_ms")
                if latency:
                    await asyncio.sleep(latency / 1000)
                exchange.status = answer.status
                await self._send(answer, headers, send)
        finally:
            leave(token)

    async def _serve(
        self, exchange: Exchange, scope: Scope, headers: dict[bytes, bytes], body: bytes, receive: Receive, send: Send
    ) -> Answer | None:
        """The answer, or None when the connection was cut instead."""
        struck = self.core.faults.matching(self.system, exchange.method, exchange.path) if self.core.faults.set else []
        exchange.domain_faults = [fault for fault in struck if fault.domain]
        if exchange.domain_faults:
            self.before(exchange)
        transport = next((fault for fault in struck if not fault.domain), None)
        if transport is None:
            dead = self.core.faults.dead_tokens
            if dead and bearer(headers, exchange.query) in dead and "/oauth2/" not in exchange.path:
                return failure(self.system, 401)
            return await self._handle(scope, body)
        kind, options = transport.kind, transport.options
        exchange.fault = kind
        if kind == "token_expired":
            self.core.faults.dead_tokens.add(bearer(headers, exchange.query))
        if kind in _ANSWERED_WITHOUT_HANDLER:
            bare = self.core.switches["accelo_429_body"] == "bare"
            return failure(self.system, _ANSWERED_WITHOUT_HANDLER[kind], bare)
        if kind == "html":
            return gateway_page(int(options.get("status", 502)))
        if kind in ("refused", "reset_before"):
            if kind == "refused" and options.get("seconds"):
                self.close_door(float(options["seconds"]))
            return _cut(scope)
        if kind == "timeout":
            await _hold(float(options.get("seconds", 60)), receive)
            return _cut(scope)
        if kind == "applied_late":
            self._apply_later(float(options.get("seconds", 2)), scope, body)
            return _cut(scope)
        answer = await self._handle(scope, body)
        if kind == "delivered_twice":
            return await self._handle(scope, body)
        if kind == "server_error_after_commit":
            return failure(self.system, 500)
        if kind == "slow":
            await asyncio.sleep(float(options.get("seconds", 3)))
            return answer
        if kind == "truncated" and answer.body:  # an answer without a body (204) is lost whole
            exchange.status = answer.status
            await self._send(answer, headers, send, cut=True)
            await asyncio.sleep(0.02)  # let the half leave the socket: an abort throws away what is still buffered
        elif kind == "timeout_after_commit":
            await _hold(float(options.get("seconds", 60)), receive)
        return _cut(scope)

    async def _handle(self, scope: Scope, body: bytes) -> Answer:
        """Run the system's application on a body that is complete, and gather its answer."""
        answer = Answer(500, [], b"")
        chunks: list[bytes] = []
        given = False

        async def receive() -> Message:
            nonlocal given
            if given:
                return {"type": "http.disconnect"}
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = list(message.get("headers", []))
            else:
                chunks.append(message.get("body", b""))

        try:
            await self.app(dict(scope), receive, send)
        except Exception:  # logged, and answered with 500
            # A mistake of the sandbox: it is shown here, and the client sees the system's own 500.
            _logger.exception("%s %s %s failed", self.system, scope["method"], scope["path"])
            return failure(self.system, 500)
        answer.body = b"".join(chunks)
        return answer

    async def _send(self, answer: Answer, asked: dict[bytes, bytes], send: Send, cut: bool = False) -> None:
        """Send an answer with the system's own Date, packed when that was asked for; `cut`: only half of the body."""
        body = answer.body
        headers = [pair for pair in answer.headers if pair[0].lower() not in (b"content-length", b"date")]
        headers.append((b"date", formatdate(self.core.clock.unix(self.system), usegmt=True).encode()))
        packed = any(name.lower() == b"content-encoding" for name, _ in headers)
        wanted = b"gzip" in asked.get(b"accept-encoding", b"").lower() and self.core.switches.on("gzip")
        if not packed and wanted and len(body) >= _GZIP_FROM:
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
        if answer.status not in (204, 304):
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half if cut else body, "more_body": cut})

    def _apply_later(self, seconds: float, scope: Scope, body: bytes) -> None:
        async def later() -> None:
            await asyncio.sleep(seconds)
            await self._handle(scope, body)

        task = asyncio.get_running_loop().create_task(later())  # the task copies the context, so its writes are logged
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def forget_late(self) -> None:
        """Drop the zombie writes that have not come yet (a reset)."""
        for task in self._late:
            task.cancel()


async def _read(receive: Receive) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return bytes(message.get("body", b""))
    chunks: list[bytes] = []
    while True:
        if message["type"] == "http.disconnect":
            raise _BodyCut
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()


async def _hold(seconds: float, receive: Receive) -> None:
    """Say nothing until the time is over or the client hangs up."""
    gone = asyncio.ensure_future(receive())
    await asyncio.wait({gone}, timeout=seconds)
    gone.cancel()


def _cut(scope: Scope) -> Answer | None:
    """Reset the connection under the request (the server's protocol puts its transport into the scope)."""
    reset: Callable[[], None] | None = scope.get("extensions", {}).get("sandbox.reset")
    if reset is None:
        raise RuntimeError("the server gives no transport: connection faults need sandbox.protocol")
    reset()
    return None
