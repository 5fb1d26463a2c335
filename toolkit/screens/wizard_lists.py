"""What the wizard's tables show: owners and staff, statuses of both sides, with suggestions; and saving the choices.

The lists come from what the last preview had read; they are taken from it once and kept small in the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import UsageError
from toolkit.mapping.people import DEFAULT, Owner, Staff
from toolkit.mapping.statuses import SourceStatus, TargetStatus
from toolkit.model import ImportKind, Item, jsonable
from toolkit.runs.import_build import load_capture
from toolkit.runs.import_read import Destination, Scope, Source
from toolkit.runs.import_tables import load_tables, refresh_statuses, refresh_users, status_rows, user_rows

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

KINDS: Mapping[str, ImportKind] = {"sales": "sale", "tickets": "ticket"}
EVERYONE = DEFAULT
NOBODY = "– nobody –"
NOTHING = "– not mapped –"


@dataclass(frozen=True)
class Lists:
    """``items``: how many opportunities or cases there are, deleted ones left out."""

    run: str
    items: int
    source: Source
    destination: Destination

    @property
    def staff(self) -> dict[str, str]:
        """Active staff: id -> what the table says."""
        return {member.id: f"{member.name} ({member.id})" for member in self.destination.staff if member.active}

    def member(self, id: str) -> str:
        """Whom a mapping names; an id that cannot be given anything is said to be that."""
        return self.staff.get(id) or f"{id}: not active in Accelo"

    @property
    def targets(self) -> dict[str, str]:
        """Statuses: id -> what the table says."""
        return {status.id: f"{status.title} · {status.standing} ({status.id})" for status in self.destination.statuses}

    def target(self, id: str) -> str:
        return self.targets.get(id) or f"{id}: not in Accelo"


def lists(workspace: Workspace, what: str) -> Lists | None:
    """None before anything was read."""
    kind, state = KINDS[what], workspace.state
    run, kept = state.get(f"capture:{kind}"), state.get(f"import-lists:{kind}")
    if not run:
        return None
    if not kept or kept["run"] != run:
        reading = load_capture(workspace.run_folder(run))
        if reading is None:
            return None
        alive = sum(not item.deleted for item in reading.source.items)
        kept = {"run": run, "items": alive, "owners": jsonable(reading.source.owners),
                "statuses": jsonable(reading.source.statuses), "there": jsonable(reading.destination)}  # fmt: skip
        state.put(f"import-lists:{kind}", kept)
    there = kept["there"]
    pairs = {
        name: tuple((a, b) for a, b in there[name]) for name in ("types", "probabilities", "priorities", "classes")
    }
    people = {"staff": tuple(Staff(**row) for row in there["staff"])}
    statuses = {"statuses": tuple(TargetStatus(**row) for row in there["statuses"])}
    owners = tuple(Owner(**row) for row in kept["owners"])
    source = Source(kind, (), owners, tuple(SourceStatus(**row) for row in kept["statuses"]))
    return Lists(run, kept["items"], source, Destination(**there | pairs | people | statuses))


def in_scope(workspace: Workspace, seen: Lists, given: Mapping[str, Any]) -> int:
    """How many of the records that were read are in this scope; nothing is asked of either system.
    Raises UsageError."""
    scope = Scope.of(given)
    return sum(scope.holds(item) for item in _alive(workspace.run_folder(seen.run)))


def types_of(workspace: Workspace, seen: Lists) -> list[str]:
    """The types and record types that occur."""
    items = _alive(workspace.run_folder(seen.run))
    return sorted({name for item in items for name in (item.type, item.record_type) if name})


@lru_cache(maxsize=2)
def _alive(folder: Path) -> tuple[Item, ...]:
    """The captured records that are not deleted, unpacked once and not at every click."""
    reading = load_capture(folder)
    return tuple(item for item in reading.source.items if not item.deleted) if reading else ()


def users(workspace: Workspace, seen: Lists) -> list[dict[str, Any]]:
    """One row for each owner, most records first, the default last. ``id`` is for the program. Who has no row of their
    own goes to the default, and that is said."""
    tables = load_tables(workspace.folder / "mappings", seen.source.kind)
    table = tables.users.refreshed(list(seen.source.owners), seen.destination.staff)
    default = table.staff_for(DEFAULT)
    otherwise = by_default(seen.member(default)) if default else NOBODY
    active = {"yes": "", "no": "inactive", "queue": "queue"}
    return [
        {
            "id": row["salesforce_id"],
            "Owner": "Everyone else"
            if row["salesforce_id"] == DEFAULT
            else row["salesforce_name"] or row["salesforce_id"],
            "E-mail": row["salesforce_email"],
            "State": active.get(row["active"], ""),
            "Records": row["records"],
            "In Accelo": seen.member(row["accelo_staff_id"]) if row["accelo_staff_id"] else otherwise,
            "Suggested": _suggested(row["suggestion"]),
        }
        for row in user_rows(table, [seen.source], seen.destination)
        if row["records"] or row["salesforce_id"] == DEFAULT
    ]


def statuses(workspace: Workspace, seen: Lists) -> list[dict[str, Any]]:
    tables = load_tables(workspace.folder / "mappings", seen.source.kind)
    table = tables.statuses.refreshed(seen.source.statuses, seen.destination.statuses)
    return [
        {
            "id": row["salesforce_status"],
            "Status": row["salesforce_status"],
            "Nature": row["nature"],
            "Records": row["records"],
            "Becomes": seen.target(row["accelo_status_id"]) if row["accelo_status_id"] else NOTHING,
            "Suggested": _suggested(row["suggestion"]),
        }
        for row in status_rows(table, seen.source, seen.destination)
        if row["records"]
    ]


def unmapped_users(workspace: Workspace, seen: Lists) -> tuple[int, int]:
    """Owners mapped to nobody (no default either), and the records that hang on them."""
    missing = load_tables(workspace.folder / "mappings", seen.source.kind).users.unmapped(seen.source.owners)
    return len(missing), sum(owner.records for owner in missing)


def unmapped_statuses(workspace: Workspace, seen: Lists) -> tuple[int, int]:
    missing = load_tables(workspace.folder / "mappings", seen.source.kind).statuses.unmapped(seen.source.statuses)
    return len(missing), sum(status.records for status in missing)


def by_default(member: str) -> str:
    """What the table says of an owner for whom nobody is chosen, where there is a default."""
    return f"default: {member}"


def suggestions(workspace: Workspace, seen: Lists, of: str) -> dict[str, str]:
    """Every suggestion for what is not mapped yet: id -> id in Accelo. ``of``: users or statuses."""
    tables = load_tables(workspace.folder / "mappings", seen.source.kind)
    if of == "users":
        people = tables.users.refreshed(list(seen.source.owners), seen.destination.staff)
        rows, key, has, what = (
            user_rows(people, [seen.source], seen.destination),
            "salesforce_id",
            "accelo_staff_id",
            "staff_id",
        )
    else:
        table = tables.statuses.refreshed(seen.source.statuses, seen.destination.statuses)
        rows = status_rows(table, seen.source, seen.destination)
        key, has, what = "salesforce_status", "accelo_status_id", "status_id"
    return {row[key]: row["suggestion"][what] for row in rows if row["suggestion"] and not row[has]}


def save_users(workspace: Workspace, choices: Mapping[str, str]) -> int:
    """Write these choices into mappings/users.csv, brought up to today's owners of both kinds."""
    both = [found for found in (lists(workspace, what) for what in KINDS) if found is not None]
    if not both:
        raise UsageError("Nothing was read yet.", next_step="Read both systems first.")
    refresh_users(workspace.folder / "mappings", [one.source for one in both], both[-1].destination, choices)
    return len(choices)


def save_statuses(workspace: Workspace, seen: Lists, choices: Mapping[str, str]) -> int:
    refresh_statuses(workspace.folder / "mappings", seen.source, seen.destination, choices)
    return len(choices)


def _suggested(found: Mapping[str, Any] | None) -> str:
    return f"{found.get('name') or found.get('title')}: {found['reason']}" if found else ""
