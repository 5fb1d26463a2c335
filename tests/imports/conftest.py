"""Two sandboxes whose companies are in Accelo already: the demo's, and a plain one of sixty opportunities."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imports.desk import Desk, Stage

PLAIN = "accounts=10,contacts=20,opportunities=60,cases=20"


@pytest.fixture(scope="session")
def plain_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("plain"), PLAIN)
    yield stage
    stage.served.stop()


@pytest.fixture(scope="session")
def demo_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("demo"), "demo")
    yield stage
    stage.served.stop()


@pytest.fixture
def desk(plain_stage: Stage, tmp_path: Path) -> Iterator[Desk]:
    """Sixty opportunities and twenty cases of ten companies; nothing is imported yet."""
    with plain_stage.desk(tmp_path / "workspace") as desk:
        yield desk


@pytest.fixture
def demo(demo_stage: Stage, tmp_path: Path) -> Iterator[Desk]:
    """The demo's opportunities and cases; nothing is imported yet."""
    with demo_stage.desk(tmp_path / "workspace") as desk:
        yield desk
