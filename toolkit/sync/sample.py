"""Choosing the first slice of an import: few records that show as many statuses, owners and oddities as possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from toolkit.model import Item


def facets(item: Item) -> Iterator[str]:
    """What is worth seeing once: each status, owner, currency and type, and each oddity of the data."""
    yield f"status {item.status}"
    yield f"owner {item.owner}"
    yield f"nature {item.nature}"
    if item.currency:
        yield f"currency {item.currency}"
    if item.type:
        yield f"type {item.type}"
    if item.record_type:
        yield f"record type {item.record_type}"
    if item.priority:
        yield f"priority {item.priority}"
    oddities = {
        "no title": not item.title.strip(),
        "long title": len(item.title) > 80,
        "no company": item.company is None,
        "no contact": not item.people,
        "several contacts": len(item.people) > 1,
        "no amount": item.kind == "sale" and not item.amount,
        "no text": not item.text.strip(),
        "other script": not item.title.isascii(),
        "line breaks": "\n" in item.text,
    }
    yield from (name for name, present in oddities.items() if present)


def choose_sample(items: Sequence[Item], size: int) -> tuple[str, ...]:
    """The ids of ``size`` items (or all, where there are fewer) in the order in which they add most that is new.

    Greedy cover: each step takes the item with most facets not yet shown, the lowest id of several.
    """
    remaining = {item.id: frozenset(facets(item)) for item in items}
    seen: set[str] = set()
    chosen: list[str] = []
    while remaining and len(chosen) < size:
        best = min(remaining, key=lambda id_: (-len(remaining[id_] - seen), id_))
        if remaining[best] <= seen:  # from here on none adds anything: looking at all for each would take hours
            chosen += sorted(remaining)[: size - len(chosen)]
            break
        seen |= remaining.pop(best)
        chosen.append(best)
    return tuple(chosen)
