"""health and webhooks, and the service behind `sync --every`."""

from __future__ import annotations

import dataclasses
import secrets
import signal
from typing import Any

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import LeaseHeld, UsageError

SECRET = "webhook_secret"


def serve(context: Context, every: str) -> Reply:
    """Polls until SIGTERM or SIGINT."""
    from filelock import Timeout

    from toolkit.runs.health import service_lock
    from toolkit.runs.mail import tell
    from toolkit.runs.receiver import Receiver
    from toolkit.runs.schedule import Service, seconds

    follows = every == "settings"  # the setting, read afresh: the app may change it while the service runs
    with context.workspace() as workspace:

        def interval() -> float | None:
            said = workspace.settings.schedule.every
            return seconds(said) if said else None

        first = interval() if follows else seconds(every)
        if first is None:
            raise UsageError(
                "No interval is set.",
                next_step="Set it with: toolkit config schedule.every 10m, or give it: --every 10m",
            )
        lock = service_lock(workspace.folder)
        try:
            lock.acquire(timeout=1)  # somebody who asks for the health holds it for a moment
        except Timeout:
            raise LeaseHeld("the service of this workspace", "its start") from None
        workspace.longest_wait = 0.0  # a look does not wait for a limit while it holds the lease: it comes again

        def conduct(run: str) -> Any:
            workspace.hang_up()  # what is left of the limits is handed on
            given = {"mode": "sync", "yes": True, "full": False}
            return workspace.run_notebook("sync", "sync", "sync", given, run=run)

        def told(outcome: Any) -> None:
            tell(workspace.settings.email, lambda: workspace.credentials.secret("email", "password"), outcome)

        service = Service(
            workspace,
            first,
            new_run=lambda: workspace.new_run_id("sync"),
            conduct=conduct,
            tell=told,
            rest=workspace.hang_up,
            interval=interval if follows else None,
        )
        workspace.sleep = service.sleep
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, service.stop)
        receiver = None
        if workspace.settings.schedule.webhook_url:
            listen = workspace.settings.schedule.webhook_listen
            receiver = Receiver(listen, lambda: _secret_of(workspace), service.nudge)
            context.console().print(f"Listening for webhooks on {receiver.start()}")
        context.console().print(f"Polling every {first:g} seconds. Its health: toolkit health")
        try:
            service.run()
        finally:
            if receiver is not None:
                receiver.stop()
            lock.release()
        said = dataclasses.asdict(service.health)
    return Reply(said, "Stopped.")


def _secret_of(workspace: Any) -> str | None:
    """The secret of our subscriptions; None when there are none."""
    found: str | None = workspace.credentials.secret("accelo", SECRET)
    return found


@command("health")
def health(context: Context) -> Reply:
    """How the service is, and when it polls next. Exit 0 for ok and waiting, 1 for degraded and stopped, 5 for never:
    no service has run in this workspace."""
    from toolkit.runs.health import EXIT, read, seen_from_outside, serves

    with context.workspace() as workspace:
        kept = read(workspace.folder)
        row = workspace.state.runs.get(kept.last_run) if kept else None
        said = seen_from_outside(
            kept, workspace.clock(), serving=serves(workspace.folder), heartbeat=row.heartbeat if row else None
        )
    data = dataclasses.asdict(said)
    shown = {name: value for name, value in data.items() if value not in ("", 0, False)}
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in shown.items()]
    return Reply(data, "\n".join(lines), EXIT[said.state])


@command("webhooks")
@click.argument("action", type=click.Choice(["list", "subscribe", "unsubscribe"]), default="list")
def webhooks(context: Context, action: str) -> Reply:
    """Accelo's webhooks, by which changes are polled sooner. The address is the setting schedule.webhook_url."""
    from toolkit.clients import accelo_webhooks as hooks

    with context.workspace() as workspace:
        url = workspace.settings.schedule.webhook_url
        if not url:
            raise UsageError(
                "No address is set at which Accelo could reach the service.",
                next_step="Set it with: toolkit config schedule.webhook_url https://…",
            )
        transport = workspace.transport("accelo")
        if action == "subscribe":
            secret = secrets.token_hex(32)
            workspace.credentials.put_secret("accelo", secret, SECRET)
            hooks.subscribe(transport, url, secret)
        elif action == "unsubscribe":
            hooks.unsubscribe(transport, url)
            workspace.credentials.forget_secret("accelo", SECRET)
        rows = [{"id": each.id, "event": each.event} for each in hooks.subscriptions(transport) if each.url == url]
    lines = [f"{row['event']:16} {row['id']}" for row in rows] or [f"Nothing is subscribed to {url}."]
    return Reply({"url": url, "subscriptions": rows}, "\n".join(lines))


commands = [health, webhooks]
