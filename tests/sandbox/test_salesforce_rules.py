"""The rules that run around the rows: stages, statuses, roles, cascades, merges, person accounts, state picklists."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox.conftest import Running
from tests.sandbox.test_salesforce_rows import create, refused


@pytest.fixture
def org(empty_sandbox: Running) -> Running:
    return empty_sandbox


def row(org: Running, obj: str, record_id: str) -> dict[str, object]:
    """A record of the world, deleted or not."""
    [found] = [r for r in org.world()["salesforce"][obj] if r["Id"] == record_id]
    return found


def test_probability_and_forecast_follow_the_stage_unless_given(org: Running) -> None:
    deal = {"Name": "Deal", "StageName": "Value Proposition", "CloseDate": "2026-05-31", "Amount": 1000.555}
    path = f"/sobjects/Opportunity/{create(org, 'Opportunity', **deal)}"
    read = org.sf("GET", path).json()
    assert (read["Probability"], read["ForecastCategoryName"], read["IsClosed"]) == (50.0, "Pipeline", False)
    assert (read["Amount"], read["ExpectedRevenue"]) == (1000.56, 500.28)
    assert (read["Fiscal"], read["FiscalYear"], read["FiscalQuarter"]) == ("2026 2", 2026, 2)
    org.sf("PATCH", path, json={"StageName": "Closed Won"})
    read = org.sf("GET", path).json()
    assert (read["Probability"], read["IsClosed"], read["IsWon"], read["ForecastCategory"]) == (
        100,
        True,
        True,
        "Closed",
    )
    org.sf("PATCH", path, json={"StageName": "Closed Lost", "Probability": 7})
    read = org.sf("GET", path).json()
    assert (read["Probability"], read["IsWon"], read["ForecastCategoryName"]) == (7, False, "Omitted")


def test_an_opportunity_made_with_a_contact_gets_its_primary_role(org: Running) -> None:
    contact = create(org, "Contact", LastName="Buyer")
    deal = create(org, "Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-05-31", ContactId=contact)
    [role] = org.query(f"SELECT ContactId, IsPrimary FROM OpportunityContactRole WHERE OpportunityId = '{deal}'")
    assert (role["ContactId"], role["IsPrimary"]) == (contact, True)
    refused(
        org.sf("PATCH", f"/sobjects/Opportunity/{deal}", json={"ContactId": None}),
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )


def test_a_case_is_numbered_closed_by_its_status_and_shows_its_contact(org: Running) -> None:
    account = create(org, "Account", Name="Owner of the case")
    contact = create(org, "Contact", LastName="Caller", Email="caller@acme.example", AccountId=account)
    path = f"/sobjects/Case/{create(org, 'Case', Subject='Help', ContactId=contact)}"
    read = org.sf("GET", path).json()
    assert (read["CaseNumber"], read["Status"], read["Priority"]) == ("00001001", "New", "Medium")
    assert (read["AccountId"], read["ContactEmail"], read["IsClosed"]) == (account, "caller@acme.example", False)
    org.sf("PATCH", f"/sobjects/Contact/{contact}", json={"Email": "new@acme.example"})
    org.sf("PATCH", path, json={"Status": "Closed"})
    read = org.sf("GET", path).json()
    assert read["ContactEmail"] == "new@acme.example"
    assert read["IsClosed"] and read["ClosedDate"]
    assert org.sf("GET", "/sobjects/Case/CaseNumber/00001001").json()["Id"] == read["Id"]


def test_a_status_added_in_setup_is_known_at_once(org: Running) -> None:
    org.edit("salesforce", "CaseStatus", "create", MasterLabel="Solved", ApiName="Solved", IsClosed=True, SortOrder=9)
    path = f"/sobjects/Case/{create(org, 'Case', Status='Solved')}"
    assert org.sf("GET", path).json()["IsClosed"] is True
    fields = {f["name"]: f for f in org.sf("GET", "/sobjects/Case/describe").json()["fields"]}
    assert "Solved" in [v["value"] for v in fields["Status"]["picklistValues"]]


def test_an_inactive_user_owns_nothing_new_unless_allowed(org: Running) -> None:
    user = org.edit("salesforce", "User", "create", LastName="Left", Username="left@x.example", Email="left@x.example",
                    Alias="left", ProfileId="00egK0000000001", IsActive=False)  # fmt: skip
    error = refused(
        org.sf("POST", "/sobjects/Account", json={"Name": "A", "OwnerId": user}), 400, "INACTIVE_OWNER_OR_USER"
    )
    assert user[:15] in error["message"]
    org.switch(salesforce_inactive_owners="on")
    create(org, "Account", Name="A", OwnerId=user)


def test_audit_fields_can_be_set_only_where_the_org_allows_it(org: Running) -> None:
    past = {"CreatedDate": "2019-03-04T05:06:07Z", "LastModifiedDate": "2019-03-05T05:06:07Z"}
    refused(org.sf("POST", "/sobjects/Case", json=past), 400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    org.switch(salesforce_audit_fields="on")
    read = org.sf("GET", f"/sobjects/Case/{create(org, 'Case', **past)}").json()
    assert read["CreatedDate"] == "2019-03-04T05:06:07.000+0000"
    assert read["LastModifiedDate"] == "2019-03-05T05:06:07.000+0000" < read["SystemModstamp"]


# Deleting and merging


def test_deleting_an_account_takes_its_children_and_undeleting_brings_them_back(org: Running) -> None:
    account = create(org, "Account", Name="Parent")
    child = create(org, "Account", Name="Daughter", ParentId=account)
    contact = create(org, "Contact", LastName="Along", AccountId=account)
    deal = create(org, "Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-05-31", AccountId=account)
    role = create(org, "OpportunityContactRole", OpportunityId=deal, ContactId=contact)
    assert org.sf("DELETE", f"/sobjects/Account/{account}").status_code == 204
    gone = [("Account", account), ("Contact", contact), ("Opportunity", deal), ("OpportunityContactRole", role)]
    assert all(row(org, obj, i)["IsDeleted"] for obj, i in gone)
    assert row(org, "Account", child)["ParentId"] is None
    assert {(w["object"], w["id"]) for w in org.writes() if w["op"] == "delete"} == set(gone)
    org.edit("salesforce", "Account", "undelete", account)
    assert not any(row(org, obj, i)["IsDeleted"] for obj, i in gone)


def test_cases_stand_in_the_way_of_a_delete(org: Running) -> None:
    account = create(org, "Account", Name="Busy")
    contact = create(org, "Contact", LastName="Davis", FirstName="Josh", Salutation="Mr.", AccountId=account)
    create(org, "Case", ContactId=contact)
    error = refused(org.sf("DELETE", f"/sobjects/Contact/{contact}"), 400, "DELETE_FAILED")
    assert error["message"] == (
        "Your attempt to delete Mr. Josh Davis could not be completed because it is associated with the following "
        "cases.: 00001001\n"
    )
    refused(org.sf("DELETE", f"/sobjects/Account/{account}"), 400, "DELETE_FAILED")
    assert not row(org, "Account", account)["IsDeleted"]


def test_a_merge_moves_the_children_and_names_the_winner(org: Running) -> None:
    winner, loser = create(org, "Account", Name="Winner"), create(org, "Account", Name="Loser")
    contact = create(org, "Contact", LastName="Moved", AccountId=loser)
    case = create(org, "Case", AccountId=loser)
    org.control("DELETE", "/requests")
    org.edit("salesforce", "Account", "merge", loser, MasterRecordId=winner, Phone="from the loser")
    assert (row(org, "Account", loser)["IsDeleted"], row(org, "Account", loser)["MasterRecordId"]) == (True, winner)
    assert row(org, "Account", winner)["Phone"] == "from the loser"
    assert row(org, "Contact", contact)["AccountId"] == row(org, "Case", case)["AccountId"] == winner
    assert org.requests() == []
    answer = org.control(
        "POST", "/edit", json={"system": "salesforce", "object": "Opportunity", "op": "merge", "id": "x"}
    )
    assert answer.status_code == 400


def test_an_edit_is_a_person_s_and_follows_the_rules(org: Running) -> None:
    account = create(org, "Account", Name="Edited")
    org.edit("salesforce", "Account", "update", account, Phone="99")
    edited = row(org, "Account", account)
    assert edited["LastModifiedById"] != org.salesforce["user_id"] == edited["CreatedById"]
    for fields in ({"Name": ""}, {"Name": "x" * 300}, {"Nonsense": 1}):
        item = {"system": "salesforce", "object": "Account", "op": "update", "id": account, "fields": fields}
        assert org.control("POST", "/edit", json=item).status_code == 400


# Switches


def test_state_and_country_codes_and_texts_are_kept_in_step(org: Running) -> None:
    refused(org.sf("POST", "/sobjects/Account", json={"Name": "A", "BillingCountryCode": "US"}), 400, "INVALID_FIELD")
    old = create(org, "Account", Name="Before", BillingCountry="united states", BillingState="Ohio")
    odd = create(org, "Account", Name="Before", BillingCountry="USA")
    org.switch(salesforce_state_country_picklists="on")
    converted = org.sf("GET", f"/sobjects/Account/{old}").json()
    assert (converted["BillingCountryCode"], converted["BillingStateCode"]) == ("US", "OH")
    assert org.sf("GET", f"/sobjects/Account/{odd}").json()["BillingCountryCode"] is None
    path = f"/sobjects/Account/{create(org, 'Account', Name='A', BillingCountryCode='US', BillingStateCode='CA')}"
    read = org.sf("GET", path).json()
    assert (read["BillingCountry"], read["BillingState"]) == ("United States", "California")
    assert read["BillingAddress"]["stateCode"] == "CA"
    assert org.sf("PATCH", path, json={"BillingState": "Texas"}).status_code == 204
    assert org.sf("GET", path).json()["BillingStateCode"] == "TX"
    both = {"BillingState": "Texas", "BillingStateCode": "CA"}
    for wrong in ({"BillingState": "Bavaria"}, {"BillingCountry": "USA"}, {"BillingStateCode": "XX"}, both):
        refused(org.sf("PATCH", path, json=wrong), 400, "FIELD_INTEGRITY_EXCEPTION")
    assert org.sf("GET", path).json()["BillingState"] == "Texas"
    on_create = org.sf("POST", "/sobjects/Account", json={"Name": "B", "BillingCountryCode": "US", **both})
    assert org.sf("GET", f"/sobjects/Account/{on_create.json()['id']}").json()["BillingState"] == "California"


def test_a_person_account_has_a_contact_behind_it_that_is_not_written(org: Running) -> None:
    refused(org.sf("POST", "/sobjects/Account", json={"LastName": "Curie"}), 400, "INVALID_FIELD")
    org.switch(salesforce_person_accounts="on")
    person = {"FirstName": "Marie", "LastName": "Curie", "PersonEmail": "marie@radium.example"}
    path = f"/sobjects/Account/{create(org, 'Account', **person)}"
    read = org.sf("GET", path).json()
    assert (read["IsPersonAccount"], read["Name"]) == (True, "Marie Curie")
    contact = f"/sobjects/Contact/{read['PersonContactId']}"
    assert org.sf("GET", contact).json()["Email"] == "marie@radium.example"
    refused(org.sf("PATCH", contact, json={"Email": "x@y.example"}), 400, "INVALID_PERSON_ACCOUNT_OPERATION")
    refused(org.sf("PATCH", path, json={"Name": "Other"}), 400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert org.sf("PATCH", path, json={"PersonEmail": "curie@radium.example"}).status_code == 204
    assert org.sf("GET", contact).json()["Email"] == "curie@radium.example"
    refused(org.sf("POST", "/sobjects/Account", json={"Name": "Firm", "PersonEmail": "a@b.example"}), 400,
            "INVALID_FIELD_FOR_INSERT_UPDATE")  # fmt: skip


def test_the_record_type_says_who_is_a_person(org: Running) -> None:
    org.switch(salesforce_person_accounts="on")
    create(org, "Account", Name="Any")
    kinds = {t["IsPersonType"]: t["Id"] for t in org.query("SELECT Id, IsPersonType FROM RecordType")}
    named = {"LastName": "Curie", "PersonEmail": "m@radium.example"}
    answer = org.sf("POST", "/sobjects/Account", json={**named, "RecordTypeId": kinds[False]})
    refused(answer, 400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    person = create(org, "Account", **named, RecordTypeId=kinds[True])
    firm = create(org, "Account", Name="Firm", RecordTypeId=kinds[False])
    for account, kind in ((person, kinds[False]), (firm, kinds[True])):
        answer = org.sf("PATCH", f"/sobjects/Account/{account}", json={"RecordTypeId": kind})
        refused(answer, 400, "INVALID_CROSS_REFERENCE_KEY")
    assert org.query("SELECT Id FROM Account WHERE IsPersonAccount = true")[0]["Id"] == person


def test_without_external_ids_their_fields_do_not_exist(org: Running) -> None:
    create(org, "Account", Name="A", Accelo_Id__c="1")
    org.switch(salesforce_external_ids="off")
    refused(org.sf("POST", "/sobjects/Account", json={"Name": "B", "Accelo_Id__c": "2"}), 400, "INVALID_FIELD")
    names = {f["name"] for f in org.sf("GET", "/sobjects/Account/describe").json()["fields"]}
    assert not {"Accelo_Id__c", "Ext_Id__c"} & names


# Faults in rows


def test_a_late_change_is_seen_only_later_with_its_earlier_stamp(org: Running) -> None:
    account = create(org, "Account", Name="Before")
    path = f"/sobjects/Account/{account}"
    org.fault("salesforce", "late_commit", method="PATCH|POST", seconds=1.5, times=2)
    assert org.sf("PATCH", path, json={"Name": "After"}).status_code == 204
    late = org.sf("POST", "/sobjects/Account", json={"Name": "Late"}).json()["id"]
    assert org.sf("GET", path).json()["Name"] == "Before"
    refused(org.sf("GET", f"/sobjects/Account/{late}"), 404, "NOT_FOUND")
    seen = org.sf("GET", "/limits").headers["Date"]
    time.sleep(1.6)
    read = org.sf("GET", path).json()
    assert read["Name"] == "After"
    assert org.sf("GET", f"/sobjects/Account/{late}").status_code == 200
    assert read["SystemModstamp"][:19] <= parsedate_to_datetime(seen).strftime("%Y-%m-%dT%H:%M:%S")


def test_a_row_lock_can_strike_one_row_of_a_collection(org: Running) -> None:
    org.fault("salesforce", "row_lock", method="POST", rows=[1])
    records = [{"attributes": {"type": "Account"}, "Name": f"N{n}"} for n in range(3)]
    results = org.sf("POST", "/composite/sobjects", json={"records": records}).json()
    assert [r["success"] for r in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"


def test_a_duplicate_rule_shows_the_match_and_can_be_overruled(org: Running) -> None:
    twin = create(org, "Account", Name="Twin")
    org.fault("salesforce", "duplicate_rule", method="POST", times=2)
    error = refused(org.sf("POST", "/sobjects/Account", json={"Name": "Twin"}), 400, "DUPLICATES_DETECTED")
    [match] = error["duplicateResult"]["matchResults"]
    assert match["matchRecords"][0]["record"]["Id"] == twin
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}
    assert org.sf("POST", "/sobjects/Account", json={"Name": "Twin"}, headers=header).status_code == 201
