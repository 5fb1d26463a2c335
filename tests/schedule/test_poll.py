"""What one poll of the service does: quiet, written, held up by a brake, busy, or failed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from tests.runs.bed import Bed
from tests.schedule.conftest import Watched
from toolkit.runs import health
from toolkit.runs.lease import Lease
from toolkit.settings import set_value
from toolkit.store.evidence import read_evidence


def linked(bed: Bed) -> Any:
    return next(
        link for link in bed.state.links.all() if link.kind == "company" and link.salesforce_id and link.accelo_id
    )


def rename(bed: Bed, name: str) -> str:
    link = linked(bed)
    bed.served.edit("salesforce", "Account", link.salesforce_id, {"Phone": name})
    return str(link.accelo_id)


def test_p5_a_poll_that_finds_nothing_costs_at_most_8_requests_and_leaves_one_row(watched: Watched) -> None:
    bed = watched.bed
    rows = len(bed.state.runs.all(1000))
    folders = sorted(path.name for path in (bed.folder / "runs").iterdir())
    for number in range(1, 4):
        before = len(bed.served.requests())
        assert watched.poll().state == "ok"
        assert len(bed.served.requests()) - before <= 8
        assert len(bed.state.runs.all(1000)) == rows + number
    assert sorted(path.name for path in (bed.folder / "runs").iterdir()) == folders
    assert watched.conducted == [] and bed.state.runs.all(1)[0].state == "done"


def test_a_poll_that_finds_something_is_one_run_with_its_evidence_and_reads_once(watched: Watched) -> None:
    bed = watched.bed
    id = rename(bed, "+61 2 5550 1234")
    before = len(bed.served.requests())
    said = watched.poll()
    made = bed.served.requests()[before:]
    assert said.state == "ok" and len(watched.conducted) == 1
    writes = [request for request in made if request["writes"]]
    assert len(writes) == 1 and len(made) <= 8 + 1.1 * len(writes)
    row = bed.state.runs.get(watched.conducted[0])
    assert row.state == "done" and row.digest and row.counts["writes"]["accelo"] == 1
    pack = bed.workspace.run_folder(row.id) / "run.duckdb"
    log = read_evidence(pack, "SELECT n FROM exchanges ORDER BY n")
    assert [line["n"] for line in log] == list(range(1, len(made) + 1)), "one log for look and notebook"
    assert read_evidence(pack, "SELECT count(*) AS n FROM raw WHERE changed")[0]["n"] >= 1
    company = next(row for row in bed.served.world()["accelo"]["companies"] if str(row["id"]) == id)
    assert "5550" in company["phone"]
    assert watched.poll().state == "ok" and len(watched.conducted) == 1, "no echo"


def test_when_somebody_wrote_between_look_and_notebook_it_reads_again(watched: Watched) -> None:
    bed = watched.bed
    rename(bed, "+61 2 5550 9999")
    conduct = watched.service._conduct

    def late(run: str) -> Any:
        lease = Lease(bed.folder, bed.state, "another")
        lease.take("2026-11-25T00:00:00+00:00")
        lease.give_back()
        return conduct(run)

    watched.service._conduct = late
    before = len(bed.served.requests())
    assert watched.poll().state == "ok"
    polls = [row for row in bed.served.requests()[before:] if row["system"] == "salesforce"]
    assert len(polls) == 2 and bed.state.runs.get(watched.conducted[0]).counts["writes"]["accelo"] == 1


def test_p14_a_brake_stops_it_tells_once_and_leaves_the_plan_to_a_person(watched: Watched) -> None:
    bed = watched.bed
    for name in ("updates", "updates_share"):
        set_value(bed.folder, f"brakes.{name}", "0")
    rename(bed, "+61 2 5550 7777")
    said = watched.poll()
    assert said.state == "waiting" and said.failures == 0 and "brake" in said.reason
    assert [outcome.state for outcome in watched.told] == ["waiting"]
    before = dataclasses.asdict(bed.state.runs.all(1)[0])["plan_hash"]
    for _ in range(2):
        assert watched.poll().state == "waiting"
    assert len(watched.conducted) == 1 and len(watched.told) == 1
    assert not [row for row in bed.served.requests() if row["writes"]]
    bed.run("apply", confirmed=before)
    assert watched.poll().state == "ok"


def test_p4_what_waits_in_the_inbox_and_what_was_held_back_is_never_confirmed_by_it(watched: Watched) -> None:
    bed, link = watched.bed, linked(watched.bed)
    bed.state.set_read_only(True, bed.workspace.clock().isoformat())
    bed.served.edit("accelo", "companies", link.accelo_id, {"phone": "02 5550 1111"})
    watched.poll()
    bed.state.set_read_only(False, bed.workspace.clock().isoformat())
    for _ in range(2):
        assert watched.poll().state == "ok"
    assert not [row for row in bed.served.requests() if row["system"] == "salesforce" and row["writes"]]
    bed.served.edit("salesforce", "Account", link.salesforce_id, {"Fax": "+61 2 5550 2222"})
    bed.served.edit("accelo", "companies", link.accelo_id, {"fax": "02 5550 3333"})
    waiting = sum(bed.state.inbox.counts().values())
    runs = len(watched.conducted)
    for _ in range(3):
        assert watched.poll().state == "ok"
    assert sum(bed.state.inbox.counts().values()) > waiting and len(watched.conducted) == runs + 1
    assert not [row for row in bed.served.requests() if row["writes"]]


def test_p17_a_busy_lease_is_skipped_quietly(watched: Watched) -> None:
    bed = watched.bed
    lease = Lease(bed.folder, bed.state, "20261125-120000-sync-aaaa")
    lease.take("2026-11-25T12:00:00+00:00")
    rows = len(bed.state.runs.all(1000))
    try:
        said = watched.poll()
    finally:
        lease.give_back()
    assert said.state == "ok" and said.failures == 0 and bed.served.requests() == []
    assert len(bed.state.runs.all(1000)) == rows


def test_an_outage_backs_off_tells_once_and_ends_with_the_first_success(watched: Watched, monkeypatch: Any) -> None:
    bed = watched.bed
    bed.workspace.hang_up()
    monkeypatch.setattr(bed.workspace, "sleep", lambda seconds: None)
    bed.served.fault("accelo", "unavailable_503", times=0)
    gaps = []
    for failures in range(1, 6):
        due = watched.service.once()
        gaps.append((due - bed.workspace.clock()).total_seconds())
        assert (watched.service.health.state, watched.service.health.failures) == ("degraded", failures)
    assert 1000 < gaps[0] < 1400 and gaps[1] > 2000 and all(gap <= 3960 for gap in gaps), gaps
    assert len(watched.told) == 1 and watched.told[0].state == "failed"
    bed.served.no_faults()
    said = watched.poll()
    assert said.state == "ok" and said.failures == 0 and said.reason == ""


def test_the_health_file_says_what_there_is_and_a_dead_service_is_degraded(watched: Watched, tmp_path: Path) -> None:
    said = watched.poll()
    kept = health.read(watched.bed.folder)
    assert kept == said and said.last_success and said.next_run > said.last_success and not said.polling
    now = watched.bed.workspace.clock()
    assert health.seen_from_outside(kept, now).state == "ok"
    assert health.seen_from_outside(dataclasses.replace(kept, pid=2**22 + 1), now).state == "degraded"
    assert health.seen_from_outside(None, now).state == "never"
    assert health.serves(watched.bed.folder) is False
    with health.service_lock(watched.bed.folder):
        assert health.serves(watched.bed.folder) is True
    under_way = dataclasses.replace(kept, polling=True)
    assert health.seen_from_outside(under_way, now, serving=False).state == "degraded", "its number has another process"
    assert health.seen_from_outside(under_way, now, serving=True, heartbeat=kept.last_run_at).state == "ok"
    hours_later = now + 2 * health.SILENT
    assert health.seen_from_outside(under_way, hours_later, serving=True).state == "degraded", "it hangs"
    assert health.read(tmp_path) is None
    (tmp_path / health.FILE).write_text("half a fi")
    broken = health.read(tmp_path)
    assert broken is not None, "there was a service, whatever became of its file"
    told = health.seen_from_outside(broken, now)
    assert told.state == "degraded" and told.reason.startswith("health.json cannot be read")


def test_a_record_that_always_fails_brings_no_notebook_at_every_poll(watched: Watched) -> None:
    bed = watched.bed
    id = rename(bed, "+61 2 5550 4321")
    bed.served.fault("accelo", "invalid_permission", times=0, method="PUT", path=f"/companies/{id}")
    for _ in range(5):
        watched.poll()
    assert len(watched.conducted) == 1
