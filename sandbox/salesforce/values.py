"""Values between the wire and the columns: JSON and CSV in, JSON and CSV out, by the field's type.

It checks what a type can hold (form, length, range); whether a record may hold it is decided elsewhere.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.salesforce import ids
from sandbox.salesforce.schema import NUMBER_TYPES, TEXT_TYPES, Field
from sandbox.salesforce.wire import ApiError

_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s.,;<>()]+(?:\.[^@\s.,;<>()]+)+")
STRINGS = TEXT_TYPES | {"id", "reference", "date", "datetime"}
_TRUE = frozenset({"true", "1", "yes", "y", "t"})
_FALSE = frozenset({"false", "0", "no", "n", "f"})


class NotOfType(ValueError):
    """The text is no value of the field's type."""


def stamp(moment: datetime) -> str:
    """`2022-03-17T16:21:26.000+0000`: whole seconds, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def to_datetime(text: str) -> datetime:
    """Any of the forms the API takes; raises NotOfType."""
    found = _DATETIME.fullmatch(text.strip())
    if not found:
        raise NotOfType(text)
    day, hour, minute, second, zone = found.groups()
    offset = UTC
    if zone and zone != "Z":
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        offset = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    try:
        start = date.fromisoformat(day)
        return datetime(
            start.year, start.month, start.day, int(hour or 0), int(minute or 0), int(second or 0), tzinfo=offset
        ).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NotOfType(text) from error


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif not isinstance(value, str):
        if isinstance(value, dict | list):
            raise NotOfType(value)
        value = str(value)
    return value.strip() or None


def _boolean(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    word = str(value).strip().lower()
    if word in _TRUE:
        return 1
    if word in _FALSE:
        return 0
    raise NotOfType(value)


def _int(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise NotOfType(value)
    return int(number)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise NotOfType(value)
    if isinstance(value, int | float):
        return float(value)
    try:
        number = float(str(value).strip())
    except ValueError as error:
        raise NotOfType(value) from error
    if number != number or number in (float("inf"), float("-inf")):
        raise NotOfType(value)
    return number


def _date(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return to_datetime(str(value)).date().isoformat() if isinstance(value, str) else _refuse(value)


def _datetime(value: Any) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    return stamp(to_datetime(value)) if isinstance(value, str) else _refuse(value)


def _id(value: Any) -> str | None:
    text = _text(value)
    return text if text is None else ids.to18(text) or text


def _refuse(value: Any) -> str:
    raise NotOfType(value)


def converter(field: Field) -> Callable[[Any], Any]:
    """Function from a wire value (never None) to the column's; it may raise NotOfType and never checks more."""
    if field.type in NUMBER_TYPES:
        return _number
    return {
        "boolean": _boolean,
        "int": _int,
        "date": _date,
        "datetime": _datetime,
        "reference": _id,
        "id": _id,
    }.get(field.type, _text)


def accepted(field: Field, value: Any, bulk: bool = False, strict: bool = True) -> Any:
    """The column's value for a wire value; raises ApiError as the API does for that field.

    Strict: a text wants a JSON string, as the real parser does.
    """
    if value is None or value == "":
        if field.type == "boolean" and value is None:
            raise _not_of_type(field, value, bulk)
        return None
    if strict and not bulk and not isinstance(value, str) and field.type in STRINGS:
        raise _not_of_type(field, value, bulk)
    try:
        held = converter(field)(value)
    except NotOfType:
        raise _not_of_type(field, value, bulk) from None
    if held is None:
        return None
    return _checked(field, held)


def _checked(field: Field, held: Any) -> Any:
    kind = field.type
    if kind in NUMBER_TYPES:
        if abs(held) >= 10.0 ** (field.precision - field.scale):
            raise ApiError(
                "NUMBER_OUTSIDE_VALID_RANGE",
                f"{field.label}: value outside of valid range on numeric field: {held:g}",
                [field.name],
            )
        return _rounded(held, field.scale)
    if kind == "int" and field.precision and abs(held) >= 10**field.precision:
        raise ApiError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {held}",
            [field.name],
        )
    if kind in ("reference", "id") and ids.to18(held) is None:
        raise ApiError("MALFORMED_ID", f"{field.label}: id value of incorrect type: {held}", [field.name])
    if kind == "email" and not _EMAIL.fullmatch(held):
        raise ApiError("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {held}", [field.name])
    if isinstance(held, str) and field.length and len(held) > field.length:
        raise ApiError(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {held} (max length={field.length})",
            [field.name],
        )
    if kind == "multipicklist":
        return ";".join(dict.fromkeys(part.strip() for part in held.split(";") if part.strip()))
    return held


def _rounded(number: float, scale: int) -> float:
    try:
        return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP))
    except InvalidOperation:
        return number


def _not_of_type(field: Field, value: Any, bulk: bool) -> ApiError:
    if bulk:
        shown = "" if value is None else value
        return ApiError(
            "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: {shown}", [field.name]
        )
    token = {bool: "VALUE_TRUE", dict: "START_OBJECT", list: "START_ARRAY"}.get(type(value), "VALUE_STRING")
    if isinstance(value, int | float) and not isinstance(value, bool):
        token = f"VALUE_NUMBER_{'INT' if isinstance(value, int) else 'FLOAT'}"
    name = "string" if field.type in STRINGS - {"date", "datetime"} else field.type
    name = "double" if field.type in NUMBER_TYPES else name
    return ApiError(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {name} from {token} value {value} "
        "or request may be missing a required field at [line:1, column:2]",
    )


def to_json(field: Field, held: Any) -> Any:
    """The wire's JSON value for a column's."""
    if held is None:
        return None
    return bool(held) if field.type == "boolean" else held


def to_cell(field_type: str, held: Any) -> str:
    """The text of a CSV cell for a column's value (null is empty)."""
    if held is None:
        return ""
    if field_type == "boolean":
        return "true" if held else "false"
    return str(held)


def basic(text: str) -> tuple[str, str] | None:
    """User and password of an `Authorization: Basic` value."""
    scheme, _, rest = text.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(rest).decode().partition(":")
    except ValueError:
        return None
    return user, password
