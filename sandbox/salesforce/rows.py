"""Single records over REST: create, read, change, delete, by id or by an external id, conditional or not.

Sources: REST guide, sObject Rows, sObject Rows by External ID, conditional requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import conditional, describe, ids, struck, trash, values
from sandbox.salesforce.incoming import Actor, no_column
from sandbox.salesforce.records import Row
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg


def actor(call: Call) -> Actor:
    """Who writes, with what the call's headers allow."""
    rule = call.headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
    return Actor(call.user_id, save_duplicates="allowsave=true" in rule)


def as_json(obj: SObject, row: Mapping[str, Any], fields: Iterable[Field], call: Call) -> dict[str, Any]:
    """A record as the API shows it: attributes first, compound fields as objects."""
    out: dict[str, Any] = {
        "attributes": {"type": obj.name, "url": call.url(f"/sobjects/{obj.name}/{row['Id']}")},
    }
    for field in fields:
        out[field.name] = _address(obj, row, field) if field.is_compound else values.to_json(field, row[field.name])
    return out


def _address(obj: SObject, row: Mapping[str, Any], compound: Field) -> dict[str, Any] | None:
    parts = {}
    for part in obj.parts(compound.name):
        short = part.name.removeprefix(compound.name.removesuffix("Address"))
        parts[short[0].lower() + short[1:]] = values.to_json(part, row[part.name])
    return dict(sorted(parts.items())) if any(v is not None for v in parts.values()) else None


def wanted_fields(obj: SObject, listed: str | None) -> list[Field]:
    """The fields of `?fields=Id,Name` (all of them when it is absent); raises INVALID_FIELD."""
    if not listed:
        return list(obj.fields.values())
    found = {}
    for name in listed.split(","):
        field = obj.by_lower.get(name.strip().lower())
        if field is None:
            raise no_column(name.strip(), obj)
        found[field.name] = field
    found.setdefault("Id", obj.fields["Id"])
    return list(found.values())


def create(org: SalesforceOrg, call: Call, obj: SObject) -> Reply:
    """POST: 201 with the new id."""
    with org.writing():
        record_id = org.records.insert(obj, call.record(), actor(call))
    location = {"Location": call.url(f"/sobjects/{obj.name}/{record_id}")}
    return Reply(201, {"id": record_id, "success": True, "errors": []}, location)


def about(org: SalesforceOrg, call: Call, obj: SObject) -> Reply:
    """GET of the object itself: its short description and the records looked at lately."""
    rows = org.db.execute(f"SELECT Id FROM {obj.table} ORDER BY rowid DESC LIMIT 5").fetchall()
    items = [{"attributes": {"type": obj.name, "url": call.url(f"/sobjects/{obj.name}/{i}")}, "Id": i} for (i,) in rows]
    return Reply(body={"objectDescribe": describe.short(obj, call), "recentItems": items})


def recent(org: SalesforceOrg, call: Call) -> Reply:
    """GET /recent: the last records, newest first."""
    asked = call.query.get("limit", "")
    limit = min(200, max(1, int(asked))) if asked.isdigit() else 200
    found = []
    for name in ("Account", "Contact", "Opportunity", "Case"):
        obj = org.schema.object(name)
        label = "CaseNumber" if name == "Case" else "Name"
        rows = org.db.execute(
            f"SELECT Id, {label}, SystemModstamp FROM {obj.table} WHERE IsDeleted = 0 "
            f"ORDER BY SystemModstamp DESC LIMIT {limit}"
        )
        for record_id, shown, stamp in rows:
            url = call.url(f"/sobjects/{name}/{record_id}")
            found.append((stamp, {"attributes": {"type": name, "url": url}, "Id": record_id, label: shown}))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return Reply(body=[item for _, item in found[:limit]])


def by_id(org: SalesforceOrg, call: Call, obj: SObject, text: str) -> Reply:
    """GET, PATCH, DELETE of one record."""
    record_id = ids.to18(text)
    if record_id is None or record_id[:3] != obj.key_prefix:
        raise ApiError("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {text}")
    return _one(org, call, obj, record_id)


def by_key(org: SalesforceOrg, call: Call, obj: SObject, key_name: str, value: str) -> Reply:
    """GET, PATCH (upsert), DELETE by an external id or idLookup field."""
    key = key_field(obj, key_name)
    if key.name == "Id":
        if call.method == "PATCH" and not value:
            return create(org, call, obj)
        return by_id(org, call, obj, value) if call.method != "PATCH" else _upsert_by_id(org, call, obj, value)
    found = org.records.with_key(obj, key, value)
    if len(found) > 1:
        return Reply(300, [call.url(f"/sobjects/{obj.name}/{record_id}") for record_id in found])
    if call.method == "PATCH":
        return _upsert(org, call, obj, key, value, found)
    if not found:
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    return _one(org, call, obj, found[0])


def key_field(obj: SObject, name: str) -> Field:
    """A field that records can be addressed by; raises NOT_FOUND as the API does."""
    field = obj.by_lower.get(name.lower())
    if field is None or not (field.external_id or field.id_lookup):
        raise ApiError("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}")
    return field


def _upsert_by_id(org: SalesforceOrg, call: Call, obj: SObject, value: str) -> Reply:
    reply = by_id(org, call, obj, value)
    record_id = ids.to18(value)
    return _upserted(call, str(record_id), False) if reply.status == 204 else reply


def _upsert(org: SalesforceOrg, call: Call, obj: SObject, key: Field, value: str, found: list[str]) -> Reply:
    data = call.record()
    if any(name.lower() == key.name.lower() for name in data):
        message = f"The {key.name} field should not be specified in the sobject data."
        raise ApiError("INVALID_FIELD", message, [key.name])
    if found:
        _change(org, call, obj, found[0], data)
        return _upserted(call, found[0], False)
    if call.query.get("updateOnly", "").lower() == "true":
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    with org.writing():
        record_id = org.records.insert(obj, {**data, key.name: value}, actor(call))
    return _upserted(call, record_id, True)


def _upserted(call: Call, record_id: str, created: bool) -> Reply:
    body = {"id": record_id, "success": True, "errors": [], "created": created}
    if created:
        return Reply(201, body)
    return Reply(200, body) if float(call.version) >= 46 else Reply(204)


def related(org: SalesforceOrg, call: Call, obj: SObject, text: str, relation: str) -> Reply:
    """GET /sobjects/Contact/<id>/Account: the record behind a relationship."""
    record_id = ids.to18(text)
    row = None if record_id is None else org.records.row(obj, record_id)
    reference = obj.relationships.get(relation.lower())
    if row is None or row.get("IsDeleted") or reference is None or row[reference.name] is None:
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    name = org.prefixes.get(row[reference.name][:3], "")
    if not org.schema.has(name):
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    return _one(org, call, org.schema.object(name), row[reference.name])


def _one(org: SalesforceOrg, call: Call, obj: SObject, record_id: str) -> Reply:
    if struck.options("record_deleted") is not None:
        somebody_deletes(org, obj, record_id)
    if call.method == "PATCH":
        _change(org, call, obj, record_id, call.record())
        return Reply(204)
    row = org.records.row(obj, record_id)
    if call.method == "DELETE":
        if row is None:
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [], status=404)
        if row.get("IsDeleted"):
            raise ApiError("ENTITY_IS_DELETED", "entity is deleted", [])
        with org.writing():
            struck.refuse(obj, {}, record_id, actor(call))
            trash.delete(org, obj, row, actor(call), struck.late_seconds(actor(call)))
        return Reply(204)
    if row is None or row.get("IsDeleted"):
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    headers = conditional.state(obj, row)
    if conditional.unchanged(call, row, headers):
        return Reply(304, None, headers)
    return Reply(200, as_json(obj, row, wanted_fields(obj, call.query.get("fields")), call), headers)


def _change(org: SalesforceOrg, call: Call, obj: SObject, record_id: str, data: Mapping[str, Any]) -> None:
    row = org.records.row(obj, record_id)
    if row is None:
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    if row.get("IsDeleted"):
        raise ApiError("ENTITY_IS_DELETED", "entity is deleted", [])
    conditional.precondition(call, obj, row)
    with org.writing():
        org.records.update(obj, row, data, actor(call))


def somebody_deletes(org: SalesforceOrg, obj: SObject, record_id: str) -> None:
    """The record is deleted just before the call reaches it (its cases do not stand in the way)."""
    row = org.records.row(obj, record_id)
    if row is not None and obj.soft_deletes and not row["IsDeleted"]:
        now = org.clock_iso()
        gone: Row = {"IsDeleted": 1, "SystemModstamp": now, "LastModifiedDate": now}
        org.records.change(obj, record_id, gone)
        org.db.execute("INSERT OR REPLACE INTO sf__bin VALUES (?, ?, ?)", (record_id, obj.name, record_id))
