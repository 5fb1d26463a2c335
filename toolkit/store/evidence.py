"""run.duckdb: what one run read, decided and did, written by that run's process alone and closed before it is hashed.

Rows are gathered and inserted as Arrow tables (row-by-row inserts are 600 a second, Arrow 300,000; measured). The file
appears with the first flush, so that a quiet poll which found nothing leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from toolkit.errors import WorkspaceError
from toolkit.model import canonical
from toolkit.store.evidence_tables import TABLES

BATCH = 10_000  # rows held in memory before they are written


class Evidence:
    """The run's database. ``add`` rows at any time; ``close`` writes what is left and gives the file up."""

    def __init__(self, path: Path, *, memory_limit: str = "1GB") -> None:
        self.path = Path(path)
        self._memory_limit = memory_limit
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self._count = 0
        self.closed = False

    @property
    def exists(self) -> bool:
        return self._connection is not None or self.path.exists()

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Gather rows of a table; keys that the table does not know are an error, missing ones are NULL."""
        if self.closed:
            return
        columns = TABLES[table]
        waiting = self._waiting[table]
        for row in rows:
            if not row.keys() <= columns.keys():
                raise KeyError(f"{table} has no column {sorted(row.keys() - columns.keys())}")
            waiting.append({name: _cell(row.get(name), kind) for name, kind in columns.items()})
            self._count += 1
            if self._count >= BATCH:
                self.flush()

    def meta(self, **values: Any) -> None:
        """Single facts of the run: versions, times, mapping digest, operator."""
        self.add("meta", [{"key": key, "value": canonical(value)} for key, value in values.items()])

    def flush(self) -> None:
        """Write what was gathered, in one transaction."""
        if not self._count:
            return
        with self._translated():
            self._write()

    def _write(self) -> None:
        connection = self._open()
        connection.execute("BEGIN")
        for table, rows in self._waiting.items():
            if not rows:
                continue
            columns = TABLES[table]
            batch = pa.table(
                {name: pa.array([row[name] for row in rows], type=_ARROW[kind]) for name, kind in columns.items()}
            )
            connection.register("batch", batch)
            connection.execute(f"INSERT INTO {table} SELECT * FROM batch")
            connection.unregister("batch")
            rows.clear()
        connection.execute("COMMIT")
        self._count = 0

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = duckdb.connect(str(self.path))
            self._connection.execute(f"SET memory_limit = '{self._memory_limit}'")
            for table, columns in TABLES.items():
                described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
                self._connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({described})")
        return self._connection

    def query(self, sql: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
        """Rows of a SELECT over what was written so far."""
        self.flush()
        cursor = self._open().execute(sql, parameters or [])
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def clear(self, table: str) -> None:
        """Empty a table of this run, to ship it again whole."""
        self._waiting[table].clear()
        if self._connection is not None or self.path.exists():
            self._open().execute(f"DELETE FROM {table}")

    def close(self) -> None:
        """Write the rest and close the file; afterwards it may be hashed. Without rows there is no file."""
        if self.closed:
            return
        self.flush()
        if self._connection is not None:
            with self._translated():
                self._connection.execute("CHECKPOINT")
            self._connection.close()
            self._connection = None
        self.closed = True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """A database that cannot be written (a full disk) is given up: DuckDB takes nothing more after that."""
        try:
            yield
        except (duckdb.FatalException, duckdb.IOException, duckdb.TransactionException) as error:
            for rows in self._waiting.values():
                rows.clear()
            self._connection, self._count, self.closed = None, 0, True
            raise WorkspaceError(
                f"The evidence {self.path.name} cannot be written ({type(error).__name__}).",
                next_step="Free some disk space, then run: toolkit recover",
            ) from error

    def discard(self) -> None:
        """Forget what was gathered and not written; nothing more is taken."""
        for rows in self._waiting.values():
            rows.clear()
        self._count = 0
        self.close()

    def __enter__(self) -> Evidence:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}


def _cell(value: Any, kind: str) -> Any:
    if value is None or kind != "VARCHAR" or isinstance(value, str):
        return value
    return canonical(value)


def read_evidence(path: Path, sql: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
    """Rows of a SELECT over the evidence of a run that has ended; opens read-only and closes at once."""
    connection = duckdb.connect(str(path), read_only=True)
    try:
        cursor = connection.execute(sql, parameters or [])
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        connection.close()
