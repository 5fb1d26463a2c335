"""The query resources over HTTP: pages and their locators, sizes, what deletes and faults do to them, metadata.

Sources: REST guide, "Query", "QueryAll", "Query More Results", "Query Options Header".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.conftest import Running

WHOLE = "SELECT Id, LastName FROM Contact ORDER BY LastName, Id"


def contacts(sandbox: Running, count: int, **fields: Any) -> list[str]:
    """Make contacts Row 0000, Row 0001 ... by collections of 200; their ids."""
    ids: list[str] = []
    for start in range(0, count, 200):
        rows = [
            {"attributes": {"type": "Contact"}, "LastName": f"Row {n:04}", **fields}
            for n in range(start, min(start + 200, count))
        ]
        answer = sandbox.sf("POST", "/composite/sobjects", json={"records": rows})
        assert all(r["success"] for r in answer.json()), answer.text
        ids += [r["id"] for r in answer.json()]
    return ids


def page(sandbox: Running, soql: str, size: int = 200) -> dict[str, Any]:
    answer = sandbox.sf("GET", "/query", params={"q": soql}, headers={"Sforce-Query-Options": f"batchSize={size}"})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_pages_hold_every_row_once_in_order(empty_sandbox: Running) -> None:
    ids = contacts(empty_sandbox, 450)
    first = page(empty_sandbox, WHOLE)
    assert list(first) == ["totalSize", "done", "nextRecordsUrl", "records"]
    assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)
    locator = first["nextRecordsUrl"].rsplit("/", 1)[1]
    assert locator.startswith("0r8") and locator.endswith("-200") and len(locator) == 18 + 4
    second = empty_sandbox.sf("GET", first["nextRecordsUrl"]).json()
    third = empty_sandbox.sf("GET", second["nextRecordsUrl"]).json()
    assert (third["done"], "nextRecordsUrl" in third, third["totalSize"]) == (True, False, 450)
    assert [r["Id"] for p in (first, second, third) for r in p["records"]] == ids
    again = empty_sandbox.sf("GET", first["nextRecordsUrl"]).json()
    assert again["records"] == second["records"]


@pytest.mark.parametrize(("asked", "given"), [("1", 200), ("200", 200), ("250", 250), ("2000", 300), ("9999", 300)])
def test_the_page_size_is_200_at_least_and_2000_at_most(empty_sandbox: Running, asked: str, given: int) -> None:
    contacts(empty_sandbox, 300)
    assert len(page(empty_sandbox, WHOLE, int(asked))["records"]) == given


def test_a_row_made_or_deleted_between_pages_moves_no_other(empty_sandbox: Running) -> None:
    ids = contacts(empty_sandbox, 400)
    first = page(empty_sandbox, WHOLE)
    empty_sandbox.edit("salesforce", "Contact", "create", LastName="Row 0000 bis")
    empty_sandbox.edit("salesforce", "Contact", "delete", ids[0])
    empty_sandbox.edit("salesforce", "Contact", "delete", ids[300])
    second = empty_sandbox.sf("GET", first["nextRecordsUrl"]).json()
    assert [r["Id"] for r in second["records"]] == ids[200:300] + ids[301:]
    assert second["done"] is True


def test_children_count_towards_a_page(empty_sandbox: Running) -> None:
    parent = empty_sandbox.edit("salesforce", "Account", "create", Name="Large")
    empty_sandbox.edit("salesforce", "Account", "create", Name="Small")
    contacts(empty_sandbox, 250, AccountId=parent)
    first = page(empty_sandbox, "SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Name")
    assert [r["Name"] for r in first["records"]] == ["Large"]
    assert first["records"][0]["Contacts"]["totalSize"] == 250
    second = empty_sandbox.sf("GET", first["nextRecordsUrl"]).json()
    assert [(r["Name"], r["Contacts"]) for r in second["records"]] == [("Small", None)]


def test_query_all_shows_what_was_deleted(empty_sandbox: Running) -> None:
    ids = contacts(empty_sandbox, 3)
    empty_sandbox.sf("DELETE", f"/sobjects/Contact/{ids[1]}")
    soql = {"q": "SELECT Id, IsDeleted FROM Contact ORDER BY LastName"}
    assert [r["Id"] for r in empty_sandbox.sf("GET", "/query/", params=soql).json()["records"]] == [ids[0], ids[2]]
    found = empty_sandbox.sf("GET", "/queryAll/", params=soql).json()["records"]
    assert [(r["Id"], r["IsDeleted"]) for r in found] == [(ids[0], False), (ids[1], True), (ids[2], False)]


def test_a_count_has_no_records(empty_sandbox: Running) -> None:
    contacts(empty_sandbox, 2)
    body = empty_sandbox.sf("GET", "/query", params={"q": "SELECT COUNT() FROM Contact"}).json()
    assert body == {"totalSize": 2, "done": True, "records": []}


def test_groups_do_not_page(empty_sandbox: Running) -> None:
    contacts(empty_sandbox, 2001)
    soql = "SELECT LastName, COUNT(Id) FROM Contact GROUP BY LastName"
    answer = empty_sandbox.sf("GET", "/query", params={"q": soql})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"
    assert len(page(empty_sandbox, soql + " LIMIT 2000")["records"]) == 2000


@pytest.mark.parametrize("locator", ["0r8000000000000AAA-200", "nonsense", "0r8000000000000AAA"])
def test_an_unknown_locator_is_refused(empty_sandbox: Running, locator: str) -> None:
    answer = empty_sandbox.sf("GET", f"/query/{locator}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_locator_dies_after_two_days_and_by_the_fault(empty_sandbox: Running) -> None:
    contacts(empty_sandbox, 201)
    where = page(empty_sandbox, WHOLE)["nextRecordsUrl"]
    empty_sandbox.fault("salesforce", "expired_locator", "GET", "/query/")
    assert empty_sandbox.sf("GET", where).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    assert empty_sandbox.requests()[-1]["fault"] == "expired_locator"
    assert empty_sandbox.sf("GET", where).status_code == 200
    empty_sandbox.clock("salesforce", 49 * 3600)
    assert empty_sandbox.sf("GET", where).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_a_short_page_is_followed_by_the_rest(empty_sandbox: Running) -> None:
    ids = contacts(empty_sandbox, 10)
    empty_sandbox.fault("salesforce", "short_page", "GET", "/query", count=4)
    first = page(empty_sandbox, WHOLE)
    assert (len(first["records"]), first["done"], first["totalSize"]) == (4, False, 10)
    rest = empty_sandbox.sf("GET", first["nextRecordsUrl"]).json()
    assert [r["Id"] for p in (first, rest) for r in p["records"]] == ids
    assert rest["done"] is True


def test_a_late_commit_hides_a_new_row_from_queries_for_a_while(empty_sandbox: Running) -> None:
    empty_sandbox.fault("salesforce", "late_commit", "POST", "/sobjects/Contact", seconds=60)
    made = empty_sandbox.sf("POST", "/sobjects/Contact", json={"LastName": "Late"}).json()["id"]
    assert empty_sandbox.query("SELECT Id FROM Contact") == []
    empty_sandbox.clock("salesforce", 61)
    (row,) = empty_sandbox.query("SELECT Id, SystemModstamp, CreatedDate FROM Contact")
    assert row["Id"] == made
    assert row["SystemModstamp"] == row["CreatedDate"]


def test_a_struck_read_misses_the_newest_rows_once(empty_sandbox: Running) -> None:
    contacts(empty_sandbox, 1)
    empty_sandbox.fault("salesforce", "late_commit", "GET", "/query", seconds=30)
    assert empty_sandbox.query("SELECT Id FROM Contact") == []
    assert len(empty_sandbox.query("SELECT Id FROM Contact")) == 1


def test_a_hidden_field_is_no_column(empty_sandbox: Running) -> None:
    empty_sandbox.fault("salesforce", "field_hidden", "GET", "/query", fields=["Contact.Email"])
    answer = empty_sandbox.sf("GET", "/query", params={"q": "SELECT Email FROM Contact"})
    assert answer.json()[0]["errorCode"] == "INVALID_FIELD"
    assert "No such column 'Email' on entity 'Contact'" in answer.json()[0]["message"]
    assert empty_sandbox.query("SELECT Email FROM Contact") == []


def test_the_error_is_an_array_with_the_place(empty_sandbox: Running) -> None:
    answer = empty_sandbox.sf("GET", "/query", params={"q": "SELECT Naem FROM Account"})
    assert answer.status_code == 400
    (error,) = answer.json()
    assert error["errorCode"] == "INVALID_FIELD"
    assert error["message"].startswith(
        "\nSELECT Naem FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Naem'"
    )


def test_columns_and_plans(empty_sandbox: Running) -> None:
    soql = "SELECT Id, Name, Owner.Name, (SELECT LastName FROM Contacts) FROM Account"
    body = empty_sandbox.sf("GET", "/query", params={"q": soql, "columns": "true"}).json()
    assert (body["entityName"], body["idSelected"], body["keyPrefix"], body["groupBy"]) == (
        "Account",
        True,
        "001",
        False,
    )
    shown = [
        (c["columnName"], c["aggregate"], [j["columnName"] for j in c["joinColumns"]]) for c in body["columnMetadata"]
    ]
    assert shown == [
        ("Id", False, []),
        ("Name", False, []),
        ("Owner", False, ["Name"]),
        ("Contacts", True, ["LastName"]),
    ]
    plan = empty_sandbox.sf("GET", "/query", params={"explain": "SELECT Id FROM Account"}).json()
    assert plan["sourceQuery"] == "SELECT Id FROM Account"
    assert plan["plans"][0]["sobjectType"] == "Account"


def test_today_is_the_day_of_the_user_who_asks(empty_sandbox: Running) -> None:
    user = empty_sandbox.salesforce["user_id"]
    made = contacts(empty_sandbox, 1)
    empty_sandbox.edit("salesforce", "User", "update", user, TimeZoneSidKey="Asia/Tokyo")
    (stamp,) = (
        r["CreatedDate"] for r in empty_sandbox.query(f"SELECT CreatedDate FROM Contact WHERE Id = '{made[0]}'")
    )
    created = datetime.fromisoformat(stamp)
    # Just after midnight in Tokyo, made a minute before it: yesterday there, the same day in Greenwich.
    midnight = created.astimezone(ZoneInfo("Asia/Tokyo")).replace(hour=0, minute=0, second=30) + timedelta(days=1)
    empty_sandbox.clock("salesforce", (midnight - created).total_seconds())
    assert empty_sandbox.query("SELECT Id FROM Contact WHERE CreatedDate = TODAY") == []
    assert len(empty_sandbox.query("SELECT Id FROM Contact WHERE CreatedDate = YESTERDAY")) == 1


def test_a_parent_of_very_many_children_has_a_nested_locator(empty_sandbox: Running) -> None:
    parent = empty_sandbox.edit("salesforce", "Account", "create", Name="Huge")
    ids = contacts(empty_sandbox, 2100, AccountId=parent)
    body = page(
        empty_sandbox, "SELECT Name, (SELECT Id FROM Contacts c WHERE c.LastName != 'x' ORDER BY LastName) FROM Account"
    )
    nested = body["records"][0]["Contacts"]
    assert (nested["totalSize"], nested["done"], len(nested["records"])) == (2100, False, 2000)
    rest = empty_sandbox.sf("GET", nested["nextRecordsUrl"]).json()
    assert rest["done"] is True
    assert [r["Id"] for r in nested["records"] + rest["records"]] == ids
