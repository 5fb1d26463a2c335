"""The parsed statement as values: what was written and where, before any name is looked up.

`at` is always the offset in the statement's text, so that later errors can point at the place.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """`Name`, `Account.Owner.Name`, `c.Name`."""

    parts: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Literal:
    """A constant; `kind` is one of text, number, currency, date, datetime, period, boolean, null."""

    kind: str
    value: object
    at: int


@dataclass(frozen=True)
class Call:
    name: str
    """Upper case."""
    arguments: tuple[Expression | Literal, ...]
    at: int


Expression = Path | Call


@dataclass(frozen=True)
class Item:
    """A field or function of the SELECT list."""

    expression: Expression
    alias: str | None


@dataclass(frozen=True)
class Subselect:
    query: Query
    at: int


@dataclass(frozen=True)
class TypeOf:
    """`TYPEOF What WHEN Account THEN Phone ELSE Name END`."""

    relationship: Path
    whens: tuple[tuple[Path, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]
    at: int


@dataclass(frozen=True)
class Comparison:
    """`operator` is one of = != < <= > >= LIKE IN, NOT IN, INCLUDES, EXCLUDES."""

    left: Expression
    operator: str
    right: tuple[Literal, ...] | Subselect
    at: int


@dataclass(frozen=True)
class Chain:
    """Conditions joined by one word, AND or OR: SOQL refuses a mixture without parentheses."""

    word: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    part: Condition


Condition = Comparison | Chain | Not


@dataclass(frozen=True)
class Order:
    expression: Expression
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Source:
    path: Path
    alias: str | None


@dataclass(frozen=True)
class Grouping:
    expressions: tuple[Expression, ...]
    form: str
    """"" (plain), ROLLUP or CUBE."""
    having: Condition | None


@dataclass(frozen=True)
class Query:
    """One SELECT; a sub-select is a Query too."""

    items: tuple[Item | Subselect | TypeOf, ...]
    sources: tuple[Source, ...]
    at: int
    text: str = ""
    """The whole statement, for errors."""
    scope: str | None = None
    where: Condition | None = None
    with_mode: str | None = None
    grouping: Grouping | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
    offset_at: int = 0
    locking: str | None = None
    tracking: tuple[str, ...] = ()
    all_rows_at: int | None = None
