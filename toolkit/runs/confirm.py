"""What stands between a plan and its writes: the forecast, the brakes, the confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from toolkit.errors import BrakeHit, Unconfirmed
from toolkit.model import Finding, Plan
from toolkit.runs.read import Reading
from toolkit.runs.streams import OWN
from toolkit.store.state import State
from toolkit.sync.brakes import Counts, Limits, check_brakes
from toolkit.sync.ledger import Gaps

DOUBTED = "doubted_counts"
"""Where the state keeps what a whole reading showed of a side that holds less than can be believed."""


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
    plan: Plan, counted: Counts, limits: Limits, state: State, reading: Reading | None
) -> list[Finding]:
    """The brakes that this plan hits, as findings. How much a side shows is known by a whole reading alone; one that
    was doubted is doubted in the runs after it, too, until a whole reading or a person says otherwise."""
    last, doubted = state.get("last_counts"), state.get(DOUBTED)
    before = Counts(last["records"], last["linked"], last["mapping"]) if last else None
    if before is not None:
        whole = reading is not None and reading.full
        shown = listed(reading) if reading is not None and whole else (doubted or {}).get("records")
        if shown is None:
            before = replace(before, records={})
        else:
            counted = replace(counted, records=shown)
    brakes = check_brakes(plan, counted, limits, before)
    return [
        Finding(brake.code, "blocker", brake.reason, brake.count, "Look at the plan, then apply it by its hash.")
        for brake in brakes
    ]


def listed(reading: Reading) -> dict[str, int]:
    """The records that each side showed in a whole reading."""
    return {f"{side}.{kind}": reading.rows.get(stream.name, 0) for (side, kind), stream in OWN.items()}


def doubts(blocked: Sequence[Finding], reading: Reading, at: str, before: Mapping[str, Any] | None) -> Any:
    """What a whole reading showed, where it is less than can be believed, and since when."""
    small = any(finding.code == "small-side" for finding in blocked)
    since = before["since"] if before else at
    return {"records": listed(reading), "at": at, "since": since} if small else None


def must_confirm(planned: Planned, yes: bool) -> None:
    """Raises unless the plan may go ahead without a person."""
    writes = any(action.side or action.type in ("link", "retire", "revive") for action in planned.plan.actions)
    if not writes:
        return
    if planned.blocked:
        raise BrakeHit(planned.hash, " ".join(finding.title for finding in planned.blocked))
    if not yes:
        raise Unconfirmed(planned.hash, "The plan waits for a confirmation.")
