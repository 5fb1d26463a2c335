"""Creating the other half of a record that exists on one side only, and the reasons why it has to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from toolkit.model import (
    Action,
    ActionType,
    Base,
    Change,
    Flag,
    Question,
    QuestionKind,
    Record,
    RecordState,
    Side,
    Value,
)
from toolkit.sync.draft import Draft, action_id, question_key
from toolkit.sync.moves import COMPANY
from toolkit.sync.reconcile import OTHER, allows
from toolkit.sync.settle import PLACEHOLDER

NAMES: dict[Side, str] = {"salesforce": "Salesforce", "accelo": "Accelo"}


def create(draft: Draft, source: Record, pair: str, reason: str, decided_by: str | None = None) -> Action | None:
    """Plan the counterpart of ``source`` on the other side; None when it waits, is skipped or lacks what is required.

    The ledger row of the source is written here in every case.
    """
    to = OTHER[source.side]
    parent = _parent(draft, source)
    if source.kind == "contact" and parent is None:
        return None
    changes: list[Change] = []
    bases: dict[str, Base] = {}
    blocked = _fields(draft, source, to, changes, bases)
    if blocked:
        draft.row(source, *blocked)
        return None
    if parent and source.side == "salesforce" and source.parent and (company := draft.accelo_company(source.parent)):
        bases[COMPANY] = Base(source.parent, company)
    action = draft.act(
        Action(
            id=action_id(ActionType.CREATE, to, pair),
            type=ActionType.CREATE,
            kind=source.kind,
            side=to,
            pair=pair,
            salesforce_id=source.id if source.side == "salesforce" else None,
            accelo_id=source.id if source.side == "accelo" else None,
            title=draft.rules(source.kind).title(source),
            changes=tuple(changes),
            reason=reason,
            parent=parent,
            bases=bases,
            refs=dict(source.refs),
            decided_by=decided_by,
        )
    )
    draft.row(source, RecordState.CREATED, reason, action)
    if source.kind == "company":
        draft.companies[source.side, source.id] = pair
    return action


def _parent(draft: Draft, source: Record) -> str | None:
    """The pair of the contact's company; None (with the ledger row written) when the contact must wait."""
    if source.kind != "contact":
        return None
    if source.parent is None and source.side == "salesforce":
        question = _question(
            draft,
            source,
            QuestionKind.INCOMPLETE,
            COMPANY,
            ("skip",),
            "It has no account; Accelo takes no contact "
            "without a company. Give it an account in Salesforce, or skip it.",
        )
        skipped = draft.ask(question)
        draft.row(source, RecordState.SKIPPED if skipped else RecordState.WAITING, "It has no account.")
        return None
    pair = draft.company(source.side, source.parent)
    if pair is None:
        draft.row(
            source,
            RecordState.WAITING,
            "Its company is not linked yet." if source.side == "accelo" else "Its account is not linked yet.",
        )
    return pair


def _fields(
    draft: Draft, source: Record, to: Side, changes: list[Change], bases: dict[str, Base]
) -> tuple[RecordState, str] | None:
    """Fills in what is written; returns state and reason when the record cannot be created."""
    rules = draft.rules(source.kind)
    country = rules.country((source,))
    both: Callable[[Value], Base] = lambda value: Base(value, None) if to == "accelo" else Base(None, value)  # noqa: E731  one line says it
    for name, each in rules.fields.items():
        value = source.fields.get(name)
        if name not in source.fields and not each.needs(to):
            continue
        if not each.normal(value, country):
            if each.needs(to):
                state = _missing(draft, source, name, each.label, to, changes)
                if state:
                    return state
            else:
                bases[name] = both(value)
        elif not allows(each, to):
            bold = both(value)
            bases[name] = Base(bold.salesforce, bold.accelo, Flag.KEPT)
        elif problem := each.problem(to, value):
            facts = {"to": to, "length": problem.length, "limit": problem.limit, "label": each.label}
            question = _question(
                draft, source, QuestionKind.CANNOT_CARRY, name, ("leave",), problem.reason, value, facts
            )
            left = draft.ask(question)
            if each.needs(to):
                return RecordState.SKIPPED if left else RecordState.WAITING, problem.reason
            if left:
                kept = both(value)
                bases[name] = Base(kept.salesforce, kept.accelo, Flag.KEPT)
        else:
            changes.append(Change(name, None, value, "created", f"New in {NAMES[source.side]}."))
    return None


def _missing(
    draft: Draft, source: Record, name: str, label: str, to: Side, changes: list[Change]
) -> tuple[RecordState, str] | None:
    reason = f"It has no {label.lower()}; {NAMES[to]} takes no {source.kind} without one."
    question = _question(
        draft,
        source,
        QuestionKind.INCOMPLETE,
        name,
        ("placeholder", "skip"),
        reason,
        facts={"label": label, "placeholder": draft.data.policy.placeholder},
    )
    choice = draft.ask(question)
    if choice == "placeholder":
        changes.append(
            Change(name, None, draft.data.policy.placeholder, PLACEHOLDER, "A placeholder, as decided in the inbox.")
        )
        return None
    return (RecordState.SKIPPED if choice else RecordState.WAITING), reason


def _question(
    draft: Draft,
    source: Record,
    kind: QuestionKind,
    field: str,
    choices: tuple[str, ...],
    reason: str,
    value: Value = None,
    facts: Mapping[str, object] | None = None,
) -> Question:
    ours = source.side == "salesforce"
    sf_id, accelo_id = (source.id, None) if ours else (None, source.id)
    return Question(
        key=question_key(kind, source.kind, sf_id, accelo_id, field, value),
        kind=kind,
        record_kind=source.kind,
        title=draft.rules(source.kind).title(source),
        salesforce_id=sf_id,
        accelo_id=accelo_id,
        field=field,
        ours=value if ours else None,
        theirs=None if ours else value,
        choices=choices,
        reason=reason,
        facts=facts or {},
    )
