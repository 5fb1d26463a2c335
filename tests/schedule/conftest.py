"""A workspace that was imported once; each test has a copy of it and the sandbox as it was then."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.runs.bed import Bed, Served, beds
from toolkit.runs.conduct import RunFailed, done
from toolkit.runs.engine import whole_run
from toolkit.runs.schedule import Service
from toolkit.runs.seal import seal


class Time:
    """A clock that only sleeping moves, and with it the clocks of the sandbox."""

    def __init__(self, served: Served) -> None:
        self.served, self.passed = served, 0.0
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.passed)

    def sleep(self, seconds: float) -> None:
        """A long wait is a series of short ones, and each of these takes a minute here."""
        self.sleeps.append(seconds)
        self.passed += 60 if seconds >= 5 else seconds
        self.tell()

    def tell(self) -> None:
        for system in ("salesforce", "accelo"):
            self.served.post("/clock", {"system": system, "skew_seconds": self.passed})


class Watched:
    """A service over a bed, its notebooks replaced by the engine alone."""

    def __init__(self, bed: Bed, **options: Any) -> None:
        self.bed, self.conducted, self.told = bed, [], []
        bed.workspace.longest_wait = 0.0
        self.service = Service(bed.workspace, 600, new_run=self._name, conduct=self._conduct, tell=self.told.append,
                               rest=bed.workspace.hang_up, dice=random.Random(1), **options)

    def _name(self) -> str:
        self.bed.number += 1
        return f"run-{self.bed.number:03d}-sync"

    def _conduct(self, run: str) -> Any:
        workspace = self.bed.workspace
        workspace.hang_up()
        self.conducted.append(run)
        try:
            whole_run(workspace.open_run(run, "sync", yes=True))
        except Exception as error:
            facts = {"error": type(error).__name__, "exit_code": getattr(error, "exit_code", 1), **vars(error)}
            raise RunFailed(facts) from error
        seal(workspace.state, workspace.run_folder(run), run)
        return done(workspace.folder, workspace.state, run)

    def poll(self) -> Any:
        self.service.once()
        return self.service.health


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("sandbox"), "accounts=12,contacts=20")
    yield served
    served.stop()


@pytest.fixture
def new_bed(served: Served, tmp_path: Path) -> Iterator[Callable[..., Bed]]:
    with beds(served, tmp_path) as make:
        yield make


@pytest.fixture
def bed(new_bed: Callable[..., Bed]) -> Bed:
    """Imported, and calm."""
    bed = new_bed()
    bed.first_import()
    bed.sync_until_calm()
    bed.served.http.delete(bed.served._url("/requests"), timeout=30)
    return bed


@pytest.fixture
def watched(bed: Bed) -> Watched:
    return Watched(bed)
