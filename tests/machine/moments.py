"""What happens in the middle of a run: at its n-th request, or at the n-th point where a process could die.

Points of death are before and after each request and before and after each commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from toolkit.clients.line import Line
from toolkit.store.database import Database


class Death(BaseException):
    """The process is gone; nothing of it runs any more."""


class Moments:
    """Counts the moments of one run. ``die_at``: the point at which it dies (0: never)."""

    def __init__(self, die_at: int = 0, on_death: Callable[[], None] = lambda: None) -> None:
        self.die_at, self.on_death = die_at, on_death
        self.points = self.sent = 0
        self.at: dict[int, list[Callable[[], None]]] = {}
        self.on_request: Callable[[str, str], None] = lambda method, path: None
        self._busy = False

    def when(self, request: int, act: Callable[[], None]) -> None:
        self.at.setdefault(request, []).append(act)

    def point(self) -> None:
        if self._busy:
            return
        self.points += 1
        if self.points == self.die_at:
            self.die()

    def die(self) -> None:
        self.on_death()
        raise Death

    def before_request(self, method: str, path: str) -> None:
        if self._busy:
            return
        self.sent += 1
        self._busy = True  # what somebody else does meanwhile is no moment of this run
        try:
            for act in self.at.pop(self.sent, ()):
                act()
        finally:
            self._busy = False
        self.on_request(method, path)


@contextmanager
def watched(moments: Moments) -> Iterator[None]:
    """While this lasts, every request and every commit of this process is a moment."""
    send, raw = Line.send, Database._execute_raw

    def sending(self: Line, method: str, path: str, **named: Any) -> Any:
        moments.before_request(method, path)
        moments.point()
        answer = send(self, method, path, **named)
        moments.point()
        return answer

    def executing(self: Database, sql: str, parameters: Any = ()) -> Any:
        if sql != "COMMIT":
            return raw(self, sql, parameters)
        moments.point()
        cursor = raw(self, sql, parameters)
        moments.point()
        return cursor

    Line.send, Database._execute_raw = sending, executing  # type: ignore[method-assign]  # for as long as the run lasts
    try:
        yield
    finally:
        Line.send, Database._execute_raw = send, raw  # type: ignore[method-assign]
