"""What a whole reading finds and no poll would have found: it is said, so that a poll that misses things is noticed.

A poll asks for what is stamped since its cursor, with the overlap. A row whose content is another than the one last
seen, and whose stamp is older than that, was missed: committed later than the overlap allows,
or shown again by a permission.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from toolkit.model import Finding, canonical
from toolkit.store.seen import Seen, SeenRow

if TYPE_CHECKING:
    from toolkit.runs.keep import Reading

UNSTAMPED = frozenset({"LastModifiedBy.Name", "default_affiliation"})
"""Columns that change without any stamp and that no field is taken from."""
SHOWN = 5  # examples in a finding


def overlooked(seen: Seen, stream: str, rows: Sequence[SeenRow], low: int | None) -> list[str]:
    """Ids of rows that changed below ``low``, the stamp from which the next poll would have asked; to be called before
    they are kept. Only columns that were read both times count."""
    suspects = [row for row in rows if low is not None and row.stamp is not None and row.stamp < low]
    if not suspects:
        return []
    known = seen.get(stream, [row.id for row in suspects])
    return [row.id for row in suspects if row.id not in known or _differs(known[row.id], row)]


def _differs(old: SeenRow, new: SeenRow) -> bool:
    both = (old.row.keys() & new.row.keys()) - UNSTAMPED
    return any(canonical(old.row[name]) != canonical(new.row[name]) for name in both)


def unseen(seen: Seen, stream: str, shown: Iterable[str]) -> list[str]:
    """Ids of live rows that we know and that a whole listing did not show, not even as deleted."""
    left = seen.ids(stream) - set(shown)
    known = seen.get(stream, sorted(left))
    return sorted(id for id, row in known.items() if str(row.row.get("IsDeleted")).lower() not in ("1", "true"))


def whole_findings(reading: Reading) -> list[Finding]:
    """What a whole reading says of the polls before it, and of rows that are not shown any more."""
    missed = [f"{stream} {id}" for stream, ids in sorted(reading.missed.items()) for id in sorted(ids)]
    unshown = [f"{stream} {id}" for stream, ids in sorted(reading.unshown.items()) for id in ids]
    found = []
    if missed:
        found.append(
            Finding(
                "polling-missed",
                "warning",
                "Records that had changed and that no poll had shown",
                len(missed),
                "They are compared in this run. If it comes again, raise sync.overlap_minutes.",
                tuple(missed[:SHOWN]),
            )
        )
    if unshown:
        found.append(
            Finding(
                "not-shown",
                "warning",
                "Records that Salesforce does not show any more, not even as deleted",
                len(unshown),
                "Nothing is done to their other halves. They were purged from the recycle bin, "
                "or the connected user may not see them any more: look at its permissions.",
                tuple(unshown[:SHOWN]),
            )
        )
    return found
