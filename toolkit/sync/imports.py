"""Planning the import of sales and tickets: what becomes of every opportunity and case. Pure, like all of this package.

| the item                                             | becomes                                                 |
|------------------------------------------------------|---------------------------------------------------------|
| imported before, and the same since                  | unchanged                                               |
| imported before, changed in Salesforce since         | updated if asked for, in scope and untouched in Accelo, |
|                                                      | else unchanged                                          |
| a field that has no value in Salesforce any more     | an amount is 0; else Accelo keeps its own, and it is    |
|                                                      | said                                                    |
| not linked, its marker is found in Accelo            | unchanged, and linked                                   |
| deleted in Salesforce, outside the chosen scope      | skipped, with that reason                               |
| owner or status that nobody mapped                   | waiting, and the plan is blocked                        |
| its company is not linked                            | waiting: import the company first                       |
| no contact to attach it to, and none to fall back on | waiting: no contact (sales need one)                    |
| a text too long for Accelo                           | waiting: cannot carry, with the length                  |
| everything else                                      | created                                                 |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from toolkit.model import Action, ActionType, Base, Change, ImportKind, Item, LedgerRow, Plan, RecordState, Value
from toolkit.sync.carry import marker_line
from toolkit.sync.seen import seen
from toolkit.sync.wanted import FIXED, Choices, Place, Same, Wanted, money, title_of, wanted

PLAN_KINDS: Mapping[ImportKind, Literal["sales", "tickets"]] = {"sale": "sales", "ticket": "tickets"}
NO_AMOUNT = "0.00"
"""What Accelo holds of a sale without an amount."""
OUTSIDE = "outside the chosen scope"
Decided = tuple[Action | None, LedgerRow]


def plan_import(
    kind: ImportKind,
    items: Sequence[Item],
    place: Place,
    choices: Choices,
    *,
    same: Same,
    inputs: Mapping[str, str],
    chosen: frozenset[str] | None = None,
    outside: frozenset[str] = frozenset(),
) -> Plan:
    """The plan of an import over all items read.

    ``chosen`` narrows it to a sample: the others wait for their turn. ``outside`` are those that the chosen scope
    leaves out. The same items, place and choices give the same plan and hash, in any order of the items.
    """
    actions: list[Action] = []
    ledger: list[LedgerRow] = []
    for item in sorted(items, key=lambda i: i.id):
        if item.id in place.linked:
            action, row = _again(item, place, choices, same, item.id in outside)
        elif item.id in outside and not item.deleted:
            action, row = None, _row(item, RecordState.SKIPPED, OUTSIDE)
        else:
            action, row = _new(item, place, choices, chosen)
        ledger.append(row)
        if action:
            actions.append(action)
    return Plan(PLAN_KINDS[kind], tuple(actions), (), tuple(ledger), inputs=dict(inputs))


def _new(item: Item, place: Place, choices: Choices, chosen: frozenset[str] | None) -> Decided:
    if item.deleted:
        return None, _row(item, RecordState.SKIPPED, "deleted in Salesforce")
    if item.id in place.found:
        action = _action(item, ActionType.LINK, (), "found in Accelo by its marker", place.found[item.id])
        return action, _row(item, RecordState.UNCHANGED, action.reason, action.id)
    want = wanted(item, place, choices)
    if want.waits:
        return None, _row(item, RecordState.WAITING, want.waits)
    if chosen is not None and item.id not in chosen:
        return None, _row(item, RecordState.WAITING, "not in this slice")
    action = _action(item, ActionType.CREATE, want.changes, f"new {item.kind} from Salesforce")
    return action, _row(item, RecordState.CREATED, action.reason, action.id)


def _again(item: Item, place: Place, choices: Choices, same: Same, outside: bool) -> Decided:
    """An item that was imported before: left alone, unless it changed, updates are asked for and nobody touched it."""
    id_, bases = place.linked[item.id], place.bases.get(item.id, {})
    now = place.current.get(id_) if place.current is not None else None
    want = wanted(item, place, choices)
    if item.deleted or want.waits:
        return None, _row(item, RecordState.UNCHANGED, "imported before")
    changes = _since(want, bases, now or {}, same)
    kept = _emptied(want, bases)
    left = f"; without a value now, Accelo keeps its own: {', '.join(kept)}" if kept else ""
    if _elsewhere(want, bases):
        left += "; at another company now, Accelo keeps company and contact"
    if not changes:
        return None, _row(item, RecordState.UNCHANGED, f"imported before{left}")
    if place.current is None:
        return None, _row(item, RecordState.UNCHANGED, "imported before; it would be another now")
    if now is None:
        return None, _row(item, RecordState.UNCHANGED, "imported before; it is not in Accelo any more")
    if outside:
        return None, _row(item, RecordState.UNCHANGED, f"imported before; it would be another now, {OUTSIDE}")
    # what Accelo filled in by itself counts only where it would be overwritten
    written = {change.field for change in changes}
    ours = {name: base for name, base in bases.items() if base.salesforce is not None or name in written}
    if any(name in now and not same(name, base.accelo, now[name]) for name, base in ours.items()):
        reason = "imported before; it would be another now, but somebody worked on it in Accelo"
        return None, _row(item, RecordState.UNCHANGED, reason)
    if not choices.updates:
        reason = "imported before; it would be another now, an update is offered"
        return None, _row(item, RecordState.UNCHANGED, reason)
    before: dict[str, Value] = {change.field: change.before for change in changes if change.field in now}
    before |= {name: base.accelo for name, base in ours.items() if name in now}
    action = _action(item, ActionType.UPDATE, changes, f"changed since its import{left}", id_, before)
    return action, _row(item, RecordState.UPDATED, action.reason, action.id)


def _since(want: Wanted, bases: Mapping[str, Base], now: Mapping[str, Value], same: Same) -> tuple[Change, ...]:
    """What Salesforce says otherwise since the import. A field that had no value then is filled where Accelo's is as
    the import left it; an amount that is gone is 0, as it is for a sale that never had one."""
    found = []
    for change in want.changes:
        base = bases.get(change.field)
        if change.field in FIXED or not bases or (change.field == "affiliation" and _elsewhere(want, bases)):
            continue
        if base is not None and not same(change.field, base.salesforce, change.after):
            found.append(replace(change, before=base.accelo, rule="import-update"))
        if base is None and change.field in now and same(change.field, None, now[change.field]):
            found.append(replace(change, rule="import-update"))
    amount = bases.get("value")
    if amount and "value" not in want.fields and not same("value", amount.salesforce, None):
        found.append(Change("value", amount.accelo, NO_AMOUNT, "import-update", "Amount is blank now"))
    return tuple(sorted(found, key=lambda change: change.field))


def _elsewhere(want: Wanted, bases: Mapping[str, Base]) -> bool:
    """Whether a ticket belongs to another company now: Accelo's stays where it is, and a contact of that other company
    must not come onto it."""
    company = bases.get("company")
    return company is not None and any(c.field == "company" and c.after != company.salesforce for c in want.changes)


def _emptied(want: Wanted, bases: Mapping[str, Base]) -> list[str]:
    """The fields that had a value at the import and have none now, but for the amount."""
    gone = bases.keys() - want.fields - {"value"}
    if _elsewhere(want, bases):
        gone -= {"affiliation"}
    return sorted(name for name in gone if bases[name].salesforce is not None)


def _action(
    item: Item,
    type_: ActionType,
    changes: tuple[Change, ...],
    reason: str,
    accelo_id: str | None = None,
    expected: Mapping[str, Value] | None = None,
) -> Action:
    pair = f"{item.kind}:{item.id}"
    stem = f"{type_}|{pair}|{accelo_id}|" + "|".join(f"{c.field}={c.after}" for c in changes)
    return Action(
        id=hashlib.sha256(stem.encode()).hexdigest()[:20],
        type=type_,
        kind=item.kind,
        side=None if type_ is ActionType.LINK else "accelo",
        pair=pair,
        salesforce_id=item.id,
        accelo_id=accelo_id,
        title=title_of(item),
        changes=changes,
        reason=reason,
        expected=dict(expected or {}),
        refs={"marker": marker_line(item.id), "seen": seen(item)},
    )


def _row(item: Item, state: RecordState, reason: str, action: str | None = None) -> LedgerRow:
    title, amount = title_of(item), money(item.amount)
    return LedgerRow("salesforce", item.kind, item.id, title, state, reason, action, amount, item.currency)
