"""profile, plan, apply and sync: the commands that run a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from toolkit.commands.imports import imported, names_option, scoped, what_if
from toolkit.commands.plumbing import Context, Reply, command
from toolkit.commands.progress import Progress
from toolkit.commands.schedule import serve
from toolkit.errors import UsageError

NOTEBOOKS = {"sync": "sync", "sales": "import_sales", "tickets": "import_tickets"}


@command("profile")
def profile(context: Context) -> Reply:
    """See what is there and what would block a run, each with the number of records and the way to mend it."""
    with context.workspace() as workspace, Progress(context, workspace) as progress:
        done = workspace.run_notebook("profile", "profile", "profile", {}, on_cell=progress.cell)
    data = {"run": done.run, **done.counts, "notebook": done.files["notebook"], "report": done.files["report"]}
    lines = [
        f"{finding['severity']:8} {finding['count']:6}  {finding['title']}\n{'':17}{finding['remedy']}"
        for finding in done.counts.get("findings", ())
    ]
    return Reply(data, "\n".join([*lines, "", *_places(done)]))


@command("plan")
@click.argument("kind", type=click.Choice(["sync", "sales", "tickets"]))
@click.option("--full", is_flag=True, help="Sync: compare everything, addresses and deletions too.")
@scoped
@click.option(
    "--what-if",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Sales, tickets: a changed users or statuses file; says what it would change, without a request.",
)
def plan(context: Context, kind: str, full: bool, file: Path | None, **asked: Any) -> Reply:
    """Show exactly what would be written, and write nothing."""
    if kind == "sync" and (file or any(asked.values())):
        raise UsageError(
            "A sync has no sample, scope or what-if.", next_step="Use them with: toolkit plan sales|tickets"
        )
    if file:
        return what_if(context, kind, file, **asked)
    given: dict[str, Any] = {"mode": "plan"} | ({"full": full} if kind == "sync" else asked)
    with context.workspace() as workspace, Progress(context, workspace) as progress:
        done = workspace.run_notebook(NOTEBOOKS[kind], kind, "plan", given, on_cell=progress.cell)
    data = {
        "run": done.run,
        "plan_hash": done.plan_hash,
        **_planned(kind, dict(done.counts)),
        "notebook": done.files["notebook"],
    }
    return Reply(
        data,
        "\n".join([*_plan_lines(data), *_places(done), *_next(data)]),
        3 if data["blocked"] else 0,
    )


@command("apply")
@click.argument("plan_hash", metavar="HASH")
@names_option("--accept", "Accept only these names of what cannot be carried (all, if none is given)")
def apply(context: Context, plan_hash: str, accept: str) -> Reply:
    """Write that plan, and only that. The hash of an import covers the list of what cannot be carried."""
    with context.workspace() as workspace:
        found = workspace.state.plans.find(plan_hash)
        if found is None:
            raise UsageError("There is no plan with that hash.", next_step="Make one with: toolkit plan sync")
        given = {"mode": "apply", "confirmed": found.hash}
        if found.kind != "sync":
            given["accepted"] = accept or "all"
        with Progress(context, workspace) as progress:
            done = workspace.run_notebook(NOTEBOOKS[found.kind], found.kind, "apply", given, on_cell=progress.cell)
        mail = workspace.state.get(f"mail:{done.run}", "")
    return _applied(done) if found.kind == "sync" else imported(done, mail)


@command("sync")
@click.option("--yes", is_flag=True, help="Confirm what is within the brakes. Never held-back values, never the inbox.")
@click.option("--full", is_flag=True, help="Compare everything, addresses and deletions too.")
@click.option(
    "--every",
    default="",
    is_flag=False,
    flag_value="settings",
    metavar="[10m]",
    help="Stay and do it again and again, as --yes would; alone: as often as schedule.every says.",
)
def sync(context: Context, yes: bool, full: bool, every: str) -> Reply:
    """Plan and apply in one, within the brakes."""
    if every:
        if full:
            raise UsageError("--full and --every do not go together.", next_step="Run toolkit sync --full beside it.")
        return serve(context, every)
    with context.workspace() as workspace, Progress(context, workspace) as progress:
        done = workspace.run_notebook(
            "sync", "sync", "sync", {"mode": "sync", "yes": yes, "full": full}, on_cell=progress.cell
        )
    return _applied(done)


def _next(data: dict[str, Any]) -> list[str]:
    """What a person does with this plan: mend what blocks it, apply it, or answer what waits."""
    if data["blocked"]:
        return [f"Next:  {item['remedy']}" for item in data["blocked"]]
    if data["counts"]:
        return [f"Next:  toolkit apply {data['plan_hash']}"]
    return ["Next:  toolkit inbox"] if data["waiting"] and "reasons" not in data else []


def _planned(kind: str, counts: dict[str, Any]) -> dict[str, Any]:
    """What a plan says of itself. A brake stops a sync that nobody looks at, not a plan that a person applies by its
    hash: it is told beside what blocks."""
    data: dict[str, Any] = {name: counts.get(name, {}) for name in ("counts", "forecast")}
    data["waiting"], data["said"] = counts.get("waiting", 0), list(counts.get("said") or ())
    blocked = list(counts.get("blocked") or ())
    data["blocked"], data["brakes"] = ([], blocked) if kind == "sync" else (blocked, [])
    if kind != "sync":
        data |= {name: counts[name] for name in ("ledger", "reasons", "accept", "notes", "money") if name in counts}
    return data


def _applied(done: Any) -> Reply:
    data = {
        "run": done.run,
        "plan_hash": done.plan_hash,
        **done.counts,
        "digest": done.digest,
        "notebook": done.files["notebook"],
        "report": done.files["report"],
    }
    return Reply(data, "\n".join([*_plan_lines(data), *_places(done)]))


def _plan_lines(data: dict[str, Any]) -> list[str]:
    waiting, reasons = data.get("waiting"), data.get("reasons") or {}
    nothing = "Nothing to write." if waiting or "reasons" in data else "Nothing to do: both sides agree."
    lines = [f"{number:6}  {name}" for name, number in (data.get("counts") or {}).items()] or [nothing]
    lines += [f"{number:6}  {reason}" for reason, number in reasons.items()]
    if waiting and not reasons:
        lines.append(f"{waiting:6}  questions for a person (the records that hang on them wait too)")
    if data.get("failed"):
        lines.append(f"{data['failed']:6}  failed; see the report")
    lines += [f"Note:    {said}" for said in data.get("said") or ()]
    lines += [f"Blocked: {item['title']}" for item in data.get("blocked") or ()]
    lines += [f"Brake:  {item['title']}" for item in data.get("brakes") or ()]
    return lines


def _places(done: Any) -> list[str]:
    lines = [f"Run       {done.run}"] + [f"{name.capitalize():9} {path}" for name, path in done.files.items() if path]
    return lines + ([f"Digest    {done.digest}"] if done.digest else [])


commands = [profile, plan, apply, sync]
