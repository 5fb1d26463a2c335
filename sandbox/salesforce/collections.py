"""sObject Collections: up to 200 records in one call, each with its own result, in order.

Source: REST guide, "Use sObject Collections": create, update, upsert, delete, retrieve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import ids, rows, struck, trash
from sandbox.salesforce.incoming import Actor
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

MOST = 200
MOST_RETRIEVED = 2000
MOST_CHUNKS = 10
Result = dict[str, Any]


class _Undo(Exception):
    """A row failed and all or none was asked for."""


def many(org: SalesforceOrg, call: Call) -> Reply:
    """POST creates, PATCH updates, DELETE deletes."""
    if call.method == "DELETE":
        listed = [part.strip() for part in call.query.get("ids", "").split(",") if part.strip()]
        if not listed:
            raise ApiError("MALFORMED_ID", "bad id ")
        all_or_none = call.query.get("allOrNone", "false").lower() == "true"
        return Reply(body=_each(org, listed, all_or_none, rows.actor(call), lambda i, a: _delete(org, i, a)))
    records, all_or_none = _records(call)
    _chunks(records)
    work = _create if call.method == "POST" else _update
    return Reply(body=_each(org, records, all_or_none, rows.actor(call), lambda r, a: work(org, call, r, a)))


def upsert(org: SalesforceOrg, call: Call, obj: SObject, key_name: str) -> Reply:
    """PATCH /composite/sobjects/X/KeyField."""
    key = rows.key_field(obj, key_name)
    records, all_or_none = _records(call)
    for record in records:
        if _type(record).lower() != obj.name.lower():
            raise ApiError("INVALID_INPUT", f"record types of a collection upsert must all be {obj.name}")

    def one(record: dict[str, Any], actor: Actor) -> Result:
        data = {n: v for n, v in record.items() if n != "attributes"}
        name = next((n for n in data if n.lower() == key.name.lower()), None)
        value = data.pop(name) if name is not None else None
        if value is None or value == "":
            raise ApiError("MISSING_ARGUMENT", f"{key.name} not specified", [])
        if key.name == "Id":
            found = [i for i in [ids.to18(str(value))] if i is not None and org.records.row(obj, i) is not None]
            if not found:
                raise _missing()
        else:
            found = org.records.with_key(obj, key, value)
        if len(found) > 1:
            message = f"{key.name}: more than one record found for external id field: [{', '.join(found)}]"
            raise ApiError("DUPLICATE_EXTERNAL_ID", message, [key.name])
        if found:
            _change(org, obj, found[0], data, actor)
            return {"id": found[0], "success": True, "errors": [], "created": False}
        record_id = org.records.insert(obj, {**data, key.name: value}, actor)
        return {"id": record_id, "success": True, "errors": [], "created": True}

    return Reply(body=_each(org, records, all_or_none, rows.actor(call), one))


def retrieve(org: SalesforceOrg, call: Call, obj: SObject) -> Reply:
    """GET with ids and fields in the query, POST with them in the body; null for what is missing."""
    listed: Any
    names: Any
    if call.method == "GET":
        listed, names = call.query.get("ids", "").split(","), call.query.get("fields", "").split(",")
    else:
        data = call.record()
        listed, names = data.get("ids"), data.get("fields")
    if not isinstance(listed, list) or not isinstance(names, list) or not any(names):
        raise ApiError("MISSING_ARGUMENT", "ids and fields are required")
    if len(listed) > MOST_RETRIEVED:
        raise _too_many(MOST_RETRIEVED)
    fields = rows.wanted_fields(obj, ",".join(map(str, names)))
    found: list[Any] = []
    for text in listed:
        record_id = ids.to18(str(text).strip())
        if record_id is None or record_id[:3] != obj.key_prefix:
            raise ApiError("MALFORMED_ID", f"malformed id {text}")
        row = org.records.row(obj, record_id)
        missing = row is None or row.get("IsDeleted")
        found.append(None if row is None or missing else rows.as_json(obj, row, fields, call))
    return Reply(body=found)


def _records(call: Call) -> tuple[list[dict[str, Any]], bool]:
    data = call.record()
    records = data.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ApiError("JSON_PARSER_ERROR", "The records array of sObjects is missing at [line:1, column:1]")
    if len(records) > MOST:
        raise _too_many(MOST)
    return records, bool(data.get("allOrNone", False))


def _too_many(most: int) -> ApiError:
    return ApiError("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {most} records into this call")


def _type(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    kind = attributes.get("type") if isinstance(attributes, dict) else None
    if not kind:
        raise ApiError("INVALID_INPUT", "Include an entity type in the attributes of each record")
    return str(kind)


def _chunks(records: Sequence[dict[str, Any]]) -> None:
    """Neighbours of one type make a chunk; there may be ten."""
    kinds = [_type(record) for record in records]
    chunks = sum(1 for n, kind in enumerate(kinds) if n == 0 or kind != kinds[n - 1])
    if chunks > MOST_CHUNKS:
        raise ApiError(
            "LIMIT_EXCEEDED", f"{chunks} chunks of records of one type are in this call; at most {MOST_CHUNKS} may be"
        )


def _each(
    org: SalesforceOrg, items: Sequence[Any], all_or_none: bool, actor: Actor, work: Callable[[Any, Actor], Result]
) -> list[Result]:
    """One result an item; with all or none, a failure undoes the rest."""
    results: list[Result] = []
    failed: set[int] = set()
    if len(items) > MOST:
        raise _too_many(MOST)
    try:
        with org.writing():
            for n, item in enumerate(items):
                try:
                    with org.writing():
                        results.append(work(item, actor.at(n)))
                except ApiError as error:
                    if error.code == "JSON_PARSER_ERROR":
                        raise
                    results.append({"success": False, "errors": [error.row()]})
                    failed.add(n)
            if all_or_none and failed:
                raise _Undo
    except _Undo:
        undone = {
            "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "message": "Record rolled back because not all records were valid and the request was using AllOrNone "
            "header",
            "fields": [],
        }
        results = [r if n in failed else {"success": False, "errors": [undone]} for n, r in enumerate(results)]
    return results


def _object(org: SalesforceOrg, name: str) -> SObject:
    if not org.schema.has(name):
        raise ApiError("INVALID_TYPE", f"sObject type '{name}' is not supported.", [])
    return org.schema.object(name)


def _missing() -> ApiError:
    return ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])


def _create(org: SalesforceOrg, call: Call, record: dict[str, Any], actor: Actor) -> Result:
    data = {n: v for n, v in record.items() if n.lower() != "id" or v is not None}
    record_id = org.records.insert(_object(org, _type(record)), data, actor)
    return {"id": record_id, "success": True, "errors": []}


def _update(org: SalesforceOrg, call: Call, record: dict[str, Any], actor: Actor) -> Result:
    obj = _object(org, _type(record))
    given = next((v for n, v in record.items() if n.lower() == "id"), None)
    if not given:
        raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call", [])
    record_id = ids.to18(str(given))
    if record_id is None:
        raise ApiError("MALFORMED_ID", f"{obj.label} ID: id value of incorrect type: {given}", ["Id"])
    _change(org, obj, record_id, {n: v for n, v in record.items() if n.lower() != "id"}, actor)
    return {"id": record_id, "success": True, "errors": []}


def _change(org: SalesforceOrg, obj: SObject, record_id: str, data: dict[str, Any], actor: Actor) -> None:
    org.records.update(obj, _living(org, obj, record_id, actor), data, actor)


def _living(org: SalesforceOrg, obj: SObject, record_id: str, actor: Actor) -> dict[str, Any]:
    """The row that is about to be changed or deleted, unless somebody else was faster."""
    if _deleted_now(actor):
        rows.somebody_deletes(org, obj, record_id)
    row = org.records.row(obj, record_id)
    if row is None:
        raise _missing()
    if row.get("IsDeleted"):
        raise ApiError("ENTITY_IS_DELETED", "entity is deleted", [])
    return row


def _deleted_now(actor: Actor) -> bool:
    """Is this the row that somebody else deletes just before: those of option rows, the first one by default."""
    found = struck.options("record_deleted")
    return found is not None and actor.row in found.get("rows", [0])


def _delete(org: SalesforceOrg, text: str, actor: Actor) -> Result:
    record_id = ids.to18(text)
    name = org.prefixes.get(text[:3])
    if record_id is None or name is None:
        raise ApiError("MALFORMED_ID", f"bad id {text}", [])
    obj = org.schema.object(name)
    row = _living(org, obj, record_id, actor)
    struck.refuse(obj, {}, record_id, actor)
    trash.delete(org, obj, row, actor, struck.late_seconds(actor))
    return {"id": record_id, "success": True, "errors": []}
