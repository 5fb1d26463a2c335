"""What was last seen of each remote row, which records want planning (dirty), and how far each stream was read.

Rows are kept as they came, by stream ("accelo.affiliations"), so that a change of one row gives the whole record again
without asking for the others; that is what makes a quiet run cheap.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.model import Kind, Side, canonical
from toolkit.store.database import Database

CHUNK = 500  # ids in one IN (...)
LIVE = """coalesce(json_extract(body, '$._gone'), 0) = 0
    AND lower(coalesce(json_extract(body, '$.IsDeleted'), 0)) NOT IN ('1', 'true')"""
"""Rows of records that are there; those of others are kept, too, for their links tell of them."""


@dataclass(frozen=True)
class SeenRow:
    """One remote row. ``owner`` is the record it belongs to, ``stamp`` its own time of change in unix seconds."""

    stream: str
    id: str
    owner: str | None
    stamp: int | None
    row: dict[str, Any]


class Seen:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, rows: Iterable[SeenRow], run: str) -> list[SeenRow]:
        """Keep these rows; returns those whose content is new or differs from what was kept (in order)."""
        changed: list[SeenRow] = []
        batch: list[SeenRow] = []
        for row in rows:
            batch.append(row)
            if len(batch) == CHUNK:
                changed += self._put(batch, run)
                batch = []
        return changed + self._put(batch, run)

    def _put(self, batch: Sequence[SeenRow], run: str) -> list[SeenRow]:
        if not batch:
            return []
        with self._database.transaction():
            before: dict[tuple[str, str], tuple[str, str | None]] = {}
            for stream in {row.stream for row in batch}:
                ids = [row.id for row in batch if row.stream == stream]
                marks = ",".join("?" * len(ids))
                for old in self._database.rows(
                    f"SELECT id, body, owner FROM observations WHERE stream = ? AND id IN ({marks})", (stream, *ids)
                ):
                    before[stream, old["id"]] = (old["body"], old["owner"])
            texts = [(row, canonical(row.row)) for row in batch]
            changed = [row for row, text in texts if before.get((row.stream, row.id)) != (text, row.owner)]
            self._database.many(
                "INSERT INTO observations VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (stream, id) DO UPDATE SET owner = "
                "excluded.owner, stamp = excluded.stamp, body = excluded.body, seen_in = excluded.seen_in",
                [(row.stream, row.id, row.owner, row.stamp, text, run) for row, text in texts],
            )
        return changed

    def merge(
        self, stream: str, id: str, row: dict[str, Any], run: str, *, owner: str | None = None, stamp: int | None = None
    ) -> None:
        """Lay the fields that a write's answer showed over what was kept of this row."""
        with self._database.transaction():
            old = self.get(stream, [id]).get(id)
            merged = (old.row if old else {}) | row
            self._put(
                [
                    SeenRow(
                        stream,
                        id,
                        owner or (old.owner if old else None),
                        stamp if stamp is not None else (old.stamp if old else None),
                        merged,
                    )
                ],
                run,
            )

    def get(self, stream: str, ids: Iterable[str]) -> dict[str, SeenRow]:
        return {row.id: row for row in self._where(stream, "id", ids)}

    def owned(self, stream: str, owners: Iterable[str]) -> dict[str, list[SeenRow]]:
        """Rows of a stream by the record that they belong to, oldest id first."""
        found: dict[str, list[SeenRow]] = {}
        for row in self._where(stream, "owner", owners):
            found.setdefault(row.owner or "", []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (len(row.id), row.id))
        return found

    def _where(self, stream: str, column: str, values: Iterable[str]) -> Iterator[SeenRow]:
        wanted = list(dict.fromkeys(values))
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            marks = ",".join("?" * len(chunk))
            for row in self._database.rows(
                f"SELECT * FROM observations WHERE stream = ? AND {column} IN ({marks})", (stream, *chunk)
            ):
                yield SeenRow(row["stream"], row["id"], row["owner"], row["stamp"], json.loads(row["body"]))

    def all(self, stream: str) -> Iterator[SeenRow]:
        for row in self._database.rows("SELECT * FROM observations WHERE stream = ? ORDER BY id", (stream,)):
            yield SeenRow(row["stream"], row["id"], row["owner"], row["stamp"], json.loads(row["body"]))

    def ids(self, stream: str) -> set[str]:
        return {row["id"] for row in self._database.rows("SELECT id FROM observations WHERE stream = ?", (stream,))}

    def live_ids(self, stream: str) -> set[str]:
        """Without those that are known to be gone: what a listing can be expected to show."""
        rows = self._database.rows(f"SELECT id FROM observations WHERE stream = ? AND {LIVE}", (stream,))
        return {row["id"] for row in rows}

    def count_live(self, stream: str) -> int:
        row = self._database.row(f"SELECT count(*) FROM observations WHERE stream = ? AND {LIVE}", (stream,))
        return int(row[0]) if row else 0

    def stamps(self, stream: str, ids: Iterable[str]) -> dict[str, int | None]:
        """The stamp of each of these rows that is known; answered from the index of ids."""
        return {row.id: row.stamp for row in self._where(stream, "id", ids)}

    def count(self, stream: str, since: int | None = None) -> int:
        """How many rows are known, of those stamped ``since`` (unix seconds, inclusive) or later when given."""
        if since is None:
            row = self._database.row("SELECT count(*) FROM observations WHERE stream = ?", (stream,))
        else:
            row = self._database.row(
                "SELECT count(*) FROM observations WHERE stream = ? AND stamp >= ?", (stream, since)
            )
        return int(row[0]) if row else 0

    def forget(self, stream: str, ids: Iterable[str]) -> None:
        self._database.many("DELETE FROM observations WHERE stream = ? AND id = ?", [(stream, id) for id in ids])

    def forget_everything(self) -> None:
        """The next run reads both systems whole."""
        with self._database.transaction():
            for table in ("observations", "dirty", "cursors"):
                self._database.execute(f"DELETE FROM {table}")

    # dirty: records that are not settled, and why

    def soil(self, records: Iterable[tuple[Side, Kind, str]], reason: str, now: str) -> None:
        self._database.many(
            "INSERT INTO dirty VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET reason = excluded.reason",
            [(*record, reason, now) for record in records],
        )

    def clean(self, records: Iterable[tuple[Side, Kind, str]]) -> None:
        self._database.many("DELETE FROM dirty WHERE side = ? AND kind = ? AND id = ?", list(records))

    def dirty(self) -> set[tuple[Side, Kind, str]]:
        return {
            (row["side"], row["kind"], row["id"]) for row in self._database.rows("SELECT side, kind, id FROM dirty")
        }

    # cursors: how far a stream was read, as the system's own clock says

    def cursor(self, stream: str) -> dict[str, Any]:
        row = self._database.row("SELECT body FROM cursors WHERE stream = ?", (stream,))
        return dict(json.loads(row["body"])) if row else {}

    def set_cursor(self, stream: str, body: dict[str, Any]) -> None:
        self._database.execute(
            "INSERT INTO cursors VALUES (?, ?) ON CONFLICT (stream) DO UPDATE SET body = excluded.body",
            (stream, canonical(body)),
        )
