"""Intents, attempts and audit rows: what was meant, what went out, what came of it.

An intent and its attempt are committed before the bytes leave; the outcome, the moved bases and the audit rows are one
transaction after the answer. States of an intent: open (went out, no answer recorded) -> applied | not_applied |
unknown (answer lost) -> applied | not_applied | superseded | ambiguous (resolved by reading).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from sqlite3 import Row
from typing import Any, Literal

from toolkit.model import Kind, Side, canonical
from toolkit.store.database import Database

IntentState = Literal["open", "unknown", "applied", "not_applied", "superseded", "ambiguous"]


@dataclass(frozen=True)
class Intent:
    """One remote write that is meant. ``body`` holds payload, expected values and what recovery needs, as JSON data."""

    id: str
    run: str
    action: str
    pair: str
    kind: Kind
    side: Side
    op: str
    resource: str
    target: str | None
    marker: str | None
    epoch: int
    made_at: str
    body: dict[str, Any] = field(default_factory=dict)
    state: IntentState = "open"
    ended_at: str | None = None
    result: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class AuditRow:
    """One field that a write changed: what the target held as last read, what it holds after, which rule decided."""

    run: str
    intent: str | None
    pair: str
    field: str
    side: Side
    before: Any
    after: Any
    rule: str
    made_at: str


def _intent(row: Row) -> Intent:
    values = {each.name: row[each.name] for each in fields(Intent)}
    return Intent(**{**values, "body": json.loads(row["body"])})


class Journal:
    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, intent: Intent, attempt_id: str, request_hash: str, number: int = 1) -> None:
        """Commit the intent and its attempt; only after this may a byte leave. Joins an outer transaction."""
        with self._database.transaction():
            if number == 1:
                self._database.execute(
                    "INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, NULL, NULL, NULL, ?, "
                    "NULL)",
                    (
                        intent.id,
                        intent.run,
                        intent.action,
                        intent.pair,
                        intent.kind,
                        intent.side,
                        intent.op,
                        intent.resource,
                        intent.target,
                        intent.marker,
                        canonical(intent.body),
                        intent.epoch,
                        intent.made_at,
                        int(not intent.body.get("changes")),
                    ),
                )
            self._database.execute(
                "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, NULL, NULL, NULL, 'open', NULL)",
                (attempt_id, intent.id, number, request_hash, intent.made_at),
            )

    def outcome(
        self,
        attempt_id: str,
        intent_id: str,
        state: IntentState,
        now: str,
        *,
        result: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        reason: str | None = None,
    ) -> None:
        """What came of an attempt. ``result`` is the id of the record that was written."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE attempts SET ended_at = ?, status = ?, request_id = ?, outcome = ?, reason = ? WHERE id = ?",
                (now, status, request_id, state, reason, attempt_id),
            )
            self._database.execute(
                "UPDATE intents SET state = ?, ended_at = ?, result = ?, note = ?, sealed_in = NULL WHERE id = ?",
                (state, now, result, reason, intent_id),
            )

    def resolve(
        self, intent_id: str, state: IntentState, now: str, *, result: str | None = None, note: str = ""
    ) -> None:
        """What reading showed about an intent whose answer was lost."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE intents SET state = ?, ended_at = ?, result = ?, note = ?, sealed_in = NULL WHERE id = ?",
                (state, now, result, note, intent_id),
            )
            self._database.execute(
                "UPDATE attempts SET ended_at = ?, outcome = ? WHERE intent = ? AND outcome = 'open'",
                (now, f"resolved {state}", intent_id),
            )

    def unsettled(self) -> list[Intent]:
        """Writes that were applied and whose bases wait for a reading of the target."""
        return [
            _intent(row)
            for row in self._database.rows(
                "SELECT * FROM intents WHERE settled = 0 AND state = 'applied' ORDER BY rowid"
            )
        ]

    def settle(self, ids: Iterable[str]) -> None:
        """The bases of these writes are where they belong, or never will be."""
        self._database.many("UPDATE intents SET settled = 1 WHERE id = ?", [(id,) for id in ids])

    def unresolved(self) -> list[Intent]:
        """Intents that went out, or may have, and whose outcome is not known; oldest first."""
        return [
            _intent(row)
            for row in self._database.rows(
                "SELECT * FROM intents WHERE state IN ('open', 'unknown') ORDER BY made_at, id"
            )
        ]

    def given_up(self, since: str) -> list[Intent]:
        """What ended since then as not applied, overtaken by an edit, or unclear, after its answer was lost."""
        return [
            _intent(row)
            for row in self._database.rows(
                "SELECT * FROM intents WHERE state IN ('not_applied', 'superseded', 'ambiguous') AND ended_at >= ? AND "
                "EXISTS (SELECT 1 FROM attempts WHERE attempts.intent = intents.id AND "
                "(outcome = 'unknown' OR outcome LIKE 'resolved%')) ORDER BY ended_at, id",
                (since,),
            )
        ]

    def of_run(self, run: str) -> list[Intent]:
        return [
            _intent(row) for row in self._database.rows("SELECT * FROM intents WHERE run = ? ORDER BY rowid", (run,))
        ]

    def of_action(self, action: str, run: str) -> list[Intent]:
        return [
            _intent(row)
            for row in self._database.rows(
                "SELECT * FROM intents WHERE action = ? AND run = ? ORDER BY rowid", (action, run)
            )
        ]

    def attempts(self, run: str | None = None) -> list[dict[str, Any]]:
        """Attempts as rows; of one run, or all."""
        where, values = ("WHERE i.run = ?", (run,)) if run else ("", ())
        return [
            dict(row)
            for row in self._database.rows(
                "SELECT a.*, i.side, i.op, i.resource, i.target, i.result, i.state FROM attempts a "
                f"JOIN intents i ON i.id = a.intent {where} ORDER BY a.rowid",
                values,
            )
        ]

    def audit(self, rows: Iterable[AuditRow]) -> None:
        self._database.many(
            "INSERT INTO audit (run, intent, pair, field, side, before, after, rule, made_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    row.run,
                    row.intent,
                    row.pair,
                    row.field,
                    row.side,
                    canonical(row.before),
                    canonical(row.after),
                    row.rule,
                    row.made_at,
                )
                for row in rows
            ],
        )

    def unsealed(self) -> dict[str, list[dict[str, Any]]]:
        """Settled journal rows that no sealed run holds yet: intents, their attempts, audit rows."""
        settled = "sealed_in IS NULL AND state NOT IN ('open', 'unknown')"
        return {
            "intents": [
                dict(row) for row in self._database.rows(f"SELECT * FROM intents WHERE {settled} ORDER BY rowid")
            ],
            "attempts": [
                dict(row)
                for row in self._database.rows(
                    f"SELECT * FROM attempts WHERE intent IN (SELECT id FROM intents WHERE {settled}) ORDER BY rowid"
                )
            ],
            "audit": [
                dict(row) for row in self._database.rows("SELECT * FROM audit WHERE sealed_in IS NULL ORDER BY seq")
            ],
        }

    def sealed(self, rows: dict[str, list[dict[str, Any]]], run: str) -> None:
        with self._database.transaction():
            self._database.many(
                "UPDATE intents SET sealed_in = ? WHERE id = ?", [(run, row["id"]) for row in rows["intents"]]
            )
            self._database.many(
                "UPDATE audit SET sealed_in = ? WHERE seq = ?", [(run, row["seq"]) for row in rows["audit"]]
            )
