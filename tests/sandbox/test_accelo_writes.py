"""Writing companies, contacts, affiliations and addresses: what each needs, keeps, stamps and refuses.

Source: Accelo API docs, the endpoint page of each resource.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Do, Running
from tests.sandbox.conftest import refused_by_accelo as refused

# companies


def test_a_company_takes_its_status_at_creation_only(do: Do) -> None:
    """A status_id beats a standing; the default is the first status that may start; PUT does not move it."""
    assert do("POST", "/companies", "standing,status", name="A")["status"] == "1"
    assert do("POST", "/companies", "standing,status", name="B", standing="interested")["status"] == "3"
    both = do("POST", "/companies", "standing,status", name="C", standing="interested", status_id="4")
    assert (both["status"], both["standing"]) == ("4", "inactive")
    changed = do("PUT", f"/companies/{both['id']}", "status,comments", status_id="1", standing="active", comments="x")
    assert (changed["status"], changed["comments"]) == ("4", "x")


def test_a_put_changes_only_what_was_sent_and_empties_what_is_empty(do: Do, company: str) -> None:
    do("PUT", f"/companies/{company}", website="www.pe.example", phone="1", fax="2")
    after = do("PUT", f"/companies/{company}", "_ALL", phone="")
    assert (after["website"], after["phone"], after["fax"]) == ("www.pe.example", "", "2")


def test_read_only_dates_and_profiles_on_put_change_nothing(do: Do, company: str) -> None:
    before = do("GET", f"/companies/{company}", "date_created")
    after = do("PUT", f"/companies/{company}", "date_created", **{"date_created": "1", "profile.1": "x", "id": "77"})
    assert after == before
    assert do("GET", f"/companies/{company}/profiles/values") == []


def test_line_ends_are_stored_as_carriage_return_and_line_feed(do: Do, company: str) -> None:
    assert do("PUT", f"/companies/{company}", "comments", comments="a\nb\r\nc")["comments"] == "a\r\nb\r\nc"


def test_text_of_any_script_comes_back_as_it_was(box: Running, do: Do) -> None:
    name = "東京精密 <b>&</b> =SUM(A1) 🙂 %_'\""
    assert do("POST", "/companies", name=name)["name"] == name
    answer = box.ac("POST", "/companies", json={"name": name, "comments": None, "phone": 12345, "_fields": "phone"})
    assert answer.json()["response"]["name"] == name and answer.json()["response"]["phone"] == "12345"


def test_deleting_a_company_takes_everything_with_it(
    box: Running, do: Do, company: str, contact: dict[str, Any]
) -> None:
    """The contact stays, without an affiliation."""
    do("POST", "/prospects", title="S", affiliation_id=contact["default_affiliation"], type_id=1)
    do("POST", "/issues", title="T", against_type="company", against_id=company, type_id=1)
    do("POST", f"/companies/{company}/addresses", city="Berlin")
    assert box.ac("DELETE", f"/companies/{company}").json().keys() == {"meta"}
    for path in ("companies", "prospects", "issues", "addresses", "affiliations"):
        assert do("GET", f"/{path}/count") == {"count": "0"}, path
    assert do("GET", f"/contacts/{contact['id']}", "default_affiliation")["default_affiliation"] is None


def test_an_id_is_never_used_again(do: Do, company: str) -> None:
    do("DELETE", f"/companies/{company}")
    assert int(do("POST", "/companies", name="Next")["id"]) > int(company)


def test_managers_are_added_and_removed(do: Do, company: str) -> None:
    added = do("POST", f"/companies/{company}/managers/add", manager_id=2, nature="private")
    assert [(m["firstname"], set(m)) for m in added] == [("Tom", {"id", "firstname", "surname", "relationship_id"})]
    assert do("DELETE", f"/companies/{company}/managers/delete", relationship_id=added[0]["relationship_id"]) == []


# contacts and affiliations


def test_a_contact_brings_its_affiliation(box: Running, do: Do, company: str) -> None:
    """E-mail, phone, position live on the affiliation; both rows are logged."""
    names = {"firstname": "Amy", "surname": "Wong", "company_id": company}
    sent = {
        **names,
        "email": "amy@pe.example",
        "phone": "5",
        "mobile": "6",
        "position": "Intern",
        "communication": "yes",
        "invoice_method": "email",
    }
    made = do("POST", "/contacts", "default_affiliation,standing,contact_status()", **sent)
    assert (made["standing"], made["contact_status"]["title"], made["mobile"]) == ("active", "Active", "6")
    affiliation = do("GET", f"/affiliations/{made['default_affiliation']}", "_ALL")
    assert (affiliation["email"], affiliation["phone"], affiliation["position"]) == ("amy@pe.example", "5", "Intern")
    assert (affiliation["communication"], affiliation["company"], affiliation["contact"]) == ("1", company, made["id"])
    assert [(w["object"], w["op"]) for w in box.writes()[-2:]] == [("contacts", "create"), ("affiliations", "create")]


@pytest.mark.parametrize(
    "missing", [{"firstname": ""}, {"surname": ""}, {"company_id": ""}, {"company_id": "999"}, {"email": "no at sign"}]
)
def test_a_contact_needs_names_and_a_company(box: Running, do: Do, company: str, missing: dict[str, str]) -> None:
    sent = {"firstname": "A", "surname": "B", "company_id": company, **missing}
    refused(box.ac("POST", "/contacts", data=sent))
    assert do("GET", "/contacts/count") == {"count": "0"}, "nothing is left of a refused create"


def test_a_username_belongs_to_one_contact(box: Running, do: Do, company: str, contact: dict[str, Any]) -> None:
    do("PUT", f"/contacts/{contact['id']}", username="leela")
    refused(
        box.ac("POST", "/contacts", data={"firstname": "A", "surname": "B", "company_id": company, "username": "LEELA"})
    )


def test_deleting_a_contact_only_makes_it_inactive(do: Do, contact: dict[str, Any]) -> None:
    assert do("DELETE", f"/contacts/{contact['id']}") is None
    after = do("GET", f"/contacts/{contact['id']}", "standing,contact_status()")
    assert (after["standing"], after["contact_status"]["title"]) == ("inactive", "Inactive")


def test_status_wins_over_standing_on_a_contact(do: Do, contact: dict[str, Any]) -> None:
    after = do("PUT", f"/contacts/{contact['id']}", "standing", standing="active", status=2)
    assert after["standing"] == "inactive"


def test_a_contact_may_have_two_affiliations_even_at_one_company(do: Do, company: str, contact: dict[str, Any]) -> None:
    second = do("POST", "/affiliations", company_id=company, contact_id=contact["id"], email="l2@pe.example")
    assert second["email"] == "l2@pe.example"
    do("DELETE", f"/affiliations/{contact['default_affiliation']}")
    after = do("GET", f"/contacts/{contact['id']}", "default_affiliation")
    assert (after["default_affiliation"], after["email"]) == (second["id"], "l2@pe.example")


def test_an_affiliation_writes_words_and_reads_digits(do: Do, contact: dict[str, Any]) -> None:
    path = f"/affiliations/{contact['default_affiliation']}"
    assert do("GET", path, "communication,affiliation_status")["communication"] == "0"
    after = do("PUT", path, "_ALL", communication="yes", status_id=2, company_id="1", mobile="7")
    assert (after["communication"], after["affiliation_status"], after["standing"], after["mobile"]) == (
        "1",
        "2",
        "inactive",
        "7",
    )
    assert do("PUT", path, "communication", communication="no")["communication"] == "0"


# addresses


@pytest.mark.parametrize(
    "sent",
    [
        {"country_id": "Australia", "state": "NSW"},
        {"country": "Australia", "state": "New South Wales"},
        {"country_id": "1", "state_id": "1"},
        {"country": "au", "state": "nsw"},
    ],
)
def test_a_country_or_state_may_be_named_in_many_ways(do: Do, company: str, sent: dict[str, str]) -> None:
    """The documentation's own sample sends country_id=Australia and state=NSW."""
    made = do(
        "POST", "/addresses", "_ALL", against_type="company", against_id=company, street1="221 Crown St",
        city="Wollongong", postcode="2500", physical="yes", **sent,
    )  # fmt: skip
    assert made["full"] == "221 Crown St, Wollongong, 2500, NSW, Australia"
    assert made["short"] == "Wollongong, 2500, NSW, Australia"
    assert (made["country"], made["state"], made["physical"], made["postal"]) == ("1", "1", "yes", "no")


def test_an_address_belongs_to_a_company_or_contact_and_cannot_be_deleted(
    box: Running, do: Do, company: str, contact: dict[str, Any]
) -> None:
    made = do("POST", f"/contacts/{contact['id']}/addresses", title="Home", city="Berlin", country="Germany")
    assert box.ac("GET", f"/contacts/{contact['id']}/addresses").json()["response"][0]["id"] == made["id"]
    refused(box.ac("DELETE", f"/addresses/{made['id']}"))
    refused(box.ac("POST", "/addresses", data={"city": "Berlin"}))
    refused(box.ac("POST", "/addresses", data={"against_type": "staff", "against_id": "1"}))
    refused(box.ac("POST", f"/companies/{company}/addresses", data={"state_id": "99999"}))


def test_overwrite_takes_the_address_that_is_there(do: Do, company: str) -> None:
    path = f"/companies/{company}/addresses"
    first = do("POST", path, street1="1 Main", city="Berlin", zipcode="1")
    again = do("POST", path, "title", street1="1 main", city="Berlin", zipcode="1", title="HQ", overwrite="1")
    other = do("POST", path, street1="1 Main", city="Berlin", zipcode="1")
    assert again["id"] == first["id"] != other["id"] and again["title"] == "HQ"
