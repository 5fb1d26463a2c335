"""The three-way decision for one field: what each side holds now against what each side held when they last agreed.

Two bases, one for each side: a value that one side stores shortened or reshaped differs from the other side's without
being an edit, and is never written back (algorithm.md 2.4; sync-rules, "Three-way decision").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from toolkit.model import Base, Flag, QuestionKind, Side, Value
from toolkit.sync.fields import ConflictPolicy, Field

OTHER: dict[Side, Side] = {"salesforce": "accelo", "accelo": "salesforce"}
REASONS = {
    "salesforce-changed": "Changed in Salesforce, not in Accelo.",
    "accelo-changed": "Changed in Accelo, not in Salesforce.",
    "first-link-fill": "Filled on one side only; a blank never overwrites it.",
    "first-link-salesforce-wins": "Both sides were filled and different when they were linked; Salesforce wins.",
    "first-link-accelo-wins": "Both sides were filled and different when they were linked; Accelo wins.",
    "policy-salesforce": "Changed on both sides; the policy says that Salesforce wins.",
    "policy-accelo": "Changed on both sides; the policy says that Accelo wins.",
    "policy-newest": "Changed on both sides; the policy says that the newest wins.",
    "decision": "A person decided it in the inbox.",
    "held-back": "Changed in Accelo while read-only was on; sent only when a person says so.",
}


@dataclass(frozen=True)
class Terms:
    """Under which terms a field is decided. ``held`` means that Accelo's edit is older than the end of read-only."""

    policy: ConflictPolicy = "ask"
    first_link: str = "salesforce"  # "salesforce", "accelo", "ask"
    read_only: bool = False
    held: bool = False
    country: str = ""
    newer: Side | None = None  # None: a tie, or unknown
    late: frozenset[Side] = frozenset()  # sides that hold what a request would write that was given up on
    row_gone: bool = False  # Accelo's own row for the field (an address with its title) is not there any more


@dataclass(frozen=True)
class Decision:
    """What shall happen to one field. ``write`` is the side that gets ``value``; ``base`` moves without any write."""

    rule: str
    write: Side | None = None
    value: Value = None
    base: Base | None = None
    ask: QuestionKind | None = None

    @property
    def reason(self) -> str:
        """The rule as a sentence."""
        return REASONS.get(self.rule, "")


def reconcile(field: Field, base: Base | None, s: Value, a: Value, terms: Terms = Terms()) -> Decision:
    """Decide one field; ``s`` is Salesforce's value now, ``a`` Accelo's. Never raises.

    Changed means: differs from its own side's base in normal form. The tests walk these tables.

    | base→S | base→A | | two-way | read-only |
    |---|---|---|---|---|
    | same | same | | nothing | nothing |
    | changed | same | | write accelo | write accelo |
    | same | changed | | write salesforce | hold |
    | changed | changed | equal | base | base |
    | changed | changed | different | ask | ask |
    | no base | no base | equal | base | base |
    | no base | no base | only S filled | write accelo | write accelo |
    | no base | no base | only A filled | write salesforce | hold |
    | no base | no base | different | write accelo | write accelo |

    What was held back (read-only is off again):

    | base→S | base→A | | held back | |
    |---|---|---|---|---|
    | same | changed | | ask | |
    | changed | changed | different | ask | |

    Edited in Accelo where it holds less than Salesforce (the base is lossy): ask, for the rest would be lost.

    Changed on a side that holds now what a request of ours would have written there, one that was given up on: ask, for
    it may have been carried out late, and is no edit.

    Where the field's direction does not allow the write, nothing is written and the difference stays.
    """
    ns, na = field.normal(s, terms.country), field.normal(a, terms.country)
    if base is None:
        return _first_link(field, s, a, ns, na, terms)
    s_changed = ns != field.normal(base.salesforce, terms.country)
    a_changed = na != field.normal(base.accelo, terms.country)
    if not s_changed and not a_changed:
        calm = base.flag is Flag.HELD  # what was held back was taken back by hand
        return Decision("unchanged", base=replace(base, flag=Flag.AGREED) if calm else None)
    if ns == na:
        return Decision("both-agree", base=Base(s, a))
    if terms.row_gone:
        return _write(field, "accelo", s, "policy-salesforce") if terms.policy == "salesforce" else _ask("row-gone")
    if (s_changed and "salesforce" in terms.late) or (a_changed and "accelo" in terms.late):
        return _ask("late")
    if not a_changed:
        return _write(field, "accelo", s, "salesforce-changed")
    if not s_changed:
        return _accelo_edit(field, base, s, a, terms)
    return _conflict(field, s, a, terms)


def decided(choice: str, field: Field, s: Value, a: Value, *, read_only: bool) -> Decision | None:
    """What a person's choice means for a field in question; None when it cannot be carried out (now).

    | choice | means |
    |---|---|
    | salesforce, revert | write accelo |
    | accelo, push | write salesforce, never while read-only is on |
    | keep, leave | each side keeps its own value from now on |
    """
    if choice in ("salesforce", "revert"):
        return _write(field, "accelo", s, "decision")
    if choice in ("accelo", "push"):
        return None if read_only else _write(field, "salesforce", a, "decision")
    if choice in ("keep", "leave"):
        return Decision("decision", base=Base(s, a, Flag.KEPT))
    return None


def allows(field: Field, to: Side) -> bool:
    """May this field be written on that side at all."""
    return field.direction == "both" or field.direction.endswith(to)


def _write(field: Field, to: Side, value: Value, rule: str) -> Decision:
    return Decision(rule, write=to, value=value) if allows(field, to) else Decision("one-way")


def _ask(rule: str) -> Decision:
    return Decision(rule, ask=QuestionKind.CONFLICT)


def _accelo_edit(field: Field, base: Base, s: Value, a: Value, terms: Terms) -> Decision:
    if not allows(field, "salesforce"):
        return Decision("one-way")
    held = None if base.flag is Flag.HELD else replace(base, flag=Flag.HELD)
    if terms.read_only:
        return Decision("held-back", base=held)
    if base.flag is Flag.HELD or terms.held:
        return Decision("held-back", base=held, ask=QuestionKind.HELD_BACK)
    if base.flag is Flag.LOSSY:  # the edit was made on what Accelo had left of it; sending it would lose the rest
        decision = _conflict(field, s, a, terms)
        return _ask("lossy") if decision.ask else decision
    return _write(field, "salesforce", a, "accelo-changed")


def _conflict(field: Field, s: Value, a: Value, terms: Terms) -> Decision:
    winner = terms.newer if terms.policy == "newest" else terms.policy
    if winner == "salesforce":
        return _write(field, "accelo", s, f"policy-{terms.policy}")
    if winner == "accelo" and not terms.read_only and not terms.held:
        return _write(field, "salesforce", a, f"policy-{terms.policy}")
    return _ask("conflict")


def _first_link(field: Field, s: Value, a: Value, ns: str, na: str, terms: Terms) -> Decision:
    if ns == na:
        return Decision("first-link-equal", base=Base(s, a))
    if not na or not ns:
        to: Side = "accelo" if ns else "salesforce"
        rule, value = "first-link-fill", (s if ns else a)
    elif terms.first_link == "ask":
        return _ask("first-link")
    else:
        to = "salesforce" if terms.first_link == "accelo" else "accelo"
        rule, value = f"first-link-{OTHER[to]}-wins", (a if to == "salesforce" else s)
    if not allows(field, to):
        return Decision("one-way", base=Base(s, a, Flag.KEPT))
    if to == "salesforce" and (
        terms.read_only or terms.held
    ):  # the base holds what Salesforce has, so that A stays an edit
        return Decision("held-back", base=Base(s, s, Flag.HELD))
    return Decision(rule, write=to, value=value)
