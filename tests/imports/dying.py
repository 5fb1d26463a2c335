"""An import in a process of its own that dies at a chosen request: before it leaves, when it was carried out but not
yet answered, or when it was answered and nothing of the answer was written down."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any, Literal

import requests

from toolkit.clients.line import Line

Moment = Literal["before it leaves", "carried out", "answered"]
MOMENTS: tuple[Moment, ...] = ("before it leaves", "carried out", "answered")
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.imports.dying", "toolkit.runs.import_engine", "toolkit.workspace", "duckdb"])


def die_at(folder: str, run: str, kind: Any, nth: int, moment: Moment, control: str) -> None:
    """What the process does."""
    from toolkit.runs.import_engine import ImportRun
    from toolkit.workspace import Workspace

    send, seen = Line.send, 0

    def dying(self: Line, method: str, path: str, **named: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == nth and moment == "before it leaves":
            _die()
        if seen == nth and moment == "carried out":
            _die_when_carried_out(control, "accelo" if path.startswith("/api/v0") else "salesforce")
        answer = send(self, method, path, **named)
        if seen == nth:
            _die()
        return answer

    Line.send = dying  # type: ignore[method-assign]  # the process is for this alone
    with Workspace(Path(folder)) as workspace:
        import_: ImportRun = workspace.open_import(run, kind, "sync", yes=True)
        import_.read(), import_.plan(), import_.confirm(), import_.apply(), import_.check(), import_.close()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_when_carried_out(control: str, system: str) -> None:
    """The sandbox keeps the answer of the next request back; what it has carried out stands in its log."""
    held = {"system": system, "kind": "timeout_after_commit", "match": {"method": ".*", "path": ""}, "seconds": 60}
    requests.post(f"{control}/faults", json=[held | {"nth": 1, "times": 1}], timeout=30).raise_for_status()

    def watch() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            said = requests.get(f"{control}/requests", params={"since": 0}, timeout=30).json()
            rows = said["requests"] if isinstance(said, dict) else said
            if any(
                row["fault"] == "timeout_after_commit" and (row["writes"] or row["method"] == "GET") for row in rows
            ):
                _die()
            time.sleep(0.01)

    threading.Thread(target=watch, daemon=True).start()


def killed_at(folder: Path, run: str, kind: str, nth: int, moment: Moment, control: str) -> bool:
    """Whether it died; False when it had no such request."""
    process = FORKS.Process(target=die_at, args=(str(folder), run, kind, nth, moment, control))
    process.start()
    process.join(60)
    if process.exitcode is None:
        process.kill()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0
