"""Salesforce's reader and writer on the sandbox org."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.clients.conftest import Connection, World
from toolkit.clients.endpoint import Receipt
from toolkit.clients.salesforce import SalesforceReader
from toolkit.clients.salesforce_wire import long_id
from toolkit.errors import (
    DuplicateRecord,
    ReadOnlyRefused,
    RecordGone,
    RecordMoved,
    RecordRejected,
    Unavailable,
    UsageError,
)

Connect = Callable[..., Connection]


def test_short_pages_and_an_expired_locator_lose_nothing(org: Connection, world: World) -> None:
    world.fault("salesforce", "short_page", "/query", times=0, count=50)
    assert len(list(org.reader.query("SELECT Id FROM Contact"))) == 180
    world.fault("salesforce", "expired_locator", "/query/")
    ids = [row["Id"] for row in org.reader.rows("Contact", ["Id"], all_rows=False)]
    assert len(ids) == len(set(ids)) == 180


def test_changes_come_oldest_first_with_deletions_and_merges(org: Connection, world: World) -> None:
    since = org.reader.server_now() - timedelta(seconds=1)
    gone, winner = org.write("Gone").id, org.write("Winner").id
    loser = org.write("Loser").id
    world.edit("salesforce", "Account", "delete", gone)
    world.edit("salesforce", "Account", "merge", loser, MasterRecordId=winner)
    org.log.clear()
    changes = org.reader.changed("Account", ["Name", "IsDeleted", "MasterRecordId"], since.replace(microsecond=0))
    rows = {row["Name"]: row for row in changes.rows}
    assert {row["Id"] for row in rows.values()} == {gone, winner, loser}
    assert rows["Gone"]["IsDeleted"] == "true" and rows["Loser"]["MasterRecordId"] == winner
    stamps = [row["SystemModstamp"] for row in changes.rows]
    assert stamps == sorted(stamps) and len(org.log) == 1
    assert abs((changes.upto - datetime.now(UTC)).total_seconds()) < 5
    # The minute that runs is not covered.
    world.control("POST", "/clock", {"system": "salesforce", "skew_seconds": 90})
    org.read()
    assert gone in [id for id, _ in org.reader.deleted("Account", since - timedelta(days=1))]


def test_the_cursor_is_the_servers_time(org: Connection, world: World) -> None:
    world.control("POST", "/clock", {"system": "salesforce", "skew_seconds": -3600})
    org.read()
    upto = org.reader.changed("Account", [], org.reader.server_now()).upto
    assert abs((upto - datetime.now(UTC)).total_seconds() + 3600) < 5


def test_records_by_id_200_to_a_request(org: Connection, world: World) -> None:
    ids = [row["Id"] for row in org.reader.rows("Contact", ["Id"])]
    org.log.clear()
    found = org.reader.retrieve("Contact", [*ids, ids[0][:15], "003000000000001AAA"], ["Name", "Account.Name"])
    assert set(found) == set(ids) and len(org.log) == 1
    world.edit("salesforce", "Contact", "delete", ids[0])
    assert org.reader.retrieve("Contact", ids[:1], ["IsDeleted"])[ids[0]]["IsDeleted"] == "true"


def test_the_marker_is_found_and_hostile_values_stay_values(org: Connection) -> None:
    made = org.writer.create("Account", {"Name": "x", "Accelo_Id__c": "o'x\\"})
    assert [row["Id"] for row in org.reader.find("Account", "Accelo_Id__c", "o'x\\", ["Name"])] == [made.id]
    assert org.reader.find("Account", "Accelo_Id__c", "x' OR Name != '", ["Name"]) == []
    for call in (
        lambda: org.reader.rows("Account; DELETE", ["Id"]),
        lambda: org.reader.rows("Account", ["Id, Name"]),
        lambda: org.reader.find("Account", "Name = 'x' OR Name", "x", []),
    ):
        with pytest.raises(UsageError):
            list(call())


def test_small_queries_share_a_request_but_not_in_read_only_mode(connect: Connect, world: World) -> None:
    queries = ["SELECT Id FROM Account", "SELECT COUNT(Id) n FROM Contact", "SELECT Id FROM Case LIMIT 3"]
    org = connect("salesforce")
    results = org.reader.batch(queries)
    assert [len(rows) for rows in results] == [60, 1, 3] and results[1][0]["n"] == "180" and len(org.log) == 1
    locked = connect("salesforce", read_only=lambda: True)
    world.control("DELETE", "/requests")
    assert locked.reader.batch(queries) == results
    assert {line["method"] for line in world.requests()} == {"GET"}
    with pytest.raises(RecordRejected, match="INVALID_FIELD"):
        org.reader.batch(["SELECT Nope__c FROM Account", "SELECT Id FROM Account"])


def test_p1_the_toggle_holds_for_the_very_next_request(connect: Connect, world: World) -> None:
    state = {"read_only": False}
    org = connect("salesforce", read_only=lambda: state["read_only"])
    made = org.write()
    state["read_only"] = True
    for call in (
        org.write,
        lambda: org.writer.update("Account", made.id, {"Name": "x"}),
        lambda: org.writer.create_many("Account", [{"Name": "x"}]),
        lambda: org.writer.update_many("Account", [{"Id": made.id}]),
    ):
        with pytest.raises(ReadOnlyRefused):
            call()
    assert len(world.writes()) == 1
    list(SalesforceReader(org.transport, bulk_from=1).rows("Account", ["Id"]))
    org.reader.describe("Account")
    methods = {(line["method"], line["path"].split("v68.0")[-1].rstrip("/")) for line in world.requests()[1:]}
    assert {path for method, path in methods if method != "GET"} == {"/jobs/query"}


def test_an_insert_with_a_taken_marker_names_the_record(org: Connection) -> None:
    first = org.writer.create("Account", {"Name": "Ash Street Dental", "Accelo_Id__c": "77"})
    with pytest.raises(DuplicateRecord) as refused:
        org.writer.create("Account", {"Name": "Ash Street Dental", "Accelo_Id__c": "77"})
    assert refused.value.existing_id == first.id and refused.value.fields == ("Accelo_Id__c",)


def test_p4_an_update_over_a_newer_edit_is_refused(org: Connection, world: World) -> None:
    made = org.write()
    stamp = datetime.now(UTC)
    org.writer.update("Account", made.id, {"Phone": "1"}, unmodified_since=stamp + timedelta(seconds=1))
    with pytest.raises(RecordMoved):
        org.writer.update("Account", made.id, {"Phone": "2"}, unmodified_since=stamp - timedelta(minutes=5))
    with pytest.raises(RecordGone):
        org.writer.update("Account", "001000000000001AAA", {"Phone": "2"})
    assert next(row for row in world.records("salesforce", "Account") if row["Id"] == made.id)["Phone"] == "1"


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"Name": "x" * 300}, "STRING_TOO_LONG", ("Name",)),
        ({}, "REQUIRED_FIELD_MISSING", ("Name",)),
        ({"Name": "x", "Nope__c": "1"}, "INVALID_FIELD", ("Nope__c",)),
        ({"Name": "x", "NumberOfEmployees": "canary"}, None, None),
    ],
)
def test_a_refusal_names_code_and_field_but_no_value(
    fields: dict[str, str], code: str | None, named: tuple[str, ...] | None, org: Connection
) -> None:
    with pytest.raises(RecordRejected) as refused:
        org.writer.create("Account", fields)
    assert code in (None, refused.value.code) and named in (None, refused.value.fields)
    assert "xxx" not in str(refused.value) and "canary" not in str(refused.value)


def test_groups_of_writes_keep_their_order(org: Connection) -> None:
    rows = [{"Name": f"Mill {n}"} if n % 7 else {} for n in range(200)]
    results = org.writer.create_many("Account", rows)
    assert [isinstance(result, Receipt) for result in results] == [bool(row) for row in rows]
    ids = [result.id for result in results if isinstance(result, Receipt)]
    changed = org.writer.update_many(
        "Account", [{"Id": ids[0], "Phone": "1"}, {"Id": "001000000000001AAA"}, {"Id": ids[1]}]
    )
    assert isinstance(changed[0], Receipt) and isinstance(changed[1], RecordRejected) and changed[2].id == ids[1]
    with pytest.raises(UsageError):
        org.writer.create_many("Account", [{"Name": f"Mill {n}"} for n in range(201)])


def test_the_version_is_agreed_once_and_kept(org: Connection, world: World) -> None:
    org.transport.remember(api_version=None)
    assert SalesforceReader(org.transport).api_version == "68.0"
    assert org.credentials.get("salesforce").api_version == "68.0"
    assert SalesforceReader(org.transport).api_version == "68.0"
    assert [line["path"] for line in world.requests()] == ["/services/data/"]


def test_an_org_that_is_too_old_is_refused(org: Connection) -> None:
    org.transport.remember(api_version=None)
    object.__setattr__(org.endpoint, "api_version", "20.0")
    with pytest.raises(Unavailable, match="no API version"):
        SalesforceReader(org.transport).api_version


@pytest.mark.parametrize(
    ("short", "long"), [("001U000001c83gK", "001U000001c83gKIAQ"), ("001U000001c83gKIAQ", "001U000001c83gKIAQ")]
)
def test_ids_are_compared_in_their_long_form(short: str, long: str) -> None:
    assert long_id(short) == long


def test_a_hidden_field_is_named(org: Connection, world: World) -> None:
    world.fault("salesforce", "field_hidden", fields=["Phone"], times=0)
    with pytest.raises(RecordRejected) as refused:
        list(org.reader.rows("Account", ["Id", "Phone"]))
    assert refused.value.code == "INVALID_FIELD" and refused.value.fields == ("Phone",)
    assert "Phone" not in {field["name"] for field in org.reader.describe("Account")["fields"]}
