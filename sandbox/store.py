"""The one SQLite database that both systems live in: in memory, or a file that survives kill -9.

It knows transactions, snapshots and a key-value table; the tables themselves belong to the systems.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEEP = "keep:"
"""Keys with this prefix (ports, clients, tokens of the ready file) survive a reset."""


class Store:
    """A connection (`db`), used by one thread; never await inside a transaction."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        if path is not None:
            path.touch(mode=0o600)  # it holds passwords and tokens; SQLite's files beside it take its mode
        self.db = sqlite3.connect(
            ":memory:" if path is None else str(path), isolation_level=None, cached_statements=1000
        )
        self._depth = 0
        if path is not None:
            self.db.execute("PRAGMA journal_mode=WAL")
        # The operating system keeps what was written when only the process dies; power loss is not promised.
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA temp_store=MEMORY")
        self.db.execute("PRAGMA cache_size=-262144")
        self._create()

    def _create(self) -> None:
        self.db.execute("CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; a nested transaction is a savepoint of the outer one."""
        outer = self._depth == 0
        name = f"s{self._depth}"
        self.db.execute("BEGIN IMMEDIATE" if outer else f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield self.db
        except BaseException:
            self._depth -= 1
            if outer:
                # SQLite itself may have ended the transaction already (disk full, for one).
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
            else:
                self.db.execute(f"ROLLBACK TO {name}")
                self.db.execute(f"RELEASE {name}")
            raise
        self._depth -= 1
        self.db.execute("COMMIT" if outer else f"RELEASE {name}")

    def get(self, key: str, default: Any = None) -> Any:
        """The JSON value under a key."""
        row = self.db.execute("SELECT value FROM kv WHERE key = ?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    def set(self, key: str, value: Any) -> None:
        """Put a JSON value under a key."""
        self.db.execute("INSERT OR REPLACE INTO kv VALUES (?, ?)", (key, json.dumps(value)))

    def delete(self, key: str) -> None:
        """Forget a key; an unknown one is no error."""
        self.db.execute("DELETE FROM kv WHERE key = ?", (key,))

    def kept(self) -> list[tuple[str, str]]:
        """The key-value rows that survive a reset."""
        return self.db.execute("SELECT key, value FROM kv WHERE substr(key, 1, ?) = ?", (len(KEEP), KEEP)).fetchall()

    def clear(self) -> None:
        """Drop what is world, keep the `keep:` keys."""
        kept = self.kept()
        self.db.execute("PRAGMA foreign_keys=OFF")
        with self.transaction():
            for kind, name in self.db.execute(
                "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            ).fetchall():
                # A virtual table takes its shadow tables with it.
                self.db.execute(f'DROP {kind} IF EXISTS "{name}"')
            self._create()
            self.db.executemany("INSERT INTO kv VALUES (?, ?)", kept)

    def size(self) -> int:
        """Bytes of the database."""
        (pages,) = self.db.execute("PRAGMA page_count").fetchone()
        (page,) = self.db.execute("PRAGMA page_size").fetchone()
        return int(pages) * int(page)

    def save(self, target: Path | None = None) -> sqlite3.Connection:
        """A copy of the whole database, in memory or in a file; give it to `restore` later."""
        if target is not None:
            target.unlink(missing_ok=True)
            target.touch(mode=0o600)
        copy = sqlite3.connect(":memory:" if target is None else str(target), check_same_thread=False)
        self.db.backup(copy)
        return copy

    def restore(self, copy: sqlite3.Connection) -> None:
        """Become the copy again, but for the `keep:` keys, which stay as they are now."""
        kept = self.kept()
        copy.backup(self.db)
        with self.transaction():
            self.db.executemany("INSERT OR REPLACE INTO kv VALUES (?, ?)", kept)

    def close(self) -> None:
        """Close the connection; a file keeps its content."""
        self.db.close()
