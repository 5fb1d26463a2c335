"""The windows that no engine can close on these two APIs, each forced once: the oracle sees them,
names them and counts them."""

from __future__ import annotations

import pytest

from tests.machine import lab
from tests.machine.conftest import Beginning
from tests.machine.faults import FAULTS
from tests.tally import told
from tests.teeth import scenes

pytestmark = pytest.mark.promise("P4")

PHONE, WEBSITE = 1, 2
ZOMBIE = FAULTS.index(("applied_late", {"seconds": 400, "method": "POST|PUT|PATCH"}))
LATE = FAULTS.index(("late_commit", {"seconds": 5, "times": 0, "path": "/query|/composite"}))
TWICE = FAULTS.index(("delivered_twice", {"method": "POST|PUT|PATCH"}))


def test_r1_an_edit_in_accelo_between_our_reading_and_our_write(beginning: Beginning) -> None:
    """Six requests read, the seventh reads the target again, the eighth writes: Accelo has no conditional write."""
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    history.sync(amid=((8, "same", ("accelo",)),))
    assert dict(history.windows) == {"R1": 1}
    history.settle()
    told("windows forced", {"R1": 1})


def test_what_was_read_ten_seconds_ago_is_read_again_before_a_write(
    beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both targets are read in one request, the first is written, slowly; then somebody types into the second."""
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    history.edit("salesforce", 1, PHONE)
    monkeypatch.setattr(lab, "REQUEST_SECONDS", 11.0)
    history.sync(amid=((9, "edit", ("accelo", 1, PHONE)),))
    assert not history.windows
    monkeypatch.undo()
    history.settle()
    assert not history.windows


def test_r2_a_zombie_lands_on_a_later_edit(beginning: Beginning) -> None:
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    history.sync(faults=(("accelo", ZOMBIE, 1),))
    history.edit("accelo", 0, PHONE)
    history.wait(500)
    history.sync()
    assert dict(history.windows) == {"R2": 1}
    history.settle()
    told("windows forced", {"R2": 1})


def test_a_zombie_that_puts_back_an_older_value_is_taken_for_no_edit(beginning: Beginning) -> None:
    """It lands when both sides agree on a later value: nothing is lost, a person is asked."""
    history = beginning.begin()
    scenes.a_zombie_landed_late(history)
    (item,) = history.desk.state.inbox.items()
    assert item.question.field == "phone" and "carried out late" in item.question.reason
    assert item.question.ours == history.town.typed[-1].text
    history.settle()
    assert not history.windows


def test_r3_a_creation_that_the_network_delivers_twice(beginning: Beginning) -> None:
    history = beginning.begin()
    history.create("salesforce", "company", 0)
    history.sync(faults=(("accelo", TWICE, 1),))
    history.settle()
    assert dict(history.windows) == {"R3": 1}
    told("windows forced", {"R3": 1})


def test_r4_a_late_commit_hides_an_edit_of_the_second_in_which_the_row_was_last_seen(beginning: Beginning) -> None:
    """If-Unmodified-Since counts in seconds: the row that we know and the one that is hidden carry the same stamp."""
    history = beginning.begin()
    history.wait(1 - history.lab.clock.seconds % 1)  # a second begins
    history.edit("salesforce", 0, WEBSITE)
    history.sync()
    history.edit("salesforce", 0, PHONE)
    assert history.lab.clock.seconds % 1 < 0.9, "the run took more than this second"
    history.edit("accelo", 0, PHONE)
    history.sync(faults=(("salesforce", LATE, 1),))
    assert dict(history.windows) == {"R4": 1}
    history.settle()
    told("windows forced", {"R4": 1})


def test_a_late_commit_of_another_second_is_refused_by_salesforce_and_asked_about(beginning: Beginning) -> None:
    """One second later the condition of the write catches it: both values wait in the inbox, and nothing is lost."""
    history = beginning.begin()
    history.wait(2)
    history.edit("salesforce", 0, PHONE)
    history.edit("accelo", 0, PHONE)
    history.sync(faults=(("salesforce", LATE, 1),))
    history.wait(60)
    history.sync()
    assert [item.question.field for item in history.desk.state.inbox.items()] == ["phone"]
    history.settle()
    assert not history.windows


def test_an_edit_that_is_seen_in_time_is_in_no_window(beginning: Beginning) -> None:
    """One request earlier it is seen by the reading before the write, and nothing is lost."""
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    history.sync(amid=((7, "same", ("accelo",)),))
    assert not history.windows
    assert [item.question.field for item in history.desk.state.inbox.items()] in (["phone"], [])
    history.settle()
    assert not history.windows
