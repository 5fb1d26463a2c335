"""Where imported items can hang: companies and contacts that are linked, and what was imported before.

Composed from the living state alone, but for the sales and tickets themselves, which are read from Accelo once a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from toolkit.clients.ports import AcceloReading
from toolkit.errors import UsageError
from toolkit.mapping.item_wire import READS, RESOURCES, TEXTS, item_values
from toolkit.mapping.reading import link as link_id
from toolkit.model import ImportKind, LinkState, Value
from toolkit.runs.streams import AFFILIATIONS, PERSONS
from toolkit.store.state import State
from toolkit.sync.carry import marker_in
from toolkit.sync.wanted import Place

Fallback = Literal["first", "none"]


@dataclass(frozen=True)
class Existing:
    """The sales or tickets of the deployment: values by id, and Salesforce id -> ids that carry its marker."""

    values: Mapping[str, Mapping[str, Value]]
    markers: Mapping[str, tuple[str, ...]]


def must_have_seen(state: State) -> None:
    """UsageError for a state that was rebuilt and has seen nothing yet: every item would wait for want of a contact."""
    if state.links.count("contact") and not state.seen.count(AFFILIATIONS.name):
        raise UsageError(
            "Companies and contacts were not read since the state was rebuilt.",
            next_step="Read them with: toolkit sync",
        )


def read_existing(reader: AcceloReading, kind: ImportKind, zone: ZoneInfo, since: int | None = None) -> Existing:
    """All of them (100 a request), or those changed since a stamp."""
    fields = tuple(sorted({"id", "standing", *READS[kind].values()}))
    filters = {"date_modified_after": [since - 1]} if since is not None else None
    values: dict[str, Mapping[str, Value]] = {}
    markers: dict[str, list[str]] = {}
    for row in reader.list(RESOURCES[kind], fields, filters):
        id_ = str(row["id"])
        values[id_] = item_values(kind, row, zone)
        if marker := marker_in(row.get(TEXTS[kind])):
            markers.setdefault(marker, []).append(id_)
    return Existing(values, {marker: tuple(sorted(ids, key=int)) for marker, ids in markers.items()})


def place_of(state: State, kind: ImportKind, existing: Existing | None, fallback: Fallback = "first") -> Place:
    """The place for a plan. ``existing`` is None where Accelo was not read: updates are then not offered."""
    companies = {
        link.salesforce_id: link.accelo_id
        for link in state.links.all("company")
        if link.state is LinkState.LINKED and link.salesforce_id and link.accelo_id
    }
    affiliations = _affiliations(state, companies)
    imported = {
        link.salesforce_id: link.accelo_id for link in state.links.all(kind) if link.salesforce_id and link.accelo_id
    }
    markers = existing.markers if existing else {}
    bases = {sf_id: state.links.bases(f"{kind}:{sf_id}") for sf_id in imported}
    return Place(
        companies=companies,
        affiliations=affiliations,
        fallbacks=_fallbacks(state, affiliations) if fallback == "first" else {},
        found={marker: ids[0] for marker, ids in markers.items() if marker not in imported},
        linked=imported,
        bases=bases,
        current=existing.values if existing else None,
    )


def _affiliations(state: State, companies: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Salesforce contact id -> (its affiliation, the company of that affiliation)."""
    linked = [link for link in state.links.all("contact") if link.state is LinkState.LINKED and link.salesforce_id]
    rows = state.seen.get(
        AFFILIATIONS.name, [link.refs["affiliation"] for link in linked if "affiliation" in link.refs]
    )
    persons = state.seen.get(PERSONS.name, [link.salesforce_id for link in linked if link.salesforce_id])
    found: dict[str, tuple[str, str]] = {}
    for link in linked:
        id_, affiliation = link.salesforce_id or "", link.refs.get("affiliation")
        seen: dict[str, Any] = rows[affiliation].row if affiliation in rows else {}
        account = persons[id_].owner if id_ in persons else None
        company = link_id(seen.get("company")) or companies.get(account or "")
        if affiliation and company:
            found[id_] = (affiliation, company)
    return found


def _fallbacks(state: State, affiliations: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Company id -> the affiliation for items without a contact: the lowest of the linked contacts', else the lowest
    active one that Accelo has."""
    chosen: dict[str, str] = {}
    own = sorted(((company, affiliation) for affiliation, company in affiliations.values()), key=lambda p: int(p[1]))
    others = []
    for row in state.seen.all(AFFILIATIONS.name):
        company = link_id(row.row.get("company"))
        if company and row.row.get("standing") in (None, "active"):
            others.append((company, row.id))
    for company, affiliation in [*own, *sorted(others, key=lambda pair: int(pair[1]))]:
        chosen.setdefault(company, affiliation)
    return chosen
