"""runs, show, verify, recover, rebuild, cancel: what happened, whether it holds, what to do when it broke off."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import UsageError


@command("runs")
@click.option("--limit", default=30, show_default=True, help="How many, newest first.")
def runs(context: Context, limit: int) -> Reply:
    """The history, newest first."""
    with context.workspace() as workspace:
        rows = [_row(row) for row in workspace.state.runs.all(limit)]
    shown = "\n".join(_columns(rows, ("run", "kind", "mode", "state", "message")))
    return Reply({"runs": rows}, shown if rows else "No runs yet. Next:  toolkit profile")


@command("show")
@click.argument("run")
def show(context: Context, run: str) -> Reply:
    """One run: what it did, and every record with its state and the reason."""
    with context.workspace() as workspace:
        row = _found(workspace, run)
        records = workspace.history.ledger(row.id)
        data = {**_row(row), "files": workspace.history.files(row.id), "records": records}
    states: dict[str, int] = {}
    for record in records:
        states[record["state"]] = states.get(record["state"], 0) + 1
    lines = [
        f"{name}: {value}"
        for name, value in data.items()
        if name not in ("records", "counts", "progress", "files") and value not in (None, "", {}, False)
    ]
    lines += [f"{what}: {path}" for what, path in data["files"].items() if path]
    lines += ["", *(f"{number:6}  {state}" for state, number in sorted(states.items()))]
    lines += [
        f"  {record['state']:8} {record['side']} {record['kind']} {record['id']}  {record['reason']}"
        for record in records
        if record["state"] in ("waiting", "skipped", "failed")
    ]
    return Reply(data, "\n".join(lines))


@command("verify")
@click.argument("pack", metavar="RUN|PACK")
def verify(context: Context, pack: str) -> Reply:
    """Check that every digest of a sealed run holds, nothing is missing and nothing was added."""
    from toolkit.runs.verify import verify as check

    folder, digest = Path(pack), None
    if (context.folder / "runs" / pack).is_dir():
        folder = context.folder / "runs" / pack
        with context.workspace() as workspace:
            row = workspace.state.runs.get(pack)
            digest = row.digest if row else None
    if not folder.is_dir():
        raise UsageError(f"There is no run and no pack {pack!r}.", next_step="See the runs with: toolkit runs")
    problems = [str(problem) for problem in check(folder, digest)]
    text = (
        "\n".join([f"{folder}: {len(problems)} thing(s) do not hold.", *problems])
        if problems
        else f"{folder}: everything holds."
    )
    return Reply({"pack": pack, "ok": not problems, "problems": problems}, text, 1 if problems else 0)


@command("recover")
def recover(context: Context) -> Reply:
    """Finish or refuse a run that died: everything whose answer was lost is looked up."""
    with context.workspace() as workspace:
        lost = len(workspace.state.journal.unresolved())
        if lost:
            seconds = workspace.settings.sync.grace_seconds
            click.echo(f"{lost} write(s) without an answer: looked up once {seconds:g} s have passed since.", err=True)
        done = workspace.history.recover()
    text = "\n".join(done.lines) or "There was nothing to recover."
    return Reply({"recovered": list(done.runs), "resolved": done.resolved}, text)


@command("rebuild")
def rebuild(context: Context) -> Reply:
    """Make links and base values of the state again from the sealed runs alone."""
    with context.workspace() as workspace:
        done = workspace.history.rebuild()
    same = "the same as before" if done.digest == done.before else f"it was {done.before}"
    text = f"{done.pairs} links from {done.runs} sealed runs.\nDigest {done.digest} ({same}).\nNext:  toolkit sync"
    return Reply({"runs": done.runs, "pairs": done.pairs, "digest": done.digest, "before": done.before}, text)


@command("cancel")
@click.argument("run")
def cancel(context: Context, run: str) -> Reply:
    """Ask a run to stop after the record that it is at."""
    with context.workspace() as workspace:
        row = _found(workspace, run)
        asked = workspace.state.runs.ask_cancel(row.id)
    text = f"{row.id} was asked to stop." if asked else f"{row.id} is not running."
    return Reply({"run": row.id, "asked": asked}, text)


def _columns(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[str]:
    """A line of headings and one for each row, every column as wide as its longest text."""
    lines = [[name.upper() for name in names], *([str(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def _found(workspace: Any, run: str) -> Any:
    row = workspace.state.runs.get(run)
    if row is None:
        raise UsageError(f"There is no run {run!r}.", next_step="See the runs with: toolkit runs")
    return row


def _row(row: Any) -> dict[str, Any]:
    data = dataclasses.asdict(row)
    return {"run": data.pop("id"), **data}


commands = [runs, show, verify, recover, rebuild, cancel]
