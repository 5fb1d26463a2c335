"""One request to the deployment: its parameters gathered from query and body, and the envelope of its answer.

Source: Accelo API docs, _introduction (formats, envelope, _suppress_*, _method) and _status_codes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from sandbox.accelo import fields
from sandbox.accelo.errors import CREATED_MESSAGE, MORE_INFO, OK_MESSAGE, AcceloError, invalid

_TRUE = ("1", "yes")
_METHODS = ("GET", "PUT", "POST", "DELETE")
NOTHING = object()
"""A response that has no `response` key at all (DELETE)."""


@dataclass
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = "application/json; charset=utf-8"


@dataclass
class Call:
    """A request with its parameters; `staff_id` and `service` come with the access token."""

    method: str
    path: str
    params: dict[str, Any]
    headers: Mapping[str, str]
    client: str
    base_url: str
    staff_id: int = 0
    service: bool = False

    def flag(self, name: str) -> bool:
        """Is a shaping parameter given."""
        return str(self.params.get(name, "")).lower() in _TRUE

    def text(self, name: str) -> str:
        """A parameter as text, empty when it is not given."""
        value = self.params.get(name)
        return "" if value is None else str(value)

    @property
    def selection(self) -> fields.Selection:
        """The fields asked for."""
        return fields.parse(self.params.get("_fields"))


def _pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise invalid(f"The parameter '{name}' was given more than once.")
        found[name] = value
    return found


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    if not body.strip():
        return {}
    if "json" in content_type:
        try:
            found = json.loads(body)
        except ValueError:
            raise invalid() from None
        if not isinstance(found, dict):
            raise invalid()
        return found
    try:
        return _pairs(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    except UnicodeDecodeError:
        raise invalid() from None


def gather(query: str, body: bytes, content_type: str) -> dict[str, Any]:
    """All parameters, the body's before the query's; raises AcceloError (invalid_request)."""
    return {**_pairs(parse_qsl(query, keep_blank_values=True)), **_body(body, content_type)}


def effective_method(method: str, path: str, query: Mapping[str, str], body: bytes, content_type: str) -> str:
    """The method after `_method`, from the query or the body."""
    asked = str(query.get("_method", ""))
    if b"_method" in body and "/api/" in path:
        with contextlib.suppress(AcceloError):
            asked = str(_body(body, content_type).get("_method", asked))
    return asked.upper() if asked.upper() in _METHODS else method.upper()


def envelope(
    call: Call | None, response: Any, status: str = "ok", message: str = OK_MESSAGE, http: int = 200, swap: bool = False
) -> Reply:
    """The answer in the envelope, shaped by the `_suppress_*` parameters."""
    meta: dict[str, Any] = {"more_info": MORE_INFO + status, "status": status, "message": message}
    if status == "ok_created":
        meta["message"] = CREATED_MESSAGE
    flag = call.flag if call is not None else (lambda _name: False)
    if flag("_suppress_message"):
        del meta["message"], meta["more_info"]
    shown = http
    if flag("_suppress_http_status"):
        meta["response_code"], shown = str(http), 200
    whole: dict[str, Any] = {"meta": meta}
    if response is not NOTHING:
        whole["response"] = response
    if flag("_suppress_meta"):
        del whole["meta"]
    if swap:
        whole = dict(reversed(whole.items()))
    return Reply(shown, json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode())


def refusal(call: Call | None, error: AcceloError) -> Reply:
    """An error in the envelope, its message repeated in X-Status-Reason."""
    reply = envelope(call, None, error.status, error.message, error.http)
    reason = error.message.encode("ascii", "replace").decode().replace("\r", " ").replace("\n", " ")
    reply.headers += [("X-Status-Reason", reason), *error.headers.items()]
    return reply
