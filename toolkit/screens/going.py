"""A run that goes on, as every browser sees it: how far it is, whether its process lives, how to stop it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from toolkit.errors import UsageError
from toolkit.screens import words
from toolkit.store.browse import Browse
from toolkit.store.runs import OVER, RunRow

if TYPE_CHECKING:
    from toolkit.workspace import Workspace


LONGEST_START = 60.0
"""Seconds that the process of a queued run may take to say that it is there."""


LONGEST_SEAL = 12.0
"""Seconds after its end in which a run is expected to be sealed."""


@dataclass(frozen=True)
class Going:
    """``share`` is between 0 and 1, None while nothing can be counted.
    ``alive`` is False for a process that is gone."""

    run: str
    name: str
    mode: str
    state: str
    step: str
    detail: str
    share: float | None
    alive: bool
    cancelling: bool
    over: bool
    started_at: str
    message: str

    @property
    def line(self) -> str:
        return f"{self.step}{': ' + self.detail if self.detail else ''}"


def going(workspace: Workspace, run: str) -> Going | None:
    row = workspace.state.runs.get(run)
    return _going(row) if row else None


def current(workspace: Workspace) -> Going | None:
    """The newest run under way."""
    rows = Browse(workspace.state.database).runs_active()
    return _going(rows[-1]) if rows else None


def stop(workspace: Workspace, run: str) -> None:
    """Ask a run to stop after the record that it is at. Raises UsageError where nothing goes on."""
    if not workspace.state.runs.ask_cancel(run):
        raise UsageError("This run is not under way any more.", next_step="See what it did on its page.")


def _going(row: RunRow) -> Going:
    said = row.progress
    done, total = said.get("done"), said.get("total")
    if not (isinstance(done, int) and isinstance(total, int) and total > 0):
        done = total = 0
    sealing = row.state in OVER and being_sealed(row)
    step = "Sealing the evidence" if sealing else words.STEPS.get(str(said.get("step", "")), "Starting the run")
    return Going(
        run=row.id,
        name=words.run_name(row.kind, row.mode),
        mode=row.mode,
        state=row.state,
        step=step,
        detail=f"{done:,} of {total:,}" if total else "",
        share=min(done / total, 1.0) if total else None,
        alive=row.state in OVER or (_lives(row.pid) if row.pid else _young(row)),
        cancelling=row.cancel,
        over=row.state in OVER and not sealing,
        started_at=row.started_at,
        message=row.message,
    )


def being_sealed(row: RunRow) -> bool:
    """The report and the seal come a moment after the run said that it is over."""
    if row.digest or not row.ended_at or row.state == "died":
        return False
    return (datetime.now(UTC) - datetime.fromisoformat(row.ended_at)).total_seconds() < LONGEST_SEAL


def _young(row: RunRow) -> bool:
    """A queued run has no process number yet; after a minute its process never came."""
    return (datetime.now(UTC) - datetime.fromisoformat(row.started_at)).total_seconds() < LONGEST_START


def _lives(pid: int) -> bool:
    """Whether that process is there and is no zombie (a child of ours that nobody waited for)."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123  a line of proc
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except (OSError, IndexError):
        return True
