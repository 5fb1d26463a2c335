"""Many records in one call: sObject Collections, Composite with references, batch and graph."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce import ids
from tests.sandbox.conftest import VERSION, Running
from tests.sandbox.test_salesforce_rows import create, refused


@pytest.fixture
def org(empty_sandbox: Running) -> Running:
    return empty_sandbox


def of(kind: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind}, **fields}


def test_each_record_has_its_result_in_order(org: Running) -> None:
    records = [of("Account", Name="One"), of("Account"), of("Contact", LastName="Two"), of("Nothing", Name="x")]
    results = org.sf("POST", "/composite/sobjects", json={"records": records}).json()
    assert [r["success"] for r in results] == [True, False, True, False]
    assert results[0].keys() == {"id", "success", "errors"}
    assert results[1]["errors"] == [
        {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Name]", "fields": ["Name"]}
    ]
    assert len(org.writes()) == 2


def test_all_or_none_undoes_the_good_ones(org: Running) -> None:
    body = {"allOrNone": True, "records": [of("Account", Name="One"), of("Account")]}
    good, bad = org.sf("POST", "/composite/sobjects", json=body).json()
    assert good["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert org.world()["salesforce"]["Account"] == [] and org.writes() == []


def test_a_collection_is_changed_read_and_deleted(org: Running) -> None:
    found = [create(org, "Account", Name=f"N{n}") for n in range(2)]
    missing = ids.make("001", 99999)
    changes = [of("Account", id=i, Site="S") for i in (*found, missing)] + [of("Account", Site="no id")]
    results = org.sf("PATCH", "/composite/sobjects", json={"records": changes}).json()
    assert [r["success"] for r in results] == [True, True, False, False]
    assert results[2]["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert results[3]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"
    wanted = {"ids": [found[1], missing, found[0]], "fields": ["Site", "Name"]}
    read = org.sf("POST", "/composite/sobjects/Account", json=wanted).json()
    assert [r and (r["Site"], r["Name"]) for r in read] == [("S", "N1"), None, ("S", "N0")]
    assert org.sf("GET", f"/composite/sobjects/Account?ids={found[0]}&fields=Name").json()[0]["Name"] == "N0"
    gone = org.sf("DELETE", f"/composite/sobjects?ids={','.join([*found, missing])}").json()
    assert [r["success"] for r in gone] == [True, True, False]


def test_a_collection_is_upserted_by_an_external_id(org: Running) -> None:
    first = create(org, "Account", Name="Old", Ext_Id__c="1")
    records = [
        of("Account", Ext_Id__c="1", Name="New"),
        of("Account", Ext_Id__c="2", Name="Second"),
        of("Account", Name="?"),
    ]
    results = org.sf("PATCH", "/composite/sobjects/Account/Ext_Id__c", json={"records": records}).json()
    assert [(r["success"], r.get("created")) for r in results] == [(True, False), (True, True), (False, None)]
    assert results[0]["id"] == first
    refused(org.sf("PATCH", "/composite/sobjects/Account/Nope", json={"records": []}), 404, "NOT_FOUND")


def test_the_limits_of_a_collection(org: Running) -> None:
    many = [of("Account", Name=str(n)) for n in range(201)]
    refused(org.sf("POST", "/composite/sobjects", json={"records": many}), 400, "EXCEEDED_ID_LIMIT")
    mixed = [of("Contact" if n % 2 else "Account", Name="N", LastName="L") for n in range(12)]
    refused(org.sf("POST", "/composite/sobjects", json={"records": mixed}), 400, "LIMIT_EXCEEDED")
    refused(org.sf("POST", "/composite/sobjects", json={"records": [{"Name": "typeless"}]}), 400, "INVALID_INPUT")
    assert org.world()["salesforce"]["Account"] == []


def part(method: str, path: str, reference: str, body: Any = None) -> dict[str, Any]:
    found = {"method": method, "url": VERSION + path, "referenceId": reference}
    return found if body is None else {**found, "body": body}


def test_composite_parts_refer_to_the_answers_of_earlier_ones(org: Running) -> None:
    parts = [
        part("POST", "/sobjects/Account", "firm", {"Name": "Firm"}),
        part("POST", "/sobjects/Contact", "person", {"LastName": "P", "AccountId": "@{firm.id}"}),
        part("GET", "/sobjects/Contact/@{person.id}?fields=AccountId", "read"),
        part("GET", "/query?q=SELECT+Name+FROM+Account+WHERE+Id='@{firm.id}'", "query"),
        part("PATCH", "/sobjects/Account/@{query.records[0].Id}", "lost", {"Site": "x"}),
    ]
    results = org.sf("POST", "/composite", json={"compositeRequest": parts}).json()["compositeResponse"]
    assert [r["httpStatusCode"] for r in results] == [201, 201, 200, 200, 400]
    assert results[0]["httpHeaders"]["Location"].endswith(results[0]["body"]["id"])
    assert results[2]["body"]["AccountId"] == results[0]["body"]["id"]
    assert results[3]["body"]["records"][0]["Name"] == "Firm"
    assert results[4]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert [r["referenceId"] for r in results] == ["firm", "person", "read", "query", "lost"]
    assert len(org.requests()) == 1 and len(org.writes()) == 2


def test_a_composite_all_or_none_rolls_back(org: Running) -> None:
    parts = [part("POST", "/sobjects/Account", "a", {"Name": "A"}), part("POST", "/sobjects/Account", "b", {})]
    body = {"allOrNone": True, "collateSubrequests": True, "compositeRequest": parts}
    results = org.sf("POST", "/composite", json=body).json()["compositeResponse"]
    assert [r["body"][0]["errorCode"] for r in results] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert org.world()["salesforce"]["Account"] == [] and org.writes() == []


def test_the_limits_of_a_composite(org: Running) -> None:
    def refuse(parts: list[dict[str, Any]], code: str) -> None:
        refused(org.sf("POST", "/composite", json={"compositeRequest": parts}), 400, code)

    refuse([part("GET", "/limits", f"r{n}") for n in range(26)], "LIMIT_EXCEEDED")
    refuse([part("GET", "/query?q=SELECT+Id+FROM+Account", f"q{n}") for n in range(6)], "LIMIT_EXCEEDED")
    refuse([part("GET", "/limits", "same"), part("GET", "/limits", "same")], "INVALID_INPUT")


def test_a_composite_counts_as_one_call_and_honours_headers_of_its_parts(org: Running) -> None:
    account = create(org, "Account", Name="A")
    old = {"If-Unmodified-Since": "Tue, 10 Mar 2020 10:00:00 GMT"}
    patch = {**part("PATCH", f"/sobjects/Account/{account}", "p", {"Site": "x"}), "httpHeaders": old}
    answer = org.sf("POST", "/composite", json={"compositeRequest": [patch, part("GET", "/limits", "l")]})
    assert answer.json()["compositeResponse"][0]["httpStatusCode"] == 412
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=2/100000"


def test_a_batch_runs_its_parts_without_references(org: Running) -> None:
    parts = [
        {"method": "GET", "url": "v68.0/sobjects/Account/describe"},
        {"method": "POST", "url": f"{VERSION}/sobjects/Account", "richInput": {"Name": "Batch"}},
        {"method": "GET", "url": "v68.0/nothing"},
    ]
    body = org.sf("POST", "/composite/batch", json={"batchRequests": parts}).json()
    assert body["hasErrors"] is True
    assert [r["statusCode"] for r in body["results"]] == [200, 201, 404]
    assert body["results"][0]["result"]["name"] == "Account"


def test_each_graph_is_all_or_none(org: Running) -> None:
    graphs = [
        {"graphId": "g1", "compositeRequest": [part("POST", "/sobjects/Account", "a", {"Name": "G"})]},
        {"graphId": "g2", "compositeRequest": [part("POST", "/sobjects/Account", "a", {"Name": "H"}),
                                               part("POST", "/sobjects/Account", "b", {})]},
    ]  # fmt: skip
    answers = org.sf("POST", "/composite/graph", json={"graphs": graphs}).json()["graphs"]
    assert [g["isSuccessful"] for g in answers] == [True, False]
    assert [a["Name"] for a in org.world()["salesforce"]["Account"]] == ["G"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/composite", {"compositeRequest": [1]}),
        ("/composite", {"compositeRequest": ["a", None]}),
        ("/composite/batch", {"batchRequests": ["x"]}),
        ("/composite/graph", {"graphs": [{"compositeRequest": [{"method": "GET", "url": "/limits"}]}]}),
        ("/composite/sobjects", {"records": [{"attributes": "x"}]}),
        ("/composite/sobjects/Account", {"ids": [1], "fields": [1]}),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_in_words(org: Running, path: str, body: dict[str, Any]) -> None:
    answer = org.sf("POST", path, json=body)
    assert (answer.status_code, answer.json()[0]["errorCode"] != "UNKNOWN_EXCEPTION") == (400, True)
