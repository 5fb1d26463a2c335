"""The demo's world: its size, its references, the dirt of real life in it, and what Accelo knows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.worlds import Rows, loaded


@pytest.fixture(scope="module")
def demo() -> tuple[Rows, Rows]:
    return loaded("demo")


def texts(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from (value for value in row.values() if isinstance(value, str))


def test_the_demo_has_the_size_of_a_small_firm(demo: tuple[Rows, Rows]) -> None:
    salesforce, accelo = demo
    sizes = {name: len(salesforce[name]) for name in ("Account", "Contact", "Opportunity", "Case")}
    assert sizes == {"Account": 60, "Contact": 180, "Opportunity": 120, "Case": 150}
    assert 15 < len(accelo["companies"]) < 60
    assert 30 < len(accelo["contacts"]) == len(accelo["affiliations"]) < 120
    for name in (
        "staff",
        "prospect_statuses",
        "issue_statuses",
        "prospect_types",
        "issue_types",
        "prospects",
        "issues",
    ):
        assert len(accelo[name]) > 3, name


def test_the_same_seed_is_the_same_world_and_another_is_another(demo: tuple[Rows, Rows]) -> None:
    again, other = loaded("demo"), loaded("demo", 8)
    for system in (0, 1):
        for name, rows in demo[system].items():
            assert rows == again[system][name], name
    assert demo[0]["Contact"] != other[0]["Contact"]
    assert demo[1]["contacts"] != other[1]["contacts"]


def test_every_reference_of_the_demo_leads_somewhere(demo: tuple[Rows, Rows]) -> None:
    salesforce, accelo = demo
    ids = {row["Id"] for rows in salesforce.values() for row in rows}
    names = ("AccountId", "ContactId", "OpportunityId", "OwnerId", "WhoId", "WhatId", "CreatedById", "ParentId")
    for object_name, rows in salesforce.items():
        for row in rows:
            for name in names:
                assert row.get(name) is None or row[name] in ids, (object_name, name, row[name])
    companies, contacts = ({row["id"] for row in accelo[name]} for name in ("companies", "contacts"))
    for row in accelo["affiliations"]:
        assert row["company"] in companies
        assert row["contact"] in contacts
    affiliations = {row["id"] for row in accelo["affiliations"]}
    assert all(row["affiliation"] in affiliations for row in accelo["prospects"] + accelo["issues"])
    owners = {"company": companies, "contact": contacts}
    assert all(row["against_id"] in owners[row["against_type"]] for row in accelo["addresses"])


def test_nothing_of_the_demo_lies_in_the_future_and_stamps_are_in_order(demo: tuple[Rows, Rows]) -> None:
    for name in ("Account", "Contact", "Opportunity", "Case"):
        for row in demo[0][name]:
            assert row["CreatedDate"] <= row["LastModifiedDate"] <= row["SystemModstamp"] <= "2026-11-20T06:30:01"


def test_the_demo_has_the_dirt_of_real_life(demo: tuple[Rows, Rows]) -> None:
    salesforce, _ = demo
    accounts, contacts = salesforce["Account"], salesforce["Contact"]
    sales, cases, users = salesforce["Opportunity"], salesforce["Case"], salesforce["User"]
    names = Counter(row["Name"] for row in accounts)
    assert names["Northgate Brewing Co."] == 2, "an exact duplicate"
    assert {"Harbourview Dental", "Harbour View Dental Pty Ltd"} <= set(names), "a near duplicate"
    assert max(map(len, names)) == 255, "the longest name that fits"
    inactive = {row["Id"] for row in users if not row["IsActive"]}
    assert {row["OwnerId"] for row in accounts} & inactive
    assert {row["OwnerId"] for row in sales} & inactive
    queues = {row["Id"] for row in salesforce["Group"] if row["Type"] == "Queue"}
    assert sum(row["OwnerId"] in queues for row in cases) > 30
    with_role = {row["OpportunityId"] for row in salesforce["OpportunityContactRole"]}
    assert len({row["Id"] for row in sales} - with_role) > 15, "opportunities without contact"
    assert sum(row["AccountId"] is None for row in contacts) > 5
    assert sum(row["AccountId"] is None for row in sales) > 4
    assert sum(row["Amount"] is None for row in sales) > 4
    assert {row["CurrencyIsoCode"] for row in sales} == {"AUD", "USD"}
    assert {"Closed Won", "Closed Lost", "verbal (don't use!)", "On Hold – Budget FY27"} <= {
        row["StageName"] for row in sales
    }
    assert all(row["IsWon"] == (row["StageName"] in ("Closed Won", "Closed - Renewed Automatically")) for row in sales)
    assert {"Parts ordered 🔧", "re-opened", "Waiting on Customer"} <= {row["Status"] for row in cases}
    assert all((row["ClosedDate"] is not None) == row["IsClosed"] for row in cases)
    stamps = Counter(row["SystemModstamp"] for row in accounts + contacts)
    assert max(stamps.values()) > 20, "many records of the same second"
    assert sum(row["Email"] is None for row in contacts) > 8
    assert sum(row["FirstName"] is None for row in contacts) >= 3
    emails = Counter(str(row["Email"]).lower() for row in contacts if row["Email"])
    assert max(emails.values()) > 1, "one person twice"
    everything = "\n".join(texts(accounts + contacts + sales + cases))
    for piece in (
        "東京",
        "Балтприбор",
        "مختبرات",
        "Αιγαίου",
        "🚐",
        "<script>",
        "=HYPERLINK(",
        "@SUM(",
        "\n",
        "Łódź",
        "DROP TABLE",
    ):
        assert piece in everything, piece
    assert {"Australia", "United States", "USA", "U.S.A.", "日本", "Deutschland"} <= {
        row["BillingCountry"] for row in accounts
    }
    assert all(len(row["Name"]) <= 120 for row in sales)


def test_the_accelo_side_knows_some_of_them_spelt_differently(demo: tuple[Rows, Rows]) -> None:
    salesforce, accelo = demo
    ours, theirs = (
        {row["name" if n else "Name"] for row in rows}
        for n, rows in enumerate((salesforce["Account"], accelo["companies"]))
    )
    assert len(ours & theirs) >= 3, "some are spelt alike"
    assert {
        "Northgate Brewing",
        "Iron Bark Timber",
        "Mueller Prüftechnik GmbH",
        "Yarra Bend Observatory",
    } <= theirs - ours
    people = {str(row["Email"]).lower() for row in salesforce["Contact"] if row["Email"]}
    known = {str(row["email"]).lower() for row in accelo["affiliations"] if row["email"]}
    assert len(people & known) > 20
    staff = {row["email"].lower() for row in accelo["staff"]}
    users = {row["Email"].lower() for row in salesforce["User"]}
    assert 3 <= len(staff & users) < len(staff), "some owners match staff by e-mail, some do not"
    assert {"active", "inactive"} == {row["standing"] for row in accelo["staff"]}
    assert {"Billing", "Head Office", "Shipping", "Mailing", "Warehouse", "Home"} <= {
        row["title"] for row in accelo["addresses"]
    }
