"""What happens to pairs that are linked already: compared, retired, revived, re-pointed after a merge, moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from toolkit.model import (
    Action,
    ActionType,
    Base,
    Kind,
    Link,
    LinkState,
    Question,
    QuestionKind,
    Record,
    RecordState,
    Side,
)
from toolkit.sync.births import create
from toolkit.sync.draft import Draft, action_id, question_key
from toolkit.sync.moves import COMPANY, follow, move_action
from toolkit.sync.pairs import compare, updates


def plan_link(draft: Draft, link: Link) -> None:
    """Plan one pair. The tests walk this table.

    | link | Salesforce | Accelo | does |
    |---|---|---|---|
    | linked | there | there | compare |
    | linked | deleted | there | retire, ask |
    | linked | there | gone | retire, ask |
    | linked | deleted | gone | retire |
    | linked | merged | there | repoint |
    | linked | not read | there | nothing |
    | linked | there | not read | nothing |
    | retired | there | there | revive |
    | retired | deleted | there | ask |
    | retired | there | gone | ask |
    | frozen | there | there | waits |
    """
    s, a = draft.record("salesforce", link.kind, link.salesforce_id), draft.record("accelo", link.kind, link.accelo_id)
    if link.pair in draft.ended:
        return None  # another pair took its record
    if link.state is LinkState.FROZEN:
        return _say(draft, s, RecordState.WAITING, "A person must decide about this pair first.")
    if s and s.deleted and s.merged_into:
        return _merged(draft, link, s, a)
    if s and s.deleted:
        return _deleted(draft, link, s, a)
    if a and a.deleted:
        return _gone(draft, link, s, a)
    if s is None or a is None:
        reason = (
            "Its link is retired."
            if link.state is LinkState.RETIRED
            else "Its other half was not read; nothing is concluded from that."
        )
        return _say(draft, s, RecordState.UNCHANGED, reason)
    if s.skip:
        return _say(draft, s, RecordState.SKIPPED, s.skip)
    actions: list[Action] = []
    if link.state is LinkState.RETIRED:
        actions.append(
            state_action(
                draft, ActionType.REVIVE, link, s, "It is there again on both sides; what was agreed still holds."
            )
        )
        if link.kind == "company":
            draft.companies["salesforce", s.id] = draft.companies["accelo", a.id] = link.pair
            draft.accelo_ids[link.pair] = a.id
    return compare_pair(draft, link.pair, s, a, draft.data.bases.get(link.pair, {}), actions)


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
    sides are filled and different. ``new``: the pair is being linked, so its bases travel with the first of ``actions``.
    """
    outcome = compare(draft, s, a, bases, first_link)
    move, waits = follow(draft, s, a, bases.get(COMPANY), outcome) if s.kind == "contact" else (None, "")
    if move:
        actions.append(move_action(draft, pair, s, a, move, outcome))
        outcome.changes["accelo"] = []
    actions += updates(draft, pair, s, a, outcome)
    if new:
        first = replace(actions[0], bases={**outcome.bases, **actions[0].bases})
        draft.actions[draft.actions.index(actions[0])] = first
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


def _say(draft: Draft, s: Record | None, state: RecordState, reason: str, action: Action | None = None) -> None:
    if s:
        draft.row(s, state, reason, action)


def _retire(draft: Draft, link: Link, record: Record, reason: str) -> Action | None:
    return state_action(draft, ActionType.RETIRE, link, record, reason) if link.state is LinkState.LINKED else None


def _deleted(draft: Draft, link: Link, s: Record, a: Record | None) -> None:
    """Nothing is deleted in Accelo; a contact may be made inactive there if a person says so."""
    retired = _retire(draft, link, s, "Deleted in Salesforce; nothing is deleted in Accelo.")
    action = retired
    if a and not a.deleted and a.refs.get("standing") != "inactive":
        able = link.kind == "contact"  # a company's standing is moved by people only (progressions)
        question = Question(
            key=question_key(QuestionKind.DELETED_IN_SALESFORCE, link.kind, s.id, a.id),
            kind=QuestionKind.DELETED_IN_SALESFORCE,
            record_kind=link.kind,
            title=draft.rules(link.kind).title(s if s.fields else a),
            salesforce_id=s.id,
            accelo_id=a.id,
            choices=("deactivate", "leave") if able else ("leave",),
            reason="Deleted in Salesforce. It stays in Accelo"
            + ("." if able else "; make it inactive there by hand if it should be."),
        )
        if draft.ask(question) == "deactivate":
            action = state_action(
                draft,
                ActionType.DEACTIVATE,
                link,
                a,
                "Deleted in Salesforce; a person said to make it inactive.",
                side="accelo",
                by=question.key,
                refs=a.refs,
            )
    if action:
        draft.row(s, RecordState.UPDATED, action.reason, action)
    else:
        draft.row(s, RecordState.SKIPPED, "Deleted in Salesforce; its link is retired.")


def _gone(draft: Draft, link: Link, s: Record | None, a: Record) -> None:
    """Never deleted in Salesforce, and never created again by itself."""
    action = _retire(draft, link, s or a, "Gone from Accelo; nothing is deleted in Salesforce.")
    if s is None:
        return
    question = Question(
        key=question_key(QuestionKind.GONE_IN_ACCELO, link.kind, s.id, a.id),
        kind=QuestionKind.GONE_IN_ACCELO,
        record_kind=link.kind,
        title=draft.rules(link.kind).title(s),
        salesforce_id=s.id,
        accelo_id=a.id,
        choices=("leave", "create-again"),
        reason="It was deleted in Accelo. It stays in Salesforce and is not created again by itself.",
    )
    choice = draft.ask(question)
    if choice == "create-again":
        create(draft, s, link.pair, "Gone from Accelo; a person said to create it again.", question.key)
    elif action:
        draft.row(s, RecordState.UPDATED, action.reason, action)
    else:
        draft.row(s, RecordState.SKIPPED if choice else RecordState.WAITING, "Gone from Accelo; its link is retired.")


def _merged(draft: Draft, link: Link, s: Record, a: Record | None) -> None:
    """The link goes to the winner if that has none; two links that became one record are a person's matter."""
    winner_id = _winner(draft, s)
    winner = draft.record("salesforce", link.kind, winner_id)
    other = draft.linked["salesforce", link.kind].get(winner_id)
    taken = ("salesforce", link.kind, winner_id) in draft.taken
    if winner is None or winner.deleted or winner.skip or a is None or a.deleted:
        action = _retire(draft, link, s, "Merged in Salesforce into a record that cannot be linked.")
        draft.row(s, RecordState.UPDATED if action else RecordState.SKIPPED, "Merged in Salesforce.", action)
        return None
    if other is None and not taken:
        return _repoint(draft, link, s, a, winner, None)
    question = Question(
        key=question_key(QuestionKind.MERGED, link.kind, s.id, a.id),
        kind=QuestionKind.MERGED,
        record_kind=link.kind,
        title=draft.rules(link.kind).title(winner),
        salesforce_id=s.id,
        accelo_id=a.id,
        choices=("leave", "repoint") if other else ("leave",),
        reason="Merged in Salesforce, and both were linked: two records in Accelo are one in Salesforce now. Merge them in Accelo, "
        "or let the winner take this one as its counterpart.",
        facts={"winner": winner.id, "winner_accelo": other.accelo_id if other else None},
    )
    choice = draft.ask(question)
    if choice == "repoint" and other:
        state_action(
            draft,
            ActionType.RETIRE,
            other,
            winner,
            "Its account takes another company as its counterpart, as a person decided.",
            by=question.key,
            refs={"unlink": "salesforce"},
        )
        return _repoint(draft, link, s, a, winner, question.key)
    action = (
        _retire(draft, link, s, "Merged in Salesforce; left as it is in Accelo, as a person decided.")
        if choice
        else None
    )
    state = RecordState.UPDATED if action else RecordState.SKIPPED if choice else RecordState.WAITING
    draft.row(s, state, "Merged in Salesforce into a record that is linked, too.", action)


def _repoint(draft: Draft, link: Link, s: Record, a: Record, winner: Record, by: str | None) -> None:
    side: Side | None = "accelo" if link.kind in draft.data.capabilities.accelo_marker else None
    reason = "Merged in Salesforce; the link goes to the record that is left."
    moved = replace(link, salesforce_id=winner.id)
    action = state_action(draft, ActionType.REPOINT, moved, winner, reason, side=side, by=by, refs=a.refs)
    draft.row(s, RecordState.UPDATED, reason, action)
    draft.taken.add(("salesforce", link.kind, winner.id))
    if link.kind == "company":
        draft.companies["salesforce", winner.id] = link.pair
        draft.companies["accelo", a.id] = link.pair
        draft.accelo_ids[link.pair] = a.id
    compare_pair(draft, link.pair, winner, a, draft.data.bases.get(link.pair, {}), [])


def _winner(draft: Draft, s: Record) -> str:
    """The end of the chain of merges; a chain that leads back ends where it started."""
    seen = {s.id}
    here: Record | None = s
    while here and here.merged_into and here.merged_into not in seen:
        seen.add(here.merged_into)
        last = here.merged_into
        here = draft.record("salesforce", s.kind, last)
        if here is None or not here.deleted:
            return last
    return s.id


def winner_of(draft: Draft, kind: Kind, id: str) -> str:
    """The record that a Salesforce id means today, merges followed."""
    record = draft.record("salesforce", kind, id)
    return _winner(draft, record) if record and record.deleted and record.merged_into else id
