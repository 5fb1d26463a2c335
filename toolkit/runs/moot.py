"""Decisions that ask for nothing any more: carried out, or about a question that went away by itself.

They are settled, so that a question that comes again (deleted once more, the same two values once more) is asked again.
"""

from __future__ import annotations

from collections.abc import Collection

from toolkit.model import Plan, QuestionKind, RecordState, Side
from toolkit.store.inbox import Item
from toolkit.store.state import State

UNLINKED = frozenset({QuestionKind.NEW_IN_ACCELO, QuestionKind.AMBIGUOUS, QuestionKind.INCOMPLETE})
"""Kinds about a record without a link: a decision stands until it has one, whatever else the record waits for."""
NOT_IN_READ_ONLY = frozenset({QuestionKind.HELD_BACK, QuestionKind.NEW_IN_ACCELO})
"""Kinds that nobody is asked about while read-only is on."""


def moot(state: State, plan: Plan, known: Collection[str], looked_up: Collection[str]) -> list[str]:
    """Keys of the decisions that the planner was given (``known``) and did not look for (``looked_up``), although it
    looked at their records."""
    settled = {row.id for row in plan.ledger if row.side == "salesforce" and row.state is not RecordState.WAITING}
    found = []
    for item in state.inbox.items(("decided",)):
        question = item.question
        if question.key not in known or question.key in looked_up or question.kind is QuestionKind.POISON:
            continue
        if state.read_only and question.kind in NOT_IN_READ_ONLY:
            continue
        paired = question.salesforce_id and question.accelo_id
        if question.kind in UNLINKED or not paired:
            over = _linked(state, item)
        else:
            over = question.salesforce_id in settled
        if over:
            found.append(question.key)
    return found


def _linked(state: State, item: Item) -> bool:
    question = item.question
    kind = question.record_kind
    if kind not in ("company", "contact"):
        return False
    ids: tuple[tuple[Side, str | None], ...] = (
        ("salesforce", question.salesforce_id),
        ("accelo", question.accelo_id),
    )
    return any(state.links.of_many(kind, side, [id]) for side, id in ids if id)
