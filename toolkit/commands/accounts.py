"""users add, users list, users remove, users provider: who may use the app, and how they sign in. Passwords and secrets
come from standard input or a hidden prompt."""

from __future__ import annotations

import os
import sys

import click

from toolkit.accounts import Accounts, Role
from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import UsageError
from toolkit.settings import set_value


@command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option(
    "--no-password", is_flag=True, help="NAME is an e-mail address and signs in through the identity provider only."
)
def add(context: Context, name: str, role: str, no_password: bool) -> Reply:
    """Make an account for the app, or give one a new role and password. The password comes from standard input."""
    with context.workspace() as workspace:
        accounts = Accounts(workspace.folder)
        if not accounts.all() and role != Role.ADMINISTRATOR:
            raise UsageError("The first account must be an administrator.", next_step="Use: --role administrator")
        accounts.add(name, Role(role), None if no_password else _secret("Password", confirm=True))
    return Reply({"name": name, "role": role}, f"{name} may use the app as {role}.")


@command("list")
def list_(context: Context) -> Reply:
    """The accounts of the app with their roles."""
    with context.workspace() as workspace:
        rows = [{"name": account.name, "role": account.role.value, "signs_in": account.signs_in}
                for account in Accounts(workspace.folder).all()]  # fmt: skip
    lines = [f"{row['role']:14} {row['name']} ({row['signs_in']})" for row in rows]
    empty = "No accounts: the app serves this machine only, and whoever sits here is its administrator."
    return Reply({"accounts": rows}, "\n".join(lines) or empty)


@command("remove")
@click.argument("name")
def remove(context: Context, name: str) -> Reply:
    """Take an account away; open sessions of it end at once."""
    with context.workspace() as workspace:
        Accounts(workspace.folder).remove(name)
    return Reply({"removed": name}, f"{name} may not use the app any more.")


@command("provider")
@click.option("--name", help="What people call it: the button says “Sign in with NAME”.")
@click.option("--metadata-url", help="Where it describes itself: https://…/.well-known/openid-configuration")
@click.option("--client-id", help="The id that it gave this app.")
@click.option("--address", help="Where people reach the app; register ADDRESS/oauth2callback with the provider.")
@click.option(
    "--secret", "ask", is_flag=True, help="Keep the client secret: IDENTITY_CLIENT_SECRET, or standard input."
)
def provider(
    context: Context, name: str | None, metadata_url: str | None, client_id: str | None, address: str | None, ask: bool
) -> Reply:
    """Sign-in to the app through an identity provider (OpenID Connect): what is set up, or set it up."""
    given = {"name": name, "metadata_url": metadata_url, "client_id": client_id, "address": address}
    with context.workspace() as workspace:
        for key, value in given.items():
            if value is not None:
                set_value(workspace.folder, f"identity.{key}", value.strip())
        if ask:
            secret = os.environ.get("IDENTITY_CLIENT_SECRET") or _secret("Client secret")
            workspace.credentials.put_secret("identity", secret.strip())
        said, kept = workspace.settings.identity, bool(workspace.credentials.secret("identity"))
    lacks = [key for key in ("metadata_url", "client_id", "address") if not getattr(said, key)] + ["secret"] * (
        not kept
    )
    data = {**said.model_dump(), "secret": kept, "set_up": not lacks}
    lacking = ", ".join("--" + key.replace("_", "-") for key in lacks)
    text = (
        f"Not set up: {lacking} is missing." if lacks else f"People may sign in with {said.name or said.metadata_url}."
    )
    return Reply(data, text + ("" if lacks else " The app offers it when it is started the next time."))


def _secret(label: str, *, confirm: bool = False) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(label, hide_input=True, confirmation_prompt=confirm, err=True))
    return sys.stdin.readline().rstrip("\r\n")


accounts = [add, list_, remove, provider]
