"""Imports that follow another: what is new, what changed, what somebody touched, what was lost."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.imports.desk import Desk
from toolkit.errors import StalePlan, UsageError
from toolkit.model import RecordState
from toolkit.runs.import_read import Scope
from toolkit.sync.carry import marker_in


def sale_of(desk: Desk, opportunity: str) -> dict[str, object]:
    (found,) = [row for row in desk.made() if marker_in(row["comments"]) == opportunity]
    return found


def scope_of(desk: Desk, opportunity: str) -> Scope:
    """A scope in which it is, and few others."""
    row = desk.source()[opportunity]
    return Scope(since=row["CloseDate"], until=row["CloseDate"], statuses=(row["StageName"],))


def test_a_new_opportunity_comes_over_alone(desk: Desk) -> None:
    desk.go()
    account = next(iter(desk.source().values()))["AccountId"]
    fields = {
        "Name": "One more",
        "StageName": "Prospecting",
        "CloseDate": "2026-12-01",
        "AccountId": account,
        "Amount": 99.95,
    }
    new = desk.served.edit("salesforce", "Opportunity", None, fields, "create")
    try:
        result = desk.go()
        assert result.counts["ledger"]["created"] == 1 and sale_of(desk, new)["title"] == "One more"
        assert desk.marked() == dict.fromkeys(desk.source(), 1)
    finally:
        desk.served.edit("salesforce", "Opportunity", new, {}, "delete")


def test_what_changed_is_offered_then_written_where_nobody_touched_it(desk: Desk) -> None:
    """One changed in Salesforce, one changed there and worked on in Accelo: only the first is written,
    and only if asked."""
    desk.go()
    changed, touched, *_ = sorted(desk.source())
    for id_ in (changed, touched):
        desk.served.edit("salesforce", "Opportunity", id_, {"Amount": 4321.05, "StageName": "Closed Won"})
    desk.served.edit("accelo", "prospects", str(sale_of(desk, touched)["id"]), {"title": "Theirs"})
    offered = {row.id: row.reason for row in desk.plan().ledger()}
    assert offered[changed] == "imported before; it would be another now, an update is offered"
    assert offered[touched] == "imported before; it would be another now, but somebody worked on it in Accelo"
    written = len(desk.writes())
    assert desk.go().quiet and len(desk.writes()) == written
    result = desk.go(updates=True)
    sale = sale_of(desk, changed)
    assert desk.writes()[written:] == [("prospects", str(sale["id"]), "update")]
    assert (float(str(sale["value"])), sale["success"]) == (4321.05, "yes")
    assert result.counts["ledger"] | {"updated": 1, "unchanged": 59} == result.counts["ledger"]
    assert sale_of(desk, touched)["title"] == "Theirs" and float(str(sale_of(desk, touched)["value"])) != 4321.05
    assert all(row["equal"] for row in result.counts["money"]) and len(desk.made()) == 60
    desk.journal_is_the_world()
    assert desk.go(updates=True).quiet


@pytest.mark.promise
def test_p3_an_update_whose_answer_is_lost_is_looked_up(desk: Desk) -> None:
    desk.go(sample=3)
    one = sorted(desk.marked())[0]
    desk.served.edit("salesforce", "Opportunity", one, {"Amount": 77.77})
    desk.fault("reset_after_commit", path="/api/v0/prospects/", method="PUT|POST")
    result = desk.go(updates=True, scope=scope_of(desk, one))
    assert result.counts["ledger"]["updated"] == 1 and float(str(sale_of(desk, one)["value"])) == 77.77
    assert not desk.state.journal.unresolved()
    desk.journal_is_the_world()


@pytest.mark.promise
def test_p4_an_update_is_not_written_over_what_somebody_typed_after_the_plan(desk: Desk) -> None:
    desk.go(sample=3)
    one = sorted(desk.marked())[0]
    desk.served.edit("salesforce", "Opportunity", one, {"Amount": 88.88})
    planned = desk.plan(updates=True, scope=scope_of(desk, one))
    desk.served.edit("accelo", "prospects", str(sale_of(desk, one)["id"]), {"title": "Theirs"})
    result = desk.apply(planned)
    assert result.counts["reasons"]["Somebody worked on it in Accelo since the plan was made; plan again."] == 1
    assert sale_of(desk, one)["title"] == "Theirs" and float(str(sale_of(desk, one)["value"])) != 88.88


def edit_within_the_second(desk: Desk, object_: str, id_: str, fields: dict[str, object]) -> None:
    """Edit a record so that its stamp stays as it is: Salesforce's clock is put back to that second."""
    stamp = desk.source("sale" if object_ == "Opportunity" else "ticket")[id_]["SystemModstamp"]
    second = datetime.fromisoformat(stamp).timestamp()
    try:
        for _ in range(50):  # a busy machine may take longer than the half second that is left
            desk.served.post("/clock", {"system": "salesforce", "skew_seconds": second + 0.2 - time.time()})
            desk.served.edit("salesforce", object_, id_, fields)
            if desk.source("sale" if object_ == "Opportunity" else "ticket")[id_]["SystemModstamp"] == stamp:
                return
    finally:
        desk.served.post("/clock", {"system": "salesforce", "skew_seconds": 0})
    raise AssertionError("the edit never fell into that second")


@pytest.mark.promise
def test_p2_an_opportunity_that_changed_after_the_plan_is_left_for_the_next(desk: Desk) -> None:
    """Seen though the stamp of the edit is the one that the plan saw."""
    planned = desk.plan()
    changed, gone, *_ = sorted(desk.source())
    edit_within_the_second(desk, "Opportunity", changed, {"Amount": 1, "Name": "Another name"})
    desk.served.edit("salesforce", "Opportunity", gone, {}, "delete")
    try:
        result = desk.apply(planned)
        assert result.counts["ledger"]["created"] == 58 and not {changed, gone} & set(desk.marked())
        assert result.counts["reasons"].items() >= {
            "It changed in Salesforce since the plan was made (title, amount); plan again.": 1,
            "It was deleted in Salesforce since the plan was made; nothing is written.": 1,
        }.items()
        assert desk.go().counts["ledger"]["created"] == 1
    finally:
        desk.served.edit("salesforce", "Opportunity", gone, {}, "undelete")


@pytest.mark.promise
def test_p2_a_case_that_changed_within_the_second_of_its_stamp_is_left_for_the_next(desk: Desk) -> None:
    planned = desk.plan("ticket")
    changed = sorted(desk.source("ticket"))[0]
    edit_within_the_second(desk, "Case", changed, {"Subject": "Another subject"})
    result = desk.apply(planned)
    assert result.counts["ledger"]["created"] == 19 and changed not in desk.marked("ticket")
    assert result.counts["reasons"]["It changed in Salesforce since the plan was made (title); plan again."] == 1


@pytest.mark.promise
def test_p2_other_contacts_of_an_opportunity_are_a_change_though_its_stamp_stays(desk: Desk) -> None:
    """What a sale hangs on is decided by a record beside the opportunity."""
    planned = desk.plan(sample=5)
    one = planned.import_planned.plan.actions[0].salesforce_id
    before = desk.source()[one]
    contacts = desk.served.world()["salesforce"]["Contact"]
    contact = next(row["Id"] for row in contacts if row["AccountId"] == before["AccountId"])
    role = {"OpportunityId": one, "ContactId": contact, "Role": "Decision Maker", "IsPrimary": True}
    id_ = desk.served.edit("salesforce", "OpportunityContactRole", None, role, "create")
    try:
        assert desk.source()[one]["SystemModstamp"] == before["SystemModstamp"]
        result = desk.apply(planned)
        assert result.counts["ledger"]["created"] == 4 and one not in desk.marked()
        assert result.counts["reasons"]["It changed in Salesforce since the plan was made (contacts); plan again."] == 1
    finally:
        desk.served.edit("salesforce", "OpportunityContactRole", id_, {}, "delete")


def test_a_field_that_the_plan_does_not_depend_on_stops_nothing(desk: Desk) -> None:
    planned = desk.plan(sample=3)
    for action in planned.import_planned.plan.actions:
        desk.served.edit("salesforce", "Opportunity", action.salesforce_id, {"NextStep": "Call them"})
    assert desk.apply(planned).counts["ledger"]["created"] == 3


@pytest.mark.promise
def test_p2_a_plan_is_carried_out_once_and_only_with_its_mapping(desk: Desk) -> None:
    planned, other = desk.plan(sample=2), desk.plan(sample=3)
    desk.apply(planned)
    with pytest.raises(StalePlan) as error:
        desk.apply(planned)
    assert (error.value.message, error.value.next_step) == (
        "This plan was carried out already.", "Make a new one: toolkit plan sales")  # fmt: skip
    desk.map_everything(default="3")
    with pytest.raises(StalePlan) as error:
        desk.apply(other)
    assert (error.value.message, error.value.next_step) == (
        "The user or status mapping changed after this plan was made.",
        "Make a new plan: toolkit plan sales")  # fmt: skip
    assert len(desk.made()) == 2


@pytest.mark.promise
def test_p18_the_state_is_lost_and_nothing_is_there_twice(desk: Desk) -> None:
    """The links of the sales are gone; their markers are found again."""
    desk.go(sample=10)
    with desk.state.transaction():
        for table in ("bases", "links"):
            desk.state.database.execute(f"DELETE FROM {table} WHERE pair LIKE 'sale:%'")
    written = len(desk.writes())
    again = desk.go(sample=10)
    assert again.counts["ledger"] | {"created": 10, "unchanged": 10} == again.counts["ledger"]
    assert len(desk.writes()) == written + 10 and set(desk.marked().values()) == {1}
    rows = desk.plan().ledger()
    assert sum(row.state is RecordState.UNCHANGED for row in rows) == 20


@pytest.mark.promise
def test_p3_a_sale_that_two_workspaces_import_is_there_once(desk: Desk, tmp_path: Path) -> None:
    """The second finds the marker, which no state of its own told it about."""
    other = tmp_path / "other"
    shutil.copytree(desk.folder, other)
    desk.go(sample=5)
    second = Desk(other, desk.served)
    result = second.go(sample=5)
    assert result.counts["ledger"]["unchanged"] == 5 and result.counts["ledger"]["created"] == 5
    assert len(desk.made()) == 10 and set(desk.marked().values()) == {1}
    second.workspace.close()


def test_a_scope_by_day_status_owner_and_type_leaves_the_others_out(desk: Desk) -> None:
    source = desk.source()
    days = sorted(row["CloseDate"] for row in source.values())
    scope = Scope(since=days[10], until=days[40], statuses=("Closed Won", "Closed Lost"))
    wanted = {id_ for id_, row in source.items()
              if days[10] <= row["CloseDate"] <= days[40] and row["StageName"].startswith("Closed")}  # fmt: skip
    result = desk.go(scope=scope)
    assert set(desk.marked()) == wanted and wanted
    assert result.counts["reasons"]["outside the chosen scope"] == 60 - len(wanted)
    one, other, *rest = desk.plan().reading_of_import.source.items
    typed = [replace(one, type="Renewal"), replace(other, type="New", record_type="Services"), *rest]
    assert [item.id for item in typed if Scope.of({"types": "Renewal, Services"}).holds(item)] == [
        typed[0].id,
        typed[1].id,
    ]
    with pytest.raises(UsageError, match=r"owners: “005000000000000AAA” occurs in no opportunity\. There are: "):
        desk.plan(scope=Scope(owners=("005000000000000AAA",)))
    with pytest.raises(UsageError) as error:
        Scope.of({"since": "last week"})
    assert (error.value.message, error.value.next_step) == (
        "since: “last week” is no day.", "Write it as year, month and day: 2026-01-31.")  # fmt: skip
