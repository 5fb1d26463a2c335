"""Sales and tickets on the wire: one request each, days in the deployment's zone, answers compared in our words."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.mapping.item_wire import READS, day_of, item_step, item_values, midnight, same, zone_of
from toolkit.model import Action, ActionType, Change

SYDNEY = ZoneInfo("Australia/Sydney")


def action(kind, **fields):
    changes = tuple(Change(name, None, value, "import", "") for name, value in fields.items())
    return Action("a1", ActionType.CREATE, kind, "accelo", f"{kind}:006A", "006A", None, "Relaunch", changes)


def test_a_sale_is_one_request_with_its_day_at_local_midnight():
    step = item_step(action("sale", title="Relaunch", due="2017-05-11", staff="5", status="3", value="10.00"), SYDNEY)
    assert (step.op, step.resource, step.marker) == ("create", "prospects", True)
    assert step.payload == {
        "title": "Relaunch", "date_due": 1494424800, "staff_id": "5", "status_id": "3", "value": "10.00"}  # fmt: skip
    assert set(step.want) == {*READS["sale"].values(), "standing"}, "also what Accelo fills in by itself"


def test_a_ticket_is_against_its_company_and_never_sends_its_standing():
    step = item_step(action("ticket", title="Fire", company="10", status="4"), SYDNEY)
    assert step.payload == {"title": "Fire", "against_id": "10", "against_type": "company", "status_id": "4"}


def test_the_answer_is_read_in_our_words():
    row = {"title": "Relaunch", "manager": "5", "status": {"id": "3", "title": "Won"}, "date_due": "1494424800",
           "value": "0", "prospect_probability": "0", "affiliation": None}  # fmt: skip
    assert item_values("sale", row, SYDNEY) == {
        "title": "Relaunch", "staff": "5", "status": "3", "due": "2017-05-11", "value": "0", "probability": None,
        "affiliation": None}  # fmt: skip
    assert item_values("ticket", {"against_id": "39", "class": "2"}, SYDNEY) == {"company": "39", "class": "2"}


@given(st.dates(min_value=__import__("datetime").date(1990, 1, 1)), st.sampled_from(["UTC", "Australia/Sydney",
       "America/Los_Angeles", "Asia/Kolkata", "Africa/Cairo"]))  # fmt: skip
def test_a_day_comes_back_as_the_same_day_in_every_zone(day, name):
    zone = zone_of(name)
    assert day_of(midnight(day.isoformat(), zone), zone) == day.isoformat()


def test_an_unset_due_date_is_nothing_and_an_unknown_zone_is_utc():
    assert day_of(None, SYDNEY) is None and day_of("0", SYDNEY) is None
    assert [zone_of(name).key for name in (None, "", "Mars/Base", "/etc/passwd")] == ["UTC"] * 4


@pytest.mark.parametrize(
    ("name", "sent", "read", "equal"),
    [
        ("value", "10.00", "10", True), ("value", None, "0.00", True), ("value", "10", "11", False),
        ("value", "x", "10", False), ("title", "a\nb ", "a\r\nb", True), ("title", "a", "b", False),
        ("comments", None, "", True)],
)  # fmt: skip
def test_what_was_sent_is_compared_as_the_system_keeps_it(name, sent, read, equal):
    assert same(name, sent, read) is equal


@pytest.mark.parametrize(("kind", "resource"), [("sale", "prospects"), ("ticket", "issues")])
def test_p3_an_update_writes_to_the_record_that_is_there_and_creates_none(kind, resource):
    changed = replace(action(kind, title="Relaunch 2"), type=ActionType.UPDATE, accelo_id="900")
    step = item_step(changed, SYDNEY)
    assert (step.op, step.resource, step.target, step.marker) == ("update", resource, "900", False)
    assert step.payload == {"title": "Relaunch 2"}
