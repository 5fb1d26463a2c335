"""P13: no run goes below the reserve; it waits, says until when, goes on by itself; the forecast is what it takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.runs.bed import Bed
from tests.schedule.conftest import Time, Watched
from toolkit.clients.budget import Budget, known_before
from toolkit.errors import LimitReached, Unconfirmed
from toolkit.settings import set_value

LIMIT, RESERVE = 40, 12


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What Accelo said was left, after each request."""
    seen: list[int] = []
    made = Budget.made

    def noting(self: Budget, **said: Any) -> None:
        if self.system == "accelo" and said.get("remaining") is not None:
            seen.append(said["remaining"])
        made(self, **said)

    monkeypatch.setattr(Budget, "made", noting)
    return seen


def on_the_clock(bed: Bed, time: Time) -> Bed:
    set_value(bed.folder, "budget.accelo_reserve", str(RESERVE))
    bed.workspace.clock, bed.workspace.sleep = time.now, time.sleep
    return bed


@pytest.mark.parametrize("window", ["fixed", "rolling"])
def test_p13_an_import_that_is_larger_than_the_hour_waits_says_until_when_and_finishes(
    new_bed: Any, left: list[int], window: str
) -> None:
    bed = new_bed(accelo_hourly_limit=str(LIMIT), accelo_rate_window=window)
    time = Time(bed.served)
    on_the_clock(bed, time)
    told: set[str] = set()
    sleep = time.sleep

    def watch(seconds: float) -> None:
        going = bed.state.runs.going()
        said = going[-1].progress.get("waiting_until") if going else None
        if said:
            told.add(said)
            assert going[-1].progress["waiting_for"] == "accelo"
            assert timedelta() < datetime.fromisoformat(said) - time.now() <= timedelta(seconds=3602)
        sleep(seconds)

    bed.workspace.sleep = watch
    result = bed.first_import()
    assert result.state == "done" and result.counts["failed"] == 0 and result.counts["writes"]["accelo"] > LIMIT
    assert len(told) >= 2 and bed.state.runs.get(result.run).progress["waiting_until"] is None
    assert min(left) >= RESERVE
    names = [row["name"] for row in bed.served.world()["accelo"]["companies"]]
    assert len(names) == len(set(names)), "P3: nothing twice"


def test_p13_the_first_call_of_the_next_process_knows_what_the_last_one_left(new_bed: Any, left: list[int]) -> None:
    bed = new_bed(accelo_hourly_limit=str(LIMIT))
    set_value(bed.folder, "budget.accelo_reserve", str(RESERVE))
    for _ in range(LIMIT - RESERVE):
        bed.workspace.accelo_reader.count("companies")
    bed.again()
    bed.workspace.longest_wait = 0.0
    with pytest.raises(LimitReached) as reached:
        bed.workspace.accelo_reader.count("companies")
    assert reached.value.until is not None and left[-1] == RESERVE and len(left) == LIMIT - RESERVE


def test_p13_a_poll_does_not_wait_with_the_lease_it_comes_again(bed: Bed, left: list[int]) -> None:
    bed.served.post("/switches", {"accelo_hourly_limit": str(LIMIT)})
    bed.served.post("/clock", {"system": "accelo", "skew_seconds": 3600})  # a fresh hour, by a clock that is off
    set_value(bed.folder, "budget.accelo_reserve", str(RESERVE))
    bed.workspace.hang_up()
    bed.workspace.longest_wait = 0.0
    bed.state.put("budget:accelo", None)
    for _ in range(LIMIT - RESERVE):
        try:
            bed.workspace.accelo_reader.count("companies")
        except LimitReached:
            break
    watched = Watched(bed)
    due = watched.service.once()
    said = watched.service.health
    assert said.state == "waiting" and said.failures == 0 and said.reason.startswith("waiting until ")
    assert (
        timedelta(seconds=1)
        <= due - datetime.fromisoformat(due.strftime("%Y-%m-%dT%H:00:00+00:00"))
        < timedelta(minutes=1)
    )
    assert min(left) >= RESERVE


def test_a_run_that_waits_for_a_limit_can_be_cancelled(new_bed: Any) -> None:
    bed = new_bed(accelo_hourly_limit=str(LIMIT))
    time = Time(bed.served)
    on_the_clock(bed, time)
    sleep = time.sleep

    def cancel(seconds: float) -> None:
        bed.state.runs.ask_cancel(bed.state.runs.going()[-1].id)
        sleep(seconds)

    planned = bed.run("plan")
    bed.workspace.hang_up()
    bed.workspace.sleep, time.sleeps = cancel, []
    with pytest.raises(Unconfirmed, match="cancelled while it waited"):
        bed.run("apply", confirmed=planned.plan_hash)
    assert len(time.sleeps) <= 2 and bed.state.runs.going() == []
    assert bed.state.journal.unresolved() == []


def test_what_was_known_of_a_limit_ends_with_its_window() -> None:
    noon = datetime.fromisoformat("2026-11-25T12:00:00+00:00")
    said = {"limit": 5000, "remaining": 900, "reset_at": "2026-11-25T12:30:00+00:00", "at": noon.isoformat()}
    assert known_before(said, noon)["remaining"] == 900
    assert known_before(said, noon + timedelta(minutes=31)) == {} == known_before(None, noon)
    rolling = {**said, "reset_at": None}
    assert known_before(rolling, noon + timedelta(minutes=59))["remaining"] == 900
    assert known_before(rolling, noon + timedelta(minutes=61)) == {}


def test_p13_the_forecast_of_a_sync_is_within_a_tenth_of_the_calls_made(new_bed: Any) -> None:
    bed = new_bed()
    result = bed.first_import()
    _close(result.counts["forecast"], result.counts["calls"])
    bed.sync_until_calm()
    links = [link for link in bed.state.links.all() if link.salesforce_id and link.accelo_id]
    for number, link in enumerate(links):
        object, field = ("Account", "Phone") if link.kind == "company" else ("Contact", "Title")
        bed.served.edit("salesforce", object, link.salesforce_id, {field: f"+61 2 5550 {number:04d}"})
    for name in ("updates", "updates_share"):
        set_value(bed.folder, f"brakes.{name}", "1")
    planned = bed.run("plan")
    made = bed.run("apply", confirmed=planned.plan_hash)
    assert made.counts["writes"]["accelo"] >= len(links)
    _close(planned.counts["forecast"], made.counts["calls"])


def _close(forecast: dict[str, Any], made: dict[str, int]) -> None:
    for system in ("salesforce", "accelo"):
        said = forecast[f"{system}_calls"]
        assert abs(said - made[system]) <= max(2, 0.1 * made[system]), (system, forecast, made)
