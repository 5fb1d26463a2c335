"""What stands around every request: addresses that may be served, headers, and where a form was sent from."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from toolkit.accounts import Accounts
from toolkit.errors import UsageError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss: data: blob:",
        "frame-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""Nothing from elsewhere. Streamlit's own front end needs inline styles, and evaluation for its charts (Vega)."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def allowed_hosts() -> frozenset[str]:
    """Names under which this server answers: this machine, and those in TOOLKIT_ALLOWED_HOSTS (comma-separated)."""
    more = os.environ.get("TOOLKIT_ALLOWED_HOSTS", "")
    return LOOPBACK | {name.strip().lower() for name in more.split(",") if name.strip()}


def check_address(address: str, workspace: Path) -> None:
    """Refuses to serve another address than this machine's while nobody has to sign in. Raises UsageError."""
    if address in LOOPBACK or Accounts(workspace).all():
        return
    raise UsageError(
        f"The app does not start on {address or 'all addresses'} while everybody could use it.",
        next_step="Make an account first: toolkit users add NAME --role administrator. Or serve 127.0.0.1.",
    )


class Guard:
    """Around everything, sockets too: only known host names (DNS rebinding), only this machine while there are no
    accounts, and headers that keep the app from being framed or fed from elsewhere."""

    def __init__(self, app: ASGIApp, workspace: Path) -> None:
        self.app, self.workspace = app, workspace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await (refused or self.app)(scope, receive, with_headers)

    def _refused(self, scope: Scope) -> Response | None:
        name = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
        if name not in allowed_hosts():
            return Response("This name is not served here.", status_code=421)
        client = (scope.get("client") or ("",))[0]
        elsewhere = client not in LOOPBACK or name not in LOOPBACK  # behind a proxy every client is this machine
        if elsewhere and not Accounts(self.workspace).all():
            return Response("Without accounts only this machine is served.", status_code=403)
        return None


def own_origin(request: Request) -> bool:
    """Whether a form was sent from one of our own pages (the second lock beside the SameSite cookie)."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")
