"""The tests have teeth: with a safeguard each proof passes, without it the same proof fails. The table is printed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.machine.conftest import Beginning
from tests.tally import told
from tests.teeth.safeguards import SAFEGUARDS, Safeguard

pytestmark = pytest.mark.promise


@pytest.fixture(scope="module")
def beginning() -> Iterator[Beginning]:
    beginning = Beginning()
    yield beginning
    beginning.close()


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[tuple[str, str, str, float]]]:
    rows: list[tuple[str, str, str, float]] = []
    yield rows
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n  safeguard | taken out | caught by | seconds")
        for name, removed, test, seconds in rows:
            print(f"  {name} | {removed} | {test} | {seconds:.1f}")


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda safeguard: safeguard.name.replace(" ", "-"))
def test_without_it_the_suite_fails(
    safeguard: Safeguard, beginning: Beginning, table: list[tuple[str, str, str, float]]
) -> None:
    safeguard.proof(beginning.begin())  # with it, the proof passes
    history = beginning.begin()
    started = time.perf_counter()
    with pytest.MonkeyPatch.context() as patch:
        safeguard.remove(patch)
        with pytest.raises(AssertionError) as caught:
            safeguard.proof(history)
    seconds = time.perf_counter() - started
    table.append((safeguard.name, safeguard.removed, safeguard.test, seconds))
    told(
        "teeth",
        {"removed": 1},
        None,
        row=[safeguard.name, safeguard.removed, safeguard.test, f"{seconds:.1f}", str(caught.value)[:100]],
    )
    beginning.end()


def test_there_are_at_least_twelve() -> None:
    assert len({safeguard.name for safeguard in SAFEGUARDS}) >= 12
