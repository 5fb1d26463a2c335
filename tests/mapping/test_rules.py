"""What the rules of the templates answer."""

from pathlib import Path

import pytest
from actions import RULES

from toolkit.mapping.fields import ObjectRules
from toolkit.mapping.rules import load_rules, read_rules
from toolkit.model import Address, MatchKeys, Record

TEMPLATES = Path(__file__).parents[2] / "mappings"
COMPANIES = (TEMPLATES / "companies.toml").read_text(encoding="utf-8")
CONTACTS = (TEMPLATES / "contacts.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rules():
    return load_rules(TEMPLATES, "US")


def line_of(text, part):
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_templates_hold_the_agreed_fields(rules):
    companies = {name: (rule.salesforce, rule.accelo, rule.direction) for name, rule in rules.companies.fields.items()}
    assert companies == {
        "name": ("Name", "name", "both"),
        "phone": ("Phone", "phone", "both"),
        "fax": ("Fax", "fax", "both"),
        "website": ("Website", "website", "both"),
        "billing": ("Billing*", "address:Billing", "both"),
        "shipping": ("Shipping*", "address:Shipping", "both"),
        "type": ("Type", "profile:Type", "salesforce-to-accelo"),
        "industry": ("Industry", "profile:Industry", "salesforce-to-accelo"),
    }
    contacts = {name: rule.accelo for name, rule in rules.contacts.fields.items()}
    assert contacts == {
        "first_name": "firstname",
        "last_name": "surname",
        "salutation": "title",
        "position": "affiliation.position",
        "phone": "affiliation.phone",
        "fax": "affiliation.fax",
        "mobile": "affiliation.mobile",
        "email": "affiliation.email",
        "mailing": "address:Mailing",
        "other": "address:Other",
    }
    assert rules.contacts.fields["first_name"].required == ("accelo",) and rules.companies.fields["name"].required == (
        "salesforce",
        "accelo",
    )
    assert rules.of("company") is rules.companies and rules.of("contact") is rules.contacts


def test_the_digest_is_about_the_meaning_not_the_comments(rules):
    assert read_rules("# a comment\n\n" + COMPANIES, "company", "US").fields == rules.companies.fields
    changed = load_rules(TEMPLATES, "GB")
    assert changed.digest != rules.digest == load_rules(TEMPLATES, "US").digest


# what the rules answer


def record(kind="company", side="salesforce", **fields):
    return Record(side, kind, "1", fields)


@pytest.mark.parametrize(
    ("name", "to", "value", "reason"),
    [
        ("name", "accelo", "", "Name cannot be blank in Accelo."),
        ("billing", "accelo", None, "An address cannot be deleted through Accelo's API."),
        ("phone", "salesforce", "1" * 41, "Phone has 41 characters; Salesforce holds at most 40."),
        ("name", "accelo", "x" * 256, "Name has 256 characters; Accelo holds at most 255."),
        (
            "billing",
            "salesforce",
            Address(city="x" * 41),
            "Billing address, city, has 41 characters; Salesforce holds at most 40.",
        ),
        ("type", "accelo", "Other", "Accelo's Type does not offer this choice."),
        ("billing", "salesforce", None, None),
        ("phone", "accelo", None, None),
        ("phone", "accelo", "1", None),
        ("billing", "accelo", Address(city="x" * 41), None),
        ("type", "accelo", "Customer", None),
        ("type", "salesforce", "Other", None),
    ],
)
def test_what_cannot_be_carried(rules, name, to, value, reason):
    own = rules.with_options({"company": {"Type": ("Customer",)}}).companies
    problem = own.fields[name].problem(to, value)
    assert (problem.reason if problem else None) == reason
    if problem and problem.limit:
        assert problem.length > problem.limit


@pytest.mark.parametrize(
    ("mail", "fine"),
    [("ann@acme.com", True), (" ann@acme.com ", True), ("ann@acme", False), ("a b@acme.com", False), ("x", False)],
)
def test_what_is_no_mail_address_cannot_be_carried(rules, mail, fine):
    assert (rules.contacts.fields["email"].problem("accelo", mail) is None) is fine


def test_the_country_of_a_pair_comes_from_its_addresses(rules):
    german, none = record(billing=Address(country="Germany")), record(billing=Address(city="x"), shipping=None)
    assert rules.companies.country([None, none, german]) == "DE" and rules.companies.country([none]) == "US"


def test_titles(rules):
    assert (
        rules.companies.title(record(name=" Acme ")) == "Acme"
        and rules.companies.title(record()) == "(company without a name)"
    )
    assert rules.contacts.title(record("contact", first_name="Ann", last_name="Lee")) == "Ann Lee"


def test_keys_for_matching(rules):
    keys = rules.companies.keys(
        record(
            name="Smith & Sons, Inc.",
            website="https://www.Smith.com/about",
            phone="+1 (212) 555-0123",
            fax="none",
            billing=Address(postal_code="SW1A 1AA", country="UK"),
            shipping=Address(city="x"),
        )
    )
    assert keys == MatchKeys("smith and sons", "", ("smith.com",), ("+12125550123",), ("GB sw1a1aa",), "")
    assert rules.companies.keys(record(name="Co.", website="facebook.com/acme")).domains == ()
    assert rules.companies.keys(record(name="Co.")).name == "co" and rules.companies.keys(record()).name == ""
    assert rules.companies.keys(record(website="localhost")).domains == ()
    assert rules.companies.keys(record(name="St Brigid’s")).name == rules.companies.keys(record(name="St Brigids")).name
    assert rules.contacts.keys(record("contact", last_name="Lee", email="Ann@ACME.com")).email == "ann@acme.com"
    assert rules.contacts.keys(record("contact", last_name="Lee", email="ann")).email == ""


def test_rules_are_values():
    assert ObjectRules("company", "f", "Account", "companies", {}) == ObjectRules(
        "company", "f", "Account", "companies", {}
    )


def test_what_is_told_of_a_contact_in_its_company_moves_with_it() -> None:
    moving = {name for name, rule in RULES.contacts.fields.items() if rule.moves}
    assert {"phone", "mobile", "email", "position"} <= moving and "first_name" not in moving
    assert not any(rule.moves for rule in RULES.companies.fields.values())
