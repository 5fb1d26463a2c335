"""A whole import of the demo world: everyone is accounted for, money is money, the ended land ended."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from tests.imports.desk import Desk
from toolkit.model import RecordState
from toolkit.sync.carry import marker_in


@pytest.mark.promise
def test_p7_every_opportunity_is_accounted_for_and_the_money_is_equal_to_the_cent(demo: Desk) -> None:
    """Sums are made from the sandbox's own records, not from our ledger."""
    result = demo.go("sale")
    source, made = demo.source("sale"), demo.made("sale")
    ledger = result.counts["ledger"]
    deleted = len(demo.served.world()["salesforce"]["Opportunity"]) - len(source)
    assert sum(ledger.values()) == len(source) + deleted
    assert ledger["created"] == len(made) == len(demo.writes()) and ledger["failed"] == 0
    assert ledger["created"] + ledger["waiting"] + ledger["skipped"] == len(source) + deleted
    assert sum(result.counts["reasons"].values()) == ledger["waiting"] + ledger["skipped"]
    theirs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    ours: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in made:
        opportunity = source[marker_in(row["comments"]) or ""]
        key = (opportunity["StageName"], opportunity.get("CurrencyIsoCode") or "")
        theirs[key] += Decimal(str(opportunity["Amount"] or 0))
        ours[key] += Decimal(str(row["value"] or 0))
    assert theirs == ours and sum(ours.values()) > 0
    assert {(row["status"], row["currency"]): Decimal(row["accelo"]) for row in result.counts["money"]} == ours
    assert all(row["equal"] for row in result.counts["money"])
    demo.journal_is_the_world()


@pytest.mark.promise
def test_p7_every_case_is_accounted_for(demo: Desk) -> None:
    result = demo.go("ticket")
    ledger = result.counts["ledger"]
    assert sum(ledger.values()) == len(demo.served.world()["salesforce"]["Case"])
    assert ledger["created"] == len(demo.made("ticket")) == len(demo.writes()) and ledger["failed"] == 0
    assert set(demo.marked("ticket").values()) == {1}
    demo.journal_is_the_world()


def test_won_opportunities_and_closed_cases_land_won_and_closed(demo: Desk) -> None:
    demo.go("sale"), demo.go("ticket")
    world = demo.served.world()["accelo"]
    standing = {
        kind: {str(row["id"]): row["standing"] for row in world[f"{kind}_statuses"]} for kind in ("prospect", "issue")
    }
    sales, cases = demo.source("sale"), demo.source("ticket")
    natures = {(sales[marker_in(row["comments"]) or ""]["IsWon"], sales[marker_in(row["comments"]) or ""]["IsClosed"],
                standing["prospect"][str(row["status"])], row["success"]) for row in demo.made("sale")}  # fmt: skip
    truth = {(bool(won), bool(closed), stands, success) for won, closed, stands, success in natures}
    assert {row for row in truth if row[0]} == {(True, True, "won", "yes")}
    assert {row[2] for row in truth if row[1] and not row[0]} <= {"lost", "abandoned", "cancelled"}
    assert {row[2] for row in truth if not row[1]} <= {"active"}
    closed = {(bool(cases[marker_in(row["description"]) or ""]["IsClosed"]), standing["issue"][str(row["status"])])
              for row in demo.made("ticket")}  # fmt: skip
    assert {stands for over, stands in closed if over} <= {"closed", "resolved", "inactive"}
    assert {stands for over, stands in closed if not over} <= {"open", "pending", "submitted", "active"}


@pytest.mark.promise
def test_p3_p5_a_second_import_writes_nothing(desk: Desk) -> None:
    first = desk.go()
    assert first.counts["ledger"]["created"] == 60
    written = len(desk.writes())
    again = desk.go()
    assert again.quiet and again.counts["ledger"]["unchanged"] == 60 and len(desk.writes()) == written


@pytest.mark.promise
def test_p13_the_forecast_is_within_a_tenth_of_the_calls_made(desk: Desk) -> None:
    planned = desk.plan()
    result = desk.apply(planned)
    for system in ("salesforce", "accelo"):
        said, made = planned.import_planned.forecast[f"{system}_calls"], result.counts["calls"][system]
        assert abs(said - made) <= max(1, 0.1 * made), (system, said, made)


def test_a_sample_is_the_first_slice_and_the_rest_comes_later(desk: Desk) -> None:
    first = desk.go(sample=8)
    assert first.counts["ledger"]["created"] == 8 and first.counts["reasons"]["not in this slice"] == 52
    slice_ = set(desk.marked())
    stages = {row["StageName"] for id_, row in desk.source().items() if id_ in slice_}
    assert len(stages) == 5, "a sample shows every status"
    rest = desk.go()
    assert rest.counts["ledger"]["created"] == 52 and rest.counts["ledger"]["unchanged"] == 8
    assert set(desk.marked().values()) == {1} and len(desk.marked()) == 60


def test_every_record_is_explained_by_its_reason(demo: Desk) -> None:
    """Waiting sales have no company in Accelo, or nobody to hang on: seen from the sandbox's records."""
    planned = demo.plan("sale")
    linked = {link.salesforce_id for link in demo.state.links.all("company")}
    source = demo.source("sale")
    for row in planned.ledger():
        if row.state is RecordState.WAITING and row.reason == "its company is not in Accelo yet":
            assert source[row.id]["AccountId"] not in linked
        if row.state is RecordState.WAITING and row.reason.startswith("it has neither"):
            assert source[row.id]["AccountId"] is None
