"""Both systems served over loopback HTTP by one thread of this process, under a clock that moves only when it is told.

Grace, back-off and hours of waiting cost no time, and the same steps give the same stamps and ids. Zombie writes land
when their moment on that clock has come.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sandbox.accelo.catalogue import RESOURCES
from sandbox.clock import Clock
from sandbox.exchange import current, enter, leave
from sandbox.server import Options, Sandbox

Told = TypeVar("Told")
ACCELO = ("companies", "contacts", "affiliations", "addresses")
"""What the histories are about; the lists of countries and the like are long."""
REQUEST_SECONDS = 0.04
"""What a request takes on the lab's clock: some share a second, some do not."""


class LabClock(Clock):
    """Stands still but for ``seconds``."""

    seconds = 1_790_000_000.0

    def time(self, system: str) -> float:
        return self.seconds + self.skew.get(system, 0.0)


def memory() -> Path | None:
    """A folder in memory, where durable writes cost nothing; None where there is none."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() else None


class Lab:
    """The two systems, and everything that the control address of a sandbox can do."""

    def __init__(self, world: str = "empty", **switches: Any) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lab-", dir=memory()))
        self.clock = LabClock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._late: list[tuple[float, Callable[[], Coroutine[Any, Any, None]]]] = []
        self._changes = 0  # what people and zombies did, and resets
        self._world: tuple[tuple[int, int], dict[str, Any]] | None = None
        self.ready: dict[str, Any] = self._do(self._open(world, switches))
        self._mark_at = self.clock.seconds

    async def _open(self, world: str, switches: dict[str, Any]) -> dict[str, Any]:
        self.sandbox = Sandbox(Options(world=world, switches=switches))
        core = self.sandbox.core
        self.clock.seconds = float(int(core.clock.time("accelo")))
        core.clock = self.clock
        opened = core.log.open

        def open_(*line: Any) -> Any:
            self.clock.seconds += REQUEST_SECONDS
            return opened(*line)

        core.log.open = open_  # type: ignore[method-assign]  # each request takes its time
        ready = await self.sandbox.open()
        for middleware in self.sandbox._middlewares.values():
            middleware._apply_later = self._later(middleware)  # type: ignore[method-assign]  # zombies keep the lab's time
        return ready

    def _later(self, middleware: Any) -> Callable[..., None]:
        def schedule(seconds: float, scope: Any, body: bytes) -> None:
            exchange = current()
            assert exchange is not None

            async def land() -> None:
                token = enter(exchange)
                try:
                    await middleware._handle(scope, body)
                finally:
                    leave(token)

            self._late.append((self.clock.seconds + seconds, land))

        return schedule

    def _do(self, work: Coroutine[Any, Any, Told]) -> Told:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _call(self, work: Callable[..., Told], *given: Any) -> Told:
        async def wrapped() -> Told:
            return work(*given)

        return self._do(wrapped())

    # time

    def now(self) -> datetime:
        """Our own clock, which is never skewed."""
        return datetime.fromtimestamp(self.clock.seconds, UTC)

    def sleep(self, seconds: float) -> None:
        """Time passes; the zombies whose moment comes land."""
        until = self.clock.seconds + max(0.0, seconds)
        for due, land in sorted(self._late, key=lambda each: each[0]):
            if due <= until:
                self._late = [each for each in self._late if each[1] is not land]
                self.clock.seconds = max(self.clock.seconds, due)
                self._changes += 1
                self._do(land())
        self.clock.seconds = max(self.clock.seconds, until)

    def skew(self, system: str, seconds: float) -> None:
        self.clock.set_skew(system, seconds)

    # people and circumstances

    def edit(self, system: str, object: str, id: str | None, fields: dict[str, Any], op: str = "update") -> str:
        def work() -> str:
            with self.sandbox.core.store.transaction():
                return str(self.sandbox.parts[system].edit(object, op, id, dict(fields)))

        self._changes += 1
        return self._call(work)

    def fault(self, system: str, kind: str, nth: int = 1, times: int = 1, **options: Any) -> None:
        match = {name: options.pop(name) for name in ("method", "path") if name in options}
        self._call(
            self.sandbox.core.faults.add,
            [{"system": system, "kind": kind, "match": match, "nth": nth, "times": times} | options],
        )

    def no_faults(self) -> None:
        self._call(self.sandbox.core.faults.clear)

    def switches(self, **said: Any) -> None:
        self._call(self.sandbox.switch, said)

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """API requests with a number above ``since``, sign-ins apart."""
        return [row for row in self._call(self.sandbox.core.log.since, since) if "/oauth2/" not in row["path"]]

    def lost_sign_in(self) -> bool:
        """Was the answer to a sign-in lost, so that a refresh token that nobody knows took the place of the old one."""
        rows = self._call(self.sandbox.core.log.since, 0)
        return any("/oauth2/" in row["path"] and row["fault"] for row in rows)

    @property
    def last(self) -> int:
        """The number of the last request."""
        return self.sandbox.core.log._last

    def world(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """Both systems' rows, of Accelo those of ACCELO; asked again only after a request or a change.
        Not to be written to."""
        when = (self.last, self._changes)
        if self._world is None or self._world[0] != when:
            self._world = (when, self._call(self._rows))
        return self._world[1]

    def _rows(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        deployment: Any = self.sandbox.parts["accelo"]
        return {
            "salesforce": self.sandbox.parts["salesforce"].world(),
            "accelo": {name: deployment.reader.all(RESOURCES[name]) for name in ACCELO},
        }

    # from one history to the next

    def mark(self) -> None:
        """What is there now is what a reset goes back to."""
        self.sandbox._start = self._call(self.sandbox.core.store.save)
        self._mark_at = self.clock.seconds

    def fresh(self, **switches: Any) -> None:
        self._late.clear()
        self._changes += 1
        self.clock.seconds = self._mark_at
        self._call(self.sandbox.reset)
        self.sandbox.core.log._last = 0
        if switches:
            self.switches(**switches)

    def close(self) -> None:
        self._do(self.sandbox.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        shutil.rmtree(self.folder, ignore_errors=True)
