"""Several names as one line of text, as options, parameters and settings hold them: with commas, and one that holds a
comma itself between double quotes, as in a CSV file. It knows no command and no file."""

from __future__ import annotations

import csv
from collections.abc import Iterable

QUOTES = "Put a name that holds a comma between double quotes."


def names_in(text: str) -> tuple[str, ...]:
    """The names of a line, without the blanks around them; none twice."""
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    return tuple(dict.fromkeys(name for row in rows for part in row if (name := part.strip())))


def as_line(names: Iterable[str], between: str = ",") -> str:
    """The line that ``names_in`` reads these names from."""
    return between.join(_quoted(name) for name in names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name
