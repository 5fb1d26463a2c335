"""getUpdated and getDeleted, describe, and the trusted load of worlds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from sandbox.core import Core
from sandbox.salesforce.org import EditError, SalesforceOrg
from tests.sandbox.conftest import Running
from tests.sandbox.test_salesforce_rows import create, refused


@pytest.fixture
def org(empty_sandbox: Running) -> Running:
    return empty_sandbox


def window(minutes: float = 60, end: float = 1) -> dict[str, str]:
    now = datetime.now(UTC)
    moments = {"start": now - timedelta(minutes=minutes), "end": now + timedelta(minutes=end)}
    return {name: moment.strftime("%Y-%m-%dT%H:%M:%S+00:00") for name, moment in moments.items()}


def test_updated_and_deleted_ids_of_a_window(org: Running) -> None:
    kept, gone = create(org, "Account", Name="Kept"), create(org, "Account", Name="Gone")
    org.sf("DELETE", f"/sobjects/Account/{gone}")
    updated = org.sf("GET", "/sobjects/Account/updated/", params=window()).json()
    assert updated["ids"] == [kept] and updated.keys() == {"ids", "latestDateCovered"}
    deleted = org.sf("GET", "/sobjects/Account/deleted/", params=window()).json()
    assert [r["id"] for r in deleted["deletedRecords"]] == [gone]
    assert deleted["deletedRecords"][0]["deletedDate"].endswith(".000+0000")
    assert {"earliestDateAvailable", "latestDateCovered"} < deleted.keys()


@pytest.mark.parametrize(
    ("name", "minutes", "end"),
    [("updated", 31 * 1440, 0), ("deleted", 16 * 1440, 0), ("updated", 5, -6), ("deleted", 0, 0)],
)
def test_a_window_too_old_reversed_or_empty_is_refused(org: Running, name: str, minutes: float, end: float) -> None:
    answer = org.sf("GET", f"/sobjects/Account/{name}", params=window(minutes, end))
    refused(answer, 400, "INVALID_REPLICATION_DATE")


def test_a_purged_log_is_told(org: Running) -> None:
    org.fault("salesforce", "delete_log_purged")
    refused(org.sf("GET", "/sobjects/Account/deleted", params=window()), 400, "INVALID_REPLICATION_DATE")
    assert org.sf("GET", "/sobjects/Account/deleted", params=window()).status_code == 200


def test_a_late_row_holds_back_the_date_covered(org: Running) -> None:
    org.fault("salesforce", "late_commit", method="POST", seconds=30)
    made = parsedate_to_datetime(org.sf("POST", "/sobjects/Account", json={"Name": "Late"}).headers["Date"])
    time.sleep(1.1)
    body = org.sf("GET", "/sobjects/Account/updated", params=window(end=2)).json()
    assert body["ids"] == []
    assert body["latestDateCovered"] <= made.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def test_describe_has_every_key_that_clients_read(org: Running) -> None:
    listed = org.sf("GET", "/sobjects").json()
    assert {"encoding", "maxBatchSize", "sobjects"} == listed.keys()
    names = {o["name"] for o in listed["sobjects"]}
    assert {"Account", "Contact", "Opportunity", "OpportunityContactRole", "OpportunityStage", "Case"} <= names
    assert {"CaseStatus", "User", "Group", "RecordType", "Organization", "Task"} <= names
    answer = org.sf("GET", "/sobjects/Account/describe/")
    full = answer.json()
    fields = {f["name"]: f for f in full["fields"]}
    assert (fields["Name"]["nillable"], fields["Name"]["length"], fields["Name"]["nameField"]) == (False, 255, True)
    assert fields["Ext_Id__c"]["externalId"] and fields["Ext_Id__c"]["unique"] and fields["Ext_Id__c"]["idLookup"]
    assert fields["BillingCity"]["compoundFieldName"] == "BillingAddress"
    assert fields["OwnerId"]["referenceTo"] == ["User"]
    assert {c["relationshipName"] for c in full["childRelationships"]} >= {"Contacts", "Opportunities", "Cases"}
    same = org.sf("GET", "/sobjects/Account/describe", headers={"If-Modified-Since": answer.headers["Date"]})
    assert same.status_code == 304
    stages = {f["name"]: f for f in org.sf("GET", "/sobjects/Opportunity/describe").json()["fields"]}["StageName"]
    assert [v["value"] for v in stages["picklistValues"]][-2:] == ["Closed Won", "Closed Lost"]


def test_a_hidden_field_leaves_describe_reading_and_writing(org: Running) -> None:
    account = create(org, "Account", Name="A", Site="S")
    org.fault("salesforce", "field_hidden", times=3, fields=["Account.Site"])
    assert "Site" not in {f["name"] for f in org.sf("GET", "/sobjects/Account/describe").json()["fields"]}
    assert "Site" not in org.sf("GET", f"/sobjects/Account/{account}").json()
    answer = org.sf("PATCH", f"/sobjects/Account/{account}", json={"Site": "T"})
    assert refused(answer, 400, "INVALID_FIELD_FOR_INSERT_UPDATE")["fields"] == ["Site"]
    assert org.sf("GET", f"/sobjects/Account/{account}").json()["Site"] == "S"


# Loading


def loaded(obj: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    org = SalesforceOrg(Core.memory())
    org.create()
    org.load(obj, rows)
    return org.world()[obj]


def test_a_load_converts_text_keeps_ids_and_derives_the_rest() -> None:
    [deal] = loaded(
        "Opportunity",
        [
            {
                "Id": "006D000000IqhSL",
                "Name": "Deal",
                "StageName": "Closed Won",
                "CloseDate": "2025-11-30",
                "Amount": "12.5",
                "IsPrivate": "true",
                "CreatedDate": "2024-02-03T04:05:06Z",
                "CurrencyIsoCode": "EUR",
                "Region__c": "North",
                "NextStep": "",
            }
        ],
    )
    assert deal["Id"] == "006D000000IqhSLIAZ"
    assert (deal["Amount"], deal["IsPrivate"], deal["NextStep"]) == (12.5, True, None)
    assert deal["CreatedDate"] == deal["LastModifiedDate"] == deal["SystemModstamp"] == "2024-02-03T04:05:06.000+0000"
    assert (deal["IsWon"], deal["Probability"], deal["Fiscal"]) == (True, 100.0, "2025 4")
    assert (deal["CurrencyIsoCode"], deal["Region__c"]) == ("EUR", "North")


@pytest.mark.parametrize(
    "row", [{"Name": "A", "Nonsense": 1}, {"Name": "A", "NumberOfEmployees": "many"}, {"Id": "short", "Name": "A"}]
)
def test_a_load_names_what_it_cannot_hold(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Account"):
        loaded("Account", [row])


def test_a_world_s_stages_replace_the_stock_ones() -> None:
    stages = loaded("OpportunityStage", [{"MasterLabel": "Won", "ApiName": "Won", "IsClosed": True, "IsWon": True}])
    assert [s["ApiName"] for s in stages] == ["Won"]


def test_an_edit_of_nothing_is_refused_in_words() -> None:
    org = SalesforceOrg(Core.memory())
    org.create()
    for args in (("Nothing", "create", None), ("Account", "update", "001x"), ("Account", "create", None)):
        with pytest.raises(EditError):
            org.edit(*args, {})


def test_recent_records_and_record_counts(org: Running) -> None:
    account = create(org, "Account", Name="Seen lately")
    assert org.sf("GET", "/recent").json()[0]["Id"] == account
    counted = org.sf("GET", "/limits/recordCount?sObjects=Account").json()
    assert counted == {"sObjects": [{"count": 1, "name": "Account"}]}
    about = org.sf("GET", "/sobjects/Account").json()
    assert about["objectDescribe"]["keyPrefix"] == "001" and about["recentItems"][0]["Id"] == account
    assert org.sf("HEAD", f"/sobjects/Account/{account}").status_code == 200
