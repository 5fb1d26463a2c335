"""Single records of the Salesforce org over REST: what is written, what is read, and every refusal in its words."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest

from sandbox.salesforce import ids
from tests.sandbox.conftest import Running

GONE = "001gK0000zzzzzzAAA"


@pytest.fixture
def org(empty_sandbox: Running) -> Running:
    return empty_sandbox


def create(org: Running, obj: str, **fields: Any) -> str:
    """The id of a new record."""
    answer = org.sf("POST", f"/sobjects/{obj}", json=fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The one error of an answer."""
    assert answer.status_code == status, answer.text
    [error] = answer.json()
    assert error["errorCode"] == code, answer.text
    return dict(error)


def test_a_record_is_created_read_changed_and_deleted(org: Running) -> None:
    answer = org.sf("POST", "/sobjects/Account", json={"Name": " Łódź Works ", "AnnualRevenue": 1200, "Website": ""})
    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], "success": True, "errors": []}
    record_id = answer.json()["id"]
    assert answer.headers["Location"].endswith(f"/sobjects/Account/{record_id}")
    path = f"/sobjects/Account/{record_id}"
    read = org.sf("GET", path).json()
    assert read["attributes"] == {"type": "Account", "url": f"/services/data/v68.0{path}"}
    assert (read["Name"], read["AnnualRevenue"], read["Website"]) == ("Łódź Works", 1200.0, None)
    assert read["OwnerId"] == read["CreatedById"] == org.salesforce["user_id"]
    assert read["SystemModstamp"].endswith(".000+0000")
    assert org.sf("PATCH", path, json={"phone": "12 34"}).status_code == 204
    assert org.sf("GET", f"{path}?fields=Phone").json()["Phone"] == "12 34"
    assert org.sf("DELETE", path).status_code == 204
    refused(org.sf("GET", path), 404, "NOT_FOUND")
    assert refused(org.sf("DELETE", path), 404, "ENTITY_IS_DELETED")["message"] == "entity is deleted"
    refused(org.sf("PATCH", path, json={"Phone": "1"}), 404, "ENTITY_IS_DELETED")


def test_ids_carry_their_checksum_and_15_characters_are_accepted(org: Running) -> None:
    record_id = create(org, "Account", Name="Checksum")
    assert len(record_id) == 18
    assert ids.to18(record_id[:15]) == record_id
    assert org.sf("GET", f"/sobjects/Account/{record_id[:15]}").json()["Id"] == record_id
    contact = create(org, "Contact", LastName="Short", AccountId=record_id[:15])
    assert org.sf("GET", f"/sobjects/Contact/{contact}").json()["AccountId"] == record_id


@pytest.mark.parametrize(
    ("fifteen", "suffix"), [("00Dxx0000001gPL", "EAY"), ("005xx000001Swi", None), ("001D000000IqhSL", "IAZ")]
)
def test_the_checksum_is_the_published_one(fifteen: str, suffix: str | None) -> None:
    """The first pair is from a recorded token response, the last from Salesforce's own documentation."""
    assert ids.to18(fifteen) == (fifteen + suffix if suffix else None)


REFUSALS: list[tuple[str, dict[str, Any], int, str, str, list[str] | None]] = [
    ("Account", {}, 400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
    (
        "Opportunity",
        {"Name": "No stage"},
        400,
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [StageName, CloseDate]",
        ["StageName", "CloseDate"],
    ),
    (
        "Account",
        {"Name": "x" * 256},
        400,
        "STRING_TOO_LONG",
        f"Account Name: data value too large: {'x' * 256} (max length=255)",
        ["Name"],
    ),
    ("Account", {"Name": "A", "Foo": 1}, 400, "INVALID_FIELD", "No such column 'Foo' on sobject of type Account", None),
    (
        "Account",
        {"Name": "A", "CreatedDate": "2020-01-01T00:00:00Z"},
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: CreatedDate. Please check the security settings of this field and verify that "
        "it is read/write for your profile or permission set.",
        ["CreatedDate"],
    ),
    (
        "Contact",
        {"LastName": "A", "CleanStatus": "Odd"},
        400,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Clean Status: bad value for restricted picklist field: Odd",
        ["CleanStatus"],
    ),
    (
        "Contact",
        {"LastName": "A", "Email": "not an address"},
        400,
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: not an address",
        ["Email"],
    ),
    (
        "Contact",
        {"LastName": "A", "AccountId": "nonsense"},
        400,
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: nonsense",
        ["AccountId"],
    ),
    (
        "Contact",
        {"LastName": "A", "AccountId": ids.make("001", 99999)},
        400,
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        [],
    ),
    (
        "Contact",
        {"LastName": "A", "AccountId": ids.make("005", 1)},
        400,
        "MALFORMED_ID",
        f"Account ID: id value of incorrect type: {ids.make('005', 1)}",
        ["AccountId"],
    ),
    (
        "Account",
        {"Name": "A", "NumberOfEmployees": 123456789},
        400,
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Employees: value outside of valid range on numeric field: 123456789",
        ["NumberOfEmployees"],
    ),
    (
        "Opportunity",
        {"Name": "A", "StageName": "Prospecting", "CloseDate": "someday"},
        400,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of date from VALUE_STRING value someday or request may be missing a required "
        "field at [line:1, column:2]",
        None,
    ),
    (
        "Account",
        {"Name": 42},
        400,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of string from VALUE_NUMBER_INT value 42 or request may be missing a required "
        "field at [line:1, column:2]",
        None,
    ),
    (
        "Contact",
        {"LastName": "A", "Account": {"Ext_Id__c": "nobody"}},
        400,
        "INVALID_FIELD",
        "Foreign key external ID: nobody not found for field Ext_Id__c in entity Account",
        [],
    ),
]


@pytest.mark.parametrize(("obj", "fields", "status", "code", "message", "names"), REFUSALS)
def test_a_refusal_has_the_real_code_message_and_fields(
    org: Running, obj: str, fields: dict[str, Any], status: int, code: str, message: str, names: list[str] | None
) -> None:
    error = refused(org.sf("POST", f"/sobjects/{obj}", json=fields), status, code)
    assert error["message"] == message
    assert error.get("fields") == names
    assert org.world()["salesforce"][obj] == []


def test_a_unique_field_names_the_holder_by_its_15_characters(org: Running) -> None:
    holder = create(org, "Account", Name="First", Accelo_Id__c="C-1")
    error = refused(
        org.sf("POST", "/sobjects/Account", json={"Name": "2", "Accelo_Id__c": "c-1"}), 400, "DUPLICATE_VALUE"
    )
    assert error["message"] == f"duplicate value found: Accelo_Id__c duplicates value on record with id: {holder[:15]}"
    org.sf("DELETE", f"/sobjects/Account/{holder}")
    create(org, "Account", Name="Second", Accelo_Id__c="C-1")


def test_broken_json_and_unknown_paths_are_told(org: Running) -> None:
    refused(
        org.sf("POST", "/sobjects/Account", data="{", headers={"Content-Type": "application/json"}),
        400,
        "JSON_PARSER_ERROR",
    )
    error = refused(org.sf("GET", "/sobjects/Account/rid"), 404, "NOT_FOUND")
    assert error["message"] == "Provided external ID field does not exist or is not accessible: rid"
    error = refused(org.sf("GET", "/sobjects/Nothing"), 404, "NOT_FOUND")
    assert error["message"] == "The requested resource does not exist"
    xml = {"Content-Type": "application/xml"}
    refused(org.sf("POST", "/sobjects/Account", data="<Name/>", headers=xml), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(org.sf("PUT", "/sobjects/Account", json={}), 405, "METHOD_NOT_ALLOWED")
    refused(org.sf("DELETE", f"/sobjects/Account/{ids.make('001', 99999)}"), 404, "INVALID_CROSS_REFERENCE_KEY")


def test_a_deleted_parent_cannot_be_referred_to(org: Running) -> None:
    account = create(org, "Account", Name="Short-lived")
    org.sf("DELETE", f"/sobjects/Account/{account}")
    refused(org.sf("POST", "/sobjects/Contact", json={"LastName": "A", "AccountId": account}), 400, "ENTITY_IS_DELETED")


# Upsert


def test_upsert_by_external_id_creates_then_changes(org: Running) -> None:
    path = "/sobjects/Account/Ext_Id__c/a%2Fb%3Fc%23d%20e"
    first = org.sf("PATCH", path, json={"Name": "Slashed"})
    assert (first.status_code, first.json()["created"]) == (201, True)
    second = org.sf("PATCH", path, json={"Phone": "1"})
    assert (second.status_code, second.json()) == (200, {**first.json(), "created": False})
    old = org.sf("PATCH", path.replace("/sobjects", "/services/data/v45.0/sobjects"), json={"Phone": "2"})
    assert (old.status_code, old.text) == (204, "")
    assert org.sf("GET", path).json()["Ext_Id__c"] == "a/b?c#d e"
    error = refused(org.sf("PATCH", path, json={"Ext_Id__c": "x"}), 400, "INVALID_FIELD")
    assert error["message"] == "The Ext_Id__c field should not be specified in the sobject data."
    assert org.sf("DELETE", path).status_code == 204


def test_upsert_takes_any_id_lookup_field_and_update_only(org: Running) -> None:
    created = org.sf("PATCH", "/sobjects/Contact/Email/kim@acme.example", json={"LastName": "Kim"})
    assert created.status_code == 201
    by_id = org.sf("PATCH", f"/sobjects/Contact/Id/{created.json()['id']}", json={"FirstName": "Lee"})
    assert by_id.status_code == 200
    refused(
        org.sf("PATCH", "/sobjects/Contact/Email/none@x.example?updateOnly=true", json={"LastName": "N"}),
        404,
        "NOT_FOUND",
    )
    error = refused(org.sf("PATCH", "/sobjects/Contact/Title/Boss", json={"LastName": "N"}), 404, "NOT_FOUND")
    assert error["message"] == "Provided external ID field does not exist or is not accessible: Title"


def test_a_key_that_two_records_hold_answers_300_with_their_paths(org: Running) -> None:
    twins = [create(org, "Contact", LastName=name, Email="twin@acme.example") for name in ("One", "Two")]
    for method in ("GET", "PATCH"):
        answer = org.sf(
            method, "/sobjects/Contact/Email/twin@acme.example", json={"Title": "Boss"} if method == "PATCH" else None
        )
        assert answer.status_code == 300
        assert answer.json() == [f"/services/data/v68.0/sobjects/Contact/{i}" for i in twins]


def test_a_parent_can_be_named_by_its_external_id(org: Running) -> None:
    account = create(org, "Account", Name="Parent", Ext_Id__c="P1")
    contact = create(org, "Contact", LastName="Child", Account={"Ext_Id__c": "P1"})
    assert org.sf("GET", f"/sobjects/Contact/{contact}").json()["AccountId"] == account
    assert org.sf("GET", f"/sobjects/Contact/{contact}/Account").json()["Id"] == account


# Conditional requests


def test_if_unmodified_since_refuses_a_change_after_an_edit(org: Running) -> None:
    contact = create(org, "Contact", LastName="Edited")
    path = f"/sobjects/Contact/{contact}"
    before = {"If-Unmodified-Since": formatdate(time.time() - 60, usegmt=True)}
    after = {"If-Unmodified-Since": formatdate(time.time() + 5, usegmt=True)}
    assert org.sf("PATCH", path, json={"Title": "A"}, headers=before).status_code == 412
    assert org.sf("PATCH", path, json={"Title": "B"}, headers=after).status_code == 204
    assert org.sf("GET", path, headers={"If-Modified-Since": after["If-Unmodified-Since"]}).status_code == 304
    assert org.sf("GET", path, headers={"If-Modified-Since": before["If-Unmodified-Since"]}).status_code == 200
    assert org.sf("PATCH", path, json={"Title": "C"}, headers={"If-Unmodified-Since": "yesterday"}).status_code == 400
    assert "ETag" not in org.sf("GET", path).headers


def test_accounts_have_an_etag_that_moves_with_every_change(org: Running) -> None:
    path = f"/sobjects/Account/{create(org, 'Account', Name='Tagged')}"
    tag = org.sf("GET", path).headers["ETag"]
    assert org.sf("GET", path, headers={"If-None-Match": tag}).status_code == 304
    assert org.sf("PATCH", path, json={"Site": "North"}, headers={"If-Match": tag}).status_code == 204
    assert org.sf("PATCH", path, json={"Site": "South"}, headers={"If-Match": tag}).status_code == 412
    assert org.sf("GET", path).json()["Site"] == "North"


# What every call has


def test_versions_need_no_token_and_every_version_up_to_68_is_echoed(org: Running) -> None:
    versions = org.http.get(f"{org.salesforce['url']}/services/data/").json()
    assert versions[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert versions[-2]["label"] == "Summer '26"
    account = create(org, "Account", Name="Versioned")
    read = org.sf("GET", f"/services/data/v51.0/sobjects/Account/{account}").json()
    assert read["attributes"]["url"] == f"/services/data/v51.0/sobjects/Account/{account}"
    refused(org.sf("GET", "/services/data/v69.0/limits"), 404, "NOT_FOUND")
    refused(org.sf("GET", "/services/data/v29.0/limits"), 410, "UNSUPPORTED_API_VERSION")
    assert org.sf("GET", "/services/data/v68.0/").json()["sobjects"] == "/services/data/v68.0/sobjects"


def test_the_usage_is_in_every_answer_and_the_limit_ends_it(org: Running) -> None:
    first = org.sf("GET", "/limits")
    assert first.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert first.json()["DailyApiRequests"] == {"Max": 100000, "Remaining": 99999}
    org.switch(salesforce_daily_limit=2)
    assert org.sf("GET", "/limits").headers["Sforce-Limit-Info"] == "api-usage=2/2"
    error = refused(org.sf("GET", "/limits"), 403, "REQUEST_LIMIT_EXCEEDED")
    assert error["message"] == "TotalRequests Limit exceeded."


def test_a_wrong_token_is_an_invalid_session(org: Running) -> None:
    answer = org.sf("GET", "/limits", headers={"Authorization": "Bearer 00Dxx!nothing"})
    assert refused(answer, 401, "INVALID_SESSION_ID")["message"] == "Session expired or invalid"


def test_the_log_names_every_row_that_a_request_changed(org: Running) -> None:
    account = create(org, "Account", Name="Logged")
    org.sf("PATCH", f"/sobjects/Account/{account}", json={"Name": ""})
    org.sf("PATCH", f"/sobjects/Account/{account}", json={"Site": "N"})
    org.sf("GET", f"/sobjects/Account/{account}")
    org.sf("DELETE", f"/sobjects/Account/{account}")
    assert [(w["object"], w["op"], w["id"]) for w in org.writes()] == [
        ("Account", op, account) for op in ("create", "update", "delete")
    ]
    assert org.writes()[1]["fields"] == {"Site": "N"}


def test_a_post_can_stand_for_a_patch(org: Running) -> None:
    account = create(org, "Account", Name="Overridden")
    assert org.sf("POST", f"/sobjects/Account/{account}?_HttpMethod=PATCH", json={"Site": "N"}).status_code == 204
    assert org.requests()[-1]["method"] == "PATCH"


def test_an_address_or_a_head_that_is_too_long_is_refused(org: Running) -> None:
    """The URI and the headers may each have 16,384 bytes (SOQL and SOSL Reference, limits)."""
    long = "SELECT Id FROM Account WHERE Name IN ('" + "','".join(f"{n:010}" for n in range(1500)) + "')"
    assert org.sf("GET", "/query", params={"q": long}).status_code == 414
    assert org.sf("GET", "/limits", headers={"X-Note": "x" * 16_384}).status_code == 431
    assert org.sf("GET", "/limits", headers={"X-Note": "x" * 15_000}).status_code == 200
