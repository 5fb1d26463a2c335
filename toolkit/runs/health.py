"""health.json: what the service says of itself, for a monitor, a person and the front end. Replaced at one stroke.

    ok         the last poll did its work          waiting    a person must decide, or a limit ends at a known time
    degraded   polls fail; they are tried again    stopped    the service was ended
    never      no service has run in this workspace, which is no fault where cron or a person syncs

Times are ISO text in UTC.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from toolkit.files import write_atomically

FILE = "health.json"
State = Literal["ok", "degraded", "waiting", "stopped", "never"]
EXIT: Mapping[State, int] = {"ok": 0, "waiting": 0, "degraded": 1, "stopped": 1, "never": 5}
"""The exit code of ``toolkit health``: a monitor tells a service that is missing from one that was never wanted."""
LATE = timedelta(minutes=5)
"""How much later than said the next poll may begin before the service counts as gone."""

SILENT = timedelta(hours=3)
"""How long a poll may say nothing; the longest wait for a limit is an hour and five minutes."""


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
    """What the service said last; None where none has run. A file that is no such thing was still left by one."""
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        known = {field.name for field in dataclasses.fields(Health)}
        return Health(**{name: value for name, value in said.items() if name in known})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError):
        return Health("degraded", f"{FILE} cannot be read. The service writes it anew at its next poll.")


def service_lock(folder: Path) -> FileLock:
    """Held by the service of a workspace for as long as its process lives."""
    return FileLock(str(folder / "service.lock"))


def serves(folder: Path) -> bool | None:
    """Does a service hold its lock; None where that cannot be found out (the file belongs to somebody else)."""
    lock = service_lock(folder)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return None
    lock.release()
    return False


def seen_from_outside(
    health: Health | None, now: datetime, *, serving: bool | None = None, heartbeat: str | None = None
) -> Health:
    """The same, judged by somebody else: a service that died says nothing any more, nor does a poll that hangs.

    ``serving``: whether its lock is held (None: judged by its process number, which another process may have by now).
    ``heartbeat``: when the poll under way was heard of last."""
    if health is None:
        return Health("never", "No service has run in this workspace. Start it with: toolkit sync --every 10m")
    if health.state == "stopped" or not health.pid:  # without a process to look for, what it says is all there is
        return health
    late = not health.polling and health.next_run and now > datetime.fromisoformat(health.next_run) + LATE
    if late or not (_lives(health.pid) if serving is None else serving):
        reason = f"The service is gone; it last said so: {health.state}. {health.reason}".strip()
        return dataclasses.replace(health, state="degraded", reason=reason)
    heard = heartbeat or health.last_run_at
    if health.polling and heard and now > datetime.fromisoformat(heard) + SILENT:
        reason = f"The poll under way was heard of last at {heard}; stop the service and start it again."
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
