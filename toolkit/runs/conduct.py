"""One run from outside its kernel: the row in the state, the notebook, the page, the seal, and how it really ended.

How a run ended is asked of the state, which the kernel's engine writes; the notebook is only looked at by people.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolkit.errors import ToolkitError
from toolkit.runs.launch import Executed, execute
from toolkit.runs.seal import seal
from toolkit.store.runs import OVER, RunRow
from toolkit.store.state import State

RECOVER = "Finish it with: toolkit recover"


@dataclass(frozen=True)
class Done:
    """A finished run as a command tells it. ``files`` are paths by what they are; blank when the run left none."""

    run: str
    state: str
    plan_hash: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    message: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


class RunFailed(ToolkitError):
    """What a kernel raised, out here: ``error`` is the name that it had there, the facts came along as attributes."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        super().__init__(str(said.get("message", "")), next_step=str(said.get("next_step", "")))
        facts = {name: value for name, value in said.items() if name not in ("message", "next_step")}
        self.__dict__.update({"error": "RunFailed", "exit_code": 1} | facts)


def conduct(
    workspace: Path,
    state: State,
    run: str,
    notebook: str,
    kind: str,
    mode: str,
    given: Mapping[str, Any],
    *,
    now: Callable[[], str],
    on_cell: Callable[[Any], None] = lambda cell: None,
    key: str | None = None,
) -> Done:
    """Runs the notebook to its end and seals what it left. Raises RunFailed when the run did not do its work."""
    folder = workspace / "runs" / run
    state.runs.start(run, kind, mode, now(), pid=os.getpid(), holder=f"{run} on {socket.gethostname()}", state="queued")

    def tell(cell: Any) -> None:
        if cell.number == 1 and cell.event == "done":  # not before: two threads must not import the same packages
            threading.Thread(target=_prepare_page, daemon=True).start()
        on_cell(cell)

    try:
        executed = execute(
            notebook, folder / "notebook.ipynb", {**given, "run": run}, workspace=workspace, on_cell=tell, key=key
        )
    except BaseException as error:
        state.runs.end(run, "failed", now(), message=getattr(error, "message", type(error).__name__))
        raise
    row = _ended(state, run, executed, now)
    finish(workspace, state, run)
    if executed.error is not None:
        raise RunFailed({**executed.error, "run": run, "notebook": str(folder / "notebook.ipynb"), **_plan_of(row)})
    return done(workspace, state, run)


def _prepare_page() -> None:
    """Half a second of imports, made while the kernel works."""
    import nbconvert  # noqa: F401  # only to have it imported


def finish(workspace: Path, state: State, run: str) -> None:
    """The page and the seal of a run whose process is gone, unless it must be recovered first."""
    row, folder = state.runs.get(run), workspace / "runs" / run
    if row is None or row.state not in OVER or row.digest or not (folder / "notebook.ipynb").exists():
        return
    from toolkit.runs.report import write_report

    write_report(folder / "notebook.ipynb", folder / "report.html", row)
    seal(state, folder, run)


def done(workspace: Path, state: State, run: str) -> Done:
    row = state.runs.get(run)
    if row is None:
        raise LookupError(run)
    return Done(run, row.state, row.plan_hash or "", row.counts, row.digest or "", row.message, files(workspace, run))


def files(workspace: Path, run: str) -> dict[str, str]:
    """Where the run's notebook, report and evidence lie; blank for what it did not leave."""
    names = {
        "notebook": "notebook.ipynb",
        "report": "report.html",
        "evidence": "run.duckdb",
        "manifest": "manifest.json",
    }
    folder = workspace / "runs" / run
    return {what: str(folder / name) if (folder / name).exists() else "" for what, name in names.items()}


def _ended(state: State, run: str, executed: Executed, now: Callable[[], str]) -> RunRow | None:
    """The row as it is now. A run that never began is over; one that broke off while it ran is left to recovery."""
    row = state.runs.get(run)
    if row is not None and row.state == "queued":
        message = str(executed.error["message"]) if executed.error else "The notebook did not start the run."
        state.runs.end(run, "failed", now(), message=message)
    elif (
        row is not None
        and row.state == "running"
        and executed.error is not None
        and not executed.error.get("next_step")
    ):
        executed.error["next_step"] = RECOVER
    elif executed.error is not None and not executed.error.get("next_step"):
        executed.error["next_step"] = f"The traceback is in {executed.notebook}"
    return state.runs.get(run)


def _plan_of(row: RunRow | None) -> dict[str, Any]:
    return {"plan_hash": row.plan_hash} if row is not None and row.plan_hash else {}
