"""The server around the pages: sign-in, the files of a run, and the way back from OAuth.

The code of an OAuth sign-in arrives at a route of the server and never reaches a page or the browser's history.
"""

from __future__ import annotations

import html
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from toolkit.accounts import Accounts, Deed, Person
from toolkit.errors import ToolkitError, UsageError
from toolkit.model import SIDES, Side
from toolkit.pages.guard import Guard, own_origin
from toolkit.pages.plain_pages import MESSAGE, OR, PASSWORD, SIGN_IN, SIGN_OUT, SIGNED_OUT, WAY
from toolkit.pages.provider import claims, offered, way_in
from toolkit.pages.sessions import COOKIE, LASTS, SESSIONS, person_of, visiting
from toolkit.pages.signing import Dances
from toolkit.runs.report import notebook_page
from toolkit.screens import identity
from toolkit.settings import FILE as SETTINGS
from toolkit.settings import load_settings
from toolkit.workspace import Workspace

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; frame-ancestors 'self'"
)
DANCES = Dances()


def login_secrets(folder: Path) -> dict[str, Any]:
    """What ``st.login`` needs where an identity provider is set up; {} else,
    and then Streamlit's own secrets.toml counts."""
    if not (folder / SETTINGS).is_file():
        return {}
    with Workspace(folder) as workspace:
        said = identity.for_login(workspace)
    return {"auth": said} if said else {}


def server(workspace: Path) -> tuple[list[Route], list[Middleware]]:
    """The routes and the middleware around the pages of one workspace."""

    def sign_in_page(problem: str = "", status: int = 200) -> Response:
        names = offered(load_settings(workspace).identity.name)
        ways = "".join(WAY.format(provider=quote(key), name=html.escape(name)) for key, name in names.items())
        form = (
            OR * bool(names) + PASSWORD
            if not names or any(account.hash for account in Accounts(workspace).all())
            else ""
        )
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
            return sign_in_page(
                "The name or the password is not right. After five wrong ones a name rests for a minute.", 401
            )
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
    """The report or notebook of a run as a page in a sandbox of its own (record text can do nothing there),
    or its pack."""
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
