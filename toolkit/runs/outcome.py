"""What came of one attempt to write, as the journal keeps it: the same for companies, contacts, sales and tickets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from toolkit.clients.endpoint import Receipt
from toolkit.errors import ToolkitError
from toolkit.model import Change
from toolkit.runs.setting import Setting, iso
from toolkit.runs.settle import changes_of
from toolkit.store.journal import AuditRow, Intent, IntentState


def ended(setting: Setting, attempt: str, intent: Intent, state: IntentState, error: ToolkitError) -> None:
    """An attempt that was not applied, or of which nobody knows."""
    status, code = getattr(error, "status", None), getattr(error, "code", type(error).__name__)
    setting.state.journal.outcome(attempt, intent.id, state, iso(setting.clock()), status=status, reason=code)


@contextmanager
def applied(setting: Setting, attempt: str, intent: Intent, receipt: Receipt) -> Iterator[list[Change]]:
    """An attempt that was answered: outcome, audit rows and what the caller notes inside (link, bases) are one
    transaction. Gives the fields that were written."""
    state, now, changes = setting.state, iso(setting.clock()), changes_of(intent)
    with state.transaction():
        state.journal.outcome(
            attempt, intent.id, "applied", now,
            result=receipt.id, status=receipt.status, request_id=receipt.request_id,
        )  # fmt: skip
        _audit(setting, intent, changes, now)
        yield changes


def looked_up(setting: Setting, intent: Intent, state: IntentState, *, result: str | None, note: str) -> None:
    """What reading showed of a write without an answer; one that was applied is in the audit like any other. Joins an
    outer transaction."""
    now = iso(setting.clock())
    setting.state.journal.resolve(intent.id, state, now, result=result, note=note)
    if state == "applied":
        _audit(setting, intent, changes_of(intent), now)


def _audit(setting: Setting, intent: Intent, changes: list[Change], now: str) -> None:
    setting.state.journal.audit(
        AuditRow(intent.run, intent.id, intent.pair, c.field, intent.side, c.before, c.after, c.rule, now)
        for c in changes
    )
