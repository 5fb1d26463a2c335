"""How each system words a failure that strikes before its own code runs.

Sources: Salesforce REST guide, "Status Codes and Error Responses"; Accelo API docs, _status_codes and _introduction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs

Headers = list[tuple[bytes, bytes]]

_SALESFORCE = {
    400: ("JSON_PARSER_ERROR", "The request body could not be decompressed."),
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    429: ("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    500: (
        "UNKNOWN_EXCEPTION",
        "An unexpected error occurred. Please include this ErrorId if you contact support: 1316842571-54731 (8123)",
    ),
    503: ("SERVER_UNAVAILABLE", "Too many requests. The server is busy; try again later."),
}
_ACCELO = {
    400: (
        "invalid_request",
        "The request could not be interpreted. This can be caused by missing or invalid data."
        " Please ensure that the resource you are requesting actually exists.",
    ),
    401: ("invalid_client", "Could not authorize your access (B: No token found)"),
    403: ("invalid_permission", "You do not have the permissions to perform this action."),
    429: ("too_many_requests", "Rate limit exceeded for sandbox.api.accelo.com"),
    500: ("server_error", "An unexpected error occurred."),
}
_MORE_INFO = "https://affinitylive.jira.com/wiki/display/APIS/Status+Codes#"


@dataclass
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: Headers
    body: bytes


def failure(system: str, status: int, bare: bool = False) -> Answer:
    """The system's own error body for a status; a gateway's page where it has none (Accelo's 503).

    Accelo's 429 may be the bare meta object.
    """
    if system == "salesforce":
        code, message = _SALESFORCE[status]
        body = json.dumps([{"message": message, "errorCode": code}]).encode()
        return Answer(status, [(b"content-type", b"application/json;charset=UTF-8")], body)
    if status not in _ACCELO:
        return gateway_page(status)
    name, message = _ACCELO[status]
    more = "api.accelo.com/docs/#rate-limiting" if status == 429 else _MORE_INFO + name
    meta = {"status": name, "message": message, "more_info": more}
    body = json.dumps(meta if bare and status == 429 else {"meta": meta, "response": None}).encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"x-status-reason", message.encode())]
    return Answer(status, headers, body)


def gateway_page(status: int) -> Answer:
    """The HTML page that a load balancer gives."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    title = f"{status} {phrase}"
    head, body = f"<head><title>{title}</title></head>", f"<body><center><h1>{title}</h1></center></body>"
    page = f"<html>\r\n{head}\r\n{body}\r\n</html>\r\n"
    return Answer(status, [(b"content-type", b"text/html")], page.encode())


def bearer(headers: dict[bytes, bytes], query: str) -> str:
    """The access token that a request carries, or an empty text."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() in ("bearer", "oauth"):
        return token.strip()
    return parse_qs(query).get("_bearer_token", [""])[0] if "_bearer_token=" in query else ""
