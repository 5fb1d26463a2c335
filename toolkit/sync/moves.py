"""A contact's company follows Salesforce's account: the affiliation moves, the old one is never removed."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.model import (
    Action,
    ActionType,
    Base,
    Change,
    Flag,
    Question,
    QuestionKind,
    Record,
)
from toolkit.sync.draft import Draft, action_id, question_key
from toolkit.sync.fields import Field
from toolkit.sync.pairs import Outcome

COMPANY = "company"
"""The name under which the base of a contact's company is kept: its account's id, its company's id."""
PLACELESS = "It is in no company in Accelo any more; give it one there, or move it to another account in Salesforce."


@dataclass(frozen=True)
class Move:
    """``pair`` of the company to move to, and its Accelo id where it is known already. ``leaves``: the affiliation that
    is all that is left of it, where a run died in its middle, and ``was`` the company of that."""

    pair: str
    accelo_id: str | None
    leaves: str = ""
    was: str | None = None


def follow(draft: Draft, s: Record, a: Record, base: Base | None, outcome: Outcome) -> tuple[Move | None, str]:
    """Where the contact must move, and why it waits if it does. Notes the base in ``outcome`` where nothing is written.

    | account in Salesforce | its company | does |
    |---|---|---|
    | same as at the base | any | nothing: what Accelo does with its affiliations is Accelo's |
    | same as at the base | none any more | waits |
    | changed | not linked | waits |
    | changed | where the contact is | base |
    | changed | where the contact is, and as a twin where it was | move |
    | changed | another | move |
    | taken away | – | question: Accelo has no contact without a company |
    | none, never was | any | base |
    """
    if s.parent is None:
        _without_account(draft, s, a, base, outcome)
        return None, ""
    if base and base.salesforce == s.parent:
        return None, PLACELESS if placeless(base, a) else ""
    pair = draft.company("salesforce", s.parent)
    if pair is None:
        return None, "Its account is not linked to a company yet."
    company = draft.accelo_company(s.parent)
    if company and company == a.parent:
        if base and (left := a.refs.get(f"twin@{base.accelo}")):
            return Move(pair, company, left, str(base.accelo)), ""
        outcome.bases[COMPANY] = Base(s.parent, a.parent)
        return None, ""
    return Move(pair, company), ""


def placeless(base: Base | None, a: Record) -> bool:
    """Is a contact in no company of Accelo any more; what is told of it in a company waits until it is in one."""
    return bool(base and base.accelo and not a.parent)


def _without_account(draft: Draft, s: Record, a: Record, base: Base | None, outcome: Outcome) -> None:
    if base and base.salesforce:
        question = Question(
            key=question_key(QuestionKind.CANNOT_CARRY, s.kind, s.id, a.id, COMPANY),
            kind=QuestionKind.CANNOT_CARRY,
            record_kind=s.kind,
            title=draft.rules(s.kind).title(s),
            salesforce_id=s.id,
            accelo_id=a.id,
            field=COMPANY,
            base=base.salesforce,
            theirs=a.parent,
            choices=("leave",),
            reason="It has no account in Salesforce any more; Accelo has no contact without a company.",
        )
        if draft.ask(question) is None:
            outcome.asked += 1
            return
    elif base:
        return
    outcome.bases[COMPANY] = Base(None, a.parent, Flag.KEPT)


def of_a_place(draft: Draft, s: Record) -> dict[str, Field]:
    """The fields that are told of a contact in a company."""
    return {name: each for name, each in draft.rules(s.kind).fields.items() if each.moves}


def move_action(draft: Draft, pair: str, s: Record, a: Record, move: Move, outcome: Outcome) -> Action:
    """The move, with whatever else is to be written to the contact in Accelo.

    Is the contact active in that company already, then what stands there is not what was agreed about the place that it
    leaves: such fields begin without an agreement, so that the next run fills blanks and asks where both are filled.
    One that is in no company any more is told its new place what Salesforce holds. What is left of a move that was cut
    off goes without the other changes: they are about where the contact is already.
    """
    reason = "Moved to another account in Salesforce."
    there = move.accelo_id is not None and f"active@{move.accelo_id}" in a.refs
    own = of_a_place(draft, s) if there or a.parent is None else {}
    with_it = [] if move.leaves else [change for change in outcome.changes["accelo"] if change.field not in own]
    if not there:
        for name, each in own.items():
            if name in s.fields and each.normal(s.fields[name], "") and not each.problem("accelo", s.fields[name]):
                with_it.append(Change(name, None, s.fields[name], "salesforce-changed", reason))
    change = Change(COMPANY, move.was or a.parent, move.accelo_id, "salesforce-changed", reason)
    bases = {COMPANY: Base(s.parent, move.accelo_id)} if move.accelo_id else {}
    bases |= dict.fromkeys(own.keys() - {each.field for each in with_it}, Base(None, None))
    if not move.leaves:
        outcome.changes["accelo"] = []
    return draft.act(
        Action(
            id=action_id(ActionType.MOVE, "accelo", pair),
            type=ActionType.MOVE,
            kind=s.kind,
            side="accelo",
            pair=pair,
            salesforce_id=s.id,
            accelo_id=a.id,
            title=draft.rules(s.kind).title(s),
            changes=(change, *with_it),
            reason=reason,
            parent=move.pair,
            expected=dict(a.fields),
            bases=bases,
            refs={"leaves": move.leaves} if move.leaves else dict(a.refs),
            decided_by=outcome.decided_by.get("accelo"),
        )
    )
