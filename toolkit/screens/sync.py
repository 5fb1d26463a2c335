"""The sync page: what the toggle means, what waits, what was last done; and starting a preview or a confirmed plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit import background
from toolkit.errors import LeaseHeld, NotConnected, ReadOnlyPlan, StalePlan, UsageError
from toolkit.listed import as_line
from toolkit.model import SIDES, Side
from toolkit.screens import words
from toolkit.screens.going import current
from toolkit.store.browse import Browse
from toolkit.store.plans import PlanRow
from toolkit.store.runs import RunRow

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

OPEN = ("made", "confirmed", "partly")
NOTEBOOKS = {"sync": "sync", "sales": "import_sales", "tickets": "import_tickets"}
STRIP = 12
"""So many of the last runs stand in the strip."""


@dataclass(frozen=True)
class Overview:
    read_only: bool
    meaning: str
    connected: tuple[str, ...]
    missing: tuple[Side, ...]
    linked: dict[str, int]
    waiting: dict[str, int]
    decided: int
    held: int
    last: RunRow | None
    plan: PlanRow | None
    plan_run: str


def overview(workspace: Workspace) -> Overview:
    state = workspace.state
    browse = Browse(state.database)
    read_only, waiting = state.read_only, browse.inbox_counts()
    connected = tuple(side for side in SIDES if workspace.credentials.get(side) is not None)
    recent = browse.runs(0, STRIP, kinds=("sync",))
    plan, plan_run = _open_plan(workspace, recent)
    return Overview(
        read_only=read_only,
        meaning=meaning(read_only),
        connected=connected,
        missing=tuple(side for side in SIDES if side not in connected),
        linked={kind: state.links.count(kind) for kind in ("company", "contact")},
        waiting=waiting,
        decided=sum(browse.inbox_counts(("decided",)).values()),
        held=waiting.get("held-back", 0),
        last=next((row for row in recent if row.mode != "plan" and row.state == "done"), None),
        plan=plan,
        plan_run=plan_run,
    )


def missing(workspace: Workspace) -> tuple[Side, ...]:
    """The systems that are not connected."""
    return tuple(side for side in SIDES if workspace.credentials.get(side) is None)


def in_short(counts: Mapping[str, int]) -> str:
    """A plan's counts by system: "In Accelo: 135 created, 27 updated. In Salesforce: 5 updated. 30 linked." """
    sums: dict[str, Counter[str]] = {side: Counter() for side in ("accelo", "salesforce", "")}
    for name, n in counts.items():
        verb, side = (
            name.partition(" ")[0],
            name.rpartition(" in ")[2] if " in " in name and not name.startswith("link ") else "",
        )
        sums[side if side in sums else ""][words.DID.get(verb, verb).lower()] += n
    parts = [(side, ", ".join(f"{n:,} {verb}" for verb, n in each.items())) for side, each in sums.items() if each]
    return " ".join(f"In {words.SYSTEMS[side]}: {text}." if side else f"{text}." for side, text in parts)


def meaning(read_only: bool) -> str:
    """What the toggle means now, in one sentence."""
    if read_only:
        return (
            "Read-only is on: Accelo follows Salesforce, and nothing is written to Salesforce. "
            "What people change in Accelo is kept and held back."
        )
    return "Two-way: changes in Salesforce go to Accelo, and changes in Accelo go to Salesforce."


def turning(read_only: bool) -> str:
    """What will change when the toggle is turned from ``read_only`` to its opposite."""
    if read_only:
        return (
            "From then on changes in Accelo may go to Salesforce. "
            "What was held back is listed in the next preview and is only sent when you confirm that preview or decide "
            "it in the inbox."
        )
    return (
        "From that moment no request that could change Salesforce leaves this program, "
        "also not from a run that is under way. Previews that would write to Salesforce can no longer be confirmed."
    )


def turn(workspace: Workspace) -> str:
    """Flip the toggle; what to tell afterwards."""
    on = not workspace.state.read_only
    refused = workspace.state.set_read_only(on, workspace.clock().isoformat())
    more = f" {words.many(refused, 'preview')} can no longer be confirmed." if refused else ""
    return ("Read-only is on." if on else "Read-only is off: both systems are kept the same.") + more


def strip(workspace: Workspace, zone: str | None) -> list[dict[str, Any]]:
    """The last runs of the sync, newest first, one line each."""
    return [line(row, zone) for row in Browse(workspace.state.database).runs(0, STRIP, kinds=("sync",))]


def line(row: RunRow, zone: str | None) -> dict[str, Any]:
    """A run as one line of a list."""
    counts = row.counts
    wrote = sum(int(number) for number in (counts.get("writes") or {}).values())
    return {
        "run": row.id,
        "what": words.run_name(row.kind, row.mode),
        "state": words.STATES.get(row.state, row.state),
        "when": words.moment(row.started_at, zone),
        "took": words.duration(words.seconds_between(row.started_at, row.ended_at)),
        "written": wrote if row.mode != "plan" and counts else None,
        "planned": sum((counts.get("counts") or {}).values()) if counts else None,
        "failed": counts.get("failed") or 0,
        "waiting": counts.get("waiting") or 0,
        "calls": sum((counts.get("calls") or {}).values()) if counts else None,
        "sealed": bool(row.digest),
        "message": row.message,
    }


def preview(workspace: Workspace, by: str, *, full: bool = False) -> str:
    """Start making a plan; returns the run's id. Raises NotConnected, LeaseHeld."""
    ready(workspace)
    return background.start(workspace, "sync", "sync", "plan", {"mode": "plan", "full": full}, by=by)


def confirm(workspace: Workspace, hash: str, by: str, accepted: Sequence[str] = ()) -> str:
    """Start carrying out exactly this plan; returns the run's id. ``accepted``: names that an import asks to accept.

    Raises UsageError for an unknown plan, StalePlan for one that was carried out, ReadOnlyPlan, NotConnected,
    LeaseHeld.
    """
    with workspace.state.transaction():  # two browsers may press at the same moment
        row = workspace.state.plans.find(hash)
        if row is None:
            raise UsageError("There is no such preview.", next_step="Make a new one on the Sync page.")
        refusal(workspace, row)
        ready(workspace)
        workspace.state.plans.confirm(row.hash, by, workspace.clock().isoformat())
        given = {"mode": "apply", "confirmed": row.hash}
        if row.kind != "sync":
            given["accepted"] = as_line(accepted)
        run = background.queue(workspace, NOTEBOOKS[row.kind], row.kind, "apply", given, by=by)
    background.launch(workspace, run)
    return run


def refusal(workspace: Workspace, row: PlanRow) -> None:
    """Raises what keeps this plan from being confirmed now."""
    again = "Make a new preview on the Sync page."
    if row.state == "refused" or (workspace.state.read_only and row.writes_salesforce):
        raise ReadOnlyPlan(
            "This preview would write to Salesforce, and read-only was turned on after it was made.", next_step=again
        )
    if row.state not in OPEN:
        raise StalePlan("This preview was carried out already.", next_step=again)


def ready(workspace: Workspace) -> None:
    """Raises what keeps a run from being started now: NotConnected, LeaseHeld."""
    for side in SIDES:
        if workspace.credentials.get(side) is None:
            raise NotConnected(
                words.SYSTEMS[side], "it is not connected.", next_step="Connect it on the Connections page."
            )
    active = current(workspace)
    if active is not None and active.alive:
        raise LeaseHeld(f"{active.name} ({active.run})", words.moment(active.started_at))


def _open_plan(workspace: Workspace, recent: list[RunRow]) -> tuple[PlanRow | None, str]:
    """The newest preview of a sync, if nothing was carried out since."""
    for row in recent:
        if row.state in ("queued", "running"):
            continue
        if row.mode != "plan" and row.state != "failed":
            return None, ""
        if row.mode == "plan" and row.state == "done" and row.plan_hash:
            found = workspace.state.plans.find(row.plan_hash)
            return (found, row.id) if found and found.state in OPEN else (None, "")
    return None, ""
