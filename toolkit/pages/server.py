"""The server around the pages: addresses that may be served, headers, sign-in, and the way back from OAuth.

The code of an OAuth sign-in arrives at a route of the server and never reaches a page or the browser's history.
"""

from __future__ import annotations

import html
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from toolkit.accounts import Accounts, Deed
from toolkit.errors import ToolkitError, UsageError
from toolkit.model import SIDES, Side
from toolkit.pages.sessions import COOKIE, LASTS, SESSIONS, person_of
from toolkit.pages.signing import Dances
from toolkit.runs.report import notebook_page
from toolkit.workspace import Workspace

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
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; frame-ancestors 'self'"
)
DANCES = Dances()


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
        if (urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or "") not in allowed_hosts():
            return Response("This name is not served here.", status_code=421)
        client = (scope.get("client") or ("",))[0]
        if client not in LOOPBACK and not Accounts(self.workspace).all():
            return Response("Without accounts only this machine is served.", status_code=403)
        return None


def own_origin(request: Request) -> bool:
    """Whether a form was sent from one of our own pages (the second lock beside the SameSite cookie)."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def server(workspace: Path) -> tuple[list[Route], list[Middleware]]:
    """The routes and the middleware around the pages of one workspace."""

    async def sign_in(request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(SIGN_IN.format(problem=""))
        form = await request.form()
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        if not own_origin(request):
            return HTMLResponse(SIGN_IN.format(problem="Please use the form on this page."), status_code=403)
        token = await run_in_threadpool(SESSIONS.sign_in, Accounts(workspace), name, password)
        if token is None:
            problem = "The name or the password is not right. After five wrong ones a name rests for a minute."
            return HTMLResponse(SIGN_IN.format(problem=problem), status_code=401)
        response = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, token, max_age=int(LASTS), httponly=True, samesite="lax", secure=secure)
        return response

    async def sign_out(request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(SIGN_OUT.format())
        if not own_origin(request):
            return Response("Please use the button in the app.", status_code=403)
        SESSIONS.sign_out(request.cookies.get(COOKIE))
        response = RedirectResponse("/sign-in", status_code=303)
        response.delete_cookie(COOKIE)
        return response

    async def start(request: Request) -> Response:
        return await _as_administrator(request, workspace, lambda system: DANCES.start(workspace, system, request))

    async def callback(request: Request) -> Response:
        return await _as_administrator(request, workspace, lambda system: DANCES.finish(workspace, system, request))

    async def report(request: Request) -> Response:
        if person_of(workspace, request.cookies) is None:
            return RedirectResponse("/sign-in", status_code=303)
        return await run_in_threadpool(_file, workspace, request.path_params["run"], request.path_params["name"])

    async def health(request: Request) -> Response:
        return Response("ok", media_type="text/plain")

    routes = [
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-out", sign_out, methods=["GET", "POST"]),
        Route("/oauth/{system}/start", start),
        Route("/oauth/{system}/callback", callback),
        Route("/runs/{run}/{name}", report),
        Route("/api/health", health),
    ]
    return routes, [Middleware(Guard, workspace=workspace)]


async def _as_administrator(request: Request, workspace: Path, deed: Callable[[Side], Response]) -> Response:
    system = request.path_params["system"]
    person = person_of(workspace, request.cookies)
    if person is None:
        return RedirectResponse("/sign-in", status_code=303)
    if system not in SIDES:
        return HTMLResponse(MESSAGE.format(text="There is no such system."), status_code=404)
    try:
        person.check(Deed.CONNECT)
        return await run_in_threadpool(deed, system)
    except ToolkitError as error:
        status = 403 if not person.may(Deed.CONNECT) else 400
        return HTMLResponse(MESSAGE.format(text=html.escape(str(error))), status_code=status)


def _file(folder: Path, run: str, name: str) -> Response:
    """The report or notebook of a run as a page in a sandbox of its own (record text can do nothing there), or its pack."""
    from toolkit.screens import runs

    with Workspace(folder) as workspace:
        files = workspace.history.files(run) if workspace.state.runs.get(run) else {}
        if name == "pack.zip" and files:
            handle, target = tempfile.mkstemp(suffix=".zip")
            os.close(handle)
            try:
                runs.pack(workspace, run, Path(target))
            except UsageError as error:
                Path(target).unlink()
                return HTMLResponse(MESSAGE.format(text=html.escape(str(error))), status_code=404)
            gone = BackgroundTask(Path(target).unlink)
            return FileResponse(target, media_type="application/zip", filename=f"{run}.zip", background=gone)
    what = name.removesuffix(".html")
    if not name.endswith(".html") or not files.get(what):
        return HTMLResponse(MESSAGE.format(text="There is no such report."), status_code=404)
    if what == "report":
        return HTMLResponse(Path(files[what]).read_bytes(), headers={"Content-Security-Policy": REPORT_POLICY})
    if what == "notebook":
        page = notebook_page(Path(files[what]))
        return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})
    return HTMLResponse(MESSAGE.format(text="There is no such report."), status_code=404)


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Salesforce and Accelo</title><style>body{{font:16px/1.5 system-ui,sans-serif;background:#f6f8fb;color:#16202c;
display:grid;place-items:center;min-height:100vh;margin:0}}main{{background:#fff;padding:2rem 2.5rem;border-radius:14px;
border:1px solid #dfe5ee;max-width:22rem}}label{{display:block;margin:.8rem 0 .2rem}}input{{font:inherit;width:100%;
box-sizing:border-box;padding:.5rem;border:1px solid #8795a8;border-radius:8px}}button{{font:inherit;margin-top:1.2rem;
padding:.55rem 1.4rem;border:0;border-radius:8px;background:#0b5cad;color:#fff}}p[role=alert]{{color:#a4262c}}
@media(prefers-color-scheme:dark){{body{{background:#0f151d;color:#e6edf5}}main{{background:#18212c;border-color:#2c3a4b}}
input{{background:#0f151d;color:inherit}}p[role=alert]{{color:#ff9a9e}}a{{color:#7ab8ff}}}}</style><main>"""
SIGN_IN = (
    _PAGE
    + """<h1>Sign in</h1><p role="alert">{problem}</p><form method="post"><label for="name">Name</label>
<input id="name" name="name" autocomplete="username" required autofocus><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button></form></main></html>"""
)
SIGN_OUT = (
    _PAGE
    + """<h1>Sign out?</h1><form method="post"><button>Sign out</button></form>
<p><a href="/">Stay</a></p></main></html>"""
)
MESSAGE = _PAGE + """<p role="alert">{text}</p><p><a href="/connections">Back to Connections</a></p></main></html>"""
