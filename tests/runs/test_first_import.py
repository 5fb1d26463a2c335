"""The first import of the demo world and what comes after it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runs.bed import Bed
from tests.runs.oracles import everyone_is_in_the_ledger, journal_is_the_world, one_company_for_each_account
from toolkit.errors import BrakeHit, LeaseHeld, ReadOnlyPlan, Unconfirmed
from toolkit.runs.verify import verify
from toolkit.store.evidence import read_evidence
from toolkit.store.state import State

pytestmark = pytest.mark.promise


def test_p3_p7_p8_the_first_import_makes_one_company_for_each_account(bed: Bed) -> None:
    """Every record is accounted for, nothing is doubled, and the journal is the sandbox's own log."""
    result = bed.first_import()
    assert result.state == "done"
    assert result.counts["failed"] == 0
    assert result.counts["ledger"]["created"] > 100
    one_company_for_each_account(bed)
    journal_is_the_world(bed)
    everyone_is_in_the_ledger(bed, result.counts)


def test_p5_a_quiet_sync_writes_nothing_and_asks_at_most_eight_requests(bed: Bed) -> None:
    bed.first_import()
    bed.sync_until_calm()
    for _ in range(3):
        before = len(bed.served.requests())
        result = bed.sync()
        assert result.quiet
        assert len(bed.served.requests()) - before <= 8
        assert result.counts["writes"] == {"salesforce": 0, "accelo": 0}


def test_p5_requests_of_a_sync_are_eight_and_a_tenth_more_than_the_writes(bed: Bed) -> None:
    """Edits on both sides: reading, checking before and reading back are shared by many records."""
    bed.first_import()
    bed.sync_until_calm()
    links = bed.state.links.all("company")
    for number, link in enumerate(links[:20]):
        bed.served.edit("salesforce", "Account", link.salesforce_id, {"Phone": f"+1 555 010 {number:04d}"})
    for number, link in enumerate(links[20:40]):
        bed.served.edit("accelo", "companies", link.accelo_id, {"fax": f"+1 555 020 {number:04d}"})
    before = len(bed.served.requests())
    result = bed.sync()
    writes = sum(result.counts["writes"].values())
    assert writes == 40
    assert len(bed.served.requests()) - before <= 8 + 1.1 * writes
    assert bed.sync().quiet


def test_p5_a_quiet_scheduled_poll_leaves_one_row_and_no_folder(bed: Bed) -> None:
    bed.first_import()
    bed.sync_until_calm()
    result = bed.sync(keep_quiet=True)
    assert result.traceless
    assert not bed.workspace.run_folder(result.run).exists()
    row = bed.state.runs.get(result.run)
    assert row is not None and row.state == "done" and not row.folder


def test_p14_a_first_import_is_stopped_by_the_brake_and_writes_nothing(bed: Bed) -> None:
    with pytest.raises(BrakeHit) as hit:
        bed.sync()
    assert hit.value.plan_hash
    assert not [row for row in bed.served.requests() if row.get("writes")]
    assert bed.state.runs.get("run-001-sync").state == "waiting"


def test_p2_equal_inputs_give_an_equal_plan(bed: Bed) -> None:
    assert bed.run("plan").plan_hash == bed.run("plan").plan_hash


def test_p2_what_moved_since_the_plan_is_left_out_and_the_rest_is_written(bed: Bed) -> None:
    planned = bed.run("plan")
    plan = bed.state.plans.load(planned.plan_hash)
    made = [action for action in plan.actions if action.type == "create" and action.kind == "company"]
    bed.served.edit("salesforce", "Account", made[0].salesforce_id, {"Name": "Renamed after the plan"})
    result = bed.run("apply", confirmed=planned.plan_hash)
    names = {row["name"] for row in bed.served.world()["accelo"]["companies"]}
    assert "Renamed after the plan" not in names and made[0].title not in names
    assert made[1].title in names
    assert result.counts["ledger"]["waiting"] > planned.counts["ledger"]["waiting"]
    bed.sync_until_calm()
    assert "Renamed after the plan" in {row["name"] for row in bed.served.world()["accelo"]["companies"]}


def test_p2_a_target_edited_between_plan_and_apply_is_not_overwritten(bed: Bed) -> None:
    planned = bed.run("plan")
    plan = bed.state.plans.load(planned.plan_hash)
    update = next(
        action
        for action in plan.actions
        if action.type == "update"
        and action.side == "accelo"
        and action.kind == "contact"
        and any(change.field == "position" for change in action.changes)
    )
    bed.served.edit("accelo", "affiliations", update.refs["affiliation"], {"position": "Queen"})
    bed.run("apply", confirmed=planned.plan_hash)
    row = next(
        row for row in bed.served.world()["accelo"]["affiliations"] if str(row["id"]) == update.refs["affiliation"]
    )
    assert row["position"] == "Queen"


def test_p1_read_only_sends_nothing_that_could_write_to_salesforce(bed: Bed) -> None:
    bed.state.set_read_only(True, "2026-01-01T00:00:00+00:00")
    bed.first_import()
    bed.sync_until_calm()
    link = bed.state.links.all("company")[0]
    bed.served.edit("accelo", "companies", link.accelo_id, {"phone": "+49 30 1234"})
    bed.sync()
    sent = [row for row in bed.served.requests() if row["system"] == "salesforce"]
    assert {row["method"] for row in sent} == {"GET"}
    assert not [row for row in sent if row.get("writes")]


def test_p1_a_plan_made_before_read_only_was_turned_on_is_refused(bed: Bed) -> None:
    planned = bed.run("plan")
    assert bed.state.plans.find(planned.plan_hash).writes_salesforce
    bed.state.set_read_only(True, "2026-01-01T00:00:00+00:00")
    with pytest.raises(ReadOnlyPlan):
        bed.run("apply", confirmed=planned.plan_hash)
    assert not [row for row in bed.served.requests() if row.get("writes")]


def test_p17_two_runs_at_once_the_second_is_refused_and_names_the_first(bed: Bed) -> None:
    first = bed.open("plan")
    first.read()
    second = bed.open("sync", yes=True)
    with pytest.raises(LeaseHeld) as held:
        second.read()
    assert first.run in str(held.value)
    assert held.value.exit_code == 4
    first.plan()
    first.close()
    assert bed.run("plan").state == "done"


def test_p17_a_run_that_lost_its_epoch_commits_no_intent(bed: Bed) -> None:
    """A process that was frozen wakes up after another took over: it writes nothing."""
    planned = bed.run("plan")
    run = bed.open("apply", confirmed=planned.plan_hash)
    run.read(), run.plan(), run.confirm()
    with State(bed.folder / "state.sqlite") as other:
        other.next_epoch("somebody else", "2026-01-01T00:00:00+00:00")
    with pytest.raises(LeaseHeld):
        run.apply()
    assert not [row for row in bed.served.requests() if row.get("writes")]


def test_an_unconfirmed_plan_is_not_applied(bed: Bed) -> None:
    run = bed.open("sync")
    run.read(), run.plan()
    with pytest.raises(Unconfirmed):
        run.apply()


def test_p11_the_evidence_holds_verifies_and_rebuilds_the_state(bed: Bed) -> None:
    """Links and bases of the state come out of the sealed runs with the same digest; a changed byte is found."""
    from toolkit.runs.rebuild import rebuild

    bed.first_import()
    bed.sync_until_calm()
    folder = bed.workspace.run_folder("run-002-apply")
    assert verify(folder) == []
    tables: dict[str, Any] = {
        name: read_evidence(folder / "run.duckdb", f"SELECT count(*) AS n FROM {name}")[0]["n"]
        for name in ("raw", "actions", "changes", "intents", "attempts", "exchanges", "ledger", "moves", "meta")
    }
    assert all(tables.values()), tables
    before = bed.state.links.digest()
    rebuilt = rebuild(bed.state, bed.folder / "runs")
    assert rebuilt.digest == before
    damaged = folder / "run.duckdb"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert [problem.kind for problem in verify(folder)] == ["changed"]


def test_p18_with_no_state_at_all_nothing_is_made_twice(bed: Bed) -> None:
    """The state is deleted: the next run pairs by markers, creates nothing again and overwrites nothing."""
    bed.first_import()
    bed.sync_until_calm()
    before = bed.served.world()["accelo"]
    bed.workspace.close()
    for path in bed.folder.glob("state.sqlite*"):
        path.unlink()
    bed.again()
    bed.sync_until_calm()
    after = bed.served.world()["accelo"]
    one_company_for_each_account(bed)
    assert [row["id"] for row in after["companies"]] == [row["id"] for row in before["companies"]]
    assert [row["id"] for row in after["contacts"]] == [row["id"] for row in before["contacts"]]


def test_p18_with_an_older_backup_nothing_is_made_twice(bed: Bed, tmp_path: Any) -> None:
    bed.run("plan")
    bed.state.database.backup(tmp_path / "old.sqlite")
    bed.first_import()
    bed.workspace.close()
    for path in bed.folder.glob("state.sqlite*"):
        path.unlink()
    (tmp_path / "old.sqlite").rename(bed.folder / "state.sqlite")
    bed.again()
    bed.number = 50
    bed.sync_until_calm()
    one_company_for_each_account(bed)
