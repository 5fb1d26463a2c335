"""columns.toml: how the rows of one object are made from files that know nothing of Salesforce.

Every word of it is read here, and an unknown word is an error; the sandbox's README explains them with an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.world import Salesforce, WorldError
from sandbox.world.ids import id_of_text

Row = dict[str, Any]
_COLUMN = re.compile(r"\{([^{}]+)\}")
_CELL_WORDS = {"column", "text", "default", "date", "values", "times", "part", "mail_at", "id_of"}


@dataclass(frozen=True)
class Join:
    """Another file, looked up by a column; its columns are then named `name.column`."""

    file: str
    column: str
    other: str


@dataclass(frozen=True)
class Cell:
    """How one field is made; the words apply in this order."""

    column: tuple[str, ...] = ()
    """Source columns; the first that is filled counts."""
    text: str | None = None
    """Or a text with {source column} in it."""
    date: tuple[str, ...] = ()
    """How a date is written, strptime's way: "%d-%m-%Y"; several are tried in turn."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What a value becomes; "*" stands for every other value."""
    times: float | None = None
    """A number is multiplied by this."""
    part: str | None = None
    """`first` or `rest` of the words of a name."""
    mail_at: str | None = None
    """The words of a name become an address at this domain."""
    id_of: str | None = None
    """The id of the record of this object that was made from the same text."""
    default: str | None = None
    """What stands there (a text, with {source column} in it) when all this gave nothing."""

    def make(self, row: Mapping[str, Any], where: str, ids: Mapping[str, set[str]], prefix: str) -> Any:
        """The value of the field; raises WorldError."""
        value = _filled(self.text, row, where) if self.text is not None else _first(self.column, row, where)
        if value is not None:
            value = self._worked(value, where, ids, prefix)
        if value is None and self.default is not None:
            return _filled(self.default, row, where)
        return value

    def _worked(self, value: str, where: str, ids: Mapping[str, set[str]], prefix: str) -> Any:
        if self.date:
            value = _date(value, self.date, where)
        value = self.values.get(value, self.values.get("*", value))
        if self.times is not None and value:
            return _times(value, self.times, where)
        if self.part is not None:
            first, _, rest = value.partition(" ")
            value = first if self.part == "first" else rest
        if self.mail_at is not None and value:
            value = ".".join(re.findall(r"\w+", value.lower())) + f"@{self.mail_at}"
        if self.id_of is not None and value:
            value = id_of_text(prefix, f"{self.id_of}\n{value}")
            made = ids.get(self.id_of)
            # A reference to a record that no file holds is left empty, as an import would leave it.
            if made is not None and value[:15] not in made:
                return None
        return value or None


@dataclass(frozen=True)
class Recipe:
    """One table of columns.toml."""

    object: str
    file: str | None = None
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    unique: tuple[str, ...] = ()
    """One row for each different value of these source columns; rows where they are empty are left out."""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Source column -> the values wanted."""
    join: Mapping[str, Join] = field(default_factory=dict)
    columns: Mapping[str, Cell] | None = None
    """Field -> how it is made; None: the file's columns are the fields."""
    constants: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Custom fields to be added to the object, in the words of describe (type, label, length, values…)."""
    given: tuple[Row, ...] = ()
    """Rows written in the file itself."""

    @property
    def chooses(self) -> bool:
        """Are its rows others than those of the file, one for one."""
        return bool(self.unique or self.only or self.given)

    def rows(self, folder: Path, salesforce: Salesforce, ids: Mapping[str, set[str]]) -> Iterator[Row]:
        """The rows of the object; raises WorldError."""
        for row in self.given:
            yield {**self.constants, **row}
        if self.file is None:
            return
        seen: set[tuple[Any, ...]] = set()
        prefixes = {name: obj.key_prefix for name, obj in salesforce.schema.objects.items()}
        for number, row in enumerate(self._joined(folder), 2):
            if self.unique:
                key = tuple(row.get(column) for column in self.unique)
                if key in seen or None in key:
                    continue
                seen.add(key)
            if any(row.get(column) not in wanted for column, wanted in self.only.items()):
                continue
            where = f"{folder / self.file}, row {number}"
            if self.columns is None:
                made = dict(row)
            else:
                made = {
                    name: cell.make(row, f"{where}, {name}", ids, prefixes.get(cell.id_of or "") or "")
                    for name, cell in self.columns.items()
                }
            yield {**made, **self.constants}

    def _joined(self, folder: Path) -> Iterator[Row]:
        from sandbox.world.folder import read

        assert self.file is not None
        others: dict[str, dict[Any, Row]] = {}
        for name, join in self.join.items():
            others[name] = {}
            for other in read(folder / join.file, self.delimiter, self.encoding):
                others[name].setdefault(other.get(join.other), other)
        for row in read(folder / self.file, self.delimiter, self.encoding):
            for name, join in self.join.items():
                found = others[name].get(row.get(join.column), {})
                row.update({f"{name}.{column}": value for column, value in found.items()})
            yield row


def recipes(told: Mapping[str, Any], order: Mapping[str, str], where: str) -> list[Recipe]:
    """The tables of columns.toml, checked word by word; raises WorldError."""
    plan = []
    for name, tables in told.items():
        if name.lower() not in order:
            raise WorldError(f"{where}: no object {name!r}")
        for table in tables if isinstance(tables, list) else [tables]:
            plan.append(_recipe(order[name.lower()], table, f"{where}, [{name}]"))
    return plan


def _recipe(name: str, table: Mapping[str, Any], where: str) -> Recipe:
    known = {item.name for item in fields(Recipe)} - {"object", "given"} | {"rows"}
    unknown = set(table) - known
    if unknown:
        raise WorldError(f"{where}: unknown {', '.join(sorted(unknown))}; there is {', '.join(sorted(known))}")
    words = dict(table)
    given = tuple(dict(row) for row in words.pop("rows", ()))
    if "file" not in words and not given:
        words["file"] = f"{name}.csv"
    columns = words.pop("columns", None)
    joins = words.pop("join", {})
    return Recipe(
        object=name,
        given=given,
        columns=None if columns is None else {key: _cell(cell, f"{where} {key}") for key, cell in columns.items()},
        join={key: _join(join, f"{where} join {key}") for key, join in joins.items()},
        unique=_texts(words.pop("unique", ())),
        only={key: _texts(wanted) for key, wanted in words.pop("only", {}).items()},
        **words,
    )


def _join(told: Mapping[str, Any], where: str) -> Join:
    on = told.get("on")
    if set(told) != {"file", "on"} or not isinstance(on, dict) or len(on) != 1:
        raise WorldError(f'{where}: a join is {{file = "other.csv", on = {{"our column" = "its column"}}}}')
    ((column, other),) = on.items()
    return Join(str(told["file"]), column, other)


def _cell(told: Any, where: str) -> Cell:
    if isinstance(told, str):
        return Cell(column=(told,))
    if not isinstance(told, dict) or set(told) - _CELL_WORDS or not {"column", "text"} & set(told):
        raise WorldError(f"{where}: a source column, or a table of {', '.join(sorted(_CELL_WORDS))}")
    if told.get("part") not in (None, "first", "rest"):
        raise WorldError(f"{where}: part is first or rest")
    words = {**told, "column": _texts(told.get("column", ())), "date": _texts(told.get("date", ()))}
    return Cell(**words)


def _texts(told: Any) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


def _first(columns: tuple[str, ...], row: Mapping[str, Any], where: str) -> Any:
    for column in columns:
        if column not in row and "." not in column:
            raise WorldError(f"{where}: the file has no column {column!r}")
        if row.get(column) is not None:
            return row[column]
    return None


def _filled(text: str, row: Mapping[str, Any], where: str) -> str | None:
    """The text with its columns; nothing when all of them are empty."""
    values = []

    def value(found: re.Match[str]) -> str:
        column = found.group(1)
        if column not in row and "." not in column:
            raise WorldError(f"{where}: {text!r}: the file has no column {column!r}")
        values.append(row.get(column))
        return str(row.get(column) or "")

    made = _COLUMN.sub(value, text)
    return None if values and not any(values) else made.strip() or None


def _date(value: str, formats: tuple[str, ...], where: str) -> str:
    for form in formats:
        try:
            moment = datetime.strptime(value, form)  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        # Midnight is a day; Salesforce's datetime fields take a day as its first second.
        midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        return moment.strftime("%Y-%m-%d" if midnight else "%Y-%m-%dT%H:%M:%S.000+0000")
    raise WorldError(f"{where}: {value!r} is no date written as {' or '.join(formats)}")


def _times(value: str, factor: float, where: str) -> float:
    try:
        return round(float(value) * factor, 2)
    except ValueError:
        raise WorldError(f"{where}: {value!r} is no number") from None
