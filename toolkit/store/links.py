"""Pairs, and what each side held of each field when they last agreed. Moves are noted until a sealed run holds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from sqlite3 import Row

from toolkit.model import Base, Flag, Kind, Link, LinkState, Side, canonical, digest, value_from_json
from toolkit.store.database import Database

COLUMN: dict[Side, str] = {"salesforce": "salesforce_id", "accelo": "accelo_id"}


def _link(row: Row) -> Link:
    return Link(
        pair=row["pair"],
        kind=row["kind"],
        salesforce_id=row["salesforce_id"],
        accelo_id=row["accelo_id"],
        state=LinkState(row["state"]),
        refs=json.loads(row["refs"]),
    )


def bases_from_json(text: str) -> dict[str, Base]:
    return {
        name: Base(value_from_json(item["salesforce"]), value_from_json(item["accelo"]), Flag(item["flag"]))
        for name, item in json.loads(text).items()
    }


class Links:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, kind: Kind | None = None) -> list[Link]:
        """Every pair, or those of one kind, in a fixed order."""
        where, values = ("WHERE kind = ?", (kind,)) if kind else ("", ())
        return [_link(row) for row in self._database.rows(f"SELECT * FROM links {where} ORDER BY pair", values)]

    def get(self, pair: str) -> Link | None:
        row = self._database.row("SELECT * FROM links WHERE pair = ?", (pair,))
        return _link(row) if row else None

    def of(self, kind: Kind, side: Side, id: str) -> Link | None:
        """The pair that this record belongs to."""
        row = self._database.row(f"SELECT * FROM links WHERE kind = ? AND {COLUMN[side]} = ?", (kind, id))
        return _link(row) if row else None

    def of_many(self, kind: Kind, side: Side, ids: Iterable[str]) -> dict[str, Link]:
        """The pairs of these records, by record id."""
        wanted, found = list(ids), {}
        for start in range(0, len(wanted), 500):
            chunk = wanted[start : start + 500]
            for row in self._database.rows(
                f"SELECT * FROM links WHERE kind = ? AND {COLUMN[side]} IN ({','.join('?' * len(chunk))})",
                (kind, *chunk),
            ):
                found[str(row[COLUMN[side]])] = _link(row)
        return found

    def unlinked(self, kind: Kind, side: Side, stream: str) -> list[str]:
        """Ids seen in this stream that belong to no pair."""
        return [
            row["id"]
            for row in self._database.rows(
                "SELECT o.id FROM observations o WHERE o.stream = ? AND NOT EXISTS (SELECT 1 FROM links l "
                f"WHERE l.kind = ? AND l.{COLUMN[side]} = o.id) ORDER BY o.id",
                (stream, kind),
            )
        ]

    def bases_of(self, pairs: Iterable[str]) -> dict[str, dict[str, Base]]:
        wanted, found = list(pairs), {}
        for start in range(0, len(wanted), 500):
            chunk = wanted[start : start + 500]
            for row in self._database.rows(
                f"SELECT pair, fields FROM bases WHERE pair IN ({','.join('?' * len(chunk))})", chunk
            ):
                found[str(row["pair"])] = bases_from_json(row["fields"])
        return found

    def count(self, kind: Kind) -> int:
        row = self._database.row("SELECT count(*) FROM links WHERE kind = ?", (kind,))
        return int(row[0]) if row else 0

    def put(self, link: Link, run: str) -> None:
        """Write a pair. A record is in one pair only: a second one is an IntegrityError, on purpose."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (pair) DO UPDATE SET salesforce_id = "
                "excluded.salesforce_id, accelo_id = excluded.accelo_id, state = excluded.state, refs = excluded.refs",
                (link.pair, link.kind, link.salesforce_id, link.accelo_id, link.state.value, canonical(link.refs)),
            )
            self._moved(link.pair, run)

    def bases(self, pair: str) -> dict[str, Base]:
        row = self._database.row("SELECT fields FROM bases WHERE pair = ?", (pair,))
        return bases_from_json(row["fields"]) if row else {}

    def all_bases(self) -> Iterator[tuple[str, dict[str, Base]]]:
        for row in self._database.rows("SELECT pair, fields FROM bases ORDER BY pair"):
            yield row["pair"], bases_from_json(row["fields"])

    def move_bases(self, pair: str, fields: Mapping[str, Base], run: str) -> None:
        """Set the bases of some fields of a pair; the others stay."""
        if not fields:
            return
        with self._database.transaction():
            merged = self.bases(pair) | dict(fields)
            self._database.execute(
                "INSERT INTO bases VALUES (?, ?) ON CONFLICT (pair) DO UPDATE SET fields = excluded.fields",
                (pair, canonical(merged)),
            )
            self._moved(pair, run)

    def drop_bases(self, pair: str, run: str) -> None:
        """Nothing is agreed about this pair any more."""
        with self._database.transaction():
            self._database.execute("DELETE FROM bases WHERE pair = ?", (pair,))
            self._moved(pair, run)

    def remove(self, pair: str, run: str) -> None:
        """Forget a pair (unlink); both records stay as they are."""
        with self._database.transaction():
            self._database.execute("DELETE FROM bases WHERE pair = ?", (pair,))
            self._database.execute("DELETE FROM links WHERE pair = ?", (pair,))
            self._moved(pair, run)

    def _moved(self, pair: str, run: str) -> None:
        self._database.execute(
            "INSERT INTO moved VALUES (?, ?) ON CONFLICT (pair) DO UPDATE SET run = excluded.run", (pair, run)
        )

    def moves(self) -> list[dict[str, str | None]]:
        """Pairs whose link or bases moved since the last sealed run, as evidence rows; state None means removed."""
        rows = self._database.rows(
            "SELECT m.pair, l.kind, l.salesforce_id, l.accelo_id, l.state, l.refs, b.fields FROM moved m "
            "LEFT JOIN links l USING (pair) LEFT JOIN bases b USING (pair) ORDER BY m.pair"
        )
        return [dict(row) for row in rows]

    def has_moves(self) -> bool:
        return self._database.row("SELECT 1 FROM moved LIMIT 1") is not None

    def sealed(self, pairs: Iterable[str]) -> None:
        """These moves are in a sealed run now."""
        self._database.many("DELETE FROM moved WHERE pair = ?", [(pair,) for pair in pairs])

    def replace_all(self, rows: Iterable[Mapping[str, str | None]]) -> None:
        """Only for a rebuild: all pairs and bases anew, from evidence rows."""
        rows = [row for row in rows if row["state"] is not None]
        with self._database.transaction():
            for table in ("bases", "links", "moved"):
                self._database.execute(f"DELETE FROM {table}")
            self._database.many(
                "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (row["pair"], row["kind"], row["salesforce_id"], row["accelo_id"], row["state"], row["refs"])
                    for row in rows
                ],
            )
            self._database.many(
                "INSERT INTO bases VALUES (?, ?)", [(row["pair"], row["fields"]) for row in rows if row["fields"]]
            )

    def digest(self) -> str:
        """One digest of all pairs and bases: a rebuild must give the same."""
        rows = self._database.rows("SELECT l.*, b.fields FROM links l LEFT JOIN bases b USING (pair) ORDER BY l.pair")
        return digest([list(row) for row in rows])
