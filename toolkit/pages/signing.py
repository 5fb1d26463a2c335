"""The OAuth dance of the app: started by a click of an administrator, finished by a route of the server."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from toolkit.clients import oauth
from toolkit.errors import AuthFailed
from toolkit.model import Side
from toolkit.screens.connections import callback
from toolkit.workspace import Workspace

WAITS = 600.0
"""Seconds that a started sign-in may take."""
STATE = "toolkit_oauth"


@dataclass
class Dances:
    """Sign-ins under way. Verifiers stay here; the browser holds only the state, in an HttpOnly cookie."""

    _waiting: dict[str, tuple[oauth.Pending, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, folder: Path, system: Side, request: Request) -> Response:
        """To the system's own sign-in page."""
        with Workspace(folder) as workspace:
            address, pending = oauth.start(workspace.endpoint(system), callback(str(request.url), system))
        with self._lock:
            now = time.monotonic()
            self._waiting = {state: held for state, held in self._waiting.items() if held[1] > now}
            self._waiting[pending.state] = (pending, now + WAITS)
        response = RedirectResponse(address, status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(STATE, pending.state, max_age=int(WAITS), httponly=True, samesite="lax", secure=secure,
                            path="/oauth")  # fmt: skip
        return response

    def finish(self, folder: Path, system: Side, request: Request) -> Response:
        """Back from there: tokens for the code, kept encrypted; then to the page, without the code in its address."""
        state = request.cookies.get(STATE, "")
        with self._lock:
            pending, until = self._waiting.pop(state, (None, 0.0))
        if pending is None or until <= time.monotonic() or pending.endpoint.system != system:
            raise AuthFailed(system.capitalize(), "this browser started no sign-in, or it took too long.",
                             next_step="Press Connect again.")  # fmt: skip
        with Workspace(folder) as workspace:
            workspace.connections.came_back(system, pending, dict(request.query_params))
        response = RedirectResponse(f"/connections?connected={system}", status_code=303)
        response.delete_cookie(STATE, path="/oauth")
        return response
