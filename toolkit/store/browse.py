"""What screens ask of the living state: one page at a time, never a whole table, whatever its size."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.store.database import Database
from toolkit.store.inbox import Item, _item
from toolkit.store.runs import RunRow, _run

NAMES = {
    "salesforce.Account": "json_extract(body, '$.Name')",
    "salesforce.Contact": "trim(coalesce(json_extract(body, '$.FirstName'), '') || ' ' || "
    "coalesce(json_extract(body, '$.LastName'), ''))",
    "accelo.companies": "json_extract(body, '$.name')",
    "accelo.contacts": "trim(coalesce(json_extract(body, '$.firstname'), '') || ' ' || "
    "coalesce(json_extract(body, '$.surname'), ''))",
}
"""The SQL for what a person calls a row of each stream."""


@dataclass(frozen=True)
class Found:
    """A record that fits what somebody looked for."""

    stream: str
    id: str
    name: str


class Browse:
    """Read-only questions; each is answered by an index or bounded by its limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def runs(self, offset: int, limit: int, kinds: Sequence[str] = (), states: Sequence[str] = ()) -> list[RunRow]:
        """Newest first."""
        where, values = _filter(kind=kinds, state=states)
        rows = self._database.rows(
            f"SELECT * FROM runs {where} ORDER BY started_at DESC, id DESC LIMIT ? OFFSET ?", [*values, limit, offset]
        )
        return [_run(row) for row in rows]

    def runs_total(self, kinds: Sequence[str] = (), states: Sequence[str] = ()) -> int:
        where, values = _filter(kind=kinds, state=states)
        row = self._database.row(f"SELECT count(*) FROM runs {where}", values)
        return int(row[0]) if row else 0

    def runs_active(self) -> list[RunRow]:
        """Queued and running ones, oldest first."""
        rows = self._database.rows("SELECT * FROM runs WHERE state IN ('queued', 'running') ORDER BY started_at")
        return [_run(row) for row in rows]

    def inbox(self, states: Sequence[str], kinds: Sequence[str], offset: int, limit: int) -> list[Item]:
        where, values = _filter(state=states, kind=kinds)
        rows = self._database.rows(
            f"SELECT * FROM inbox {where} ORDER BY id LIMIT ? OFFSET ?", [*values, limit, offset]
        )
        return [_item(row) for row in rows]

    def inbox_counts(self, states: Sequence[str] = ("open",)) -> dict[str, int]:
        where, values = _filter(state=states)
        rows = self._database.rows(f"SELECT kind, count(*) AS n FROM inbox {where} GROUP BY kind ORDER BY kind", values)
        return {row["kind"]: row["n"] for row in rows}

    def inbox_of(self, salesforce_id: str | None, accelo_id: str | None) -> list[Item]:
        """Every question there was about a record."""
        rows = self._database.rows(
            "SELECT * FROM inbox WHERE json_extract(body, '$.salesforce_id') = ? "
            "OR json_extract(body, '$.accelo_id') = ? ORDER BY id LIMIT 100",
            (salesforce_id or "-", accelo_id or "-"),
        )
        return [_item(row) for row in rows]

    def named(self, text: str, limit: int = 20) -> list[Found]:
        """Records whose name holds every word, at most ``limit`` of each system's kinds;
        ASCII letters match either case."""
        words = [word for word in text.split() if word]
        if not words:
            return []
        found: list[Found] = []
        likes = [f"%{word.replace('%', '').replace('_', '')}%" for word in words]
        for stream, name in NAMES.items():
            near = " AND ".join(["body LIKE ?"] * len(likes) + [f"{name} LIKE ?"] * len(likes))
            rows = self._database.rows(
                f"SELECT id, {name} AS name FROM observations WHERE stream = ? AND {near} LIMIT ?",
                (stream, *likes, *likes, limit),
            )
            found += [Found(stream, row["id"], row["name"] or "") for row in rows]
        return found

    def audit_of(self, pair: str, limit: int = 200) -> list[dict[str, Any]]:
        """What was written to this pair, newest first; before and after as values."""
        rows = self._database.rows("SELECT * FROM audit WHERE pair = ? ORDER BY seq DESC LIMIT ?", (pair, limit))
        return [dict(row) | {side: json.loads(row[side] or "null") for side in ("before", "after")} for row in rows]

    def intents_of(self, pair: str, limit: int = 100) -> list[dict[str, Any]]:
        """Remote writes that were meant for this pair, newest first."""
        rows = self._database.rows(
            "SELECT id, run, side, op, resource, target, state, made_at, ended_at, result, note FROM intents "
            "WHERE pair = ? ORDER BY made_at DESC LIMIT ?",
            (pair, limit),
        )
        return [dict(row) for row in rows]

    def refusals(self, since: str, limit: int = 12) -> dict[str, int]:
        """Why writes were not applied since then, most frequent first."""
        rows = self._database.rows(
            "SELECT coalesce(note, 'no reason given') AS note, count(*) AS n FROM intents WHERE state = 'not_applied' "
            "AND made_at >= ? GROUP BY 1 ORDER BY n DESC LIMIT ?",
            (since, limit),
        )
        return {row["note"]: row["n"] for row in rows}

    def pairs_apart(self, fields: Sequence[str], kind: str, limit: int) -> tuple[list[str], int]:
        """Linked pairs of a kind that may go otherwise when the rule of one of these fields changes: the two sides hold
        different values of it, it is flagged, or a side changed since the last plan. The first so many, those that
        changed before the rest; and how many there are."""
        paths = [f'$."{name}"' for name in fields]
        apart = " OR ".join(
            f"json_extract(b.fields, ?{at} || '.salesforce') IS NOT json_extract(b.fields, ?{at} || '.accelo') "
            f"OR coalesce(json_extract(b.fields, ?{at} || '.flag'), 'agreed') <> 'agreed'"
            for at in range(2, len(paths) + 2)
        )
        moved = " OR ".join(
            f"EXISTS (SELECT 1 FROM dirty d WHERE d.side = '{side}' AND d.kind = l.kind AND d.id = l.{side}_id)"
            for side in ("salesforce", "accelo")
        )
        query = (
            "SELECT l.pair FROM links l LEFT JOIN bases b USING (pair) WHERE l.kind = ?1 "
            f"AND l.salesforce_id IS NOT NULL AND l.accelo_id IS NOT NULL AND ({apart} OR {moved})"
        )
        found = [
            str(row["pair"]) for row in self._database.rows(f"{query} ORDER BY ({moved}) DESC, l.pair", [kind, *paths])
        ]
        return found[:limit], len(found)



def _filter(**columns: Sequence[str]) -> tuple[str, list[Any]]:
    """WHERE for columns that must be one of some values; an empty list asks for nothing."""
    parts = [f"{name} IN ({','.join('?' * len(values))})" for name, values in columns.items() if values]
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), [v for values in columns.values() for v in values]
