"""What listens for Accelo's webhooks while the service runs: signature checked, answered at once, a poll nudged.

Nothing that comes in is believed: a delivery only makes the next poll come sooner, and the poll finds out itself.
Statuses: 204 taken, 401 not signed by us, 410 after unsubscribing (which ends the subscription), 413 too long.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from toolkit.clients.accelo_webhooks import EVENTS, SIGNATURE, is_signed
from toolkit.errors import SystemFailure

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

LONGEST = 10_000  # bytes of a delivery; a real one has some 150
START_SECONDS = 10.0


def application(secret: Callable[[], str | None], nudge: Callable[[], None]) -> Starlette:
    """``secret`` is asked at each delivery (None: nothing is subscribed); ``nudge`` must return at once."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response
    from starlette.routing import Route

    async def take(request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST:
                return Response(status_code=413)
        known = await run_in_threadpool(secret)
        if not known:
            return Response(status_code=410)
        if not is_signed(body, request.headers.get(SIGNATURE, ""), known):
            return Response(status_code=401)
        if request.headers.get("x-accelo-event", EVENTS[0]) in EVENTS:
            nudge()
        return Response(status_code=204)

    return Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])


class Receiver:
    """Serves the application in a thread of its own, on ``listen`` ("host:port"; port 0 takes a free one)."""

    def __init__(self, listen: str, secret: Callable[[], str | None], nudge: Callable[[], None]) -> None:
        import uvicorn

        host, _, port = listen.rpartition(":")
        config = uvicorn.Config(
            application(secret, nudge),
            host=host.strip("[]"),
            port=int(port),
            log_config=None,
            lifespan="off",
            access_log=False,
            server_header=False,
            timeout_keep_alive=5,
            limit_concurrency=50,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="webhooks", daemon=True)
        self._listen = listen

    def start(self) -> str:
        """Listen; returns the address. Raises SystemFailure where that is not possible (a port in use)."""
        self._thread.start()
        until = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise SystemFailure(
                    "webhooks",
                    f"nothing can listen on {self._listen}.",
                    next_step="Choose another with: toolkit config schedule.webhook_listen 127.0.0.1:PORT",
                )
            time.sleep(0.01)
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(5)
