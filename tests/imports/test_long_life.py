"""What months bring: amounts that come and go, scopes, settings that name what is not there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.imports.desk import Desk
from toolkit.errors import Unmapped, UsageError
from toolkit.mapping.people import UserMap, load_users, save_users
from toolkit.runs.import_read import Scope
from toolkit.settings import set_value
from toolkit.sync.carry import marker_in

INTEGRATION_USER = "005gK0000000002QAA"


def worth(desk: Desk) -> dict[str, Decimal]:
    """Salesforce id -> the value of its sale in Accelo."""
    return {marker_in(row["comments"]) or "": Decimal(row["value"] or 0) for row in desk.made()}


def test_an_amount_that_came_after_the_import_and_one_that_went_are_carried_with_updates(desk: Desk) -> None:
    came, went, *_ = sorted(desk.source())
    before = {id_: desk.source()[id_]["Amount"] for id_ in (came, went)}
    desk.served.edit("salesforce", "Opportunity", came, {"Amount": None})
    try:
        desk.go()
        desk.served.edit("salesforce", "Opportunity", came, {"Amount": 512.25})
        desk.served.edit("salesforce", "Opportunity", went, {"Amount": None})
        result = desk.go(updates=True)
        assert result.counts["ledger"]["updated"] == 2 and all(row["equal"] for row in result.counts["money"])
        assert (worth(desk)[came], worth(desk)[went]) == (Decimal("512.25"), 0)
        desk.journal_is_the_world()
        assert desk.go(updates=True).quiet
    finally:
        for id_, amount in before.items():
            desk.served.edit("salesforce", "Opportunity", id_, {"Amount": amount})


@pytest.mark.promise
def test_p4_an_amount_typed_in_accelo_where_salesforce_had_none_is_not_written_over(desk: Desk) -> None:
    one = sorted(desk.source())[0]
    before = desk.source()[one]["Amount"]
    desk.served.edit("salesforce", "Opportunity", one, {"Amount": None})
    try:
        desk.go()
        sale = next(str(row["id"]) for row in desk.made() if marker_in(row["comments"]) == one)
        desk.served.edit("accelo", "prospects", sale, {"value": "700.00"})
        desk.served.edit("salesforce", "Opportunity", one, {"Amount": 512.25})
        assert desk.go(updates=True).quiet and worth(desk)[one] == 700
        reason = next(row.reason for row in desk.plan(updates=True).ledger() if row.id == one)
        assert reason == "imported before; it would be another now, but somebody worked on it in Accelo"
    finally:
        desk.served.edit("salesforce", "Opportunity", one, {"Amount": before})


def test_a_sale_that_somebody_copied_in_accelo_is_told_and_makes_no_other(desk: Desk) -> None:
    """The copy carries the marker too; the one that was imported stays the one."""
    desk.go(sample=5)
    one = sorted(desk.made(), key=lambda row: int(row["id"]))[0]
    fields = {"title": one["title"], "comments": one["comments"], "affiliation_id": one["affiliation"],
              "type_id": one["prospect_type"], "status_id": one["status"]}  # fmt: skip
    copy = desk.served.edit("accelo", "prospects", None, fields, "create")
    planned = desk.plan()
    notes = {note.code: note.examples for note in planned.import_planned.checks.notes}
    assert notes["doubled"] == (f"{one['id']} and {copy}",)
    assert planned.import_planned.plan.counts() == {"create sale in accelo": 55}


@pytest.fixture
def of_another(desk: Desk) -> Any:
    """An opportunity whose owner nobody mapped, the default neither."""
    one = sorted(desk.source())[0]
    owner = desk.source()[one]["OwnerId"]
    desk.served.edit("salesforce", "Opportunity", one, {"OwnerId": INTEGRATION_USER})
    path = desk.folder / "mappings" / "users.csv"
    rows = [replace(row, accelo_staff_id="1" if row.salesforce_id == owner else "") for row in load_users(path).rows]
    save_users(path, UserMap(tuple(rows)))
    yield owner
    desk.served.edit("salesforce", "Opportunity", one, {"OwnerId": owner})


def test_a_plan_of_one_owner_is_carried_out_though_another_is_not_mapped(desk: Desk, of_another: str) -> None:
    """As when it was made: the plan left the other's records out."""
    planned = desk.plan(scope=Scope(owners=(of_another,)))
    assert not planned.import_planned.blocked
    assert desk.apply(planned).counts["ledger"]["created"] == 59


def test_a_plan_that_was_blocked_is_blocked_when_it_is_carried_out(desk: Desk, of_another: str) -> None:
    planned = desk.plan()
    with pytest.raises(Unmapped, match="1 owner is mapped to nobody; 1 record hangs on it"):
        desk.apply(planned)
    assert not desk.made()


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("ticket_class", "999", "Accelo does not have the class 999 for a ticket"),
        ("priorities", "High=77", "The setting imports.priorities names priorities that Accelo does not have: 77"),
    ],
)
def test_a_setting_that_names_what_accelo_does_not_have_blocks_before_anything_is_written(
    desk: Desk, setting: str, value: str, text: str
) -> None:
    set_value(desk.folder, f"imports.{setting}", value)
    desk.again()
    with pytest.raises(Unmapped, match=text):
        desk.go("ticket")
    assert not desk.writes()


def test_a_priority_is_found_though_blanks_stand_around_its_sign(desk: Desk) -> None:
    set_value(desk.folder, "imports.priorities", "High = 1")
    desk.again()
    desk.go("ticket")
    high = [row["issue_priority"] for row in desk.made("ticket")
            if desk.source("ticket")[marker_in(row["description"]) or ""]["Priority"] == "High"]  # fmt: skip
    assert high and set(map(str, high)) == {"1"}


def test_a_case_whose_contact_is_in_another_company_is_told_before_it_loses_the_contact(desk: Desk) -> None:
    one = sorted(desk.source("ticket"))[0]
    case = desk.source("ticket")[one]
    other = next(row["Id"] for row in desk.served.world()["salesforce"]["Contact"]
                 if row["AccountId"] not in (None, case["AccountId"]))  # fmt: skip
    desk.served.edit("salesforce", "Case", one, {"ContactId": other})
    try:
        notes = {note.code: note for note in desk.plan("ticket").import_planned.checks.notes}
        assert notes["other-contact"].count == 1 and case["Subject"] in notes["other-contact"].examples
    finally:
        desk.served.edit("salesforce", "Case", one, {"ContactId": case["ContactId"]})


@pytest.mark.parametrize("day", ["20260131", "2026-W05-6", "2026-01-31"])
def test_a_day_in_any_spelling_of_the_standard_is_that_day(day: str) -> None:
    assert Scope.of({"until": day}).until == "2026-01-31"


def test_a_scope_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        Scope.of({"since": "2026-02-01", "until": "2026-01-31"})
    assert error.value.message == "since: 2026-02-01 is after until: 2026-01-31."
