"""Actions as single writes to Salesforce, and what a deployment lacks."""

import pytest
from actions import ADDRESS, COMPANY_FIELDS, CREATE, RULES, SITE, TEMPLATES, UPDATE, action, wire

from toolkit.mapping.rules import read_rules
from toolkit.mapping.wire import Site, steps
from toolkit.model import ActionType, Address


def test_an_account_is_created_with_the_marker_and_without_blanks():
    (step,) = steps(action(CREATE, "salesforce", sf=None, name="Acme", phone=None, billing=ADDRESS), RULES, {}, SITE)
    assert step.payload == {
        "Name": "Acme",
        "Accelo_Id__c": "45",
        "BillingStreet": ADDRESS.street,
        "BillingCity": "San Francisco",
        "BillingState": "ca",
        "BillingPostalCode": "94107",
        "BillingCountry": "USA",
    }
    assert (step.op, step.resource, step.target, step.marker) == ("create", "Account", None, True)
    (plain,) = steps(action(CREATE, "salesforce", sf=None, name="Acme"), RULES, {}, Site(salesforce_external_ids=False))
    assert plain.payload == {"Name": "Acme"} and not plain.marker


def test_a_contact_is_created_under_its_account():
    (step,) = steps(
        action(CREATE, "salesforce", "contact", sf=None, acc="70", last_name="Lee"), RULES, {"parent": "001A"}, SITE
    )
    assert step.payload == {"LastName": "Lee", "Accelo_Id__c": "70", "AccountId": "001A"}


def test_an_update_carries_only_what_changed_and_null_for_blank():
    assert wire(action(UPDATE, "salesforce", phone=None, website="acme.com")) == [
        ("update", "Account", "001A", {"Phone": None, "Website": "acme.com"})
    ]
    (blank,) = wire(action(UPDATE, "salesforce", billing=None))
    assert set(blank[3].values()) == {None} and len(blank[3]) == 5


def test_a_link_marks_salesforce_only_where_it_has_the_field():
    assert wire(action(ActionType.LINK, "salesforce")) == [("update", "Account", "001A", {"Accelo_Id__c": "45"})]
    assert wire(action(ActionType.LINK, "salesforce"), Site(salesforce_external_ids=False)) == []


@pytest.mark.parametrize(
    ("address", "columns"),
    [
        (ADDRESS, {"CountryCode": "US", "StateCode": "CA"}),
        (Address(country="Nowhere", state="x"), {"Country": "Nowhere", "State": "x"}),
        (Address(country="US", state="x"), {"CountryCode": "US", "State": "x"}),
        (Address(city="y"), {"CountryCode": None, "StateCode": None}),
    ],
)
def test_state_and_country_picklists_get_codes(address, columns):
    (found,) = wire(action(UPDATE, "salesforce", billing=address), Site(state_country_picklists=True))
    names = {
        name.removeprefix("Billing"): value for name, value in found[3].items() if "Country" in name or "State" in name
    }
    assert names == columns


def test_what_a_deployment_lacks_is_named_and_its_rules_rest():
    assert SITE.missing(RULES) == []
    bare = Site.from_rows({"company": COMPANY_FIELDS[:1]})
    assert bare.missing(RULES) == [("company", "Type"), ("company", "Industry"), ("contact", "Salesforce ID")]
    fitted = bare.fit(RULES)
    assert (
        "type" not in fitted.companies.fields
        and "billing" in fitted.companies.fields
        and bare.marked(RULES) == {"company"}
    )
    assert SITE.fit(RULES).companies.fields["type"].options == ("Customer", "Prospect")
    assert SITE.options() == {"company": {"Type": ("Customer", "Prospect")}, "contact": {}}
    unmarked = read_rules(
        (TEMPLATES / "contacts.toml")
        .read_text(encoding="utf-8")
        .replace('accelo_marker = "profile:Salesforce ID"\n', ""),
        "contact",
    )
    assert Site().missing(type(RULES)(RULES.companies, unmarked)) == [
        ("company", "Type"),
        ("company", "Industry"),
        ("company", "Salesforce ID"),
    ]
