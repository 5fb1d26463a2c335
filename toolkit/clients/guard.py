"""The last look at a request before its bytes leave: which requests may be sent at all, and which in read-only.

It judges the prepared request (method, address, headers, body) and nothing that a caller says about it, so that no
code path, library or queued work can get around it. It knows no records and decides no policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from toolkit.errors import ReadOnlyRefused
from toolkit.model import Side

_DATA = r"/services/data/v\d{1,3}\.0"
_NAME = r"[A-Za-z][A-Za-z0-9_]*"
_ID = r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?"

SALESFORCE_READS: tuple[tuple[str, str, frozenset[str]], ...] = tuple(
    (method, path, frozenset(parameters.split())) for method, path, parameters in (
        ("GET", r"/services/data/?", ""),
        ("GET", rf"{_DATA}/?", ""),
        ("GET", rf"{_DATA}/limits/?", ""),
        ("GET", rf"{_DATA}/sobjects/?", ""),
        ("GET", rf"{_DATA}/sobjects/{_NAME}/?", ""),
        ("GET", rf"{_DATA}/sobjects/{_NAME}/describe/?", ""),
        ("GET", rf"{_DATA}/sobjects/{_NAME}/(?:updated|deleted)/?", "start end"),
        ("GET", rf"{_DATA}/sobjects/{_NAME}/{_ID}", "fields"),
        ("GET", rf"{_DATA}/query(?:All)?/?", "q"),
        ("GET", rf"{_DATA}/query(?:All)?/[A-Za-z0-9]{{15,20}}-\d{{1,10}}", ""),
        ("POST", rf"{_DATA}/jobs/query/?", ""),
        ("GET", rf"{_DATA}/jobs/query/{_ID}/?", ""),
        ("GET", rf"{_DATA}/jobs/query/{_ID}/results/?", "locator maxRecords"),
        ("GET", r"/services/oauth2/userinfo", ""),
    )
)
"""What may be sent to Salesforce in read-only mode: (method, whole path, allowed parameters). A POST is there once:
it makes a query job, and its body is looked at too. Source: the promise "read-only is read-only"."""

_JOB_KEYS = {"operation", "query", "contentType", "columnDelimiter", "lineEnding"}

ACCELO_WRITES: tuple[tuple[str, str], ...] = (
    ("POST", r"/(?:companies|contacts|affiliations|prospects|issues|activities|addresses)"),
    ("PUT", r"/(?:companies|contacts|affiliations|prospects|issues|addresses)/\d+"),
    ("POST", r"/(?:companies|contacts)/\d+/addresses"),
    ("POST", r"/[a-z]+/\d+/(?:profiles|extensions)/(?:fields/)?\d+"),
    ("PUT", r"/[a-z]+/\d+/(?:profiles|extensions)/values/\d+"),
    ("POST", r"/[a-z]+/\d+/progressions/\d+/auto"),
)
"""All that this product ever writes in Accelo. There is no DELETE: deleting a company there takes its sales, tickets
and invoices along and cannot be undone (Accelo help, "Deactivating and deleting")."""

ACCELO_SUBSCRIPTIONS: tuple[tuple[str, str], ...] = (
    ("POST", r"/webhooks/subscriptions"),
    ("DELETE", r"/webhooks/subscriptions/[0-9a-f]{1,64}"),
)
"""Our own webhooks; they are no records."""


def is_override(name: str) -> bool:
    """Does a header or parameter of this name make a server take another method than the one that is written."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    return plain in {"method", "httpmethod"} or "methodoverride" in plain or plain.startswith("xhttpmethod")


def check(system: Side, method: str, url: str, headers: Mapping[str, str], body: Any, *, base_url: str,
          read_only: bool) -> None:
    """Raise ReadOnlyRefused unless this request may be sent now. ``base_url`` is the only place where requests go."""
    parts, base = urlsplit(url), urlsplit(base_url)
    if (parts.scheme, parts.netloc) != (base.scheme, base.netloc) or parts.fragment or parts.username:
        raise ReadOnlyRefused(f"A request to another host than {base.netloc} was not sent.")
    if not parts.path.startswith(base.path):
        raise ReadOnlyRefused("A request outside the system's API was not sent.")
    path = parts.path[len(base.path.rstrip("/")):]
    parameters = parse_qsl(parts.query, keep_blank_values=True)
    if set(parts.query) & set(";?"):  # never ours: ours are percent-encoded; some servers split parameters there
        raise ReadOnlyRefused(f"{system.capitalize()}: a request with an unclear query was not sent.")
    if any(is_override(name) for name in [*headers, *(name for name, _ in parameters)]):
        raise ReadOnlyRefused(f"{system.capitalize()}: a request that overrides its method was not sent.")
    if system == "accelo":
        _check_accelo(method, path, headers, body)
    elif read_only:
        _check_salesforce(method, path, parameters, body)


def _check_salesforce(method: str, path: str, parameters: list[tuple[str, str]], body: Any) -> None:
    for allowed, pattern, names in SALESFORCE_READS:
        if method == allowed and re.fullmatch(pattern, path) and all(name in names for name, _ in parameters):
            if method == "GET" and not body:
                return
            if method == "POST" and not parameters and _is_query_job(body):
                return
    raise ReadOnlyRefused(f"Salesforce is read-only: {_shown(method)} {_shape(path)} was not sent.",
                          next_step="Turn read-only off with: toolkit config read_only false")


def _is_query_job(body: Any) -> bool:
    job = _json(body)
    return isinstance(job, dict) and set(job) <= _JOB_KEYS and job.get("operation") in ("query", "queryAll")


def _check_accelo(method: str, path: str, headers: Mapping[str, str], body: Any) -> None:
    """Reads, and the writes of the list above; ``_method`` is let through in one place: a JSON body that says "get"."""
    path = path.removeprefix("/api/v0")
    if method == "GET" and not body:
        return
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    override = _body_method(kind, body)
    if method == "POST" and override == "get":
        return
    if override is None and any(method == verb and re.fullmatch(pattern, path)
                               for verb, pattern in ACCELO_WRITES + ACCELO_SUBSCRIPTIONS):
        return
    raise ReadOnlyRefused(f"Accelo: {_shown(method)} {_shape(path)} is not among what this product sends.")


def _body_method(content_type: str, body: Any) -> str | None:
    """The method that a body asks for: None when it asks for none, "?" when that cannot be told or is no plain get."""
    if not body:
        return None
    if "json" in content_type:
        data = _json(body)
        if not isinstance(data, dict):
            return "?"
        asked = [value for name, value in data.items() if is_override(str(name))]
        return "get" if asked == [data.get("_method")] == ["get"] else "?" if asked else None
    if "form-urlencoded" not in content_type:
        return "?"
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return "?" if any(is_override(name) for name, _ in parse_qsl(text, keep_blank_values=True)) else None


def _json(body: Any) -> Any:
    """The body as JSON; None when it is none, or names a key twice (two parsers could then read two things)."""
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    try:
        return json.loads(body, object_pairs_hook=once)
    except (ValueError, TypeError):
        return None


def _shown(method: str) -> str:
    return method if re.fullmatch(r"[A-Z]{1,10}", method) else "a request"


def _shape(path: str) -> str:
    """The path for a message, with ids left out."""
    return re.sub(r"\d{2,}|[A-Za-z0-9]{15,}", "…", path)[:80]
