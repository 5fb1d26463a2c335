"""Salesforce's answers in the product's words: error codes, limits, ids.

Messages are rewritten code by code, since several of Salesforce's carry the record's values (STRING_TOO_LONG does).
Source: REST API Developer Guide, "Status codes and error responses" and "Headers".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from toolkit.clients.verdict import Limits, Meaning, Verdict, json_or_none, masked
from toolkit.errors import (
    DuplicateRecord,
    LimitReached,
    NoApiAccess,
    RecordGone,
    RecordMoved,
    RecordRejected,
    RowLocked,
    ToolkitError,
    Unavailable,
)
from toolkit.model import Side

NAME = "Salesforce"
_GONE = {"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"}
_NO_ACCESS = {"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "INSUFFICIENT_ACCESS_API", "FUNCTIONALITY_NOT_ENABLED"}
_WORDS = {
    "REQUIRED_FIELD_MISSING": "required fields are blank",
    "STRING_TOO_LONG": "a value is too long",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "a value is not in the field's list",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "the connected user may not write some of the fields",
    "INVALID_EMAIL_ADDRESS": "an e-mail address is not valid",
    "FIELD_INTEGRITY_EXCEPTION": "the values do not fit together (state, country or another list)",
    "INVALID_FIELD": "a field does not exist, or the connected user may not see it",
    "INVALID_TYPE": "the object does not exist, or the connected user may not see it",
    "MALFORMED_QUERY": "the query is not valid",
    "MALFORMED_ID": "an id is not valid",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "a value has the wrong type",
    "JSON_PARSER_ERROR": "a value has the wrong type",
    "NUMBER_OUTSIDE_VALID_RANGE": "a number is out of range",
    "DUPLICATE_VALUE": "another record holds this unique value",
    "UNABLE_TO_LOCK_ROW": "somebody else is writing this record or its parent",
    "INSUFFICIENT_ACCESS_OR_READONLY": "the connected user may not change this record",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "the connected user may not use a record that this one names",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "an automation in Salesforce refused it",
    "DUPLICATES_DETECTED": "a duplicate rule refused it",
    "INACTIVE_OWNER_OR_USER": "the owner is not active",
    "INVALID_QUERY_LOCATOR": "the query has expired",
    "INVALID_REPLICATION_DATE": "deletions are not kept that far back",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": "rolled back because of another record",
}


class SalesforceDialect:
    system: Side = "salesforce"

    def limits(self, response: requests.Response) -> Limits:
        """``Sforce-Limit-Info: api-usage=18/15000``: the day is a rolling one, so no end of it is known."""
        found = re.search(r"api-usage=(\d+)/(\d+)", response.headers.get("Sforce-Limit-Info", ""))
        if not found:
            return Limits()
        used, limit = int(found[1]), int(found[2])
        return Limits(limit, max(0, limit - used))

    def verdict(self, response: requests.Response, *, sent: Any, now: datetime, write: bool) -> Verdict:
        status = response.status_code
        if status in (204, 304):
            return Verdict(Meaning.OK)
        if 200 <= status < 300:
            return self._success(response)
        body = json_or_none(response)
        code, first = error_of(body)
        until = _retry_after(response, now)
        if status == 401:
            return Verdict(Meaning.EXPIRED, code or "401")
        if code == "REQUEST_LIMIT_EXCEEDED":
            if status == 429 or "concurrent" in str(first.get("message", "")).lower():
                return Verdict(Meaning.BUSY, "CONCURRENT", until=until)
            return Verdict(Meaning.LIMIT, code, until=until)
        if status == 429:
            return Verdict(Meaning.BUSY, "429", until=until)
        if code in _NO_ACCESS:
            return Verdict(Meaning.FINAL, code, NoApiAccess(
                NAME, f"{code}: the API is off for this org or this user.",
                next_step="Give the connected user the permission API Enabled (Enterprise Edition and above have it)."))
        if status == 503 and code == "SERVER_UNAVAILABLE":
            return Verdict(Meaning.BUSY, code, until=until)
        if status >= 500 or status in (408, 425):
            return Verdict(Meaning.TROUBLE, code or str(status))
        if code is None and status != 412:
            return Verdict(Meaning.FINAL, str(status), _unnamed(status))
        return Verdict(Meaning.FINAL, code, refusal(first, status=status, sent=sent))

    def _success(self, response: requests.Response) -> Verdict:
        kind = response.headers.get("Content-Type", "")
        if "html" in kind:
            return Verdict(Meaning.TROUBLE, "HTML")
        if "json" not in kind:
            return Verdict(Meaning.OK)
        parsed = json_or_none(response)
        return Verdict(Meaning.TROUBLE, "NOT_JSON") if parsed is None else Verdict(Meaning.OK, parsed=parsed)


def _unnamed(status: int) -> ToolkitError:
    if status in (405, 414, 431):
        return RecordRejected(NAME, str(status), "the request is not possible in this form", status=status)
    if status == 404:
        return RecordGone(NAME, "NOT_FOUND", "there is nothing under this address", status=status)
    return Unavailable(NAME, f"an unexpected answer ({status}).", next_step="Check salesforce.url in the settings.")


def error_of(body: Any) -> tuple[str | None, Mapping[str, Any]]:
    """The first error of an answer: REST gives a list, collections say ``statusCode``, OAuth gives an object."""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, Mapping):
        return None, {}
    code = first.get("errorCode") or first.get("statusCode") or first.get("error")
    return (str(code) if code else None), first


def refusal(error: Mapping[str, Any], *, status: int = 400, sent: Any = None) -> ToolkitError:
    """One error of a list as ours. Its message holds no value of the record."""
    code = str(error.get("errorCode") or error.get("statusCode") or "UNKNOWN")
    raw = str(error.get("message") or "")
    fields = tuple(str(name) for name in error.get("fields") or ()) or _named_fields(raw)
    words = _WORDS.get(code)
    if code in ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "DUPLICATES_DETECTED", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"):
        said = masked(raw, sent)  # an administrator wrote it, for people to read
        words = f"{words}: {said}" if words else said
    elif code == "STRING_TOO_LONG" and (longest := re.search(r"max length=(\d+)", raw)):
        words = f"{words} (at most {longest[1]} characters)"
    text = (words or "refused") + (f": {', '.join(fields)}" if fields else "") + "."
    if code == "REQUEST_LIMIT_EXCEEDED":
        return LimitReached(NAME, "the limit of API calls is reached.", next_step="Run again later.")
    if code == "UNABLE_TO_LOCK_ROW":
        return RowLocked(NAME, code, text, fields=fields, status=status)
    if code == "DUPLICATE_VALUE":
        found = re.search(r"record with id:\s*([A-Za-z0-9]{15,18})", raw)
        return DuplicateRecord(NAME, code, text, fields=fields, status=status,
                               existing_id=long_id(found[1]) if found else None)
    if status == 412:
        return RecordMoved(NAME, code, "the record was changed since it was read.", status=status)
    if (code in _GONE and status == 404) or code == "ENTITY_IS_DELETED":
        return RecordGone(NAME, code, "the record does not exist any more.", fields=fields, status=status)
    return RecordRejected(NAME, code, text, fields=fields, status=status)


def _named_fields(message: str) -> tuple[str, ...]:
    """Field names that a message tells where ``fields`` does not: they are API names, never values."""
    found = re.search(r"No such column '([A-Za-z0-9_.]+)'", message) \
        or re.search(r"duplicate value found: ([A-Za-z0-9_]+) duplicates", message)
    if found:
        return (found[1],)
    listed = re.search(r"(?:Unable to create/update fields|Required fields are missing): \[?([A-Za-z0-9_, ]+)", message)
    return tuple(name.strip() for name in listed[1].split(",") if name.strip()) if listed else ()


def _retry_after(response: requests.Response, now: datetime) -> datetime | None:
    value = response.headers.get("Retry-After", "")
    return now + timedelta(seconds=int(value)) if value.isdigit() else None


def long_id(id: str) -> str:
    """The 18-character form of an id: three characters more that tell the case of the first fifteen."""
    if len(id) != 15:
        return id
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    ends = (sum(1 << bit for bit, char in enumerate(id[start:start + 5]) if "A" <= char <= "Z") for start in (0, 5, 10))
    return id + "".join(letters[end] for end in ends)


def stamp(text: str | None) -> datetime | None:
    """A Salesforce stamp (2026-11-24T10:00:00.000+0000, or with Z) as an aware UTC time."""
    if not text:
        return None
    return datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text)).astimezone(UTC)
