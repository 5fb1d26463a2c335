"""Runs and their evidence: the list, one run in numbers, its records by page, charts' data, verifying, the pack."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import UsageError
from toolkit.model import SIDES
from toolkit.runs.verify import verify
from toolkit.screens import words
from toolkit.screens.going import being_sealed
from toolkit.screens.sync import line
from toolkit.store.browse import Browse
from toolkit.store.run_pages import RunPages
from toolkit.store.runs import OVER, RunRow

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

PAGE = 25
CHARTED = 60
"""The charts look at so many of the last runs."""
RECORDS = 50
BARS = 8


@dataclass(frozen=True)
class OneRun:
    row: RunRow
    name: str
    files: dict[str, str]
    pages: RunPages
    by: str
    plan_run: str

    @property
    def over(self) -> bool:
        return self.row.state in OVER and not being_sealed(self.row)

    @property
    def took(self) -> str:
        return words.duration(words.seconds_between(self.row.started_at, self.row.ended_at))

    @property
    def calls(self) -> dict[str, int]:
        return {words.SYSTEMS.get(name, name): int(n) for name, n in (self.row.counts.get("calls") or {}).items()}


def page(workspace: Workspace, number: int, zone: str | None, kind: str = "") -> list[dict[str, Any]]:
    browse = Browse(workspace.state.database)
    rows = browse.runs((number - 1) * PAGE, PAGE, kinds=(kind,) if kind else ())
    return [line(row, zone) for row in rows]


def total(workspace: Workspace, kind: str = "") -> int:
    return Browse(workspace.state.database).runs_total((kind,) if kind else ())


def one(workspace: Workspace, run: str) -> OneRun:
    """Raises UsageError for an unknown run."""
    row = workspace.state.runs.get(run)
    if row is None:
        raise UsageError("There is no such run.", next_step="Choose one from the list.")
    plan = workspace.state.plans.find(row.plan_hash) if row.plan_hash else None
    return OneRun(
        row=row,
        name=words.run_name(row.kind, row.mode),
        files=workspace.history.files(run),
        pages=RunPages(workspace.run_folder(run) / "run.duckdb"),
        by=str(workspace.state.get(f"by:{run}") or ""),
        plan_run=plan.run if plan and plan.run != run else "",
    )


def counts_table(row: RunRow) -> list[dict[str, Any]]:
    return [{"What": words.count_name(name), "Records": n} for name, n in (row.counts.get("counts") or {}).items()]


def ledger_table(row: RunRow) -> dict[str, int]:
    """Where every record ended up; blank states are left out."""
    return {name: int(n) for name, n in (row.counts.get("ledger") or {}).items() if n}


def reasons(pages: RunPages) -> list[dict[str, Any]]:
    return [
        {
            "Records": row["records"],
            "State": row["state"].capitalize(),
            "Kind": row["kind"].capitalize(),
            "Reason": row["reason"],
        }
        for row in pages.states()
        if row["state"] in ("waiting", "skipped", "failed")
    ]


def records(pages: RunPages, number: int, state: str, text: str) -> list[dict[str, Any]]:
    return [
        {
            "State": row["state"].capitalize(),
            "Kind": row["kind"].capitalize(),
            "Name": row["title"],
            "System": words.SYSTEMS.get(row["side"], row["side"]),
            "Id": row["id"],
            "Reason": row["reason"],
            **({"Amount": f"{row['amount']} {row['currency'] or ''}".strip()} if row["amount"] else {}),
        }
        for row in pages.ledger((number - 1) * RECORDS, RECORDS, state, text)
    ]


def check(workspace: Workspace, run: str) -> list[str]:
    """What does not hold of a sealed run; [] when every digest holds."""
    row = workspace.state.runs.get(run)
    return [str(problem) for problem in verify(workspace.run_folder(run), row.digest if row else None)]


def moved(workspace: Workspace, zone: str | None) -> list[dict[str, Any]]:
    """What the last runs did, by verb and system: one row for each run and group. Oldest first."""
    rows = [row for row in Browse(workspace.state.database).runs(0, CHARTED) if row.mode != "plan" and row.counts]
    rows = [row for row in rows if row.counts.get("counts")][:BARS]
    moved: Counter[tuple[str, str, str]] = Counter()
    for row in reversed(rows):
        for name, n in (row.counts.get("counts") or {}).items():
            verb, _, rest = name.partition(" ")
            side = words.SYSTEMS.get(rest.rpartition(" in ")[2], "") if " in " in rest else ""
            what = f"{words.DID.get(verb, verb)} in {side}" if side and verb != "link" else words.DID.get(verb, verb)
            moved[row.started_at, words.moment(row.started_at, zone), what] += int(n)
    return [{"when": when, "label": label, "what": what, "records": n} for (when, label, what), n in moved.items()]


def calls_by_hour(workspace: Workspace) -> list[dict[str, Any]]:
    """Calls of the last day, by hour and system, counted where the run began."""
    now = workspace.clock()
    summed: Counter[tuple[str, str]] = Counter()
    for row in Browse(workspace.state.database).runs(0, 500):
        age = words.seconds_between(row.started_at, now.isoformat())
        if age is None or age > 86_400:
            break
        for system, n in (row.counts.get("calls") or {}).items():
            summed[row.started_at[:13], system] += int(n)
    return [
        {"hour": f"{hour}:00:00Z", "system": words.SYSTEMS.get(system, system), "calls": n}
        for (hour, system), n in sorted(summed.items())
        if n
    ]


@dataclass(frozen=True)
class Left:
    """What is left of one system's limit. ``share`` is between 0 and 1."""

    share: float
    words: str


def budgets(workspace: Workspace, zone: str | None) -> list[Left]:
    """What is left of both limits, as each system's last answer said, and what of it is kept for people."""
    found = []
    for side in SIDES:
        said = workspace.state.get(f"budget:{side}") or {}
        left, limit = said.get("remaining"), said.get("limit")
        if isinstance(left, int) and isinstance(limit, int) and limit:
            kept = f"; {said['reserve']:,} are kept for people" if said.get("reserve") else ""
            text = (
                f"{words.SYSTEMS[side]}: {left:,} of {limit:,} calls left{kept}. "
                f"As of {words.moment(said['at'], zone)}."
            )
            found.append(Left(max(0.0, min(1.0, left / limit)), text))
    return found


def errors(workspace: Workspace, since: str = "") -> dict[str, int]:
    return Browse(workspace.state.database).refusals(since)


def pack(workspace: Workspace, run: str, target: Path) -> Path:
    """The sealed run as one zip file, stored under the run's name. Raises UsageError where nothing is sealed."""
    import zipfile

    row, folder = workspace.state.runs.get(run), workspace.run_folder(run)
    if row is None or not row.digest or not (folder / "manifest.json").is_file():
        raise UsageError("This run is not sealed, so there is no pack.", next_step="Wait until it is over.")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{run}/{path.relative_to(folder).as_posix()}")
    return target
