"""The tables of the deployment: made from the resources, changed row by row or loaded in bulk.

It knows columns and nothing of the rules of a company or a ticket; those are in rules.py.
"""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.accelo.catalogue import RESOURCES, against_path
from sandbox.accelo.model import COLUMN_TYPES, NUMERIC, Resource
from sandbox.core import Core

Row = dict[str, Any]


def _join(*parts: Any) -> str:
    return ", ".join(str(part) for part in parts if part not in (None, ""))


def _against(kind: Any, id_: Any) -> str | None:
    return f"{against_path(kind)}/{id_}" if kind and id_ else None


def _html(text: Any) -> str:
    return html.escape(str(text or "")).replace("\r\n", "<br>").replace("\n", "<br>")


class Records:
    """Rows as columns hold them: whole numbers, texts, NULL."""

    def __init__(self, core: Core) -> None:
        self.core = core

    @property
    def db(self) -> sqlite3.Connection:
        return self.core.store.db

    def create_tables(self) -> None:
        """Make what is missing; the SQL functions are the connection's."""
        self.db.create_function("ac_join", -1, _join, deterministic=True)
        self.db.create_function("ac_against", 2, _against, deterministic=True)
        self.db.create_function("ac_html", 1, _html, deterministic=True)
        with self.core.store.transaction():
            for resource in RESOURCES.values():
                columns = ", ".join(f'"{f.name}" {COLUMN_TYPES[f.kind]}' for f in resource.stored)
                self.db.execute(f"CREATE TABLE IF NOT EXISTS {resource.table} ({columns})")
                for name in resource.indexes:
                    self.db.execute(f"CREATE INDEX IF NOT EXISTS {resource.table}_{name} ON {resource.table} ({name})")

    def find(self, resource: Resource, id_: int | None) -> Row | None:
        """The columns of one row."""
        cursor = self.db.execute(f"SELECT * FROM {resource.table} WHERE id = ?", (id_,))
        row = cursor.fetchone()
        return None if row is None else dict(zip([c[0] for c in cursor.description], row, strict=True))

    def exists(self, name: str, id_: Any) -> bool:
        """Is there such a row."""
        return self.db.execute(f"SELECT 1 FROM ac_{name} WHERE id = ?", (id_,)).fetchone() is not None

    def ids(self, name: str, condition: str, *values: Any) -> list[int]:
        """Ids of the rows that meet an SQL condition."""
        return [row[0] for row in self.db.execute(f"SELECT id FROM ac_{name} WHERE {condition} ORDER BY id", values)]

    def insert(self, resource: Resource, values: Mapping[str, Any]) -> int:
        """A new row with the next free id, never one that was used before."""
        names = [name for name in values if name in resource.columns]
        if "id" not in values:
            names = ["id", *names]
            values = {**values, "id": self.next_id(resource)}
        marks = ", ".join("?" * len(names))
        quoted = ", ".join(f'"{name}"' for name in names)
        self.db.execute(f"INSERT INTO {resource.table} ({quoted}) VALUES ({marks})", [values[name] for name in names])
        return int(values["id"])

    def next_id(self, resource: Resource) -> int:
        """Ids go up and are not used again, also when the last row was deleted."""
        key = f"accelo:last:{resource.name}"
        (highest,) = self.db.execute(f"SELECT MAX(id) FROM {resource.table}").fetchone()
        return max(highest or 0, self.core.store.get(key, 0)) + 1

    def update(self, resource: Resource, id_: int, values: Mapping[str, Any]) -> None:
        """Change some columns of a row."""
        if values:
            sets = ", ".join(f'"{name}" = ?' for name in values)
            self.db.execute(f"UPDATE {resource.table} SET {sets} WHERE id = ?", [*values.values(), id_])

    def delete(self, resource: Resource, id_: int) -> None:
        """Remove a row; its id stays used."""
        key = f"accelo:last:{resource.name}"
        if id_ > self.core.store.get(key, 0):
            self.core.store.set(key, id_)
        self.db.execute(f"DELETE FROM {resource.table} WHERE id = ?", (id_,))

    def load(self, resource: Resource, rows: Iterable[Mapping[str, Any]]) -> None:
        """Trusted bulk load: ids given are kept, missing ones made; empty numbers become NULL."""
        aliases = {f.name: f.column for f in resource.fields if f.column}
        numeric = frozenset(f.name for f in resource.stored if f.kind in NUMERIC)
        last = self.next_id(resource) - 1
        statements: dict[tuple[str, ...], str] = {}
        batch: list[list[Any]] = []
        shape: tuple[str, ...] = ()

        def flush() -> None:
            if batch:
                self.db.executemany(statements[shape], batch)
                batch.clear()

        with self.core.store.transaction():
            for row in rows:
                keys = tuple(row)
                if keys != shape or len(batch) >= 20_000:
                    flush()
                    shape = keys
                    names = [
                        aliases.get(k, k) if aliases.get(k, k) not in keys or k not in aliases else "" for k in keys
                    ]
                    names = [name if name in resource.columns else "" for name in names]
                    picked = [
                        (k, name, name in numeric) for k, name in zip(keys, names, strict=True) if name and name != "id"
                    ]
                    if shape not in statements:
                        columns = ", ".join(["id", *(f'"{name}"' for _, name, _ in picked)])
                        marks = ", ".join("?" * (len(picked) + 1))
                        statements[shape] = f"INSERT OR REPLACE INTO {resource.table} ({columns}) VALUES ({marks})"
                given = row.get("id")
                id_ = int(given) if given not in (None, "") else last + 1
                last = max(last, id_)
                batch.append([id_, *(None if number and row[key] == "" else row[key] for key, _, number in picked)])
            flush()
