"""What stands between a plan and its writes: the forecast, the brakes, the confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from toolkit.errors import BrakeHit, Unconfirmed
from toolkit.mapping.rules import Rules
from toolkit.mapping.wire import Site, steps
from toolkit.model import Finding, Plan
from toolkit.runs.read import Reading
from toolkit.runs.streams import Shape
from toolkit.runs.together import goes_in_groups, together
from toolkit.runs.turns import groups
from toolkit.store.state import State
from toolkit.sync.brakes import Counts, Limits, check_brakes
from toolkit.sync.ledger import Gaps

READS = {"salesforce": 1, "accelo": 5}
"""Requests of an incremental reading before the writes."""
SECONDS_A_CALL = {"salesforce": 0.2, "accelo": 0.72}
"""Accelo serves 5,000 requests an hour to a deployment (API documentation, rate limiting)."""


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


def forecast(plan: Plan, rules: Rules, site: Site, group_from: int) -> dict[str, Any]:
    """Requests and seconds that applying will take: the writes, their checks in groups, the reading before.
    ``group_from``: so many writes to Salesforce go 200 to a call."""
    calls: dict[str, float] = dict(READS)
    many = goes_in_groups(plan, group_from)
    read_back: dict[str, int] = {}
    for turn in groups(plan.actions, contact_first=False):
        ready = [(action, steps(action, rules, {"parent": "0"}, site)) for action in turn if action.side]
        grouped = together(ready, many)
        ops = {planned[0].op for action, planned in ready if action.id in grouped}
        calls["salesforce"] += len(ops) + ("update" in ops)  # what is updated is read again before
        for action, planned in ready:
            if action.id in grouped:
                read_back[action.kind] = read_back.get(action.kind, 0) + bool(planned[0].fields)
            if action.side is None or action.id in grouped:
                continue
            calls[action.side] += sum(not step.if_missing for step in planned)  # the first record teaches whether they are needed
            new = any(step.op == "create" for step in planned)
            calls[action.side] += 0.03 if new else 0.01 * (2 if action.side == "accelo" else 1.5)
    calls["salesforce"] += ceil(sum(ceil(number / 200) for number in read_back.values()) / 5)
    seconds = sum(SECONDS_A_CALL[side] * number for side, number in calls.items())
    return {
        "salesforce_calls": round(calls["salesforce"]),
        "accelo_calls": round(calls["accelo"]),
        "seconds": round(seconds),
    }


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
