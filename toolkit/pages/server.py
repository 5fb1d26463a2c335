"""The server around the pages: addresses that may be served, headers, sign-in, and the way back from OAuth.

The code of an OAuth sign-in arrives at a route of the server and never reaches a page or the browser's history.
"""

from __future__ import annotations

import html
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from toolkit.accounts import Accounts, Deed, Person
from toolkit.errors import ToolkitError, UsageError
from toolkit.model import SIDES, Side
from toolkit.pages.plain_pages import MESSAGE, OR, PASSWORD, SIGN_IN, SIGN_OUT, SIGNED_OUT, WAY
from toolkit.pages.provider import claims, offered, way_in
from toolkit.pages.sessions import COOKIE, LASTS, SESSIONS, person_of, visiting
from toolkit.pages.signing import Dances
from toolkit.runs.report import notebook_page
from toolkit.screens import identity
from toolkit.settings import FILE as SETTINGS
from toolkit.settings import load_settings
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


def login_secrets(folder: Path) -> dict[str, Any]:
    """What ``st.login`` needs where an identity provider is set up; {} else, and then Streamlit's own secrets.toml counts."""
    if not (folder / SETTINGS).is_file():
        return {}
    with Workspace(folder) as workspace:
        said = identity.for_login(workspace)
    return {"auth": said} if said else {}


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


def server(workspace: Path) -> tuple[list[Route], list[Middleware]]:
    """The routes and the middleware around the pages of one workspace."""

    def sign_in_page(problem: str = "", status: int = 200) -> Response:
        names = offered(load_settings(workspace).identity.name)
        ways = "".join(WAY.format(provider=quote(key), name=html.escape(name)) for key, name in names.items())
        form = OR * bool(names) + PASSWORD if not names or any(account.hash for account in Accounts(workspace).all()) else ""
        text = html.escape(problem)
        return HTMLResponse(SIGN_IN.format(problem=text, ways=ways, form=form), status_code=status)

    async def sign_in(request: Request) -> Response:
        if request.method == "GET":
            return sign_in_page()
        form = await request.form()
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        if not own_origin(request):
            return sign_in_page("Please use the form on this page.", 403)
        token = await run_in_threadpool(SESSIONS.sign_in, Accounts(workspace), name, password)
        if token is None:
            return sign_in_page("The name or the password is not right. After five wrong ones a name rests for a minute.", 401)
        response = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, token, max_age=int(LASTS), httponly=True, samesite="lax", secure=secure)
        return response

    async def sign_in_with(request: Request) -> Response:
        provider = request.path_params["provider"]
        if provider not in offered():
            return sign_in_page("There is no such provider.", 404)
        try:
            return RedirectResponse(await run_in_threadpool(way_in, provider), status_code=303)
        except UsageError as error:
            return sign_in_page(str(error), 503)

    async def sign_out(request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(SIGN_OUT.format())
        if not own_origin(request):
            return Response("Please use the button in the app.", status_code=403)
        SESSIONS.sign_out(request.cookies.get(COOKIE))
        visitor = visiting(workspace, claims(request.cookies))
        response: Response = RedirectResponse("/sign-in", status_code=303)
        if visitor is not None:  # a page, for a form may not be sent on to the provider (form-action)
            SESSIONS.end(visitor.key)
            response = HTMLResponse(SIGNED_OUT.format())
        response.delete_cookie(COOKIE)
        return response

    async def start(request: Request) -> Response:
        return await _as_administrator(request, workspace, lambda system: DANCES.start(workspace, system, request))

    async def callback(request: Request) -> Response:
        return await _as_administrator(request, workspace, lambda system: DANCES.finish(workspace, system, request))

    async def report(request: Request) -> Response:
        if _who(workspace, request) is None:
            return RedirectResponse("/sign-in", status_code=303)
        return await run_in_threadpool(_file, workspace, request.path_params["run"], request.path_params["name"])

    async def health(request: Request) -> Response:
        return Response("ok", media_type="text/plain")

    routes = [
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-in/with/{provider}", sign_in_with),
        Route("/sign-out", sign_out, methods=["GET", "POST"]),
        Route("/oauth/{system}/start", start),
        Route("/oauth/{system}/callback", callback),
        Route("/runs/{run}/{name}", report),
        Route("/api/health", health),
    ]
    return routes, [Middleware(Guard, workspace=workspace)]


def _who(workspace: Path, request: Request) -> Person | None:
    return person_of(workspace, request.cookies, visiting(workspace, claims(request.cookies)))


async def _as_administrator(request: Request, workspace: Path, deed: Callable[[Side], Response]) -> Response:
    system = request.path_params["system"]
    person = _who(workspace, request)
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
