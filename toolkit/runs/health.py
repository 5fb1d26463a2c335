"""health.json: what the service says of itself, for a monitor, a person and the front end. Replaced at one stroke.

    ok         the last poll did its work          waiting    a person must decide, or a limit ends at a known time
    degraded   polls fail; they are tried again    stopped    the service was ended

Times are ISO text in UTC.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from toolkit.settings import write_atomically

FILE = "health.json"
State = Literal["ok", "degraded", "waiting", "stopped"]
LATE = timedelta(minutes=5)
"""How much later than said the next poll may begin before the service counts as gone."""


@dataclass(frozen=True)
class Health:
    """``last_run`` is the last poll that left a row, ``last_success`` the end of the last one that went well,
    ``failures`` how many in a row did not; ``polling`` is true while one is under way."""

    state: State = "ok"
    reason: str = ""
    last_run: str = ""
    last_run_at: str = ""
    last_success: str = ""
    next_run: str = ""
    failures: int = 0
    polling: bool = False
    every_seconds: float = 0
    pid: int = 0
    since: str = ""


def write(folder: Path, health: Health) -> None:
    write_atomically(folder / FILE, json.dumps(dataclasses.asdict(health), indent=1) + "\n")


def read(folder: Path) -> Health | None:
    """What the service said last; None where none has run, or where the file is no such thing."""
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        known = {field.name for field in dataclasses.fields(Health)}
        return Health(**{name: value for name, value in said.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def seen_from_outside(health: Health | None, now: datetime) -> Health:
    """The same, judged by somebody else: a service that died says nothing any more."""
    if health is None:
        return Health("degraded", "No service has run in this workspace. Start it with: toolkit sync --every 10m")
    if health.state == "stopped":
        return health
    late = not health.polling and health.next_run and now > datetime.fromisoformat(health.next_run) + LATE
    if late or not _lives(health.pid):
        reason = f"The service is gone; it last said so: {health.state}. {health.reason}".strip()
        return dataclasses.replace(health, state="degraded", reason=reason)
    return health


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return pid > 0
