"""Opportunities and cases as they come over the wire, read into items; and items' owners and statuses with counts.

Field names are Salesforce's (object reference: Opportunity, OpportunityContactRole, OpportunityStage, Case,
CaseStatus).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from toolkit.mapping.people import Owner, Staff
from toolkit.mapping.statuses import SourceStatus, TargetStatus
from toolkit.model import ImportKind, Item

Row = Mapping[str, Any]

OBJECTS: Mapping[ImportKind, str] = {"sale": "Opportunity", "ticket": "Case"}
FIELDS: Mapping[ImportKind, tuple[str, ...]] = {
    "sale": ("Id", "Name", "Description", "Amount", "CloseDate", "StageName", "IsWon", "IsClosed", "Probability",
             "OwnerId", "AccountId", "Type", "CreatedDate", "SystemModstamp", "IsDeleted"),
    "ticket": ("Id", "CaseNumber", "Subject", "Description", "Status", "IsClosed", "OwnerId", "AccountId", "ContactId",
               "Priority", "Type", "CreatedDate", "ClosedDate", "SystemModstamp", "IsDeleted"),
}  # fmt: skip
OPTIONAL_FIELDS: Mapping[ImportKind, tuple[str, ...]] = {"sale": ("CurrencyIsoCode",), "ticket": ()}
"""Read where the org has them (multi-currency)."""
RECORD_TYPE = "RecordType.Name"
"""Read where the object has record types: a describe shows RecordTypeId then."""
ROLE_FIELDS = ("Id", "OpportunityId", "ContactId", "IsPrimary", "IsDeleted")


def sale_from(row: Row, roles: Sequence[Row] = ()) -> Item:
    """One opportunity with its contact roles (any order); the primary contact comes first, then by role id."""
    closed, won = _true(row.get("IsClosed")), _true(row.get("IsWon"))
    usable = [role for role in roles if role.get("ContactId") and not _true(role.get("IsDeleted"))]
    ranked = sorted(usable, key=lambda role: (not _true(role.get("IsPrimary")), str(role["Id"])))
    return Item(
        kind="sale", id=row["Id"], title=_text(row.get("Name")), text=_text(row.get("Description")),
        status=_text(row.get("StageName")), nature="won" if won else ("lost" if closed else "open"),
        owner=row.get("OwnerId"), company=row.get("AccountId"),
        people=tuple(dict.fromkeys(str(role["ContactId"]) for role in ranked)),
        amount=_number(row.get("Amount")), currency=row.get("CurrencyIsoCode"), due=row.get("CloseDate"),
        probability=_number(row.get("Probability")), type=row.get("Type") or None,
        record_type=row.get(RECORD_TYPE) or None, created=row.get("CreatedDate"),
        closed=row.get("CloseDate") if closed else None,
        deleted=_true(row.get("IsDeleted")),
    )  # fmt: skip


def ticket_from(row: Row) -> Item:
    """One case."""
    return Item(
        kind="ticket", id=row["Id"], title=_text(row.get("Subject")), text=_text(row.get("Description")),
        status=_text(row.get("Status")), nature="closed" if _true(row.get("IsClosed")) else "open",
        owner=row.get("OwnerId"), company=row.get("AccountId"),
        people=(row["ContactId"],) if row.get("ContactId") else (),
        priority=row.get("Priority"), type=row.get("Type") or None, record_type=row.get(RECORD_TYPE) or None,
        created=row.get("CreatedDate"), closed=row.get("ClosedDate"),
        deleted=_true(row.get("IsDeleted")), number=row.get("CaseNumber"),
    )  # fmt: skip


def sales_from(rows: Iterable[Row], roles: Iterable[Row]) -> list[Item]:
    by_sale: dict[str, list[Row]] = defaultdict(list)
    for role in roles:
        by_sale[role["OpportunityId"]].append(role)
    return [sale_from(row, by_sale.get(row["Id"], ())) for row in rows]


def owners_of(items: Iterable[Item], users: Iterable[Row], queues: Iterable[Row]) -> list[Owner]:
    """Every owner that occurs, with the number of items; an id that is neither user nor queue is kept by its id."""
    counts = Counter(item.owner or "" for item in items if not item.deleted)
    people = {row["Id"]: Owner(row["Id"], _text(row.get("Name")), _text(row.get("Email")), _true(row.get("IsActive")))
              for row in users}  # fmt: skip
    groups = {row["Id"]: Owner(row["Id"], _text(row.get("Name")), queue=True) for row in queues}
    known = people | groups
    found = [known.get(id_, Owner(id_, id_ or "nobody", active=False)) for id_ in counts]
    return [Owner(o.id, o.name, o.email, o.active, o.queue, counts[o.id]) for o in sorted(found, key=lambda o: o.id)]


def sale_statuses_of(items: Iterable[Item], stages: Iterable[Row]) -> list[SourceStatus]:
    """The stages that occur, with counts, in the org's order; a stage that is no longer listed keeps its own nature."""
    return _statuses(items, [_text(row.get("MasterLabel")) for row in sorted(stages, key=_order)])


def ticket_statuses_of(items: Iterable[Item], statuses: Iterable[Row]) -> list[SourceStatus]:
    return _statuses(items, [_text(row.get("MasterLabel")) for row in sorted(statuses, key=_order)])


def staff_from(rows: Iterable[Row]) -> list[Staff]:
    """Accelo staff (API documentation, staff): only those whose standing is active can be given work."""
    return [Staff(str(row["id"]), f"{_text(row.get('firstname'))} {_text(row.get('surname'))}".strip(),
                  _text(row.get("email")), row.get("standing") in (None, "active")) for row in rows]  # fmt: skip


def targets_from(rows: Iterable[Row]) -> list[TargetStatus]:
    """Accelo statuses (API documentation, statuses), in the deployment's order."""
    ordered = sorted(rows, key=lambda row: (int(row.get("ordering") or 0), int(row["id"])))
    return [TargetStatus(str(row["id"]), _text(row.get("title")), _text(row.get("standing")), row.get("start") == "yes")
            for row in ordered]  # fmt: skip


def _statuses(items: Iterable[Item], listed: Sequence[str]) -> list[SourceStatus]:
    counts: Counter[str] = Counter()
    natures: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        if not item.deleted:
            counts[item.status] += 1
            natures[item.status][item.nature] += 1
    names = [name for name in listed if name in counts] + sorted(set(counts) - set(listed))
    return [SourceStatus(name, natures[name].most_common(1)[0][0], counts[name]) for name in names]


def _order(row: Row) -> float:
    return float(row.get("SortOrder") or 0)


def _true(value: object) -> bool:
    """JSON gives booleans, Bulk CSV gives the words true and false."""
    return value is True or value == 1 or str(value).lower() == "true"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> str | None:
    """Numbers as text without exponent or needless zeros ("1200", "0.5"); None for blank or what is no number."""
    if value is None or value == "":
        return None
    try:
        text = format(Decimal(str(value)), "f")
    except InvalidOperation:
        return None
    return text.rstrip("0").rstrip(".") if "." in text else text
