"""A service that runs for years: what it must survive, and what must not grow with time."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.schedule.conftest import Time, Watched
from tests.schedule.test_poll import linked, rename
from toolkit.errors import SettingsError, UsageError, WorkspaceError
from toolkit.runs.inbox import decide


def companies(watched: Watched, number: int) -> list[Any]:
    links = [link for link in watched.bed.state.links.all() if link.kind == "company"]
    return [link for link in links if link.salesforce_id and link.accelo_id][:number]


def later(watched: Watched, monkeypatch: pytest.MonkeyPatch, **passed: float) -> None:
    time = Time(watched.bed.served)
    time.passed = timedelta(**passed).total_seconds()
    time.tell()
    monkeypatch.setattr(watched.bed.workspace, "clock", time.now)
    watched.bed.workspace.hang_up()


@pytest.mark.parametrize("hours", [1, 30])
def test_p5_companies_that_were_deleted_in_accelo_cost_nothing_at_later_polls(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    [link] = companies(watched, 1)
    watched.bed.served.edit("accelo", "companies", link.accelo_id, {}, "delete")
    watched.bed.sync(full=True)
    later(watched, monkeypatch, hours=hours)
    watched.poll()
    later(watched, monkeypatch, hours=2 * hours)
    before = len(watched.bed.served.requests())
    watched.poll()
    made = watched.bed.served.requests()[before:]
    assert len(made) <= 8 + 10, "the poll, and a whole sweep"
    assert not [row for row in made if re.search(r"/companies/\d", row["path"])]


def test_a_refused_record_brings_no_notebook_while_it_rests(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    bed = watched.bed
    id = rename(bed, "+61 2 5550 4321")
    bed.served.fault("accelo", "invalid_permission", times=0, method="PUT", path=f"/companies/{id}")
    for hour in range(30):
        later(watched, monkeypatch, hours=2 * hour)
        watched.poll()
    assert len(watched.conducted) <= 8, watched.conducted


def test_a_clock_that_was_ahead_and_is_right_again_stops_no_sweep_and_no_compare(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed = watched.bed
    later(watched, monkeypatch, days=3000)
    watched.poll()
    later(watched, monkeypatch, days=0)
    [link] = companies(watched, 1)
    bed.served.edit("accelo", "companies", link.accelo_id, {}, "delete")
    watched.poll()
    later(watched, monkeypatch, hours=1)
    watched.poll()
    assert bed.state.inbox.counts().get("gone-in-accelo") == 1


def test_a_decision_that_was_carried_out_or_became_moot_stands_no_more(watched: Watched) -> None:
    bed = watched.bed
    [link] = companies(watched, 1)
    bed.served.edit("salesforce", "Account", link.salesforce_id, {"Fax": "+61 2 5550 2200"})
    bed.served.edit("accelo", "companies", link.accelo_id, {"fax": "02 5550 3300"})
    watched.poll()
    [item] = bed.state.inbox.items(("open",), "conflict")
    decide(bed.state, [item.id], "keep", "ann", "2026-11-26T00:00:00+00:00")
    for _ in range(2):
        watched.poll()
    assert bed.state.inbox.items(("open", "decided"), "conflict") == []


def test_a_link_to_a_record_that_is_not_there_or_not_free_is_refused_at_once(watched: Watched) -> None:
    bed = watched.bed
    taken = linked(bed).salesforce_id
    bed.served.edit("accelo", "companies", None, {"name": "Only Here"}, "create")
    watched.poll()
    item = next(i for i in bed.state.inbox.items(("open",), "new-in-accelo") if i.question.title == "Only Here")
    for id, said in (("001000000000000AAA", "showed no company"), (taken, "linked"), (taken[:15], "linked")):
        with pytest.raises(UsageError, match=said):
            decide(bed.state, [item.id], f"link:{id}", "ann", "2026-11-26T00:00:00+00:00")
    assert bed.state.inbox.get(item.id).state == "open"


@pytest.mark.parametrize("what", ["rest", "tell", "name"])
def test_nothing_that_fails_around_a_poll_ends_the_polls(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def broken(*given: Any) -> Any:
        raise WorkspaceError("the disk is full") if what != "tell" else SettingsError("settings.toml: no TOML")

    service = watched.service
    monkeypatch.setattr(service, {"rest": "_rest", "tell": "_tell", "name": "_new_run"}[what], broken)
    planned: list[Any] = []
    monkeypatch.setattr(service, "_plan", planned.append)
    if what == "tell":
        watched.bed.workspace.hang_up()
        monkeypatch.setattr(watched.bed.workspace, "sleep", lambda seconds: None)
        watched.bed.served.fault("accelo", "unavailable_503", times=0)
    for number in range(1, 5):
        service._tick()
        assert len(planned) == number
    assert service.health.state == "degraded" and not service.health.polling


def test_plans_are_kept_for_a_month(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    bed = watched.bed
    rename(bed, "+61 2 5550 1111")
    old = bed.run("plan").plan_hash
    later(watched, monkeypatch, days=20)
    rename(bed, "+61 2 5550 2222")
    young = bed.run("plan").plan_hash
    later(watched, monkeypatch, days=40)
    rename(bed, "+61 2 5550 3333")
    bed.sync(full=True)
    assert bed.state.plans.find(old) is None and bed.state.plans.find(young) is not None


def test_a_poll_that_found_nothing_leaves_nothing_but_its_row(watched: Watched) -> None:
    state = watched.bed.state
    watched.poll()

    def sizes() -> dict[str, int]:
        tables = [row[0] for row in state.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: state.database.row(f"SELECT count(*) FROM {name}")[0] for name in tables}

    before = sizes()
    for _ in range(5):
        watched.poll()
    grown = {name: number - before[name] for name, number in sizes().items() if number != before[name]}
    assert grown == {"runs": 5}, json.dumps(grown)
