"""What other field rules would change, planned from what was last seen: no request, nothing written, nothing kept.

The same planner plans twice, with today's rules and with the others; what differs is what a change of the rules does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from toolkit.mapping.rules import Rules
from toolkit.model import SIDES, Kind, Link, Plan, Record, Side, Value
from toolkit.runs.planning import assemble
from toolkit.runs.records import KINDS, Observed
from toolkit.runs.setting import Setting
from toolkit.runs.streams import OWN, learn
from toolkit.store.browse import Browse
from toolkit.sync.inputs import PlanInput, RecordKey
from toolkit.sync.plan import plan_sync

WHOLE = 3_000
"""So many records of both systems are planned whole; beyond them only linked pairs that the change may concern."""
PAIRS = 500
"""So many of these pairs are planned; the rest is counted."""


@dataclass(frozen=True)
class Outcome:
    """What a plan does with one field of one record. ``side``: where it writes; None: a person is asked."""

    side: Side | None
    before: Value
    after: Value
    why: str


@dataclass(frozen=True)
class Difference:
    """One field of one record that goes otherwise; None: nothing is done with it."""

    kind: Kind
    title: str
    field: str
    now: Outcome | None
    then: Outcome | None


@dataclass(frozen=True)
class Replanned:
    """``looked_at`` of ``concerned`` linked pairs were planned; both are 0 where everything was (``whole``)."""

    differences: tuple[Difference, ...]
    whole: bool
    looked_at: int = 0
    concerned: int = 0


def replan(setting: Setting, wanted: Rules, fields: Mapping[Kind, Collection[str]]) -> Replanned | None:
    """Today's rules against ``wanted``, in which these fields are otherwise. None before anything was read."""
    state, rules = setting.state, setting.rules
    if not (facts := state.get("shape")):
        return None
    whole = sum(state.seen.count(OWN[side, kind].name) for side in SIDES for kind in KINDS) <= WHOLE
    links, concerned = (state.links.all(), 0) if whole else _concerned(setting, fields)
    plans = []
    for each in (rules, wanted):
        shape = learn(facts, each)
        fitting = shape.site.fit(each)
        seen = _seen(Observed(state, fitting, shape.values), links, whole)
        data = assemble(
            setting,
            fitting,
            shape,
            links=[link for link in links if link.kind in KINDS],
            bases=state.links.bases_of(link.pair for link in links),
            salesforce=seen["salesforce"],
            accelo=seen["accelo"],
            touched=None if whole else _keys(links, fields),
            include_held=True,
            clocks=dict.fromkeys(SIDES, 0.0),  # how wrong a clock is, only an answer of today would say
        )
        plans.append(_plan(data))
    now, then = plans
    found = []
    for key in sorted(now.keys() | then.keys()):
        (kind, _, field), (title, before), (_, after) = key, now.get(key, NOTHING), then.get(key, NOTHING)
        if before != after and field in fields.get(kind, ()):
            found.append(Difference(kind, title or then[key][0], field, before, after))
    looked_at = 0 if whole else sum(link.kind in fields for link in links)
    return Replanned(tuple(found), whole, looked_at, concerned)


Outcomes = dict[tuple[Kind, str, str], tuple[str, Outcome | None]]
NOTHING: tuple[str, Outcome | None] = ("", None)


def _plan(data: PlanInput) -> Outcomes:
    """(kind, record, field) -> what a person calls the record, and what happens with the field."""
    plan: Plan = plan_sync(data)
    found: Outcomes = {}
    for question in plan.questions:
        if question.field:
            key = (question.record_kind, question.salesforce_id or question.accelo_id or "", question.field)
            found[key] = question.title, Outcome(None, question.ours, question.theirs, question.reason)
    for action in plan.actions:
        for change in action.changes:
            key = (action.kind, action.salesforce_id or action.accelo_id or action.pair, change.field)
            found[key] = action.title, Outcome(action.side, change.before, change.after, change.reason)
    return found


def _concerned(setting: Setting, fields: Mapping[Kind, Collection[str]]) -> tuple[list[Link], int]:
    """The first pairs that the change may concern, with the links of their companies; and how many there are in all."""
    state, total = setting.state, 0
    found: dict[str, Link] = {}
    for kind, names in fields.items():
        pairs, count = Browse(state.database).pairs_apart(sorted(names), kind, PAIRS)
        total += count
        found |= {pair: link for pair in pairs if (link := state.links.get(pair)) is not None}
    people = [link.salesforce_id for link in found.values() if link.kind == "contact" and link.salesforce_id]
    rows = state.seen.get(OWN["salesforce", "contact"].name, people)
    parents = {row.owner for row in rows.values() if row.owner}
    found |= {link.pair: link for link in state.links.of_many("company", "salesforce", sorted(parents)).values()}
    return list(found.values()), total


def _seen(observed: Observed, links: list[Link], whole: bool) -> dict[Side, dict[Kind, dict[str, Record]]]:
    found: dict[Side, dict[Kind, dict[str, Record]]] = {side: {} for side in SIDES}
    for side in SIDES:
        for kind in KINDS:
            ids = [id for link in links if link.kind == kind
                   if (id := link.salesforce_id if side == "salesforce" else link.accelo_id)]  # fmt: skip
            found[side][kind] = observed.records(side, kind, None if whole else ids)
    return found


def _keys(links: list[Link], fields: Mapping[Kind, Collection[str]]) -> frozenset[RecordKey]:
    return frozenset(
        ("salesforce", link.kind, link.salesforce_id) for link in links if link.kind in fields and link.salesforce_id
    )
