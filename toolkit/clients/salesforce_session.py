"""simple-salesforce on our transport: what Salesforce's reader and writer share.

simple-salesforce gets a session that hands every request to the transport, which raises our errors before the library
looks at an answer: so its repeated logins, its missing time-outs and its messages with records in them never happen.
"""

from __future__ import annotations

import json as jsonlib
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from simple_salesforce import Salesforce

from toolkit.clients.transport import Transport
from toolkit.errors import Unavailable


class Session:
    """One side of a connection; the API version is agreed on at the first request."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.reserve, self.server_now = transport.reserve, transport.server_now
        self.seconds_for = transport.budget.seconds_for

    @cached_property
    def api_version(self) -> str:
        return agreed_version(self.transport)

    @cached_property
    def _sf(self) -> Salesforce:
        return connected(self.transport, self.api_version)


class _Handed(requests.Session):
    """The session that simple-salesforce thinks it talks through. ``last`` is the last answer."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport
        self.last: requests.Response | None = None

    def request(self, method: str | bytes, url: str | bytes, *, headers: Any = None, params: Any = None,  # type: ignore[override]  # the keywords that the library uses, no others
                data: Any = None, json: Any = None) -> requests.Response:
        verb, parts = str(method).upper(), urlsplit(str(url))
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        kept = {name: value for name, value in (headers or {}).items()
                if name.lower() not in ("authorization", "content-type", "x-prettyprint")}
        body = jsonlib.loads(data) if isinstance(data, str) and data else json
        self.last = self._transport.request(verb, path, params=params, json=body, headers=kept,
                                            record_write=verb != "GET")
        return self.last


def connected(transport: Transport, version: str) -> Salesforce:
    """simple-salesforce on our transport. The token it is given is never sent; ours is."""
    return Salesforce(session_id="-", instance_url=transport.base_url, version=version, session=_Handed(transport),
                      parse_float=str, object_pairs_hook=dict)


def agreed_version(transport: Transport) -> str:
    """The newest API version that both sides know, asked once for each connection and kept with its tokens."""
    kept = transport.tokens.api_version
    wanted = transport.endpoint.api_version
    if kept is not None and float(kept) <= float(wanted):
        return kept
    offered = [str(item.get("version")) for item in transport.request("GET", "/services/data/").json()]
    fitting = [version for version in offered if float(version) <= float(wanted)]
    if not fitting:
        raise Unavailable("Salesforce", f"it offers no API version up to {wanted}.",
                          next_step="Is this a Salesforce org?")
    version = max(fitting, key=float)
    transport.remember(api_version=version)
    return version
