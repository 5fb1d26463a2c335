"""Whatever happens to any single request of an import: exactly one sale for each opportunity,
and a journal that is true.

In every test run some requests of each kind of fault are tried; ``make soak`` tries every one.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.imports.desk import Desk, Stage
from tests.imports.dying import MOMENTS, Moment, killed_at
from toolkit.errors import ToolkitError

LOST = ("reset_after_commit", "server_error_500", "server_error_after_commit", "timeout_after_commit", "reset_before")
OPTIONS = {"timeout_after_commit": {"seconds": 0.05}}
REQUESTS = 90
"""More than an import of the sixty makes to either system; a fault that never strikes is one more import
without fault."""
FIRST_WRITE = 19
"""The request that creates the first of the sixty; those before it read."""
pytestmark = pytest.mark.promise


def one_sale_each(desk: Desk) -> None:
    assert desk.marked() == dict.fromkeys(desk.source(), 1)
    desk.journal_is_the_world()
    written = len(desk.writes())
    assert desk.go().quiet and len(desk.writes()) == written


def with_fault(desk: Desk, kind: str, nth: int, path: str) -> bool:
    """An import in which one request meets a fault, and the next import, which finishes what is left."""
    desk.fault(kind, nth=nth, path=path, **OPTIONS.get(kind, {}))
    try:
        desk.go()
    except ToolkitError:
        desk.served.no_faults()
        desk.go()
    struck = any(row["fault"] for row in desk.served.requests())
    desk.served.no_faults()
    if len(desk.marked()) < 60:
        # a server that says 500 did not write it: the record failed, and the next run brings it
        desk.go()
    one_sale_each(desk)
    return struck


@pytest.mark.parametrize("kind", LOST)
def test_p3_p8_faults_at_some_requests(desk: Desk, kind: str) -> None:
    """Four requests to Accelo and one to Salesforce in the same import."""
    chance = random.Random(kind)
    for nth in chance.sample(range(2, 70), 3):
        desk.fault(kind, nth=nth, path="/api/v0/", **OPTIONS.get(kind, {}))
    desk.fault(kind, nth=chance.randrange(2, 6), path="/services/data/", **OPTIONS.get(kind, {}))
    with_fault(desk, kind, 1, "/api/v0/prospects$")


@pytest.mark.parametrize("moment", MOMENTS)
def test_p9_killed_at_some_requests(plain_stage: Stage, tmp_path: Path, moment: Moment) -> None:
    """Among the requests that create, and one of those that read before them."""
    chance = random.Random(moment)
    for nth in (chance.randrange(2, FIRST_WRITE), *sorted(chance.sample(range(FIRST_WRITE, FIRST_WRITE + 60), 2))):
        with plain_stage.desk(tmp_path / str(nth)) as desk:
            assert kill(desk, nth, moment)


def kill(desk: Desk, nth: int, moment: Moment) -> bool:
    desk.workspace.close()
    died = killed_at(desk.folder, f"run-{nth}", "sale", nth, moment, desk.served.ready["control"]["url"])
    desk.served.no_faults()
    requests, written = len(desk.served.requests()), len(desk.writes())
    if died:  # where it died is where we wanted it to
        assert requests == nth - (moment == "before it leaves")
        assert written == min(60, max(0, requests - FIRST_WRITE + 1))
    desk.again()
    assert desk.state.runs.get(f"run-{nth}").state == ("running" if died else "done")
    desk.go()
    assert desk.state.runs.get(f"run-{nth}").state == ("died" if died else "done")
    one_sale_each(desk)
    return died


def test_a_lost_answer_is_found_though_the_clocks_are_hours_apart(desk: Desk) -> None:
    """The look-up asks for what was made since by Accelo's own clock."""
    for skew in (-7200, 7200):
        desk.served.post("/clock", {"system": "accelo", "skew_seconds": skew})
        desk.fault("reset_after_commit", nth=3, times=2, path="/api/v0/prospects", method="POST")
        desk.go(sample=len(desk.marked()) + 10 if skew > 0 else 10)
        desk.served.no_faults()
    desk.served.post("/clock", {"system": "accelo", "skew_seconds": 0})
    desk.go()
    one_sale_each(desk)


@pytest.mark.soak
@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("system", ["/api/v0/", "/services/data/"], ids=["accelo", "salesforce"])
def test_p3_p8_a_fault_at_every_request(plain_stage: Stage, tmp_path: Path, kind: str, system: str) -> None:
    for nth in range(1, REQUESTS):
        with plain_stage.desk(tmp_path / str(nth)) as desk:
            if not with_fault(desk, kind, nth, system):
                return
    raise AssertionError("there are more requests than were tried")


@pytest.mark.soak
@pytest.mark.parametrize("moment", MOMENTS)
def test_p9_killed_at_every_request(plain_stage: Stage, tmp_path: Path, moment: Moment) -> None:
    for nth in range(1, 2 * REQUESTS):
        with plain_stage.desk(tmp_path / str(nth)) as desk:
            if not kill(desk, nth, moment):
                assert nth > FIRST_WRITE + 60
                return
    raise AssertionError("there are more requests than were tried")
