"""demo: the whole job on two systems of this machine, from nothing; the second time only what a daily sync is."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.commands.progress import Progress
from toolkit.commands.sandbox import Sandbox
from toolkit.errors import UsageError
from toolkit.model import SIDES
from toolkit.settings import FILE as SETTINGS


@command("demo")
@click.option("--reset", is_flag=True, help="Forget the demo's workspace and sandbox first.")
@click.option("--prepare", is_flag=True, help="Only start the sandbox and connect the workspace.")
@click.option("--stop", is_flag=True, help="Only stop the sandbox; the workspace stays.")
def demo(context: Context, reset: bool, prepare: bool, stop: bool) -> Reply:
    """See the whole job on a sandbox: connect, profile, plan, import, check, sync."""
    sandbox = Sandbox(context.folder.parent / "sandbox")
    if stop:
        sandbox.stop()
        return Reply({"stopped": True}, "The sandbox is stopped.")
    if reset:
        _forget(context, sandbox)
    said = sandbox.start()
    console = context.console()
    with _connected(context.folder, said) as workspace:
        first = not any(row.kind == "sync" and row.state == "done" for row in workspace.state.runs.all())
        if prepare:
            return Reply(
                {"workspace": str(context.folder), "sandbox": said["control"]["url"]},
                f"Workspace {context.folder} is ready.",
            )
        if not first:
            return _again(context, workspace)
        console.print(
            "[bold]A Salesforce org and an Accelo deployment run on this machine, connected to a new workspace.[/bold]"
        )
        console.print(
            f"The commands of a first import follow; each is: python -m toolkit --workspace {context.folder} …\n"
        )
        return _first(context, workspace, console)


def _forget(context: Context, sandbox: Sandbox) -> None:
    sandbox.forget()
    if (context.folder / SETTINGS).exists():
        shutil.rmtree(context.folder)
    elif context.folder.exists() and any(context.folder.iterdir()):
        raise UsageError(
            f"{context.folder} is not a workspace; it is left alone.",
            next_step="Name the demo's workspace with --workspace.",
        )


def _connected(folder: Path, said: dict[str, Any]) -> Any:
    from toolkit.workspace import Workspace

    workspace = Workspace(folder) if (folder / SETTINGS).exists() else Workspace.create(folder)
    if any(getattr(workspace.settings, system).url != said[system]["url"] for system in SIDES):
        workspace.use_sandbox(said)  # new, or the sandbox came back on other ports
    for system in SIDES:
        if workspace.credentials.get(system) is None:
            workspace.connections.sign_in(system, "client_credentials")
    return workspace


def _first(context: Context, workspace: Any, console: Any) -> Reply:
    began = time.monotonic()
    profiled = _step(context, workspace, console, "profile", "profile", "profile", {})
    for finding in [f for f in profiled.counts["findings"] if f["severity"] != "info"][:5]:
        console.print(f"    {finding['count']:4}  {finding['title']}", markup=False)
    planned = _step(context, workspace, console, "plan sync", "sync", "plan", {"mode": "plan"})
    _counts(console, planned.counts)
    applied = _step(
        context,
        workspace,
        console,
        f"apply {planned.plan_hash[:12]}",
        "sync",
        "apply",
        {"mode": "apply", "confirmed": planned.plan_hash},
    )
    _ledger(console, applied.counts)
    again = _step(context, workspace, console, "sync --yes", "sync", "sync", {"mode": "sync", "yes": True})
    writes = sum((again.counts.get("counts") or {}).values())
    said = f"{writes} actions" if writes else "nothing left to do, nothing was written"
    console.print(f"    {said}", markup=False)
    data = {
        "first": True,
        "import": applied.run,
        "sync": again.run,
        "plan_hash": planned.plan_hash,
        "counts": applied.counts,
        "writes_of_second_sync": writes,
        "digest": applied.digest,
        "files": applied.files,
        "seconds": round(time.monotonic() - began, 1),
    }
    return Reply(
        data,
        "\n".join(
            [
                "",
                *_where(applied),
                "",
                f"Look around:  python -m toolkit --workspace {context.folder} show {applied.run}",
                "Go on:        make app (front end)   make lab (notebooks)   make demo (again: a quiet sync)",
            ]
        ),
    )


def _again(context: Context, workspace: Any) -> Reply:
    with Progress(context, workspace, "sync") as progress:
        done = workspace.run_notebook("sync", "sync", "sync", {"mode": "sync", "yes": True}, on_cell=progress.cell)
    writes = sum((done.counts.get("counts") or {}).values())
    waiting = done.counts.get("waiting")
    text = "Nothing to do, nothing was written." if not writes else f"{writes} changes were carried over."
    text += f" {waiting} questions for a person: toolkit --workspace {context.folder} inbox" if waiting else ""
    return Reply(
        {
            "first": False,
            "sync": done.run,
            "writes": writes,
            "waiting": waiting,
            "files": done.files,
            "digest": done.digest,
        },
        "\n".join([text, *_where(done)]),
    )


def _step(
    context: Context, workspace: Any, console: Any, shown: str, notebook: str, mode: str, given: dict[str, Any]
) -> Any:
    console.print(f"[bold cyan]$[/bold cyan] [bold]{shown}[/bold]")
    began = time.monotonic()
    with Progress(context, workspace, shown) as progress:
        done = workspace.run_notebook(notebook, notebook, mode, given, on_cell=progress.cell)
    console.print(f"    {time.monotonic() - began:.1f} s, run {done.run}", style="dim", markup=False)
    return done


def _counts(console: Any, counts: dict[str, Any]) -> None:
    for name, number in (counts.get("counts") or {}).items():
        console.print(f"    {number:4}  {name}", markup=False)
    forecast = counts.get("forecast") or {}
    console.print(
        f"    {counts.get('waiting', 0):4}  questions for a person; some {forecast.get('accelo_calls', '?')} calls to "
        f"Accelo, {forecast.get('salesforce_calls', '?')} to Salesforce",
        markup=False,
    )


def _ledger(console: Any, counts: dict[str, Any]) -> None:
    for state, number in sorted((counts.get("ledger") or {}).items(), key=lambda item: -item[1]):
        console.print(f"    {number:4}  {state}", markup=False)


def _where(done: Any) -> list[str]:
    lines = [f"{what.capitalize():9} {path}" for what, path in done.files.items() if path]
    return lines + ([f"Digest    {done.digest}"] if done.digest else [])


commands = [demo]
