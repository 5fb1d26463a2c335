"""The workspace that a notebook works on, and the run that it makes."""

from __future__ import annotations

from toolkit import kernel
from toolkit.workspace import Workspace


def open_workspace(workspace: str = "") -> Workspace:
    """The workspace of a notebook's parameter (blank: TOOLKIT_WORKSPACE, else var/demo)."""
    kernel.show_errors()
    return Workspace(kernel.resolve(workspace), key=kernel.take_key())


def run_id(workspace: Workspace, run: str, what: str) -> str:
    """The run that a launcher began; for a person a new one. An executed notebook still names the run that it shows:
    opened in JupyterLab and run again, it must not write into that run's evidence."""
    if run and (kernel.launched() or workspace.state.runs.get(run) is None):
        return run
    if run:
        print(f"The run {run} was made before and stays as it is. This is a new one.")
    return workspace.new_run_id(what)
