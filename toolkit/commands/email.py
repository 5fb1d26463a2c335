"""email: the password of the mail server, and a message to see whether it works."""

from __future__ import annotations

import os
import sys

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import SettingsError


@command("email")
@click.option("--password", is_flag=True, help="Keep the mail server's password, from a prompt or standard input.")
@click.option("--test", is_flag=True, help="Send a message to those who are told.")
def email(context: Context, password: bool, test: bool) -> Reply:
    """Who is told when an import is over, and whether that works. Its settings: toolkit config email.host …"""
    from toolkit.runs.mail import mailbox
    from toolkit.runs.notify import Outcome, compose, send

    with context.workspace() as workspace:
        if password:
            workspace.credentials.put_secret("email", _password(), "password")
        box = mailbox(workspace.settings.email)
        kept = workspace.credentials.secret("email", "password")
        if test:
            if box is None:
                raise SettingsError(
                    "E-mail is not set up.",
                    next_step="Set email.host, email.sender and email.to with: toolkit config KEY VALUE",
                )
            outcome = Outcome("test", "A test message", "done", {"Records in this test": 0}, message="E-mail works.")
            send(compose(outcome, box), box, kept)
    data = {"set_up": box is not None, "to": list(box.to) if box else [], "password": bool(kept), "sent": test}
    lines = [f"Told when an import is over: {', '.join(box.to)}" if box else "E-mail is not set up."]
    lines += ["A password is kept." if kept else "No password is kept."] + ["A test message was sent."] * test
    return Reply(data, "\n".join(lines))


def _password() -> str:
    """From the environment, a hidden prompt, or one line of standard input; never from the command line."""
    given = os.environ.get("TOOLKIT_EMAIL_PASSWORD", "")
    if not given and sys.stdin.isatty():
        given = str(click.prompt("Password of the mail server", hide_input=True, err=True))
    return (given or sys.stdin.readline()).strip()


commands = [email]
