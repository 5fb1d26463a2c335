"""After a write: the base moves to what the target really holds, in one transaction with the outcome where the answer
showed it, else as soon as a reading shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from toolkit.mapping.rules import Rules
from toolkit.model import Base, Change, Kind, Record, Side, Value, value_from_json
from toolkit.runs.setting import iso
from toolkit.store.journal import Intent
from toolkit.store.state import State
from toolkit.sync.settle import settle

LATE = timedelta(days=7)
"""How long a request that was given up on is reckoned with: it lands within minutes, but is seen in the next run."""

UNCLEAR = timedelta(days=365)
"""How long a creation is reckoned with of which nobody said what it made."""


def changes_of(intent: Intent) -> list[Change]:
    """The fields that a write carried, as its intent keeps them."""
    return [
        Change(item["field"], value_from_json(item["before"]), value_from_json(item["after"]), item["rule"], "")
        for item in intent.body.get("changes", ())
    ]


def bases_after(
    rules: Rules,
    kind: Kind,
    side: Side,
    changes: Iterable[Change],
    target: Record,
    before: Mapping[str, Base],
    visible: Iterable[str] | None = None,
) -> dict[str, Base]:
    """The bases of the fields that were written and that ``target``, read after it, shows."""
    own = rules.of(kind)
    country = own.country([target])
    shown = target.fields.keys() if visible is None else target.fields.keys() & set(visible)
    return {
        change.field: settle(
            own.fields[change.field], change, side, target.fields[change.field], before.get(change.field), country
        )
        for change in changes
        if change.field in shown and change.field in own.fields
    }


def adopted_bases(rules: Rules, kind: Kind, side: Side, changes: Iterable[Change], target: Record) -> dict[str, Base]:
    """The bases of a record that was found, not seen being written: agreed where it equals what was sent, otherwise
    both blank, so that the next plan asks a person instead of overwriting what somebody may have typed in between."""
    own = rules.of(kind)
    country = own.country([target])
    bases = {}
    for change in changes:
        rule = own.fields.get(change.field)
        if rule is None or change.field not in target.fields:
            continue
        held = target.fields[change.field]
        equal = rule.normal(held, country) == rule.normal(change.after, country)
        pair = (change.after, held) if side == "accelo" else (held, change.after)
        bases[change.field] = Base(*pair) if equal else Base(None, None)
    return bases


def settle_intents(
    state: State, rules: Rules, intents: Iterable[Intent], records: Mapping[tuple[Side, Kind, str], Record], run: str
) -> int:
    """Move the bases of applied writes to what was read of their targets; returns how many could be settled."""
    done: list[str] = []
    with state.transaction():
        for intent in intents:
            link = state.links.get(intent.pair)
            if link is None:
                done.append(intent.id)
                continue
            id = link.accelo_id if intent.side == "accelo" else link.salesforce_id
            target = records.get((intent.side, intent.kind, id or ""))
            if target is None:
                continue
            before = previous(intent, state.links.bases(intent.pair))
            state.links.move_bases(
                intent.pair, bases_after(rules, intent.kind, intent.side, changes_of(intent), target, before), run
            )
            done.append(intent.id)
        state.journal.settle(done)
    return len(done)


def previous(intent: Intent, bases: Mapping[str, Base]) -> dict[str, Base]:
    """The bases as they were when the write was planned."""
    return {change.field: bases[change.field] for change in changes_of(intent) if change.field in bases}


def given_up(state: State, now: datetime) -> dict[tuple[Side, Kind, str, str], tuple[Value, ...]]:
    """What requests would write that were given up on, by side, kind, record and field (PlanInput.late)."""
    found: dict[tuple[Side, Kind, str, str], tuple[Value, ...]] = {}
    for intent in state.journal.given_up(iso(now - LATE)):
        id = intent.body.get(f"{intent.side}_id")
        for change in changes_of(intent) if id else ():
            key = (intent.side, intent.kind, str(id), change.field)
            found[key] = (*found.get(key, ()), change.after)
    return found


def perhaps(state: State, now: datetime) -> dict[tuple[Kind, str], tuple[str, ...]]:
    """The Accelo records that a lost creation may have made, by kind and Salesforce id (PlanInput.perhaps)."""
    return {
        (intent.kind, str(intent.body["salesforce_id"])): tuple(intent.result.split())
        for intent in state.journal.given_up(iso(now - UNCLEAR))
        if intent.state == "ambiguous" and intent.side == "accelo" and intent.result
    }


def change_rows(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [
        {"field": change.field, "before": change.before, "after": change.after, "rule": change.rule}
        for change in changes
    ]
