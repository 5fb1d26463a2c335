"""Deciding what waits for a person: one question, many of a kind, or a rule for all that will come.

A decision writes nothing by itself: it is an input of the next plan, which a person still confirms.
"""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.errors import UsageError
from toolkit.mapping.wire import id18
from toolkit.model import Question, QuestionKind
from toolkit.runs.records import KINDS
from toolkit.runs.streams import OWN
from toolkit.store.inbox import Item, Rule
from toolkit.store.state import State

LINK = "link:"
RULES: dict[QuestionKind, tuple[str, ...]] = {
    QuestionKind.CONFLICT: ("salesforce", "accelo", "keep"),
    QuestionKind.NEW_IN_ACCELO: ("create", "never"),
    QuestionKind.AMBIGUOUS: ("new", "leave"),
    QuestionKind.DELETED_IN_SALESFORCE: ("deactivate", "leave"),
    QuestionKind.GONE_IN_ACCELO: ("leave", "create-again"),
    QuestionKind.MERGED: ("leave", "repoint"),
    QuestionKind.CANNOT_CARRY: ("leave",),
    QuestionKind.INCOMPLETE: ("placeholder", "skip"),
    QuestionKind.HELD_BACK: ("push", "revert", "keep"),
}
"""What a standing rule may say of each kind of question. Poison has none: each has a reason of its own."""


def decide(state: State, ids: Iterable[int], choice: str, by: str, now: str) -> int:
    """Decide these questions alike; all or none. Returns how many.
    Raises UsageError for a choice that one does not have."""
    wanted = list(dict.fromkeys(ids))
    with state.transaction():
        for id in wanted:
            item = state.inbox.get(id)
            if item is None or item.state == "settled":
                raise UsageError(f"Question {id} does not wait any more.", next_step="Look at the inbox again.")
            if not allowed(item.question, choice):
                raise UsageError(
                    f"“{choice}” is no answer to question {id}.",
                    next_step=f"Its answers are: {', '.join(item.question.choices)}.",
                )
            state.inbox.decide(id, _to_a_free_record(state, item.question, choice), by, now)
    return len(wanted)


def allowed(question: Question, choice: str) -> bool:
    linking = question.kind is QuestionKind.NEW_IN_ACCELO and choice.startswith(LINK) and len(choice) > len(LINK)
    return choice in question.choices or linking


def _to_a_free_record(state: State, question: Question, choice: str) -> str:
    """A choice "link:ID" with the id in its long form. Raises UsageError for an id that no record has, or one that is
    linked."""
    if question.kind is not QuestionKind.NEW_IN_ACCELO or not choice.startswith(LINK):
        return choice
    id, kind = id18(choice.removeprefix(LINK)), question.record_kind
    stream = OWN["salesforce", kind].name if kind in KINDS else ""
    if not state.seen.get(stream, [id]):
        raise UsageError(f"Salesforce showed no {kind} {id}.", next_step=f"Give the id of a {kind} in Salesforce.")
    if state.links.of_many(kind, "salesforce", [id]):
        raise UsageError(f"The {kind} {id} is linked to another record.", next_step="Choose one without a link.")
    return LINK + id


def common_choices(items: Iterable[Item]) -> tuple[str, ...]:
    """Answers that all of these questions have, in the order of the first."""
    questions = [item.question for item in items]
    if not questions:
        return ()
    return tuple(c for c in questions[0].choices if all(c in question.choices for question in questions))


def make_rule(state: State, kind: str, field: str, choice: str, by: str, now: str) -> int:
    """From now on decide this kind (of this field; "" means any) so; open ones too.
    Returns how many open ones that were."""
    try:
        known = RULES.get(QuestionKind(kind), ())
    except ValueError:
        known = ()
    if choice not in known:
        raise UsageError(
            f"There can be no rule “{choice}” for {kind}.", next_step=f"Possible: {', '.join(known) or 'none'}."
        )
    with state.transaction():
        state.inbox.set_rule(Rule(kind, field, choice, by, now))
        fitting = [
            item.id
            for item in state.inbox.items(("open",), kind)
            if (not field or item.question.field == field) and choice in item.question.choices
        ]
        for id in fitting:
            state.inbox.decide(id, choice, by, now)
    return len(fitting)


def drop_rule(state: State, kind: str, field: str) -> None:
    """What was decided by it stays decided; what comes is asked again."""
    state.inbox.drop_rule(kind, field)


def reopen(state: State, ids: Iterable[int]) -> int:
    """Take decisions back while no run has carried them out; all or none. Raises UsageError otherwise."""
    wanted = list(dict.fromkeys(ids))
    with state.transaction():
        for id in wanted:
            item = state.inbox.get(id)
            if item is None or item.state != "decided":
                raise UsageError("This decision was carried out already.", next_step="Undo the run that did it.")
            state.inbox.reopen(id)
    return len(wanted)
