"""``python -m toolkit [--workspace DIR] COMMAND … [--json]``: finds the commands and runs one. It decides nothing."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import toolkit.commands
from toolkit.commands.plumbing import DEFAULT_WORKSPACE, Context, show_error


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.option(
    "--workspace",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(DEFAULT_WORKSPACE),
    envvar="TOOLKIT_WORKSPACE",
    show_default=True,
    help="The folder of the workspace.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else there.")
@click.pass_context
def cli(click_context: click.Context, folder: Path, as_json: bool) -> None:
    """Migration and sync between Salesforce and Accelo: plan, confirm, write once, prove."""
    click_context.obj = Context(folder=folder, json=as_json)


def add_commands() -> None:
    """Every module of toolkit.commands that has a list ``commands`` adds them."""
    for module in pkgutil.iter_modules(toolkit.commands.__path__):
        for command in getattr(importlib.import_module(f"toolkit.commands.{module.name}"), "commands", ()):
            cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; no exception leaves here."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    as_json, folder = "--json" in arguments, _folder(arguments)
    try:
        add_commands()
        result: Any = cli.main(args=arguments, prog_name="toolkit", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except BaseException as error:  # the last border: whatever it is, a person gets one message
        return show_error(error, as_json, folder)


def _folder(arguments: Sequence[str]) -> Path:
    for position, argument in enumerate(arguments):
        if argument.startswith("--workspace="):
            return Path(argument.partition("=")[2])
        if argument == "--workspace" and position + 1 < len(arguments):
            return Path(arguments[position + 1])
    return Path(DEFAULT_WORKSPACE)


if __name__ == "__main__":
    sys.exit(main())
