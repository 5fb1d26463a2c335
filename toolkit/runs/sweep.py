"""What carries no stamp of change, looked at in turn: addresses, and what was deleted in Accelo.

Whole while it needs at most ten requests, else a share a run, so that it closes within the set time. Not again within
five minutes, so that a run right after another stays quiet. ``--full`` does all of it at once.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from toolkit.runs.read import Reader, Reading
from toolkit.runs.setting import Setting, iso
from toolkit.runs.streams import ADDRESSES, ROWS
from toolkit.store.state import State

WHOLE = 10
"""Requests that a whole sweep may take to be done at once."""
AGAIN = 300.0  # seconds
LONGEST = 7200.0
"""Seconds after which a sweep is due even right after a run that wrote."""
PAGE = 100


def sweep(setting: Setting, reader: Reader, reading: Reading) -> int:
    """Look at what is due; returns how many requests that took."""
    state, now = setting.state, setting.clock()
    cursor: dict[str, Any] = state.seen.cursor("sweep")
    since = (now - datetime.fromisoformat(cursor["at"])).total_seconds() if cursor.get("at") else None
    if since is not None and since < 0:  # our clock was ahead and is right again: what it noted says nothing
        since = None
    if since is not None and since < AGAIN:
        return 0
    if (
        cursor.get("not_before")
        and since is not None
        and since < LONGEST
        and now < datetime.fromisoformat(cursor["not_before"])
    ):
        return 0
    names = [ADDRESSES.name, *(stream.name for stream in ROWS)]
    groups = {name: math.ceil(state.seen.count(name) / PAGE) for name in names}
    total = sum(groups.values()) + len(names)
    share = total
    if total > WHOLE:
        period = setting.settings.sync.sweep_hours * 3600
        share = min(total, max(1, math.ceil(total * (since if since is not None else 600.0) / period)))
    after: dict[str, int] = dict(cursor.get("after", {}))
    turn, done = int(cursor.get("turn", 0)), 0
    fresh = turn == 0 and not after.get(names[0])
    began, whole = iso(now) if fresh else str(cursor.get("began", "")), str(cursor.get("whole", ""))
    while done < share:
        name = names[turn % len(names)]
        last, used = reader.sweep_group(name, after.get(name, 0), share - done, reading)
        done += used
        after[name] = last
        if last == 0:
            turn += 1
            if turn % len(names) == 0:
                whole, began = began, iso(now)
                if done >= total:
                    break
    place = {"at": iso(now), "after": after, "turn": turn % len(names), "began": began, "whole": whole}
    state.seen.set_cursor("sweep", place)
    return done


def swept_whole_since(state: State, then: str) -> bool:
    """Was everything without a stamp looked at in a round that began at that time or later."""
    return str(state.seen.cursor("sweep").get("whole") or "") >= then


def after_writes(setting: Setting) -> None:
    """A run that wrote has just ended: the next one, if it comes soon, shall be quiet."""
    cursor = setting.state.seen.cursor("sweep")
    if cursor:
        later = setting.clock() + timedelta(seconds=AGAIN)
        setting.state.seen.set_cursor("sweep", {**cursor, "not_before": iso(later)})
