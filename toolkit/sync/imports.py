"""Planning the import of sales and tickets: what becomes of every opportunity and case. Pure, like all of this package.

| the item                                            | becomes                                  |
|-----------------------------------------------------|------------------------------------------|
| linked already, or its marker is found in Accelo    | unchanged (linked when it was only found) |
| outside the chosen scope, deleted                   | skipped, with that reason                |
| owner or status that nobody mapped                  | blocks the plan                          |
| its company is not linked                           | waiting: import the company first        |
| no contact to attach it to, and none to fall back on | waiting: no contact (sales need one)    |
| a text too long for Accelo                          | waiting: cannot carry, with the length   |
| everything else                                     | created                                  |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal

from toolkit.model import Action, ActionType, Change, ImportKind, Item, LedgerRow, Plan, RecordState, Value
from toolkit.sync.carry import marker_line, text_of

PLAN_KINDS: Mapping[ImportKind, Literal["sales", "tickets"]] = {"sale": "sales", "ticket": "tickets"}
TITLE_WORDS = 12
"""A case without subject takes so many words of its description as title."""


@dataclass(frozen=True)
class Place:
    """What is linked already: where an item can hang in Accelo.

    ``companies``: Salesforce account id -> company id. ``affiliations``: Salesforce contact id -> (affiliation id,
    company id). ``fallbacks``: company id -> affiliation id of the contact chosen for items without one.
    ``found``: Salesforce id -> id of the sale or ticket that carries its marker. ``linked``: the same, from our links.
    """

    companies: Mapping[str, str]
    affiliations: Mapping[str, tuple[str, str]]
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, str] = field(default_factory=dict)
    linked: Mapping[str, str] = field(default_factory=dict)
    touched_in_accelo: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Choices:
    """What the person chose in the wizard: every answer is an id of the deployment."""

    type_id: str
    staff: Mapping[str, str | None]
    statuses: Mapping[str, str | None]
    probabilities: tuple[tuple[str, str], ...] = ()  # (id, percent)
    priorities: Mapping[str, str] = field(default_factory=dict)
    class_id: str | None = None
    title_limit: int = 255
    text_limit: int = 32_000
    deployment_currency: str | None = None


def plan_import(
    kind: ImportKind,
    items: Sequence[Item],
    place: Place,
    choices: Choices,
    *,
    inputs: Mapping[str, str],
    chosen: frozenset[str] | None = None,
) -> Plan:
    """The plan of an import over all items read. ``chosen`` narrows it to a sample; the others wait for their turn.

    The same items, place and choices give the same plan and hash, in any order of the items.
    """
    actions: list[Action] = []
    ledger: list[LedgerRow] = []
    for item in sorted(items, key=lambda i: i.id):
        action, row = _decide(item, place, choices, chosen)
        ledger.append(row)
        if action:
            actions.append(action)
    return Plan(PLAN_KINDS[kind], tuple(actions), (), tuple(ledger), inputs=dict(inputs))


def _decide(
    item: Item, place: Place, choices: Choices, chosen: frozenset[str] | None
) -> tuple[Action | None, LedgerRow]:
    if item.id in place.linked:
        return None, _row(item, RecordState.UNCHANGED, "imported before")
    if item.deleted:
        return None, _row(item, RecordState.SKIPPED, "deleted in Salesforce")
    if item.id in place.found:
        action = _action(item, ActionType.LINK, (), "found in Accelo by its marker", accelo_id=place.found[item.id])
        return action, _row(item, RecordState.UNCHANGED, "found in Accelo by its marker", action.id)
    if chosen is not None and item.id not in chosen:
        return None, _row(item, RecordState.WAITING, "not in this slice")
    staff, status = choices.staff.get(item.owner or ""), choices.statuses.get(item.status)
    if staff is None or status is None:
        which = "owner" if staff is None else f"status “{item.status}”"
        return None, _row(item, RecordState.WAITING, f"its {which} is not mapped")
    company, affiliation, reason = _attach(item, place)
    if reason:
        return None, _row(item, RecordState.WAITING, reason)
    title = _title(item)
    too_long = _too_long(item, title, choices)
    if too_long:
        return None, _row(item, RecordState.WAITING, too_long)
    changes = _changes(item, title, staff, status, company, affiliation, choices)
    action = _action(item, ActionType.CREATE, changes, f"new {item.kind} from Salesforce", title=title)
    return action, _row(item, RecordState.CREATED, action.reason, action.id)


def _attach(item: Item, place: Place) -> tuple[str, str, str | None]:
    """(company id, affiliation id, None) or ("", "", why it waits). A ticket may hang on a company alone."""
    company = place.companies.get(item.company or "")
    if item.company and company is None:
        return "", "", "its company is not in Accelo yet"
    own = [place.affiliations[person] for person in item.people if person in place.affiliations]
    here = [affiliation for affiliation, at in own if company is None or at == company]
    if here:
        return company or next(at for a, at in own if a == here[0]), here[0], None
    if company is None:
        return "", "", "it has neither a company nor a contact in Accelo"
    if item.kind == "ticket":
        return company, "", None
    fallback = place.fallbacks.get(company)
    return (company, fallback, None) if fallback else ("", "", "no contact of its company is in Accelo")


def _title(item: Item) -> str:
    return (
        item.title.strip()
        or " ".join(item.text.split()[:TITLE_WORDS])
        or f"{item.kind.title()} {item.number or item.id}"
    )


def _too_long(item: Item, title: str, choices: Choices) -> str | None:
    """Never cut silently: the field and both lengths are named."""
    if len(title) > choices.title_limit:
        return f"cannot carry: title has {len(title)} characters, Accelo takes {choices.title_limit}"
    length = len(text_of(item, choices.deployment_currency))
    if length > choices.text_limit:
        return f"cannot carry: text has {length} characters, Accelo takes {choices.text_limit}"
    return None


def _changes(
    item: Item, title: str, staff: str, status: str, company: str, affiliation: str, choices: Choices
) -> tuple[Change, ...]:
    common: dict[str, tuple[Value, str]] = {
        "title": (title, "Name or Subject" if item.title.strip() else "the first words of the description"),
        "staff": (staff, "owner mapping"),
        "status": (status, f"status mapping of “{item.status}”"),
        "type": (choices.type_id, "chosen type"),
        "affiliation": (affiliation or None, "contact of the record, or the company's fallback"),
    }
    if item.kind == "sale":
        common |= {
            "comments": (text_of(item, choices.deployment_currency), "Description and what has no field of its own"),
            "value": (money(item.amount), "Amount"),
            "due": (item.due, "CloseDate, the day in the deployment's time zone"),
            "probability": (nearest(item.probability, choices.probabilities), "nearest listed probability"),
            "success": ("yes" if item.nature == "won" else "no", "IsWon"),
        }
    else:
        common |= {
            "description": (text_of(item, None), "Description and what has no field of its own"),
            "company": (company, "account, else the contact's company"),
            "priority": (choices.priorities.get(item.priority or ""), "priority mapping"),
            "class": (choices.class_id, "chosen class"),
        }
    return tuple(
        Change(name, None, value, "import", why) for name, (value, why) in sorted(common.items()) if value is not None
    )


def money(amount: str | None) -> str | None:
    """Decimal text with two places; None for no amount or for text that is no number."""
    if amount is None or not amount.strip():
        return None
    try:
        return str(Decimal(amount).quantize(Decimal("0.01")))
    except InvalidOperation:
        return None


def nearest(percent: str | None, listed: Sequence[tuple[str, str]]) -> str | None:
    """The id of the listed probability nearest to a percentage; of two equally near the lower one."""
    if percent is None or not listed:
        return None
    wanted = Decimal(percent)
    return min(listed, key=lambda pair: (abs(Decimal(pair[1]) - wanted), Decimal(pair[1]), pair[0]))[0]


def _action(
    item: Item,
    type_: ActionType,
    changes: tuple[Change, ...],
    reason: str,
    *,
    title: str = "",
    accelo_id: str | None = None,
) -> Action:
    pair = f"{item.kind}:{item.id}"
    stem = f"{type_}|{pair}|" + "|".join(f"{c.field}={c.after}" for c in changes)
    return Action(
        id=hashlib.sha256(stem.encode()).hexdigest()[:20],
        type=type_,
        kind=item.kind,
        side="accelo" if type_ == ActionType.CREATE else None,
        pair=pair,
        salesforce_id=item.id,
        accelo_id=accelo_id,
        title=title or _title(item),
        changes=changes,
        reason=reason,
        refs={"marker": marker_line(item.id)},
    )


def _row(item: Item, state: RecordState, reason: str, action: str | None = None) -> LedgerRow:
    return LedgerRow(
        "salesforce", item.kind, item.id, _title(item), state, reason, action, money(item.amount), item.currency
    )
