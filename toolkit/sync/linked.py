"""What happens to pairs that are linked already: compared, retired, revived, created again."""

from __future__ import annotations

from toolkit.model import (
    Action,
    ActionType,
    Link,
    LinkState,
    Question,
    QuestionKind,
    Record,
    RecordState,
)
from toolkit.sync.births import create
from toolkit.sync.draft import Draft, question_key
from toolkit.sync.joined import compare_pair, follow_place, retire, say, state_action
from toolkit.sync.merges import merged


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
        return say(draft, s, RecordState.WAITING, "A person must decide about this pair first.")
    if s and s.deleted and s.merged_into:
        return merged(draft, link, s, a)
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
        return say(draft, s, RecordState.UNCHANGED, reason)
    if s.skip:
        return say(draft, s, RecordState.SKIPPED, s.skip)
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
    actions += follow_place(draft, link, s, a)
    bases = {**draft.data.bases.get(link.pair, {}), **draft.base_moves.get(link.pair, {})}
    return compare_pair(draft, link.pair, s, a, bases, actions)


def _deleted(draft: Draft, link: Link, s: Record, a: Record | None) -> None:
    """Nothing is deleted in Accelo; a contact may be made inactive there if a person says so."""
    retired = retire(draft, link, s, "Deleted in Salesforce; nothing is deleted in Accelo.")
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
    action = retire(draft, link, s or a, "Gone from Accelo; nothing is deleted in Salesforce.")
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
