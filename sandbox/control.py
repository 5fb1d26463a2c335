"""The control address: what a test or a demo does to the sandbox from outside the two APIs.

It never lies on an API port, and nothing that comes through it is logged as an API request.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import SYSTEMS
from sandbox.faults import KINDS, FaultError
from sandbox.switches import SwitchError
from sandbox.transport import HostError, loopback

if TYPE_CHECKING:
    from sandbox.server import Sandbox

OPERATIONS = ("create", "update", "delete", "undelete", "merge")


class Refused(ValueError):
    """The control request makes no sense; the message is the answer."""


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), status, media_type="application/json")


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body() or b"null")
    except ValueError:
        raise Refused("the body is no JSON") from None


def _safely(act: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    """Answer JSON, and a plain sentence for what is refused."""

    async def endpoint(request: Request) -> Response:
        try:
            loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")
            return _json(await act(request))
        except (Refused, FaultError, SwitchError) as error:
            return _json({"error": str(error)}, 400)
        except HostError:
            # A page on the web that points its own name at 127.0.0.1 must not drive the sandbox.
            return _json({"error": "ask by a loopback address"}, 403)
        except Exception as error:
            # The systems raise their own EditError, each in its own module; anything else is a fault of ours.
            if type(error).__name__ == "EditError":
                return _json({"error": str(error)}, 400)
            traceback.print_exc()
            return _json({"error": f"{type(error).__name__}: {error}"}, 500)

    return endpoint


class Control:
    """The calls of the control address."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.core = sandbox.core

    async def requests(self, request: Request) -> Any:
        """GET: the log since a number. DELETE: forget it."""
        if request.method == "DELETE":
            self.core.log.clear()
            return {}
        try:
            return self.core.log.since(int(request.query_params.get("since") or 0))
        except ValueError:
            raise Refused("since is a whole number") from None

    async def world(self, request: Request) -> Any:
        """The whole state of both systems."""
        return {system: part.world() for system, part in self.sandbox.parts.items()}

    async def edit(self, request: Request) -> Any:
        """What a person does in the product's own screens."""
        item = await _body(request)
        if not isinstance(item, dict):
            raise Refused("an edit is one object with system, object, op, id and fields")
        part = self.sandbox.parts.get(str(item.get("system")))
        if part is None:
            raise Refused(f"unknown system {item.get('system')!r}: one of {', '.join(SYSTEMS)}")
        op, obj, id = str(item.get("op")), str(item.get("object") or ""), item.get("id")
        if op not in OPERATIONS:
            raise Refused(f"unknown op {op!r}: one of {', '.join(OPERATIONS)}")
        fields = item.get("fields") or {}
        if not isinstance(fields, dict):
            raise Refused("the fields of an edit are an object: names and values")
        with self.core.store.transaction():
            return {"id": part.edit(obj, op, None if id is None else str(id), fields)}

    async def faults(self, request: Request) -> Any:
        """GET: the kinds. POST: set some. DELETE: forget those that are set."""
        if request.method == "GET":
            return KINDS
        if request.method == "DELETE":
            self.core.faults.clear()
            return {}
        items = await _body(request)
        items = [items] if isinstance(items, dict) else items
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Refused("faults are a list of objects")
        return {"set": len(self.core.faults.add(items))}

    async def switches(self, request: Request) -> Any:
        """GET: all. POST: change some, all or none."""
        if request.method == "POST":
            wanted = await _body(request)
            if not isinstance(wanted, dict):
                raise Refused("switches are an object: name, setting")
            self.sandbox.switch(wanted)
        return self.core.switches.all()

    async def clock(self, request: Request) -> Any:
        """Skew the clock of one system."""
        item = await _body(request)
        try:
            self.core.clock.set_skew(str(item["system"]), float(item["skew_seconds"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"a clock is {{system, skew_seconds}}: {error}") from None
        return {system: self.core.clock.skew.get(system, 0.0) for system in SYSTEMS}

    async def mail(self, request: Request) -> Any:
        """GET: the messages. DELETE: forget them."""
        if request.method == "DELETE":
            self.sandbox.mailbox.clear()
        return self.sandbox.mailbox.messages

    async def reset(self, request: Request) -> Any:
        """Back to the world it started with."""
        self.sandbox.reset()
        return {}

    def app(self) -> Starlette:
        """The ASGI application."""
        calls: tuple[tuple[str, Callable[[Request], Awaitable[Any]], list[str]], ...] = (
            ("/requests", self.requests, ["GET", "DELETE"]),
            ("/world", self.world, ["GET"]),
            ("/edit", self.edit, ["POST"]),
            ("/faults", self.faults, ["GET", "POST", "DELETE"]),
            ("/switches", self.switches, ["GET", "POST"]),
            ("/clock", self.clock, ["POST"]),
            ("/mail", self.mail, ["GET", "DELETE"]),
            ("/reset", self.reset, ["POST"]),
        )
        return Starlette(routes=[Route(path, _safely(act), methods=methods) for path, act, methods in calls])
