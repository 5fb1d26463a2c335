"""How many calls may still be made: a reserve per system stays for the people who work there.

It knows numbers and times, not how either system writes them into headers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from toolkit.errors import LimitReached
from toolkit.model import Side

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]
HELD = timedelta(hours=1)
SECONDS_A_CALL = 0.3
STEP = 5.0  # seconds of a wait until it is asked whether it still matters


class Budget:
    """Calls made, calls left, and the wait when only the reserve is left.

    ``reserve`` is a number of calls, or a share of the limit when it is below 1. ``max_wait`` (seconds) is the longest
    wait; beyond it LimitReached is raised with the time. A system that does not tell when its window ends (Salesforce:
    a rolling day) is never waited for. ``waiting(until)`` is told before a wait and ``waiting(None)`` after it.
    ``still(until)`` is told every few seconds of the wait and may end it by raising.
    ``limit``, ``remaining``, ``reset_at`` and ``told_at`` may be given from an earlier process, so that even the first
    call keeps the reserve.
    """

    def __init__(self, system: Side, reserve: float = 0, *, clock: Clock | None = None, sleep: Sleep | None = None,
                 waiting: Callable[[datetime | None], None] | None = None, max_wait: float = 3900,
                 remaining: int | None = None, reset_at: datetime | None = None, limit: int | None = None,
                 told_at: datetime | None = None, still: Callable[[datetime], None] | None = None) -> None:
        self.system = system
        self.reserve = reserve
        self.clock = clock or (lambda: datetime.now(UTC))
        self.sleep = sleep or time.sleep
        self.waiting = waiting or (lambda until: None)
        self.max_wait = max_wait
        self.still = still or (lambda until: None)
        self.limit: int | None = limit
        self.remaining = remaining
        self.reset_at = reset_at
        self.calls = 0
        self.waited = 0.0  # seconds
        self._told_at = told_at or self.clock()  # when the system last said how many are left

    def kept_back(self) -> int:
        """The reserve in calls."""
        if self.reserve >= 1:
            return int(self.reserve)
        return math.ceil(self.reserve * (self.limit or 0))

    def shortage(self, calls: int = 1) -> bool:
        """Would that many calls touch the reserve. A window that has ended is forgotten here; where no end is known,
        what was said an hour ago is: a service that runs for months must find out whether there are calls again."""
        if self.reset_at is not None and self.clock() >= self.reset_at:
            self.remaining, self.reset_at = self.limit, None
        elif self.reset_at is None and self.clock() - self._told_at >= HELD:
            self.remaining = None
        return self.remaining is not None and self.remaining - calls < self.kept_back()

    def before(self, calls: int = 1, *, may_wait: bool = True) -> None:
        """Wait until that many calls are free; LimitReached when that takes too long or cannot be known."""
        while self.shortage(calls):
            if self.limit is not None and self.reset_at is None and self.remaining == self.limit:
                return  # a fresh window, and still smaller than what was asked: let it begin
            self._wait(may_wait)

    def refused(self, until: datetime | None, *, may_wait: bool = True) -> None:
        """The system said that the limit is reached: nothing is left until then."""
        self.remaining, self.reset_at, self._told_at = 0, until or self.reset_at, self.clock()
        self._wait(may_wait)

    def _wait(self, may_wait: bool) -> None:
        until, now = self.reset_at, self.clock()
        if until is None or not may_wait or (until - now).total_seconds() > self.max_wait:
            when = f" It ends at {until:%H:%M:%S} UTC." if until else ""
            text = f"the limit of API calls is reached; {self.kept_back()} calls are kept for people.{when}"
            raise LimitReached(self.system.capitalize(), text, until=until,
                               next_step="Run again later; what is done stays done.")
        self.waiting(until)
        while (left := (until - self.clock()).total_seconds()) > 0:
            self.sleep(min(left, STEP))
            self.waited += min(left, STEP)
            self.still(until)
        self.remaining, self.reset_at = self.limit, None
        self.waiting(None)

    def made(self, *, limit: int | None = None, remaining: int | None = None, reset_at: datetime | None = None) -> None:
        """One call was made; what its answer said about the limit, if anything."""
        self.calls += 1
        if remaining is None:
            self.remaining = None if self.remaining is None else max(0, self.remaining - 1)
            return
        self.limit = limit if limit is not None else self.limit
        self.remaining, self._told_at = remaining, self.clock()
        self.reset_at = reset_at + timedelta(seconds=1) if reset_at else None

    def seconds_for(self, calls: int) -> float:
        """Roughly how long so many calls take, with the waits for the window's end and for those after it."""
        quick = calls * SECONDS_A_CALL
        if self.reset_at is None or self.limit is None or self.remaining is None:
            return quick
        free, each = max(0, self.remaining - self.kept_back()), self.limit - self.kept_back()
        if calls <= free or each <= 0:
            return quick
        windows, last = divmod(calls - free - 1, each)
        first = max(0.0, (self.reset_at - self.clock()).total_seconds())
        return first + windows * HELD.total_seconds() + (last + 1) * SECONDS_A_CALL

    def snapshot(self) -> dict[str, object]:
        """The numbers for a status line."""
        return {"calls": self.calls, "limit": self.limit, "remaining": self.remaining, "reserve": self.kept_back(),
                "reset_at": self.reset_at.isoformat() if self.reset_at else None, "at": self._told_at.isoformat()}


def known_before(said: Mapping[str, Any] | None, now: datetime) -> dict[str, Any]:
    """What a budget is given of the snapshot that another process left. It holds until its window ends; where no end is
    known, for an hour after the system said it, then a call must find out."""
    if not said or said.get("remaining") is None:
        return {}
    ends = datetime.fromisoformat(str(said["reset_at"])) if said.get("reset_at") else None
    told = datetime.fromisoformat(str(said["at"]))
    if now >= (ends or told + HELD):
        return {}
    return {"limit": said.get("limit"), "remaining": said["remaining"], "reset_at": ends, "told_at": told}
