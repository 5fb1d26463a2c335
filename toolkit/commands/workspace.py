"""init, config and status: the workspace itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import SystemFailure, UsageError
from toolkit.model import SIDES


@command("init")
@click.option(
    "--sandbox",
    "ready",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The ready file of a running sandbox: takes addresses, client ids and secrets from it.",
)
def init(context: Context, ready: Path | None) -> Reply:
    """Make a workspace: settings, a copy of the mapping files, an empty state."""
    from toolkit.workspace import Workspace

    said = _read_ready(ready) if ready else {}
    with Workspace.create(context.folder) as workspace:
        if said:
            workspace.use_sandbox(said)
    files = sorted(str(path.relative_to(context.folder)) for path in (context.folder / "mappings").glob("*.toml"))
    lines = [f"Workspace made in {context.folder}.", "Its field rules are yours to edit: " + ", ".join(files)]
    lines += ["Next:  toolkit connect salesforce" + (" --client-credentials" if said else "")]
    return Reply({"workspace": str(context.folder), "sandbox": bool(said), "mappings": files}, "\n".join(lines))


def _read_ready(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        _ = said["salesforce"]["url"], said["accelo"]["url"]
    except FileNotFoundError:
        raise UsageError(
            f"There is no file {path}.", next_step=f"Start a sandbox with: python -m sandbox serve --ready {path}"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"{path} is not the ready file of a sandbox.", next_step="Name the file that `sandbox serve --ready` wrote."
        ) from None
    return dict(said)


@command("config")
@click.argument("key", required=False)
@click.argument("value", required=False)
def config(context: Context, key: str | None, value: str | None) -> Reply:
    """Show the settings, show one, or set one. `config read_only true` keeps Salesforce as it is from now on."""
    from toolkit.settings import flat, set_value

    with context.workspace() as workspace:
        if key == "read_only":
            return _read_only(workspace, value)
        if key and value is not None:
            settings = flat(set_value(workspace.folder, key, value))
            return Reply({key: settings[key]}, f"{key} = {_shown(settings[key])}")
        settings = {"read_only": workspace.state.read_only, **flat(workspace.settings)}
    if key and key not in settings:
        raise UsageError(f"There is no setting {key!r}.", next_step="See all of them with: toolkit config")
    wanted = {key: settings[key]} if key else settings
    return Reply(wanted, "\n".join(f"{name} = {_shown(said)}" for name, said in wanted.items()))


def _read_only(workspace: Any, value: str | None) -> Reply:
    """The toggle lives in the state, not in settings.toml: it must hold for the very next request of any process."""
    if value is not None:
        if value.lower() not in ("true", "false", "on", "off"):
            raise UsageError("read_only is true or false.", next_step="Say: toolkit config read_only true")
        refused = workspace.state.set_read_only(value.lower() in ("true", "on"), workspace.clock().isoformat())
    else:
        refused = 0
    on = workspace.state.read_only
    text = (
        "Read-only is on: nothing is written to Salesforce."
        if on
        else "Read-only is off: Salesforce may be written to."
    )
    if refused:
        plans = "plan that writes" if refused == 1 else "plans that write"
        text += f" {refused} {plans} to Salesforce can no longer be applied."
    return Reply({"read_only": on, "plans_refused": refused}, text)


@command("status")
def status(context: Context) -> Reply:
    """What is connected: org, user, API access, scopes, limits left, when a token was last refreshed."""
    with context.workspace() as workspace:
        data: dict[str, Any] = {"workspace": str(context.folder), "read_only": workspace.state.read_only}
        for system in SIDES:
            try:
                data[system] = {"connected": True, **workspace.connections.status(system)}
            except SystemFailure as error:
                data[system] = {
                    "connected": False,
                    "error": type(error).__name__,
                    "message": error.message,
                    "next_step": error.next_step,
                }
        going = workspace.state.runs.going()
        data["running"] = [run.id for run in going]
    lines = [f"Workspace {context.folder}, read-only {'on' if data['read_only'] else 'off'}"]
    for system in SIDES:
        lines += ["", system.capitalize()] + [
            f"  {name.replace('_', ' ')}: {_shown(value)}"
            for name, value in data[system].items()
            if value not in (None, "")
        ]
    ok = all(data[system]["connected"] for system in SIDES)
    return Reply(data, "\n".join(lines), 0 if ok else 1)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


commands = [init, config, status]
