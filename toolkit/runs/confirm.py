"""What stands between a plan and its writes: the forecast, the brakes, the confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from toolkit.errors import BrakeHit, Unconfirmed
from toolkit.mapping.rules import Rules
from toolkit.model import Finding, Plan
from toolkit.runs.read import Reading
from toolkit.runs.streams import Shape
from toolkit.store.state import State
from toolkit.sync.brakes import Counts, Limits, check_brakes
from toolkit.sync.ledger import Gaps


@dataclass(frozen=True)
class Planned:
    """A plan with what a person needs to confirm it. ``blocked``: brakes; each stops a sync, none an apply by hash."""

    plan: Plan
    hash: str
    forecast: Mapping[str, Any]
    new_questions: int
    blocked: list[Finding] = field(default_factory=list)
    waiting: int = 0

    @property
    def quiet(self) -> bool:
        """Nothing to write, nothing to move, nothing new to ask."""
        return not (self.plan.actions or self.plan.base_moves or self.new_questions)

    def gap_findings(self, gaps: Gaps | None) -> list[Finding]:
        if not gaps:
            return []
        lost = [*gaps.missing, *gaps.doubled, *gaps.unknown]
        return [
            Finding(
                "ledger-open",
                "blocker",
                "Records that the ledger counts never or twice",
                len(lost),
                "Report this run; nothing of it is lost.",
                tuple(":".join(key) for key in lost[:5]),
            )
        ]

    def table(self) -> Any:
        import pandas as pd

        return pd.DataFrame(
            [{"action": name, "records": number} for name, number in self.plan.counts().items()],
            columns=["action", "records"],
        )


def blocked_by(
    plan: Plan, counted: Counts, limits: Limits, state: State, reading: Reading | None, rules: Rules, shape: Shape
) -> list[Finding]:
    """The brakes that this plan hits, as findings."""
    last = state.get("last_counts")
    before = Counts(last["records"], last["linked"], last["mapping"]) if last else None
    if reading is not None and reading.full and before is not None:
        shown = {
            "salesforce.company": "salesforce.Account",
            "salesforce.contact": "salesforce.Contact",
            "accelo.company": "accelo.companies",
            "accelo.contact": "accelo.contacts",
        }
        counted = Counts(
            {name: reading.rows.get(stream, 0) for name, stream in shown.items()}, counted.linked, rules.digest
        )
    brakes = check_brakes(plan, counted, limits, before)
    return [
        Finding(brake.code, "blocker", brake.reason, brake.count, "Look at the plan, then apply it by its hash.")
        for brake in brakes
    ]


def must_confirm(planned: Planned, yes: bool) -> None:
    """Raises unless the plan may go ahead without a person."""
    writes = any(action.side or action.type in ("link", "retire", "revive") for action in planned.plan.actions)
    if not writes:
        return
    if planned.blocked:
        raise BrakeHit(planned.hash, " ".join(finding.title for finding in planned.blocked))
    if not yes:
        raise Unconfirmed(planned.hash, "The plan waits for a confirmation.")
