"""users add, users list, users remove: who may use the app. Passwords come from standard input or a hidden prompt."""

from __future__ import annotations

import sys

import click

from toolkit.accounts import Accounts, Role
from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import UsageError


@command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def add(context: Context, name: str, role: str) -> Reply:
    """Make an account for the app, or give one a new role and password. The password comes from standard input."""
    with context.workspace() as workspace:
        accounts = Accounts(workspace.folder)
        if not accounts.all() and role != Role.ADMINISTRATOR:
            raise UsageError("The first account must be an administrator.", next_step="Use: --role administrator")
        accounts.add(name, Role(role), _password())
    return Reply({"name": name, "role": role}, f"{name} may use the app as {role}.")


@command("list")
def list_(context: Context) -> Reply:
    """The accounts of the app with their roles."""
    with context.workspace() as workspace:
        rows = [{"name": account.name, "role": account.role.value} for account in Accounts(workspace.folder).all()]
    lines = [f"{row['role']:14} {row['name']}" for row in rows]
    empty = "No accounts: the app serves this machine only, and whoever sits here is its administrator."
    return Reply({"accounts": rows}, "\n".join(lines) or empty)


@command("remove")
@click.argument("name")
def remove(context: Context, name: str) -> Reply:
    """Take an account away; open sessions of it end at once."""
    with context.workspace() as workspace:
        Accounts(workspace.folder).remove(name)
    return Reply({"removed": name}, f"{name} may not use the app any more.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


accounts = [add, list_, remove]
