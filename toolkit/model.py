"""The nouns that travel between modules: sides, records, links, bases, actions, plans, questions, ledger rows.

Frozen values without behaviour of their own; nothing here reads a file, a clock or a network.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

Side = Literal["salesforce", "accelo"]
Kind = Literal["company", "contact", "sale", "ticket"]
ImportKind = Literal["sale", "ticket"]
SIDES: tuple[Side, Side] = ("salesforce", "accelo")


@dataclass(frozen=True)
class Address:
    """One postal address as people typed it; its parts move as one unit and are never merged one by one."""

    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    def __bool__(self) -> bool:
        return any((self.street, self.city, self.state, self.postal_code, self.country))


Value = str | Address | None
"""A field's value in the product's words. Money is decimal text ("1000.00"), a day is ISO text ("2026-11-24")."""


@dataclass(frozen=True)
class Record:
    """What one side holds of one company, contact, sale or ticket, in the product's words.

    ``fields`` maps rule names ("name", "phone", "billing") to values as typed, not in normal form. A rule whose value
    could not be read (hidden by permissions, not asked for) is *absent*, never blank.
    ``parent`` is the id, on the same side, of the company. ``marker`` is the id of the other side that this record
    carries. ``refs`` holds ids that writing needs ("affiliation", "address.billing", "owner").
    """

    side: Side
    kind: Kind
    id: str
    fields: Mapping[str, Value]
    modified: datetime | None = None
    modified_by: str | None = None
    created: datetime | None = None
    parent: str | None = None
    marker: str | None = None
    refs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    deleted: bool = False
    merged_into: str | None = None
    skip: str | None = None
    """Why this record is out of scope (person account, no name ...); None when it is in scope."""


@dataclass(frozen=True)
class Item:
    """An opportunity or case as read, in the product's words. Money is decimal text, days are ISO text.

    ``nature``: open, won, lost (sales) or open, closed (tickets). ``people``: contact ids, best first.
    """

    kind: ImportKind
    id: str
    title: str
    text: str
    status: str
    nature: str
    owner: str | None
    company: str | None
    people: tuple[str, ...] = ()
    amount: str | None = None
    currency: str | None = None
    due: str | None = None
    probability: str | None = None
    priority: str | None = None
    type: str | None = None
    record_type: str | None = None
    created: str | None = None
    closed: str | None = None
    deleted: bool = False
    number: str | None = None


class LinkState(StrEnum):
    LINKED = "linked"
    RETIRED = "retired"  # one side is deleted or gone; base kept for a revival
    FROZEN = "frozen"  # a person must decide first


@dataclass(frozen=True)
class Link:
    """A pair of records that are the same company or contact (or an imported sale or ticket)."""

    pair: str
    kind: Kind
    salesforce_id: str | None
    accelo_id: str | None
    state: LinkState = LinkState.LINKED
    refs: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Flag(StrEnum):
    AGREED = "agreed"
    LOSSY = "lossy"  # each side keeps its own image; neither is rewritten until a person edits
    HELD = "held"  # Accelo's newer value is held back (read-only was or is on)
    KEPT = "kept"  # a person decided to keep both as they are
    UNDONE = "undone"


@dataclass(frozen=True)
class Base:
    """What each side held of one field when they last agreed, kept per side (algorithm: two bases)."""

    salesforce: Value
    accelo: Value
    flag: Flag = Flag.AGREED


class ActionType(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    LINK = "link"  # pair two existing records; may carry field changes as well
    MOVE = "move"  # a contact changed company
    RETIRE = "retire"
    REVIVE = "revive"
    REPOINT = "repoint"  # accounts merged in Salesforce: the link moves to the winner
    DEACTIVATE = "deactivate"  # decided by a person in the inbox


@dataclass(frozen=True)
class Change:
    """One field that an action writes: what stood there, what will stand there, and which rule decided it."""

    field: str
    before: Value
    after: Value
    rule: str  # a row of the decision table, e.g. "salesforce-changed", "first-link-salesforce-wins", "decision"
    reason: str  # one sentence for a person


@dataclass(frozen=True)
class Action:
    """One thing the plan will do. ``side`` is where it writes; None when only our own links and bases move.

    ``expected`` is what the target must still hold when it is written (field -> value as read); a difference makes
    the action stale. ``bases`` are the fields' bases after the action, where no write is needed to get there.
    """

    id: str
    type: ActionType
    kind: Kind
    side: Side | None
    pair: str
    salesforce_id: str | None
    accelo_id: str | None
    title: str  # what a person calls the record
    changes: tuple[Change, ...] = ()
    reason: str = ""
    parent: str | None = None  # pair id of the company that must be linked first
    expected: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    bases: Mapping[str, Base] = dataclasses.field(default_factory=dict)
    refs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    decided_by: str | None = None  # inbox item that allowed it


class QuestionKind(StrEnum):
    CONFLICT = "conflict"
    AMBIGUOUS = "ambiguous"
    NEW_IN_ACCELO = "new-in-accelo"
    DELETED_IN_SALESFORCE = "deleted-in-salesforce"
    GONE_IN_ACCELO = "gone-in-accelo"
    MERGED = "merged"
    CANNOT_CARRY = "cannot-carry"
    HELD_BACK = "held-back"
    INCOMPLETE = "incomplete"  # a contact without first name, without account ...
    POISON = "poison"


@dataclass(frozen=True)
class Question:
    """Something only a person may decide. ``key`` is stable over runs, so that a question is asked once."""

    key: str
    kind: QuestionKind
    record_kind: Kind
    title: str
    salesforce_id: str | None = None
    accelo_id: str | None = None
    field: str | None = None
    base: Value = None
    ours: Value = None  # Salesforce now
    theirs: Value = None  # Accelo now
    choices: tuple[str, ...] = ()
    reason: str = ""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # who, when, candidates with their scores


@dataclass(frozen=True)
class MatchKeys:
    """What a record is compared by before it is linked: normal forms, "" or () where unknown.

    ``scope`` is the pair id of the contact's company (the same text on both sides); "" for companies.
    """

    name: str = ""
    scope: str = ""
    domains: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    email: str = ""


@dataclass(frozen=True)
class CannotCarry:
    """Why a value cannot be written to a side: nothing is ever cut silently. ``length`` and ``limit`` in characters."""

    to: Side
    reason: str
    length: int | None = None
    limit: int | None = None


class RecordState(StrEnum):
    """Where a source record ends up; every record in scope is in exactly one (the ledger must close)."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class LedgerRow:
    side: Side
    kind: Kind
    id: str
    title: str
    state: RecordState
    reason: str
    action: str | None = None
    amount: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Finding:
    """Something the profile or a check noticed, with the number of records and the way to mend it."""

    code: str
    severity: Literal["info", "warning", "blocker"]
    title: str
    count: int
    remedy: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The list of what would be written: a value with a content hash that a person confirms."""

    kind: Literal["sync", "sales", "tickets"]
    actions: tuple[Action, ...]
    questions: tuple[Question, ...]
    ledger: tuple[LedgerRow, ...]
    base_moves: Mapping[str, Mapping[str, Base]] = dataclasses.field(
        default_factory=dict
    )
    """Pair -> field -> base, where nothing is written."""
    blocked: tuple[Finding, ...] = ()
    inputs: Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )
    """Name -> digest or value: mapping, decisions, policy, read_only ..."""

    @property
    def hash(self) -> str:
        return digest(
            {"kind": self.kind, "actions": self.actions, "base_moves": self.base_moves, "inputs": self.inputs}
        )

    def counts(self) -> dict[str, int]:
        """Actions by name, e.g. {"create company in accelo": 60}."""
        counts: dict[str, int] = {}
        for action in self.actions:
            name = f"{action.type} {action.kind}" + (f" in {action.side}" if action.side else "")
            counts[name] = counts.get(name, 0) + 1
        return dict(sorted(counts.items()))


PLAIN = frozenset({str, int, float, bool, type(None)})


def jsonable(value: Any) -> Any:
    """A value of this module as plain JSON data; dataclasses become objects, datetimes ISO text in UTC."""
    if type(value) in PLAIN:  # most values by far
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return value


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return json.dumps(jsonable(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical text; equal values have equal digests on every machine."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def value_from_json(value: Any) -> Value:
    """A field's value from its JSON form."""
    return Address(**value) if isinstance(value, dict) else value
