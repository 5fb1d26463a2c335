"""work: what a background run's process does. Not for people; the app and the schedule start it."""

from __future__ import annotations

import click

from toolkit.commands.plumbing import Context, Reply, command


@command("work", hidden=True)
@click.argument("run")
def work(context: Context, run: str) -> Reply:
    """Carry out a queued run."""
    from toolkit.background import work as carry_out

    with context.workspace() as workspace:
        done = carry_out(workspace, run)
    return Reply({"run": done.run, "state": done.state, "digest": done.digest}, f"{done.run}: {done.state}")


commands = [work]
