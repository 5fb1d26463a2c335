"""A world from a folder of CSV files: one file an object, in Salesforce's own column names.

A columns.toml beside them renames columns, joins files and sets constants; its words are read in `recipe`.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.world import Accelo, Salesforce, WorldError, firm
from sandbox.world.recipe import Recipe, Row, recipes

csv.field_size_limit(16 * 1024 * 1024)
ACCELO_FOLDER = "accelo"


@dataclass(frozen=True)
class Folder:
    """The path of the folder, or of a columns.toml that says `folder = "…"`."""

    spec: str

    def load(self, salesforce: Salesforce, accelo: Accelo, seed: int) -> None:
        """Salesforce objects first, in an order in which parents come before children."""
        folder, columns = self._places()
        order = {name.lower(): name for name in salesforce.schema.objects}
        plan = _plan(folder, columns, order)
        for recipe in plan:
            for name, definition in recipe.custom.items():
                salesforce.add_field(recipe.object, {"name": name, **definition})
        ids: dict[str, set[str]] = {}
        for name in order.values():
            rows = [row for recipe in plan if recipe.object == name for row in recipe.rows(folder, salesforce, ids)]
            if not rows:
                continue
            ids[name] = {str(row["Id"])[:15] for row in rows if row.get("Id")}
            _without_unknown(salesforce, name, rows)
            try:
                salesforce.load(name, rows)
            except (ValueError, LookupError) as error:
                raise WorldError(f"{_place(folder, plan, name, rows, error)}: {error}") from error
        given = {path.stem: path for path in sorted((folder / ACCELO_FOLDER).glob("*.csv"))}
        firm.load_lists(accelo, but=set(given))
        for name, path in given.items():
            try:
                accelo.load(name, list(read(path)))
            except (ValueError, LookupError) as error:
                raise WorldError(f"{path}: {error}") from error

    def _places(self) -> tuple[Path, dict[str, Any]]:
        """The folder of the CSV files, and what columns.toml says."""
        path = Path(self.spec)
        columns = path if path.is_file() else path / "columns.toml"
        told: dict[str, Any] = {}
        if columns.exists():
            try:
                told = tomllib.loads(columns.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise WorldError(f"{columns}: {error}") from None
        folder = columns.parent / str(told.pop("folder", "."))
        if not folder.is_dir():
            raise WorldError(f"{folder}: no such folder of CSV files")
        if not told and not any(folder.glob("*.csv")) and not any((folder / ACCELO_FOLDER).glob("*.csv")):
            raise WorldError(f"{folder}: no CSV file and no columns.toml in this folder")
        return folder, told


def _plan(folder: Path, told: dict[str, Any], order: dict[str, str]) -> list[Recipe]:
    """What columns.toml says, and a plain recipe for every other file that is named as an object."""
    plan = recipes(told, order, str(folder / "columns.toml"))
    used = {recipe.object for recipe in plan} | {recipe.file for recipe in plan}
    for path in sorted(folder.glob("*.csv")):
        name = order.get(path.stem.lower())
        if name is not None and name not in used and path.name not in used:
            plan.append(Recipe(object=name, file=path.name))
        elif name is None and not told:
            print(f"{path}: no object of that name; the file is left out", file=sys.stderr)
    return plan


def _place(folder: Path, plan: list[Recipe], name: str, rows: list[Row], error: Exception) -> str:
    """The file, and the row where a cell is at fault and the rows of the file are those of the object."""
    made_by = [recipe for recipe in plan if recipe.object == name]
    if len(made_by) != 1 or not made_by[0].file:
        return str(folder / name)
    file = str(folder / made_by[0].file)
    field, cell = str(getattr(error, "field", "")).lower(), getattr(error, "cell", None)
    at = next(
        (n for n, row in enumerate(rows, 2) if any(k.lower() == field and str(v) == cell for k, v in row.items())), None
    )
    return file if at is None or made_by[0].chooses else f"{file}, row {at}"


def read(path: Path, delimiter: str = ",", encoding: str = "utf-8-sig") -> Iterator[Row]:
    """The rows of a CSV file; an empty cell is None. Raises WorldError."""
    try:
        with path.open(newline="", encoding=encoding) as file:
            reader = csv.DictReader(file, delimiter=delimiter)
            for row in reader:
                if None in row:
                    raise WorldError(f"{path}, line {reader.line_num}: more cells than columns")
                yield {name: value or None for name, value in row.items()}
    except FileNotFoundError:
        raise WorldError(f"{path}: no such file") from None
    except (UnicodeDecodeError, csv.Error, LookupError) as error:
        raise WorldError(f"{path}: {error}") from None


def _without_unknown(salesforce: Salesforce, name: str, rows: list[Row]) -> None:
    """Custom columns become fields; other columns that the object does not have are left out, and said."""
    known = salesforce.schema.object(name).by_lower
    unknown = {column for row in rows for column in row if column.lower() not in known}
    for column in sorted(unknown):
        if column.lower() == "currencyisocode":
            salesforce.add_field(name, firm.currency_field({str(row[column]) for row in rows if row.get(column)}))
        elif column.lower().endswith("__c"):
            salesforce.add_field(name, {"name": column, "type": "string"})
        elif column == "" or "." in column or column != column.strip():
            raise WorldError(f"{name}: {column!r} is no column name")
        else:
            print(f"{name}: no field {column!r}; the column is left out", file=sys.stderr)
            for row in rows:
                row.pop(column, None)
