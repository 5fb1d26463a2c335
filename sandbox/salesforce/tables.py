"""The SQLite tables of the org: one `sf_<Object>` for each object, a column for each field, and the indexes.

It also holds the fast trusted load of worlds; validated writes are in `records`.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sandbox.salesforce import values
from sandbox.salesforce.schema import TEXT_TYPES, Field, SObject

CHUNK = 5000
REINDEX_FROM = 20_000
"""A load of more rows than this drops the object's indexes first and builds them afterwards."""

SYSTEM_TABLES = """
CREATE TABLE IF NOT EXISTS sf__series (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sf__bin (id TEXT PRIMARY KEY, object TEXT NOT NULL, root TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sf__late (due REAL NOT NULL, object TEXT NOT NULL, id TEXT NOT NULL, columns TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sf__job (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, info TEXT NOT NULL, created REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sf__job_data (job TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sf__job_row (
    job TEXT NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, line TEXT NOT NULL, PRIMARY KEY (job, kind, n)
) WITHOUT ROWID;
"""

INDEXED_REFERENCES = frozenset(
    {"AccountId", "ContactId", "OpportunityId", "ParentId", "ReportsToId", "WhoId", "WhatId", "MasterRecordId"}
)
INDEXED_TEXT = frozenset({"Name", "Email", "Username", "CaseNumber"})


def quoted(name: str) -> str:
    return f'"{name}"'


def column(field: Field) -> str:
    """Text compares without case, as SOQL does; ids and stamps compare exactly."""
    collate = " COLLATE NOCASE" if field.type in TEXT_TYPES and not field.case_sensitive else ""
    return f"{quoted(field.name)} {field.affinity}{collate}"


def create(db: sqlite3.Connection, obj: SObject) -> None:
    """The table and its indexes; columns that the schema gained are added."""
    columns = ", ".join(f"{column(f)} PRIMARY KEY NOT NULL" if f.name == "Id" else column(f) for f in obj.columns)
    db.execute(f"CREATE TABLE IF NOT EXISTS {obj.table} ({columns}, _visible_at REAL NOT NULL DEFAULT 0)")
    present = {row[1] for row in db.execute(f"PRAGMA table_info({obj.table})")}
    for field in obj.columns:
        if field.name not in present:
            db.execute(f"ALTER TABLE {obj.table} ADD COLUMN {column(field)}")
    index(db, obj)


def _indexed(obj: SObject) -> Iterator[Field]:
    for field in obj.columns:
        wanted = field.name in INDEXED_TEXT or field.name in INDEXED_REFERENCES or field.external_id or field.unique
        if wanted or field.name == "SystemModstamp":
            yield field


def index(db: sqlite3.Connection, obj: SObject) -> None:
    for field in _indexed(obj):
        name = quoted(f"{obj.table}_{field.name}")
        if field.name == "SystemModstamp":
            # Covers the usual reading of everything in order: the row numbers come from the index alone.
            also = ', "IsDeleted"' if obj.soft_deletes else ""
            db.execute(f'CREATE INDEX IF NOT EXISTS {name} ON {obj.table} ("SystemModstamp", "Id"{also})')
        else:
            held = quoted(field.name)
            db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {obj.table} ({held}) WHERE {held} IS NOT NULL")


def unindex(db: sqlite3.Connection, obj: SObject) -> None:
    for field in _indexed(obj):
        db.execute(f"DROP INDEX IF EXISTS {quoted(f'{obj.table}_{field.name}')}")


def insert_rows(db: sqlite3.Connection, obj: SObject, columns: Mapping[str, list[Any]]) -> None:
    """Rows given as columns of equal length; a row whose Id exists replaces the old one."""
    names = ", ".join(quoted(name) for name in columns)
    marks = ", ".join("?" * len(columns))
    db.executemany(
        f"INSERT OR REPLACE INTO {obj.table} ({names}) VALUES ({marks})", zip(*columns.values(), strict=True)
    )


class BadCell(ValueError):
    """A cell of a world's row that its field cannot hold."""

    def __init__(self, message: str, field: str, cell: str) -> None:
        super().__init__(message)
        self.field, self.cell = field, cell


def _cells(field: Field, cells: list[Any], where: str) -> list[Any]:
    if field.type in TEXT_TYPES:
        try:
            return [(cell.strip() or None) if cell is not None else None for cell in cells]
        except AttributeError:  # some cells are no text
            pass
    convert = values.converter(field)
    try:
        if field.type in ("datetime", "date", "reference"):
            # Rows of one load share many stamps, owners and parents: each is read once.
            known = {cell: None if cell is None or cell == "" else convert(cell) for cell in set(cells)}
            return [known[cell] for cell in cells]
        return [None if cell is None or cell == "" else convert(cell) for cell in cells]
    except values.NotOfType as error:
        raise BadCell(f"{where}.{field.name}: {error} is no {field.type}", field.name, str(error)) from error


def loaded(
    obj: SObject,
    rows: Iterable[Mapping[str, Any]],
    missing: Callable[[str, list[Any]], SObject],
    complete: Callable[[SObject, dict[str, list[Any]], int], None],
) -> Iterator[tuple[SObject, dict[str, list[Any]]]]:
    """Chunks of converted columns of trusted rows.

    `missing(name, cells)` is asked when a column is in no field: it returns the object with that field, or raises.
    `complete` fills ids, defaults and derived columns of a chunk in place.
    """
    source = iter(rows)
    while chunk := list(itertools.islice(source, CHUNK)):
        names = dict.fromkeys(itertools.chain.from_iterable(chunk))
        columns: dict[str, list[Any]] = {}
        for name in names:
            if name == "attributes":
                continue
            cells = [row.get(name) for row in chunk]
            if name.lower() not in obj.by_lower:
                obj = missing(name, cells)
            field = obj.field(name)
            if not field.is_compound:
                columns[field.name] = _cells(field, cells, obj.name)
        complete(obj, columns, len(chunk))
        yield obj, columns
