"""Accelo's answers in the product's words: the envelope, its statuses, the hourly limit.

A 200 may carry a status that is not ok, an error may come without the envelope (429) or as a page, and a record that
does not exist is a 400. Source: Accelo API docs, _introduction, _status_codes, _configuring_responses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from toolkit.clients.verdict import Limits, Meaning, Verdict, json_or_none, masked
from toolkit.errors import (
    AuthFailed,
    DoubtfulRefusal,
    DuplicateRecord,
    NoApiAccess,
    NotConnected,
    RecordGone,
    RecordRejected,
    ToolkitError,
)
from toolkit.model import Side

NAME = "Accelo"
OK = {"ok", "ok_created"}
REFUSED = {"invalid_request", "duplicate", "invalid_permission"}
"""Refusals that were seen with HTTP 200, too."""


class AcceloDialect:
    system: Side = "accelo"

    def limits(self, response: requests.Response) -> Limits:
        """``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (unix seconds, on the server's clock)."""
        limit, remaining, reset = (_number(response.headers.get(f"X-RateLimit-{name}")) for name in (
            "Limit", "Remaining", "Reset"))
        return Limits(limit, remaining, datetime.fromtimestamp(reset, UTC) if reset else None)

    def verdict(self, response: requests.Response, *, sent: Any, now: datetime, write: bool) -> Verdict:
        http = response.status_code
        body = json_or_none(response)
        meta = meta_of(body)
        status = str(meta.get("status") or "")
        if 200 <= http < 300:
            if status in OK:
                return Verdict(Meaning.OK, parsed=body)
            if write and status in REFUSED:
                said = masked(str(meta.get("message") or ""), sent) or "refused"
                return Verdict(Meaning.FINAL, status, DoubtfulRefusal(NAME, status, said, status=http))
            # Neither a success nor a refusal that we could rely on: a write is looked up.
            return Verdict(Meaning.TROUBLE, status or ("HTML" if body is None else "NO_ENVELOPE"))
        until = _retry_after(response, now)
        if status == "too_many_failed_logins":
            when = f" until {until:%H:%M:%S} UTC" if until else ""
            return Verdict(Meaning.FINAL, status, AuthFailed(
                NAME, f"this address is locked out{when} after too many failed sign-ins.",
                next_step="Wait; every try before that begins the five minutes anew."))
        if http == 401:
            return Verdict(Meaning.EXPIRED, status or "401")
        if http == 429 or status == "too_many_requests":
            reset = until or self.limits(response).reset_at
            return Verdict(Meaning.LIMIT, status or "429", until=reset) if reset else Verdict(Meaning.BUSY, "429")
        if http >= 500 or http in (408, 425):
            return Verdict(Meaning.TROUBLE, status or str(http))
        return Verdict(Meaning.FINAL, status or str(http), refusal(meta, http, sent, write))


def meta_of(body: Any) -> Mapping[str, Any]:
    """The meta object; a 429 may come as the bare meta."""
    if not isinstance(body, Mapping):
        return {}
    meta = body.get("meta")
    return meta if isinstance(meta, Mapping) else body


def refusal(meta: Mapping[str, Any], http: int, sent: Any, write: bool) -> ToolkitError:
    """A definite no as our error; its message holds nothing that we sent."""
    code, raw = str(meta.get("status") or http), str(meta.get("message") or "")
    if raw.startswith("Deployment ") and "not found" in raw:
        return NotConnected(NAME, "there is no such deployment.", next_step="Check accelo.url in the settings.")
    if code == "invalid_permission" or http == 403:
        denied = "the connected user may not do this, or the connection's scope does not cover it."
        remedy = "Give the user the permission, or connect again with the scope read(all),write(all)."
        if write:  # it may be this one record
            return RecordRejected(NAME, code, denied, status=http, next_step=remedy)
        return NoApiAccess(NAME, denied, next_step=remedy)
    said = masked(raw, sent) or "refused"
    if code == "duplicate":
        return DuplicateRecord(NAME, code, said, status=http)
    if http == 404:
        return RecordGone(NAME, code, "there is nothing under this address.", status=http)
    return RecordRejected(NAME, code, said, status=http)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdigit() else None


def _retry_after(response: requests.Response, now: datetime) -> datetime | None:
    seconds = _number(response.headers.get("Retry-After"))
    return None if seconds is None else now + timedelta(seconds=seconds)
