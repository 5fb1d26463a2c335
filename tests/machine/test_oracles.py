"""The oracles of the state machine have teeth: each catches the very thing that it is there for,
in a build that does it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine.conftest import Beginning
from tests.machine.faults import FAULTS
from toolkit.mapping import reading
from toolkit.runs import ending
from toolkit.runs.write import Pen
from toolkit.store.journal import Journal
from toolkit.sync import reconcile

PHONE = 1
HIDDEN = FAULTS.index(("field_hidden", {"fields": ["Phone"], "times": 0}))


def test_p4_an_edit_that_loses_against_the_other_side_without_a_question_is_caught(
    beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    def salesforce_wins(field: Any, s: Any, a: Any, terms: Any) -> Any:
        return reconcile.Decision("salesforce-changed", write="accelo", value=s)

    monkeypatch.setattr(reconcile, "_conflict", salesforce_wins)
    history = beginning.begin()
    for side in ("salesforce", "accelo"):
        history.edit(side, 0, PHONE)
    with pytest.raises(AssertionError, match=r"P4: .* is lost"):
        history.sync()


def test_p4_a_blank_that_is_filled_again_is_caught(beginning: Beginning, monkeypatch: pytest.MonkeyPatch) -> None:
    def blank_is_no_edit(field: Any, base: Any, s: Any, a: Any, terms: Any) -> Any:
        return reconcile.Decision("salesforce-changed", write="accelo", value=s)

    monkeypatch.setattr(reconcile, "_accelo_edit", blank_is_no_edit)
    history = beginning.begin()
    history.edit("accelo", 0, PHONE, blank=True)
    with pytest.raises(AssertionError, match=r"P4: .* is lost"):
        history.sync()


def test_p7_a_record_without_a_row_in_the_ledger_is_caught(
    beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship = ending.ship_ledger
    monkeypatch.setattr(ending, "ship_ledger", lambda evidence, rows: ship(evidence, rows[1:]))
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    with pytest.raises(AssertionError, match="P7: the sums are"):
        history.sync()
    monkeypatch.setattr("toolkit.runs.result.totals", lambda rows: {"failed": 0})
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    with pytest.raises(AssertionError, match="P7: in no state"):
        history.sync()


def test_p8_a_write_that_leaves_without_its_attempt_is_caught(
    beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journal, "intend", lambda *given: None)
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    with pytest.raises(AssertionError, match=r"P8: PUT .* leaves"):
        history.sync()


def test_p8_a_receipt_that_says_something_else_than_the_log_is_caught(
    beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = Journal.outcome

    def forgets(self: Journal, attempt: str, intent: str, state: Any, now: str, **named: Any) -> None:
        outcome(self, attempt, intent, "not_applied", now, **named)

    monkeypatch.setattr(Journal, "outcome", forgets)
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    with pytest.raises(AssertionError, match="P8: not applied in the journal"):
        history.sync()


def test_p8_a_request_that_is_sent_twice_for_one_attempt_is_caught(
    beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Pen._send

    def twice(self: Pen, step: Any, target: Any, intent: Any) -> Any:
        send(self, step, target, intent)
        return send(self, step, target, intent)

    monkeypatch.setattr(Pen, "_send", twice)
    history = beginning.begin()
    history.edit("salesforce", 0, PHONE)
    with pytest.raises(AssertionError, match=r"P8: .* was sent 2 times"):
        history.sync()


def test_p20_a_field_that_a_permission_hides_and_that_is_taken_for_blank_is_caught(
    beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = reading._salesforce_value

    def hidden_is_blank(row: Any, rule: Any) -> Any:
        value = shown(row, rule)
        return None if value is reading.ABSENT else value

    monkeypatch.setattr(reading, "_salesforce_value", hidden_is_blank)
    history = beginning.begin()
    with pytest.raises(AssertionError, match="P20: phone of"):
        history.sync(full=True, faults=(("salesforce", HIDDEN, 1),))
