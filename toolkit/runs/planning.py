"""What the planner is given: the records that may need something, their pairs and bases, choices and capabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from toolkit.mapping.rules import Rules
from toolkit.model import SIDES, Base, Kind, Link, LinkState, Plan, Record, Side
from toolkit.runs.records import KINDS, Observed
from toolkit.runs.setting import Setting
from toolkit.runs.settle import given_up, perhaps
from toolkit.runs.streams import OWN, Shape
from toolkit.settings import Settings
from toolkit.store.state import HELD, HELD_ROWS, State
from toolkit.sync.brakes import Counts, Limit, Limits
from toolkit.sync.inputs import Capabilities, PlanInput, Policy, RecordKey
from toolkit.sync.ledger import Gaps, close
from toolkit.sync.moves import COMPANY, placeless

UNSURE = 2.0
"""Seconds by which a measured clock may be wrong: the systems tell their time in whole seconds."""



@dataclass(frozen=True)
class Given:
    """The planner's input, and the records that it was about (for the ledger)."""

    data: PlanInput
    scope: frozenset[RecordKey]


def gather(
    setting: Setting, rules: Rules, shape: Shape, observed: Observed, *, full: bool, include_held: bool
) -> Given:
    state = setting.state
    touched = None if full else frozenset(state.seen.dirty() | _in_question(state))
    salesforce: dict[Kind, dict[str, Record]] = {}
    accelo: dict[Kind, dict[str, Record]] = {}
    for kind in KINDS:
        if touched is None:
            salesforce[kind], accelo[kind] = observed.records("salesforce", kind), observed.records("accelo", kind)
            continue
        ids: dict[Side, set[str]] = {
            side: set(state.links.unlinked(kind, side, OWN[side, kind].name)) for side in SIDES
        }
        for side, of, id in touched:
            if of == kind:
                ids[side].add(id)
        for side in SIDES:
            for link in state.links.of_many(kind, side, sorted(ids[side])).values():
                ids["salesforce"] |= {link.salesforce_id} if link.salesforce_id else set()
                ids["accelo"] |= {link.accelo_id} if link.accelo_id else set()
        salesforce[kind] = observed.records("salesforce", kind, sorted(ids["salesforce"]))
        accelo[kind] = observed.records("accelo", kind, sorted(ids["accelo"]))
        _with_winners(state, observed, kind, salesforce[kind], accelo[kind])
    bases = (
        dict(state.links.all_bases()) if touched is None else state.links.bases_of(_pairs(state, touched, salesforce))
    )
    data = assemble(
        setting,
        rules,
        shape,
        links=[link for link in state.links.all() if link.kind in KINDS],
        bases=bases,
        salesforce=salesforce,
        accelo=accelo,
        touched=touched,
        include_held=include_held,
        clocks={side: _ahead(setting, side) for side in SIDES},
    )
    scope: frozenset[RecordKey] = frozenset(("salesforce", kind, id) for kind in KINDS for id in salesforce[kind])
    return Given(data, scope)


def assemble(
    setting: Setting,
    rules: Rules,
    shape: Shape,
    *,
    links: list[Link],
    bases: Mapping[str, Mapping[str, Base]],
    salesforce: Mapping[Kind, Mapping[str, Record]],
    accelo: Mapping[Kind, Mapping[str, Record]],
    touched: frozenset[RecordKey] | None,
    include_held: bool,
    clocks: Mapping[Side, float],
) -> PlanInput:
    """These records with the workspace's choices, decisions and read-only state."""
    state, held = setting.state, setting.state.get(HELD)
    return PlanInput(
        rules=rules,
        links=links,
        bases=bases,
        salesforce=salesforce,
        accelo=accelo,
        touched=touched,
        policy=policy(setting.settings),
        decisions=state.inbox.decisions(),
        decision_rules={f"{rule.kind}:{rule.field}".rstrip(":"): rule.choice for rule in state.inbox.rules()},
        read_only=state.read_only,
        held_before=datetime.fromisoformat(held) + timedelta(seconds=clocks["accelo"] + UNSURE) if held else None,
        late=given_up(state, setting.clock()),
        perhaps=perhaps(state, setting.clock()),
        ahead=clocks["salesforce"] - clocks["accelo"],
        held_rows=bool(state.get(HELD_ROWS)),
        include_held=include_held,
        capabilities=capabilities(rules, shape),
    )


def _ahead(setting: Setting, side: Side) -> float:
    """Whole seconds by which that system's clock is ahead of ours, by its last answers; 0 when about the same."""
    reader = setting.salesforce_reader if side == "salesforce" else setting.accelo_reader
    seconds = round((reader.server_now() - setting.clock()).total_seconds())
    return float(seconds) if abs(seconds) > UNSURE else 0.0


def _in_question(state: State) -> set[RecordKey]:
    """Records about which a person is asked, or has just decided."""
    found: set[RecordKey] = set()
    for item in state.inbox.items(("open", "decided")):
        question = item.question
        for side, id in (("salesforce", question.salesforce_id), ("accelo", question.accelo_id)):
            if id:
                found.add((side, question.record_kind, id))  # type: ignore[arg-type]  # the two sides
    return found


def _with_winners(
    state: State, observed: Observed, kind: Kind, salesforce: dict[str, Record], accelo: dict[str, Record]
) -> None:
    """Records that others were merged into, and their other halves."""
    left = {record.merged_into for record in salesforce.values() if record.merged_into} - salesforce.keys()
    while left:
        found = observed.records("salesforce", kind, sorted(left))
        salesforce |= found
        halves = [
            link.accelo_id for link in state.links.of_many(kind, "salesforce", sorted(found)).values() if link.accelo_id
        ]
        accelo |= observed.records("accelo", kind, [id for id in halves if id not in accelo])
        left = {record.merged_into for record in found.values() if record.merged_into} - salesforce.keys()


def _pairs(state: State, touched: Iterable[RecordKey], salesforce: dict[Kind, dict[str, Record]]) -> list[str]:
    wanted: dict[tuple[Side, Kind], list[str]] = {}
    for side, kind, id in touched:
        wanted.setdefault((side, kind), []).append(id)
    for kind in KINDS:
        wanted.setdefault(("salesforce", kind), []).extend(salesforce[kind])
    return sorted(
        {link.pair for (side, kind), ids in wanted.items() for link in state.links.of_many(kind, side, ids).values()}
    )


def policy(settings: Settings) -> Policy:
    said = settings.sync
    return Policy(conflicts=said.conflicts, new_in_accelo=said.new_in_accelo, first_link=said.first_link)


def limits(settings: Settings) -> Limits:
    said = settings.brakes
    return Limits(
        creations=Limit(said.creations, said.creations_share),
        updates=Limit(said.updates, said.updates_share),
        blankings=Limit(said.blankings, said.blankings_share),
        retirements=Limit(said.retirements, said.retirements_share),
        smallest_share=1 - said.shrunk_share,
    )


def capabilities(rules: Rules, shape: Shape) -> Capabilities:
    missing = set(shape.site.missing(rules))
    named: dict[Kind, str] = {kind: (rules.of(kind).accelo_marker or "") for kind in KINDS}
    accelo = frozenset(
        kind for kind, marker in named.items() if marker and (kind, marker.removeprefix("profile:")) not in missing
    )
    salesforce = frozenset(kind for kind in KINDS if rules.of(kind).salesforce_marker in shape.salesforce_fields[kind])
    return Capabilities(
        accelo_marker=accelo, salesforce_marker=salesforce if shape.site.salesforce_external_ids else frozenset()
    )


def counts(state: State, rules: Rules) -> Counts:
    """What both sides hold, as last seen, for the brakes."""
    records = {f"{side}.{kind}": state.seen.count_live(OWN[side, kind].name) for side in SIDES for kind in KINDS}
    return Counts(records, {kind: state.links.count(kind) for kind in KINDS}, rules.digest)


def gaps(plan: Plan, given: Given) -> Gaps:
    """What keeps the ledger of Salesforce's records from closing."""
    rows = [row for row in plan.ledger if row.side == "salesforce"]
    in_scope = (
        given.scope
        if given.data.touched is None
        else {key for key in given.scope if key in given.data.touched} | {(row.side, row.kind, row.id) for row in rows}
    )
    return close(rows, in_scope)


def prune(state: State, rules: Rules, observed: Observed) -> int:
    """Take from the dirty records those that need nothing: no link (always planned), or both halves as agreed.

    Returns how many are left. It is true at any moment, for it looks only at what is.
    """
    dirty, asked = state.seen.dirty(), _in_question(state)
    calm: list[RecordKey] = []
    for kind in KINDS:
        for side in SIDES:
            ids = sorted(id for where, of, id in dirty if (where, of) == (side, kind))
            links = state.links.of_many(kind, side, ids)
            calm += [(side, kind, id) for id in ids if id not in links]
            for start in range(0, len(ids), 500):
                some = {id: links[id] for id in ids[start : start + 500] if id in links}
                halves = {
                    each: observed.records(
                        each,
                        kind,
                        [
                            id
                            for link in some.values()
                            if (id := link.salesforce_id if each == "salesforce" else link.accelo_id)
                        ],
                    )
                    for each in SIDES
                }
                bases = state.links.bases_of(link.pair for link in some.values())
                for id, link in some.items():
                    s, a = (
                        halves["salesforce"].get(link.salesforce_id or ""),
                        halves["accelo"].get(link.accelo_id or ""),
                    )
                    if (side, kind, id) not in asked and link.state is LinkState.LINKED and s and a:
                        own = rules.of(kind)
                        country, held = own.country((s, a)), bases.get(link.pair, {})
                        moved = kind == "contact" and (COMPANY not in held or held[COMPANY].salesforce != s.parent)
                        moved |= kind == "contact" and bool(s.parent) and placeless(held.get(COMPANY), a)
                        if not (s.deleted or a.deleted or moved) and all(
                            name in held
                            and held[name].flag != "held"
                            and rule.normal(held[name].salesforce, country) == rule.normal(s.fields[name], country)
                            and rule.normal(held[name].accelo, country) == rule.normal(a.fields[name], country)
                            for name, rule in own.fields.items()
                            if name in s.fields and name in a.fields
                        ):
                            calm.append((side, kind, id))
    state.seen.clean(calm)
    return len(dirty) - len(calm)
