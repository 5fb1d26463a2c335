"""pause and resume: an import that waits between two records and keeps what it has."""

from __future__ import annotations

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import UsageError


@command("pause")
@click.argument("run")
def pause(context: Context, run: str) -> Reply:
    """Let an import wait after the record that it is at, until it is resumed or cancelled."""
    return _set(context, run, paused=True)


@command("resume")
@click.argument("run")
def resume(context: Context, run: str) -> Reply:
    """Let a paused import go on."""
    return _set(context, run, paused=False)


def _set(context: Context, run: str, *, paused: bool) -> Reply:
    with context.workspace() as workspace:
        row = workspace.state.runs.get(run)
        if row is None:
            raise UsageError(f"There is no run {run!r}.", next_step="See the runs with: toolkit runs")
        going = row.state in ("queued", "running")
        if going and row.kind not in ("sales", "tickets"):
            raise UsageError(
                f"{run} is a {row.kind}; only imports can be paused.", next_step=f"Stop it with: toolkit cancel {run}"
            )
        if going:
            workspace.state.put(f"pause:{run}", paused)
    done = "pauses after the record that it is at" if paused else "goes on"
    return Reply(
        {"run": run, "paused": paused and going, "going": going},
        f"{run} {done}." if going else f"{run} is not running.",
    )


commands = [pause, resume]
