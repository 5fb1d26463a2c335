"""The command line: `python -m sandbox serve`."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import click

from sandbox.server import Options, StateError, serve
from sandbox.switches import SwitchError
from sandbox.transport import HostError
from sandbox.world import WorldError

PORT = click.IntRange(0, 65535)


@click.group()
def main() -> None:
    """A Salesforce org and an Accelo deployment on this machine."""


def _switches(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for name, sign, _ in pairs:
        if not sign:
            raise click.BadParameter(f"{name!r} is not NAME=VALUE")
    return {name.strip(): value.strip() for name, _, value in pairs}


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address; any other is refused.")
@click.option("--salesforce-port", default=0, type=PORT, help="0 picks a free one.")
@click.option("--accelo-port", default=0, type=PORT, help="0 picks a free one.")
@click.option("--control-port", default=0, type=PORT, help="0 picks a free one.")
@click.option("--smtp-port", default=0, type=PORT, help="0 picks a free one.")
@click.option(
    "--world",
    default="demo",
    show_default=True,
    help="demo, empty, a folder of CSV files, or accounts=N,contacts=N,opportunities=N,cases=N.",
)
@click.option("--seed", default=7, show_default=True, help="Same seed, same world.")
@click.option("--switch", "switches", multiple=True, metavar="NAME=VALUE", callback=_switches, help="Repeatable.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="Keep the world in this folder.")
@click.option("--ready", type=click.Path(dir_okay=False, path_type=Path), help="Write addresses and logins here.")
def serve_command(
    host: str,
    salesforce_port: int,
    accelo_port: int,
    control_port: int,
    smtp_port: int,
    world: str,
    seed: int,
    switches: dict[str, str],
    state: Path | None,
    ready: Path | None,
) -> None:
    """Serve both systems until SIGTERM or SIGINT."""
    ports = {"salesforce": salesforce_port, "accelo": accelo_port, "control": control_port, "smtp": smtp_port}
    options = Options(host, ports, world, seed, switches, state, ready)
    # The collector would walk a large world's rows again and again while it loads.
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(options, say=click.echo))
    except (HostError, WorldError, SwitchError, StateError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _loop_factory():  # type: ignore[no-untyped-def]  # uvloop is optional and its type is asyncio's
    try:
        import uvloop
    except ModuleNotFoundError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    main()
