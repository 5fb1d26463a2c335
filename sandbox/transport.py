"""The HTTP servers: uvicorn's protocols on loopback sockets, with a way to reset a connection under a request.

uvicorn's own Server class is not used: it takes the signals of the process, and here three servers share one loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import os
import socket
import struct
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from sandbox.middleware import App, Receive, Scope, Send

KEEP_ALIVE_SECONDS = 120
"""Longer than any client keeps an idle connection, so that a pooled connection is never cut by us."""


class HostError(ValueError):
    """The host is not a loopback address: the sandbox never listens to a network."""


def loopback(host: str) -> str:
    """The address to bind; raises HostError when it is not on loopback."""
    if host == "localhost":
        return "127.0.0.1"
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return host
    raise HostError(f"the sandbox listens on loopback only; {host!r} is not a loopback address (use 127.0.0.1)")


def bind(host: str, port: int, wished: int | None = None) -> socket.socket:
    """A bound socket; `wished` is tried first and may be taken. Raises OSError when `port` is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in [wished, port] if wished and not port else [port]:
        # The protocol is named, or asyncio leaves Nagle's delay on (uvicorn writes head and body apart).
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, number))
            # Bound is not yet taken: two sandboxes with one wished port meet at listen().
            sock.listen(2048)
        except OSError:
            sock.close()
            if number == port:
                raise
            continue
        sock.setblocking(False)
        return sock
    raise AssertionError("the last port was tried")


def url(sock: socket.socket) -> str:
    """http://host:port of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reset(protocol: Any) -> None:
    """Send a TCP reset instead of an orderly end."""
    if protocol.cycle is not None:
        protocol.cycle.disconnected = True  # uvicorn must not answer in our stead
    transport = protocol.transport
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as twin:
            twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _protocol_class(config: uvicorn.Config) -> type:
    """uvicorn's protocol, whose application also gets the connection."""
    config.load()

    class Protocol(config.http_protocol_class):  # type: ignore[name-defined]  # chosen when it runs
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            inner: App = self.app  # type: ignore[has-type]  # of the class chosen above

            async def app(scope: Scope, receive: Receive, send: Send) -> None:
                scope.setdefault("extensions", {})["sandbox.reset"] = lambda: _reset(self)
                await inner(scope, receive, send)

            self.app = app

    return Protocol


class Listener:
    """One application on one socket."""

    def __init__(self, app: App, sock: socket.socket) -> None:
        self.url = url(sock)
        self.port = int(sock.getsockname()[1])
        self._host = sock.getsockname()[0]
        self._sock = sock
        self._state = ServerState()
        self._config = uvicorn.Config(
            app,
            http="auto",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._protocol = _protocol_class(self._config)
        self._server: asyncio.Server | None = None
        self._reopening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Accept connections."""
        loop = asyncio.get_running_loop()
        make = functools.partial(
            self._protocol, config=self._config, server_state=self._state, app_state={}, _loop=loop
        )
        self._server = await loop.create_server(make, sock=self._sock, backlog=2048)

    def close_door(self, seconds: float) -> None:
        """Let nothing listen on the port for some seconds: connecting is then refused by the machine itself."""
        if self._server is None:
            return
        self._server.close()
        self._server = None

        async def reopen() -> None:
            await asyncio.sleep(seconds)
            self._sock = bind(self._host, self.port)
            await self.open()

        self._reopening = asyncio.get_running_loop().create_task(reopen())

    async def close(self) -> None:
        """Stop listening, let what is being answered end within a second, and cut the rest."""
        if self._reopening is not None:
            self._reopening.cancel()
        if self._server is not None:
            self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        for _ in range(20):
            if not self._state.connections and not self._state.tasks:
                return
            await asyncio.sleep(0.05)
        for task in list(self._state.tasks):
            task.cancel()
        for connection in list(self._state.connections):
            connection.transport.abort()
