"""One connection to one system: sign-in, guard, budget, repeats of reads, one log line for each request.

It moves requests and says what came of them; it knows no records. A write is sent once: only after a 401, which is
answered before the record is looked at, is it sent a second time. Not for use by two threads at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from toolkit.clients import oauth
from toolkit.clients.accelo_wire import AcceloDialect
from toolkit.clients.budget import Budget
from toolkit.clients.credentials import Credentials
from toolkit.clients.endpoint import Endpoint, Exchange, Timeouts, Tokens, checked_address
from toolkit.clients.line import Broken, Line, NotSent
from toolkit.clients.salesforce_wire import SalesforceDialect
from toolkit.clients.verdict import Dialect, Meaning, Verdict
from toolkit.errors import AuthFailed, LimitReached, NotConnected, OutcomeUnknown, Unavailable

TRIES = 5
_EARLY = 60.0  # seconds before its end that a token is renewed
UNREACHED = "Look whether this machine is online and the address in the settings is right, then run it again."
_BUSY_SECONDS = 5.0


class Transport:
    """``read_only`` is asked before every single send; ``on_exchange`` is told every request, also those that failed.

    ``clock`` gives aware UTC times. All errors are those of toolkit.errors.
    """

    def __init__(self, endpoint: Endpoint, credentials: Credentials, *, read_only: Callable[[], bool] = lambda: False,
                 on_exchange: Callable[[Exchange], None] = lambda exchange: None, budget: Budget | None = None,
                 clock: Callable[[], datetime] = lambda: datetime.now(UTC), sleep: Callable[[float], None] = time.sleep,
                 timeouts: Timeouts = Timeouts()) -> None:
        self.endpoint, self.credentials = endpoint, credentials
        self.system, self.name = endpoint.system, endpoint.system.capitalize()
        self.read_only, self.on_exchange = read_only, on_exchange
        self.clock, self.sleep = clock, sleep
        self.budget = budget or Budget(self.system, clock=clock, sleep=sleep)
        self._dialect: Dialect = SalesforceDialect() if self.system == "salesforce" else AcceloDialect()
        self._line = Line(self.system, timeouts, read_only, lambda: self.base_url)
        self._timeouts = timeouts
        self._tokens: Tokens | None = None
        self._offset = timedelta()
        self._jitter = random.Random(endpoint.client_id)  # seeded: the same run makes the same pauses

    @property
    def tokens(self) -> Tokens:
        """The tokens in use; NotConnected when there are none."""
        if self._tokens is None:
            self._tokens = self.credentials.get(self.system)
            if self._tokens is None:
                raise NotConnected(self.name, "not connected.", next_step=f"Run: toolkit connect {self.system}")
        return self._tokens

    @property
    def base_url(self) -> str:
        """Where the API is: Salesforce tells it at sign-in, Accelo's is in the settings."""
        said = self.tokens.instance_url
        return checked_address(said, "The address that the sign-in gave") if said else self.endpoint.base_url

    def server_now(self) -> datetime:
        return self.clock() + self._offset

    def reserve(self, calls: int) -> None:
        """Wait until that many calls may be made; LimitReached when that is too far off."""
        self.budget.before(calls)

    def remember(self, **changed: Any) -> None:
        """Keep something that was learnt about this connection with its tokens (the agreed API version)."""
        with self.credentials.locked():
            self._tokens = replace(self.credentials.get(self.system) or self.tokens, **changed)
            self.credentials.put(self.system, self._tokens)

    def close(self) -> None:
        self._line.close()

    def request(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, json: Any = None,
                data: Any = None, headers: Mapping[str, str] | None = None, idempotent: bool | None = None,
                record_write: bool = False, stream: bool = False) -> requests.Response:
        """The answer, which is a success and complete (``stream``: its head is). ``path`` begins with a slash.

        ``record_write`` marks what changes a record: it is sent once. ``idempotent`` (default: GET) may be repeated.
        """
        again = (method == "GET" if idempotent is None else idempotent) and not record_write
        attempt, renewed, limited = 0, False, 0
        if self.tokens.expires_at is not None and self.tokens.expires_at - _EARLY <= self.clock().timestamp():
            self._renew()
        while True:
            attempt += 1
            self.budget.before(may_wait=not record_write)
            started = time.perf_counter()
            response: requests.Response | None = None
            verdict = Verdict(Meaning.TROUBLE, "NO_ANSWER")
            try:
                response = self._line.send(method, path, params=params, json=json, data=data, headers=headers,
                                           token=self.tokens.access_token, stream=stream)
            except NotSent as error:
                verdict = Verdict(Meaning.BUSY, "NOT_SENT", Unavailable(self.name, str(error), next_step=UNREACHED))
            except Broken as error:
                verdict = Verdict(Meaning.TROUBLE, error.code)
            if response is not None:
                self._measure(response)
                limits = self._dialect.limits(response)
                resets = limits.reset_at - self._offset if limits.reset_at else None  # the server's clock may be off
                self.budget.made(limit=limits.limit, remaining=limits.remaining, reset_at=resets)
                sent = [params, json, data]
                verdict = self._dialect.verdict(response, sent=sent, now=self.server_now(), write=record_write)
            elif verdict.code != "NOT_SENT":
                self.budget.made()
            self._log(method, path, response, verdict, started, attempt, record_write)
            if response is not None and verdict.meaning is Meaning.OK:
                return response
            if verdict.meaning is Meaning.FINAL:
                raise verdict.error or Unavailable(self.name, "refused.")
            if verdict.meaning is Meaning.EXPIRED:
                if renewed:
                    raise AuthFailed(self.name, "the access token was refused, and so was a fresh one.",
                                     next_step=f"Connect again: toolkit connect {self.system}")
                renewed = True
                self._renew()
            elif verdict.meaning is Meaning.LIMIT:
                limited += 1
                self.budget.refused(
                    verdict.until - self._offset if verdict.until else None, may_wait=again and limited <= 3
                )
            else:
                self._pause_or_raise(verdict, attempt, again, record_write)

    def _pause_or_raise(self, verdict: Verdict, attempt: int, again: bool, record_write: bool) -> None:
        """Before a repeat: wait a little. Where there is none: say whether it may have been applied."""
        if record_write and verdict.meaning is Meaning.TROUBLE:
            raise OutcomeUnknown(self.name, f"no clear answer to a write ({verdict.code}).")
        if not again or attempt >= TRIES:
            if verdict.code in ("429", "CONCURRENT"):
                raise LimitReached(self.name, "too many requests.", until=verdict.until,
                                   next_step="Run again later; what is done stays done.")
            raise verdict.error or Unavailable(self.name, f"it cannot serve now ({verdict.code}).",
                                               next_step="Run again later; what is done stays done.")
        pause = (_BUSY_SECONDS if verdict.code == "429" else 0.5) * 2 ** (attempt - 1)
        if verdict.until is not None:
            pause = max(pause, (verdict.until - self.server_now()).total_seconds())
        self.sleep(min(pause, 120.0) * (0.75 + 0.5 * self._jitter.random()))

    def _renew(self) -> None:
        """A fresh access token, from the file when another process renewed it already."""
        self._tokens = oauth.renew(self.endpoint, self.credentials, self.tokens, now=self.clock(),
                                   on_exchange=self.on_exchange, timeouts=self._timeouts)

    def _measure(self, response: requests.Response) -> None:
        """How far the server's clock is from ours; the header has whole seconds, so half of one is added."""
        said = server_date(response)
        if said is not None:
            offset = said + timedelta(seconds=0.5) - self.clock()
            self._offset = timedelta() if abs(offset) < timedelta(seconds=1) else offset

    def _log(self, method: str, path: str, response: requests.Response | None, verdict: Verdict, started: float,
             attempt: int, write: bool) -> None:
        headers: Mapping[str, str] = response.headers if response is not None else {}
        size = 0 if response is None or not getattr(response, "_content_consumed", False) else len(response.content)
        self.on_exchange(Exchange(
            at=self.clock(), system=self.system, method=method, path=urlsplit(path).path, attempt=attempt, write=write,
            status=None if response is None else response.status_code, bytes=size,
            ms=round((time.perf_counter() - started) * 1000, 1),
            request_id=headers.get("X-Request-Id") or headers.get("X-SFDC-Request-Id"),
            server_date=None if response is None else server_date(response),
            error_code=None if verdict.meaning is Meaning.OK else verdict.code or verdict.meaning.value))


def server_date(response: requests.Response) -> datetime | None:
    """The Date header (UTC)."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None
