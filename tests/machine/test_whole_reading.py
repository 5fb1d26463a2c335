"""The whole reading now and then: it finds what no poll would have found, says so,
and says nothing where nothing was missed."""

from __future__ import annotations

import pytest

from tests.machine.conftest import Beginning
from tests.machine.faults import FAULTS
from tests.machine.history import History

pytestmark = pytest.mark.promise("P4", "P6")

PHONE, POSITION = 1, 6
LATE = FAULTS.index(("late_commit", {"seconds": 3000}))
DAY = 24 * 3600.0


def missed_by_two_polls(history: History) -> None:
    """An account is edited, and committed so late that the overlap of the second poll is over before it shows."""
    history.edit("salesforce", 0, PHONE)
    history.sync(faults=(("salesforce", LATE, 1),))
    history.wait(1200)
    history.sync(faults=(("salesforce", LATE, 1),))
    history.wait(1200)


def test_a_row_that_every_poll_missed_is_found_by_the_whole_reading_which_says_so(beginning: Beginning) -> None:
    history = beginning.begin()
    missed_by_two_polls(history)
    account = history.town.typed[0]
    _, result, _ = history.sync()
    assert result.quiet and result.counts["said"] == []
    run, result, _ = history.sync(full=True)
    assert result.counts["said"][0].startswith("1 Records that had changed and that no poll had shown.")
    assert run.said[0].code == "polling-missed" and run.said[0].examples == (f"salesforce.Account {account.id}",)
    assert result.counts["writes"] == {"salesforce": 0, "accelo": 1}
    history.settle()


def test_after_a_week_a_sync_reads_everything_by_itself(beginning: Beginning) -> None:
    history = beginning.begin()
    missed_by_two_polls(history)
    history.wait(6 * DAY)
    run, result, _ = history.sync()
    assert not run.reading.full and result.quiet
    history.plan()
    history.wait(DAY)
    run, result, _ = history.sync()
    assert run.reading.full and [finding.code for finding in run.said] == ["polling-missed"]
    run, result, _ = history.sync()
    assert not run.reading.full and result.quiet


def test_our_own_writes_and_edits_that_a_poll_saw_are_not_said_to_be_missed(beginning: Beginning) -> None:
    history = beginning.begin()
    for side in ("salesforce", "accelo"):
        for what in (PHONE, POSITION, 0):
            history.edit(side, 0, what)
            history.sync()
            history.wait(1200)
    history.create("salesforce", "company", 0)
    history.sync()
    history.wait(7200)
    history.edit("accelo", 1, PHONE)  # not polled yet, and newer than the cursor
    run, _, _ = history.sync(full=True)
    assert run.said == []


def test_a_record_that_salesforce_does_not_show_any_more_is_told_and_left_alone(beginning: Beginning) -> None:
    """As after the recycle bin was emptied, or a permission taken away: no evidence of a deletion."""
    history = beginning.begin()
    gone = history.town.records("salesforce", "contact")[0]["Id"]

    def vanish() -> None:
        history.lab.sandbox.core.store.db.execute("DELETE FROM sf_Contact WHERE Id = ?", (gone,))

    history.lab._call(vanish)
    run, result, _ = history.sync(full=True)
    assert [(finding.code, finding.examples) for finding in run.said] == [
        ("not-shown", (f"salesforce.Contact {gone}",))
    ]
    assert not sum(result.counts["writes"].values())
    assert history.desk.state.links.of("contact", "salesforce", gone).state == "linked"
