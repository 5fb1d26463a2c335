"""What a person does in Accelo's own screens, through the control address: no request is logged, stamps move.

Source: the product's help pages (deleting, merging); field names are those of the API's writes.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Running


@pytest.fixture
def box(empty_sandbox: Running) -> Running:
    return empty_sandbox


def _one(box: Running, name: str, id_: str) -> dict[str, Any]:
    return next(row for row in box.world()["accelo"][name] if row["id"] == id_)


def _field(box: Running, link_type: str, name: str) -> str:
    fields = box.world()["accelo"]["profile_fields"]
    return str(next(f["id"] for f in fields if (f["link_type"], f["field_name"]) == (link_type, name)))


def test_edits_are_not_requests_and_move_the_stamp(box: Running) -> None:
    id_ = box.edit("accelo", "companies", "create", name="Planet Express", phone="1")
    before = _one(box, "companies", id_)
    box.clock("accelo", 100)
    box.edit("accelo", "companies", "update", id_, phone="2", status_id="2", custom_id="X")
    after = _one(box, "companies", id_)
    assert (after["phone"], after["status"], after["standing"], after["custom_id"]) == ("2", "2", "prospect", "X")
    assert int(after["date_modified"]) - int(before["date_modified"]) >= 100
    assert after["date_created"] == before["date_created"] and box.requests() == []


def test_a_contact_with_a_company_gets_its_affiliation(box: Running) -> None:
    company = box.edit("accelo", "companies", "create", name="C")
    id_ = box.edit(
        "accelo", "contacts", "create", firstname="A", surname="B", company_id=company, email="a@b.example", mobile="5"
    )
    contact = _one(box, "contacts", id_)
    affiliation = _one(box, "affiliations", contact["default_affiliation"])
    assert (affiliation["company"], affiliation["email"], contact["email"], contact["mobile"]) == (
        company,
        "a@b.example",
        "a@b.example",
        "5",
    )
    box.edit("accelo", "contacts", "update", id_, email="c@d.example", surname="Z")
    assert _one(box, "contacts", id_)["email"] == "c@d.example" == _one(box, "affiliations", affiliation["id"])["email"]
    alone = box.edit("accelo", "contacts", "create", firstname="No", surname="Company")
    assert _one(box, "contacts", alone)["default_affiliation"] is None


def test_a_person_can_delete_what_the_api_only_hides(box: Running) -> None:
    company = box.edit("accelo", "companies", "create", name="C")
    contact = box.edit("accelo", "contacts", "create", firstname="A", surname="B", company_id=company)
    address = box.edit(
        "accelo", "addresses", "create", against_type="company", against_id=company, city="Rome", postal="yes"
    )
    assert _one(box, "companies", company)["postal_address"] == address
    box.edit("accelo", "addresses", "delete", address)
    box.edit("accelo", "contacts", "delete", contact)
    world = box.world()["accelo"]
    assert world["contacts"] == [] == world["affiliations"] == world["addresses"]
    assert world["companies"][0]["postal_address"] is None and world["companies"][0]["default_affiliation"] is None
    assert box.ac("GET", f"/contacts/{contact}").status_code == 400


def test_sales_tickets_and_values_are_edited_too(box: Running) -> None:
    company = box.edit("accelo", "companies", "create", name="C", **{"profile.1": "001"})
    contact = box.edit("accelo", "contacts", "create", firstname="A", surname="B", company_id=company)
    affiliation = _one(box, "contacts", contact)["default_affiliation"]
    sale = box.edit("accelo", "prospects", "create", title="S", affiliation_id=affiliation, type_id=1, progress=50)
    box.edit("accelo", "prospects", "update", sale, status_id=5)
    assert (_one(box, "prospects", sale)["success"], _one(box, "prospects", sale)["progress"]) == ("yes", "0.5000")
    ticket = box.edit("accelo", "issues", "create", title="T", type_id=1, against_type="company", against_id=company)
    box.edit("accelo", "issues", "update", ticket, standing="closed", against_type="contact", against_id=contact)
    assert (
        _one(box, "issues", ticket)["date_closed"] and _one(box, "issues", ticket)["against"] == f"contacts/{contact}"
    )
    industry = _field(box, "company", "Industry")
    value = box.edit(
        "accelo", "profile_values", "create", field_id=industry, link_type="company", link_id=company, value="Food"
    )
    box.edit("accelo", "profile_values", "update", value, value="Drink")
    assert {v["value"] for v in box.world()["accelo"]["profile_values"]} == {"001", "Drink"}
    box.edit("accelo", "companies", "update", company, **{f"profile.{industry}": "Both"})
    assert _one(box, "profile_values", value)["value"] == "Both"


def test_merged_companies_become_one(box: Running) -> None:
    """The loser disappears, its people, addresses, tickets and missing custom values move to the winner."""
    winner, loser = (box.edit("accelo", "companies", "create", name=name) for name in ("Keep", "Lose"))
    contact = box.edit("accelo", "contacts", "create", firstname="A", surname="B", company_id=loser)
    address = box.edit(
        "accelo", "addresses", "create", against_type="company", against_id=loser, city="Rome", postal="yes"
    )
    ticket = box.edit("accelo", "issues", "create", title="T", type_id=1, against_type="company", against_id=loser)
    for field, owner, value in ((1, winner, "w"), (1, loser, "l"), (2, loser, "only")):
        box.edit("accelo", "profile_values", "create", field_id=field, link_type="company", link_id=owner, value=value)
    assert box.edit("accelo", "companies", "merge", loser, MasterRecordId=winner) == loser
    world = box.world()["accelo"]
    assert [row["id"] for row in world["companies"]] == [winner]
    assert {row["company"] for row in world["affiliations"]} == {winner}
    assert world["companies"][0]["default_affiliation"] == _one(box, "contacts", contact)["default_affiliation"]
    assert (world["addresses"][0]["against_id"], world["companies"][0]["postal_address"]) == (winner, address)
    assert _one(box, "issues", ticket)["against"] == f"companies/{winner}"
    assert {(v["field_id"], v["value"]) for v in world["profile_values"]} == {("1", "w"), ("2", "only")}
    assert box.ac("GET", f"/companies/{loser}").status_code == 400


def test_merged_contacts_become_one(box: Running) -> None:
    company = box.edit("accelo", "companies", "create", name="C")
    winner, loser = (
        box.edit("accelo", "contacts", "create", firstname=n, surname="B", company_id=company) for n in "AZ"
    )
    box.edit("accelo", "contacts", "merge", loser, MasterRecordId=winner)
    world = box.world()["accelo"]
    assert [row["id"] for row in world["contacts"]] == [winner]
    assert [row["contact"] for row in world["affiliations"]] == [winner, winner]


@pytest.mark.parametrize(
    "item",
    [
        {"object": "Account", "op": "create", "fields": {"Name": "X"}},
        {"object": "companies", "op": "undelete", "id": "1", "fields": {}},
        {"object": "companies", "op": "update", "id": "999", "fields": {"name": "X"}},
        {"object": "companies", "op": "create", "fields": {}},
        {"object": "issues", "op": "merge", "id": "1", "fields": {"MasterRecordId": "2"}},
        {"object": "profile_values", "op": "create", "fields": {"value": "x"}},
    ],
)
def test_what_a_person_cannot_do_is_said_plainly(box: Running, item: dict[str, Any]) -> None:
    answer = box.control("POST", "/edit", json={"system": "accelo", **item})
    assert answer.status_code == 400 and len(answer.text) > 10
