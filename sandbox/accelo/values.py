"""One parameter of a write turned into what its column holds; what cannot be is refused as invalid_request.

An empty text clears a field, as the documentation says of resolution_detail and contract_id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.accelo.errors import AcceloError, invalid
from sandbox.accelo.model import Write

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*\.?")
_YES = frozenset({"yes", "1", "true", "on"})
_NO = frozenset({"no", "0", "false", "off"})


def plain(value: Any) -> str:
    """A form text or a JSON scalar as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        raise invalid()
    return str(value)


class Values:
    """Reads values by the deployment's switches; `exists(resource name, id)` tells whether a link's target is there."""

    def __init__(self, exists: Callable[[str, int], bool], switches: Any) -> None:
        self._exists = exists
        self._switches = switches

    def read(self, write: Write, value: Any) -> Any:
        """What goes into the column."""
        text = plain(value)
        reader = getattr(self, f"_{write.kind}")
        if text == "" and write.kind not in ("text", "memo", "email"):
            return None
        return reader(write, text)

    def _wrong(self, write: Write) -> AcceloError:
        return invalid(f"The value of '{write.name}' is invalid.")

    def _text(self, write: Write, text: str) -> str:
        if write.required and not text.strip():
            raise self._wrong(write)
        return text

    def _memo(self, _write: Write, text: str) -> str:
        if self._switches["accelo_line_ends"] == "crlf":
            return re.sub(r"\r\n|\r|\n", "\r\n", text)
        return text

    def _email(self, write: Write, text: str) -> str:
        if text and not _EMAIL.fullmatch(text.strip()):
            raise self._wrong(write)
        return text.strip()

    def _int(self, write: Write, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise self._wrong(write) from None
        if (write.low is not None and number < write.low) or (write.high is not None and number > write.high):
            raise self._wrong(write)
        return number

    def _link(self, write: Write, text: str) -> int | None:
        if text == "0":
            return None
        number = self._int(write, text)
        if not self._exists(write.link, number):
            raise self._wrong(write)
        return number

    def _decimal(self, write: Write, text: str) -> Decimal:
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self._wrong(write) from None
        if not number.is_finite():
            raise self._wrong(write)
        return number

    def _money(self, write: Write, text: str) -> float:
        return float(self._decimal(write, text).quantize(Decimal("0.01"), ROUND_HALF_UP))

    def _percent(self, write: Write, text: str) -> float:
        number = self._decimal(write, text)
        if not 0 <= number <= 100:
            raise self._wrong(write)
        return float(number / 100)

    def _yesno(self, write: Write, text: str) -> str:
        return "yes" if self._switch(write, text) else "no"

    def _switch(self, write: Write, text: str) -> int:
        if text.lower() not in _YES | _NO:
            raise self._wrong(write)
        return int(text.lower() in _YES)

    def _choice(self, write: Write, text: str) -> str:
        if text.lower() not in write.choices:
            raise self._wrong(write)
        return text.lower()

    def _date(self, write: Write, text: str) -> int:
        if not re.fullmatch(r"-?\d+(\.0+)?", text) and self._switches["accelo_iso_dates"] != "everywhere":
            raise self._wrong(write)
        return self._isodate(write, text)

    def _isodate(self, write: Write, text: str) -> int:
        moment = read_moment(text, self._switches["accelo_timezone"])
        if moment is None:
            raise self._wrong(write)
        return moment


def read_moment(text: str, zone: str) -> int | None:
    """Unix seconds of a timestamp or an ISO 8601 text; a bare date is midnight of the deployment. None: neither."""
    if re.fullmatch(r"-?\d+(\.0+)?", text):
        return int(float(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return int(moment.timestamp())


def sent(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are fields: not those that shape the answer."""
    return {name: value for name, value in params.items() if not name.startswith("_")}
