"""The org's ASGI application: log-in pages and identity on one side, everything under /services/data on the other.

It turns requests into Calls and Replies into answers, and does what every REST call has in common: version, token,
permission, daily limit, Sforce-Limit-Info.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce import seeds
from sandbox.salesforce.consent import Consent
from sandbox.salesforce.identity import Identity
from sandbox.salesforce.oauth import OAuth
from sandbox.salesforce.rest import Rest
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

LATEST = 68
RETIRED = range(7, 31)
SEASONS = ("Winter", "Spring", "Summer")
_VERSION = re.compile(r"v(\d{1,3})\.0", re.ASCII)
MAX_URI = MAX_HEADERS = 16_384
ROOT = "/services/data"


def versions() -> list[dict[str, str]]:
    """`[{"label": "Winter '27", "url": …, "version": "68.0"}, …]`, oldest first."""
    found = []
    for number in range(31, LATEST + 1):
        # Three releases a year; v68.0 is Winter '27.
        years, season = divmod(number - LATEST, 3)
        label = f"{SEASONS[season]} '{27 + years:02d}"
        found.append({"label": label, "url": f"{ROOT}/v{number}.0", "version": f"{number}.0"})
    return found


class Application:
    def __init__(self, org: SalesforceOrg) -> None:
        self.org = org
        self.rest = Rest(org)
        self.pages = Starlette(routes=[*Consent(org).routes(), *OAuth(org).routes(), *Identity(org).routes()])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(ROOT):
            await self.pages(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            reply = await self._answer(request, body, headers)
        except ApiError as error:
            reply = Reply(error.status, error.body(), self._standing())
        await _response(reply)(scope, receive, send)

    async def _answer(self, request: Request, body: bytes, headers: Mapping[str, str]) -> Reply:
        scope, org = request.scope, self.org
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_URI:
            raise ApiError("URI_TOO_LONG", "URI Too Long", status=414)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            raise ApiError("HEADERS_TOO_LARGE", "Request Header Fields Too Large", status=431)
        path = raw_path(scope)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        segments = path[len(ROOT) :].strip("/").split("/")
        if segments == [""]:
            return Reply(body=versions())
        version = self._version(segments[0])
        user_id = self._user(headers, query)
        self._count()
        media = headers.get("content-type", "application/json").lower()
        if body and segments[1:2] != ["jobs"] and "json" not in media:
            raise ApiError("UNSUPPORTED_MEDIA_TYPE", "Content-Type header specified in HTTP request is not supported")
        org.settle()
        org.version = version
        method = org.effective_method(scope["method"], path, query, body, headers.get("content-type", ""))
        method = headers.get("x-http-method-override", method).upper() if method == "POST" else method
        call = Call(method, path, version, query, headers, body, user_id=user_id)
        if segments[1:2] == ["jobs"]:
            reply = await self.rest.bulk.handle(call, segments[2:])
        else:
            reply = self.rest.handle(call, segments[1:])
        return Reply(reply.status, reply.body, {**self._standing(), **reply.headers}, reply.raw, reply.media)

    def _version(self, segment: str) -> str:
        if segment == "latest":
            return f"{LATEST}.0"
        found = _VERSION.fullmatch(segment)
        number = int(found[1]) if found else 0
        if number in RETIRED:
            raise ApiError("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {number}.0")
        if found is None or not 31 <= number <= LATEST:
            raise ApiError("NOT_FOUND", "The requested resource does not exist")
        return f"{number}.0"

    def _user(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        held = self.org.tokens.access.get(token.strip()) if scheme.lower() in ("bearer", "oauth") else None
        if held is None:
            raise ApiError("INVALID_SESSION_ID", "Session expired or invalid")
        found = self.org.db.execute("SELECT IsActive FROM sf_User WHERE Id = ?", (held.user_id,)).fetchone()
        if found is None or not found[0]:
            raise ApiError("INVALID_SESSION_ID", "Session expired or invalid")
        if held.user_id == seeds.NO_API:
            raise ApiError("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.")
        return held.user_id

    def _count(self) -> None:
        limit = self.org.core.switches.int("salesforce_daily_limit")
        if limit is not None and self.org.calls >= limit:
            raise ApiError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.org.calls += 1

    def _standing(self) -> dict[str, str]:
        limit = self.org.core.switches.int("salesforce_daily_limit")
        return {"Sforce-Limit-Info": f"api-usage={self.org.calls}/{limit}"}


def raw_path(scope: Mapping[str, Any]) -> str:
    """The path still quoted, so that %2F in a key is not a separator."""
    raw = scope.get("raw_path")
    return raw.decode("latin-1").partition("?")[0] if raw else str(scope["path"])


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if reply.raw is not None:
        content, media = reply.raw, reply.media
    elif reply.body is None:
        content, media = b"", ""
    else:
        content = json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode()
        media = reply.media
    if media:
        headers["Content-Type"] = media
    return Response(content, reply.status, headers)


def application(org: SalesforceOrg) -> Application:
    return Application(org)
