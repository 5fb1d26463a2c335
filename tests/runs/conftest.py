"""The engine against a running sandbox over HTTP: a fresh world and a fresh workspace for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runs.bed import Bed, Served, beds


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("sandbox"))
    yield served
    served.stop()


@pytest.fixture
def new_bed(served: Served, tmp_path: Path) -> Iterator[Callable[..., Bed]]:
    with beds(served, tmp_path) as make:
        yield make


@pytest.fixture
def bed(new_bed: Callable[..., Bed]) -> Bed:
    return new_bed()
