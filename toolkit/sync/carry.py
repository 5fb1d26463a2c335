"""What Accelo's API cannot hold, and what is done with it instead: written into the text, listed, accepted by name.

Sources: Accelo API documentation, prospects and issues (date_created, date_actioned, date_closed and date_resolved are
not writable; a deployment has one currency; activities are not part of a sale or ticket).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from toolkit.model import Item

MARKER = "Salesforce id: "
_MARKED = re.compile(rf"{MARKER}([A-Za-z0-9]{{18}})\b")


@dataclass(frozen=True)
class Carry:
    """One thing that cannot be carried over: a person accepts ``name``; ``count`` records are concerned."""

    name: str
    title: str
    count: int
    instead: str


def marker_line(salesforce_id: str) -> str:
    """The line that ties a sale or ticket to its source; it travels in the creating request itself."""
    return MARKER + salesforce_id


def marker_in(text: str | None) -> str | None:
    """The Salesforce id that a text carries (the last marker line counts), or None."""
    found = _MARKED.findall(text or "")
    return found[-1] if found else None


def text_of(item: Item, deployment_currency: str | None) -> str:
    """The text of the new record: the description, then one line for each thing that has no field, the marker last."""
    lines = [f"Created in Salesforce: {item.created}"] if item.created else []
    if item.closed:
        lines.append(f"Closed in Salesforce: {item.closed}")
    if foreign(item, deployment_currency):
        lines.append(f"Amount in Salesforce: {item.amount} {item.currency}")
    lines.append(marker_line(item.id))
    body = item.text.rstrip()
    return f"{body}\n\n" * bool(body) + "\n".join(lines)


def foreign(item: Item, deployment_currency: str | None) -> bool:
    """Whether the amount is in another currency than the deployment's (unknown currencies are not foreign)."""
    return bool(item.amount and item.currency and deployment_currency and item.currency != deployment_currency)


def cannot_carry(items: Iterable[Item], deployment_currency: str | None) -> tuple[Carry, ...]:
    """The list that a person accepts by name before the confirmation, with counts over the items in the plan."""
    counts: Counter[str] = Counter()
    for item in items:
        counts["created-dates"] += item.created is not None
        counts["closed-dates"] += item.closed is not None
        counts["second-currency"] += foreign(item, deployment_currency)
        counts["history"] += 1
    known = (
        ("created-dates", "Creation dates", "written as a line of the text"),
        (
            "closed-dates",
            "Closing and resolving dates",
            "a line of the text; Accelo shows the day of the import",
        ),
        (
            "second-currency",
            "Amounts in another currency",
            "unconverted, with the currency as a line of the text",
        ),
        ("history", "Comments, attachments, activities and the history of owners and stages", "stay in Salesforce"),
    )
    return tuple(Carry(name, title, counts[name], instead) for name, title, instead in known if counts[name])
