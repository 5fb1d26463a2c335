"""What a plan is made of: everything comes in here as a value, so that equal inputs give an equal plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from toolkit.model import Base, Kind, Link, Record, Side, Value
from toolkit.sync.fields import ConflictPolicy, Rules

RecordKey = tuple[Side, Kind, str]
SYNCED: tuple[Kind, ...] = ("company", "contact")


@dataclass(frozen=True)
class Policy:
    """The workspace's choices (settings.toml, [sync])."""

    conflicts: ConflictPolicy = "ask"
    new_in_accelo: Literal["never", "ask", "always"] = "ask"
    first_link: Literal["salesforce", "accelo", "ask"] = "salesforce"
    placeholder: str = "-"
    """First name of a contact that has none, once a person chose "placeholder"."""
    tie_seconds: float = 2.0
    """Two edits closer than this have no newest; a person is asked."""


@dataclass(frozen=True)
class Capabilities:
    """What the two systems can carry: which kinds have a place for the id of the other side."""

    accelo_marker: frozenset[Kind] = frozenset(SYNCED)
    salesforce_marker: frozenset[Kind] = frozenset(SYNCED)


@dataclass(frozen=True)
class PlanInput:
    """Everything that plan_sync looks at.

    ``links``: all links, also retired and frozen ones. ``bases``: pair -> field -> base, at least of the touched pairs.
    ``salesforce``, ``accelo``: kind -> id -> record. They must hold both records of every touched pair, every record
    that is not linked (these are the candidates for matching), and may leave out the rest: a linked record that is
    absent was not read, which is never taken for a deletion. Deletion is a record with ``deleted`` set.
    ``touched``: what may have changed since the last plan, plus whatever has an open question or a fresh decision;
    None plans everything. Records without a link are always planned.
    ``decisions``: question key -> choice. ``decision_rules``: kind ("conflict") or kind and field ("conflict:phone")
    -> choice, for what a person made a rule.
    ``held_before``: set while the first full look after read-only was turned off is still due; Accelo's edits stamped
    up to that time (Accelo's clock) are held back like those seen while it was on. ``held_rows``: the same for rows
    that carry no stamp (addresses), until all of them were looked at.
    ``ahead``: seconds by which Salesforce's clock is ahead of Accelo's, for the policy "newest".
    ``late``: side, kind, record and field -> what requests would write there that were given up on: their answer was
    lost, and they were looked up and not found, but may still be carried out.
    ``perhaps``: kind and Salesforce id -> Accelo records of which one may be that record's: its creation was not
    answered, and these were made at that moment and are called otherwise (by now).
    ``include_held``: whether held-back values become actions (a plan that a person will confirm by its hash) or stay
    questions (``sync --yes``, the schedule).
    ``inputs``: further digests that the plan shall carry (settings, mapping text).
    """

    rules: Rules
    links: Iterable[Link] = ()
    bases: Mapping[str, Mapping[str, Base]] = field(default_factory=dict)
    salesforce: Mapping[Kind, Mapping[str, Record]] = field(default_factory=dict)
    accelo: Mapping[Kind, Mapping[str, Record]] = field(default_factory=dict)
    touched: frozenset[RecordKey] | None = None
    policy: Policy = Policy()
    decisions: Mapping[str, str] = field(default_factory=dict)
    decision_rules: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False
    held_before: datetime | None = None
    held_rows: bool = False
    ahead: float = 0.0
    late: Mapping[tuple[Side, Kind, str, str], tuple[Value, ...]] = field(default_factory=dict)
    perhaps: Mapping[tuple[Kind, str], tuple[str, ...]] = field(default_factory=dict)
    include_held: bool = True
    capabilities: Capabilities = Capabilities()
    inputs: Mapping[str, str] = field(default_factory=dict)
