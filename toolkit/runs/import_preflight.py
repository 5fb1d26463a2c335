"""What stands between a plan and its confirmation: what blocks it, what waits, what a person accepts by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from toolkit.mapping.items import OBJECTS
from toolkit.model import Finding, Item, Plan
from toolkit.runs.import_notes import EXAMPLES, notes, quietly, stand_ins, waiting
from toolkit.runs.import_read import Destination, Source
from toolkit.runs.import_tables import STATUS_FILES, USERS_FILE, Tables
from toolkit.sync.carry import Carry, cannot_carry
from toolkit.sync.imports import OUTSIDE
from toolkit.sync.wanted import Choices

REOPENS, HIDDEN = "reopens", "hidden-fields"
UNMAPPED = ("unmapped-users", "unmapped-statuses")


@dataclass(frozen=True)
class Preflight:
    """``blockers`` stop the plan. ``notes`` inform. ``accept`` must be accepted by name before anything is written."""

    blockers: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    accept: tuple[Carry, ...]


def preflight(
    source: Source, destination: Destination, tables: Tables, choices: Choices, plan: Plan, outside: frozenset[str]
) -> Preflight:
    """Looks at everything the plan is about, without asking either system."""
    inside = [item for item in source.items if item.id not in outside and not item.deleted]
    made = {action.salesforce_id for action in plan.actions if action.type == "create"}
    going = [item for item in inside if item.id in made]
    return Preflight(
        (*_permissions(destination), *_unmapped(source, tables, inside),
         *_unknown(source, destination, tables, choices)),
        (*waiting(plan.ledger), *notes(inside, destination, choices), *source.spellings, *stand_ins(going, plan),
         *quietly(going)),
        (*cannot_carry(going, choices.deployment_currency), *_reopening(source, destination, tables, going),
         *_hidden(source, going)),
    )  # fmt: skip


def preflight_again(
    source: Source, destination: Destination, tables: Tables, choices: Choices, plan: Plan
) -> Preflight:
    """The same for a plan that was made before, with the same mappings: what it left out, and what came after it, stops
    nothing of it; who and what was not mapped then is not mapped now."""
    seen = {row.id for row in plan.ledger if row.reason != OUTSIDE}
    apart = frozenset(item.id for item in source.items if item.id not in seen)
    checks = preflight(source, destination, tables, choices, plan, apart)
    then = [finding for finding in plan.blocked if finding.code in UNMAPPED]
    return replace(checks, blockers=(*then, *(b for b in checks.blockers if b.code not in UNMAPPED)))


def _hidden(source: Source, going: Sequence[Item]) -> Iterable[Carry]:
    """A hidden field would come over as if it were blank: that is for a person to accept."""
    if source.hidden and going:
        instead = "blank; give the connected user read access to them in Salesforce, then plan again"
        names = f"{OBJECTS[source.kind]}: {', '.join(source.hidden)}"
        yield Carry(HIDDEN, f"Fields that the connected user cannot see ({names})", len(going), instead)


def _permissions(destination: Destination) -> Iterable[Finding]:
    if not destination.may_write:
        remedy = "Connect again with the scope write(all): toolkit connect accelo"
        yield Finding("scope-accelo", "blocker", "Accelo's connection may only read", 1, remedy)


def many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _unmapped(source: Source, tables: Tables, inside: Sequence[Item]) -> Iterable[Finding]:
    owners = Counter(item.owner or "" for item in inside)
    missing = [owner for owner in tables.users.unmapped(source.owners) if owners[owner.id]]
    if missing:
        records = sum(owners[owner.id] for owner in missing)
        yield Finding(
            UNMAPPED[0],
            "blocker",
            f"{many(len(missing), 'owner is', 'owners are')} mapped to nobody; "
            f"{many(records, 'record hangs', 'records hang')} on {'it' if len(missing) == 1 else 'them'}",
            records,
            f"Fill in accelo_staff_id in mappings/{USERS_FILE}, or in its row * as the default "
            "(toolkit users lists them).",
            tuple(f"{owner.name} ({owners[owner.id]})" for owner in missing[:EXAMPLES]),
        )
    statuses = Counter(item.status for item in inside)
    unmapped = [status for status in tables.statuses.unmapped(source.statuses) if statuses[status.name]]
    if unmapped:
        records = sum(statuses[status.name] for status in unmapped)
        yield Finding(
            UNMAPPED[1],
            "blocker",
            f"{many(len(unmapped), 'status is', 'statuses are')} not mapped; "
            f"{many(records, 'record has', 'records have')} {'it' if len(unmapped) == 1 else 'them'}",
            records,
            f"Fill in accelo_status_id in mappings/{STATUS_FILES[source.kind]} (toolkit statuses lists them).",
            tuple(f"{status.name} ({statuses[status.name]})" for status in unmapped[:EXAMPLES]),
        )


def _unknown(source: Source, destination: Destination, tables: Tables, choices: Choices) -> Iterable[Finding]:
    staff = tables.users.unknown_staff(destination.staff)
    if staff:
        inactive = {member.id for member in destination.staff}  # active ones are not among these rows
        wrong = [
            f"{_quoted(tables.users.places.get(row.salesforce_id), row.accelo_staff_id)}"
            f"{', inactive,' if row.accelo_staff_id in inactive else ''} for {row.salesforce_name or row.salesforce_id}"
            for row in staff
        ]
        yield Finding(
            "unknown-staff",
            "blocker",
            f"The user mapping names staff who are not in Accelo, or inactive there: {'; '.join(wrong)}",
            len(staff),
            f"Put ids of active staff into accelo_staff_id in mappings/{USERS_FILE} (toolkit users lists them).",
            tuple(f"{row.salesforce_name or row.salesforce_id}: {row.accelo_staff_id}" for row in staff[:EXAMPLES]),
        )
    targets = tables.statuses.unknown_targets(destination.statuses)
    if targets:
        wrong = [
            f"{_quoted(tables.statuses.places.get(row.salesforce_status), row.accelo_status_id)} "
            f"for {row.salesforce_status}"
            for row in targets
        ]
        yield Finding(
            "unknown-statuses",
            "blocker",
            f"The status mapping names statuses that Accelo does not have: {'; '.join(wrong)}",
            len(targets),
            f"Put ids of the deployment into accelo_status_id in mappings/{STATUS_FILES[source.kind]}.",
            tuple(f"{row.salesforce_status}: {row.accelo_status_id}" for row in targets[:EXAMPLES]),
        )
    if choices.type_id not in {id_ for id_, _ in destination.types}:
        what = f"type {choices.type_id}" if choices.type_id else "any type"
        yield Finding(
            "no-type",
            "blocker",
            f"Accelo does not have {what} for a {source.kind}",
            1,
            f"Choose one: toolkit config imports.{source.kind}_type ID",
            tuple(f"{id_} {title}" for id_, title in destination.types[:EXAMPLES]),
        )

    wrong = sorted({*choices.priorities.values()} - {id_ for id_, _ in destination.priorities})
    if wrong and destination.priorities:
        yield Finding(
            "unknown-priority",
            "blocker",
            f"The setting imports.priorities names priorities that Accelo does not have: {', '.join(wrong)}",
            len(wrong),
            "Write NAME=ID with ids of the deployment: toolkit config imports.priorities",
            tuple(f"{id_} {title}" for id_, title in destination.priorities[:EXAMPLES]),
        )
    if source.kind == "ticket" and choices.class_id and choices.class_id not in {id_ for id_, _ in destination.classes}:
        yield Finding(
            "unknown-class",
            "blocker",
            f"Accelo does not have the class {choices.class_id} for a ticket",
            1,
            "Choose one, or none: toolkit config imports.ticket_class ID",
            tuple(f"{id_} {title}" for id_, title in destination.classes[:EXAMPLES]),
        )


def _quoted(place: str | None, value: str) -> str:
    """The value and where it stands; a choice that was only tried stands nowhere yet."""
    return f"{place}: “{value}”" if place else f"“{value}”"


def _reopening(source: Source, destination: Destination, tables: Tables, going: Sequence[Item]) -> Iterable[Carry]:
    names = {status.name for status in tables.statuses.reopening(source.statuses, destination.statuses)}
    records = sum(item.status in names for item in going)
    if records:
        listed = ", ".join(sorted(names))
        yield Carry(
            REOPENS, f"Closed records that become open ones ({listed})", records, "the status that the mapping names"
        )
