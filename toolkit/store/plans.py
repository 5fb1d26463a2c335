"""Plans by hash: what was shown, who confirmed it, whether it may still be applied."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any, Literal

from toolkit.model import Plan, canonical
from toolkit.store.database import Database
from toolkit.store.plan_json import plan_from_json

PlanState = Literal["made", "confirmed", "applying", "applied", "partly", "refused"]


@dataclass(frozen=True)
class PlanRow:
    """What is known of a plan without loading it."""

    hash: str
    run: str
    kind: str
    state: PlanState
    counts: dict[str, int]
    read_only: bool
    writes_salesforce: bool
    made_at: str
    confirmed_by: str | None
    confirmed_at: str | None


class Plans:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, plan: Plan, run: str, *, read_only: bool, now: str) -> PlanRow:
        """Keep a plan. The same plan made again keeps its confirmation, unless it was applied or refused:
        then it is new."""
        writes = any(action.side == "salesforce" for action in plan.actions)
        body = zlib.compress(canonical(plan).encode(), 6)
        hash = plan.hash
        self._database.execute(
            "INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?, ?, 'made', ?, NULL, NULL) ON CONFLICT (hash) DO UPDATE SET "
            "run = excluded.run, body = excluded.body, read_only = excluded.read_only, made_at = excluded.made_at, "
            "confirmed_by = CASE WHEN state = 'confirmed' THEN confirmed_by END, "
            "confirmed_at = CASE WHEN state = 'confirmed' THEN confirmed_at END, "
            "state = CASE WHEN state = 'confirmed' THEN state ELSE 'made' END",
            (hash, run, plan.kind, body, json.dumps(plan.counts()), read_only, writes, now),
        )
        found = self.find(hash)
        if found is None:  # cannot happen: it was written just above
            raise LookupError(hash)
        return found

    def find(self, hash: str) -> PlanRow | None:
        """By its hash or the first eight or more characters of it."""
        rows = self._database.rows(
            "SELECT hash, run, kind, state, counts, read_only, writes_salesforce, made_at, confirmed_by, confirmed_at "
            "FROM plans WHERE hash = ? OR (length(?) >= 8 AND substr(hash, 1, length(?)) = ?)",
            (hash, hash, hash, hash),
        )
        if len(rows) != 1:
            return None
        row: dict[str, Any] = dict(rows[0])
        return PlanRow(
            **row
            | {
                "counts": json.loads(row["counts"]),
                "read_only": bool(row["read_only"]),
                "writes_salesforce": bool(row["writes_salesforce"]),
            }
        )

    def load(self, hash: str) -> Plan:
        row = self._database.row("SELECT body FROM plans WHERE hash = ?", (hash,))
        if row is None:
            raise LookupError(hash)
        return plan_from_json(json.loads(zlib.decompress(row["body"])))

    def confirm(self, hash: str, by: str, now: str) -> None:
        self._database.execute(
            "UPDATE plans SET state = 'confirmed', confirmed_by = ?, confirmed_at = ? WHERE hash = ?", (by, now, hash)
        )

    def set_state(self, hash: str, state: PlanState) -> None:
        self._database.execute("UPDATE plans SET state = ? WHERE hash = ?", (state, hash))

    def refuse_salesforce(self) -> int:
        """Read-only was turned on: no plan that writes to Salesforce may be applied any more."""
        return self._database.execute(
            "UPDATE plans SET state = 'refused' WHERE writes_salesforce AND state IN "
            "('made', 'confirmed', 'applying', 'partly')"
        ).rowcount

    def forget(self, before: str) -> int:
        """Plans of syncs that were made before that time and are over, or were never carried out; their runs' evidence
        keeps what was done. Returns how many."""
        return self._database.execute(
            "DELETE FROM plans WHERE kind = 'sync' AND made_at < ? AND state NOT IN ('applying', 'partly')", (before,)
        ).rowcount

    def latest(self, run: str) -> PlanRow | None:
        row = self._database.row("SELECT hash FROM plans WHERE run = ? ORDER BY made_at DESC LIMIT 1", (run,))
        return self.find(row["hash"]) if row else None
