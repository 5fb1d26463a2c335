"""Brakes: a plan that touches more than a person would expect stops before the first write, and says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from toolkit.model import Action, ActionType, Change, Plan


@dataclass(frozen=True)
class Limit:
    """A number of records that is always fine, and the share (0..1) of a side's records that is fine beyond it."""

    number: int
    share: float

    def of(self, total: int) -> float:
        return max(self.number, self.share * total)


@dataclass(frozen=True)
class Limits:
    """Defaults of algorithm.md 2.9; settings.toml, [brakes]."""

    creations: Limit = Limit(25, 0.10)
    updates: Limit = Limit(25, 0.05)
    blankings: Limit = Limit(10, 0.01)
    retirements: Limit = Limit(5, 0.01)
    same_value: int = 10
    """One e-mail address or telephone number written to more records than this is a mistake in the mapping."""
    smallest_share: float = 0.90
    """A side that shows fewer than this share of what it showed last time is not trusted."""


@dataclass(frozen=True)
class Counts:
    """What a run read: "salesforce.company" -> records in scope; linked pairs by kind; digest of the mapping."""

    records: Mapping[str, int]
    linked: Mapping[str, int]
    mapping_digest: str


@dataclass(frozen=True)
class Brake:
    """One reason to stop."""

    code: str
    reason: str
    count: int
    limit: float


def check_brakes(plan: Plan, totals: Counts, limits: Limits = Limits(), last: Counts | None = None) -> list[Brake]:
    """Every brake that this plan hits, in a fixed order; none: []. ``last`` is what the last full reading counted.

    | brake | counts |
    |---|---|
    | creations | records created on one side, against the records of that side |
    | updates | records updated on one side, against the linked pairs |
    | blankings | filled values that become blank, against the linked pairs |
    | retirements | links retired and records deactivated, against the linked pairs |
    | same-value | one e-mail address or telephone number written to many records |
    | small-side | a side that is empty, or much smaller than last time |
    | mapping-changed | the mapping is not the one of the last run |
    """
    return [
        *_too_many(plan, totals, limits),
        *_same_value(plan, limits),
        *_small_sides(totals, limits, last),
        *_mapping(totals, last),
    ]


def _too_many(plan: Plan, totals: Counts, limits: Limits) -> list[Brake]:
    linked = sum(totals.linked.values())
    found = []
    for side in ("salesforce", "accelo"):
        records = sum(n for name, n in totals.records.items() if name.startswith(side + "."))
        here = [action for action in plan.actions if action.side == side]
        created = sum(action.type is ActionType.CREATE for action in here)
        found.append(
            _over(
                f"creations-{side}",
                created,
                limits.creations.of(records),
                f"records would be created in {side.title()}",
            )
        )
        updated = len({action.pair for action in here if action.type in (ActionType.UPDATE, ActionType.MOVE)})
        found.append(
            _over(f"updates-{side}", updated, limits.updates.of(linked), f"records would be updated in {side.title()}")
        )
    blanked = sum(bool(change.before) and not change.after for action in plan.actions for change in action.changes)
    found.append(_over("blankings", blanked, limits.blankings.of(linked), "filled values would become blank"))
    ended = sum(action.type in (ActionType.RETIRE, ActionType.DEACTIVATE) for action in plan.actions)
    found.append(_over("retirements", ended, limits.retirements.of(linked), "links would be retired"))
    return [brake for brake in found if brake]


def _over(code: str, count: int, limit: float, what: str) -> Brake | None:
    return Brake(code, f"{count} {what}; the brake allows {limit:g}.", count, limit) if count > limit else None


def _same_value(plan: Plan, limits: Limits) -> list[Brake]:
    writes = Counter(
        (change.field, change.after)
        for action in plan.actions
        if action.type is not ActionType.CREATE
        for change in _contact_points(action)
    )
    most = Counter[str]()
    for (name, _), n in writes.items():
        most[name] = max(most[name], n)
    return [
        Brake(
            "same-value",
            f"The same {name} would be written to {n} records; the brake allows {limits.same_value}.",
            n,
            limits.same_value,
        )
        for name, n in sorted(most.items())
        if n > limits.same_value
    ]


def _contact_points(action: Action) -> list[Change]:
    return [change for change in action.changes if change.field in ("email", "phone", "mobile", "fax") and change.after]


def _small_sides(totals: Counts, limits: Limits, last: Counts | None) -> list[Brake]:
    if last is None:
        return []
    found = []
    for name, before in sorted(last.records.items()):
        now = totals.records.get(name, 0)
        if before and (now == 0 or now < limits.smallest_share * before):
            side, _, kind = name.partition(".")
            what = f"{side.title()} shows {now} records of kind {kind}; it showed {before} last time."
            found.append(Brake("small-side", what, now, limits.smallest_share * before))
    return found


def _mapping(totals: Counts, last: Counts | None) -> list[Brake]:
    if last is None or last.mapping_digest == totals.mapping_digest:
        return []
    return [
        Brake("mapping-changed", "The mapping changed since the last run; look at the plan before it is written.", 1, 0)
    ]
