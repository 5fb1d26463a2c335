"""The faults of Salesforce's own rules, from outside with plain requests: refusals, hidden fields, what others did,
pages."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Running
from tests.sandbox.test_faults import create, last_fault, named


def refusal(answer: requests.Response) -> dict[str, Any]:
    """The one error of a refused row."""
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()
    found: dict[str, Any] = error
    return found


@pytest.mark.parametrize(
    ("kind", "options", "code", "fields"),
    [
        ("row_lock", {}, "UNABLE_TO_LOCK_ROW", None),
        ("validation_rule", {"message": "No!", "fields": ["Phone"]}, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Phone"]),
        ("required_custom_field", {"fields": ["Region__c"]}, "REQUIRED_FIELD_MISSING", ["Region__c"]),
        ("restricted_picklist", {"fields": ["Industry"]}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Industry"]),
        ("duplicate_rule", {}, "DUPLICATES_DETECTED", None),
    ],
)
def test_a_rule_of_the_org_refuses_a_record(
    sandbox: Running, kind: str, options: dict[str, Any], code: str, fields: list[str] | None
) -> None:
    sandbox.fault("salesforce", kind, **options)
    error = refusal(sandbox.sf("POST", "/sobjects/Account", json={"Name": "Refused", "Industry": "Energy"}))
    assert error["errorCode"] == code
    assert fields is None or error["fields"] == fields
    assert kind != "validation_rule" or error["message"] == "No!"
    assert kind != "duplicate_rule" or error["duplicateResult"]["matchResults"]
    assert named(sandbox, "salesforce", "Refused") == 0
    assert last_fault(sandbox) == kind
    assert create(sandbox, "salesforce", "Taken").ok


def test_a_row_lock_may_strike_one_row_of_a_collection(sandbox: Running) -> None:
    sandbox.fault("salesforce", "row_lock", path="/composite/sobjects", rows=[1])
    records = [{"attributes": {"type": "Account"}, "Name": f"Row {n}"} for n in range(3)]
    results = sandbox.sf("POST", "/composite/sobjects", json={"allOrNone": False, "records": records}).json()
    assert [result["success"] for result in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"


@pytest.mark.parametrize("kind", ["field_hidden", "field_removed"])
def test_a_field_is_gone_from_describe_and_query(sandbox: Running, kind: str) -> None:
    sandbox.fault("salesforce", kind, fields=["Fax"], times=0)
    fields = sandbox.sf("GET", "/sobjects/Account/describe").json()["fields"]
    assert "Fax" not in {field["name"] for field in fields}
    answer = sandbox.sf("GET", "/query", params={"q": "SELECT Id, Fax FROM Account LIMIT 1"})
    assert refusal(answer)["errorCode"] == "INVALID_FIELD"
    assert refusal(sandbox.sf("POST", "/sobjects/Account", json={"Name": "x", "Fax": "1"}))["errorCode"].startswith(
        "INVALID_FIELD"
    )
    sandbox.control("DELETE", "/faults")
    assert sandbox.query("SELECT Id, Fax FROM Account LIMIT 1")


def test_a_field_may_be_read_only(sandbox: Running) -> None:
    row = sandbox.query("SELECT Id, Fax FROM Account WHERE Fax = null LIMIT 1")[0]
    sandbox.fault("salesforce", "field_read_only", fields=["Account.Fax"], times=0)
    fields = {field["name"]: field for field in sandbox.sf("GET", "/sobjects/Account/describe").json()["fields"]}
    assert (fields["Fax"]["createable"], fields["Fax"]["updateable"], fields["Phone"]["updateable"]) == (
        False,
        False,
        True,
    )
    for answer in (
        sandbox.sf("PATCH", f"/sobjects/Account/{row['Id']}", json={"Fax": "1", "Phone": "2"}),
        sandbox.sf("POST", "/sobjects/Account", json={"Name": "x", "Fax": "1"}),
    ):
        assert refusal(answer)["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
        assert refusal(answer)["fields"] == ["Fax"]
    assert sandbox.query(f"SELECT Fax FROM Account WHERE Id = '{row['Id']}'")[0]["Fax"] is None
    sandbox.control("DELETE", "/faults")
    assert sandbox.sf("PATCH", f"/sobjects/Account/{row['Id']}", json={"Fax": "1"}).status_code == 204


def test_a_salesforce_record_is_deleted_just_before_the_write(sandbox: Running) -> None:
    account = sandbox.query("SELECT Id FROM Account WHERE Name = 'Kererū Wines'")[0]["Id"]
    sandbox.fault("salesforce", "record_deleted")
    answer = sandbox.sf("PATCH", f"/sobjects/Account/{account}", json={"Phone": "1"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    assert not sandbox.query(f"SELECT Id FROM Account WHERE Id = '{account}'")
    assert last_fault(sandbox) is None
    assert "record_deleted" in {line["fault"] for line in sandbox.requests()}


def test_somebody_edits_the_record_just_before_the_write(sandbox: Running) -> None:
    account = sandbox.query("SELECT Id FROM Account WHERE Name = 'Kererū Wines'")[0]["Id"]
    before = sandbox.sf("GET", f"/sobjects/Account/{account}").headers["Date"]
    sandbox.fault("salesforce", "record_edited", edit={"Fax": "typed"}, times=0)
    answer = sandbox.sf("PATCH", f"/sobjects/Account/{account}", json={"Phone": "1"})
    assert answer.status_code == 204
    row = sandbox.sf("GET", f"/sobjects/Account/{account}").json()
    assert (row["Phone"], row["Fax"]) == ("1", "typed")
    time.sleep(1.05)  # stamps have whole seconds
    head = {"If-Unmodified-Since": before}
    assert sandbox.sf("PATCH", f"/sobjects/Account/{account}", json={"Phone": "2"}, headers=head).status_code == 412
    assert [line["fault"] for line in sandbox.requests() if line["method"] == "PATCH"] == ["record_edited"] * 2
    sandbox.fault("accelo", "record_edited")
    assert sandbox.ac("PUT", "/companies/4", json={"fax": "1"}).status_code == 200
    company = next(row for row in sandbox.world()["accelo"]["companies"] if row["id"] == "4")
    assert (company["fax"], company["phone"]) == ("1", "+61 3 9555 0666")
    assert [write["fields"] for write in sandbox.requests()[-1]["writes"]] == [{"fax": "1"}]


def test_somebody_merges_the_record_just_before_the_write(sandbox: Running) -> None:
    winner, loser = (row["Id"] for row in sandbox.query("SELECT Id FROM Account ORDER BY Id LIMIT 2"))
    sandbox.fault("salesforce", "record_merged", winner=winner)
    answer = sandbox.sf("PATCH", f"/sobjects/Account/{loser}", json={"Phone": "1"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    rows = {row["Id"]: row for row in sandbox.world()["salesforce"]["Account"]}
    assert rows[loser]["MasterRecordId"] == winner
    assert last_fault(sandbox) == "record_merged"


def test_a_late_commit_is_seen_later_with_its_earlier_stamp(sandbox: Running) -> None:
    sandbox.fault("salesforce", "late_commit", method="POST", seconds=1.2)
    made = sandbox.sf("POST", "/sobjects/Account", json={"Name": "Late"})
    assert made.status_code == 201
    stamped = time.time()
    soql = f"SELECT Id, SystemModstamp FROM Account WHERE Id = '{made.json()['id']}'"
    assert sandbox.query(soql) == []
    time.sleep(1.4)
    (row,) = sandbox.query(soql)
    assert row["SystemModstamp"] <= time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(stamped))


def test_a_row_that_waits_for_its_commit_is_locked_and_written_in_order(sandbox: Running) -> None:
    """The second write would have waited for the first one: it is the last one, and nothing older comes after it."""
    id = sandbox.sf("POST", "/sobjects/Account", json={"Name": "First"}).json()["id"]
    sandbox.fault("salesforce", "late_commit", method="PATCH", seconds=2)
    late = sandbox.sf("PATCH", f"/sobjects/Account/{id}", json={"Name": "Late", "Phone": "1"})
    soql = f"SELECT Name, Phone FROM Account WHERE Id = '{id}'"
    assert late.status_code == 204 and [row["Name"] for row in sandbox.query(soql)] == ["First"]
    sandbox.sf("PATCH", f"/sobjects/Account/{id}", json={"Name": "First"})
    time.sleep(2.2)
    (row,) = sandbox.query(soql)
    assert (row["Name"], row["Phone"]) == ("First", "1")


def test_a_struck_read_does_not_see_the_last_seconds(sandbox: Running) -> None:
    create(sandbox, "salesforce", "Just now")
    soql = "SELECT Id FROM Account WHERE Name = 'Just now'"
    sandbox.fault("salesforce", "late_commit", method="GET", seconds=60)
    assert sandbox.query(soql) == []
    assert len(sandbox.query(soql)) == 1


def test_a_salesforce_page_may_be_short_and_the_rest_follows(sandbox: Running) -> None:
    sandbox.fault("salesforce", "short_page", count=7)
    first = sandbox.sf("GET", "/query?q=SELECT+Id+FROM+Account").json()
    assert (len(first["records"]), first["done"], first["totalSize"]) == (7, False, 60)
    rest = sandbox.sf("GET", first["nextRecordsUrl"]).json()
    ids = {row["Id"] for row in first["records"] + rest["records"]}
    assert (len(ids), rest["done"]) == (60, True)


def test_a_locator_expires(sandbox: Running) -> None:
    options = {"Sforce-Query-Options": "batchSize=200"}
    sandbox.fault("salesforce", "short_page", count=7)
    first = sandbox.sf("GET", "/query?q=SELECT+Id+FROM+Account", headers=options).json()
    sandbox.fault("salesforce", "expired_locator")
    assert refusal(sandbox.sf("GET", first["nextRecordsUrl"]))["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_the_delete_log_may_be_purged(sandbox: Running) -> None:
    window = {
        "start": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600)),
        "end": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60)),
    }
    assert sandbox.sf("GET", "/sobjects/Account/deleted/", params=window).status_code == 200
    sandbox.fault("salesforce", "delete_log_purged")
    error = refusal(sandbox.sf("GET", "/sobjects/Account/deleted/", params=window))
    assert error["errorCode"] == "INVALID_REPLICATION_DATE"


def bulk_ingest(sandbox: Running, rows: list[str]) -> tuple[dict[str, Any], str]:
    """A whole insert job of accounts: its end and its address."""
    spec = {"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    job = sandbox.sf("POST", "/jobs/ingest", json=spec).json()
    where = f"/jobs/ingest/{job['id']}"
    body = "\n".join(["Name", *rows]) + "\n"
    assert sandbox.sf("PUT", where + "/batches", data=body, headers={"Content-Type": "text/csv"}).status_code == 201
    sandbox.sf("PATCH", where, json={"state": "UploadComplete"})
    for _ in range(100):
        found: dict[str, Any] = sandbox.sf("GET", where).json()
        if found["state"] in ("JobComplete", "Failed", "Aborted"):
            return found, where
        time.sleep(0.05)
    raise AssertionError(found)


def test_a_bulk_job_fails_with_rows_unprocessed(sandbox: Running) -> None:
    sandbox.fault("salesforce", "bulk_failed", path="/jobs/ingest", times=0, count=1)
    job, where = bulk_ingest(sandbox, [f"Bulk {n}" for n in range(4)])
    assert job["state"] == "Failed"
    unprocessed = sandbox.sf("GET", where + "/unprocessedrecords/").text.strip().splitlines()
    assert len(unprocessed) == 1 + 3
    assert sum(named(sandbox, "salesforce", f"Bulk {n}") for n in range(4)) == 1


def test_a_row_lock_may_strike_one_row_of_a_bulk_job(sandbox: Running) -> None:
    sandbox.fault("salesforce", "row_lock", path="/jobs/ingest", times=0, rows=[2])
    job, where = bulk_ingest(sandbox, [f"Bulk {n}" for n in range(4)])
    assert (job["state"], job["numberRecordsFailed"]) == ("JobComplete", 1)
    failed = sandbox.sf("GET", where + "/failedResults/").text
    assert "UNABLE_TO_LOCK_ROW" in failed
    assert "Bulk 2" in failed
