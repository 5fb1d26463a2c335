"""The plan page: what a preview would write, grouped and by page, from the evidence of the run that made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.errors import ToolkitError, UsageError
from toolkit.screens import sync, words
from toolkit.store.plans import PlanRow
from toolkit.store.run_pages import RunPages, Wanted
from toolkit.store.runs import RunRow

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

PAGE = 25
"""Records on one page of the plan."""
BLANK = "(blank)"


@dataclass(frozen=True)
class Preview:
    """``refused``: why it cannot be confirmed now; blank when it can. ``applied_in``: the run that carried it out."""

    run: RunRow
    plan: PlanRow
    pages: RunPages
    brakes: tuple[str, ...]
    waiting: int
    forecast: dict[str, Any]
    refused: str
    refused_next: str

    @property
    def writes(self) -> dict[str, int]:
        """Records that are written, by system."""
        totals: dict[str, int] = {}
        for name, number in self.plan.counts.items():
            side = name.rpartition(" in ")[2] if " in " in name else ""
            if side in words.SYSTEMS:
                totals[side] = totals.get(side, 0) + number
        return totals

    @property
    def links_only(self) -> int:
        return sum(self.plan.counts.values()) - sum(self.writes.values())

    @property
    def button(self) -> str:
        """What the button says: what it will write, and to how many records."""
        parts = [f"{words.many(n, 'record')} to {words.SYSTEMS[side]}" for side, n in sorted(self.writes.items()) if n]
        if not parts:
            return f"Confirm {words.many(self.links_only, 'link')}" if self.links_only else "Nothing to write"
        return "Write " + " and ".join(parts)


def preview(workspace: Workspace, run: str) -> Preview:
    """Raises UsageError for a run that is no finished preview."""
    row = workspace.state.runs.get(run)
    found = workspace.state.plans.find(row.plan_hash) if row and row.plan_hash else None
    if row is None or found is None:
        raise UsageError("There is no such preview.", next_step="Make one on the Sync page.")
    refused, refused_next = "", ""
    try:
        sync.refusal(workspace, found)
    except ToolkitError as error:
        refused, refused_next = error.message, error.next_step
    return Preview(
        run=row,
        plan=found,
        pages=RunPages(workspace.run_folder(run) / "run.duckdb"),
        brakes=tuple(str(item["title"]) for item in row.counts.get("blocked") or ()),
        waiting=int(row.counts.get("waiting") or 0),
        forecast=dict(row.counts.get("forecast") or {}),
        refused=refused,
        refused_next=refused_next,
    )


def groups(pages: RunPages) -> dict[str, Wanted]:
    """What one may look at, by its name with the number of records: the filter's choices."""
    return {
        f"{words.action(row['type'], row['kind'], row['side'])} ({row['records']:,})": Wanted(
            row["type"], row["kind"], row["side"]
        )
        for row in pages.groups()
    }


def summary(pages: RunPages) -> list[dict[str, Any]]:
    return [
        {
            "What": words.action(row["type"], row["kind"], row["side"]),
            "Records": row["records"],
            "Values": row["fields"] or None,
        }
        for row in pages.groups()
    ]


def changes(pages: RunPages, wanted: Wanted, page: int) -> list[dict[str, Any]]:
    """One row for each value; pages count from 1. A record's name stands in each of its rows,
    so that sorting is safe."""
    return [
        {
            "Record": row["title"],
            "What": words.action(row["type"], row["kind"], row["side"], many=False),
            "Field": (row["field"] or "").replace("_", " ").capitalize(),
            "Now": words.from_json(row["before"]) or (BLANK if row["field"] else ""),
            "Will be": words.from_json(row["after"]) or (BLANK if row["field"] else ""),
            "Why": row["reason"] or row["why"] or "",
        }
        for row in pages.actions(wanted, (page - 1) * PAGE, PAGE)
    ]


def cost(forecast: dict[str, Any]) -> str:
    """ "About 408 calls to Accelo and 6 to Salesforce, some 5 min." """
    if not forecast:
        return ""
    return (
        f"About {words.many(int(forecast.get('accelo_calls', 0)), 'call')} to Accelo and "
        f"{int(forecast.get('salesforce_calls', 0)):,} to Salesforce; "
        f"at most some {words.duration(forecast.get('seconds'))}."
    )
