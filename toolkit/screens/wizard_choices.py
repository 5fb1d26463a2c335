"""What the wizard's controls offer, and what somebody chose in them, as the mappings and the notebooks take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from toolkit.errors import UsageError
from toolkit.listed import as_line, names_in
from toolkit.screens.wizard_lists import EVERYONE, NOBODY, NOTHING, by_default
from toolkit.screens.words import many


def offered(rows: list[dict[str, Any]], column: str, known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What a table offers: nothing (or the default), then what Accelo has; and what it shows beside that, for it stands
    in the mapping file and cannot be given."""
    choices = [_unnamed(rows) if column == "In Accelo" else NOTHING, *known.values()]
    return choices, [row[column] for row in rows if row[column] not in choices]


def _unnamed(rows: list[dict[str, Any]]) -> str:
    everyone = next(row["In Accelo"] for row in rows if row["id"] == EVERYONE)
    return everyone if everyone == NOBODY else by_default(everyone)


def chosen(rows: list[dict[str, Any]], changed: Mapping[int, Mapping[str, Any]], column: str,
           known: Mapping[str, str]) -> dict[str, str]:  # fmt: skip
    """What somebody chose in the table: row id -> id in Accelo ("" for nobody).
    Raises UsageError for what is no choice."""
    empty = offered(rows, column, known)[0][0]
    ids = {label: id for id, label in known.items()} | {empty: ""}
    found = {}
    for at, cells in changed.items():
        if cells.keys() - {column}:
            raise UsageError(
                "Only the last choice of a row is changed here.", next_step=f"Choose in the column {column}."
            )
        if cells.get(column) is not None:
            if cells[column] not in ids:
                raise UsageError(f"“{cells[column]}” is no choice.", next_step="Choose one of the list.")
            if rows[int(at)]["id"] != EVERYONE or cells[column] != empty:  # the default is not what it is itself
                found[str(rows[int(at)]["id"])] = ids[cells[column]]
    return found


def in_the_way(of: str, missing: tuple[int, int], lost: list[str]) -> list[str]:
    """What of this table blocks the import; nothing: everything that occurs is mapped. ``missing``: how many are not
    mapped, and the records that hang on them."""
    one, more, where = (
        ("owner", "owners", "mapped to somebody who is not active in Accelo")
        if of == "users"
        else ("status", "statuses", "mapped to one that Accelo does not have")
    )
    said = []
    if missing[0]:
        hang = f"{many(missing[1], 'record')} hang on them. Unmapped blocks the import."
        said.append(f"{many(missing[0], one, more)} not mapped; {hang}")
    if lost:
        said.append(f"{many(len(lost), one, more)} {where}. That blocks the import.")
    return said


def everyone(rows: list[dict[str, Any]], known: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Who may stand for everyone who is not named (label -> id), and who does; somebody who is not active any more is
    shown, for that is so until another is chosen."""
    now = next(row for row in rows if row["id"] == EVERYONE)["In Accelo"]
    labels = {NOBODY: ""} | {label: id for id, label in known.items()}
    return labels | ({} if now in labels else {now: now}), now


def scoped(since: date | None, until: date | None, only: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What was chosen in the step Scope, as ``ask`` and the notebooks take it; "" is no limit."""
    days = {"since": str(since or ""), "until": str(until or "")}
    return days | {name: as_line(chosen) for name, chosen in only.items()}


def still_there(line: str, known: Mapping[str, str]) -> list[str]:
    """The names of a scope that was kept, without those that occur no more."""
    return [name for name in names_in(line) if name in known]
