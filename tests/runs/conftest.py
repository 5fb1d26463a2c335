"""The engine against a running sandbox over HTTP: a fresh world and a fresh workspace for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runs.bed import Bed, Served


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("sandbox"))
    yield served
    served.stop()


@pytest.fixture
def new_bed(served: Served, tmp_path: Path) -> Iterator[Callable[..., Bed]]:
    made: list[Bed] = []

    def make(grace: float = 0.3, **switches: Any) -> Bed:
        served.fresh(**switches)
        made.append(Bed(tmp_path / f"workspace{len(made)}", served, grace))
        return made[-1]

    yield make
    for bed in made:
        bed.workspace.close()


@pytest.fixture
def bed(new_bed: Callable[..., Bed]) -> Bed:
    return new_bed()
