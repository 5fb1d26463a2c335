"""Bulk API 2.0 from outside: the whole life of query and ingest jobs, their CSV, and how they fail."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Running
from tests.sandbox.test_salesforce_rows import create, refused


@pytest.fixture
def org(empty_sandbox: Running) -> Running:
    return empty_sandbox


def until(org: Running, kind: str, job_id: str) -> tuple[dict[str, Any], list[str]]:
    """The job at its end, and the states that were seen."""
    states: list[str] = []
    for _ in range(500):
        job = org.sf("GET", f"/jobs/{kind}/{job_id}").json()
        if not states or states[-1] != job["state"]:
            states.append(job["state"])
        if job["state"] in ("JobComplete", "Failed", "Aborted"):
            return job, states
        time.sleep(0.01)
    raise AssertionError(states)


def ingest(
    org: Running, data: str | bytes, operation: str = "insert", obj: str = "Account", **more: Any
) -> dict[str, Any]:
    """An ingest job at its end."""
    made = org.sf("POST", "/jobs/ingest", json={"object": obj, "operation": operation, **more})
    assert made.status_code == 200, made.text
    job = made.json()
    assert job["state"] == "Open" and job["contentUrl"] == f"services/data/v68.0/jobs/ingest/{job['id']}/batches"
    body = data.encode() if isinstance(data, str) else data
    put = org.sf("PUT", f"/{job['contentUrl']}", data=body, headers={"Content-Type": "text/csv"})
    assert (put.status_code, put.text) == (201, "")
    assert org.sf("PATCH", f"/jobs/ingest/{job['id']}", json={"state": "UploadComplete"}).status_code == 200
    return until(org, "ingest", job["id"])[0]


def rows(answer: requests.Response, delimiter: str = ",") -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline=""), delimiter=delimiter))


def test_an_ingest_job_saves_rows_and_tells_each_result(org: Running) -> None:
    data = '\ufeffName,AnnualRevenue,Description\n"Quoted, with\nbreak",10,Łódź\n,1,nameless\nThird,many,x\nLast,3,é\n'
    job = ingest(org, data)
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 4, 2)
    good = rows(org.sf("GET", f"/jobs/ingest/{job['id']}/successfulResults/"))
    assert list(good[0]) == ["sf__Id", "sf__Created", "Name", "AnnualRevenue", "Description"]
    assert {r["Name"]: (r["sf__Created"], r["Description"]) for r in good} == {
        "Quoted, with\nbreak": ("true", "Łódź"),
        "Last": ("true", "é"),
    }
    bad = {r["Description"]: r for r in rows(org.sf("GET", f"/jobs/ingest/{job['id']}/failedResults/"))}
    assert bad["nameless"]["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
    assert bad["nameless"]["sf__Id"] == ""
    assert bad["x"]["sf__Error"].startswith(
        "INVALID_TYPE_ON_FIELD_IN_RECORD:Annual Revenue: value not of required type"
    )
    for name in ("unprocessedrecords", "unprocessedRecords"):
        assert rows(org.sf("GET", f"/jobs/ingest/{job['id']}/{name}")) == []
    assert sorted(w["op"] for w in org.writes()) == ["create", "create"]


def test_results_are_in_another_order_than_the_input(org: Running) -> None:
    job = ingest(org, "Name\n" + "".join(f"N{n:03}\n" for n in range(300)))
    names = [r["Name"] for r in rows(org.sf("GET", f"/jobs/ingest/{job['id']}/successfulResults"))]
    assert names != sorted(names) and len(set(names)) == 300


def test_empty_is_left_alone_and_the_null_word_empties(org: Running) -> None:
    account = create(org, "Account", Name="Kept", Site="S", Phone="1")
    ingest(org, f"Id,Name,Site,Phone\n{account},,#N/A,2\n", "update")
    read = org.sf("GET", f"/sobjects/Account/{account}").json()
    assert (read["Name"], read["Site"], read["Phone"]) == ("Kept", None, "2")


def test_upsert_delete_and_hard_delete(org: Running) -> None:
    known = create(org, "Account", Name="Known", Ext_Id__c="k")
    job = ingest(org, "Ext_Id__c,Name\nk,Changed\nn,New\n,Keyless\n", "upsert", externalIdFieldName="Ext_Id__c")
    good = {r["Name"]: r for r in rows(org.sf("GET", f"/jobs/ingest/{job['id']}/successfulResults"))}
    assert (good["Changed"]["sf__Created"], good["New"]["sf__Created"]) == ("false", "true")
    assert good["Changed"]["sf__Id"] == known
    [bad] = rows(org.sf("GET", f"/jobs/ingest/{job['id']}/failedResults"))
    assert bad["sf__Error"] == "MISSING_ARGUMENT:Ext_Id__c not specified:--"
    ingest(org, f"Id\n{known}\n", "delete")
    ingest(org, f"Id\n{good['New']['sf__Id']}\n", "hardDelete")
    assert [(a["Id"], a["IsDeleted"]) for a in org.world()["salesforce"]["Account"]] == [(known, True)]
    wrong = ingest(org, f"Id,Name\n{known},x\n", "delete")
    assert (wrong["state"], wrong["errorMessage"]) == (
        "Failed",
        "InvalidBatch : 'delete' batches must contain only ids",
    )


def test_a_lookup_is_filled_by_the_parent_s_external_id(org: Running) -> None:
    account = create(org, "Account", Name="P", Ext_Id__c="p")
    job = ingest(org, "LastName,Account.Ext_Id__c\nGood,p\nBad,q\n", obj="Contact")
    assert job["numberRecordsFailed"] == 1
    [contact] = org.world()["salesforce"]["Contact"]
    assert contact["AccountId"] == account


@pytest.mark.parametrize(
    ("data", "more", "message"),
    [
        ("Name,Nonsense\nA,1\n", {}, "InvalidBatch : Field name not found : Nonsense"),
        ("Name\r\nA\r\n", {}, "LineEnding is invalid on user data. Current LineEnding setting is LF"),
        ("Name\nA\n", {"lineEnding": "CRLF"}, "LineEnding is invalid on user data. Current LineEnding setting is CRLF"),
        (b"Name\n\xff\xfe\n", {}, "not UTF-8"),
    ],
)
def test_data_that_does_not_fit_fails_the_job(org: Running, data: Any, more: dict[str, str], message: str) -> None:
    job = ingest(org, data, **more)
    assert job["state"] == "Failed" and message in job["errorMessage"]
    assert org.world()["salesforce"]["Account"] == []


def test_delimiters_gzip_and_crlf(org: Running) -> None:
    made = org.sf("POST", "/jobs/ingest", json={"object": "Account", "operation": "insert", "columnDelimiter": "PIPE",
                                                "lineEnding": "CRLF"}).json()  # fmt: skip
    body = gzip.compress(b"Name|Site\r\nA, B|x\r\n")
    headers = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
    assert org.sf("PUT", f"/{made['contentUrl']}", data=body, headers=headers).status_code == 201
    org.sf("PATCH", f"/jobs/ingest/{made['id']}", json={"state": "UploadComplete"})
    until(org, "ingest", made["id"])
    answer = org.sf("GET", f"/jobs/ingest/{made['id']}/successfulResults")
    assert answer.text.startswith('"sf__Id"|"sf__Created"|"Name"|"Site"\r\n')
    assert rows(answer, "|")[0]["Name"] == "A, B"


def test_a_multipart_job_is_created_with_its_data(org: Running) -> None:
    job = {"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    files = {
        "job": (None, json.dumps(job), "application/json"),
        "content": ("content", "Name\nMulti\n", "text/csv"),
    }
    made = org.sf("POST", "/jobs/ingest", files=files)
    assert made.json()["state"] == "UploadComplete"
    assert until(org, "ingest", made.json()["id"])[0]["numberRecordsProcessed"] == 1


def test_an_empty_job_completes_and_an_aborted_one_processes_nothing(org: Running) -> None:
    assert ingest(org, "")["state"] == "JobComplete"
    made = org.sf("POST", "/jobs/ingest", json={"object": "Account", "operation": "insert"}).json()
    org.sf("PUT", f"/{made['contentUrl']}", data="Name\nA\n", headers={"Content-Type": "text/csv"})
    again = org.sf("PUT", f"/{made['contentUrl']}", data="Name\nA\n", headers={"Content-Type": "text/csv"})
    refused(again, 400, "INVALIDJOBSTATE")
    assert org.sf("PATCH", f"/jobs/ingest/{made['id']}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert rows(org.sf("GET", f"/jobs/ingest/{made['id']}/unprocessedrecords")) == [{"Name": "A"}]
    assert org.sf("DELETE", f"/jobs/ingest/{made['id']}").status_code == 204
    refused(org.sf("GET", f"/jobs/ingest/{made['id']}"), 404, "NOT_FOUND")
    refused(org.sf("POST", "/jobs/ingest", json={"object": "Nothing", "operation": "insert"}), 400, "INVALIDENTITY")


def test_a_failed_job_leaves_its_rows_unprocessed(org: Running) -> None:
    org.fault("salesforce", "bulk_failed", path="/jobs/ingest$", count=2)
    job = ingest(org, "Name\nA\nB\nC\nD\n")
    assert job["state"] == "Failed" and job["errorMessage"]
    assert (job["numberRecordsProcessed"], len(org.world()["salesforce"]["Account"])) == (2, 2)
    assert rows(org.sf("GET", f"/jobs/ingest/{job['id']}/unprocessedrecords")) == [{"Name": "C"}, {"Name": "D"}]


def test_a_row_lock_strikes_single_rows_of_a_job(org: Running) -> None:
    org.fault("salesforce", "row_lock", method="PATCH", rows=[1])
    job = ingest(org, "Name\nA\nB\nC\n")
    [bad] = rows(org.sf("GET", f"/jobs/ingest/{job['id']}/failedResults"))
    assert bad["Name"] == "B" and bad["sf__Error"].startswith("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access")


# Query jobs


def query(org: Running, soql: str, operation: str = "query", **more: Any) -> dict[str, Any]:
    made = org.sf("POST", "/jobs/query", json={"operation": operation, "query": soql, **more})
    assert made.status_code == 200, made.text
    assert made.json()["state"] == "UploadComplete"
    job, states = until(org, "query", made.json()["id"])
    assert "InProgress" in states
    return job


def test_a_query_job_passes_through_its_states_and_is_read_in_pages(org: Running) -> None:
    ingest(org, "Name,Site\n" + "".join(f'"N{n}, ""x""\nü",\n' for n in range(25)))
    job = query(org, "SELECT Id, Name, Site, IsDeleted, Owner.Username FROM Account ORDER BY Id")
    assert (job["state"], job["numberRecordsProcessed"], job["apiVersion"]) == ("JobComplete", 25, 68.0)
    path, found, locator, pages = f"/jobs/query/{job['id']}/results", [], "", 0
    while locator != "null":
        answer = org.sf("GET", path, params={"maxRecords": 10, **({"locator": locator} if locator else {})})
        page = rows(answer)
        assert list(page[0]) == ["Id", "Name", "Site", "IsDeleted", "Owner.Username"]
        assert int(answer.headers["Sforce-NumberOfRecords"]) == len(page)
        found += page
        locator, pages = answer.headers["Sforce-Locator"], pages + 1
    assert (pages, len({r["Id"] for r in found})) == (3, 25)
    assert found[0]["Name"] == 'N0, "x"\nü'
    assert (found[0]["Site"], found[0]["IsDeleted"]) == ("", "false")
    assert [r["Id"] for r in found] == sorted(r["Id"] for r in found)


def test_result_pages_can_be_read_side_by_side(org: Running) -> None:
    ingest(org, "Name\n" + "".join(f"N{n}\n" for n in range(23)))
    job = query(org, "SELECT Name FROM Account")
    body = org.sf("GET", f"/jobs/query/{job['id']}/resultPages").json()
    assert body["done"] is True and len(body["resultPages"]) == 5
    names = [r["Name"] for page in body["resultPages"] for r in rows(org.sf("GET", page["resultUrl"]))]
    assert len(names) == len(set(names)) == 23


def test_query_all_holds_the_deleted_too(org: Running) -> None:
    account = create(org, "Account", Name="Gone")
    org.sf("DELETE", f"/sobjects/Account/{account}")
    for operation, count in (("query", 0), ("queryAll", 1)):
        job = query(org, "SELECT Id FROM Account", operation)
        assert len(rows(org.sf("GET", f"/jobs/query/{job['id']}/results"))) == count


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id) FROM Account", "API_ERROR"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR"),
        ("SELECT BillingAddress FROM Account", "API_ERROR"),
        ("SELECT Industry FROM Account GROUP BY Industry", "API_ERROR"),
        ("SELECT TYPEOF Owner WHEN User THEN Username END FROM Case", "API_ERROR"),
        ("SELECT Id FROM Account LIMIT 5 OFFSET 1", "API_ERROR"),
    ],
)
def test_a_query_that_bulk_does_not_take_is_refused_at_once(org: Running, soql: str, code: str) -> None:
    refused(org.sf("POST", "/jobs/query", json={"operation": "query", "query": soql}), 400, code)


def test_results_need_the_same_version_and_a_job_that_is_done(org: Running) -> None:
    job = query(org, "SELECT Id FROM Account")
    other = org.sf("GET", f"/services/data/v60.0/jobs/query/{job['id']}/results")
    assert other.status_code == 409
    org.switch(salesforce_bulk_seconds=5)
    made = org.sf("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"}).json()
    refused(org.sf("GET", f"/jobs/query/{made['id']}/results"), 400, "INVALIDJOBSTATE")
    org.sf("PATCH", f"/jobs/query/{made['id']}", json={"state": "Aborted"})
    assert org.sf("DELETE", f"/jobs/query/{made['id']}").status_code == 204


def test_results_wait_for_a_job_that_was_just_begun_however_fast_it_is(org: Running) -> None:
    made = org.sf("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"}).json()
    path = f"/jobs/query/{made['id']}/results"
    refused(org.sf("GET", path), 400, "INVALIDJOBSTATE")
    until(org, "query", made["id"])
    assert org.sf("GET", path).status_code == 200
    made = org.sf("POST", "/jobs/ingest", json={"object": "Account", "operation": "insert"}).json()
    path = f"/jobs/ingest/{made['id']}"
    org.sf("PUT", path + "/batches", data="Name\nA\n", headers={"Content-Type": "text/csv"})
    org.sf("PATCH", path, json={"state": "UploadComplete"})
    refused(org.sf("GET", path + "/successfulResults"), 400, "INVALIDJOBSTATE")
    until(org, "ingest", made["id"])
    assert len(rows(org.sf("GET", path + "/successfulResults"))) == 1


def test_the_list_of_jobs_agrees_with_the_job(org: Running) -> None:
    made = org.sf("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"}).json()
    states = []
    for path in ("/jobs/query", f"/jobs/query/{made['id']}"):
        for _ in range(100):
            body = org.sf("GET", path).json()
            [state] = [job["state"] for job in body.get("records", [body]) if job["id"] == made["id"]]
            states.append(state)
            if state == "JobComplete":
                break
    assert states[-2:] == ["JobComplete", "JobComplete"] and set(states[:-2]) <= {"UploadComplete", "InProgress"}


def test_a_row_may_have_hundreds_of_columns(org: Running) -> None:
    """No column is too many for a line, and no job stays at work for ever."""
    account = create(org, "Account", Name="Wide")
    contact = create(org, "Contact", LastName="W", AccountId=account)
    create(org, "Case", Subject="S", AccountId=account, ContactId=contact)
    fields = [
        f["name"]
        for f in org.sf("GET", "/sobjects/Account/describe").json()["fields"]
        if f["type"] not in ("address", "location")
    ]
    parents = ["Account", "Contact.Account", "Account.Parent", "Contact.Account.Parent", "Account.Parent.Parent"]
    parents += ["Contact.Account.Parent.Parent", "Account.Parent.Parent.Parent", "Contact.ReportsTo.Account"]
    columns = [f"{parent}.{name}" for parent in parents for name in fields]
    assert len(columns) > 500
    job = query(org, f"SELECT {', '.join(columns)} FROM Case")
    assert job["state"] == "JobComplete"
    [row] = rows(org.sf("GET", f"/jobs/query/{job['id']}/results"))
    assert len(row) == len(columns)
    assert (row["Account.Name"], row["Contact.Account.Name"], row["Account.Parent.Name"]) == ("Wide", "Wide", "")


def test_a_locator_can_be_expired(org: Running) -> None:
    ingest(org, "Name\nA\nB\n")
    job = query(org, "SELECT Name FROM Account")
    path = f"/jobs/query/{job['id']}/results"
    locator = org.sf("GET", path, params={"maxRecords": 1}).headers["Sforce-Locator"]
    org.fault("salesforce", "expired_locator", path="/results")
    refused(org.sf("GET", path, params={"locator": locator}), 400, "INVALID_QUERY_LOCATOR")
    assert len(rows(org.sf("GET", path, params={"locator": locator}))) == 1
