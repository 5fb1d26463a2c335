"""Sales and tickets on Accelo's wire: the one request that creates each, and what its answer must hold.

Sources: Accelo API documentation, prospects (Create a Prospect takes all fields of Update) and issues. ``standing`` is
never sent for a ticket: it would win over the status. Days are local midnight in the deployment's zone (unix seconds).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from toolkit.mapping.site import Step
from toolkit.model import Action, ActionType, Base, ImportKind, Value

RESOURCES: Mapping[ImportKind, str] = {"sale": "prospects", "ticket": "issues"}
TEXTS: Mapping[ImportKind, str] = {"sale": "comments", "ticket": "description"}
"""The field that carries the description and the marker line."""

WRITES: Mapping[ImportKind, Mapping[str, str]] = {
    "sale": {"title": "title", "comments": "comments", "value": "value", "due": "date_due", "staff": "staff_id",
             "status": "status_id", "probability": "probability_id", "success": "success",
             "affiliation": "affiliation_id", "type": "type_id"},
    "ticket": {"title": "title", "description": "description", "company": "against_id", "affiliation": "affiliation_id",
               "staff": "assignee", "status": "status_id", "priority": "priority_id", "class": "class_id",
               "type": "type_id"},
}  # fmt: skip
READS: Mapping[ImportKind, Mapping[str, str]] = {
    "sale": {"title": "title", "comments": "comments", "value": "value", "due": "date_due", "staff": "manager",
             "status": "status", "probability": "prospect_probability", "success": "success",
             "affiliation": "affiliation", "type": "prospect_type"},
    "ticket": {"title": "title", "description": "description", "company": "against_id", "affiliation": "affiliation",
               "staff": "assignee", "status": "status", "priority": "issue_priority", "class": "class",
               "type": "issue_type"},
}  # fmt: skip
"""Field of ours -> field of the answer: links have another name when they are read."""


def zone_of(name: str | None) -> ZoneInfo:
    """The deployment's time zone (``GET /user``, locale.timezone); UTC where it is unknown."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def midnight(day: str, zone: ZoneInfo) -> int:
    """Unix seconds of the first moment of an ISO day in a zone."""
    there = date.fromisoformat(day[:10])
    return int(datetime(there.year, there.month, there.day, tzinfo=zone).timestamp())


def day_of(seconds: str | int | None, zone: ZoneInfo) -> str | None:
    """The local day of a stamp; due dates are compared by day, never by second."""
    return datetime.fromtimestamp(int(seconds), zone).date().isoformat() if seconds and str(seconds) != "0" else None


def item_step(action: Action, zone: ZoneInfo) -> Step:
    """The one write of an import's action; the marker travels in the text of the same request.

    An update sends what changed and nothing else; it never says what the ticket is against,
    for that moves by itself."""
    kind: ImportKind = "sale" if action.kind == "sale" else "ticket"
    values = {change.field: change.after for change in action.changes}
    payload: dict[str, Any] = {}
    for name, column in WRITES[kind].items():
        value = values.get(name)
        if value is not None:
            payload[column] = midnight(str(value), zone) if name == "due" else value
    if action.type is ActionType.UPDATE:
        want = tuple(sorted({READS[kind][name] for name in values if name in READS[kind]} | {"standing"}))
        return Step("update", "accelo", RESOURCES[kind], action.accelo_id, payload, values, want)
    if kind == "ticket":
        payload["against_type"] = "company"
    want = tuple(sorted({*READS[kind].values(), "standing"}))  # also what Accelo filled in by itself
    return Step("create", "accelo", RESOURCES[kind], None, payload, values, want, marker=True)


def item_values(kind: ImportKind, row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Value]:
    """What an answer says of our fields, in our words. A field that the answer does not hold is absent."""
    found: dict[str, Value] = {}
    for name, column in READS[kind].items():
        if column in row:
            found[name] = day_of(row[column], zone) if name == "due" else _plain(name, row[column])
    return found


def held(sent: Mapping[str, Value], read: Mapping[str, Value]) -> dict[str, Base]:
    """What each side holds of each field after a write: also of those that were not sent, so that a later import can
    tell what Accelo filled in by itself from what a person typed."""
    return {name: Base(sent.get(name), read.get(name, sent.get(name))) for name in {**read, **sent}}


def same(name: str, sent: Value, read: Value) -> bool:
    """Whether a field holds what was sent: money by amount, text but for line ends and blanks at the ends."""
    if name == "value":
        return _amount(sent) == _amount(read)
    return _lines(sent) == _lines(read)


def _plain(name: str, value: Any) -> Value:
    if isinstance(value, Mapping):  # a link that was asked for as an object
        value = value.get("id")
    if value is None or (value == "0" and name not in ("value",)):
        return None
    return str(value)


def _amount(value: Value) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal("NaN")


def _lines(value: Value) -> str:
    return str(value or "").replace("\r\n", "\n").strip()
