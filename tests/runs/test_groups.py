"""Many writes to Salesforce in one call: each with its own intent, attempt and outcome, whatever befalls the call."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bench.sync_requests import make_world
from tests.runs.bed import Bed, Served
from tests.runs.oracles import journal_is_the_world, live
from tests.runs.test_kill import killed
from toolkit.clients.salesforce_write import SalesforceWriter
from toolkit.errors import BrakeHit, RecordRejected, ToolkitError
from toolkit.runs.recover import recover
from toolkit.settings import set_value

pytestmark = pytest.mark.promise
GROUP = "/composite/sobjects$"
FIRMS = 30


def grouped(bed: Bed) -> list[dict[str, Any]]:
    """The calls that carried many records."""
    return [row for row in bed.served.requests() if row["path"].endswith("/composite/sobjects")]


@pytest.fixture(scope="module")
def linked_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A sandbox whose two systems are linked by their markers already, so that no test begins with an import."""
    folder = tmp_path_factory.mktemp("linked")
    make_world(folder / "world", FIRMS, FIRMS)
    served = Served(folder, str(folder / "world"))
    yield served
    served.stop()


@pytest.fixture
def linked(linked_world: Served, tmp_path: Path) -> Iterator[Bed]:
    linked_world.fresh()
    bed = Bed(tmp_path / "workspace", linked_world, 0.3)
    set_value(bed.folder, "sync.group_from", "10")
    bed.sync()
    assert len(companies(bed)) == FIRMS and not grouped(bed)
    yield bed
    bed.workspace.close()


@pytest.fixture
def edited(linked: Bed) -> Bed:
    """Thirty companies with a new telephone number in Accelo; grouped from ten on."""
    for number, link in enumerate(companies(linked)):
        linked.served.edit("accelo", "companies", link.accelo_id, {"phone": f"+1 555 070 {number:04d}"})
    return linked


def companies(bed: Bed) -> list[Any]:
    return list(bed.state.links.all("company")[:FIRMS])


def plan(bed: Bed) -> str:
    return str(bed.run("plan").plan_hash)


def phones_went_over(bed: Bed, besides: tuple[int, ...] = ()) -> None:
    held = {row["Id"]: row["Phone"] for row in bed.served.accounts()}
    for number, link in enumerate(companies(bed)):
        if number not in besides:
            assert held[link.salesforce_id] == f"+1 555 070 {number:04d}", number


def test_p5_p8_thirty_updates_are_one_call_with_thirty_intents(edited: Bed) -> None:
    """The forecast counts calls, the journal records; the base has moved, so the next run is quiet."""
    planned = edited.run("plan")
    before = len(edited.served.requests())
    result = edited.run("apply", confirmed=planned.plan_hash)
    asked = [row for row in edited.served.requests()[before:] if row["system"] == "salesforce"]
    assert result.counts["writes"]["salesforce"] == FIRMS
    assert [len(row["writes"]) for row in grouped(edited)] == [FIRMS]
    assert len(asked) == planned.counts["forecast"]["salesforce_calls"] == 4  # read, read again, write, read back
    intents = edited.state.journal.of_run(result.run)
    assert len(intents) == FIRMS and {intent.state for intent in intents} == {"applied"}
    assert len(edited.state.journal.attempts(result.run)) == FIRMS
    phones_went_over(edited)
    journal_is_the_world(edited)
    assert edited.sync().quiet


def test_below_the_number_each_goes_alone_and_is_refused_if_the_record_moved(edited: Bed) -> None:
    set_value(edited.folder, "sync.group_from", str(FIRMS + 1))
    edited.run("apply", confirmed=plan(edited))
    assert not grouped(edited)
    phones_went_over(edited)


def test_zero_means_never(edited: Bed) -> None:
    set_value(edited.folder, "sync.group_from", "0")
    edited.run("apply", confirmed=plan(edited))
    assert not grouped(edited)
    phones_went_over(edited)


@pytest.mark.parametrize(
    "kind",
    [
        "refused", "reset_before", "reset_after_commit", "server_error_500", "server_error_after_commit",
        "unavailable_503", "truncated", "html", "too_many_429", "unauthorized_once", "delivered_twice", "row_lock",
    ],
)  # fmt: skip
def test_p3_p4_p8_a_fault_on_a_group_of_updates(edited: Bed, kind: str) -> None:
    hash = plan(edited)
    edited.served.fault("salesforce", kind, nth=1, times=2, method="PATCH", path=GROUP)
    with suppress(ToolkitError):
        edited.run("apply", confirmed=hash)
    edited.served.no_faults()
    edited.sync_until_calm()
    phones_went_over(edited)
    if kind != "delivered_twice":  # two requests of which we sent one
        journal_is_the_world(edited)
    assert not edited.state.journal.unresolved() and not edited.state.journal.unsettled()


def test_p3_a_lost_group_is_looked_up_with_two_requests_and_finished_in_the_same_run(edited: Bed) -> None:
    hash = plan(edited)
    edited.served.fault("salesforce", "reset_after_commit", method="PATCH", path=GROUP)
    before = len(edited.served.requests())
    result = edited.run("apply", confirmed=hash)
    asked = [row for row in edited.served.requests()[before:] if row["system"] == "salesforce"]
    assert result.counts["unknown"] == 0 and result.counts["ledger"]["failed"] == 0
    assert [len(row["writes"]) for row in grouped(edited)] == [FIRMS], "it was not sent again"
    assert len(asked) <= 6
    phones_went_over(edited)
    journal_is_the_world(edited)


def test_p16_a_validation_rule_on_one_row_stays_with_that_row(edited: Bed) -> None:
    hash = plan(edited)
    edited.served.fault("salesforce", "validation_rule", method="PATCH", path=GROUP, rows=[3])
    result = edited.run("apply", confirmed=hash)
    assert result.counts["failed"] == 1
    assert result.counts["writes"]["salesforce"] == FIRMS - 1
    intents = edited.state.journal.of_run(result.run)
    refused = [intent for intent in intents if intent.state == "not_applied"]
    assert len(intents) == FIRMS and len(refused) == 1
    kept = next(number for number, link in enumerate(companies(edited)) if link.pair == refused[0].pair)
    phones_went_over(edited, besides=(kept,))
    journal_is_the_world(edited)
    edited.sync_until_calm()
    phones_went_over(edited)


def test_p16_what_an_automation_refuses_in_company_is_tried_alone(edited: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trigger that fails for 200 records at once, or for one of them, says so of all: each gets a call of its own."""
    hash, update_many = plan(edited), SalesforceWriter.update_many

    def refuses(self: SalesforceWriter, obj: str, rows: Any) -> list[Any]:
        update_many(self, obj, rows[:0])  # the request is made; nothing of it is kept
        return [
            RecordRejected("Salesforce", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "an automation refused it.")
        ] * len(rows)

    monkeypatch.setattr(SalesforceWriter, "update_many", refuses)
    result = edited.run("apply", confirmed=hash)
    assert result.counts["writes"]["salesforce"] == FIRMS and result.counts["failed"] == 0
    states = [intent.state for intent in edited.state.journal.of_run(result.run)]
    assert states == ["not_applied"] * FIRMS + ["applied"] * FIRMS
    phones_went_over(edited)
    journal_is_the_world(edited)


def test_p3_a_call_that_is_refused_as_a_whole_is_written_record_by_record(
    edited: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is to blame is not said, so that one record cannot hold up the others."""

    def refuses(self: SalesforceWriter, obj: str, rows: Any) -> list[Any]:
        raise RecordRejected("Salesforce", "JSON_PARSER_ERROR", "a value has the wrong type.")

    hash = plan(edited)
    monkeypatch.setattr(SalesforceWriter, "update_many", refuses)
    result = edited.run("apply", confirmed=hash)
    assert result.counts["writes"]["salesforce"] == FIRMS and result.counts["failed"] == 0
    phones_went_over(edited)
    journal_is_the_world(edited)


def test_p16_locked_rows_are_tried_again_without_the_others(edited: Bed) -> None:
    hash = plan(edited)
    edited.served.fault("salesforce", "row_lock", method="PATCH", path=GROUP, rows=[0, 7])
    result = edited.run("apply", confirmed=hash)
    assert [len(row["writes"]) for row in grouped(edited)] == [FIRMS - 2, 2]
    assert result.counts["writes"]["salesforce"] == FIRMS and result.counts["failed"] == 0
    numbers = [row["number"] for row in edited.state.journal.attempts(result.run)]
    assert sorted(numbers) == [1] * FIRMS + [2] * 2
    phones_went_over(edited)
    journal_is_the_world(edited)


def test_p4_a_record_edited_after_the_plan_is_left_out_of_the_group(edited: Bed) -> None:
    hash = plan(edited)
    edited.served.edit("salesforce", "Account", companies(edited)[4].salesforce_id, {"Phone": "+1 555 999 0000"})
    result = edited.run("apply", confirmed=hash)
    assert [len(row["writes"]) for row in grouped(edited)] == [FIRMS - 1]
    assert result.counts["writes"]["salesforce"] == FIRMS - 1
    held = {row["Id"]: row["Phone"] for row in edited.served.accounts()}
    assert held[companies(edited)[4].salesforce_id] == "+1 555 999 0000"
    phones_went_over(edited, besides=(4,))


def test_a_record_deleted_meanwhile_is_left_alone_and_the_others_are_written(edited: Bed) -> None:
    hash = plan(edited)
    edited.served.fault("salesforce", "record_deleted", method="PATCH", path=GROUP, rows=[5])
    result = edited.run("apply", confirmed=hash)
    assert result.counts["writes"]["salesforce"] == FIRMS - 1
    journal_is_the_world(edited)


def test_p1_read_only_turned_on_before_the_group_sends_nothing(edited: Bed) -> None:
    """The toggle is asked in the transaction of the intents and again at the transport."""
    hash = plan(edited)
    run = edited.open("apply", confirmed=hash)
    run.read(), run.plan(), run.confirm()
    edited.state.set_read_only(True, "2026-01-01T00:00:00+00:00")
    run.apply(), run.check(), run.close()
    assert not grouped(edited)
    assert not edited.state.journal.of_run(run.run)


def test_p13_a_limit_in_the_middle_leaves_the_rest_for_the_next_run(edited: Bed) -> None:
    hash = plan(edited)
    edited.served.fault("salesforce", "limit_403", times=2, method="PATCH", path=GROUP)
    with suppress(ToolkitError):
        edited.run("apply", confirmed=hash)
    edited.served.no_faults()
    assert not edited.state.journal.unresolved()
    edited.again()
    edited.state.put("budget:salesforce", None)  # a day later
    edited.sync_until_calm()
    phones_went_over(edited)
    journal_is_the_world(edited)


# creations

NEW = 24


@pytest.fixture
def only_in_accelo(linked: Bed) -> Bed:
    """Companies with a contact each that only Accelo has, and that Salesforce shall have as well."""
    bed = linked
    set_value(bed.folder, "sync.new_in_accelo", "always")
    for number in range(NEW):
        firm = bed.served.edit("accelo", "companies", None, {"name": f"Grouped Mill {number}"}, op="create")
        bed.served.edit(
            "accelo",
            "contacts",
            None,
            {"firstname": "Pat", "surname": f"Miller {number}", "company_id": firm},
            op="create",
        )
    return bed


def confirmed(bed: Bed) -> Any:
    try:
        return bed.sync()
    except BrakeHit as hit:
        return bed.run("apply", confirmed=hit.plan_hash)


def each_is_there_once(bed: Bed) -> None:
    world = bed.served.world()["salesforce"]
    firms = [row["Name"] for row in live(world["Account"]) if row["Name"].startswith("Grouped Mill")]
    people = {
        row["LastName"]: row["AccountId"] for row in live(world["Contact"]) if row["LastName"].startswith("Miller")
    }
    assert sorted(firms) == sorted(f"Grouped Mill {number}" for number in range(NEW))
    assert len([row for row in live(world["Contact"]) if row["LastName"].startswith("Miller")]) == len(people) == NEW
    names = {row["Id"]: row["Name"] for row in world["Account"]}
    assert all(names[account].endswith(f" {person.split()[1]}") for person, account in people.items())


def test_p3_creations_go_together_companies_before_their_contacts(only_in_accelo: Bed) -> None:
    bed = only_in_accelo
    confirmed(bed)
    calls = [{write["object"] for write in row["writes"]} for row in grouped(bed) if row["method"] == "POST"]
    assert calls[0] == {"Account"} and calls[-1] == {"Contact"} and len(calls) == 2
    each_is_there_once(bed)
    journal_is_the_world(bed)
    bed.sync_until_calm()
    each_is_there_once(bed)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize(
    "kind",
    ["reset_before", "reset_after_commit", "server_error_after_commit", "truncated", "delivered_twice", "row_lock"],
)
def test_p3_a_fault_on_a_group_of_creations_makes_nothing_twice(only_in_accelo: Bed, kind: str, nth: int) -> None:
    bed = only_in_accelo
    bed.served.fault("salesforce", kind, nth=nth, method="POST", path=GROUP)
    with suppress(ToolkitError):
        confirmed(bed)
    bed.served.no_faults()
    bed.sync_until_calm()
    each_is_there_once(bed)
    journal_is_the_world(bed)


def test_p3_a_creation_whose_marker_is_taken_is_adopted_and_the_others_are_made(only_in_accelo: Bed) -> None:
    """Somebody's earlier import holds the same Accelo id: DUPLICATE_VALUE, looked up, linked; never a second record."""
    bed = only_in_accelo
    hash = plan(bed)
    firm = next(row for row in bed.served.world()["accelo"]["companies"] if row["name"] == "Grouped Mill 3")
    bed.served.edit(
        "salesforce", "Account", None, {"Name": "Grouped Mill 3", "Accelo_Id__c": str(firm["id"])}, op="create"
    )
    result = bed.run("apply", confirmed=hash)
    assert result.counts["unknown"] == 0
    bed.sync_until_calm()
    each_is_there_once(bed)


@pytest.mark.parametrize("seed", range(4))
def test_p9_killed_around_a_group_recovered_and_synced(only_in_accelo: Bed, tmp_path: Path, seed: int) -> None:
    """Before the bytes leave, while Salesforce works (the answer is slow), after the answer:
    every time exactly once."""
    bed = only_in_accelo
    hash = plan(bed)
    bed.served.fault("salesforce", "slow", times=0, method="POST", path=GROUP, seconds=1)
    bed.workspace.close()
    killed(bed, "run-900-apply", hash, random.Random(seed).uniform(0.0, 1.5))
    bed.served.no_faults()
    time.sleep(1.2)  # what was sent has landed
    bed.again()
    recover(bed.workspace)
    assert not bed.state.journal.unresolved()
    bed.sync_until_calm()
    each_is_there_once(bed)
    journal_is_the_world(bed)


# markers


def test_p8_markers_alone_go_together_whatever_the_number(linked_world: Served, tmp_path: Path) -> None:
    """A deployment without a field for the Salesforce id: Salesforce's own field gets Accelo's, nobody types in it."""
    linked_world.fresh()
    bed = Bed(tmp_path / "workspace", linked_world, 0.3)
    set_value(bed.folder, "sync.group_from", "0")
    for name in ("companies", "contacts"):
        file = bed.folder / "mappings" / f"{name}.toml"
        lines = [line for line in file.read_text().splitlines() if not line.startswith("accelo_marker")]
        file.write_text("\n".join(lines) + "\n")
    result = confirmed(bed)
    assert result.counts["writes"] == {"salesforce": 2 * FIRMS, "accelo": 0}
    assert [len(row["writes"]) for row in grouped(bed)] == [FIRMS, FIRMS]
    assert {name for row in grouped(bed) for write in row["writes"] for name in write["fields"]} == {"Accelo_Id__c"}
    journal_is_the_world(bed)
    assert bed.sync().quiet
    bed.workspace.close()
