"""The CSV files of a workspace: read with errors that a consultant understands, written for spreadsheets.

Cells that a spreadsheet would run as a formula are written with a leading apostrophe and read back without it.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from toolkit.errors import MappingError
from toolkit.files import write_atomically

Table = list[dict[str, str]]
Row = TypeVar("Row")
MARK = "\ufeff"  # by it a spreadsheet knows UTF-8
FORMULA = ("=", "+", "-", "@", "\t", "\r")


Spelling = Callable[[str], str]
"""The one spelling of a key that may be written in several."""


def as_written(key: str) -> str:
    return key


def read_table(
    path: Path, columns: tuple[str, ...], key: str, spelt: Spelling = as_written
) -> tuple[Table, dict[str, str]]:
    """The rows of a file with these columns (in any order), and where each key stands ("users.csv, line 3"); an absent
    file has none.

    Raises MappingError for text that is not UTF-8, a missing or unknown column, a row of another length, a key twice.
    """
    if not path.exists():
        return [], {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise MappingError(
            path.name, line, "is not UTF-8 text.", next_step="Save it in the spreadsheet as “CSV UTF-8”."
        ) from None
    head = text.splitlines()[0] if text.strip() else ""
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    missing = [name for name in columns if name not in header]
    if missing:
        raise MappingError(
            path.name, 1, f"has no column {', '.join(missing)}.", next_step=f"The columns are: {', '.join(columns)}."
        )
    rows: Table = []
    seen: dict[str, int] = {}
    for cells in _lines(path, reader):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise MappingError(
                path.name,
                reader.line_num,
                f"has {len(cells)} cells where the header has {len(header)}.",
                next_step="Put text that holds a comma between double quotes.",
            )
        row = {name: _plain(cell) for name, cell in zip(header, cells, strict=True)}
        row[key] = spelt(row[key])
        if row[key] in seen:
            raise MappingError(
                path.name,
                reader.line_num,
                f"names {key} “{row[key]}” again (first in line {seen[row[key]]}).",
                next_step="Keep one of the two lines.",
            )
        seen[row[key]] = reader.line_num
        rows.append({name: row[name] for name in columns})
    return rows, {name: f"{path.name}, line {line}" for name, line in seen.items()}


def _lines(path: Path, reader: Any) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:  # a quote that is never closed makes one huge cell of the rest
        raise MappingError(
            path.name,
            reader.line_num,
            "ends within a text that is too long for a cell.",
            next_step="Look for a double quote that is not closed.",
        ) from None


def read_rows(
    path: Path, row: Callable[..., Row], key: str, spelt: Spelling = as_written
) -> tuple[tuple[Row, ...], dict[str, str]]:
    """The lines of a file as rows of this dataclass, whose fields are the columns, and where each key stands. The count
    ``records`` is for people: what a spreadsheet made of it counts as 0. Raises MappingError as ``read_table``."""
    table, places = read_table(path, _columns(row), key, spelt)
    counted = ({**cells, "records": int(cells["records"]) if cells["records"].isdecimal() else 0} for cells in table)
    return tuple(row(**cells) for cells in counted), places


def write_rows(path: Path, row: Any, rows: Iterable[Any]) -> None:
    columns = _columns(row)
    write_table(path, columns, [{name: str(getattr(each, name)) for name in columns} for each in rows])


def _columns(row: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(row))


def write_table(path: Path, columns: tuple[str, ...], rows: Table) -> None:
    """Write for a spreadsheet: UTF-8 with a mark, comma."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(row[column]) for column in columns] for row in rows)
    write_atomically(path, MARK + text.getvalue())


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
