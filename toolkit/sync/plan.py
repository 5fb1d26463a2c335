"""The planner: everything known goes in, the list of what would be written comes out. A pure function.

Equal inputs give an equal plan, whatever their order; a plan that was carried out leaves an empty one behind.
"""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.model import Kind, Link, Plan
from toolkit.sync.draft import Draft
from toolkit.sync.inputs import SYNCED, Capabilities, PlanInput, Policy
from toolkit.sync.linked import plan_link
from toolkit.sync.newcomers import plan_newcomers

__all__ = ["Capabilities", "PlanInput", "Policy", "plan_sync"]


def plan_sync(data: PlanInput, looked_up: set[str] | None = None) -> Plan:
    """Plan companies, then contacts: pairs that were touched first, then every record without a link.

    ``looked_up`` is filled with the keys of the questions that came up, decided or not."""
    draft = Draft(data) if looked_up is None else Draft(data, looked_up=looked_up)
    for kind in SYNCED:
        for link in sorted(_touched(draft, kind), key=lambda link: (not _lost(draft, link), link.pair)):
            plan_link(draft, link)
        plan_newcomers(draft, kind)
    return draft.plan()


def _lost(draft: Draft, link: Link) -> bool:
    """Whether this pair's record was merged into another: such pairs go first, for they may take a record."""
    record = draft.record("salesforce", link.kind, link.salesforce_id)
    return bool(record and record.deleted and record.merged_into)


def _touched(draft: Draft, kind: Kind) -> Iterable[Link]:
    """The links of this kind that may need something; all of them when nothing is said about what was touched."""
    by_id = [draft.linked[side, kind] for side in ("salesforce", "accelo")]
    if draft.data.touched is None:
        return {link.pair: link for links in by_id for link in links.values()}.values()
    found = {}
    for side, touched, id in draft.data.touched:
        link = draft.linked[side, kind].get(id) if touched == kind else None
        if link:
            found[link.pair] = link
    return found.values()
