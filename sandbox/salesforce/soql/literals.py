"""What SOQL's constants mean: escapes in strings, dates and times, and the periods that date literals name.

Sources: SOQL and SOSL Reference, "Quoted String Escape Sequences", "Date Formats and Date Literals".
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DIGITS = 9
"""Of a period's count: more than lie in all the years there are."""
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)


class BadLiteral(ValueError):
    """A constant that SOQL refuses; the text is the message."""


def unescape(raw: str) -> str:
    """A quoted string's value; `raw` holds the quotes. Wildcards' escapes (`\\%`) mean the plain character."""
    return _paired(_ESCAPE.sub(lambda m: _plain(m.group(1), raw), raw[1:-1]))


def _paired(text: str) -> str:
    """Surrogates written as two escapes made one character; a lone one cannot be stored and is replaced."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _plain(escape: str, raw: str) -> str:
    if escape in "%_":
        return escape
    if escape.lower() in ESCAPES:
        return ESCAPES[escape.lower()]
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    raise BadLiteral(
        f"Invalid string literal '{raw[1:-1]}'. Illegal character sequence '\\{escape}' in string literal."
    )


def like_pattern(raw: str) -> str:
    """A quoted string as a LIKE pattern whose escape character is the backslash."""

    def piece(match: re.Match[str]) -> str:
        escape = match.group(1)
        value = _plain(escape, raw)
        return "\\" + value if escape in "%_" or value == "\\" else value

    return _paired(_ESCAPE.sub(piece, raw[1:-1]))


def as_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadLiteral(f"Invalid date: {text}") from None


def as_datetime(text: str) -> str:
    """The stored form: UTC, milliseconds, `+0000`."""
    try:
        return stamp(datetime.fromisoformat(text.upper().replace("Z", "+00:00")))
    except (ValueError, OverflowError):
        raise BadLiteral(f"Invalid date: {text}") from None


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "+0000"


def _month(day: date, months: int) -> date:
    """The first of the month that lies `months` after that of `day`."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _start(unit: str, today: date, steps: int) -> date:
    """First day of the unit that holds today, moved by whole units; weeks start on Sunday (locale en_US)."""
    if unit == "DAY":
        return today + timedelta(days=steps)
    if unit == "WEEK":
        return today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=steps)
    if unit == "MONTH":
        return _month(today, steps)
    if unit == "QUARTER":
        return _month(today.replace(month=(today.month - 1) // 3 * 3 + 1), 3 * steps)
    return _month(today.replace(month=1), 12 * steps)


def period(literal: str, now: datetime, zone: str = "UTC") -> tuple[date, date]:
    """First day and the day after the last of a date literal (`LAST_N_DAYS:30`), in the person's time zone.

    The fiscal year is the calendar year, as in an org that has set none.
    """
    name, _, count = literal.upper().partition(":")
    today = now.astimezone(ZoneInfo(zone)).date()
    n = int(count[:DIGITS]) if count else 0
    single = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
    name = name.replace("FISCAL_", "")
    try:
        if name in single:
            return _start("DAY", today, single[name]), _start("DAY", today, single[name] + 1)
        if name in ("LAST_90_DAYS", "NEXT_90_DAYS"):
            name, n = name.replace("90", "N"), 90
        words = name.split("_")
        unit = words[-2 if words[-1] == "AGO" else -1].removesuffix("S")
        if words[-1] == "AGO":
            return _start(unit, today, -n), _start(unit, today, 1 - n)
        if words[1] == "N" and words[0] == "LAST":
            # LAST_N_DAYS takes today in; the longer units end where the current one starts.
            return _start(unit, today, -n), _start(unit, today, 1 if unit == "DAY" else 0)
        if words[1] == "N":
            return _start(unit, today, 1), _start(unit, today, 1 + n)
        steps = {"LAST": -1, "THIS": 0, "NEXT": 1}[words[0]]
        return _start(unit, today, steps), _start(unit, today, steps + 1)
    except (OverflowError, ValueError):
        raise BadLiteral(f"Invalid date literal: {literal}") from None


def midnight(day: date, zone: str) -> str:
    """The stored form of the day's first second in a time zone."""
    try:
        return stamp(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))
    except OverflowError:
        return stamp(datetime(day.year, day.month, day.day, tzinfo=UTC))
