"""Rows of the org: create, update and look up, with the rules that the real org runs around each.

Deleting, undeleting and merging are in `trash`; nothing here knows HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import derived, ids, incoming, persons, places, struck, values
from sandbox.salesforce.incoming import SETUP, Actor
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import quoted
from sandbox.salesforce.wire import ApiError

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

Row = dict[str, Any]
CONTACT_TO_CASE = {
    "Email": "ContactEmail",
    "Phone": "ContactPhone",
    "MobilePhone": "ContactMobile",
    "Fax": "ContactFax",
}


class Records:
    """Validated access to the rows of one org."""

    def __init__(self, org: SalesforceOrg) -> None:
        self.org = org
        self.db = org.db

    def row(self, obj: SObject, record_id: str) -> Row | None:
        """The row, deleted or not; None when there is none, or when it is not visible yet."""
        cursor = self.db.execute(f"SELECT * FROM {obj.table} WHERE Id = ?", (record_id,))
        found = cursor.fetchone()
        if found is None:
            return None
        row = dict(zip([c[0] for c in cursor.description], found, strict=True))
        return None if row.pop("_visible_at") > self.org.unix() else row

    def with_key(self, obj: SObject, key: Field, value: Any) -> list[str]:
        """Ids of the live rows that hold a value in an external-id or idLookup field."""
        try:
            held = values.converter(key)(value)
        except values.NotOfType:
            return []
        live = "IsDeleted = 0 AND " if obj.soft_deletes else ""
        rows = self.db.execute(
            f"SELECT Id FROM {obj.table} WHERE {live}{quoted(key.name)} = ? AND _visible_at <= ? "
            "ORDER BY rowid LIMIT 20",
            (held, self.org.unix()),
        )
        return [row[0] for row in rows]

    def insert(self, obj: SObject, data: Mapping[str, Any], actor: Actor) -> str:
        """The new row's id; raises ApiError."""
        org = self.org
        if not obj.createable and not (actor.screens and obj.name in SETUP):
            raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {obj.label}", [])
        if not actor.screens:
            struck.hidden_write(obj, org.base_schema.object(obj.name), data)
            struck.refuse(obj, data, None, actor)
        given = incoming.checked(org, obj, data, actor, creating=True)
        now = org.clock_iso()
        row: Row = {**obj.defaults, **{k: v for k, v in given.items() if v is not None}}
        self._defaults(obj, row, given, actor, now)
        if obj.name == "Account":
            persons.entitle(org, row, given)
        self._derive(obj, row, None, given, now)
        places.synchronise(obj, row, given, creating=True)
        incoming.required(org, obj, row)
        self._unique(obj, row, None)
        if not actor.screens:
            struck.duplicates(org, obj, row, actor, org.version)
        row["Id"] = self.new_id(obj)
        late = struck.late_seconds(actor)
        self.put(obj, row, late)
        org.changed(obj.name, row["Id"], "create", given)
        self._after(obj, row, None, given, actor)
        return str(row["Id"])

    def new_id(self, obj: SObject) -> str:
        """One that no row has: a world may bring rows that another sandbox made."""
        while self.row(obj, made := self.org.mint(obj.key_prefix or "000")) is not None:
            pass
        return made

    def update(self, obj: SObject, old: Row, data: Mapping[str, Any], actor: Actor) -> None:
        """Change a live row that the caller has read; raises ApiError."""
        org = self.org
        if not obj.updateable and not (actor.screens and obj.name in SETUP):
            raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be updated: {obj.label}", [])
        record_id = old["Id"]
        if org.end_waiting(obj.name, record_id):
            old = self.row(obj, record_id) or old
        if not actor.screens:
            struck.hidden_write(obj, org.base_schema.object(obj.name), data)
            struck.refuse(obj, data, record_id, actor)
        given = incoming.checked(org, obj, data, actor, creating=False)
        persons.guard(obj, old, given)
        now = org.clock_iso()
        row: Row = {**old, **given}
        row["LastModifiedDate"] = row["SystemModstamp"] = now
        row["LastModifiedById"] = actor.user_id
        self._derive(obj, row, old, given, now)
        places.synchronise(obj, row, given, creating=False)
        incoming.required(org, obj, row, given)
        self._unique(obj, row, old)
        if not actor.screens:
            struck.duplicates(org, obj, row, actor, org.version)
        changes = {name: held for name, held in row.items() if held != old.get(name)}
        self.change(obj, record_id, changes, struck.late_seconds(actor))
        org.changed(obj.name, record_id, "update", given)
        self._after(obj, row, old, given, actor)

    def put(self, obj: SObject, row: Row, late: float | None = None) -> None:
        """Store a complete row; with `late`, out of sight for so many seconds."""
        if late is not None:
            row = {**row, "_visible_at": self.org.late_until(late)}
        names = ", ".join(map(quoted, row))
        self.db.execute(f"INSERT INTO {obj.table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))

    def change(self, obj: SObject, record_id: str, columns: Row, late: float | None = None) -> None:
        """Set columns of a row; with `late`, only after so many seconds, until then the old row is seen."""
        if late is not None:
            due = self.org.late_until(late)
            self.db.execute("INSERT INTO sf__late VALUES (?, ?, ?, ?)", (due, obj.name, record_id, json.dumps(columns)))
            return
        if columns:
            pairs = ", ".join(f"{quoted(name)} = ?" for name in columns)
            self.db.execute(f"UPDATE {obj.table} SET {pairs} WHERE Id = ?", (*columns.values(), record_id))
        if obj.name in ("OpportunityStage", "CaseStatus"):
            self.org.lists_changed()

    def touch(self, obj: SObject, record_id: str, columns: Row, user_id: str) -> None:
        """A change that follows from another row's: stamps move, no rule is run."""
        now = self.org.clock_iso()
        stamps = {"LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": user_id}
        self.change(obj, record_id, {**columns, **stamps})
        self.org.changed(obj.name, record_id, "update", columns)

    def _defaults(self, obj: SObject, row: Row, given: Mapping[str, Any], actor: Actor, now: str) -> None:
        fields = obj.fields
        if "OwnerId" in fields and row.get("OwnerId") is None:
            row["OwnerId"] = self.org.org_id if obj.name == "Group" else actor.user_id
        if "CreatedDate" in fields:
            row["CreatedDate"] = row.get("CreatedDate") or now
            row["LastModifiedDate"] = row.get("LastModifiedDate") or max(now, row["CreatedDate"])
            row["CreatedById"] = row.get("CreatedById") or actor.user_id
            row["LastModifiedById"] = row.get("LastModifiedById") or actor.user_id
            row["SystemModstamp"] = now
        if obj.name == "Case":
            row["CaseNumber"] = self.org.case_number()
            row["Status"] = row.get("Status") or self.org.default_status()
            if row.get("ContactId") and "AccountId" not in given:
                row["AccountId"] = self.db.execute(
                    "SELECT AccountId FROM sf_Contact WHERE Id = ?", (row["ContactId"],)
                ).fetchone()[0]
        if "PhotoUrl" in fields:
            row["PhotoUrl"] = "/services/images/photo/none"

    def _derive(self, obj: SObject, row: Row, old: Row | None, given: Mapping[str, Any], now: str) -> None:
        rule = derived.RULES.get(obj.name)
        if rule is not None:
            rule(row, old, given, self.org.lists(), now)
        if obj.name == "Case" and (old is None or "ContactId" in given):
            self.contact_details(row)

    def contact_details(self, case: Row) -> None:
        """ContactEmail and its like, read-only copies of the case's contact."""
        found = None
        if case.get("ContactId"):
            found = self.db.execute(
                f"SELECT {', '.join(CONTACT_TO_CASE)} FROM sf_Contact WHERE Id = ?", (case["ContactId"],)
            ).fetchone()
        for name, held in zip(CONTACT_TO_CASE.values(), found or (None,) * 4, strict=True):
            case[name] = held

    def _unique(self, obj: SObject, row: Row, old: Row | None) -> None:
        for field in obj.uniques:
            held = row.get(field.name)
            if held is None or (old is not None and old.get(field.name) == held):
                continue
            live = "IsDeleted = 0 AND " if obj.soft_deletes else ""
            found = self.db.execute(
                f"SELECT Id FROM {obj.table} WHERE {live}{quoted(field.name)} = ? AND Id IS NOT ? LIMIT 1",
                (held, row.get("Id")),
            ).fetchone()
            if found is not None:
                raise ApiError(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {field.name} duplicates value on record with id: {ids.to15(found[0])}",
                    [],
                )

    def _after(self, obj: SObject, row: Row, old: Row | None, given: Mapping[str, Any], actor: Actor) -> None:
        """Effects on other rows."""
        name = obj.name
        if name == "Contact" and old is not None and CONTACT_TO_CASE.keys() & given.keys():
            pairs = ", ".join(f"{case} = ?" for case in CONTACT_TO_CASE.values())
            details = tuple(row.get(field) for field in CONTACT_TO_CASE)
            self.db.execute(f"UPDATE sf_Case SET {pairs} WHERE ContactId = ?", (*details, row["Id"]))
        elif name == "Opportunity" and old is None and row.get("ContactId"):
            role = self.org.base_schema.object("OpportunityContactRole")
            pair = {"OpportunityId": row["Id"], "ContactId": row["ContactId"], "IsPrimary": True}
            self.insert(role, pair, Actor(actor.user_id, screens=True))
        elif name == "OpportunityContactRole" and row.get("IsPrimary") and (old is None or "IsPrimary" in given):
            self.db.execute(
                "UPDATE sf_OpportunityContactRole SET IsPrimary = 0 WHERE OpportunityId = ? AND Id != ?",
                (row["OpportunityId"], row["Id"]),
            )
            self.db.execute(
                "UPDATE sf_Opportunity SET ContactId = ? WHERE Id = ?", (row["ContactId"], row["OpportunityId"])
            )
        elif name == "Account" and row.get("IsPersonAccount"):
            persons.shadow(self.org, row, old, actor)
        elif name in ("OpportunityStage", "CaseStatus"):
            self.org.lists_changed()
