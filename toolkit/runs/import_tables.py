"""The mapping tables of an import, between the workspace's files, the org's owners and statuses, and the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.mapping.people import Owner, UserMap, load_users, save_users, suggest_staff
from toolkit.mapping.statuses import StatusMap, load_statuses, save_statuses, suggest_status
from toolkit.model import ImportKind, Item
from toolkit.runs.import_read import Destination, Source
from toolkit.settings import ImportSettings
from toolkit.sync.wanted import Choices

STATUS_FILES: Mapping[ImportKind, str] = {"sale": "sale_statuses.csv", "ticket": "ticket_statuses.csv"}
USERS_FILE = "users.csv"


@dataclass(frozen=True)
class Tables:
    """What a person mapped, as the files say it now."""

    users: UserMap
    statuses: StatusMap


def load_tables(mappings: Path, kind: ImportKind) -> Tables:
    """Raises MappingError, which names file, line and remedy."""
    return Tables(load_users(mappings / USERS_FILE), load_statuses(mappings / STATUS_FILES[kind]))


def refresh_users(
    mappings: Path, sources: list[Source], destination: Destination, choices: Mapping[str, str]
) -> UserMap:
    """Bring the users' file up to today's owners of all these sources (counts added up), with these choices made."""
    owners: dict[str, Owner] = {}
    for source in sources:
        for owner in source.owners:
            before = owners.get(owner.id)
            count = owner.records + (before.records if before else 0)
            owners[owner.id] = Owner(owner.id, owner.name, owner.email, owner.active, owner.queue, count)
    users = load_users(mappings / USERS_FILE).choosing(choices)
    users = users.refreshed(list(owners.values()), destination.staff)
    save_users(mappings / USERS_FILE, users)
    return users


def refresh_statuses(mappings: Path, source: Source, destination: Destination, choices: Mapping[str, str]) -> StatusMap:
    path = mappings / STATUS_FILES[source.kind]
    statuses = load_statuses(path).choosing(choices).refreshed(source.statuses, destination.statuses)
    save_statuses(path, statuses)
    return statuses


def user_rows(users: UserMap, sources: list[Source], destination: Destination) -> list[dict[str, Any]]:
    """The file's rows with a suggestion each, for screens and --json."""
    owners = {owner.id: owner for source in sources for owner in source.owners}
    rows = []
    for row in users.rows:
        owner = owners.get(row.salesforce_id)
        found = suggest_staff(owner, destination.staff) if owner else None
        rows.append(vars(row) | {"suggestion": vars(found) if found else None})
    return rows


def status_rows(statuses: StatusMap, source: Source, destination: Destination) -> list[dict[str, Any]]:
    known = {status.name: status for status in source.statuses}
    rows = []
    for row in statuses.rows:
        found = (
            suggest_status(known[row.salesforce_status], destination.statuses)
            if row.salesforce_status in known
            else None
        )
        rows.append(vars(row) | {"suggestion": vars(found) if found else None})
    return rows


def choices_of(
    source: Source, destination: Destination, tables: Tables, said: ImportSettings, *, updates: bool = False
) -> Choices:
    """Everything a plan needs to know of the person's answers. The type is the configured one, else the first."""
    kind = source.kind
    configured = said.sale_type if kind == "sale" else said.ticket_type
    type_id = configured or (destination.types[0][0] if destination.types else "")
    lengths = [int(source.fields[name].get("length") or 0) for name in ("Name", "Subject") if name in source.fields]
    return Choices(
        type_id=type_id,
        staff={owner.id: tables.users.staff_for(owner.id) for owner in source.owners},
        statuses={status.name: tables.statuses.status_for(status.name) for status in source.statuses},
        probabilities=destination.probabilities,
        priorities=priorities_of(source.items, destination, said),
        class_id=said.ticket_class or None,
        title_limit=max([255, *lengths]),
        deployment_currency=destination.currency,
        updates=updates or said.updates,
    )


def priorities_of(items: tuple[Item, ...], destination: Destination, said: ImportSettings) -> dict[str, str]:
    """Salesforce priority -> Accelo priority id: as configured, else the one of the same title."""
    titles = {title.casefold(): id_ for id_, title in destination.priorities}
    pairs = (pair.partition("=") for pair in said.priorities)
    configured = {name.strip(): id_.strip() for name, _, id_ in pairs}
    wanted = {item.priority for item in items if item.priority}
    found = {name: configured.get(name) or titles.get(name.casefold()) for name in wanted}
    return {name: id_ for name, id_ in sorted(found.items()) if id_}
