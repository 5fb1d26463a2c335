"""users: alone, the owners of sales and tickets and who stands for them; below it, the accounts of the app."""

from __future__ import annotations

import click

from toolkit.commands.accounts import accounts
from toolkit.commands.imports import map_users
from toolkit.commands.plumbing import show


@click.group("users", invoke_without_command=True)
@click.option("--accept-suggestions", is_flag=True, help="Map who is not mapped yet as suggested.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else there.")
@click.pass_context
def users(click_context: click.Context, accept_suggestions: bool, as_json: bool) -> None:
    """Bring the user mapping up to today's owners; says who is mapped to nobody, with suggestions."""
    context = click_context.obj
    context.json = context.json or as_json
    if click_context.invoked_subcommand is None:
        reply = map_users(context, accept_suggestions)
        show(reply, context.json)
        click_context.exit(reply.exit_code)


for account in accounts:
    users.add_command(account)
commands = [users]
