"""A running sandbox for the tests: one for the session on the demo world, one on the empty world, reset between tests.

It runs in a thread of its own and is spoken to over HTTP only; tests of the command line start processes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.server import Options, Sandbox

VERSION = "/services/data/v68.0"
Do = Callable[..., Any]
"""A request to Accelo that must succeed; gives its response."""


class Running:
    """The addresses and logins of a sandbox, and what one asks of it most."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        self.salesforce: dict[str, str] = ready["salesforce"]
        self.accelo: dict[str, str] = ready["accelo"]
        self.http = requests.Session()

    def sf(self, method: str, path: str, **more: Any) -> requests.Response:
        """Salesforce's API: a path under the version, or a whole one from /services on."""
        where = path if path.startswith("/services") else VERSION + path
        return self._call(method, self.salesforce["url"] + where, self.salesforce["access_token"], more)

    def query(self, soql: str) -> list[dict[str, Any]]:
        """The records of one query page."""
        answer = self.sf("GET", "/query", params={"q": soql})
        assert answer.status_code == 200, answer.text
        records: list[dict[str, Any]] = answer.json()["records"]
        return records

    def ac(self, method: str, path: str, **more: Any) -> requests.Response:
        """Accelo's API: a path under /api/v0."""
        return self._call(method, f"{self.accelo['url']}/api/v0{path}", self.accelo["access_token"], more)

    def _call(self, method: str, url: str, token: str, more: dict[str, Any]) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.http.request(method, url, headers=headers, **{"timeout": 30, **more})

    def control(self, method: str, path: str, **more: Any) -> requests.Response:
        """The control address."""
        return self.http.request(method, self.ready["control"]["url"] + path, **{"timeout": 30, **more})

    def _done(self, answer: requests.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """The request log."""
        found: list[dict[str, Any]] = self._done(self.control("GET", "/requests", params={"since": since}))
        return found

    def writes(self) -> list[dict[str, Any]]:
        """Every row that API requests changed."""
        return [write for line in self.requests() for write in line["writes"]]

    def world(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """The whole state."""
        found: dict[str, dict[str, list[dict[str, Any]]]] = self._done(self.control("GET", "/world"))
        return found

    def edit(self, system: str, obj: str, op: str, id: str | None = None, **fields: Any) -> str:
        """As a person on the screen; the id of the record."""
        item = {"system": system, "object": obj, "op": op, "id": id, "fields": fields}
        return str(self._done(self.control("POST", "/edit", json=item))["id"])

    def fault(self, system: str, kind: str, method: str = "", path: str = "", **more: Any) -> None:
        """Set one fault."""
        match = {key: value for key, value in (("method", method), ("path", path)) if value}
        self._done(self.control("POST", "/faults", json=[{"system": system, "kind": kind, "match": match, **more}]))

    def switch(self, **settings: Any) -> None:
        """Change switches."""
        self._done(self.control("POST", "/switches", json=settings))

    def clock(self, system: str, skew_seconds: float) -> None:
        """Skew a clock."""
        self._done(self.control("POST", "/clock", json={"system": system, "skew_seconds": skew_seconds}))

    def reset(self) -> None:
        """Back to the start."""
        self._done(self.control("POST", "/reset"))


def start(options: Options) -> Iterator[Running]:
    """A sandbox in a thread."""
    ready: dict[str, Any] = {}
    failed: list[BaseException] = []
    up = threading.Event()
    stop: list[Any] = []

    async def serve() -> None:
        sandbox = Sandbox(options)
        ended = asyncio.Event()
        stop.extend((asyncio.get_running_loop(), ended))
        ready.update(await sandbox.open())
        up.set()
        await ended.wait()
        await sandbox.close()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            failed.append(error)
        finally:
            up.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    up.wait(60)
    if failed:
        raise failed[0]
    yield Running(ready)
    stop[0].call_soon_threadsafe(stop[1].set)
    thread.join(10)


@pytest.fixture(scope="session")
def _demo() -> Iterator[Running]:
    yield from start(Options(world="demo"))


@pytest.fixture(scope="session")
def _empty() -> Iterator[Running]:
    yield from start(Options(world="empty"))


@pytest.fixture
def sandbox(_demo: Running) -> Running:
    """A sandbox on the demo world, as freshly started."""
    _demo.reset()
    return _demo


@pytest.fixture
def empty_sandbox(_empty: Running) -> Running:
    """A sandbox on the empty world, as freshly started."""
    _empty.reset()
    return _empty


# For tests that write to an empty deployment


@pytest.fixture
def box(empty_sandbox: Running) -> Running:
    return empty_sandbox


@pytest.fixture
def do(box: Running) -> Do:
    """A request that must succeed; gives its response."""

    def call(method: str, path: str, fields: str = "", **data: Any) -> Any:
        answer = box.ac(method, path, data={**data, "_fields": fields} if fields else data)
        assert answer.status_code == 200 and answer.json()["meta"]["status"] == "ok", answer.text
        return answer.json().get("response")

    return call


@pytest.fixture
def company(do: Do) -> str:
    return str(do("POST", "/companies", name="Planet Express")["id"])


@pytest.fixture
def contact(do: Do, company: str) -> dict[str, Any]:
    return dict(
        do(
            "POST",
            "/contacts",
            "_ALL",
            firstname="Leela",
            surname="Turanga",
            company_id=company,
            email="leela@pe.example",
        )
    )


def refused_by_accelo(answer: Any, status: str = "invalid_request") -> None:
    assert (answer.status_code, answer.json()["meta"]["status"]) == (400, status), answer.text
    assert answer.json()["response"] is None
