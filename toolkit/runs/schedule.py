"""The service behind ``sync --every``: polls at jittered intervals, backs off while a system is away, says how it is.

One poll at a time, in one thread; webhooks only make the next one come sooner. It confirms what is within the brakes
and nothing else: what was held back, the inbox and a brake wait for a person.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import random
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from toolkit.errors import LimitReached, NeedsPerson, ToolkitError, UsageError
from toolkit.runs import health
from toolkit.runs.conduct import RunFailed
from toolkit.runs.health import Health
from toolkit.runs.notify import Outcome
from toolkit.runs.poll import Conduct, Polled, poll
from toolkit.runs.setting import Setting, iso

log = logging.getLogger(__name__)
JITTER = 0.1
"""Share of the interval by which a poll may come earlier or later, so that many workspaces do not ask at once."""
LONGEST_PAUSE = 3600.0
DEBOUNCE, GAP = 5.0, 60.0
"""Seconds from a webhook to the poll that it brings, and from one poll to the next that a webhook may bring."""
LOOK, PAUSED = 1.0, 60.0
"""Seconds between two looks at the interval that is set, and how long nothing is polled while none is."""
ALARM = 3
"""Failed polls in a row of which people are told by e-mail."""


class Stopping(ToolkitError):
    """The service was asked to stop while it waited."""


def seconds(text: str) -> float:
    """"10m" as seconds. Raises UsageError."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if not found or int(found[1]) == 0:
        raise UsageError(f"{text!r} is no interval.", next_step="Give a number and s, m, h or d, e.g. 10m.")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


def pause(every: float, failures: int, dice: random.Random) -> float:
    """Seconds until the next poll: the interval, doubled for each failure up to an hour (or the interval)."""
    wanted = min(every * 2.0 ** min(failures, 30), max(LONGEST_PAUSE, every))
    return wanted * dice.uniform(1 - JITTER, 1 + JITTER)


class Service:
    """``conduct(run)`` carries a run out in a notebook, ``tell`` sends an e-mail, ``rest`` gives connections back.
    ``interval`` is asked how long the interval is now (None: do not poll); without it, it is ``every`` for good."""

    def __init__(self, setting: Setting, every: float, *, new_run: Callable[[], str], conduct: Conduct,
                 tell: Callable[[Outcome], Any] = lambda outcome: None, rest: Callable[[], None] = lambda: None,
                 dice: random.Random | None = None, gap: float = GAP, debounce: float = DEBOUNCE,
                 interval: Callable[[], float | None] | None = None) -> None:
        self.setting, self.every, self._dice = setting, every, dice or random.Random()
        self._new_run, self._conduct, self._tell, self._rest = new_run, conduct, tell, rest
        self._interval = interval
        self._gap, self._debounce = timedelta(seconds=gap), timedelta(seconds=debounce)
        self._stop, self._idle = threading.Event(), threading.Event()
        self._idle.set()
        self._nudged = False
        self._current = ""
        self._began = setting.clock() - self._gap
        self._scheduler: Any = None
        self._lock = threading.Lock()
        before = health.read(setting.folder) or Health()
        self.health = Health(every_seconds=every, pid=os.getpid(), since=iso(setting.clock()), last_run=before.last_run,
                             last_run_at=before.last_run_at, last_success=before.last_success)

    # one poll

    def once(self) -> datetime:
        """Poll, say how it went, and return when the next one is due. Raises nothing but the end of the process."""
        self._began = self.setting.clock()
        self._say(polling=True)
        until: datetime | None = None
        try:
            self._went(poll(self.setting, self._name_run, self._conduct))
        except NeedsPerson as error:  # it was cancelled
            self._say(reason=error.message)
        except Stopping:
            pass
        except Exception as error:  # whatever it is, the next poll is tried
            until = _until(error)
            self._failed(error, until)
        finally:
            self._rest()
        now = self.setting.clock()
        due = until + timedelta(seconds=self._dice.uniform(1, 30)) if until else now + timedelta(
            seconds=pause(self.every, self.health.failures, self._dice))
        self._say(polling=False, next_run=iso(due))
        return due

    def _name_run(self) -> str:
        self._current = self._new_run()
        self._say(last_run=self._current, last_run_at=iso(self.setting.clock()))
        return self._current

    def _went(self, polled: Polled) -> None:
        if polled.state == "busy":
            return  # whoever holds the lease does the work
        if polled.state == "waiting":
            self._say(state="waiting", reason=polled.reason, failures=0)
            if polled.new:
                self._tell(Outcome(polled.run, "The scheduled sync", "waiting", {}, message=(
                    f"{polled.reason} Nothing was written. Look at the plan, then: toolkit apply {polled.plan_hash}")))
            return
        self._say(state="ok", reason=polled.reason, failures=0, last_success=iso(self.setting.clock()))

    def _failed(self, error: Exception, until: datetime | None) -> None:
        message = _words(error)
        if until is not None:
            self._say(state="waiting", reason=f"waiting until {until:%H:%M} UTC: {message}")
            return
        log.warning("The poll failed: %s", message)
        self._say(state="degraded", reason=message, failures=self.health.failures + 1)
        if self.health.failures == ALARM:
            self._tell(Outcome(self._current, "The scheduled sync", "failed", {}, message=(
                f"{message} It failed {ALARM} times in a row and is tried again, at most an hour apart.")))

    def _say(self, **changed: Any) -> None:
        self.health = dataclasses.replace(self.health, **changed)
        try:
            health.write(self.setting.folder, self.health)
        except OSError as error:  # a full disk: the polls will say so, too
            log.warning("health.json cannot be written (%s).", type(error).__name__)

    # the service

    def run(self) -> None:
        """Poll until ``stop`` is called; a poll under way ends after the record that it is at."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
        self._scheduler.start()
        self._plan(self.setting.clock())
        while not self._stop.wait(LOOK):
            self._follow()
        while not self._idle.wait(0.5):
            self.setting.state.runs.ask_cancel(self._current)
        self._scheduler.shutdown(wait=True)
        self._say(state="stopped", reason="", polling=False, next_run="")

    def stop(self, *signal: object) -> None:
        """May be called by a signal handler: it only says so."""
        self._stop.set()

    def sleep(self, wanted: float) -> None:
        """For whatever waits within a poll: ends at once when the service stops."""
        if self._stop.wait(wanted):
            raise Stopping("The service was asked to stop.")

    def nudge(self) -> None:
        """Something may have changed: poll soon, but not while a system is away or a limit is waited for."""
        with self._lock:
            self._nudged = True
            if self._idle.is_set():
                self._soon()

    def _soon(self) -> None:
        self._nudged = False
        if self.health.failures or self._scheduler is None or self._stop.is_set():
            return
        due = max(self.setting.clock() + self._debounce, self._began + self._gap)
        if self.health.next_run and due < datetime.fromisoformat(self.health.next_run):
            self._say(next_run=iso(due))
            self._plan(due)

    def _wanted(self) -> bool:
        """Shall it poll now; takes the interval over that is set now."""
        every = self._interval() if self._interval else self.every
        if every is not None and every != self.every:
            self.every = every
            self._say(every_seconds=every)
        return every is not None

    def _paused(self) -> datetime:
        due = self.setting.clock() + timedelta(seconds=PAUSED)
        self._say(state="waiting", reason="No interval is set (schedule.every).", next_run=iso(due))
        return due

    def _follow(self) -> None:
        """A shorter or longer interval counts from the moment at which it was set, not from the next poll on."""
        before = self.every
        try:
            changed = self._interval is not None and self._idle.is_set() and self._wanted() and self.every != before
        except (ToolkitError, OSError):  # the next poll says so
            return
        if changed:
            with self._lock:
                due = self.setting.clock() + timedelta(seconds=min(self.every, self._debounce.total_seconds()))
                self._say(next_run=iso(due))
                self._plan(due)

    def _plan(self, due: datetime) -> None:
        self._scheduler.add_job(
            self._tick, "date", run_date=due, id="poll", replace_existing=True, misfire_grace_time=None
        )

    def _tick(self) -> None:
        if self._stop.is_set():
            return
        with self._lock:
            self._idle.clear()
            self._nudged = False
        try:
            due = self.once() if self._wanted() else self._paused()
        except Exception as error:  # what fails around a poll (an e-mail, a full disk) ends no more than that poll
            self._say(state="degraded", reason=_words(error), failures=self.health.failures + 1, polling=False)
            log.warning("The poll did not end as it should: %s", self.health.reason)
            due = self.setting.clock() + timedelta(seconds=pause(self.every, self.health.failures, self._dice))
            self._say(next_run=iso(due))
        finally:
            with self._lock:
                self._idle.set()
        with self._lock:
            if not self._stop.is_set():
                self._plan(due)
                if self._nudged:
                    self._soon()


def _words(error: Exception) -> str:
    return error.message if isinstance(error, ToolkitError) else f"Something unexpected ({type(error).__name__})."


def _until(error: Exception) -> datetime | None:
    """When a limit ends, if this error says so; an error out of a kernel carries it as text."""
    name = getattr(error, "error", "") if isinstance(error, RunFailed) else ""
    said = getattr(error, "until", None) if isinstance(error, LimitReached) or name == "LimitReached" else None
    return datetime.fromisoformat(said) if isinstance(said, str) else said
