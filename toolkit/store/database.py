"""The one SQLite connection beneath the living state: how it is opened, locked, migrated. No table is known here.

Several processes use the file at once, so every write is a short ``BEGIN IMMEDIATE``. The file must never be opened,
copied, hashed or served by its path in a process that holds it: closing any descriptor of it drops the POSIX lock and
the next writer corrupts the file (measured). Copies go through SQLite's own backup.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolkit.errors import WorkspaceError
from toolkit.store.schema import MIGRATIONS

NEWEST = len(MIGRATIONS)


class Database:
    """A connection with its migrations applied. Safe for threads of one process (one at a time), not across a fork."""

    def __init__(self, path: Path, now: str | None = None) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        self._depth = 0
        self._pid = os.getpid()
        try:
            self._connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "temp_store=MEMORY",
                "cache_size=-32000",
            ):
                self._connection.execute(f"PRAGMA {pragma}")
            self._migrate(now or datetime.now(UTC).isoformat(timespec="seconds"))
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(
                f"The state {self.path.name} cannot be opened ({error}).",
                next_step="Keep the file, then run: toolkit rebuild",
            ) from error

    def _migrate(self, now: str) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > NEWEST:
            raise WorkspaceError(
                f"This workspace was written by a newer version (state {version}, known {NEWEST}).",
                next_step="Install the newer version of the toolkit, or use another workspace.",
            )
        if version == NEWEST:
            return
        if version:
            self.backup(self.path.with_name(f"{self.path.stem}-before-{version + 1}.sqlite"))
        with self.transaction():
            version = self._connection.execute("PRAGMA user_version").fetchone()[
                0
            ]  # another process may have been first
            for number, (name, statements) in enumerate(MIGRATIONS[version:], start=version + 1):
                for statement in statements:
                    self._connection.execute(statement)
                self._connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, name, now))
                self._connection.execute(f"PRAGMA user_version = {number:d}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when it returns. Nested use joins the outer transaction."""
        if os.getpid() != self._pid:
            raise WorkspaceError("The state was opened before a fork.", next_step="Open it again in this process.")
        with self._lock:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            self._execute_raw("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:
                    self._execute_raw("ROLLBACK")
                raise
            else:
                self._execute_raw("COMMIT")
            finally:
                if self._connection.in_transaction:  # COMMIT failed, on a full disk for example
                    self._connection.rollback()
                self._depth = 0

    def _execute_raw(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, parameters)
        except sqlite3.OperationalError as error:
            text = str(error)
            if "full" in text or "I/O" in text or "readonly" in text:
                raise WorkspaceError(
                    f"The state {self.path.name} cannot be written ({text}).",
                    next_step="Free some disk space, then run: toolkit recover",
                ) from error
            raise

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        with self._lock:
            return self._execute_raw(sql, parameters)

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        with self.transaction():
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._execute_raw(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._execute_raw(sql, parameters).fetchone()
            return row

    def backup(self, target: Path) -> None:
        """A consistent copy by SQLite's own means, while others go on writing."""
        copy = sqlite3.connect(target)
        try:
            self._connection.backup(copy)
        finally:
            copy.close()

    def check(self) -> str:
        """'ok', or what SQLite finds wrong with the file."""
        return str(self.execute("PRAGMA quick_check").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._connection.close()
