"""lab: the notebooks in JupyterLab, on copies in the workspace."""

from __future__ import annotations

import os

import click

from toolkit.commands.plumbing import Context, Reply, command


@command("lab")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(context: Context, arguments: tuple[str, ...]) -> Reply:
    """Step through the notebooks in JupyterLab. ARGUMENTS after -- go to JupyterLab, e.g. -- --no-browser"""
    with context.workspace():  # there is one, and this version can open it
        pass
    from toolkit import lab as jupyter

    for line in jupyter.copies(context.folder):
        context.console().print(line, markup=False)
    words, environment = jupyter.command(context.folder, arguments)
    os.execve(words[0], words, environment)


commands = [lab]
