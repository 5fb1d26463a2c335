"""A plan in the making: what has been decided so far, and the look-ups that the parts of the planner share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from toolkit.model import (
    Action,
    ActionType,
    Base,
    Kind,
    LedgerRow,
    Link,
    LinkState,
    Plan,
    Question,
    QuestionKind,
    Record,
    RecordState,
    Side,
    digest,
)
from toolkit.sync.fields import ObjectRules
from toolkit.sync.inputs import SYNCED, PlanInput

ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            ActionType.RETIRE,
            ActionType.REVIVE,
            ActionType.REPOINT,
            ActionType.LINK,
            ActionType.CREATE,
            ActionType.MOVE,
            ActionType.UPDATE,
            ActionType.DEACTIVATE,
        )
    )
}


def question_key(
    kind: QuestionKind,
    record: Kind,
    salesforce_id: str | None,
    accelo_id: str | None,
    field: str | None = None,
    values: object = None,
) -> str:
    """The name of a question over all runs. Where values are in question they are part of it (as a digest): a decision
    about two values says nothing about the next two."""
    parts = [kind.value, record, salesforce_id or "-", accelo_id or "-", field or "-"]
    return ":".join([*parts, digest(values)[:12]] if values is not None else parts)


@dataclass
class Draft:
    """Mutable inside plan_sync, never outside."""

    data: PlanInput
    actions: list[Action] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    rows: list[LedgerRow] = field(default_factory=list)
    base_moves: dict[str, dict[str, Base]] = field(default_factory=dict)
    linked: dict[tuple[Side, Kind], dict[str, Link]] = field(default_factory=dict)
    taken: set[tuple[Side, Kind, str]] = field(default_factory=set)
    """Records without a link that this plan gives one."""
    companies: dict[tuple[Side, str], str] = field(default_factory=dict)
    """(side, company id) -> pair, for companies that this plan links or creates."""
    accelo_ids: dict[str, str] = field(default_factory=dict)
    """Pair -> Accelo company, for those that are linked by this plan."""

    looked_up: set[str] = field(default_factory=set)
    """Keys of the questions that came up."""
    ended: set[str] = field(default_factory=set)
    """Pairs whose link this plan retires."""

    def __post_init__(self) -> None:
        for kind in SYNCED:
            for side in ("salesforce", "accelo"):
                self.linked[side, kind] = {}
        for link in self.data.links:
            if link.kind in SYNCED:
                if link.salesforce_id:
                    self.linked["salesforce", link.kind][link.salesforce_id] = link
                if link.accelo_id:
                    self.linked["accelo", link.kind][link.accelo_id] = link

    # look-ups

    def rules(self, kind: Kind) -> ObjectRules:
        return self.data.rules.of(kind)

    def records(self, side: Side, kind: Kind) -> Mapping[str, Record]:
        return (self.data.salesforce if side == "salesforce" else self.data.accelo).get(kind, {})

    def record(self, side: Side, kind: Kind, id: str | None) -> Record | None:
        return self.records(side, kind).get(id) if id else None

    def company(self, side: Side, id: str | None) -> str | None:
        """The pair of this company, when it is linked or will be by this plan."""
        if id is None:
            return None
        if (side, id) in self.companies:
            return self.companies[side, id]
        link = self.linked[side, "company"].get(id)
        if not link or link.state is not LinkState.LINKED or link.pair in self.ended:
            return None
        return link.pair

    def accelo_company(self, salesforce_id: str) -> str | None:
        """The Accelo company of this account; None when there is none yet."""
        pair = self.company("salesforce", salesforce_id)
        if pair in self.accelo_ids:
            return self.accelo_ids[pair]
        link = self.linked["salesforce", "company"].get(salesforce_id)
        return link.accelo_id if link and link.pair == pair else None

    # what a person decided

    def choice(self, question: Question) -> str | None:
        """The decision for this question: for itself, else by a rule for kind and field, else by a rule for the kind.
        One that is not among the choices (any more) does not count."""
        self.looked_up.add(question.key)
        own = self.data.decisions.get(question.key)
        rules = self.data.decision_rules
        found = own or rules.get(f"{question.kind}:{question.field}") or rules.get(question.kind)
        linking = question.kind is QuestionKind.NEW_IN_ACCELO and str(found).startswith("link:")
        return found if found in question.choices or linking else None

    def ask(self, question: Question) -> str | None:
        """The decision, or None after putting the question."""
        choice = self.choice(question)
        if choice is None:
            self.questions[question.key] = question
        return choice

    # what is planned

    def act(self, action: Action) -> Action:
        self.actions.append(action)
        return action

    def swap(self, old: Action, new: Action) -> None:
        """Put a completed action in the place of one that was planned a moment ago (looked for from the end)."""
        place = next(n for n in range(len(self.actions) - 1, -1, -1) if self.actions[n] is old)
        self.actions[place] = new

    def row(self, record: Record, state: RecordState, reason: str, action: Action | None = None) -> None:
        self.rows.append(
            LedgerRow(
                side=record.side,
                kind=record.kind,
                id=record.id,
                title=self.rules(record.kind).title(record),
                state=state,
                reason=reason,
                action=action.id if action else None,
            )
        )

    def plan(self) -> Plan:
        """The finished plan, in an order that depends on nothing but its content."""
        data = self.data
        kinds: dict[Kind, int] = {kind: place for place, kind in enumerate(SYNCED)}
        return Plan(
            kind="sync",
            actions=tuple(
                sorted(self.actions, key=lambda each: (kinds[each.kind], ORDER[each.type], each.pair, each.id))
            ),
            questions=tuple(sorted(self.questions.values(), key=lambda each: each.key)),
            ledger=tuple(sorted(self.rows, key=lambda each: (kinds[each.kind], each.side, each.id))),
            base_moves={pair: dict(sorted(moves.items())) for pair, moves in sorted(self.base_moves.items()) if moves},
            inputs={
                "decisions": digest([data.decisions, data.decision_rules]),
                "mapping": data.rules.digest,
                "policy": digest(data.policy),
                "read_only": str(data.read_only).lower(),
                **data.inputs,
            },
        )


def action_id(type: ActionType, side: Side | None, pair: str, mark: Literal["", ":held"] = "") -> str:
    """Unique in a plan and the same in every plan: what is done, where, to which pair."""
    return f"{type}:{side or 'links'}:{pair}{mark}"
