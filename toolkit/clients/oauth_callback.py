"""The address on this machine to which a browser comes back after a sign-in, for the command line."""

from __future__ import annotations

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from toolkit.errors import AuthFailed

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem}}</style>
<h1>{title}</h1><p>{text}</p></html>"""


class LoopbackCallback:
    """Listens on 127.0.0.1 for one answer. Use as a context manager: ``redirect_uri`` first, then ``wait()``."""

    def __init__(self, system: str, port: int = 0, path: str = "/callback") -> None:
        self._params: dict[str, str] | None = None
        self._came = threading.Event()
        self._path, self._system = path, system.capitalize()
        callback = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:  # the base class's name for it
                status, page = callback._take(self.path)
                body = page.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Nothing: the line would hold the code."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def redirect_uri(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self._path}"

    def _take(self, target: str) -> tuple[int, str]:
        parts = urlsplit(target)
        if parts.path != self._path:
            return 404, _PAGE.format(title="Nothing here", text="This address waits for a sign-in only.")
        params = dict(parse_qsl(parts.query))
        if not ({"code", "error"} & set(params)):
            return 400, _PAGE.format(title="Nothing came back", text="Start the sign-in again.")
        if not self._came.is_set():
            self._params = params
            self._came.set()
        name = html.escape(self._system)
        if "error" in params:
            return 200, _PAGE.format(title="Not connected", text=f"{name} gave no access. You can close this window.")
        return 200, _PAGE.format(title="Signed in", text=f"{name} is being connected. You can close this window.")

    def wait(self, seconds: float = 300.0) -> dict[str, str]:
        """The parameters that the browser brought; AuthFailed when nobody came."""
        if not self._came.wait(seconds) or self._params is None:
            raise AuthFailed(self._system, "nobody finished the sign-in in the browser.",
                             next_step=f"Start again: toolkit connect {self._system.lower()}")
        return self._params

    def __enter__(self) -> LoopbackCallback:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
