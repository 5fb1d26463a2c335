"""The mapping files: what they give, and every mistake with file, line and remedy, word for word."""

import shutil
from pathlib import Path

import pytest

from toolkit.errors import MappingError
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


def replaced(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


MISTAKES = {
    "unknown setting": (
        "company",
        replaced(COMPANIES, 'transform = "name"', 'transfrom = "name"'),
        "transfrom",
        '[fields.name] has no setting "transfrom". Did you mean "transform"?',
    ),
    "unknown setting, nothing like it": (
        "company",
        replaced(COMPANIES, 'transform = "name"', "xyz = 1"),
        "xyz",
        '[fields.name] has no setting "xyz". Remove it, or use one of: salesforce, accelo, label, direction, '
        "transform, salesforce_length, accelo_length, policy, required.",
    ),
    "unknown field of Salesforce": (
        "company",
        replaced(COMPANIES, '"Website"\naccelo', '"Websiet"\naccelo'),
        '"Websiet"',
        'Salesforce\'s Account has no field "Websiet". Did you mean "Website"?',
    ),
    "unknown field of Salesforce, nothing like it": (
        "company",
        replaced(COMPANIES, 'salesforce = "Website"', 'salesforce = "Qqq"'),
        '"Qqq"',
        'Salesforce\'s Account has no field "Qqq". Use its API name; a custom field ends in __c.',
    ),
    "unknown field of Accelo": (
        "contact",
        replaced(CONTACTS, '"affiliation.mobile"', '"affiliation.mobil"'),
        'mobil"',
        'Accelo\'s contacts have no field "affiliation.mobil". Did you mean "affiliation.mobile"?',
    ),
    "unknown column of Accelo": (
        "company",
        replaced(COMPANIES, 'accelo = "fax"', 'accelo = "qqq"'),
        '"qqq"',
        'Accelo\'s companies have no field "qqq". Use a column, "address:TITLE" or "profile:NAME".',
    ),
    "one-way violation": (
        "company",
        replaced(
            COMPANIES,
            'accelo = "profile:Type"\ndirection = "salesforce-to-accelo"',
            'accelo = "profile:Type"\ndirection = "both"',
        ),
        'direction = "both"\ntransform = "picklist"',
        'Type goes from Salesforce to Accelo only, never "both". Set direction = "salesforce-to-accelo".',
    ),
    "a transform that is one-way by type": (
        "contact",
        replaced(
            CONTACTS,
            'accelo = "title"\ndirection = "both"\ntransform = "text"',
            'accelo = "title"\ndirection = "both"\ntransform = "picklist"',
        ),
        None,
        'Salutation goes from Salesforce to Accelo only, never "both". Set direction = "salesforce-to-accelo".',
    ),
    "the owner": (
        "company",
        COMPANIES + '\n[fields.owner]\nsalesforce = "OwnerId"\naccelo = "managers"\n',
        "[fields.owner]",
        "the owner is never synced: Salesforce has one, Accelo has many managers. Remove the block [fields.owner].",
    ),
    "broken line": (
        "company",
        replaced(COMPANIES, 'label = "Phone"', "label = Phone"),
        "label = Phone",
        'this line is not TOML: Invalid value. Mend it; a setting reads: label = "Phone"',
    ),
    "broken end": (
        "company",
        COMPANIES + 'x = """',
        'x = """',
        'this line is not TOML: Unterminated string. Mend it; a setting reads: label = "Phone"',
    ),
    "missing setting": (
        "company",
        replaced(COMPANIES, 'salesforce = "Phone"\n', ""),
        "[fields.phone]",
        '[fields.phone] lacks the setting "salesforce". Add a line: salesforce = …',
    ),
    "wrong type": (
        "company",
        replaced(COMPANIES, "salesforce_length = 40", 'salesforce_length = "40"'),
        'salesforce_length = "40"',
        '"salesforce_length" in [fields.phone]: input should be a valid integer. Mend this setting.',
    ),
    "a direction that is none": (
        "company",
        replaced(COMPANIES, 'direction = "both"', 'direction = "sideways"'),
        '"sideways"',
        "\"direction\" in [fields.name]: input should be 'both', 'salesforce-to-accelo' or "
        "'accelo-to-salesforce'. Mend this setting.",
    ),
    "unknown block": (
        "company",
        COMPANIES + "\n[field.x]\n[more]\n",
        None,
        'there is no block "field" here. Use [object] and [fields.NAME].',
    ),
    "unknown key at the top": (
        "company",
        "x = 1\n" + COMPANIES,
        "x = 1",
        'there is no block "x" here. Use [object] and [fields.NAME].',
    ),
    "another object": (
        "company",
        replaced(COMPANIES, '"Account"', '"Lead"'),
        "[object]",
        'this file maps Account to companies and nothing else. Set salesforce = "Account" and accelo = "companies".',
    ),
    "no object": ("company", "", None, '[object] lacks the setting "salesforce". Add a line: salesforce = …'),
    "fields as a value": (
        "company",
        "fields = 1\n" + COMPANIES.split("[fields")[0],
        "fields = 1",
        '"fields" is not a list of blocks. Use [fields.NAME].',
    ),
    "a field as a value": (
        "company",
        COMPANIES + "\n[fields]\nx = 1\n",
        "x = 1",
        '"x" is not a block. Write it as [fields.x].',
    ),
    "half an address": (
        "company",
        replaced(COMPANIES, '"Billing*"', '"BillingCity__c"'),
        None,
        '[fields.billing] mixes an address with a plain field. An address has salesforce = "Billing*", '
        'accelo = "address:Billing", transform = "address".',
    ),
    "Accelo's marker": (
        "contact",
        replaced(CONTACTS, '"profile:Salesforce ID"', '"custom_id"'),
        "accelo_marker",
        'the Salesforce id cannot be kept in Accelo\'s "custom_id". Set accelo_marker = "profile:Salesforce ID", '
        "the name of a text profile field.",
    ),
    "Salesforce's marker": (
        "company",
        replaced(COMPANIES, '"Accelo_Id__c"', '"Name"'),
        "salesforce_marker",
        'the Accelo id cannot be kept in Salesforce\'s "Name". Set salesforce_marker = "Accelo_Id__c", a unique '
        "external-id field.",
    ),
    "no name": (
        "company",
        COMPANIES.split("[fields.name]")[0] + "[fields.phone]" + COMPANIES.split("[fields.phone]")[1],
        None,
        "there is no block [fields.name]. Every record needs it; put it back.",
    ),
    "mapped twice": (
        "company",
        COMPANIES + '\n[fields.phone2]\nsalesforce = "Sic"\naccelo = "phone"\n',
        "[fields.phone2]",
        '"phone" is mapped twice: in phone and in phone2. Remove one of the two blocks.',
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_file_line_and_remedy(name):
    kind, text, where, message = MISTAKES[name]
    with pytest.raises(MappingError) as caught:
        read_rules(text, kind)
    error = caught.value
    file = "companies.toml" if kind == "company" else "contacts.toml"
    assert error.exit_code == 2 and error.file == file
    if where is None:
        assert str(error).endswith(": " + message)
        return
    first = where.split("\n")[0]
    lines = text.splitlines()
    options = [
        number
        for number, line in enumerate(lines, 1)
        if first in line and "\n".join(lines[number - 1 :]).startswith(line + where[len(first) :])
    ]
    assert error.line in options
    assert str(error) == f"{file}, line {error.line}: {message}"


def test_missing_and_unreadable_files(tmp_path):
    shutil.copy(TEMPLATES / "contacts.toml", tmp_path)
    with pytest.raises(
        MappingError, match=r"companies.toml: the file cannot be read. Put it back into .*, or copy the template"
    ):
        load_rules(tmp_path)
    (tmp_path / "companies.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(MappingError, match=r"companies.toml: the file is not UTF-8 text. Save it as UTF-8."):
        load_rules(tmp_path)


def test_custom_fields_and_one_sided_requirements_are_fine():
    text = (
        COMPANIES
        + '\n[fields.region]\nsalesforce = "Region__c"\naccelo = "profile:Region"\ndirection = "salesforce-to-accelo"\n'
    )
    rule = read_rules(text, "company").fields["region"]
    assert (rule.label, rule.required, rule.place) == ("Region", (), ("profile", "Region"))
    bare = replaced(CONTACTS, 'accelo_marker = "profile:Salesforce ID"\n', "").replace(
        'salesforce_marker = "Accelo_Id__c"\n', ""
    )
    assert read_rules(bare, "contact").accelo_marker is None


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
    assert rules.contacts.keys(record("contact", last_name="Lee", email="Ann@ACME.com")).email == "ann@acme.com"
    assert rules.contacts.keys(record("contact", last_name="Lee", email="ann")).email == ""


def test_rules_are_values():
    assert ObjectRules("company", "f", "Account", "companies", {}) == ObjectRules(
        "company", "f", "Account", "companies", {}
    )
