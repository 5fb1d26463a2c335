"""simple-salesforce, the client of the Python community, on an adapter that turns its https:// to loopback http://."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SFType
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound
from simple_salesforce.format import format_external_id, format_soql

from tests.sandbox.conftest import Running


class Loopback(HTTPAdapter):
    """simple-salesforce writes https:// into every address; here the same host is spoken to plainly."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, *args, **more)


@pytest.fixture
def salesforce(empty_sandbox: Running) -> Salesforce:
    org = empty_sandbox.salesforce
    session = requests.Session()
    session.mount(org["url"].replace("http://", "https://"), Loopback())
    return Salesforce(instance_url=org["url"], session_id=org["access_token"], session=session, version="68.0")


def test_records(salesforce: Salesforce) -> None:
    account: SFType = salesforce.Account
    made = account.create({"Name": "Brøndby ÅS", "Website": "https://brondby.example"})
    assert (made["success"], made["errors"], len(made["id"])) == (True, [], 18)
    assert account.get(made["id"])["Name"] == "Brøndby ÅS"
    assert account.update(made["id"], {"Phone": "1"}) == 204
    path = format_external_id("Ext_Id__c", "a/b ?#%æ")
    assert account.upsert(path, {"Name": "Keyed"}) == 201
    assert account.upsert(path, {"Name": "Keyed twice"}) == 200
    found = salesforce.query(format_soql("SELECT Name FROM Account WHERE Ext_Id__c = {}", "a/b ?#%æ"))
    assert [r["Name"] for r in found["records"]] == ["Keyed twice"]
    assert account.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        account.get(made["id"])
    with pytest.raises(SalesforceMalformedRequest) as refused:
        account.create({"Phone": "1"})
    assert refused.value.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"


def test_queries_and_pages(salesforce: Salesforce) -> None:
    body = [{"attributes": {"type": "Contact"}, "LastName": f"O'Person {n:03}"} for n in range(200)]
    for _ in range(2):
        done = salesforce.restful("composite/sobjects", method="POST", json={"records": body})
        assert all(r["success"] for r in done)
    headers = {"Sforce-Query-Options": "batchSize=200"}
    soql = format_soql("SELECT Id, LastName FROM Contact WHERE LastName LIKE '{:like}%' ORDER BY LastName", "O'Person")
    page = salesforce.query(soql, headers=headers)
    assert (page["totalSize"], page["done"], len(page["records"])) == (400, False, 200)
    rest = salesforce.query_more(page["nextRecordsUrl"], identifier_is_url=True, headers=headers)
    assert (rest["done"], len(rest["records"])) == (True, 200)
    assert len({r["Id"] for r in salesforce.query_all_iter(soql, headers=headers)}) == 400
    assert salesforce.query("SELECT COUNT() FROM Contact")["totalSize"] == 400
    assert salesforce.query("SELECT Id FROM Contact WHERE IsDeleted = true", include_deleted=True)["totalSize"] == 0
    with pytest.raises(SalesforceMalformedRequest) as refused:
        salesforce.query("SELECT Id FROM Contact WHERE Description = 'x'")
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"
    assert "can not be filtered in a query call" in refused.value.content[0]["message"]


def test_describe_limits_and_replication(salesforce: Salesforce) -> None:
    assert {"Account", "Contact", "Opportunity", "Case"} <= {s["name"] for s in salesforce.describe()["sobjects"]}
    assert salesforce.Contact.describe()["keyPrefix"] == "003"
    assert salesforce.limits()["DailyApiRequests"]["Max"] > 0
    made = salesforce.Contact.create({"LastName": "Seen"})["id"]
    end = datetime.now(UTC) + timedelta(minutes=2)
    start = end - timedelta(minutes=10)
    assert made in salesforce.Contact.updated(start, end)["ids"]
    salesforce.Contact.delete(made)
    assert made in [r["id"] for r in salesforce.Contact.deleted(start, end)["deletedRecords"]]
    assert salesforce.api_usage == {} or salesforce.api_usage["api-usage"].used > 0


def test_bulk_2(salesforce: Salesforce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    rows = [{"LastName": f"Łódź {n}", "Description": "one\ntwo" if n else ""} for n in range(3)]
    (done,) = salesforce.bulk2.Contact.insert(records=rows, wait=0)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (3, 0)
    soql = "SELECT Id, LastName, Description FROM Contact WHERE LastName LIKE 'Łódź%'"
    pages = list(salesforce.bulk2.Contact.query(soql, wait=0))
    assert len(pages) == 1
    assert pages[0].count("one\ntwo") == 2
