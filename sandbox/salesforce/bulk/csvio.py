"""CSV as Bulk API 2.0 reads and writes it: delimiters and line endings by name, every value quoted on the way out.

Source: Bulk API 2.0 guide, "Prepare CSV Files" and "Valid CSV Record Rows".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from sandbox.salesforce.soql.shape import Cell

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
NULL = "#N/A"
_GROUP = 12
csv.field_size_limit(1 << 27)


class BadCsv(ValueError):
    """The data cannot be read at all; the text becomes the job's errorMessage."""


def line(values: Iterable[object], delimiter: str) -> str:
    """One row, every value quoted, without its ending."""
    return delimiter.join('"' + str(v).replace('"', '""') + '"' for v in values)


def rows(body: bytes, delimiter: str, ending: str) -> Iterator[list[str]]:
    """The rows, header first; a byte order mark is dropped. Raises BadCsv."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCsv("InvalidBatch : The data is not UTF-8") from error
    _check_ending(text, ending)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True)
    try:
        for row in reader:
            if row:
                yield row
    except csv.Error as error:
        raise BadCsv(f"InvalidBatch : Failed to parse CSV: {error}") from error


def _check_ending(text: str, ending: str) -> None:
    """The header's line ending must be the one that the job was created with."""
    end = text.find("\n")
    if end < 0:
        return
    found = "CRLF" if text[end - 1 : end] == "\r" else "LF"
    if found != ending:
        raise BadCsv(f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {ending}")


def sql_line(cells: Sequence[Cell], columns: int, sql: str, delimiter: str) -> str:
    """A statement that gives each row of `sql` as one CSV line: SQLite builds the text, not Python."""
    names = ", ".join(f"c{n}" for n in range(columns))
    quote, doubled = "'\"'", "'\"\"'"
    shown = []
    for cell in cells:
        column = f"c{cell.index}"
        if cell.kind == "boolean":
            shown.append(f"CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END")
        elif cell.kind in ("id", "reference", "date", "datetime", "int", "double", "currency", "percent"):
            shown.append(f"ifnull({column}, '')")
        else:
            shown.append(f"replace(ifnull({column}, ''), {quote}, {doubled})")
    glue = f" || '\"{delimiter}\"' || "
    # In parentheses by the dozen: SQLite takes no expression that is a thousand deep.
    groups = [f"({glue.join(shown[n : n + _GROUP])})" for n in range(0, len(shown), _GROUP)]
    return f"WITH answer({names}) AS ({sql}) SELECT {quote} || {glue.join(groups)} || {quote} FROM answer"
