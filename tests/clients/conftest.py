"""A sandbox in a process of its own, put back before each test, and transports that are connected to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from toolkit.clients.accelo import AcceloReader, AcceloWriter
from toolkit.clients.budget import Budget
from toolkit.clients.credentials import Credentials
from toolkit.clients.endpoint import Endpoint, Exchange, Timeouts, Tokens
from toolkit.clients.salesforce import SalesforceReader, SalesforceWriter
from toolkit.clients.transport import Transport

KEY = "a key for tests only"


class Time:
    """A clock that goes on by itself and jumps ahead when somebody sleeps; ``sleeps`` holds the seconds."""

    def __init__(self, on_sleep: Callable[[float], None] = lambda seconds: None) -> None:
        self.sleeps: list[float] = []
        self._ahead = timedelta()
        self.on_sleep = on_sleep

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self._ahead += timedelta(seconds=seconds)
        self.on_sleep(seconds)


class World:
    """The sandbox and what a test asks of it."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        self._http = requests.Session()
        self._http.trust_env = False

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, self.ready["control"]["url"] + path, json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self) -> None:
        self.control("DELETE", "/faults")
        self.control("POST", "/reset")
        self.control("DELETE", "/requests")

    def fault(self, system: str, kind: str, path: str = "", method: str = "", **more: Any) -> None:
        match = {name: value for name, value in (("path", path), ("method", method)) if value}
        self.control("POST", "/faults", [{"system": system, "kind": kind, "match": match, **more}])

    def switch(self, **settings: str) -> None:
        self.control("POST", "/switches", settings)

    def edit(self, system: str, obj: str, op: str, id: str | None = None, **fields: Any) -> str:
        said = self.control("POST", "/edit", {"system": system, "object": obj, "op": op, "id": id, "fields": fields})
        return str(said["id"])

    def records(self, system: str, obj: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.control("GET", "/world")[system].get(obj, [])
        return rows

    def requests(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.control("GET", "/requests?since=0")
        return lines

    def writes(self) -> list[dict[str, Any]]:
        return [write for line in self.requests() for write in line["writes"]]


def _serve(folder: Path, world: str) -> Iterator[World]:
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "serve", "--world", world, "--ready", str(ready)], stdout=subprocess.DEVNULL
    )
    try:
        ends = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None and time.monotonic() < ends, "the sandbox did not start"
            time.sleep(0.02)
        yield World(json.loads(ready.read_text()))
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def _demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from _serve(tmp_path_factory.mktemp("sandbox"), "demo")


@pytest.fixture
def world(_demo: World) -> World:
    """The demo world as at its start, nothing logged."""
    _demo.reset()
    return _demo


class Connection:
    """One system, connected: transport, reader, writer, and what passed over the wire."""

    def __init__(
        self,
        world: World,
        system: Any,
        folder: Path,
        *,
        read_only: Callable[[], bool] = lambda: False,
        reserve: float = 0,
        refresh: bool = True,
        timeouts: Timeouts = Timeouts(5, 2, 10),
    ) -> None:
        said = world.ready[system]
        self.world, self.system = world, system
        self.time = Time()
        self.log: list[Exchange] = []
        self.waits: list[datetime | None] = []
        self.endpoint = Endpoint(system, said["url"], said["client_id"])
        self.credentials = Credentials(folder / "credentials", key=KEY)
        self.credentials.put_secret(system, said["client_secret"])
        self.credentials.put(
            system,
            Tokens(
                said["access_token"],
                refresh_token=said["refresh_token"] if refresh else None,
                api_version="68.0",
                grant="authorization_code" if refresh else "token",
                instance_url=said["url"] if system == "salesforce" else None,
            ),
        )
        self.budget = Budget(system, reserve, clock=self.time.now, sleep=self.time.sleep, waiting=self.waits.append)
        self.transport = Transport(
            self.endpoint,
            self.credentials,
            read_only=read_only,
            on_exchange=self.log.append,
            budget=self.budget,
            clock=self.time.now,
            sleep=self.time.sleep,
            timeouts=timeouts,
        )
        self.reader: Any = (SalesforceReader if system == "salesforce" else AcceloReader)(self.transport)
        self.writer: Any = (SalesforceWriter if system == "salesforce" else AcceloWriter)(self.transport)

    def read(self) -> None:
        """One small read."""
        if self.system == "salesforce":
            self.reader.count("Account")
        else:
            self.reader.count("companies")

    def write(self, name: str = "Quarry Lane Studio") -> Any:
        """One create."""
        if self.system == "salesforce":
            return self.writer.create("Account", {"Name": name})
        return self.writer.create("companies", {"name": name})

    def made(self, name: str = "Quarry Lane Studio") -> int:
        """How many records of that name the other side holds."""
        obj, field = ("Account", "Name") if self.system == "salesforce" else ("companies", "name")
        return sum(1 for row in self.world.records(self.system, obj) if row[field] == name)


@pytest.fixture
def connect(world: World, tmp_path: Path) -> Iterator[Callable[..., Connection]]:
    made: list[Connection] = []

    def one(system: str, **more: Any) -> Connection:
        made.append(Connection(world, system, tmp_path, **more))
        return made[-1]

    yield one
    for connection in made:
        connection.transport.close()


@pytest.fixture
def org(connect: Callable[..., Connection]) -> Connection:
    return connect("salesforce")


@pytest.fixture
def deployment(connect: Callable[..., Connection]) -> Connection:
    return connect("accelo")
