"""The hourly limit of the deployment and the lockout after failed authentications.

Source: Accelo API docs, _introduction "Rate Limiting" and _authentication. Both count in memory, by the server's clock.
"""

from __future__ import annotations

import json
from collections import deque

from sandbox.accelo.call import Call, Reply, refusal
from sandbox.accelo.errors import LOCKED, AcceloError
from sandbox.core import Core

HOUR = 3600
LOCK_SECONDS = 300
LOCK_AFTER = 100


class HourlyLimit:
    """Requests of all applications together."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._window = 0
        self._count = 0
        self._times: deque[int] = deque()

    def clear(self) -> None:
        """Nothing was asked yet."""
        self._window, self._count = 0, 0
        self._times.clear()

    def _used(self, now: int) -> tuple[int, int]:
        """Requests in this hour, and when the window ends."""
        if self.core.switches["accelo_rate_window"] == "rolling":
            while self._times and self._times[0] <= now - HOUR:
                self._times.popleft()
            return len(self._times), (self._times[0] if self._times else now) + HOUR
        window = now // HOUR
        if window != self._window:
            self._window, self._count = window, 0
        return self._count, (window + 1) * HOUR

    def take(self) -> tuple[bool, list[tuple[str, str]]]:
        """Count one request: is it within the limit, and the headers that say so."""
        limit = self.core.switches.int("accelo_hourly_limit")
        if limit is None:
            return True, []
        now = self.core.clock.unix("accelo")
        used, reset = self._used(now)
        allowed = used < limit
        if allowed:
            used += 1
            self._count += 1
            if self.core.switches["accelo_rate_window"] == "rolling":
                self._times.append(now)
                reset = self._times[0] + HOUR
        headers = [
            ("X-RateLimit-Limit", str(limit)),
            ("X-RateLimit-Remaining", str(max(0, limit - used))),
            ("X-RateLimit-Reset", str(reset)),
        ]
        return allowed, headers

    def refuse(self, call: Call, deployment: str, headers: list[tuple[str, str]]) -> Reply:
        """429, with the body that the switch says."""
        message = f"Rate limit exceeded for {deployment}.api.accelo.com"
        reply = refusal(call, AcceloError("too_many_requests", message))
        meta = {"message": message, "status": "too_many_requests", "more_info": "api.accelo.com/docs/#rate-limiting"}
        bare = self.core.switches["accelo_429_body"] == "bare"
        reply.body = json.dumps(meta if bare else {"meta": meta, "response": None}).encode()
        reply.headers += headers
        if self.core.switches.on("accelo_retry_after"):
            reset = int(dict(headers)["X-RateLimit-Reset"])
            reply.headers.append(("Retry-After", str(max(1, reset - self.core.clock.unix("accelo")))))
        return reply


class Lockout:
    """A hundred failures in five minutes from one address; each further try starts the five minutes again."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._failures: dict[str, deque[int]] = {}
        self._locked_until: dict[str, int] = {}

    def clear(self) -> None:
        """Nobody is locked out."""
        self._failures.clear()
        self._locked_until.clear()

    def check(self, client: str) -> None:
        """Raises AcceloError (too_many_failed_logins) for an address that is locked out."""
        now = self.core.clock.unix("accelo")
        if self._locked_until.get(client, 0) > now:
            self._locked_until[client] = now + LOCK_SECONDS
            http = int(self.core.switches["accelo_lockout_status"])
            raise AcceloError("too_many_failed_logins", LOCKED, http, {"Retry-After": str(LOCK_SECONDS)})

    def failed(self, client: str) -> None:
        """Note a failed authentication."""
        now = self.core.clock.unix("accelo")
        failures = self._failures.setdefault(client, deque())
        failures.append(now)
        while failures[0] <= now - LOCK_SECONDS:
            failures.popleft()
        if len(failures) >= LOCK_AFTER:
            self._locked_until[client] = now + LOCK_SECONDS
            failures.clear()
