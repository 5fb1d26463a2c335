"""Tables as a notebook and a report show them: no row numbers, nothing cut off, blanks blank, all text escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from toolkit.model import Address, jsonable

SHOWN = 60
"""Rows of a table that are shown; the notebook says how many more there are."""
BREAK = "\ue000"
"""Stands for the end of a line while a table is made (a private character: it means nothing in anybody's text)."""


class Table:
    """A data frame (``frame``) with a look of its own."""

    def __init__(self, frame: pd.DataFrame, *, shown: int = SHOWN, nothing: str = "Nothing.") -> None:
        self.frame, self.shown, self.nothing = frame, shown, nothing

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], columns: list[str], **options: Any) -> Table:
        return cls(
            pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=columns), **options
        )

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return self._said() or str(self.frame.head(self.shown).to_string(index=False))

    def _repr_html_(self) -> str:
        said = self._said()
        if said:
            return f"<p>{html.escape(said)}</p>"
        frame = self.frame.head(self.shown).map(lambda value: text(value).replace("\n", BREAK))
        with pd.option_context("display.max_colwidth", None):
            body = str(frame.to_html(index=False, border=0, justify="left", escape=True))
        for cell in ("td", "th"):  # JupyterLab sets cells to the right; what they hold is escaped, so these are ours
            body = body.replace(f"<{cell}>", f'<{cell} style="text-align: left; vertical-align: top">')
        body = body.replace(BREAK, "<br>")
        more = len(self.frame) - self.shown
        return body + (f"<p>and {more} more; all of them are in run.duckdb</p>" if more > 0 else "")

    def _said(self) -> str:
        return "" if len(self.frame) else self.nothing


def text(value: Any) -> str:
    """A value as a person reads it; an address on one line."""
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, Address):
        value = jsonable(value)
    if isinstance(value, Mapping):
        return ", ".join(", ".join(str(part).splitlines()) for part in value.values() if part)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
