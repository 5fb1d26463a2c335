"""Records that were merged in Salesforce: the link goes to the one that is left, or a person decides."""

from __future__ import annotations

from dataclasses import replace

from toolkit.model import (
    ActionType,
    Kind,
    Link,
    Question,
    QuestionKind,
    Record,
    RecordState,
    Side,
)
from toolkit.sync.draft import Draft, question_key
from toolkit.sync.joined import compare_pair, retire, state_action


def merged(draft: Draft, link: Link, s: Record, a: Record | None) -> None:
    """The link goes to the winner if that has none; two links that became one record are a person's matter."""
    winner_id = _end(draft, s)
    winner = draft.record("salesforce", link.kind, winner_id)
    other = draft.linked["salesforce", link.kind].get(winner_id)
    taken = ("salesforce", link.kind, winner_id) in draft.taken
    if winner is None or winner.deleted or winner.skip or a is None or a.deleted:
        action = retire(draft, link, s, "Merged in Salesforce into a record that cannot be linked.")
        draft.row(s, RecordState.UPDATED if action else RecordState.SKIPPED, "Merged in Salesforce.", action)
        return
    if other is None and not taken:
        repoint(draft, link, s, a, winner, None)
        return
    question = Question(
        key=question_key(QuestionKind.MERGED, link.kind, s.id, a.id),
        kind=QuestionKind.MERGED,
        record_kind=link.kind,
        title=draft.rules(link.kind).title(winner),
        salesforce_id=s.id,
        accelo_id=a.id,
        choices=("leave", "repoint") if other else ("leave",),
        reason="Merged in Salesforce, and both were linked: two records in Accelo are one in Salesforce now. "
        "Merge them in Accelo, or let the winner take this one as its counterpart.",
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
        repoint(draft, link, s, a, winner, question.key)
        return
    action = (
        retire(draft, link, s, "Merged in Salesforce; left as it is in Accelo, as a person decided.")
        if choice
        else None
    )
    state = RecordState.UPDATED if action else RecordState.SKIPPED if choice else RecordState.WAITING
    draft.row(s, state, "Merged in Salesforce into a record that is linked, too.", action)


def repoint(draft: Draft, link: Link, s: Record, a: Record, winner: Record, by: str | None) -> None:
    side: Side | None = "accelo" if link.kind in draft.data.capabilities.accelo_marker else None
    reason = "Merged in Salesforce; the link goes to the record that is left."
    moved = replace(link, salesforce_id=winner.id)
    refs = {name: id for name, id in a.refs.items() if name != "affiliation"}  # its place is another matter
    action = state_action(draft, ActionType.REPOINT, moved, winner, reason, side=side, by=by, refs=refs)
    draft.row(s, RecordState.UPDATED, reason, action)
    draft.taken.add(("salesforce", link.kind, winner.id))
    if link.kind == "company":
        draft.companies["salesforce", winner.id] = link.pair
        draft.companies["accelo", a.id] = link.pair
        draft.accelo_ids[link.pair] = a.id
    compare_pair(draft, link.pair, winner, a, draft.data.bases.get(link.pair, {}), [])


def _end(draft: Draft, s: Record) -> str:
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
    return _end(draft, record) if record and record.deleted and record.merged_into else id
