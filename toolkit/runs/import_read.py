"""What an import looks at: items, owners, statuses in Salesforce; staff, statuses, types in Accelo.

Reading is whole: which records exist decides what waits. A large org is read by Bulk, a small one by queries; the lists
of Accelo are one request each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from toolkit.clients.ports import AcceloReading, SalesforceReading
from toolkit.errors import UsageError
from toolkit.listed import QUOTES, as_line, names_in
from toolkit.mapping.item_wire import RESOURCES, TEXTS, zone_of
from toolkit.mapping.items import (
    FIELDS,
    OBJECTS,
    OPTIONAL_FIELDS,
    RECORD_TYPE,
    ROLE_FIELDS,
    owners_of,
    sale_statuses_of,
    sales_from,
    staff_from,
    targets_from,
    ticket_from,
    ticket_statuses_of,
)
from toolkit.mapping.people import Owner, Staff
from toolkit.mapping.spelling import findings as spelling_findings
from toolkit.mapping.spelling import kinds_in
from toolkit.mapping.statuses import SourceStatus, TargetStatus
from toolkit.model import Finding, ImportKind, Item
from toolkit.sync.carry import marker_in

ID_CHUNK = 200
Row = Mapping[str, Any]
Keep = Callable[[str, list[dict[str, Any]]], None]
"""Told the stream ("salesforce.Opportunity") and its raw rows, for the evidence."""


@dataclass(frozen=True)
class Scope:
    """Which items a person chose. Empty means all; days are ISO text, both ends included."""

    since: str | None = None
    until: str | None = None
    statuses: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """By the field Type or by the name of the record type."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Scope:
        """From what a person wrote: days, and names with commas. UsageError for what is no day."""
        days: dict[str, str | None] = {}
        for name in ("since", "until"):
            try:  # 20260131 and 2026-W05-6 are days too: they are compared as text, so there is one spelling
                days[name] = date.fromisoformat(given[name]).isoformat() if given.get(name) else None
            except ValueError:
                raise UsageError(
                    f"{name}: “{given[name]}” is no day.", next_step="Write it as year, month and day: 2026-01-31."
                ) from None
        lists = {name: names_in(str(given.get(name) or "")) for name in ("statuses", "owners", "types")}
        since, until = days["since"], days["until"]
        if since and until and since > until:
            raise UsageError(f"since: {since} is after until: {until}.", next_step="Write the earlier day as since.")
        return cls(since, until, **lists)

    def holds(self, item: Item) -> bool:
        day = (item.due if item.kind == "sale" else item.created) or ""
        return (
            (not self.since or day[:10] >= self.since)
            and (not self.until or day[:10] <= self.until)
            and (not self.statuses or item.status in self.statuses)
            and (not self.owners or (item.owner or "") in self.owners)
            and (not self.types or not {item.type, item.record_type}.isdisjoint(self.types))
        )

    def must_occur(self, source: Source) -> None:
        """UsageError for a name that no record has: a typing error would leave records out without a word."""
        items = source.items
        occurring: dict[str, set[str]] = {
            "statuses": {item.status for item in items},
            "owners": {item.owner or "" for item in items},
            "types": {name for item in items for name in (item.type, item.record_type) if name},
        }
        records = "opportunity" if source.kind == "sale" else "case"
        for name, listed in occurring.items():
            for wanted in getattr(self, name):
                if wanted not in listed:
                    known = sorted(n for n in listed if n)
                    there_are = f"There are: {as_line(known, ', ') or 'none'}."
                    raise UsageError(
                        f"{name}: “{wanted}” occurs in no {records}.",
                        next_step=f"{there_are} {QUOTES if any(',' in n for n in known) else ''}".strip(),
                    )


@dataclass(frozen=True)
class Source:
    """The Salesforce side: every item, and who and what occurs among them."""

    kind: ImportKind
    items: tuple[Item, ...]
    owners: tuple[Owner, ...]
    statuses: tuple[SourceStatus, ...]
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    spellings: tuple[Finding, ...] = ()
    """Values in two spellings, in any field that keeps kinds, imported or not."""
    hidden: tuple[str, ...] = ()
    """Fields of an import that the connected user cannot see."""


@dataclass(frozen=True)
class Destination:
    """The Accelo side: what an item can be given."""

    staff: tuple[Staff, ...]
    statuses: tuple[TargetStatus, ...]
    types: tuple[tuple[str, str], ...]
    """(id, title) of the active ones, in the deployment's order."""
    probabilities: tuple[tuple[str, str], ...] = ()
    priorities: tuple[tuple[str, str], ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    zone: str = "UTC"
    currency: str | None = None
    may_write: bool = True


def read_source(reader: SalesforceReading, kind: ImportKind, keep: Keep = lambda stream, rows: None) -> Source:
    """All opportunities or cases with what belongs to them, soft-deleted ones included."""
    object_, known = OBJECTS[kind], _known(reader, kind)
    described = reader.describe(object_)["fields"]
    fields, kinds = list(known), kinds_in(described)
    wide = list(reader.rows(object_, list(dict.fromkeys((*fields, *kinds)))))
    alive = [row for row in wide if row["IsDeleted"] != "true"]
    columns = {name: [row[name] for row in alive] for name in kinds}
    spellings = tuple(spelling_findings(object_, described, columns, [row["Id"] for row in alive]))
    rows = [{name: row[name] for name in fields} for row in wide]  # the evidence keeps what the import is made of
    keep(f"salesforce.{object_}", rows)
    if kind == "sale":
        roles = list(reader.rows("OpportunityContactRole", ROLE_FIELDS))
        keep("salesforce.OpportunityContactRole", roles)
        items = sales_from(rows, roles)
        listed = list(reader.query("SELECT Id, MasterLabel, SortOrder, IsClosed, IsWon FROM OpportunityStage"))
        statuses = sale_statuses_of(items, listed)
    else:
        items = [ticket_from(row) for row in rows]
        listed = list(reader.query("SELECT Id, MasterLabel, SortOrder, IsClosed FROM CaseStatus"))
        statuses = ticket_statuses_of(items, listed)
    ids = sorted({item.owner for item in items if item.owner})
    users = _by_ids(
        reader, "SELECT Id, Name, Email, IsActive FROM User WHERE Id IN", [i for i in ids if i[:3] == "005"]
    )
    queues = _by_ids(reader, "SELECT Id, Name FROM Group WHERE Id IN", [i for i in ids if i[:3] == "00G"])
    keep("salesforce.User", users)
    keep("salesforce.Group", queues)
    lengths = {name: {"length": known[name].get("length")} for name in fields}
    return Source(kind, tuple(items), tuple(owners_of(items, users, queues)), tuple(statuses), lengths, spellings,
                  tuple(name for name in FIELDS[kind] if name not in known))  # fmt: skip


def read_again(reader: SalesforceReading, kind: ImportKind, ids: Sequence[str]) -> dict[str, Item]:
    """These items as they are now, deleted ones included: one request for 200, sales one more for their contacts."""
    rows = reader.retrieve(OBJECTS[kind], ids, list(_known(reader, kind)))
    if kind == "ticket":
        return {id_: ticket_from(row) for id_, row in rows.items()}
    start = f"SELECT {', '.join(ROLE_FIELDS)} FROM OpportunityContactRole WHERE OpportunityId IN"
    return {item.id: item for item in sales_from(rows.values(), _by_ids(reader, start, list(rows)))}


def _known(reader: SalesforceReading, kind: ImportKind) -> dict[str, Mapping[str, Any]]:
    """The fields that an item is made of, as far as the org has them (described once for each reader)."""
    described = {f["name"]: f for f in reader.describe(OBJECTS[kind])["fields"]}
    known = {name: described[name] for name in (*FIELDS[kind], *OPTIONAL_FIELDS[kind]) if name in described}
    return known | ({RECORD_TYPE: {}} if "RecordTypeId" in described else {})


def read_destination(reader: AcceloReading, kind: ImportKind) -> Destination:
    """Staff, statuses, types and the other lists of the deployment, and its time zone and currency."""
    resource = RESOURCES[kind]
    locale = dict(reader.user().get("locale") or {})
    currency = locale.get("currency")
    symbol = currency.get("code") or currency.get("symbol") if isinstance(currency, Mapping) else currency
    common: dict[str, Any] = {
        "staff": tuple(staff_from(reader.staff())),
        "statuses": tuple(targets_from(reader.statuses(resource))),
        "types": _listed(row for row in reader.types(resource) if row.get("standing") in (None, "active")),
        "zone": zone_of(locale.get("timezone")).key,
        "currency": str(symbol) if symbol and str(symbol).isalpha() else None,
        "may_write": "write" in (scope := str(reader.token_info().get("scope") or "")) or not scope,
    }
    if kind == "sale":
        return Destination(**common, probabilities=tuple(
            (str(row["id"]), str(row.get("value") or 0)) for row in reader.probabilities()))  # fmt: skip
    return Destination(**common, priorities=_listed(reader.priorities()), classes=_listed(reader.classes()))


def read_markers(reader: AcceloReading, kind: ImportKind, since: int | None = None) -> dict[str, list[str]]:
    """Salesforce id -> ids of the sales or tickets in Accelo that carry its marker, lowest first (two: a duplicate)."""
    filters = {"date_modified_after": [since - 1]} if since else None
    found: dict[str, list[str]] = {}
    for row in reader.list(RESOURCES[kind], ("id", TEXTS[kind]), filters):
        marker = marker_in(row.get(TEXTS[kind]))
        if marker:
            found.setdefault(marker, []).append(str(row["id"]))
    return {marker: sorted(ids, key=int) for marker, ids in found.items()}


def _listed(rows: Iterable[Row]) -> tuple[tuple[str, str], ...]:
    ordered = sorted(rows, key=lambda row: (int(row.get("ordering") or 0), int(row["id"])))
    return tuple((str(row["id"]), str(row.get("title") or "")) for row in ordered)


def _by_ids(reader: SalesforceReading, start: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for at in range(0, len(ids), ID_CHUNK):
        listed = ",".join(f"'{id_}'" for id_ in ids[at : at + ID_CHUNK] if id_.isalnum())
        rows += reader.query(f"{start} ({listed})")
    return rows
