"""The workspace that a notebook works on."""

from __future__ import annotations

from toolkit import kernel
from toolkit.workspace import Workspace


def open_workspace(workspace: str = "") -> Workspace:
    """The workspace of a notebook's parameter (blank: TOOLKIT_WORKSPACE, else var/demo)."""
    kernel.show_errors()
    return Workspace(kernel.resolve(workspace), key=kernel.take_key())
