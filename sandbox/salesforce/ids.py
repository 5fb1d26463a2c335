"""Record ids: 15 case-sensitive characters, the 3 check characters that make them 18, and the minting of new ones.

The check characters follow the published rule: per 5 characters, one bit for each capital letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "gK0000"
"""Characters 4 to 9 of every id that this org mints: its instance and reserved places."""
BLOCK = 1000
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?", re.ASCII)
_CASE = str.maketrans(DIGITS, "".join("1" if c.isupper() else "0" for c in DIGITS))
_BITS = {"".join(str(i >> k & 1) for k in range(5)): CHECK[i] for i in range(32)}


def checksum(fifteen: str) -> str:
    """The 3 check characters of a 15-character id."""
    bits = fifteen.translate(_CASE)
    return _BITS[bits[0:5]] + _BITS[bits[5:10]] + _BITS[bits[10:15]]


def to18(value: str) -> str | None:
    """The 18-character form of an id in either form; None when the text is no id.

    Salesforce repairs the letters' case from the check characters; here a wrong check character is refused.
    """
    if not _SHAPE.fullmatch(value):
        return None
    if len(value) == 15:
        return value + checksum(value)
    return value if checksum(value[:15]) == value[15:] else None


def to15(value: str) -> str:
    return value[:15]


def base62(number: int, width: int) -> str:
    out = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        out.append(DIGITS[digit])
    return "".join(reversed(out))


def make(prefix: str, number: int) -> str:
    """The id of the number-th record of a kind."""
    fifteen = prefix + POD + base62(number, 6)
    return fifteen + checksum(fifteen)


class Mint:
    """Counts up per key prefix; a block of numbers is reserved at a time so that a restart never repeats one."""

    def __init__(self, reserved: Callable[[str], int], reserve: Callable[[str, int], None]) -> None:
        self._reserved, self._reserve = reserved, reserve
        self._next: dict[str, int] = {}
        self._end: dict[str, int] = {}
        self._unsafe: set[str] = set()
        """Series with a block whose reservation may still be rolled back."""

    def __call__(self, prefix: str) -> str:
        return make(prefix, self.number(prefix))

    def number(self, name: str) -> int:
        """The next number of a series (a key prefix, or the name of an auto-number)."""
        n = self._next.get(name)
        if n is None or n >= self._end[name]:
            n = self._reserved(name)
            self._end[name] = n + BLOCK
            self._reserve(name, n + BLOCK)
            self._unsafe.add(name)
        self._next[name] = n + 1
        return n

    def committed(self) -> None:
        """The reservations are safe."""
        self._unsafe.clear()

    def rolled_back(self) -> None:
        """Reservations may be gone from the database: read them again, so that a restart cannot repeat a number."""
        for name in self._unsafe:
            self._next.pop(name, None)
        self._unsafe.clear()

    def forget(self) -> None:
        """The database was put back: read the counters again."""
        self._next.clear()
        self._end.clear()
        self._unsafe.clear()
