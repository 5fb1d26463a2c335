"""An import in a process of its own that kills itself at a chosen request: before it leaves, or when it was answered."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

from toolkit.clients.line import Line

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.imports.dying", "toolkit.runs.import_engine", "toolkit.workspace", "duckdb"])


def die_at(folder: str, run: str, kind: Any, nth: int, answered: bool) -> None:
    """What the process does."""
    from toolkit.runs.import_engine import ImportRun
    from toolkit.workspace import Workspace

    send, seen = Line.send, 0

    def dying(self: Line, *arguments: Any, **named: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == nth and not answered:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = send(self, *arguments, **named)
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    Line.send = dying  # type: ignore[method-assign]  # the process is for this alone
    with Workspace(Path(folder)) as workspace:
        import_: ImportRun = workspace.open_import(run, kind, "sync", yes=True)
        import_.read(), import_.plan(), import_.confirm(), import_.apply(), import_.check(), import_.close()


def killed_at(folder: Path, run: str, kind: str, nth: int, *, answered: bool) -> bool:
    """Whether it died; False when it had no such request."""
    process = FORKS.Process(target=die_at, args=(str(folder), run, kind, nth, answered))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0
