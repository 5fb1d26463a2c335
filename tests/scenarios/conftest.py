"""One sandbox with an empty world for all scenarios; it is reset between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.bed import Served
from tests.scenarios.addresses import places as places_of


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("sandbox"), "empty")
    yield served
    served.stop()


@pytest.fixture(scope="session")
def places(empty: Served) -> dict[str, dict[str, str]]:
    return places_of(empty.world())


@pytest.fixture(scope="session")
def tally() -> dict[str, int]:
    """What all scenarios together showed, for the tests at the end."""
    return {"scenarios": 0, "read_only_requests": 0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workspace"
