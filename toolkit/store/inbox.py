"""What waits for a person: questions with stable keys, decisions, standing rules,
and records that always fail (poison)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any, Literal

from toolkit.model import Kind, Question, Side, canonical
from toolkit.store.database import Database
from toolkit.store.plan_json import question_from_json

ItemState = Literal["open", "decided", "settled"]


@dataclass(frozen=True)
class Item:
    """One question in the inbox. ``settled`` means that it is no question any more: it was done, or it went away."""

    id: int
    question: Question
    state: ItemState
    run: str
    first_seen: str
    last_seen: str
    choice: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None


@dataclass(frozen=True)
class Rule:
    """A standing decision: what to do with every question of a kind (and a field; "" means every field)."""

    kind: str
    field: str
    choice: str
    decided_by: str
    decided_at: str


@dataclass(frozen=True)
class Poison:
    side: Side
    kind: Kind
    id: str
    reason: str
    times: int
    first_at: str
    last_at: str
    next_try: str
    fingerprint: str


def _item(row: Row) -> Item:
    return Item(
        id=row["id"],
        question=question_from_json(json.loads(row["body"])),
        state=row["state"],
        run=row["run"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        choice=row["choice"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
    )


class Inbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, questions: Iterable[Question], run: str, now: str, known: Collection[str] = ()) -> int:
        """Put questions; one whose key is known keeps its id, and its decision while its content is the same.

        ``known``: keys whose decision the asker knew and could not follow; they wait again.

        Returns how many were not open or decided before."""
        new = 0
        with self._database.transaction():
            for question in questions:
                body = canonical(question)
                old = self._database.row("SELECT body, state FROM inbox WHERE key = ?", (question.key,))
                vain = old is not None and old["state"] == "decided" and question.key in known
                new += old is None or old["state"] == "settled" or vain
                if old is None:
                    self._database.execute(
                        "INSERT INTO inbox (key, kind, record_kind, state, body, run, first_seen, last_seen) "
                        "VALUES (?, ?, ?, 'open', ?, ?, ?, ?)",
                        (question.key, question.kind.value, question.record_kind, body, run, now, now),
                    )
                elif old["body"] == body and old["state"] != "settled" and not vain:
                    self._database.execute("UPDATE inbox SET last_seen = ? WHERE key = ?", (now, question.key))
                else:
                    self._database.execute(
                        "UPDATE inbox SET body = ?, run = ?, last_seen = ?, state = 'open', choice = NULL, "
                        "decided_by = NULL, decided_at = NULL WHERE key = ?",
                        (body, run, now, question.key),
                    )
        return new

    def settle(self, keys: Iterable[str], now: str) -> None:
        """These are no questions any more."""
        self._database.many(
            "UPDATE inbox SET state = 'settled', last_seen = ? WHERE key = ?", [(now, key) for key in keys]
        )

    def items(self, states: Sequence[ItemState] = ("open",), kind: str | None = None) -> list[Item]:
        marks = ",".join("?" * len(states))
        where, values = (" AND kind = ?", [kind]) if kind else ("", [])
        return [
            _item(row)
            for row in self._database.rows(
                f"SELECT * FROM inbox WHERE state IN ({marks}){where} ORDER BY id", [*states, *values]
            )
        ]

    def get(self, id: int) -> Item | None:
        row = self._database.row("SELECT * FROM inbox WHERE id = ?", (id,))
        return _item(row) if row else None

    def counts(self) -> dict[str, int]:
        """Open questions by kind."""
        return {
            row["kind"]: row["n"]
            for row in self._database.rows(
                "SELECT kind, count(*) AS n FROM inbox WHERE state = 'open' GROUP BY kind ORDER BY kind"
            )
        }

    def decide(self, id: int, choice: str, by: str, now: str) -> None:
        self._database.execute(
            "UPDATE inbox SET state = 'decided', choice = ?, decided_by = ?, decided_at = ? WHERE id = ?",
            (choice, by, now, id),
        )

    def reopen(self, id: int) -> None:
        """The decision is taken back; the question waits again."""
        self._database.execute(
            "UPDATE inbox SET state = 'open', choice = NULL, decided_by = NULL, decided_at = NULL WHERE id = ?", (id,)
        )

    def decisions(self) -> dict[str, str]:
        """Question key -> choice, for every decision that no run has carried out yet."""
        return {
            row["key"]: row["choice"]
            for row in self._database.rows("SELECT key, choice FROM inbox WHERE state = 'decided' ORDER BY key")
        }

    def set_rule(self, rule: Rule) -> None:
        self._database.execute(
            "INSERT INTO rules VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, field) DO UPDATE "
            "SET choice = excluded.choice, decided_by = excluded.decided_by, decided_at = excluded.decided_at",
            (rule.kind, rule.field, rule.choice, rule.decided_by, rule.decided_at),
        )

    def drop_rule(self, kind: str, field: str = "") -> None:
        self._database.execute("DELETE FROM rules WHERE kind = ? AND field = ?", (kind, field))

    def rules(self) -> list[Rule]:
        return [Rule(**dict(row)) for row in self._database.rows("SELECT * FROM rules ORDER BY kind, field")]

    # poison

    def fail(self, side: Side, kind: Kind, id: str, reason: str, fingerprint: str, now: str, next_try: str) -> Poison:
        """Count one more failure of a record; a different reason or other content starts anew."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO poison VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT (side, kind, id) DO UPDATE SET "
                "times = CASE WHEN reason = excluded.reason AND fingerprint = excluded.fingerprint THEN times + 1 "
                "ELSE 1 END, first_at = CASE WHEN reason = excluded.reason THEN first_at ELSE excluded.first_at END, "
                "reason = excluded.reason, last_at = excluded.last_at, next_try = excluded.next_try, "
                "fingerprint = excluded.fingerprint",
                (side, kind, id, reason, now, now, next_try, fingerprint),
            )
            found = self.poisoned(side, kind, id)
            if found is None:
                raise LookupError(id)
            return found

    def poisoned(self, side: Side, kind: Kind, id: str) -> Poison | None:
        row: Any = self._database.row("SELECT * FROM poison WHERE side = ? AND kind = ? AND id = ?", (side, kind, id))
        return Poison(**dict(row)) if row else None

    def heal(self, side: Side, kind: Kind, id: str) -> None:
        self._database.execute("DELETE FROM poison WHERE side = ? AND kind = ? AND id = ?", (side, kind, id))

    def poison(self) -> list[Poison]:
        rows: list[Any] = self._database.rows("SELECT * FROM poison ORDER BY side, kind, id")
        return [Poison(**dict(row)) for row in rows]
