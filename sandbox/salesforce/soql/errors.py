"""The one error of SOQL: a code and a message that shows the place as Salesforce's own parser does.

The form (excerpt, caret, `ERROR at Row:n:Column:n`, text) follows recorded answers of the REST query resource.
"""

from __future__ import annotations

BEFORE, AFTER = 36, 36
"""Characters of the statement shown on either side of the place, cut at white space or a comma."""


class SoqlError(Exception):
    """A statement that the org refuses, with the REST error code and message (HTTP 400)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def error_at(text: str, offset: int, code: str, message: str) -> SoqlError:
    """The error at a place of the statement; rows and columns count from 1."""
    offset = min(offset, len(text))
    row = text.count("\n", 0, offset) + 1
    line_start = text.rfind("\n", 0, offset) + 1
    line_end = text.find("\n", offset)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    column = offset - line_start
    start, end = _window(line, column)
    caret = " " * (column - start) + "^"
    return SoqlError(code, f"\n{line[start:end].rstrip()}\n{caret}\nERROR at Row:{row}:Column:{column + 1}\n{message}")


def _window(line: str, column: int) -> tuple[int, int]:
    start = max(0, column - BEFORE)
    if start:
        while start < column and line[start - 1] not in " ,\t":
            start += 1
    end = min(len(line), column + AFTER)
    while end < len(line) and line[end] not in " ,\t" and end < column + 2 * AFTER:
        end += 1
    return start, end
