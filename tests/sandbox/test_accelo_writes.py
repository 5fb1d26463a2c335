"""Writing to the Accelo deployment: what each resource needs, keeps, stamps and refuses.

Source: Accelo API docs, the endpoint page of each resource.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.conftest import Running

Do = Callable[..., Any]


@pytest.fixture
def box(empty_sandbox: Running) -> Running:
    return empty_sandbox


@pytest.fixture
def do(box: Running) -> Do:
    """A request that must succeed; gives its response."""

    def call(method: str, path: str, fields: str = "", **data: Any) -> Any:
        answer = box.ac(method, path, data={**data, "_fields": fields} if fields else data)
        assert answer.status_code == 200 and answer.json()["meta"]["status"] == "ok", answer.text
        return answer.json().get("response")

    return call


@pytest.fixture
def company(do: Do) -> str:
    return str(do("POST", "/companies", name="Planet Express")["id"])


@pytest.fixture
def contact(do: Do, company: str) -> dict[str, Any]:
    return dict(
        do(
            "POST",
            "/contacts",
            "_ALL",
            firstname="Leela",
            surname="Turanga",
            company_id=company,
            email="leela@pe.example",
        )
    )


def _refused(answer: Any, status: str = "invalid_request") -> None:
    assert (answer.status_code, answer.json()["meta"]["status"]) == (400, status), answer.text
    assert answer.json()["response"] is None


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
    _refused(box.ac("POST", "/contacts", data=sent))
    assert do("GET", "/contacts/count") == {"count": "0"}, "nothing is left of a refused create"


def test_a_username_belongs_to_one_contact(box: Running, do: Do, company: str, contact: dict[str, Any]) -> None:
    do("PUT", f"/contacts/{contact['id']}", username="leela")
    _refused(
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
    _refused(box.ac("DELETE", f"/addresses/{made['id']}"))
    _refused(box.ac("POST", "/addresses", data={"city": "Berlin"}))
    _refused(box.ac("POST", "/addresses", data={"against_type": "staff", "against_id": "1"}))
    _refused(box.ac("POST", f"/companies/{company}/addresses", data={"state_id": "99999"}))


def test_overwrite_takes_the_address_that_is_there(do: Do, company: str) -> None:
    path = f"/companies/{company}/addresses"
    first = do("POST", path, street1="1 Main", city="Berlin", zipcode="1")
    again = do("POST", path, "title", street1="1 main", city="Berlin", zipcode="1", title="HQ", overwrite="1")
    other = do("POST", path, street1="1 Main", city="Berlin", zipcode="1")
    assert again["id"] == first["id"] != other["id"] and again["title"] == "HQ"


# sales


def test_a_sale_needs_title_affiliation_and_type(box: Running, contact: dict[str, Any]) -> None:
    good = {"title": "Shoes", "affiliation_id": contact["default_affiliation"], "type_id": "1"}
    for name in good:
        _refused(box.ac("POST", "/prospects", data={**good, name: ""}))
    _refused(box.ac("POST", "/prospects", data={**good, "affiliation_id": "999"}))
    _refused(box.ac("POST", "/prospects", data={**good, "progress": "101"}))
    _refused(box.ac("POST", "/prospects", data={**good, "weighting": "6"}))
    _refused(box.ac("POST", "/prospects", data={**good, "value": "a lot"}))


def test_a_sale_reads_and_writes_its_numbers_differently(do: Do, company: str, contact: dict[str, Any]) -> None:
    """progress 25 is read 0.2500; an ISO date is midnight of the deployment; contact shows the affiliation's id."""
    affiliation = contact["default_affiliation"]
    made = do(
        "POST", "/prospects", "_ALL,affiliation(company())", title="Shoes", affiliation_id=affiliation, type_id=1,
        value="1000.005", progress="25", weighting=3, probability_id=2, date_due="2017-05-11", comments="x\ny",
    )  # fmt: skip
    assert (made["value"], made["progress"], made["weighting"], made["comments"]) == (
        "1000.01",
        "0.2500",
        "3",
        "x\r\ny",
    )
    assert (made["date_due"], made["contact"], made["type"], made["success"]) == ("1494424800", affiliation, "1", "no")
    assert made["affiliation"]["company"] == {"id": company, "name": "Planet Express"}
    assert (made["manager"], made["date_actioned"], made["prospect_probability"]) == ("1", None, "2")
    unchanged = do("PUT", f"/prospects/{made['id']}", "prospect_type", type_id=2, date_actioned="5")
    assert unchanged["prospect_type"] == "1"


def test_a_concluded_sale_is_stamped(do: Do, contact: dict[str, Any]) -> None:
    made = do("POST", "/prospects", title="S", affiliation_id=contact["default_affiliation"], type_id=1)
    won = do("PUT", f"/prospects/{made['id']}", "_ALL", status_id=5)
    assert (won["standing"], won["success"], won["won_by_id"]) == ("won", "yes", "1")
    assert abs(int(won["date_actioned"]) - time.time()) < 60
    back = do("PUT", f"/prospects/{made['id']}", "_ALL", status_id=1)
    assert (back["success"], back["won_by_id"]) == ("no", None)
    history = do("GET", "/progressions/history", "_ALL", _filters=f"against(prospect({made['id']})),order_by_asc(id)")
    assert [row["to_title"] for row in history] == ["New Enquiry", "Won", "New Enquiry"]
    assert history[0]["modified_by"] == "1" and history[0]["against_type"] == "prospect"


def test_a_sale_can_be_deleted(box: Running, do: Do, contact: dict[str, Any]) -> None:
    made = do("POST", "/prospects", title="S", affiliation_id=contact["default_affiliation"], type_id=1)
    assert do("DELETE", f"/prospects/{made['id']}") is None
    _refused(box.ac("GET", f"/prospects/{made['id']}"))


# tickets


def test_a_ticket_is_stamped_on_its_way(do: Do, company: str) -> None:
    made = do(
        "POST", "/issues", "_ALL", title="T", type_id=1, against_type="company", against_id=company, description="a\nb"
    )
    assert (made["standing"], made["against"], made["company"], made["custom_id"]) == (
        "submitted",
        f"companies/{company}",
        company,
        None,
    )
    assert (made["class"], made["priority"], made["description"]) == ("1", "3", "a\r\nb"), "the type's defaults"
    assert made["submitted_by"] == "1" and made["date_opened"] is None and made["date_closed"] is None
    opened = do("PUT", f"/issues/{made['id']}", "_ALL", standing="open", assignee=5)
    assert (opened["status"], opened["opened_by"], opened["assignee"]) == ("2", "1", "5") and opened["date_opened"]
    closed = do(
        "PUT", f"/issues/{made['id']}", "_ALL", status_id=5, resolution_id=1, resolution_detail="Done", date_closed="1"
    )
    assert (
        closed["standing"] == "closed"
        and int(closed["date_closed"]) > 1
        and closed["date_resolved"]
        and closed["closed_by"] == "1"
    )
    again = do("PUT", f"/issues/{made['id']}", "_ALL", standing="open", resolution_detail="")
    assert again["date_closed"] is None and again["closed_by"] is None and again["resolution_detail"] == ""
    assert again["date_opened"] == opened["date_opened"]
    assert do("GET", "/issues", _filters="reopened_count_greater_than(0)")[0]["id"] == made["id"]


def test_standing_wins_over_status_on_a_ticket(do: Do, company: str) -> None:
    made = do(
        "POST", "/issues", "status,standing", title="T", type_id=1, against_type="company", against_id=company,
        standing="resolved", status_id=2,
    )  # fmt: skip
    assert (made["standing"], made["status"]) == ("resolved", "4")


def test_a_ticket_needs_title_type_and_what_it_is_against(box: Running, company: str) -> None:
    good = {"title": "T", "type_id": "1", "against_type": "company", "against_id": company}
    for name in good:
        _refused(box.ac("POST", "/issues", data={**good, name: ""}))
    _refused(box.ac("POST", "/issues", data={**good, "against_id": "999"}))
    _refused(box.ac("POST", "/issues", data={**good, "against_type": "planet"}))
    _refused(box.ac("POST", "/issues", data={**good, "standing": "asleep"}))
    _refused(box.ac("POST", "/issues", data={**good, "date_due": "2026-01-01"}))
    id_ = box.ac("POST", "/issues", data=good).json()["response"]["id"]
    _refused(box.ac("PUT", f"/issues/{id_}", data={"against_id": company}))


# progressions, custom fields, staff, activities, tasks


def test_a_progression_moves_a_company(box: Running, do: Do, company: str) -> None:
    """The one way to change a company's status; the answer is the company; the move that was made is gone."""
    there = do("GET", f"/companies/{company}/progressions")
    inactive = next(p for p in there if p["status"]["standing"] == "inactive")
    assert set(inactive) == {"id", "title", "status"} and set(inactive["status"]) == {
        "id",
        "title",
        "standing",
        "color",
    }
    after = do("PUT", f"/companies/{company}/progressions/{inactive['id']}/auto", "standing")
    assert (after["id"], after["standing"]) == (company, "inactive")
    assert inactive["id"] not in {p["id"] for p in do("GET", f"/companies/{company}/progressions")}
    _refused(box.ac("POST", f"/companies/{company}/progressions/{inactive['id']}/auto"))
    history = do(
        "GET", "/progressions/history", _filters=f"against_type(company),against_id({company}),order_by_desc(id)"
    )
    assert history[0]["to_title"] == "Inactive"


def test_profile_values_are_set_changed_and_listed(box: Running, do: Do, company: str) -> None:
    fields = {f["field_name"]: f["id"] for f in do("GET", "/companies/profiles/fields", _limit=100)}
    path = f"/companies/{company}/profiles"
    made = do("POST", f"{path}/fields/{fields['Industry']}", value="Delivery")
    assert (made["field_name"], made["value"], made["field_type"]) == ("Industry", "Delivery", "text")
    changed = do("PUT", f"{path}/values/{made['id']}", "field_id,link_id,date_modified", value="Freight")
    assert (changed["id"], changed["value"], changed["link_id"]) == (made["id"], "Freight", company)
    assert do("POST", f"{path}/{fields['Salesforce ID']}", value="001")["value"] == "001", (
        "the shorter path of the docs"
    )
    assert do("POST", f"{path}/fields/{fields['Renewal month']}", value_int="7")["value"] == "7"
    lookup = do("POST", f"{path}/fields/{fields['Billing contact']}", value_id="9", value_type="contact")
    assert (lookup["value"], lookup["value_type"]) == ("9", "contact")
    found = do("GET", "/companies/profiles/values", "link_id", _filters=f"field_id({fields['Salesforce ID']})")
    assert [(row["value"], row["link_id"]) for row in found] == [("001", company)]
    assert len(do("GET", f"{path}/values")) == 4
    _refused(box.ac("POST", f"{path}/fields/{fields['Renewal month']}", data={"value_int": "July"}))
    _refused(box.ac("POST", f"{path}/fields/{fields['Industry']}", data={"nothing": "x"}))
    _refused(box.ac("POST", f"/companies/999/profiles/fields/{fields['Industry']}", data={"value": "x"}))


@pytest.mark.parametrize("given", ["1494424800", "2017-05-11", "2017-05-10T14:00:00Z"])
def test_a_date_profile_takes_seconds_or_iso(do: Do, contact: dict[str, Any], given: str) -> None:
    made = do("POST", "/prospects", title="S", affiliation_id=contact["default_affiliation"], type_id=1)
    fields = {f["field_name"]: f["id"] for f in do("GET", "/prospects/profiles/fields")}
    value = do("POST", f"/prospects/{made['id']}/profiles/fields/{fields['Original created date']}", value_date=given)
    assert value["value"] == "1494424800"
    assert datetime.fromtimestamp(1494424800, ZoneInfo("Australia/Sydney")).strftime("%F %T") == "2017-05-11 00:00:00"


def test_staff_are_made_and_changed_but_share_no_username(box: Running, do: Do) -> None:
    sent = {"username": "zoid", "password": "x", "firstname": "John", "surname": "Zoidberg", "email": "z@pe.example"}
    made = do("POST", "/staff", "standing,username", **sent)
    assert (made["standing"], made["username"]) == ("active", "zoid")
    assert do("PUT", f"/staff/{made['id']}", "position", position="Doctor")["position"] == "Doctor"
    _refused(box.ac("POST", "/staff", data=sent), "duplicate")


def test_an_activity_has_its_owner_thread_and_bare_confidential(do: Do, company: str) -> None:
    made = do("POST", "/activities", "_ALL", subject="Hi", body="a\nb", against_type="company", against_id=company)
    assert made["confidential"] == 0 and made["visibility"] == "private" and made["medium"] == "note"
    assert (made["against"], made["owner"]) == (f"companies/{company}", "staff/1")
    thread = do("GET", "/activities/threads", against_type="company", against_id=company)["threads"][0]
    assert (thread["event_text"], thread["total_activities"]) == ("Hi", 1)
    assert do("DELETE", f"/activities/{made['id']}") is None


def test_a_task_is_started_and_done(do: Do, company: str) -> None:
    made = do("POST", "/tasks", "standing", title="Mop", against_type="company", against_id=company, date_started="1")
    assert made["standing"] == "pending"
    assert do("PUT", f"/tasks/{made['id']}/progressions/start", "standing")["standing"] == "started"
    assert do("PUT", f"/tasks/{made['id']}/progressions/done", "standing")["standing"] == "complete"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/companies/statuses"), ("PUT", "/companies/statuses/1"), ("DELETE", "/staff/1"),
     ("POST", "/issues/types"),
     ("PUT", "/companies"), ("DELETE", "/companies"), ("POST", "/companies/1"), ("DELETE", "/segmentations/1"),
     ("POST", "/companies/profiles/fields"), ("PUT", "/companies/1/status")],
)  # fmt: skip
def test_what_the_api_does_not_write_is_refused(box: Running, method: str, path: str) -> None:
    before = box.world()["accelo"]
    _refused(box.ac(method, path, data={"title": "X", "name": "X"}))
    assert box.world()["accelo"] == before


def test_a_write_is_logged_with_what_it_changed(box: Running, company: str) -> None:
    box.ac("PUT", f"/companies/{company}", data={"phone": "9"})
    assert box.writes()[-1] == {"object": "companies", "id": company, "op": "update", "fields": {"phone": "9"}}
    count = len(box.writes())
    box.ac("PUT", "/companies/999", data={"phone": "9"})
    box.ac("GET", f"/companies/{company}")
    assert len(box.writes()) == count
