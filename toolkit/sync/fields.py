"""What the core asks of the field rules: a few questions about one field's values, nothing about either vendor.

The mapping files answer them (toolkit/mapping); the core's own tests answer them with a toy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from toolkit.model import CannotCarry, Kind, MatchKeys, Record, Side, Value

Direction = Literal["both", "salesforce-to-accelo", "accelo-to-salesforce"]
ConflictPolicy = Literal["ask", "salesforce", "accelo", "newest"]


class Field(Protocol):
    """One field that both sides hold."""

    @property
    def name(self) -> str:
        """The rule's name, stable over the years: bases and questions are kept by it."""

    @property
    def label(self) -> str:
        """What a person calls it."""

    @property
    def direction(self) -> Direction:
        """Where an edit may flow."""

    @property
    def policy(self) -> ConflictPolicy | None:
        """What wins when both sides changed; None leaves it to the policy of the workspace."""

    @property
    def row(self) -> str | None:
        """The name in ``Record.refs`` of the row that Accelo has for this field alone (an address); else None."""

    @property
    def moves(self) -> bool:
        """Is it told of a contact in a company (Accelo's affiliation), so that each company may have its own."""

    def needs(self, side: Side) -> bool:
        """Whether that side takes no record without it."""

    def normal(self, value: Value, country: str) -> str:
        """The value's normal form; "" is blank. ``country`` is the pair's ISO code, "" where unknown. Never raises."""

    def problem(self, to: Side, value: Value) -> CannotCarry | None:
        """Why this value cannot be written to that side; None when it can."""


class ObjectRules(Protocol):
    """The rules of one kind of record."""

    @property
    def fields(self) -> Mapping[str, Field]:
        """By name, in the order in which people read them."""

    def country(self, records: Sequence[Record | None]) -> str:
        """The ISO country code of the first record that tells one; else the default of the mapping, else ""."""

    def keys(self, record: Record) -> MatchKeys:
        """What the record is compared by (without scope)."""

    def title(self, record: Record) -> str:
        """What a person calls the record."""


class Rules(Protocol):
    """All rules; ``digest`` changes when any of them does."""

    @property
    def digest(self) -> str: ...

    def of(self, kind: Kind) -> ObjectRules: ...
