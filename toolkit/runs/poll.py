"""One poll of the schedule: a quiet look in this process, and the notebook only when there is something to do.

A look that finds nothing costs at most 8 requests and leaves one row. A brake is told once for each plan: the next
looks see the same plan and leave it to the person. A plan of which nothing could be carried out rests for an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from toolkit.errors import LeaseHeld
from toolkit.model import Action
from toolkit.runs.conduct import Done, RunFailed
from toolkit.runs.confirm import Planned
from toolkit.runs.engine import Run
from toolkit.runs.handover import hand_over, leave, whole_reading_is_due
from toolkit.runs.lease import is_free
from toolkit.runs.poison import rests
from toolkit.runs.setting import Setting, iso

ASKED, FRUITLESS = "schedule.asked", "schedule.fruitless"
"""Where the state keeps the plan that a person was asked about, and the plan that could not be carried out."""
REST = timedelta(hours=1)
BY = "the schedule"
Conduct = Callable[[str], Done]


@dataclass(frozen=True)
class Polled:
    """What came of a poll. ``new`` is true when a person has not been told of it yet."""

    state: Literal["quiet", "written", "waiting", "busy"]
    run: str = ""
    reason: str = ""
    plan_hash: str = ""
    new: bool = False


def poll(setting: Setting, new_run: Callable[[], str], conduct: Conduct) -> Polled:
    """Raises what a run raises, but a busy lease and what a person must decide are answers."""
    if not is_free(setting.folder):
        return Polled("busy", reason="Another run is writing.")
    run = new_run()
    if whole_reading_is_due(setting.state, setting.rules, setting.clock(), setting.settings.sync.compare_days):
        return _notebook(setting, run, conduct)
    look = Run(setting, run, "sync", yes=True, keep_quiet=True, by=BY)
    try:
        reading = look.read()
        planned = look.plan()
    except LeaseHeld:
        return Polled("busy", run, "Another run is writing.")
    told = _told(setting, planned)
    if told is not None:
        leave(look, "waiting" if told.state == "waiting" else "done", told.reason)
        return Polled(told.state, run, told.reason, planned.hash)
    if planned.quiet:
        look.confirm()
        look.apply()
        look.check()
        look.close()
        return Polled("quiet", run)
    hand_over(look, reading)
    return _notebook(setting, run, conduct)


def _told(setting: Setting, planned: Planned) -> Polled | None:
    """Was a person asked about this very plan, or could nothing of it be carried out a short while ago."""
    if planned.plan.actions and planned.blocked and setting.state.get(ASKED) == planned.hash:
        return Polled("waiting", reason=" ".join(finding.title for finding in planned.blocked))
    rests = setting.state.get(FRUITLESS) or {}
    if rests.get("hash") == planned.hash and setting.clock() < datetime.fromisoformat(rests["until"]):
        return Polled("quiet", reason="Nothing of the plan can be carried out yet; it is tried again within the hour.")
    if not (planned.new_questions or planned.plan.base_moves) and _all_rest(setting, planned.plan.actions):
        return Polled("quiet", reason="What is left was refused several times; it is tried again later.")
    return None


def _all_rest(setting: Setting, actions: Sequence[Action]) -> bool:
    """Are there only records that were refused often and are not due yet, and contacts of such companies."""
    now = iso(setting.clock())
    resting = {action.pair for action in actions if rests(setting.state, action, now)}
    return bool(actions) and all(action.pair in resting or action.parent in resting for action in actions)


def _notebook(setting: Setting, run: str, conduct: Conduct) -> Polled:
    state = setting.state
    state.put(f"by:{run}", BY)
    try:
        done = conduct(run)
    except RunFailed as error:
        if getattr(error, "exit_code", 1) == 3:
            hash = str(getattr(error, "plan_hash", ""))
            new = state.get(ASKED) != hash
            state.put(ASKED, hash)
            return Polled("waiting", run, error.message, hash, new)
        if getattr(error, "exit_code", 1) == 4:
            return Polled("busy", run, "Another run is writing.")
        raise
    counts = done.counts
    written = sum((counts.get("writes") or {}).values())
    if done.state == "done" and counts.get("counts") and not written and not counts.get("unknown"):
        state.put(FRUITLESS, {"hash": done.plan_hash, "until": iso(setting.clock() + REST)})
    else:
        state.put(FRUITLESS, None)
    return Polled("written", run, done.message, done.plan_hash)
