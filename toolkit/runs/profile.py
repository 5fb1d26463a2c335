"""What is there, before anything is planned: both systems read into tables, counts, blanks, owners, statuses.

Reads only. What the numbers mean for a run is said in findings.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from toolkit.clients.ports import AcceloReading, SalesforceReading
from toolkit.errors import RecordRejected
from toolkit.mapping.spelling import kinds_in

ADDRESS = ("Street", "City", "State", "PostalCode", "Country")


def _parts(*slots: str) -> tuple[str, ...]:
    return tuple(slot + part for slot in slots for part in ADDRESS)


WANTED: dict[str, tuple[str, ...]] = {
    "Account": (
        "Id",
        "Name",
        "Phone",
        "Fax",
        "Website",
        "Type",
        "Industry",
        *_parts("Billing", "Shipping"),
        "OwnerId",
        "IsPersonAccount",
        "CurrencyIsoCode",
        "Accelo_Id__c",
    ),
    "Contact": (
        "Id",
        "AccountId",
        "Salutation",
        "FirstName",
        "LastName",
        "Title",
        "Phone",
        "Fax",
        "MobilePhone",
        "Email",
        *_parts("Mailing", "Other"),
        "OwnerId",
        "Accelo_Id__c",
    ),
    "Opportunity": (
        "Id",
        "AccountId",
        "Name",
        "StageName",
        "Amount",
        "CloseDate",
        "IsClosed",
        "IsWon",
        "Type",
        "OwnerId",
        "CurrencyIsoCode",
    ),
    "OpportunityContactRole": ("Id", "OpportunityId", "ContactId", "IsPrimary"),
    "Case": ("Id", "AccountId", "ContactId", "Subject", "Status", "Priority", "IsClosed", "OwnerId"),
    "User": ("Id", "Name", "Email", "IsActive"),
}
NEEDED = {
    "Account": ("Name", "Phone", "Fax", "Website", *_parts("Billing", "Shipping")),
    "Contact": ("FirstName", "LastName", "Title", "Phone", "Fax", "MobilePhone", "Email", *_parts("Mailing", "Other")),
}
"""Fields that a sync reads; one that the user may not see is left out of every run, so it is told here."""

KINDS = ("Opportunity", "Case")
"""Their picklists and custom texts are read too: whether one value is kept there in two spellings."""

ACCELO: dict[str, tuple[str, ...]] = {
    "companies": ("id", "name", "phone", "fax", "website", "standing"),
    "contacts": ("id", "firstname", "surname", "email", "phone", "mobile", "standing"),
    "prospects": ("id", "title", "standing"),
    "issues": ("id", "title", "standing"),
}


@dataclass(frozen=True)
class Survey:
    """Both systems as tables ("Account", "companies" ...) beside what they say of themselves."""

    tables: Mapping[str, pd.DataFrame]
    describes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    organization: Mapping[str, Any] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    staff: Sequence[Mapping[str, Any]] = ()
    token: Mapping[str, Any] = field(default_factory=dict)
    profile_fields: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def counts(self) -> pd.DataFrame:
        """How many records of each kind either side holds."""
        pairs = (
            ("companies", "Account", "companies"),
            ("contacts", "Contact", "contacts"),
            ("sales", "Opportunity", "prospects"),
            ("tickets", "Case", "issues"),
        )
        return pd.DataFrame(
            [
                {"records": name, "Salesforce": len(self.tables[ours]), "Accelo": len(self.tables[theirs])}
                for name, ours, theirs in pairs
            ]
        )

    def blanks(self, obj: str = "Account") -> pd.DataFrame:
        """How many records hold something in each field."""
        table = self.tables[obj]
        rows = [
            {"field": name, "filled": int(table[name].notna().sum()), "blank": int(table[name].isna().sum())}
            for name in table.columns
            if name not in ("Id", "OwnerId")
        ]
        return pd.DataFrame(rows)

    def owners(self) -> pd.DataFrame:
        """Everyone who owns a record, active or not, with the person of the same e-mail address in Accelo."""
        users = self.tables["User"].set_index("Id")
        staff = {
            str(row.get("email", "")).casefold(): f"{row.get('firstname', '')} {row.get('surname', '')}".strip()
            for row in self.staff
        }
        kinds = ("Account", "Contact", "Opportunity", "Case")
        counts = pd.DataFrame({kind: self.tables[kind]["OwnerId"].value_counts() for kind in kinds}).reindex(
            columns=list(kinds)
        )
        rows = []
        for owner, numbers in counts.fillna(0).astype(int).iterrows():
            user = users.loc[owner] if owner in users.index else None
            email = "" if user is None or pd.isna(user["Email"]) else str(user["Email"])
            name = self.queues.get(str(owner), str(owner)) if user is None else user["Name"]
            active = "queue" if user is None else "yes" if str(user["IsActive"]) == "true" else "no"
            rows.append(
                {
                    "owner": name,
                    "active": active,
                    **numbers.to_dict(),
                    "in Accelo": staff.get(email.casefold(), "") if email else "",
                }
            )
        return pd.DataFrame(rows, columns=["owner", "active", *kinds, "in Accelo"]).sort_values(
            "owner", ignore_index=True
        )

    def statuses(self) -> pd.DataFrame:
        """Every stage of an opportunity and status of a case that occurs."""
        parts = []
        for obj, name in (("Opportunity", "StageName"), ("Case", "Status")):
            table = self.tables[obj]
            closed = table["IsClosed"].astype(str) == "true"
            grouped = (
                table.assign(closed=closed)
                .groupby(name, dropna=False)
                .agg(records=("Id", "size"), closed=("closed", "sum"))
            )
            parts.append(grouped.reset_index(names="status").assign(of=obj))
        return pd.concat(parts, ignore_index=True)[["of", "status", "records", "closed"]]


def survey(
    salesforce: SalesforceReading, accelo: AcceloReading, *, tell: Callable[[str], None] = lambda what: None
) -> Survey:
    """Reads both systems. Objects that the user may not see come out as empty tables (a finding says so)."""
    describes: dict[str, Mapping[str, Any]] = {}
    tables: dict[str, pd.DataFrame] = {}
    for obj, wanted in WANTED.items():
        tell(obj)
        describes[obj] = _or(functools.partial(salesforce.describe, obj), {"fields": []})
        seen = {said["name"] for said in describes[obj]["fields"]}
        if obj in KINDS:
            wanted = (*wanted, *(name for name in kinds_in(describes[obj]["fields"]) if name not in wanted))
        fields = [name for name in wanted if name in seen]
        rows = salesforce.rows(obj, fields, all_rows=False) if fields else ()
        tables[obj] = _table(rows, fields, wanted)
    for resource, columns in ACCELO.items():
        tell(resource)
        tables[resource] = _table(accelo.list(resource, columns), columns, columns)
    queues = _or(lambda: list(salesforce.query("SELECT Id, Name FROM Group WHERE Type = 'Queue'")), [])
    return Survey(
        tables,
        describes,
        salesforce.limits(),
        salesforce.organization(),
        {row["Id"]: row["Name"] for row in queues},
        accelo.staff(),
        accelo.token_info(),
        {kind: accelo.profile_fields(kind) for kind in ("companies", "contacts")},
    )


def _table(rows: Iterable[Mapping[str, Any]], fields: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Columns in a fixed order; those that could not be read are there and blank; blank text is blank."""
    table = pd.DataFrame(
        [{name: row.get(name) for name in fields} for row in rows], columns=list(columns), dtype=object
    )
    return table.where(table.notna() & (table != ""), None)


def _or(read: Callable[[], Any], otherwise: Any) -> Any:
    """What could not be read because the object is hidden from this user."""
    try:
        return read()
    except RecordRejected:
        return otherwise
