"""Records that a system refuses again and again: counted, rested, shown in the inbox;
never in the way of the others."""

from __future__ import annotations

from datetime import datetime, timedelta

from toolkit.errors import RecordRejected
from toolkit.model import Action, Kind, Question, QuestionKind, Side, digest
from toolkit.store.inbox import Poison
from toolkit.store.state import State

PATIENCE = 3
"""Failures for the same reason before a person is told."""
RESTS = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
"""From the third failure on."""


def source_of(action: Action) -> tuple[Side, Kind, str]:
    """The record that an action carries over."""
    if action.side == "salesforce" and action.accelo_id:
        return "accelo", action.kind, action.accelo_id
    return "salesforce", action.kind, action.salesforce_id or ""


def question_key(source: tuple[Side, Kind, str]) -> str:
    return ":".join([QuestionKind.POISON.value, *source])


def _fingerprint(action: Action) -> str:
    return digest([(change.field, change.after) for change in action.changes])


def note_failure(state: State, action: Action, error: RecordRejected, run: str, now: str) -> Poison:
    """Count the failure; from the third on it waits longer each time and stands in the inbox."""
    source, known = source_of(action), {(item.side, item.kind, item.id): item for item in state.inbox.poison()}
    times = known[source].times + 1 if source in known else 1
    rest = RESTS[min(times - PATIENCE, len(RESTS) - 1)] if times >= PATIENCE else timedelta(0)
    reason = f"{error.code}: {', '.join(error.fields)}" if error.fields else error.code
    poison = state.inbox.fail(
        *source, reason, _fingerprint(action), now, (datetime.fromisoformat(now) + rest).isoformat()
    )
    if poison.times >= PATIENCE:
        state.inbox.ask(
            [
                Question(
                    key=question_key(source),
                    kind=QuestionKind.POISON,
                    record_kind=action.kind,
                    title=action.title,
                    salesforce_id=action.salesforce_id,
                    accelo_id=action.accelo_id,
                    choices=("retry", "leave"),
                    facts={"times": poison.times},
                    reason=f"{(action.side or '').title()} refused it for the same reason again and again: "
                    f"{error.message}",
                )
            ],
            run,
            now,
        )
    return poison


def rests(state: State, action: Action, now: str) -> bool:
    """Is this record left alone for now: refused often, unchanged since, and not due yet, or left so by a person."""
    if action.side is None:
        return False
    side, kind, id = source_of(action)
    item = state.inbox.poisoned(side, kind, id)
    if item is None or item.times < PATIENCE or item.fingerprint != _fingerprint(action):
        return False
    choice = state.inbox.decisions().get(question_key((side, kind, id)))
    if choice in ("retry", "leave"):
        return choice == "leave"
    return datetime.fromisoformat(now) < datetime.fromisoformat(item.next_try)


def heal(state: State, action: Action, now: str) -> None:
    """It went through: what was counted against the record is forgotten, and nobody is asked about it any more."""
    source = source_of(action)
    if state.inbox.poisoned(*source) is not None:
        state.inbox.heal(*source)
        state.inbox.settle([question_key(source)], now)
