"""How a row of the SQL answer becomes the record of the JSON answer: nesting, attributes, child results.

Keys are API names in the order of the SELECT list, whatever case the statement had.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sandbox.salesforce.soql import tree

Row = Sequence[Any]


@dataclass(frozen=True)
class Cell:
    """One value; `kind` is the field's type, with `FORMAT ` before it where the text form was asked for."""

    name: str
    index: int
    kind: str

    def read(self, row: Row, base: str) -> Any:
        held = row[self.index]
        if held is None:
            return None
        if self.kind == "boolean":
            return bool(held)
        return formatted(held, self.kind[7:]) if self.kind.startswith("FORMAT ") else held


@dataclass(frozen=True)
class Address:
    """A compound field: null when all its parts are."""

    name: str
    parts: tuple[tuple[str, int], ...]

    def read(self, row: Row, base: str) -> Any:
        found = {key: row[index] for key, index in self.parts}
        return found if any(v is not None for v in found.values()) else None


@dataclass
class Record:
    """A row, or the parent in a row. `type_index` is set where the parent may be of several objects."""

    type: str
    id_index: int
    type_index: int | None = None
    shown_type: str | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    name: str = ""

    def read(self, row: Row, base: str) -> dict[str, Any] | None:
        record_id = row[self.id_index]
        if record_id is None:
            return None
        kind = self.type if self.type_index is None else row[self.type_index]
        url = f"{base}/sobjects/{kind}/{record_id}"
        out: dict[str, Any] = {"attributes": {"type": self.shown_type or kind, "url": url}}
        for entry in self.entries.values():
            out[entry.name] = entry.read(row, base)
        return out


@dataclass(frozen=True)
class Children:
    """A child sub-select: JSON text of rows, to the nested result that the API gives, or null."""

    name: str
    index: int
    record: Record
    query: tree.Query
    reference: str
    """The child's field that points to the parent."""

    def alone(self, parent_id: str) -> tree.Query:
        """The sub-select as a statement of its own, for the pages of a parent with many children."""
        mine = tree.Comparison(tree.Path((self.reference,), 0), "=", (tree.Literal("text", f"'{parent_id}'", 0),), 0)
        where = mine if self.query.where is None else tree.Chain("AND", (mine, self.query.where))
        source = tree.Source(tree.Path((self.record.type,), 0), self.query.sources[0].alias)
        return replace(self.query, sources=(source, *self.query.sources[1:]), where=where)

    def rows(self, row: Row) -> list[list[Any]]:
        held = row[self.index]
        # A child's own children come parsed already: JSON inside JSON.
        found = held if isinstance(held, list) else json.loads(held or "[]")
        return [[value for part in chunks for value in part] for chunks in found]

    def read(self, row: Row, base: str) -> Any:
        rows = self.rows(row)
        if not rows:
            return None
        return {"totalSize": len(rows), "done": True, "records": [self.record.read(r, base) for r in rows]}


@dataclass(frozen=True)
class Branches:
    """TYPEOF: the record that belongs to the parent's type, or the ELSE one."""

    name: str
    type_index: int
    records: dict[str, Record]
    otherwise: Record

    def read(self, row: Row, base: str) -> Any:
        kind = row[self.type_index]
        return None if kind is None else self.records.get(kind, self.otherwise).read(row, base)


Entry = Cell | Address | Record | Children | Branches


@dataclass(frozen=True)
class Aggregate:
    """A group's row."""

    cells: tuple[Cell, ...]

    def read(self, row: Row, base: str) -> dict[str, Any]:
        out: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for cell in self.cells:
            out[cell.name] = cell.read(row, base)
        return out


def flat_cells(record: Record, above: str = "") -> list[Cell]:
    """The cells of a record and its parents, named as Bulk's columns are (`Account.Name`)."""
    found = []
    for entry in record.entries.values():
        if isinstance(entry, Cell):
            found.append(Cell(above + entry.name, entry.index, entry.kind))
        elif isinstance(entry, Record):
            found += flat_cells(entry, f"{above}{entry.name}.")
    return found


def weight(record: Record, row: Row) -> int:
    """Rows that a row counts for in a page: itself and its children."""
    return 1 + sum(len(e.rows(row)) for e in record.entries.values() if isinstance(e, Children))


def formatted(held: Any, kind: str) -> str:
    """FORMAT()'s text in the locale en_US."""
    if kind == "date":
        day = datetime.fromisoformat(held)
        return f"{day.month}/{day.day}/{day.year}"
    if kind == "datetime":
        at = datetime.fromisoformat(held)
        return f"{at.month}/{at.day}/{at.year}, {at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"
    if kind == "currency":
        return f"{'-' if held < 0 else ''}${abs(held):,.2f}"
    if kind == "percent":
        return f"{held:,g}%"
    return f"{held:,}".removesuffix(".0") if isinstance(held, int | float) else str(held)
