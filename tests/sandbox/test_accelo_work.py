"""Writing sales, tickets, progressions, custom fields, staff, activities and tasks.

Source: Accelo API docs, the endpoint page of each resource.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.conftest import Do, Running
from tests.sandbox.conftest import refused_by_accelo as refused

# sales


def test_a_sale_needs_title_affiliation_and_type(box: Running, contact: dict[str, Any]) -> None:
    good = {"title": "Shoes", "affiliation_id": contact["default_affiliation"], "type_id": "1"}
    for name in good:
        refused(box.ac("POST", "/prospects", data={**good, name: ""}))
    refused(box.ac("POST", "/prospects", data={**good, "affiliation_id": "999"}))
    refused(box.ac("POST", "/prospects", data={**good, "progress": "101"}))
    refused(box.ac("POST", "/prospects", data={**good, "weighting": "6"}))
    refused(box.ac("POST", "/prospects", data={**good, "value": "a lot"}))


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
    refused(box.ac("GET", f"/prospects/{made['id']}"))


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
        refused(box.ac("POST", "/issues", data={**good, name: ""}))
    refused(box.ac("POST", "/issues", data={**good, "against_id": "999"}))
    refused(box.ac("POST", "/issues", data={**good, "against_type": "planet"}))
    refused(box.ac("POST", "/issues", data={**good, "standing": "asleep"}))
    refused(box.ac("POST", "/issues", data={**good, "date_due": "2026-01-01"}))
    id_ = box.ac("POST", "/issues", data=good).json()["response"]["id"]
    refused(box.ac("PUT", f"/issues/{id_}", data={"against_id": company}))


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
    refused(box.ac("POST", f"/companies/{company}/progressions/{inactive['id']}/auto"))
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
    refused(box.ac("POST", f"{path}/fields/{fields['Renewal month']}", data={"value_int": "July"}))
    refused(box.ac("POST", f"{path}/fields/{fields['Industry']}", data={"nothing": "x"}))
    refused(box.ac("POST", f"/companies/999/profiles/fields/{fields['Industry']}", data={"value": "x"}))


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
    refused(box.ac("POST", "/staff", data=sent), "duplicate")


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
def test_what_the_api_does_not_write_isrefused(box: Running, method: str, path: str) -> None:
    before = box.world()["accelo"]
    refused(box.ac(method, path, data={"title": "X", "name": "X"}))
    assert box.world()["accelo"] == before


def test_a_write_is_logged_with_what_it_changed(box: Running, company: str) -> None:
    box.ac("PUT", f"/companies/{company}", data={"phone": "9"})
    assert box.writes()[-1] == {"object": "companies", "id": company, "op": "update", "fields": {"phone": "9"}}
    count = len(box.writes())
    box.ac("PUT", "/companies/999", data={"phone": "9"})
    box.ac("GET", f"/companies/{company}")
    assert len(box.writes()) == count
