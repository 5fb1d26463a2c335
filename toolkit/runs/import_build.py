"""From what was read to a plan: the same way for a plan that is kept and for a what-if that asks neither system."""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.mapping.item_wire import same
from toolkit.mapping.people import Owner, Staff, load_users
from toolkit.mapping.statuses import SourceStatus, TargetStatus, load_statuses
from toolkit.model import Finding, ImportKind, Item, Plan, canonical, digest, jsonable
from toolkit.runs.import_notes import doubled
from toolkit.runs.import_place import Existing, place_of
from toolkit.runs.import_planned import ImportReading
from toolkit.runs.import_preflight import Preflight, preflight
from toolkit.runs.import_read import Destination, Scope, Source
from toolkit.runs.import_tables import Tables, choices_of
from toolkit.settings import ImportSettings
from toolkit.store.state import State
from toolkit.sync.imports import plan_import
from toolkit.sync.sample import choose_sample

LISTS = ("types", "probabilities", "priorities", "classes")
CAPTURE = "captured.json.gz"
"""What a plan was made of, in the run's folder: a what-if and an auditor make the plan again from it."""


@dataclass(frozen=True)
class Asked:
    """What a person asked of this plan. ``sample``: 0 for everything."""

    sample: int = 0
    scope: Scope = dataclasses.field(default_factory=Scope)
    updates: bool = False


def build(
    state: State, kind: ImportKind, reading: ImportReading, tables: Tables, said: ImportSettings, asked: Asked
) -> tuple[Plan, Preflight]:
    """The plan and its checks. Reads the living state for links; no request is made. Raises UsageError for a scope that
    names what does not occur."""
    asked.scope.must_occur(reading.source)
    choices = choices_of(reading.source, reading.destination, tables, said, updates=asked.updates)
    place = place_of(state, kind, reading.existing, said.fallback_contact)
    items = reading.source.items
    outside = frozenset(item.id for item in items if not asked.scope.holds(item))
    inputs = {
        "users": tables.users.digest, "statuses": tables.statuses.digest, "choices": digest(jsonable(vars(choices))),
        "scope": digest(jsonable(vars(asked.scope))), "sample": "",
    }  # fmt: skip
    plan = plan_import(kind, items, place, choices, same=same, inputs=inputs, outside=outside)
    if asked.sample:  # drawn from what can go over: a slice of records that wait shows nothing
        going = {action.salesforce_id for action in plan.actions if action.type == "create"}
        chosen = frozenset(choose_sample([item for item in items if item.id in going], asked.sample))
        inputs |= {"sample": digest(sorted(chosen))}
        plan = plan_import(kind, items, place, choices, same=same, inputs=inputs, chosen=chosen, outside=outside)
    checks = preflight(reading.source, reading.destination, tables, choices, plan, outside)
    checks = dataclasses.replace(checks, notes=(*checks.notes, *doubled(reading.existing.markers, "warning")))
    return dataclasses.replace(plan, blocked=checks.blockers), checks


def save_capture(folder: Path, reading: ImportReading) -> None:
    """Keep what was read beside the run's evidence."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {"source": reading.source, "destination": reading.destination, "existing": reading.existing}
    (folder / CAPTURE).write_bytes(gzip.compress(canonical(data).encode(), 6, mtime=0))


def load_capture(folder: Path) -> ImportReading | None:
    """What a run of an import had read; None where it left nothing."""
    path = folder / CAPTURE
    if not path.is_file():
        return None
    data: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    source, there, there_now = data["source"], data["destination"], data["existing"]
    return ImportReading(
        Source(
            source["kind"],
            tuple(Item(**row | {"people": tuple(row["people"])}) for row in source["items"]),
            tuple(Owner(**row) for row in source["owners"]),
            tuple(SourceStatus(**row) for row in source["statuses"]),
            source["fields"],
            tuple(Finding(**row | {"examples": tuple(row["examples"])}) for row in source["spellings"]),
            tuple(source["hidden"]),
        ),
        Destination(**there | {
            "staff": tuple(Staff(**row) for row in there["staff"]),
            "statuses": tuple(TargetStatus(**row) for row in there["statuses"]),
            **{name: tuple((a, b) for a, b in there[name]) for name in LISTS},
        }),
        Existing(there_now["values"], {marker: tuple(ids) for marker, ids in there_now["markers"].items()}),
    )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One planned record that another mapping would change. ``field`` is "state" where it would go over or not."""

    id: str
    title: str
    field: str
    before: str
    after: str


def tables_of(path: Path, tables: Tables) -> Tables:
    """The tables with one of them taken from a changed file: a users file or a status file, told by its header."""
    with path.open("rb") as file:
        head = file.readline()
    if b"salesforce_status" in head:
        return Tables(tables.users, load_statuses(path))
    return Tables(load_users(path), tables.statuses)


def differences(before: Plan, after: Plan) -> list[Difference]:
    """What changes between two plans over the same items."""
    found: list[Difference] = []
    old = {row.id: row for row in before.ledger}
    for row in after.ledger:
        was = old[row.id]
        if (was.state, was.reason) != (row.state, row.reason):
            found.append(
                Difference(row.id, row.title, "state", f"{was.state}: {was.reason}", f"{row.state}: {row.reason}")
            )
    sent = _fields(before)
    for id_, (title, fields) in _fields(after).items():
        was_fields = sent[id_][1] if id_ in sent else fields
        found += [Difference(id_, title, name, str(was_fields.get(name) or ""), str(value or ""))
                  for name, value in fields.items() if was_fields.get(name) != value]  # fmt: skip
    return sorted(found, key=lambda d: (d.id, d.field))


def _fields(plan: Plan) -> Mapping[str, tuple[str, dict[str, Any]]]:
    return {
        action.salesforce_id or "": (action.title, {c.field: c.after for c in action.changes})
        for action in plan.actions
    }
