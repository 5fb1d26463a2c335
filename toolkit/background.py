"""Runs that belong to no browser and no terminal: a process of their own that reads its order from the state.

The order holds names and choices, never a secret. Whoever looks at the state finds the run again: after a reload, in a
second browser, after a restart of the app.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.errors import UsageError
from toolkit.runs.conduct import Done, conduct
from toolkit.workspace import Workspace

REPOSITORY = Path(__file__).resolve().parent.parent


def start(
    workspace: Workspace, notebook: str, kind: str, mode: str, given: Mapping[str, Any], *, by: str = ""
) -> str:
    """Queue a run and start its process; returns the run's id at once."""
    run = queue(workspace, notebook, kind, mode, given, by=by)
    launch(workspace, run)
    return run


def queue(
    workspace: Workspace, notebook: str, kind: str, mode: str, given: Mapping[str, Any], *, by: str = ""
) -> str:
    """Write the order of a run; its process is started by ``launch``, after the transaction that this may be part of.

    ``given`` are the notebook's parameters (wrong ones are a UsageError here, before anything is started).
    ``by`` is who pressed the button; the evidence names that person.
    """
    from toolkit.runs.launch import check_parameters

    check_parameters(notebook, {**given, "run": ""})
    run = workspace.new_run_id(mode if mode == kind else f"{kind}-{mode}")
    workspace.state.put(f"order:{run}", {"notebook": notebook, "kind": kind, "mode": mode, "given": dict(given)})
    if by:
        workspace.state.put(f"by:{run}", by)
    workspace.state.runs.start(run, kind, mode, workspace.clock().isoformat(), state="queued")
    return run


def launch(workspace: Workspace, run: str) -> None:
    """Start the process of a queued run; it goes on when this process ends."""
    workspace.run_folder(run).mkdir(parents=True, exist_ok=True)
    with (workspace.run_folder(run).parent / f".{run}.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "toolkit", "--workspace", str(workspace.folder.resolve()), "work", run],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def work(workspace: Workspace, run: str) -> Done:
    """What the process does: the ordered run, to its end. Raises UsageError for an unknown or finished order."""
    order = workspace.state.get(f"order:{run}")
    row = workspace.state.runs.get(run)
    if not order or row is None or row.state != "queued":
        raise UsageError(f"There is no queued run {run!r}.", next_step="See the runs with: toolkit runs")
    workspace.state.put(f"order:{run}", None)
    try:
        return conduct(
            workspace.folder,
            workspace.state,
            run,
            order["notebook"],
            order["kind"],
            order["mode"],
            order["given"],
            now=lambda: workspace.clock().isoformat(),
            key=os.environ.get("TOOLKIT_KEY"),
        )
    finally:
        workspace.history.tell(run)
