"""An import as values for people: what was read, the plan with its checks, the counts of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.model import Finding, LedgerRow, Plan, RecordState
from toolkit.runs.apply import Applied
from toolkit.runs.import_money import Money
from toolkit.runs.import_place import Existing
from toolkit.runs.import_preflight import Preflight
from toolkit.runs.import_read import Destination, Source
from toolkit.sync.ledger import totals

ALL = "all"
"""Accepts every name on the list of what cannot be carried; the evidence records the names."""


@dataclass(frozen=True)
class ImportReading:
    source: Source
    destination: Destination
    existing: Existing

    def table(self) -> Any:
        import pandas as pd

        rows = [("items in Salesforce", len(self.source.items)), ("owners", len(self.source.owners)),
                ("statuses in use", len(self.source.statuses)), ("staff in Accelo", len(self.destination.staff)),
                ("records in Accelo already", len(self.existing.values))]  # fmt: skip
        return pd.DataFrame(rows, columns=["what", "number"])


@dataclass(frozen=True)
class PlannedImport:
    """A plan of an import with what a person needs to confirm it."""

    plan: Plan
    hash: str
    forecast: Mapping[str, Any]
    checks: Preflight
    money: tuple[Money, ...]

    @property
    def blocked(self) -> list[Finding]:
        return list(self.checks.blockers)

    @property
    def waiting(self) -> int:
        return sum(row.state is RecordState.WAITING for row in self.plan.ledger)

    @property
    def quiet(self) -> bool:
        return not self.plan.actions

    def table(self) -> Any:
        """Records by what happens to them and why."""
        import pandas as pd

        counts: dict[tuple[str, str], int] = {}
        for row in self.plan.ledger:
            counts[row.state.value, row.reason] = counts.get((row.state.value, row.reason), 0) + 1
        rows = [{"state": state, "reason": reason, "records": n} for (state, reason), n in sorted(counts.items())]
        return pd.DataFrame(rows, columns=["state", "reason", "records"])

    def money_table(self) -> Any:
        import pandas as pd

        return pd.DataFrame([vars(row) for row in self.money], columns=["status", "currency", "records", "salesforce"])

    def findings_table(self) -> Any:
        import pandas as pd

        rows: list[tuple[str, int, str, str]] = [
            (f.severity, f.count, f.title, f.remedy) for f in (*self.checks.blockers, *self.checks.notes)
        ]
        rows += [
            ("accept", carry.count, f"{carry.title} ({carry.name})", carry.instead) for carry in self.checks.accept
        ]
        return pd.DataFrame(rows, columns=["kind", "records", "what", "what to do, or what happens instead"])


def import_counts(
    planned: PlannedImport,
    applied: Applied | None,
    ledger: Iterable[LedgerRow],
    calls: Mapping[str, int],
    money: Sequence[Money],
) -> dict[str, Any]:
    """What the run says of itself: the keys of every run, and those of an import."""
    rows = list(ledger)
    summed = totals(rows)
    reasons: dict[str, int] = {}
    for row in rows:
        if row.state in (RecordState.WAITING, RecordState.FAILED, RecordState.SKIPPED):
            reasons[row.reason] = reasons.get(row.reason, 0) + 1
    return {
        "counts": planned.plan.counts(), "forecast": dict(planned.forecast),
        "waiting": summed.get("waiting", 0), "failed": summed.get("failed", 0),
        "blocked": [_said(finding) for finding in planned.blocked],
        "notes": [_said(finding) for finding in planned.checks.notes],
        "accept": [vars(carry) for carry in planned.checks.accept],
        "ledger": summed, "reasons": reasons, "calls": dict(calls),
        "writes": dict(applied.writes) if applied else {}, "unknown": applied.unknown if applied else 0,
        "money": [vars(row) | {"equal": row.equal} for row in money] if applied else [vars(r) for r in planned.money],
        "quiet": planned.quiet,
    }  # fmt: skip


def _said(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "title": finding.title, "count": finding.count, "remedy": finding.remedy,
            "examples": list(finding.examples)}  # fmt: skip
