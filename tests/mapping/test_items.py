"""Opportunities and cases read from the wire: the same from JSON and from Bulk CSV; owners and statuses counted."""

import pytest

from toolkit.mapping.items import (
    owners_of,
    sale_from,
    sale_statuses_of,
    sales_from,
    staff_from,
    targets_from,
    ticket_from,
    ticket_statuses_of,
)
from toolkit.mapping.people import Owner
from toolkit.mapping.statuses import SourceStatus
from toolkit.model import Item

JSON = {"Id": "006A", "Name": "Relaunch", "Description": None, "Amount": 1200.5, "CloseDate": "2026-03-31",
        "StageName": "Closed Won", "IsWon": True, "IsClosed": True, "Probability": 100.0, "OwnerId": "005A",
        "AccountId": "001A", "Type": None, "RecordType.Name": "Services", "CreatedDate": "2025-11-02T09:00:00.000+0000",
        "IsDeleted": False, "CurrencyIsoCode": "EUR"}  # fmt: skip
CSV = JSON | {"Description": "", "Amount": "1200.50", "IsWon": "true", "IsClosed": "true", "Probability": "100",
              "IsDeleted": "false", "Type": ""}  # fmt: skip
ROLES = [
    {"Id": "00K3", "OpportunityId": "006A", "ContactId": "003C", "IsPrimary": "false", "IsDeleted": "false"},
    {"Id": "00K2", "OpportunityId": "006A", "ContactId": "003B", "IsPrimary": True, "IsDeleted": False},
    {"Id": "00K1", "OpportunityId": "006A", "ContactId": "003A", "IsPrimary": False, "IsDeleted": True},
    {"Id": "00K0", "OpportunityId": "006A", "ContactId": None, "IsPrimary": False, "IsDeleted": False},
]
CASE = {"Id": "500A", "CaseNumber": "00001001", "Subject": None, "Description": "It burns", "Status": "Closed",
        "IsClosed": True, "OwnerId": "00GA", "AccountId": None, "ContactId": "003A", "Priority": "High", "Type": None,
        "CreatedDate": "2026-01-01T00:00:00.000+0000", "ClosedDate": "2026-01-02T00:00:00.000+0000",
        "IsDeleted": True}  # fmt: skip


def test_json_and_csv_give_the_same_sale_with_the_primary_contact_first():
    sale = sale_from(JSON, ROLES)
    assert sale == sale_from(CSV, ROLES) == sales_from([CSV], ROLES)[0]
    assert sale.people == ("003B", "003C") and sale.amount == "1200.5" and sale.nature == "won"
    assert (sale.type, sale.record_type) == (None, "Services") and sale.closed == "2026-03-31"


@pytest.mark.parametrize(
    ("won", "closed", "nature"), [(True, True, "won"), (False, True, "lost"), (False, False, "open")]
)
def test_nature_follows_iswon_and_isclosed(won, closed, nature):
    sale = sale_from(JSON | {"IsWon": won, "IsClosed": closed})
    assert sale.nature == nature and (sale.closed is not None) == closed


@pytest.mark.parametrize(
    ("raw", "text"),
    [(123456789012.34, "123456789012.34"), ("1e3", "1000"), (0.0, "0"), (None, None), ("", None), ("much", None)],
)
def test_amounts_are_exact_text(raw, text):
    assert sale_from(JSON | {"Amount": raw}).amount == text


def test_a_case_keeps_number_contact_and_its_deletion():
    ticket = ticket_from(CASE)
    assert (ticket.number, ticket.people, ticket.deleted, ticket.nature) == ("00001001", ("003A",), True, "closed")
    assert ticket_from(CASE | {"ContactId": None, "IsClosed": False}).people == ()


def item(id_, owner="005A", status="New", nature="open", deleted=False):
    return Item("ticket", id_, "t", "", status, nature, owner, None, deleted=deleted)


def test_every_owner_that_occurs_is_counted_also_queues_and_strangers():
    users = [{"Id": "005A", "Name": "Ada", "Email": "ada@example.com", "IsActive": "false"}]
    queues = [{"Id": "00GA", "Name": "Desk"}]
    items = [item("1"), item("2"), item("3", "00GA"), item("4", "005X"), item("5", deleted=True), item("6", None)]
    assert owners_of(items, users, queues) == [
        Owner("", "nobody", active=False, records=1),
        Owner("005A", "Ada", "ada@example.com", active=False, records=2),
        Owner("005X", "005X", active=False, records=1),
        Owner("00GA", "Desk", queue=True, records=1),
    ]


def test_statuses_come_in_the_orgs_order_then_those_no_longer_listed():
    items = [item("1", status="Closed", nature="closed"), item("2"), item("3"), item("4", status="Ancient"),
             item("5", status="Gone", deleted=True)]  # fmt: skip
    listed = [{"MasterLabel": "Closed", "SortOrder": 2}, {"MasterLabel": "New", "SortOrder": "1"},
              {"MasterLabel": "Never", "SortOrder": None}]  # fmt: skip
    expected = [SourceStatus("New", "open", 2), SourceStatus("Closed", "closed", 1), SourceStatus("Ancient", "open", 1)]
    assert ticket_statuses_of(items, listed) == sale_statuses_of(items, listed) == expected


def test_staff_and_statuses_of_accelo():
    staff = staff_from(
        [{"id": "2", "firstname": "Kim", "surname": "Lee", "email": "k@example.com"},
         {"id": 3, "firstname": "Gus", "surname": None, "email": None, "standing": "inactive"}],
    )  # fmt: skip
    assert [(s.id, s.name, s.active) for s in staff] == [("2", "Kim Lee", True), ("3", "Gus", False)]
    targets = targets_from(
        [{"id": "4", "title": "Closed", "standing": "closed", "start": "no", "ordering": "9"},
         {"id": "2", "title": "Open", "standing": "open", "start": "yes", "ordering": "2"}],
    )  # fmt: skip
    assert [(t.id, t.ends, t.start) for t in targets] == [("2", False, True), ("4", True, False)]
