"""The nouns of the imitation: a resource, its fields, and what may be written to it.

They describe; reading, filtering and writing are done by the engines beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

COLUMN_TYPES = {
    "id": "INTEGER PRIMARY KEY",
    "int": "INTEGER",
    "ts": "INTEGER",
    "link": "INTEGER",
    "echo": "INTEGER",
    "flag": "INTEGER",
    "bare": "INTEGER",
    "money": "REAL",
    "fraction": "REAL",
    "text": "TEXT COLLATE NOCASE",
    "memo": "TEXT COLLATE NOCASE",
    "json": "TEXT",
}
NUMERIC = frozenset({"id", "int", "ts", "link", "echo", "flag", "bare", "money", "fraction"})


@dataclass(frozen=True)
class Field:
    """A field of a resource as the wire shows it; `empty` is what stands for a value that is not set."""

    name: str
    kind: str
    link: str = ""
    default: bool = False
    hidden: bool = False
    in_all: bool = True
    column: str = ""
    computed: bool = False
    empty: str | None = None

    @property
    def stored(self) -> bool:
        """Has it a column of its own."""
        return not (self.computed or self.column)


@dataclass(frozen=True)
class Write:
    """A parameter of POST or PUT and the column that it fills."""

    name: str
    kind: str
    column: str
    required: bool = False
    link: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Resource:
    """A table of the deployment and what the API does with it."""

    name: str
    path: str
    singular: str
    fields: tuple[Field, ...]
    methods: frozenset[str] = frozenset({"GET"})
    basic: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    ranges: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    empties: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    search: tuple[str, ...] = ()
    post: tuple[Write, ...] = ()
    put: tuple[Write, ...] = ()
    expr: Mapping[str, str] = field(default_factory=dict)
    cond: Mapping[str, str] = field(default_factory=dict)
    alias: Mapping[str, str] = field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    recent: str = ""
    newest: str = ""
    status_field: str = ""
    statuses: str = ""
    hide_inactive: bool = False

    @property
    def table(self) -> str:
        """The SQLite table."""
        return f"ac_{self.name}"

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by the name on the wire."""
        return {f.name: f for f in self.fields}

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        """Fields with a column."""
        return tuple(f for f in self.fields if f.stored)

    @cached_property
    def columns(self) -> frozenset[str]:
        """Names of the columns."""
        return frozenset(f.name for f in self.stored)

    def sql(self, name: str) -> str:
        """The SQL of a field, filter or order name over the table `t`."""
        name = self.alias.get(name, name)
        known = self.by_name.get(name)
        if known is not None and known.kind == "echo":
            return "t.affiliation"
        if name in self.expr:
            return f"({self.expr[name]})"
        if known is None:
            raise KeyError(name)
        return f't."{known.column or known.name}"'

    def is_numeric(self, name: str) -> bool:
        """Does a filter name compare as a number."""
        name = self.alias.get(name, name)
        known = self.by_name.get(name)
        if known is not None and known.column:
            known = self.by_name[known.column]
        return known is None or known.kind in NUMERIC


def parse_field(text: str) -> Field:
    """The field that a line of a resource file describes."""
    marks = text[: len(text) - len(text.lstrip("*~-"))]
    words = text.lstrip("*~-").split()
    default, hidden, in_all = "*" in marks, "~" in marks, not set(marks) & {"~", "-"}
    if len(words) > 1 and words[1] == "=":
        return Field(words[0], "alias", "", default, hidden, in_all, column=words[2])
    options = words[2:]
    empty = next((o.removeprefix("empty=") for o in options if o.startswith("empty=")), None)
    link = next((o for o in options if o != "expr" and not o.startswith("empty=")), "")
    computed = words[1] == "echo" or "expr" in options
    return Field(words[0], words[1], link, default, hidden, in_all, computed=computed, empty=empty)


def parse_write(text: str) -> Write:
    """The write parameter that a line of a resource file describes."""
    left, _, column = text.partition(">")
    words = left.split()
    name = words[0].rstrip("!")
    kind = words[1] if len(words) > 1 else "text"
    rest = words[2] if len(words) > 2 else ""
    low, high = (int(n) for n in rest.split(",")) if kind == "int" and rest else (None, None)
    return Write(
        name,
        kind,
        column.strip() or name,
        required=words[0].endswith("!"),
        link=rest if kind == "link" else "",
        choices=tuple(rest.split(",")) if kind == "choice" else (),
        low=low,
        high=high,
    )
