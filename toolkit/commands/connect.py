"""connect and disconnect. A secret comes from standard input or the environment, never from the command line, where
every user of the machine could read it.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from typing import Any

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import UsageError

SYSTEM = click.Choice(["salesforce", "accelo"])
PORT = 8717
"""Where the browser comes back to: http://127.0.0.1:8717/callback is registered with both applications."""


@command("connect")
@click.argument("system", type=SYSTEM)
@click.option("--client-credentials", is_flag=True, help="For machines: the application's own id and secret.")
@click.option(
    "--jwt",
    "key_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="For machines (Salesforce): the private key of the app's certificate.",
)
@click.option("--user", default="", help="With --jwt: the user name to sign in as.")
@click.option("--token", is_flag=True, help="An access token that you have already.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--port", default=PORT, show_default=True, help="Where the browser comes back to; 0 takes a free one.")
def connect(
    context: Context,
    system: Any,
    client_credentials: bool,
    key_file: Path | None,
    user: str,
    token: bool,
    no_browser: bool,
    port: int,
) -> Reply:
    """Connect Salesforce or Accelo: in the browser, or without one for machines."""
    from toolkit.runs.connections import Given

    if sum((client_credentials, key_file is not None, token)) > 1:
        raise UsageError("Choose one of --client-credentials, --jwt and --token.")
    with context.workspace() as workspace:
        if client_credentials:
            kept = workspace.credentials.secret(system)
            secret = _secret(f"{system.upper()}_CLIENT_SECRET", f"Client secret of {system.capitalize()}", kept)
            said = workspace.connections.sign_in(system, "client_credentials", Given(secret=secret))
        elif key_file is not None:
            if not user:
                raise UsageError("--jwt needs the user name to sign in as.", next_step="Add: --user NAME")
            said = workspace.connections.sign_in(system, "jwt", Given(private_key=_key(key_file), username=user))
        elif token:
            said = workspace.connections.sign_in(
                system, "token", Given(token=_secret(f"{system.upper()}_TOKEN", "Access token", None))
            )
        else:
            secret = os.environ.get(f"{system.upper()}_CLIENT_SECRET", "")
            said = workspace.connections.sign_in_with_browser(
                system, lambda address: _show(address, no_browser), port, secret
            )
    who = said.get("org") or said.get("deployment") or system
    return Reply(
        {"system": system, "connected": True, **said},
        f"Connected to {system.capitalize()}: {who}, as {said.get('user')}.",
    )


@command("disconnect")
@click.argument("system", type=SYSTEM)
def disconnect(context: Context, system: Any) -> Reply:
    """Revoke the token at the system and forget it."""
    with context.workspace() as workspace:
        if workspace.credentials.get(system) is None:
            return Reply(
                {"system": system, "connected": False, "revoked": False}, f"{system.capitalize()} was not connected."
            )
        confirmed = workspace.connections.sign_out(system)
    text = f"Disconnected from {system.capitalize()}; the token is forgotten here" + (
        " and revoked there."
        if confirmed
        else ". Whether it was revoked there was not confirmed: end the session in its settings."
    )
    return Reply({"system": system, "connected": False, "revoked": confirmed}, text)


def _secret(variable: str, label: str, kept: str | None) -> str:
    """From the environment, what the workspace holds already, a hidden prompt, or one line of standard input."""
    if os.environ.get(variable):
        return os.environ[variable].strip()
    if kept:
        return kept
    if sys.stdin.isatty():
        return str(click.prompt(label, hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


def _key(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"The key file {path} cannot be read.", next_step="Give the .key file (PEM) of the app's certificate."
        ) from None


def _show(address: str, no_browser: bool) -> None:
    """The address goes to stderr: with --json nothing but the document is on stdout."""
    opened = not no_browser and webbrowser.open(address)
    click.echo(
        "Sign in in the browser window that has opened." if opened else f"Open this address in a browser:\n{address}",
        err=True,
    )


commands = [connect, disconnect]
