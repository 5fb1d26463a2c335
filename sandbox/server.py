"""One running sandbox: everything is put together here, opened, reset and closed again.

The parts know nothing of each other; they share the core.
"""

from __future__ import annotations

import asyncio
import fcntl
import functools
import json
import os
import signal
import socket
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sandbox.accelo.deployment import AcceloDeployment
from sandbox.bystander import meddle
from sandbox.control import Control
from sandbox.core import Core
from sandbox.mail import Mailbox
from sandbox.middleware import ExchangeMiddleware
from sandbox.salesforce.org import SalesforceOrg
from sandbox.transport import Listener, bind, loopback
from sandbox.world import World, parse

SNAPSHOT_BYTES = 128 * 1024 * 1024
"""Worlds up to this size are copied after loading, so that a reset takes milliseconds; others are loaded again."""


class StateError(RuntimeError):
    """The state folder cannot be used; the message says why."""


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    host: str = "127.0.0.1"
    ports: Mapping[str, int] = field(default_factory=dict)
    world: str = "demo"
    seed: int = 7
    switches: Mapping[str, Any] = field(default_factory=dict)
    state: Path | None = None
    ready: Path | None = None


class Sandbox:
    """A Salesforce org, an Accelo deployment, a control address and a mail server, on one event loop.

    Building it raises HostError, WorldError, SwitchError or StateError; opening it raises OSError for a taken port.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.host = loopback(options.host)
        self._world: World = parse(options.world)
        self._lock = _locked(options.state) if options.state else None
        path = options.state / "sandbox.sqlite" if options.state else None
        self.core = Core.build(path, options.seed, dict(options.switches))
        self.mailbox = Mailbox()
        salesforce, accelo = SalesforceOrg(self.core), AcceloDeployment(self.core)
        self.parts: dict[str, Any] = {"salesforce": salesforce, "accelo": accelo}
        self._start: sqlite3.Connection | None = None
        self._logins: dict[str, dict[str, str]] = {}
        self._listeners: dict[str, Listener] = {}
        self._middlewares: dict[str, ExchangeMiddleware] = {}
        self._load_or_continue()

    # The world

    def _load_or_continue(self) -> None:
        store = self.core.store
        loaded = store.get("world:loaded")
        if loaded:
            self.core.seed = int(loaded["seed"])
            self._world = parse(loaded["world"], checked=False)
            self._create()
            snapshot = self._snapshot_path()
            if snapshot is not None and snapshot.exists():
                self._start = sqlite3.connect(str(snapshot))
            return
        if self.options.state:
            # A world that was being loaded when the process died is loaded again from the beginning.
            store.clear()
        self._load()
        if store.size() <= SNAPSHOT_BYTES:
            snapshot = self._snapshot_path()
            self._start = store.save(snapshot)

    def _snapshot_path(self) -> Path | None:
        return self.options.state / "start.sqlite" if self.options.state else None

    def _create(self) -> None:
        for name, part in self.parts.items():
            part.create()
            self._logins[name] = part.ready()

    def _load(self) -> None:
        store = self.core.store
        with store.transaction():
            self._create()
            self._world.load(self.parts["salesforce"], self.parts["accelo"], self.core.seed)
            store.set("world:loaded", {"world": self._world.spec, "seed": self.core.seed})

    def reset(self) -> None:
        """Back to the world it started with; ports, clients and tokens stay."""
        for middleware in self._middlewares.values():
            middleware.forget_late()
        self.core.faults.reset()
        self.core.switches.reset()
        self.core.clock.clear()
        self.core.log.clear()
        self.mailbox.clear()
        if self._start is not None:
            self.core.store.restore(self._start)
            self._create()
        else:
            self.core.store.clear()
            self._load()

    def switch(self, settings: Mapping[str, Any]) -> None:
        """Change switches, all or none; raises SwitchError."""
        switches = self.core.switches
        before = {name: entry["value"] for name, entry in switches.all().items()}
        try:
            for name, value in settings.items():
                switches.set(name, value)
        except ValueError:
            for name, value in before.items():
                switches.set(name, value)
            raise

    # The addresses

    async def open(self) -> dict[str, Any]:
        """Listen on all addresses; answers what the ready file says."""
        kept = self.core.store.get("keep:ports", {}) if self.options.state else {}
        sockets: dict[str, socket.socket] = {}
        try:
            for name in ("salesforce", "accelo", "control", "smtp"):
                sockets[name] = bind(self.host, self.options.ports.get(name, 0), kept.get(name))
        except OSError as error:
            for sock in sockets.values():
                sock.close()
            raise OSError(error.errno, f"port {self.options.ports.get(name, 0)} for {name}: {error.strerror}") from None
        for name, part in self.parts.items():
            middleware = ExchangeMiddleware(part.app(), self.core, name, part.effective_method)
            self._middlewares[name] = middleware
            listener = self._listeners[name] = Listener(middleware, sockets[name])
            middleware.close_door = listener.close_door
            middleware.before = functools.partial(meddle, part)
        self._listeners["control"] = Listener(Control(self).app(), sockets["control"])
        for listener in self._listeners.values():
            await listener.open()
        await self.mailbox.open(sockets["smtp"])
        ports = {name: sock.getsockname()[1] for name, sock in sockets.items()}
        self.core.store.set("keep:ports", ports)
        ready: dict[str, Any] = {"pid": os.getpid()}
        for name in self.parts:
            ready[name] = {"url": self._listeners[name].url, **self._logins[name]}
        ready["control"] = {"url": self._listeners["control"].url}
        ready["smtp"] = {"host": self.host, "port": ports["smtp"]}
        return ready

    async def close(self) -> None:
        """Stop listening and close the database."""
        for middleware in self._middlewares.values():
            middleware.forget_late()
        self.mailbox.close()
        await asyncio.gather(*(listener.close() for listener in self._listeners.values()))
        for part in self.parts.values():
            stop = getattr(part, "close", None)
            if stop is not None:
                await stop()
        if self._start is not None:
            self._start.close()
        self.core.store.close()
        if self._lock is not None:
            self._lock.close()


def _locked(state: Path) -> IO[str]:
    """Hold the folder for this process; raises StateError when another sandbox has it."""
    state.mkdir(parents=True, exist_ok=True)
    lock = (state / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StateError(f"another sandbox uses {state}; stop it, or take another folder") from None
    return lock


def write_ready(target: Path, ready: Mapping[str, Any]) -> None:
    """Write the ready file at one stroke, for the owner's eyes only: it holds passwords and tokens."""
    part = target.with_name(f".{target.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(json.dumps(ready, indent=2) + "\n", encoding="utf-8")
    part.replace(target)


async def serve(options: Options, say: Callable[[str], None] = print) -> None:
    """Run a sandbox until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.ready is not None:
        options.ready.unlink(missing_ok=True)  # an older one would tell of a sandbox that is gone
    sandbox = Sandbox(options)
    ready = await sandbox.open()
    if options.ready is not None:
        write_ready(options.ready, ready)
    say(f"Salesforce  {ready['salesforce']['url']}  ({ready['salesforce']['username']})")
    say(f"Accelo      {ready['accelo']['url']}  ({ready['accelo']['username']})")
    say(f"Control     {ready['control']['url']}")
    say(f"SMTP        {ready['smtp']['host']}:{ready['smtp']['port']}")
    await stop.wait()
    await sandbox.close()
