"""Runs: one row each, with progress and heartbeat for the screens, the request to cancel, and the chain of digests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from sqlite3 import Row
from typing import Any, Literal

from toolkit.model import canonical
from toolkit.store.database import Database

RunState = Literal["queued", "running", "done", "waiting", "failed", "cancelled", "died"]
OVER: tuple[RunState, ...] = ("done", "waiting", "failed", "cancelled", "died")


@dataclass(frozen=True)
class RunRow:
    """One run. ``waiting`` means that a person must confirm; ``died`` that recovery found it without its process."""

    id: str
    kind: str
    mode: str
    state: RunState
    started_at: str
    ended_at: str | None = None
    heartbeat: str | None = None
    pid: int | None = None
    holder: str | None = None
    plan_hash: str | None = None
    progress: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    cancel: bool = False
    folder: bool = False
    digest: str | None = None
    previous: str | None = None


def _run(row: Row) -> RunRow:
    data: dict[str, Any] = dict(row)
    return RunRow(
        **data
        | {
            "progress": json.loads(data["progress"]),
            "counts": json.loads(data["counts"]),
            "cancel": bool(data["cancel"]),
            "folder": bool(data["folder"]),
        }
    )


class Runs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self,
        id: str,
        kind: str,
        mode: str,
        now: str,
        *,
        pid: int | None = None,
        holder: str | None = None,
        state: RunState = "running",
    ) -> None:
        """Insert the run, or take over the row that a launcher queued for it."""
        self._database.execute(
            "INSERT INTO runs (id, kind, mode, state, started_at, heartbeat, pid, holder, progress, counts, message) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, '{}', '{}', '') ON CONFLICT (id) DO UPDATE SET state = excluded.state, "
            "heartbeat = excluded.heartbeat, pid = excluded.pid, holder = excluded.holder",
            (id, kind, mode, state, now, now, pid, holder),
        )

    def beat(self, id: str, now: str, **progress: Any) -> bool:
        """Say that the run lives and how far it is (step, done, total ...). Returns whether it was asked to cancel."""
        with self._database.transaction():
            row = self._database.row("SELECT progress, cancel FROM runs WHERE id = ?", (id,))
            if row is None:
                return False
            merged = json.loads(row["progress"]) | progress
            self._database.execute(
                "UPDATE runs SET heartbeat = ?, progress = ? WHERE id = ?", (now, canonical(merged), id)
            )
            return bool(row["cancel"])

    def cancelled(self, id: str) -> bool:
        row = self._database.row("SELECT cancel FROM runs WHERE id = ?", (id,))
        return bool(row and row["cancel"])

    def ask_cancel(self, id: str) -> bool:
        """Ask a run to stop at its next record; False when no such run is going on."""
        return (
            self._database.execute(
                "UPDATE runs SET cancel = 1 WHERE id = ? AND state IN ('queued', 'running')", (id,)
            ).rowcount
            == 1
        )

    def set_mode(self, id: str, mode: str) -> None:
        """What began as a plan was confirmed by a person in the notebook."""
        self._database.execute("UPDATE runs SET mode = ? WHERE id = ?", (mode, id))

    def set_plan(self, id: str, plan_hash: str) -> None:
        self._database.execute("UPDATE runs SET plan_hash = ? WHERE id = ?", (plan_hash, id))

    def set_folder(self, id: str) -> None:
        """This run left a folder with evidence."""
        self._database.execute("UPDATE runs SET folder = 1 WHERE id = ?", (id,))

    def end(
        self, id: str, state: RunState, now: str, *, counts: dict[str, Any] | None = None, message: str = ""
    ) -> None:
        self._database.execute(
            "UPDATE runs SET state = ?, ended_at = ?, heartbeat = ?, counts = coalesce(?, counts), message = ? "
            "WHERE id = ?",
            (state, now, now, canonical(counts) if counts is not None else None, message, id),
        )

    def seal(self, id: str, digest: str, previous: str | None) -> None:
        """The digest of the run's manifest, and that of the run sealed before it."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE runs SET digest = ?, previous = ?, folder = 1 WHERE id = ?", (digest, previous, id)
            )
            self._database.execute(
                "INSERT INTO kv VALUES ('last_sealed', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (canonical({"run": id, "digest": digest}),),
            )

    def last_sealed(self) -> dict[str, str] | None:
        row = self._database.row("SELECT value FROM kv WHERE key = 'last_sealed'")
        return dict(json.loads(row["value"])) if row else None

    def get(self, id: str) -> RunRow | None:
        row = self._database.row("SELECT * FROM runs WHERE id = ?", (id,))
        return _run(row) if row else None

    def all(self, limit: int = 100) -> list[RunRow]:
        """Newest first."""
        return [
            _run(row)
            for row in self._database.rows("SELECT * FROM runs ORDER BY started_at DESC, id DESC LIMIT ?", (limit,))
        ]

    def going(self) -> list[RunRow]:
        """Runs that did not say that they ended; whether their process lives is another question."""
        return [
            _run(row) for row in self._database.rows("SELECT * FROM runs WHERE state = 'running' ORDER BY started_at")
        ]

    def add_calls(self, system: str, hour: str, number: int) -> int:
        """Count requests of an hour ("2026-11-24T10"); returns the sum so far."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO calls VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number",
                (system, hour, number),
            )
            return self.calls(system, hour)

    def calls(self, system: str, hour: str) -> int:
        row = self._database.row("SELECT number FROM calls WHERE system = ? AND hour = ?", (system, hour))
        return int(row["number"]) if row else 0
