"""Sequences that once broke a promise, as the machine or the soak found them, cut to what matters."""

from __future__ import annotations

import pytest

from tests.machine.conftest import Beginning
from tests.machine.faults import FAULTS

LIMIT = FAULTS.index(("limit_403", {}))
PHONE_OF_A_CONTACT = 7


@pytest.mark.promise("P4", "P18")
def test_p4_p18_a_contact_that_moved_before_the_state_was_lost_keeps_what_was_typed_at_its_new_place(
    beginning: Beginning,
) -> None:
    """The older state knows the old affiliation only; moving "again" wrote the old telephone
    over the one typed since."""
    history = beginning.begin()
    history.keep_state()
    history.move(1, 0)
    history.sync()
    history.lose_state()
    history.edit("accelo", 1, PHONE_OF_A_CONTACT)
    history.settle()
    assert not history.windows


@pytest.mark.promise("P13")
def test_p13_a_process_that_was_refused_for_the_limit_asks_again_later(beginning: Beginning) -> None:
    """Salesforce does not say when its rolling day has calls again; the same process never asked any more."""
    history = beginning.begin()
    history.edit("salesforce", 0, 1)
    _, result, error = history.sync(faults=(("salesforce", LIMIT, 1),))
    assert result is None and "limit of API calls" in error.message
    history.wait(1800)
    before = history.lab.last
    _, result, _ = history.sync()
    assert result is None and not [row for row in history.lab.requests(before) if row["system"] == "salesforce"]
    history.wait(1900)
    _, result, _ = history.sync()
    assert result.counts["writes"] == {"salesforce": 0, "accelo": 1}
    history.settle()
