"""`/query?q=...&columns=true`: the columns of an answer, as the sf command line asks for before it prints a table.

The resource is not documented; keys follow what that client reads.
"""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.schema import NUMBER_TYPES, Field
from sandbox.salesforce.soql import Compiled
from sandbox.salesforce.soql.shape import Aggregate, Branches, Cell, Children, Entry, Record

_APEX = {"boolean": "Boolean", "int": "Integer", "date": "Date", "datetime": "Datetime", "id": "Id", "reference": "Id"}


def column_metadata(compiled: Compiled) -> dict[str, Any]:
    """The whole answer."""
    shape = compiled.shape
    if isinstance(shape, Aggregate):
        columns = [_column(c.name, c.kind, None, aggregate=c.name.startswith("expr")) for c in shape.cells]
    elif isinstance(shape, Record):
        columns = [_entry(e, compiled) for e in shape.entries.values()]
    else:
        columns = []
    return {
        "columnMetadata": columns,
        "entityName": compiled.sobject.name,
        "groupBy": compiled.tree.grouping is not None,
        "idSelected": isinstance(shape, Record) and "id" in shape.entries,
        "keyPrefix": compiled.sobject.key_prefix,
    }


def _entry(entry: Entry, compiled: Compiled) -> dict[str, Any]:
    if isinstance(entry, Cell):
        return _column(entry.name, entry.kind, compiled.sobject.fields.get(entry.name))
    joined: list[dict[str, Any]] = []
    if isinstance(entry, Record | Children):
        inner = entry.record if isinstance(entry, Children) else entry
        joined = [_entry(e, compiled) for e in inner.entries.values()]
    elif isinstance(entry, Branches):
        joined = [_entry(e, compiled) for r in entry.records.values() for e in r.entries.values()]
    return _column(entry.name, "reference", None, isinstance(entry, Children), joined)


def _column(
    name: str, kind: str, field: Field | None, aggregate: bool = False, joined: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    number = kind in NUMBER_TYPES or kind == "int"
    return {
        "aggregate": aggregate,
        "apexType": "Double" if kind in NUMBER_TYPES else _APEX.get(kind, "String"),
        "booleanType": kind == "boolean",
        "columnName": name,
        "custom": bool(field and field.custom),
        "displayName": name,
        "foreignKeyName": field.relationship_name if field else None,
        "insertable": bool(field and field.createable),
        "joinColumns": joined or [],
        "numberType": number,
        "textType": not number and kind not in ("boolean", "date", "datetime"),
        "updatable": bool(field and field.updateable),
    }
