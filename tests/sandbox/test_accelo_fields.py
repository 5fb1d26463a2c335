"""The `_fields` rules of Accelo objects: defaults, additions, _ALL, linked objects, breadcrumbs, hidden defaults.

Source: Accelo API docs, _configuring_responses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.accelo.deployment import AcceloDeployment
from sandbox.accelo.fields import parse
from tests.sandbox.accelo_world import Api, serve


def _prepare(deployment: AcceloDeployment) -> None:
    deployment.load("companies", [{"id": 1, "name": "Planet Express", "status": 1, "website": "planet.example"}])
    deployment.load("contacts", [{"id": 7, "firstname": "Leela", "surname": "Turanga", "contact_status": 1}])
    deployment.load("affiliations", [{"id": 3, "company": 1, "contact": 7, "email": "leela@planet.example"}])
    deployment.load(
        "addresses",
        [{"id": 5, "against_type": "company", "against_id": 1, "city": "New York", "country": "us", "postal": "yes"}],
    )
    deployment.load("prospects", [{"id": 9, "title": "Delivery", "affiliation": 3, "prospect_type": 1, "status": 1}])
    deployment.load(
        "issues",
        [{"id": 4, "title": "Leak", "against_type": "company", "against_id": 1, "issue_type": 1, "affiliation": 3}],
    )
    deployment.load(
        "extension_fields",
        [{"id": 1, "field_name": "Serial", "field_type": "text", "link_type": "issue", "link_type_id": 1}],
    )
    deployment.load("tasks", [{"id": 6, "title": "Mop", "against_type": "issue", "against_id": 4}])


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    yield from serve(_prepare)


COUNTRY = {"id": "2", "title": "United States"}
TABLE: list[tuple[str, str, dict[str, Any]]] = [
    ("/companies/1", "", {"id": "1", "name": "Planet Express"}),
    (
        "/companies/1",
        "website,phone",
        {"id": "1", "name": "Planet Express", "website": "planet.example", "phone": None},
    ),
    ("/companies/1", "status", {"id": "1", "name": "Planet Express", "status": "1"}),
    ("/companies/1", "status()", {"id": "1", "name": "Planet Express", "status": {"id": "1", "title": "Active"}}),
    (
        "/companies/1",
        "status(color)",
        {"id": "1", "name": "Planet Express", "status": {"id": "1", "title": "Active", "color": "green"}},
    ),
    (
        "/companies/1",
        "postal_address(city,country())",
        {
            "id": "1",
            "name": "Planet Express",
            "postal_address": {"id": "5", "full": "New York, United States", "city": "New York", "country": COUNTRY},
        },
    ),
    (
        "/companies/1",
        "postal_address.city",
        {
            "id": "1",
            "name": "Planet Express",
            "postal_address": {"id": "5", "full": "New York, United States", "city": "New York"},
        },
    ),
    ("/companies/1", "nonsense", {"id": "1", "name": "Planet Express"}),
    (
        "/affiliations/3",
        "company(),contact(surname)",
        {
            "id": "3",
            "mobile": "",
            "email": "leela@planet.example",
            "company": {"id": "1", "name": "Planet Express"},
            "contact": {
                "id": "7",
                "firstname": "Leela",
                "surname": "Turanga",
                "mobile": "",
                "email": "leela@planet.example",
            },
        },
    ),
    (
        "/affiliations/3",
        "affiliation_status",
        {"id": "3", "mobile": "", "email": "leela@planet.example", "affiliation_status": "0"},
    ),
    (
        "/affiliations/3",
        "affiliation_status()",
        {"id": "3", "mobile": "", "email": "leela@planet.example", "affiliation_status": None},
    ),
    ("/prospects/9", "contact", {"id": "9", "title": "Delivery", "contact": "3"}),
    (
        "/prospects/9",
        "type,prospect_type()",
        {"id": "9", "title": "Delivery", "type": "1", "prospect_type": {"id": "1", "title": "New Instrument"}},
    ),
    (
        "/prospects/9",
        "affiliation(company())",
        {
            "id": "9",
            "title": "Delivery",
            "affiliation": {
                "id": "3",
                "mobile": "",
                "email": "leela@planet.example",
                "company": {"id": "1", "name": "Planet Express"},
            },
        },
    ),
    (
        "/issues/4",
        "company(),against",
        {"id": "4", "title": "Leak", "against": "companies/1", "company": {"id": "1", "name": "Planet Express"}},
    ),
    (
        "/issues/4",
        "breadcrumbs",
        {"id": "4", "title": "Leak", "breadcrumbs": [{"id": "1", "table": "company", "title": "Planet Express"}]},
    ),
    (
        "/tasks/6",
        "breadcrumbs",
        {
            "id": "6",
            "title": "Mop",
            "breadcrumbs": [
                {"id": "4", "table": "issue", "title": "Leak"},
                {"id": "1", "table": "company", "title": "Planet Express"},
            ],
        },
    ),
]


@pytest.mark.parametrize(("path", "fields", "expected"), TABLE, ids=[f"{p}?{f}" for p, f, _ in TABLE])
def test_fields_give_this_object(api: Api, path: str, fields: str, expected: dict[str, Any]) -> None:
    assert api.ok("GET", path, params={"_fields": fields} if fields else {}) == expected


def test_all_brings_every_optional_field_but_no_rates(api: Api) -> None:
    staff = api.ok("GET", "/staff/1", params={"_fields": "_ALL"})
    assert {"email", "username", "timezone", "financial_level"} <= set(staff)
    assert not {"staff_rate", "staff_cost_rate", "password"} & set(staff)
    assert api.ok("GET", "/staff/1", params={"_fields": "staff_rate"})["staff_rate"] == "0.00"
    issue = api.ok("GET", "/issues/4", params={"_fields": "_ALL"})
    assert {"type", "issue_type", "priority", "issue_priority", "object_budget"} <= set(
        issue
    ) and "breadcrumbs" not in issue
    assert {"default_class_id", "has_custom_id"}.isdisjoint(
        api.ok("GET", "/issues/types/1", params={"_fields": "_ALL"})
    )


def test_all_in_a_linked_object_is_its_own(api: Api) -> None:
    got = api.ok("POST", "/affiliations", json={"_method": "get", "_fields": ["_ALL", "company._ALL"], "_limit": 1})[0]
    assert got["company"]["website"] == "planet.example" and got["position"] == ""


@pytest.mark.parametrize(
    "fields", ["status(color),name", ["status(color)", "name"], "status.color,name", " name , status( color ) "]
)
def test_hidden_defaults_leave_only_what_was_asked_for(api: Api, fields: Any) -> None:
    got = api.ok("GET", "/companies/1", json={"_fields": fields, "_hide_defaults": "yes"})
    assert got == {"name": "Planet Express", "status": {"id": "1", "title": "Active", "color": "green"}}


def test_fields_shape_the_answers_of_writes(api: Api) -> None:
    made = api.ok("POST", "/companies", data={"name": "New", "_fields": "standing,status(title)"})
    assert set(made) == {"id", "name", "standing", "status"}
    changed = api.ok("PUT", f"/companies/{made['id']}", data={"phone": "1", "_fields": "phone", "_hide_defaults": "1"})
    assert changed == {"phone": "1"}


@pytest.mark.parametrize("fields", ["a(b", "a,,b", "", "a.b.c"])
def test_lenient_texts_are_read(fields: str) -> None:
    parse(fields)


@pytest.mark.parametrize("fields", ["a)", "a(b))", "%", "a.(b)"])
def test_other_texts_are_invalid(api: Api, fields: str) -> None:
    assert api("GET", "/companies/1", params={"_fields": fields}).status_code == 400


def test_extension_values_follow_the_pattern_of_profiles(api: Api) -> None:
    """Fields by type of the object, values by object."""
    field = api.ok("GET", "/issues/extensions/fields")[0]
    assert (field["field_name"], field["link_type_id"]) == ("Serial", "1")
    made = api.ok("POST", f"/issues/4/extensions/fields/{field['id']}", data={"value": "S-1"})
    changed = api.ok("PUT", f"/issues/4/extensions/values/{made['id']}", data={"value": "S-2", "_fields": "link_id"})
    assert (changed["value"], changed["link_id"]) == ("S-2", "4")
    assert [row["value"] for row in api.ok("GET", "/issues/4/extensions/values")] == ["S-2"]
    assert api.ok("GET", "/issues/extensions/values/count") == {"count": "1"}
    assert api("GET", "/companies/extensions/fields").status_code == 400, "companies have none"
