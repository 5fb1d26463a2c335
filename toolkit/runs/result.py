"""What a run says of itself when it is over, for screens, e-mails and --json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolkit.model import SIDES, LedgerRow
from toolkit.runs.apply import Applied
from toolkit.runs.confirm import Planned
from toolkit.runs.records import KINDS
from toolkit.runs.streams import OWN
from toolkit.store.state import State
from toolkit.sync.ledger import totals


@dataclass(frozen=True)
class Matching:
    """Pairs and lone records by kind, as last seen."""

    rows: list[dict[str, Any]]

    def table(self) -> Any:
        import pandas as pd

        return pd.DataFrame(self.rows, columns=["kind", "linked", "only in Salesforce", "only in Accelo"])


@dataclass(frozen=True)
class RunResult:
    """``traceless``: a quiet run that left nothing but its row. ``quiet``: it found nothing to do."""

    run: str
    state: str
    plan_hash: str
    counts: Mapping[str, Any] = field(default_factory=dict)
    traceless: bool = False
    quiet: bool = False

    def table(self) -> Any:
        import pandas as pd

        return pd.DataFrame(sorted(self.counts.get("ledger", {}).items()), columns=["state", "records"])


def matching(state: State) -> Matching:
    rows = []
    for kind in KINDS:
        alone = {side: len(state.links.unlinked(kind, side, OWN[side, kind].name)) for side in SIDES}
        rows.append(
            {
                "kind": kind,
                "linked": state.links.count(kind),
                "only in Salesforce": alone["salesforce"],
                "only in Accelo": alone["accelo"],
            }
        )
    return Matching(rows)


def result_counts(
    planned: Planned, applied: Applied | None, ledger: Iterable[LedgerRow], calls: Mapping[str, int], state: State
) -> dict[str, Any]:
    """``counts``: actions by name; ``ledger``: records by state; ``calls``: requests made; ``writes``: applied ones."""
    summed = totals(ledger)
    waiting = sum(state.inbox.counts().values())
    return {
        "counts": planned.plan.counts(),
        "forecast": dict(planned.forecast),
        "waiting": waiting,
        "blocked": [
            {"code": item.code, "title": item.title, "count": item.count, "remedy": item.remedy}
            for item in planned.blocked
        ],
        "ledger": summed,
        "failed": summed["failed"],
        "calls": dict(calls),
        "writes": dict(applied.writes) if applied else {},
        "unknown": applied.unknown if applied else 0,
        "quiet": planned.quiet,
    }
