"""Conditional requests: was the record changed since, does it still have this ETag.

Source: REST guide, "Conditional Requests": dates work on every record (one second is their resolution), ETags only on
accounts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from sandbox.salesforce import values
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.wire import ApiError, Call


def state(obj: SObject, row: Mapping[str, Any]) -> dict[str, str]:
    """Last-Modified of any record that has stamps; ETag only of accounts."""
    if "LastModifiedDate" not in row or not row["LastModifiedDate"]:
        return {}
    moment = values.to_datetime(row["LastModifiedDate"])
    headers = {"Last-Modified": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    if obj.name == "Account":
        digest = hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest()[:27]
        headers["ETag"] = f'"{digest}"'
    return headers


def since(call: Call, header: str) -> str | None:
    """The moment of a header as a stamp; raises for a value that is no date."""
    text = call.headers.get(header)
    if text is None:
        return None
    try:
        return values.stamp(parsedate_to_datetime(text))
    except (TypeError, ValueError):
        name = "-".join(part.capitalize() for part in header.split("-"))
        raise ApiError("INVALID_HEADER", f"Invalid value for {name} header: {text}", status=400) from None


def unchanged(call: Call, row: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    if "ETag" in headers and "if-none-match" in call.headers:
        return _matches(call.headers["if-none-match"], headers["ETag"])
    if "ETag" in headers and "if-match" in call.headers and not _matches(call.headers["if-match"], headers["ETag"]):
        raise ApiError("PRECONDITION_FAILED", "The resource has changed since the ETag that was sent.")
    after = since(call, "if-modified-since")
    unmodified = since(call, "if-unmodified-since")
    if unmodified is not None and row.get("LastModifiedDate", "") > unmodified:
        raise ApiError("PRECONDITION_FAILED", "The resource has been modified since the date that was sent.")
    return after is not None and row.get("LastModifiedDate", "") <= after


def precondition(call: Call, obj: SObject, row: Mapping[str, Any]) -> None:
    """412 when somebody changed the record since; second resolution, as the stamps have."""
    if obj.name == "Account":
        etag = state(obj, row)["ETag"]
        if "if-match" in call.headers and not _matches(call.headers["if-match"], etag):
            raise ApiError("PRECONDITION_FAILED", "The resource has changed since the ETag that was sent.")
        if "if-none-match" in call.headers and _matches(call.headers["if-none-match"], etag):
            raise ApiError("PRECONDITION_FAILED", "The resource still has the ETag that was sent.")
    unmodified = since(call, "if-unmodified-since")
    if unmodified is not None and row.get("LastModifiedDate", "") > unmodified:
        raise ApiError("PRECONDITION_FAILED", "The resource has been modified since the date that was sent.")
    modified = since(call, "if-modified-since")
    if modified is not None and row.get("LastModifiedDate", "") <= modified:
        raise ApiError("PRECONDITION_FAILED", "The resource has not been modified since the date that was sent.")


def _matches(listed: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/").removesuffix("-gzip") for tag in listed.split(",")]
    return "*" in tags or etag in tags or etag.strip('"') in tags
