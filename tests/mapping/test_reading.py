"""Rows as on the wire become records; what a row does not show is absent, never blank."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from toolkit.mapping.reading import id18, link, moment
from toolkit.mapping.rules import load_rules, read_rules
from toolkit.mapping.wire import (
    accelo_fields,
    company_from_accelo,
    company_from_salesforce,
    contact_from_accelo,
    contact_from_salesforce,
    salesforce_fields,
)
from toolkit.model import Address

TEMPLATES = Path(__file__).parents[2] / "mappings"
RULES = load_rules(TEMPLATES, "US")
ACCOUNT = {
    "Id": "001xx000003DGb0",
    "Name": "Acme",
    "Phone": "",
    "Fax": None,
    "Website": "acme.com",
    "Type": "Prospect",
    "Industry": None,
    "BillingStreet": "1 High St\nFloor 2",
    "BillingCity": "York",
    "BillingState": None,
    "BillingPostalCode": "YO1",
    "BillingCountry": "UK",
    "ShippingStreet": None,
    "ShippingCity": None,
    "ShippingState": None,
    "ShippingPostalCode": None,
    "ShippingCountry": None,
    "IsDeleted": "false",
    "MasterRecordId": None,
    "SystemModstamp": "2026-11-24T12:00:00.000+0000",
    "CreatedDate": "2026-01-01T00:00:00.000Z",
    "LastModifiedBy.Name": "Ann Lee",
    "Accelo_Id__c": "45",
}
COMPANY = {
    "id": "45",
    "name": "Acme",
    "phone": "1",
    "fax": None,
    "website": "",
    "date_modified": "1764000000",
    "date_created": "1763000000",
    "standing": "active",
}
BILLING = {
    "id": "7",
    "title": "Billing",
    "street1": "1 High St",
    "street2": "Floor 2",
    "city": "York",
    "zipcode": "YO1",
    "state": None,
    "country": {"id": "9", "title": "United Kingdom"},
}


def test_an_account():
    record = company_from_salesforce(ACCOUNT, RULES)
    assert record.id == id18("001xx000003DGb0") and len(record.id) == 18
    assert record.fields["phone"] is None and record.fields["shipping"] is None and record.fields["name"] == "Acme"
    assert record.fields["billing"] == Address("1 High St\nFloor 2", "York", "", "YO1", "UK")
    assert (
        record.modified == datetime(2026, 11, 24, 12, tzinfo=UTC)
        and record.modified_by == "Ann Lee"
        and record.marker == "45"
    )
    assert not record.deleted and record.merged_into is None and record.skip is None and record.parent is None


def test_p20_a_hidden_column_makes_the_field_absent_also_one_part_of_an_address():
    row = {name: value for name, value in ACCOUNT.items() if name not in ("Phone", "BillingCity")}
    assert not {"phone", "billing"} & set(company_from_salesforce(row, RULES).fields)


def test_deleted_merged_and_person_accounts():
    record = company_from_salesforce(
        {"Id": "001A", "IsDeleted": True, "MasterRecordId": "001B", "IsPersonAccount": "true"}, RULES
    )
    assert record.deleted and record.merged_into == "001B" and "person account" in record.skip


def test_a_contact_of_salesforce():
    record = contact_from_salesforce({"Id": "003A", "LastName": "Lee", "FirstName": " ", "AccountId": "001A"}, RULES)
    assert (record.kind, record.parent, record.fields) == ("contact", "001A", {"last_name": "Lee", "first_name": None})
    assert contact_from_salesforce({"Id": "003A", "AccountId": None}, RULES).parent is None


def test_a_company_of_accelo_with_address_and_profile_values():
    values = [
        {"id": "91", "field_name": "Type", "value": "Prospect"},
        {"id": "90", "field_name": "Salesforce ID", "value": "001xx000003DGb0"},
    ]
    record = company_from_accelo(COMPANY, [BILLING, {"id": "8", "title": "billing"}], values, RULES)
    assert record.fields["billing"] == Address("1 High St\nFloor 2", "York", "", "YO1", "United Kingdom")
    assert (
        record.fields["type"] == "Prospect" and record.fields["industry"] is None and record.fields["website"] is None
    )
    assert record.refs == {"address.billing": "7", "profile.type": "91", "standing": "active", "marker": "90"}
    assert record.marker == id18("001xx000003DGb0") and record.modified == datetime(2025, 11, 24, 16, 0, tzinfo=UTC)


def test_only_the_exact_title_is_ours_and_two_of_them_are_nobody_s():
    one = company_from_accelo(COMPANY, [{**BILLING, "title": "Billing address"}], None, RULES)
    assert one.fields["billing"] is None and "address.billing" not in one.refs
    two = company_from_accelo(COMPANY, [BILLING, {**BILLING, "id": "8"}], None, RULES)
    assert "billing" not in two.fields and two.refs["ambiguous.billing"] == "2"


def test_what_was_not_read_is_absent():
    record = company_from_accelo(COMPANY, None, None, RULES)
    assert not {"billing", "shipping", "type", "industry"} & set(record.fields) and record.marker is None
    bare = company_from_accelo({"id": "45", "name": "Acme"}, None, None, RULES)
    assert set(bare.fields) == {"name"} and bare.modified is None


def test_an_address_whose_country_was_not_expanded_says_nothing():
    assert "billing" not in company_from_accelo(COMPANY, [{**BILLING, "country": "9"}], None, RULES).fields
    empty = company_from_accelo(COMPANY, [{"id": "7", "title": "Billing", "country": "0"}], None, RULES)
    assert empty.fields["billing"] is None and empty.refs["address.billing"] == "7"


CONTACT = {
    "id": "70",
    "firstname": "Ann",
    "surname": "Lee",
    "title": "",
    "default_affiliation": "2",
    "date_modified": "100",
}
PLACES = [
    {"id": "2", "company": "45", "phone": "2", "standing": "active", "date_modified": "300"},
    {"id": "1", "company": {"id": "46"}, "phone": "1", "standing": "inactive"},
    {"id": "3", "company": "0", "phone": "3"},
]


@pytest.mark.parametrize(
    ("wanted", "default", "chosen"),
    [("1", "2", "1"), (None, "2", "2"), ("9", "2", "2"), (None, "0", "2"), (None, "1", "2")],
)
def test_a_contact_of_accelo_shows_one_of_its_affiliations(wanted, default, chosen):
    record = contact_from_accelo({**CONTACT, "default_affiliation": default}, PLACES, [], [], RULES, wanted)
    assert record.refs["affiliation"] == chosen and record.fields["phone"] == chosen
    assert record.parent == {"1": "46", "2": "45"}[chosen]
    other = {"1": ("affiliation@45", "2"), "2": ("affiliation@46", "1")}[chosen]
    assert record.refs[other[0]] == other[1]
    assert record.refs.get("active@45") == {"1": "2"}.get(chosen) and "active@46" not in record.refs


def test_an_affiliation_that_holds_the_same_is_a_twin():
    """Blank is blank, however it is written; what is inactive, or says something else, is none."""
    own = {"position": "Owner", "phone": None, "fax": "", "mobile": None, "email": ""}
    places = [
        {"id": "1", "company": "45", "standing": "active", **own},
        {"id": "2", "company": "46", "standing": "active", **own, "phone": " ", "fax": None},
        {"id": "3", "company": "47", "standing": "active", **own, "email": "ann@x.example"},
        {"id": "4", "company": "48", "standing": "inactive", **own},
    ]
    record = contact_from_accelo(CONTACT, places, [], [], RULES, "1")
    assert [name for name in record.refs if name.startswith("twin")] == ["twin@46"]
    assert [name for name in sorted(record.refs) if name.startswith("active")] == ["active@46", "active@47"]


def test_a_contact_whose_linked_affiliation_is_gone_stands_only_where_it_is_active():
    inactive = {**PLACES[1], "standing": "inactive"}
    alone = contact_from_accelo(CONTACT, [inactive], None, None, RULES, "9")
    assert alone.parent is None and "affiliation" not in alone.refs and "phone" not in alone.fields
    active = {**PLACES[1], "standing": "active"}
    assert contact_from_accelo(CONTACT, [active], None, None, RULES, "9").refs["affiliation"] == str(active["id"])


def test_a_contact_whose_affiliations_are_all_inactive_or_gone():
    row = {**CONTACT, "default_affiliation": None}
    assert contact_from_accelo(row, [PLACES[1]], None, None, RULES).refs["affiliation"] == "1"
    alone = contact_from_accelo(row, [], None, None, RULES)
    assert alone.parent is None and "phone" not in alone.fields and "affiliation" not in alone.refs


def test_the_later_stamp_of_contact_and_affiliation_counts():
    assert contact_from_accelo(CONTACT, PLACES, None, None, RULES).modified == datetime.fromtimestamp(300, UTC)


def test_the_marker_may_be_the_custom_id():
    text = (TEMPLATES / "companies.toml").read_text(encoding="utf-8").replace('"profile:Salesforce ID"', '"custom_id"')
    rules = type(RULES)(read_rules(text, "company"), RULES.contacts)
    assert company_from_accelo({**COMPANY, "custom_id": "001A"}, None, [], rules).marker == "001A"
    assert (
        "custom_id" in accelo_fields(rules.companies)["companies"]
        and "custom_id" not in accelo_fields(RULES.companies)["companies"]
    )


def test_what_to_ask_for():
    asked = salesforce_fields(RULES.contacts)
    assert {"Id", "IsDeleted", "AccountId", "Accelo_Id__c", "MailingStreet", "LastModifiedBy.Name"} <= set(
        asked
    ) and "IsPersonAccount" not in asked
    available = {"Id", "Name", "IsPersonAccount"}
    assert salesforce_fields(RULES.companies, available) == ("Id", "LastModifiedBy.Name", "Name", "IsPersonAccount")
    assert salesforce_fields(RULES.companies, {"Id"}) == ("Id", "LastModifiedBy.Name")
    resources = accelo_fields(RULES.contacts)
    assert set(resources) == {"contacts", "affiliations", "addresses"} and "position" in resources["affiliations"]
    assert "country(_ALL)" in accelo_fields(RULES.companies)["addresses"]


def test_ids_times_and_links():
    assert (
        id18("001xx000003DGb0") == "001xx000003DGb0AAG"
        and id18("45") == "45"
        and id18("001xx000003DGb!") == "001xx000003DGb!"
    )
    assert moment(None) is None and moment("0") is None and moment("60") == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    assert link("0") is None and link({"id": 7}) == "7" and link(None) is None
