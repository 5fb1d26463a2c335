"""A scheduled run begins as a quiet look in the service and, only if there is something to do, goes on in a notebook.

Both halves are one run: one row, one folder, one log of exchanges. What the look read is not read again: the state has
it as dirty records, the evidence has the rows. If anybody else wrote in between, the notebook reads for itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from toolkit.runs.confirm import DOUBTED
from toolkit.runs.keep import Reading
from toolkit.runs.streams import ALL

if TYPE_CHECKING:
    from toolkit.mapping.rules import Rules
    from toolkit.runs.ending import Ending
    from toolkit.store.runs import RunState
    from toolkit.store.state import State

SET_RIGHT = timedelta(hours=1)
"""Is a reading noted so far in the future, then our clock was ahead and is right again."""
FRESH = 120.0
"""Seconds for which a look's reading may stand for the notebook's own."""


@dataclass(frozen=True)
class Handed:
    """What the look leaves to the notebook. ``epoch`` is the one that it held the lease with."""

    epoch: int
    at: str
    calls: dict[str, int]
    rows: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    gone: list[Any] = field(default_factory=list)


def hand_over(run: Ending, reading: Reading) -> None:
    """End the look so that a notebook can go on with the same run."""
    read = reading.rows, reading.changed, reading.since, list(reading.gone)
    handed = Handed(run.lease.epoch, run.now(), dict(run.calls), *read)
    run.state.put(_key(run.run), asdict(handed))
    run._release()


def handed_to(state: State, run: str) -> Handed | None:
    """What a look left for this run, if there was one."""
    said = state.get(_key(run))
    return Handed(**said) if said else None


def reading_of(handed: Handed | None, run: Ending) -> Reading | None:
    """The look's reading, if it may stand: fresh, and nobody held the lease in between.
    To be called under the lease."""
    if handed is None:
        return None
    run.state.put(_key(run.run), None)
    age = (run.setting.clock() - datetime.fromisoformat(handed.at)).total_seconds()
    if run.lease.epoch != handed.epoch + 1 or not 0 <= age <= FRESH:
        return None
    gone = [(side, kind, id) for side, kind, id in handed.gone]
    return Reading(False, dict(handed.rows), dict(handed.changed), dict(handed.since), gone)


def leave(run: Ending, state: RunState, message: str) -> None:
    """End a look that found nothing new: its row is all there is."""
    run.evidence.discard()
    run.state.runs.end(run.run, state, run.now(), counts=run.result(), message=message)
    run._release()


def whole_reading_is_due(state: State, rules: Rules, now: datetime, days: float) -> bool:
    """Is this the first reading, did the field rules change since both systems were read whole, or is the full compare
    due that finds what polls missed (``days``: how often; 0 is never)."""
    at = state.get("read_whole_at")
    since = now - datetime.fromisoformat(at) if at else timedelta(0)
    if days and (since >= timedelta(days=days) or since < -SET_RIGHT):
        return True
    doubted = state.get(DOUBTED)
    if days and at and doubted:  # looked at again at once, then ever more rarely: it may have been one bad answer
        return since >= min(datetime.fromisoformat(at) - datetime.fromisoformat(doubted["since"]), timedelta(days=1))
    first = not state.get("shape") or any(not state.seen.cursor(stream.name) for stream in ALL[:5])
    return first or state.get("read_with") != rules.digest


def _key(run: str) -> str:
    return f"handed:{run}"
