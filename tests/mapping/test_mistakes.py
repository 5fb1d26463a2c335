"""Every mistake in a mapping file, with file, line and remedy, word for word."""

import shutil
from pathlib import Path

import pytest

from toolkit.errors import MappingError
from toolkit.mapping.rules import load_rules, read_rules

TEMPLATES = Path(__file__).parents[2] / "mappings"
COMPANIES = (TEMPLATES / "companies.toml").read_text(encoding="utf-8")
CONTACTS = (TEMPLATES / "contacts.toml").read_text(encoding="utf-8")


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
