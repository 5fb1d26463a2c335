"""One run of a scenario, and what the sandbox saw of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.runs.bed import Bed
from toolkit.errors import BrakeHit, LeaseHeld, ReadOnlyPlan, StalePlan, SystemFailure, ToolkitError, Unconfirmed
from toolkit.runs.engine import Run, whole_run
from toolkit.runs.seal import seal

ENDS: tuple[tuple[type[ToolkitError], str], ...] = (
    (BrakeHit, "brake"),
    (Unconfirmed, "unconfirmed"),
    (ReadOnlyPlan, "refused"),
    (StalePlan, "stale"),
    (LeaseHeld, "lease held"),
    (SystemFailure, "failed"),
)


@dataclass
class Seen:
    """What a run did, for the expectations: how it ended, its result and what the sandbox saw of it."""

    ends: str = "done"
    counts: Mapping[str, Any] = field(default_factory=dict)
    brakes: tuple[str, ...] = ()
    writes: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    mode: str = ""


def run_once(bed: Bed, what: str, confirmed: str = "") -> tuple[Seen, str]:
    """ "sync" confirms what is within the brakes, "sync ask" confirms nothing, "sync full" compares everything,
    "sync poll" is what the schedule does: a quiet run leaves one row.

    Returns what was seen and the hash of the plan that was made. Raises what no scenario expects.
    """
    mode, _, how = what.partition(" ")
    options: dict[str, Any] = {"full": True} if "full" in how else {}
    if mode == "apply":
        options["confirmed"] = confirmed
    elif mode == "sync":
        options |= {"yes": "ask" not in how, "keep_quiet": "poll" in how}
    seen, before = Seen(mode=mode), len(bed.served.requests())
    run = bed.open(mode, **options)
    try:
        result = whole_run(run)
        seen.counts, hash = result.counts, result.plan_hash
        assert run.checked is None or run.checked.ok, run.checked.findings
    except ToolkitError as error:
        seen.ends = next((word for kind, word in ENDS if isinstance(error, kind)), "")
        hash = getattr(error, "plan_hash", "")
        if not seen.ends:
            raise
    _look(run, seen, bed.served.requests()[before:])
    if bed.state.runs.get(run.run).folder:
        seal(bed.state, bed.workspace.run_folder(run.run), run.run)
    return seen, hash


def _look(run: Run, seen: Seen, asked: list[dict[str, Any]]) -> None:
    seen.requests = len(asked)
    for side in ("salesforce", "accelo"):
        seen.writes[side] = sum(1 for row in asked if row["system"] == side and row["writes"])
    if run.planned:
        seen.brakes = tuple(finding.code for finding in run.planned.blocked)
        seen.counts = seen.counts or run.result()
    assert seen.mode != "plan" or not sum(seen.writes.values()), f"a plan wrote {seen.writes}"
