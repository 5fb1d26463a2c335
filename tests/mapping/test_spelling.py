"""Two spellings of one value are told; two values that look alike are left alone."""

import pytest

from toolkit.mapping.spelling import MOST_VALUES, Spelling, findings, kinds_in, spellings

MANY = {"Anything": 40, "Something else": 30}


@pytest.mark.parametrize(
    ("usual", "slip"),
    [
        ("GTX Pro", "GTXPro"), ("GTX Pro", "gtx-pro"), ("Café", "CAFE"), ("Hardware", "Hardwre"),
        ("Technology", "Technolgy"), ("Renewal", "Renewals"), ("Hardware", "Hardawre"), ("GTX 500", "GTX500"),
    ],
)  # fmt: skip
def test_a_rarer_spelling_is_told_beside_the_usual_one(usual: str, slip: str) -> None:
    assert spellings(MANY | {usual: 20, slip: 3}) == [Spelling(slip, 3, usual)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Phase 1", "Phase 2"), ("Series A", "Series B"), ("Tier II", "Tier III"), ("1.5 kW", "15 kW"),
        ("GTX 500", "GTX 501"), ("C", "C++"), ("<10 %", ">10 %"), ("GTX Basic", "GTX Plus Basic"), ("Won", "Win"),
        ("Northwest", "Northeast"), ("New Customer", "Existing Customer"), ("Active", "Inactive"),
    ],
)  # fmt: skip
def test_values_that_only_look_alike_are_not(one: str, other: str) -> None:
    assert spellings(MANY | {one: 20, other: 3}) == []


def test_what_is_about_as_usual_is_no_slip_unless_only_blanks_and_marks_differ() -> None:
    assert spellings(MANY | {"Renewal": 20, "Renewals": 11}) == []
    assert spellings(MANY | {"Add on": 20, "Add-On": 19}) == [Spelling("Add-On", 19, "Add on")]


def test_the_list_of_the_field_says_what_was_meant_and_its_own_values_are_never_one() -> None:
    counts = {"Add on": 50, "Add-On": 2, "Other": 50}
    assert spellings(counts, frozenset({"Add-On", "Other"})) == [Spelling("Add on", 50, "Add-On")]
    assert spellings(counts, frozenset({"Add-On", "Add on"})) == []


def test_free_text_keeps_no_kinds() -> None:
    assert spellings({f"Note {n}": 1 for n in range(40)} | {"GTX Pro": 3, "GTXPro": 1}) == []
    assert spellings({f"Value {n}": 9 for n in range(MOST_VALUES)} | {"GTX Pro": 9, "GTXPro": 1}) == []


def test_picklists_and_short_custom_texts_are_looked_at_keys_and_formulas_are_not() -> None:
    text = {"type": "string", "custom": True}
    fields = [
        {"name": "StageName", "type": "picklist"}, {"name": "Product__c", **text}, {"name": "Name", "type": "string"},
        {"name": "Key__c", **text, "externalId": True}, {"name": "Serial__c", **text, "unique": True},
        {"name": "Number__c", **text, "autoNumber": True}, {"name": "Sum__c", **text, "calculated": True},
        {"name": "Amount", "type": "currency"},
    ]  # fmt: skip
    assert kinds_in(fields) == ["StageName", "Product__c"]


def test_a_finding_names_the_field_the_value_how_many_and_which() -> None:
    fields = [
        {"name": "Product__c"},
        {"name": "Absent__c"},
        {"name": "Type", "picklistValues": [{"value": "New Business"}]},
    ]
    columns = {"Product__c": ["GTX Pro"] * 5 + ["GTXPro", None], "Type": ["NewBusiness"] * 3 + ["New Business"] * 4}
    product, type_ = findings("Opportunity", fields, columns, list("abcdefg"))
    assert product.title == "Opportunity.Product__c holds 'GTXPro'; 'GTX Pro' was probably meant."
    assert (product.code, product.count, product.examples) == ("spelling-opportunity-product__c", 1, ("f",))
    assert product.remedy == "It is kept as it is. Correct it in Salesforce if it is a slip."
    assert (type_.code, type_.count, type_.examples) == ("spelling-opportunity-type", 3, ("a", "b", "c"))
