"""An Accelo deployment of its own for a test module, over real HTTP, with rows that the module loads by id.

Tests that need the control address use the `sandbox` fixtures of conftest instead.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import requests

from sandbox.accelo.deployment import AcceloDeployment
from sandbox.core import Core
from sandbox.middleware import ExchangeMiddleware
from sandbox.transport import Listener, bind
from sandbox.world import firm


class Api:
    """Speaks to /api/v0 with the ready file's token."""

    def __init__(self, url: str, ready: dict[str, str]) -> None:
        self.url = url
        self.ready = ready
        self.http = requests.Session()

    def __call__(self, method: str, path: str, token: str | None = None, **more: Any) -> requests.Response:
        """One request; a path under /api/v0, or a whole one."""
        where = path if path.startswith(("/api", "/oauth2")) else f"/api/v0{path}"
        headers = {"Authorization": f"Bearer {token or self.ready['access_token']}", **more.pop("headers", {})}
        if token == "":
            del headers["Authorization"]
        return self.http.request(method, self.url + where, headers=headers, timeout=20, allow_redirects=False, **more)

    def ok(self, method: str, path: str, **more: Any) -> Any:
        """The response of a request that must succeed."""
        answer = self(method, path, **more)
        assert answer.status_code in (200, 201), answer.text
        assert answer.json()["meta"]["status"] in ("ok", "ok_created"), answer.text
        return answer.json().get("response")

    def ids(self, path: str, **params: Any) -> list[int]:
        """Ids of a list, in its order."""
        return [int(row["id"]) for row in self.ok("GET", path, params={"_limit": 100, **params})]


def serve(prepare: Callable[[AcceloDeployment], None], **switches: Any) -> Iterator[Api]:
    """A deployment in a thread, with the firm's lists and what `prepare` loads."""
    up = threading.Event()
    made: list[Any] = []

    async def run() -> None:
        core = Core.memory(**switches)
        deployment = AcceloDeployment(core)
        deployment.create()
        firm.load_lists(deployment)
        prepare(deployment)
        door = ExchangeMiddleware(deployment.app(), core, "accelo", deployment.effective_method)
        listener = Listener(door, bind("127.0.0.1", 0))
        await listener.open()
        ended = asyncio.Event()
        made.extend((asyncio.get_running_loop(), ended, Api(listener.url, deployment.ready())))
        up.set()
        await ended.wait()
        await listener.close()
        await deployment.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert up.wait(20)
    yield made[2]
    made[0].call_soon_threadsafe(made[1].set)
    thread.join(5)
