"""What every REST handler of the org takes and gives: a Call, a Reply, and the error that carries real codes.

No HTTP library in here: composite requests run the same handlers without a socket.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CODE_STATUS: Mapping[str, int] = {
    "INVALID_SESSION_ID": 401,
    "API_DISABLED_FOR_ORG": 403,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
    "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404,
    "INVALID_CROSS_REFERENCE_KEY": 400,
    "METHOD_NOT_ALLOWED": 405,
    "UNSUPPORTED_API_VERSION": 410,
    "PRECONDITION_FAILED": 412,
    "URI_TOO_LONG": 414,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "SERVER_UNAVAILABLE": 503,
}
"""HTTP status of an error code where it is not 400 (REST guide, status codes and error responses)."""


class ApiError(Exception):
    """An error that the caller sees: an array with one `{message, errorCode, fields?}`."""

    def __init__(
        self,
        code: str,
        message: str,
        fields: Sequence[str] | None = None,
        status: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields = code, message, None if fields is None else list(fields)
        self.status = status if status is not None else CODE_STATUS.get(code, 400)
        self.extra = dict(extra or {})

    def body(self) -> list[dict[str, Any]]:
        """As single-record calls answer it."""
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            entry["fields"] = self.fields
        return [{**self.extra, **entry}]

    def row(self) -> dict[str, Any]:
        """As collections answer it, one a row."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or [], **self.extra}

    def cell(self) -> str:
        """As Bulk's sf__Error column holds it: `CODE:message:Field --`."""
        return (
            f"{self.code}:{self.message}:{','.join(self.fields or [])} --"
            if self.fields
            else (f"{self.code}:{self.message}:--")
        )


@dataclass(frozen=True)
class Call:
    """One REST request beneath /services/data/vNN.N (or one sub-request of a composite)."""

    method: str
    path: str
    """Full path, without the query string."""
    version: str
    """As asked, echoed in URLs: `68.0`."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    parsed: Any = None
    """The body when a composite has it parsed already."""
    user_id: str = ""

    def url(self, tail: str) -> str:
        """`/services/data/v68.0` + tail."""
        return f"/services/data/v{self.version}{tail}"

    def json(self) -> Any:
        """The parsed body; raises JSON_PARSER_ERROR."""
        if self.parsed is not None:
            return self.parsed
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError) as error:
            raise ApiError("JSON_PARSER_ERROR", f"{error} at [line:1, column:1]") from error

    def record(self) -> dict[str, Any]:
        """The parsed body where an object is wanted."""
        data = self.json()
        if not isinstance(data, dict):
            raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is required to be a JSON object.")
        return data


@dataclass(frozen=True)
class Reply:
    """`body` is what json.dumps takes; `raw` (bytes, with its `media`) goes out as it is; None and None is no body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    media: str = "application/json;charset=UTF-8"
