"""What every command shares: the workspace option, --json, one message for an error, the exit codes.

    0 done    1 failed    2 wrong usage    3 a person must decide    4 another run holds the lease
    5 no service has run here (health)

A command is a function ``(context, ...) -> Reply``. With --json the reply's data is the one document on stdout; errors
are a document of the same place: {"error", "message", "next_step", ...facts}. Everything that moves goes to stderr.
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from toolkit.errors import ToolkitError
from toolkit.model import jsonable

DEFAULT_WORKSPACE = "var"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Reply:
    """What a command has to say: data for programs, text for people (a string, or anything rich can print)."""

    data: Mapping[str, Any]
    text: Any = ""
    exit_code: int = 0


@dataclass
class Context:
    """Where the command runs. ``folder`` is the workspace; it need not exist yet (init)."""

    folder: Path
    json: bool = False
    quiet: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    def console(self) -> Any:
        """A rich console on stderr, for progress; silent with --json unless a terminal looks on."""
        from rich.console import Console

        return Console(stderr=True, quiet=self.quiet or (self.json and not sys.stderr.isatty()), highlight=False)

    def workspace(self) -> Any:
        """The opened workspace, to be used as a context manager. Raises WorkspaceError."""
        from toolkit.workspace import Workspace

        return Workspace(self.folder)


def command(name: str, **options: Any) -> Callable[[Callable[..., Reply]], click.Command]:
    """Makes a click command of a function that takes the Context first and returns a Reply."""

    def decorate(function: Callable[..., Reply]) -> click.Command:
        def run(as_json: bool, **arguments: Any) -> None:
            context = click.get_current_context().obj
            context.json = context.json or as_json
            reply = function(context, **arguments)
            show(reply, context.json)
            click.get_current_context().exit(reply.exit_code)

        made = click.Command(
            name,
            callback=run,
            help=function.__doc__,
            params=list(getattr(function, "__click_params__", ()))[::-1],
            **options,
        )
        made.params.append(
            click.Option(["--json", "as_json"], is_flag=True, help="One JSON document on stdout, nothing else there.")
        )
        return made

    return decorate


def visible(text: str) -> str:
    """Control characters shown as such, but for line ends and tabs: what a record holds could otherwise clear the
    terminal, name its window or turn a line round."""
    return CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def show(reply: Reply, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(jsonable(reply.data), ensure_ascii=False, default=str))
    elif isinstance(reply.text, str):
        if reply.text:
            click.echo(visible(reply.text))
    else:
        from rich.console import Console

        Console(highlight=False).print(reply.text)


def show_error(error: BaseException, as_json: bool, folder: Path) -> int:
    """Prints one clear message with its next step, never a traceback; returns the exit code."""
    name, message, next_step, code = _said(error, folder)
    if as_json:
        facts = {
            key: value
            for key, value in vars(error).items()
            if key not in ("message", "next_step", "exit_code") and _plain(value)
        }
        document = {
            "error": name,
            "message": message,
            "next_step": next_step,
            **(facts if isinstance(error, ToolkitError) else {}),
        }
        click.echo(json.dumps(jsonable(document), ensure_ascii=False, default=str))
    else:
        click.echo(visible(f"Error: {message}"), err=True)
        if next_step:
            click.echo(visible(f"Next:  {next_step}"), err=True)
    return code


def _said(error: BaseException, folder: Path) -> tuple[str, str, str, int]:
    if isinstance(error, ToolkitError):
        name = getattr(error, "error", None)  # an error that came out of a kernel carries the name it had there
        return name if isinstance(name, str) else type(error).__name__, error.message, error.next_step, error.exit_code
    if (
        isinstance(error, click.UsageError)
        and "unexpected extra argument" in error.format_message()
        and _is(error, "connect")
    ):
        return (
            "UsageError",
            "A word too many was given; it is not shown, for it may be a secret.",
            "Give a secret on standard input or in the environment; see: toolkit connect --help",
            2,
        )
    if isinstance(error, click.ClickException):
        help_text = f"See: {_program(error)} --help" if isinstance(error, click.UsageError) else ""
        return "UsageError", error.format_message(), help_text, 2
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return "Interrupted", "Stopped before the end.", "If a run was under way, finish it with: toolkit recover", 1
    if isinstance(error, OSError) and error.errno in FULL:
        return (
            "DiskFull",
            "The disk is full; nothing more was written.",
            "Free some space, then run: toolkit recover" if _in_use(folder) else "Free some space, then run it again.",
            1,
        )
    return (
        "Unexpected",
        f"Something went wrong that this program does not know ({type(error).__name__}).",
        f"The details are in {_keep(error, folder)}; please send them to whoever looks after this program.",
        1,
    )


def _keep(error: BaseException, folder: Path) -> str:
    """Keeps the traceback where a developer finds it; frames only, for the message may hold a record's values."""
    target = (folder if folder.is_dir() else Path(os.environ.get("TMPDIR", "/tmp"))) / "last-error.txt"
    try:
        target.write_text(
            type(error).__name__ + "\n" + "".join(traceback.format_tb(error.__traceback__)), encoding="utf-8"
        )
    except OSError:
        return "no file: it could not be written"
    return str(target)


def _plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, list, tuple, dict)) or hasattr(value, "isoformat")


def _in_use(folder: Path) -> bool:
    return any(folder.glob("state.sqlite")) if folder.is_dir() else False


def _is(error: click.UsageError, command: str) -> bool:
    return error.ctx is not None and error.ctx.info_name == command


def _program(error: click.UsageError) -> str:
    return error.ctx.command_path if error.ctx else "python -m toolkit"
