"""The fields of one pair: which are written where, which bases move, which questions a person gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from toolkit.model import (
    Action,
    ActionType,
    Base,
    CannotCarry,
    Change,
    Flag,
    Question,
    QuestionKind,
    Record,
    Side,
    Value,
)
from toolkit.sync.draft import Draft, action_id, question_key
from toolkit.sync.fields import Field
from toolkit.sync.reconcile import REASONS, Decision, Terms, allows, decided, reconcile

LABELS = {
    "conflict": "Changed on both sides since they last agreed.",
    "first-link": "Both sides are filled and different, and nothing says which was there first.",
    "row-gone": "Accelo has no address with this title any more: it was deleted or got another title.",
    "late": "It holds what a request of ours would have written there earlier, one whose answer was lost: that request "
    "may have been carried out late, over what was there.",
    "lossy": "Edited in Accelo, which holds less of it than Salesforce does.",
    "held-back": "Changed in Accelo while read-only was on.",
}


@dataclass
class Outcome:
    """What comes of comparing two records field by field."""

    changes: dict[Side, list[Change]] = field(default_factory=lambda: {"salesforce": [], "accelo": []})
    held: list[Change] = field(default_factory=list)
    bases: dict[str, Base] = field(default_factory=dict)
    asked: int = 0
    decided_by: dict[Side, str] = field(default_factory=dict)


def compare(draft: Draft, s: Record, a: Record, bases: Mapping[str, Base], first_link: str) -> Outcome:
    """Decide every field that both records show; a field that one of them does not show is left alone."""
    outcome = Outcome()
    rules = draft.rules(s.kind)
    country = rules.country((s, a))
    for name, each in rules.fields.items():
        if each.row and f"ambiguous.{name}" in a.refs:
            _ask_ambiguous(draft, outcome, each, s, a)
        if name in s.fields and name in a.fields:
            _field(
                draft,
                outcome,
                each,
                s,
                a,
                bases.get(name),
                _terms(draft, each, s, a, bases.get(name), country, first_link),
            )
    return outcome


def _terms(draft: Draft, each: Field, s: Record, a: Record, base: Base | None, country: str, first_link: str) -> Terms:
    data = draft.data
    newer: Side | None = None
    if s.modified and a.modified:
        later = (s.modified - a.modified).total_seconds() - data.ahead  # by how much Salesforce's edit is the later one
        if abs(later) > data.policy.tie_seconds:
            newer = "salesforce" if later > 0 else "accelo"
    return Terms(
        policy=each.policy or data.policy.conflicts,
        first_link=first_link,
        read_only=data.read_only,
        country=country,
        newer=newer,
        late=frozenset(record.side for record in (s, a) if _late(draft, each, record, country)),
        held=bool(data.held_before and a.modified and a.modified <= data.held_before)
        or bool(each.row and data.held_rows),
        row_gone=bool(each.row and base and each.normal(base.accelo, country) and each.row not in a.refs),
    )


def _late(draft: Draft, each: Field, record: Record, country: str) -> bool:
    """Does the record hold what a request would have written that was given up on."""
    given_up = draft.data.late.get((record.side, record.kind, record.id, each.name))
    if not given_up:  # nearly always: no normal form is made for it
        return False
    now = each.normal(record.fields[each.name], country)
    return any(each.normal(value, country) == now for value in given_up)


def _field(draft: Draft, outcome: Outcome, each: Field, s: Record, a: Record, base: Base | None, terms: Terms) -> None:
    ours, theirs = s.fields[each.name], a.fields[each.name]
    decision = reconcile(each, base, ours, theirs, terms)
    held: Decision | None = None
    by = ""
    if decision.ask:
        question = _question(draft, each, s, a, base, decision, terms)
        choice = draft.ask(question)
        chosen = decided(choice, each, ours, theirs, read_only=draft.data.read_only) if choice else None
        outcome.asked += chosen is None
        if chosen is None and decision.ask is QuestionKind.HELD_BACK:
            held = Decision("held-back", write="salesforce", value=theirs)
        by = question.key if chosen else ""
        decision = chosen or decision
    if decision.base:
        outcome.bases[each.name] = decision.base
    for write, target in ((decision, None), (held, outcome.held)):
        if write and write.write:
            before = ours if write.write == "salesforce" else theirs
            problem = each.problem(write.write, write.value)
            if problem:
                _cannot_carry(draft, outcome, each, s, a, base, problem)
                continue
            change = Change(each.name, before, write.value, write.rule, write.reason)
            (outcome.changes[write.write] if target is None else target).append(change)
            if by:
                outcome.decided_by[write.write] = by


def _question(
    draft: Draft, each: Field, s: Record, a: Record, base: Base | None, decision: Decision, terms: Terms
) -> Question:
    kind = decision.ask or QuestionKind.CONFLICT
    if kind is QuestionKind.HELD_BACK:
        choices = ["push", "revert", "keep"] if allows(each, "accelo") else ["push", "keep"]
    else:
        able = allows(each, "salesforce") and not terms.read_only
        choices = [*(["salesforce"] if allows(each, "accelo") else []), *(["accelo"] if able else []), "keep"]
    return _about(draft, each, s, a, base, kind, tuple(choices), LABELS[decision.rule], {})


def _about(
    draft: Draft,
    each: Field,
    s: Record,
    a: Record,
    base: Base | None,
    kind: QuestionKind,
    choices: tuple[str, ...],
    reason: str,
    facts: Mapping[str, object],
) -> Question:
    rules = draft.rules(s.kind)
    ours, theirs = s.fields.get(each.name), a.fields.get(each.name)
    return Question(
        key=question_key(kind, s.kind, s.id, a.id, each.name, [each.normal(ours, ""), each.normal(theirs, "")]),
        kind=kind,
        record_kind=s.kind,
        title=rules.title(s),
        salesforce_id=s.id,
        accelo_id=a.id,
        field=each.name,
        base=base.salesforce if base else None,
        ours=ours,
        theirs=theirs,
        choices=choices,
        reason=reason,
        facts={
            "label": each.label,
            "salesforce_modified": s.modified,
            "salesforce_by": s.modified_by,
            "accelo_modified": a.modified,
            "accelo_by": a.modified_by,
            "base_accelo": base.accelo if base else None,
            **facts,
        },
    )


def _cannot_carry(
    draft: Draft, outcome: Outcome, each: Field, s: Record, a: Record, base: Base | None, problem: CannotCarry
) -> None:
    facts = {"to": problem.to, "length": problem.length, "limit": problem.limit}
    question = _about(draft, each, s, a, base, QuestionKind.CANNOT_CARRY, ("leave",), problem.reason, facts)
    if draft.ask(question) is None:
        outcome.asked += 1
    else:
        outcome.bases[each.name] = Base(s.fields[each.name], a.fields[each.name], Flag.KEPT)


def _ask_ambiguous(draft: Draft, outcome: Outcome, each: Field, s: Record, a: Record) -> None:
    number = a.refs[f"ambiguous.{each.name}"]
    question = Question(
        key=question_key(QuestionKind.AMBIGUOUS, s.kind, s.id, a.id, each.name),
        kind=QuestionKind.AMBIGUOUS,
        record_kind=s.kind,
        title=draft.rules(s.kind).title(s),
        salesforce_id=s.id,
        accelo_id=a.id,
        field=each.name,
        ours=s.fields.get(each.name),
        choices=("leave",),
        facts={"label": each.label, "addresses": number},
        reason=f"Accelo has {number} addresses with this title, and none is touched. Give all but one another title.",
    )
    outcome.asked += draft.ask(question) is None


def updates(
    draft: Draft, pair: str, s: Record, a: Record, outcome: Outcome, sides: tuple[Side, ...] = ("accelo", "salesforce")
) -> list[Action]:
    """The actions that carry the changes: one for each side, and one more for what was held back."""
    found = []
    for side in sides:
        if outcome.changes[side]:
            found.append(
                draft.act(_update(draft, pair, s, a, side, outcome.changes[side], outcome.decided_by.get(side)))
            )
    if outcome.held and draft.data.include_held:
        found.append(draft.act(_update(draft, pair, s, a, "salesforce", outcome.held, None, held=True)))
    return found


def _update(
    draft: Draft,
    pair: str,
    s: Record,
    a: Record,
    side: Side,
    changes: list[Change],
    by: str | None,
    *,
    held: bool = False,
) -> Action:
    target = a if side == "accelo" else s
    expected: dict[str, Value] = {change.field: target.fields.get(change.field) for change in changes}
    reasons = sorted({change.reason for change in changes})
    return Action(
        id=action_id(ActionType.UPDATE, side, pair, ":held" if held else ""),
        type=ActionType.UPDATE,
        kind=s.kind,
        side=side,
        pair=pair,
        salesforce_id=s.id,
        accelo_id=a.id,
        title=draft.rules(s.kind).title(s),
        changes=tuple(changes),
        reason=REASONS["held-back"] if held else " ".join(reasons),
        expected=expected,
        refs=dict(a.refs),
        decided_by=by,
    )
