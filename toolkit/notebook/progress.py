"""How far a step is, on one line below its cell in JupyterLab: how many, how fast, how long still. A run that was
launched shows nothing here; whoever launched it looks into the state."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from toolkit import kernel

DOING = {"read": "Reading", "plan": "Planning", "apply": "Writing", "check": "Reading back"}
EVERY = 0.25  # seconds between two looks of the line


class Line:
    """``told`` takes what a run says of itself; ``end`` leaves a last word, or nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._began = clock, clock()
        self._known: dict[str, Any] = {}
        self._first: tuple[float, int] | None = None  # when the writing was first heard of, and how far it was then
        self._shown = -EVERY
        self._handle: Any = None

    def told(self, progress: Mapping[str, Any]) -> None:
        if progress.get("step", self._known.get("step")) != self._known.get("step"):
            self._known = {}
        self._known |= progress
        now = self._clock()
        if self._known.get("total") and self._first is None:
            self._first = (now, int(self._known.get("done") or 0))
        if now - self._shown >= EVERY:
            self._shown = now
            self.say(self.text(), self._known.get("done"), self._known.get("total"))

    def text(self) -> str:
        """What there is to say at this moment, in a sentence."""
        said, doing = self._known, DOING.get(str(self._known.get("step")), "Working")
        if said.get("waiting_until"):
            until = datetime.fromisoformat(said["waiting_until"])
            side = str(said.get("waiting_for") or "Accelo").capitalize()
            return f"Waiting until {until:%H:%M} UTC: the calls that {side} answers in an hour are used up"
        if said.get("waiting_for"):
            return "Waiting until a lost answer can be looked up"
        if said.get("paused"):
            return "Paused; toolkit resume lets it go on"
        done, total = int(said.get("done") or 0), int(said.get("total") or 0)
        if not total:
            what = f" {said['stream']}" if said.get("stream") else ""
            return f"{doing}{what}{f': {done:,}' if done else ''}"
        return f"{doing}: {done:,} of {total:,} records{self._pace(done, total)}"

    def _pace(self, done: int, total: int) -> str:
        began, before = self._first or (self._began, 0)
        passed, made = self._clock() - began, done - before
        if made <= 0 or passed < 1:
            return ""
        return f", {made / passed:.1f} a second, {lasting((total - done) * passed / made)} left"

    def say(self, text: str, done: int | None = None, total: int | None = None) -> None:
        if text and self._handle is None:
            self._handle = _handle()
        if self._handle is not None:
            bar = f'<progress value="{done or 0}" max="{total}"></progress> ' if total else ""
            shown = {"text/plain": text, "text/html": f"<p>{bar}{html.escape(text)}</p>" if text else ""}
            self._handle.update(shown, raw=True)

    def end(self, what: str) -> None:
        """What it took, in place of what was going on."""
        self.say(f"{what} in {lasting(self._clock() - self._began)}.")


def lasting(seconds: float) -> str:
    """So long, as people say it: 8 s, 2 min, 1 h 05 min."""
    whole = max(1, round(seconds))
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _handle() -> Any:
    """A place below the cell that can be written again; None where nobody looks on."""
    if kernel.launched():
        return None
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    if not hasattr(get_ipython(), "kernel"):
        return None
    return display({"text/plain": "", "text/html": ""}, raw=True, display_id=True)
