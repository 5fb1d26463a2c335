"""Planning the import of sales and tickets: what becomes of every opportunity and case. Pure, like all of this package.

| the item                                            | becomes                                  |
|-----------------------------------------------------|------------------------------------------|
| imported before, and the same since                 | unchanged                                |
| imported before, changed in Salesforce since        | updated if asked for and untouched in Accelo, else unchanged |
| not linked, its marker is found in Accelo           | unchanged, and linked                    |
| deleted in Salesforce, outside the chosen scope     | skipped, with that reason                |
| owner or status that nobody mapped                  | waiting, and the plan is blocked         |
| its company is not linked                           | waiting: import the company first        |
| no contact to attach it to, and none to fall back on | waiting: no contact (sales need one)    |
| a text too long for Accelo                          | waiting: cannot carry, with the length   |
| everything else                                     | created                                  |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from toolkit.model import Action, ActionType, Change, ImportKind, Item, LedgerRow, Plan, RecordState, Value
from toolkit.sync.carry import marker_line
from toolkit.sync.seen import seen
from toolkit.sync.wanted import FIXED, Choices, Place, Same, money, title_of, wanted

PLAN_KINDS: Mapping[ImportKind, Literal["sales", "tickets"]] = {"sale": "sales", "ticket": "tickets"}
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
            action, row = _again(item, place, choices, same)
        elif item.id in outside and not item.deleted:
            action, row = None, _row(item, RecordState.SKIPPED, "outside the chosen scope")
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


def _again(item: Item, place: Place, choices: Choices, same: Same) -> Decided:
    """An item that was imported before: left alone, unless it changed, updates are asked for and nobody touched it."""
    bases = place.bases.get(item.id, {})
    want = wanted(item, place, choices)
    changes = tuple(
        replace(change, before=bases[change.field].accelo, rule="import-update")
        for change in want.changes
        if change.field in bases and change.field not in FIXED
        and not same(change.field, bases[change.field].salesforce, change.after)
    )  # fmt: skip
    if item.deleted or not changes:
        return None, _row(item, RecordState.UNCHANGED, "imported before")
    id_ = place.linked[item.id]
    if place.current is None:
        return None, _row(item, RecordState.UNCHANGED, "imported before; it would be another now")
    if (now := place.current.get(id_)) is None:
        return None, _row(item, RecordState.UNCHANGED, "imported before; it is not in Accelo any more")
    if any(name in now and not same(name, base.accelo, now[name]) for name, base in bases.items()):
        reason = "imported before; it would be another now, but somebody worked on it in Accelo"
        return None, _row(item, RecordState.UNCHANGED, reason)
    if not choices.updates:
        reason = "imported before; it would be another now, an update is offered"
        return None, _row(item, RecordState.UNCHANGED, reason)
    before: dict[str, Value] = {name: base.accelo for name, base in bases.items() if name in now}
    action = _action(item, ActionType.UPDATE, changes, "changed since its import", id_, before)
    return action, _row(item, RecordState.UPDATED, action.reason, action.id)


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
