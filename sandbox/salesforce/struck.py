"""The domain faults of the org: what a struck write answers, in the words of the real rules.

Whether a request is struck is decided by the exchange; see `sandbox.faults`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.exchange import current
from sandbox.salesforce import ids, incoming
from sandbox.salesforce.incoming import Actor
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.wire import ApiError

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

LATE_SECONDS = 5.0


def options(kind: str, actor: Actor | None = None) -> Mapping[str, Any] | None:
    """The options when this request, and this row of it, is struck by the kind."""
    exchange = current()
    if exchange is None or (actor is not None and actor.screens) or not exchange.domain_faults:
        return None
    found = exchange.struck(kind)
    if found is None:
        return None
    rows = found.get("rows")
    if actor is not None and rows is not None and actor.row not in rows:
        return None
    return found


def late_seconds(actor: Actor) -> float | None:
    """For how long this write stays out of sight of queries."""
    found = options("late_commit", actor)
    return None if found is None else float(found.get("seconds", LATE_SECONDS))


def refuse(obj: SObject, data: Mapping[str, Any], record_id: str | None, actor: Actor) -> None:
    """Raise what the struck rule answers for this row."""
    exchange = current()
    if exchange is None or actor.screens or not exchange.domain_faults:
        return
    if options("row_lock", actor) is not None:
        where = record_id or next((v for k, v in data.items() if k.endswith("Id") and isinstance(v, str)), None)
        locked = where or f"{obj.key_prefix}{ids.POD}000001"
        raise ApiError(
            "UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record or 1 records: {locked}", []
        )
    found = options("validation_rule", actor)
    if found is not None:
        message = found.get("message", "The billing country must be one that we deliver to.")
        raise ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, found.get("fields", []))
    found = options("required_custom_field", actor)
    if found is not None:
        names = found.get("fields", ["Region__c"])
        raise ApiError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names)
    found = options("restricted_picklist", actor)
    if found is not None:
        _picklist(obj, data, found)


def _picklist(obj: SObject, data: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    names = found.get("fields") or [
        f.name for n in data if (f := obj.by_lower.get(n.lower())) is not None and f.type == "picklist"
    ]
    field = obj.by_lower.get(names[0].lower()) if names else None
    if field is None:
        return
    value = next((v for n, v in data.items() if n.lower() == field.name.lower()), "")
    raise ApiError(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"{field.label}: bad value for restricted picklist field: {value}",
        [field.name],
    )


def duplicates(org: SalesforceOrg, obj: SObject, columns: Mapping[str, Any], actor: Actor, version: str) -> None:
    """DUPLICATES_DETECTED with the record of the same name (any record, when none has it)."""
    found = options("duplicate_rule", actor)
    if found is None or actor.save_duplicates:
        return
    name_field = "LastName" if obj.name == "Contact" else "Name" if "Name" in obj.fields else "Id"
    match = org.db.execute(
        f"SELECT Id FROM {obj.table} ORDER BY {name_field} IS ? DESC, rowid LIMIT 1", (columns.get(name_field),)
    ).fetchone()
    records = [] if match is None else [_match(obj, match[0], version)]
    rule = f"Standard_{obj.name}_Duplicate_Rule"
    result = {
        "allowSave": bool(found.get("allow_save", True)),
        "duplicateRule": rule,
        "duplicateRuleEntityType": obj.name,
        "errorMessage": "Use one of these records?",
        "matchResults": [
            {
                "entityType": obj.name,
                "errors": [],
                "matchEngine": "FuzzyMatchEngine",
                "matchRecords": records,
                "rule": f"Standard_{obj.name}_Match_Rule_v1_1",
                "size": len(records),
                "success": True,
            }
        ],
    }
    raise ApiError("DUPLICATES_DETECTED", "Use one of these records?", extra={"duplicateResult": result})


def _match(obj: SObject, record_id: str, version: str) -> dict[str, Any]:
    url = f"/services/data/v{version}/sobjects/{obj.name}/{record_id}"
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": {"attributes": {"type": obj.name, "url": url}, "Id": record_id},
    }


def hidden_write(obj: SObject, base: SObject, data: Mapping[str, Any]) -> None:
    """A write that names a field hidden from the caller (it exists in the org, not for this request)."""
    hidden = options("field_hidden")
    if hidden is None:
        return
    names = [
        base.by_lower[n.lower()].name for n in data if n.lower() in base.by_lower and n.lower() not in obj.by_lower
    ]
    if names:
        raise incoming.not_writable(names)
