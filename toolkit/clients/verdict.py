"""What an answer means, in words that both systems share; the systems' own files turn their answers into these.

Also how a system's message is made fit for a log: whatever we sent is taken out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

import requests

from toolkit.errors import ToolkitError
from toolkit.model import Side


class Meaning(Enum):
    OK = "ok"
    EXPIRED = "expired"  # the access token is not good: refused before the record was looked at
    LIMIT = "limit"  # no calls are left: refused before the record was looked at
    BUSY = "busy"  # refused for the moment, definitely not applied
    TROUBLE = "trouble"  # a server's or a gateway's fault: a write may have been applied all the same
    FINAL = "final"  # the answer is no, definitely not applied


@dataclass(frozen=True)
class Verdict:
    meaning: Meaning
    code: str | None = None
    error: ToolkitError | None = None  # with FINAL
    until: datetime | None = None  # with LIMIT and BUSY
    parsed: Any = None


@dataclass(frozen=True)
class Limits:
    """What an answer's headers say about the calls left; None where they say nothing."""

    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None


class Dialect(Protocol):
    """How one system words its answers."""

    system: Side

    def verdict(self, response: requests.Response, *, sent: Any, now: datetime, write: bool) -> Verdict: ...
    def limits(self, response: requests.Response) -> Limits: ...


def texts(value: Any) -> Iterator[str]:
    """All texts inside what was sent."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def masked(message: object, sent: Any, longest: int = 200) -> str:
    """A system's message on one line, without any value that we sent, without addresses and long numbers."""
    text = " ".join(str(message).split())
    for value in sorted({" ".join(part.split()) for part in texts(sent)}, key=len, reverse=True):
        if len(value) >= 2:
            text = re.sub(re.escape(value), "…", text, flags=re.IGNORECASE)
            text = re.sub(re.escape(value[:40]), "…", text, flags=re.IGNORECASE) if len(value) > 40 else text
    text = re.sub(r"\S+@\S+", "…", text)
    text = re.sub(r"\d[\d .()/+-]{5,}\d", "…", text)
    text = re.sub(r"<[^>]*>", "…", text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def json_or_none(response: requests.Response) -> Any:
    """The body as JSON; None when it is none (a gateway's page, half an answer)."""
    if "html" in response.headers.get("Content-Type", ""):
        return None
    try:
        return response.json()
    except ValueError:
        return None
