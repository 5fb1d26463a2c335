"""What every pair has in common: it is compared, its link moves, it has one row in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from toolkit.model import (
    Action,
    ActionType,
    Base,
    Link,
    LinkState,
    Record,
    RecordState,
    Side,
)
from toolkit.sync.draft import Draft, action_id
from toolkit.sync.moves import COMPANY, follow, move_action, of_a_place
from toolkit.sync.pairs import compare, updates


def compare_pair(
    draft: Draft,
    pair: str,
    s: Record,
    a: Record,
    bases: Mapping[str, Base],
    actions: list[Action],
    first_link: str = "ask",
    *,
    new: bool = False,
) -> None:
    """Compare the fields (and a contact's company) of a pair and write its ledger row.

    A field without a base in a pair that was linked before (state lost, a rule added later) is asked about where both
    sides are filled and different. ``new``: the pair is being linked, so its bases go with the first of ``actions``.
    """
    outcome = compare(draft, s, a, bases, first_link)
    move, waits = follow(draft, s, a, bases.get(COMPANY), outcome) if s.kind == "contact" else (None, "")
    if move:
        actions.append(move_action(draft, pair, s, a, move, outcome))
    actions += updates(draft, pair, s, a, outcome)
    if new:
        first = replace(actions[0], bases={**outcome.bases, **actions[0].bases})
        draft.swap(actions[0], first)
        actions[0] = first
    elif outcome.bases:
        draft.base_moves.setdefault(pair, {}).update(outcome.bases)
    written = next((action for action in actions if action.side), None)
    if written:
        draft.row(s, RecordState.UPDATED, written.reason, written)
    elif outcome.asked or waits:
        draft.row(s, RecordState.WAITING, waits or "A person is asked about it in the inbox.")
    elif actions:  # only our own link moves
        draft.row(s, RecordState.UNCHANGED, actions[0].reason, actions[0])
    else:
        draft.row(s, RecordState.UNCHANGED, "Both sides agree.")


def follow_place(draft: Draft, link: Link, s: Record, a: Record) -> list[Action]:
    """The affiliation by which a contact was linked is gone from Accelo, and another one stands in for it: the link
    goes there. What was agreed was about the place that is gone: its fields begin without an agreement, so that
    nothing that stands at the other place is taken for an edit where Salesforce holds something, too."""
    before, now = link.refs.get("affiliation"), a.refs.get("affiliation")
    if not before or not now or before == now:
        return []
    draft.base_moves.setdefault(link.pair, {}).update(dict.fromkeys(of_a_place(draft, s), Base(None, None)))
    reason = "Its affiliation is gone from Accelo; the one that is left is followed."
    return [state_action(draft, ActionType.REPOINT, link, s, reason, refs={"affiliation": now})]


def state_action(
    draft: Draft,
    type: ActionType,
    link: Link,
    record: Record,
    reason: str,
    *,
    side: Side | None = None,
    by: str | None = None,
    refs: Mapping[str, str] | None = None,
) -> Action:
    """An action that moves a link (and writes at most a marker or a standing)."""
    if type is ActionType.RETIRE:
        draft.ended.add(link.pair)
    return draft.act(
        Action(
            id=action_id(type, side, link.pair),
            type=type,
            kind=link.kind,
            side=side,
            pair=link.pair,
            salesforce_id=link.salesforce_id,
            accelo_id=link.accelo_id,
            title=draft.rules(link.kind).title(record),
            reason=reason,
            decided_by=by,
            refs=dict(refs or {}),
        )
    )


def say(draft: Draft, s: Record | None, state: RecordState, reason: str, action: Action | None = None) -> None:
    if s:
        draft.row(s, state, reason, action)


def retire(draft: Draft, link: Link, record: Record, reason: str) -> Action | None:
    return state_action(draft, ActionType.RETIRE, link, record, reason) if link.state is LinkState.LINKED else None
