"""Deleting with its cascade, the recycle bin, undeleting, and merging two records.

Sources: REST guide (delete), recorded DELETE_FAILED answers, Apex guide (merge statements).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.incoming import Actor
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.tables import quoted
from sandbox.salesforce.wire import ApiError

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

TAKEN_ALONG: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Task", "WhatId")),
    "Contact": (("OpportunityContactRole", "ContactId"), ("Task", "WhoId")),
    "Opportunity": (("OpportunityContactRole", "OpportunityId"), ("Task", "WhatId")),
    "Case": (("Task", "WhatId"),),
}
"""Children that go into the recycle bin with their parent."""
LET_GO: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Account": (("Account", "ParentId"),),
    "Contact": (("Contact", "ReportsToId"), ("Opportunity", "ContactId")),
    "Case": (("Case", "ParentId"),),
}
"""Look-ups that are emptied."""


def delete(org: SalesforceOrg, obj: SObject, row: Mapping[str, Any], actor: Actor, late: float | None = None) -> None:
    """Into the recycle bin, children along; raises DELETE_FAILED when cases stand in the way."""
    if not obj.deletable:
        raise ApiError("CANNOT_DELETE_MANAGED_OBJECT", f"entity type cannot be deleted: {obj.label}", [])
    members = _members(org, obj, row)
    for member, record_id in members:
        _cases_in_the_way(org, member, record_id)
    if obj.name == "Contact" and row.get("IsPersonAccount") and not actor.screens:
        raise ApiError("INVALID_PERSON_ACCOUNT_OPERATION", "Cannot delete the contact of a person account.", [])
    now = org.clock_iso()
    gone = {"IsDeleted": 1, "SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": actor.user_id}
    for member, record_id in members:
        if member.soft_deletes:
            org.records.change(member, record_id, gone, late)
            org.db.execute("INSERT OR REPLACE INTO sf__bin VALUES (?, ?, ?)", (record_id, member.name, row["Id"]))
        else:
            org.db.execute(f"DELETE FROM {member.table} WHERE Id = ?", (record_id,))
        org.changed(member.name, record_id, "delete", {})
        for child_name, field in LET_GO.get(member.name, ()):
            child = org.base_schema.object(child_name)
            org.db.execute(
                f"UPDATE {child.table} SET {field} = NULL, SystemModstamp = ? WHERE {field} = ? AND IsDeleted = 0",
                (now, record_id),
            )


def _members(org: SalesforceOrg, obj: SObject, row: Mapping[str, Any]) -> list[tuple[SObject, str]]:
    """The record and everything that goes with it, parents first."""
    found: dict[str, SObject] = {row["Id"]: obj}
    queue = [(obj, row["Id"])]
    while queue:
        parent, parent_id = queue.pop(0)
        for child_name, field in TAKEN_ALONG.get(parent.name, ()):
            child = org.base_schema.object(child_name)
            rows = org.db.execute(
                f"SELECT Id FROM {child.table} WHERE {quoted(field)} = ? AND IsDeleted = 0", (parent_id,)
            ).fetchall()
            for (child_id,) in rows:
                if child_id not in found:
                    found[child_id] = child
                    queue.append((child, child_id))
    return [(member, record_id) for record_id, member in found.items()]


def _cases_in_the_way(org: SalesforceOrg, obj: SObject, record_id: str) -> None:
    field = {"Account": "AccountId", "Contact": "ContactId"}.get(obj.name)
    if field is None:
        return
    cases = org.db.execute(
        f"SELECT CaseNumber FROM sf_Case WHERE {field} = ? AND IsDeleted = 0 ORDER BY CaseNumber LIMIT 10", (record_id,)
    ).fetchall()
    if cases:
        salutation = "Salutation" if obj.name == "Contact" else "NULL"
        name, title = org.db.execute(
            f"SELECT Name, {salutation} FROM {obj.table} WHERE Id = ?", (record_id,)
        ).fetchone()
        shown = f"{title} {name}" if title else name
        raise ApiError(
            "DELETE_FAILED",
            f"Your attempt to delete {shown} could not be completed because it is associated with the following "
            f"cases.: {', '.join(number for (number,) in cases)}\n",
            [],
        )


def erase(org: SalesforceOrg, obj: SObject, record_id: str) -> None:
    """Hard delete: past the recycle bin."""
    org.db.execute(f"DELETE FROM {obj.table} WHERE Id = ?", (record_id,))
    org.db.execute("DELETE FROM sf__bin WHERE id = ?", (record_id,))
    org.changed(obj.name, record_id, "delete", {})


def undelete(org: SalesforceOrg, obj: SObject, record_id: str, actor: Actor) -> None:
    """Out of the recycle bin, with what went in together with it; raises ApiError."""
    found = org.db.execute("SELECT root FROM sf__bin WHERE id = ?", (record_id,)).fetchone()
    if found is None or not obj.undeletable:
        raise ApiError("UNDELETE_FAILED", f"Entity is not in the recycle bin: {record_id}", [])
    now = org.clock_iso()
    back = {"IsDeleted": 0, "SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": actor.user_id}
    if "MasterRecordId" in obj.fields:
        back["MasterRecordId"] = None
    members = org.db.execute("SELECT id, object FROM sf__bin WHERE root = ? OR id = ?", (record_id, record_id))
    for member_id, name in members.fetchall():
        member = org.base_schema.object(name)
        columns = {k: v for k, v in back.items() if k in member.fields}
        org.records.change(member, member_id, columns)
        org.changed(name, member_id, "undelete", {})
        org.db.execute("DELETE FROM sf__bin WHERE id = ?", (member_id,))


def merge(
    org: SalesforceOrg, obj: SObject, loser_id: str, winner_id: str, fields: Mapping[str, Any], actor: Actor
) -> None:
    """The loser's children move to the winner, the loser goes to the bin with MasterRecordId; raises ApiError."""
    if not obj.mergeable:
        raise ApiError("MERGE_FAILED", f"{obj.label} records cannot be merged", [])
    loser, winner = org.records.row(obj, loser_id), org.records.row(obj, winner_id)
    if loser is None or winner is None or loser["IsDeleted"] or winner["IsDeleted"] or loser_id == winner_id:
        raise ApiError("MERGE_FAILED", "both records of a merge must exist and differ", [])
    for child in org.base_schema.objects.values():
        for field in child.columns:
            if obj.name not in field.reference_to or field.name == "MasterRecordId":
                continue
            rows = org.db.execute(f"SELECT Id FROM {child.table} WHERE {quoted(field.name)} = ?", (loser_id,))
            for (child_id,) in rows.fetchall():
                if child_id != winner_id:
                    org.records.touch(child, child_id, {field.name: winner_id}, actor.user_id)
    now = org.clock_iso()
    gone = {"IsDeleted": 1, "MasterRecordId": winner_id, "SystemModstamp": now, "LastModifiedDate": now}
    org.records.change(obj, loser_id, {**gone, "LastModifiedById": actor.user_id})
    org.db.execute("INSERT OR REPLACE INTO sf__bin VALUES (?, ?, ?)", (loser_id, obj.name, loser_id))
    org.changed(obj.name, loser_id, "delete", {"MasterRecordId": winner_id})
    org.records.update(obj, winner, fields, actor)
