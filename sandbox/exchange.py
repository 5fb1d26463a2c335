"""One API request as the log keeps it, and the log of them.

How a request is read, struck and answered is in `middleware`.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.faults import Fault

_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def current() -> Exchange | None:
    """The exchange of the request that is being served, if there is one."""
    return _current.get()


def enter(exchange: Exchange) -> Token[Exchange | None]:
    """From now on this task serves that request; give the token to `leave`."""
    return _current.set(exchange)


def leave(token: Token[Exchange | None]) -> None:
    """The request is served."""
    _current.reset(token)


@dataclass
class Exchange:
    """A logged request; `status` is None while it is served and when no answer was given."""

    n: int
    at: str
    system: str
    method: str
    path: str
    query: str
    status: int | None = None
    fault: str | None = None
    writes: list[dict[str, Any]] = field(default_factory=list)
    domain_faults: list[Fault] = field(default_factory=list)

    @property
    def fault_options(self) -> dict[str, Any]:
        """The options of the fault that struck."""
        return next((fault.options for fault in self.domain_faults if fault.kind == self.fault), {})

    def struck(self, kind: str) -> dict[str, Any] | None:
        """The options when this request is struck by that domain kind (the log then says so), else None."""
        for fault in self.domain_faults:
            if fault.kind == kind:
                self.fault = self.fault or kind
                return fault.options
        return None

    def wrote(self, obj: str, id: str, op: str, fields: dict[str, Any] | None = None) -> None:
        """Log a row that this request really changed: op is create, update, delete or undelete."""
        self.writes.append({"object": obj, "id": id, "op": op, "fields": dict(fields or {})})

    def as_json(self) -> dict[str, Any]:
        """The line of GET /requests."""
        names = ("n", "at", "system", "method", "path", "query", "status", "fault", "writes")
        return {name: getattr(self, name) for name in names}


class RequestLog:
    """Every API request since the last DELETE /requests; the numbers go on after it."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self._last = 0

    def open(self, system: str, method: str, path: str, query: str) -> Exchange:
        """A new line, in order of arrival."""
        self._last += 1
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        exchange = Exchange(self._last, at, system, method, path, query)
        self.exchanges.append(exchange)
        return exchange

    def since(self, n: int) -> list[dict[str, Any]]:
        """The lines with a number above n."""
        return [exchange.as_json() for exchange in self.exchanges if exchange.n > n]

    def clear(self) -> None:
        """Forget the lines."""
        self.exchanges.clear()
