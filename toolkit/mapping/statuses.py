"""The status mappings: which Accelo status each Salesforce stage or case status becomes.

Kept in ``mappings/sale_statuses.csv`` and ``mappings/ticket_statuses.csv``. A status that is set at creation fires no
progression: automation that hangs on progressions in Accelo does not run for imported records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rapidfuzz import fuzz, utils

from toolkit.mapping.table import read_rows, write_rows
from toolkit.model import digest

NO_PROGRESSION = (
    "A status that is set when a record is created fires no progression: triggers, e-mails and tasks that Accelo hangs "
    "on the way to that status do not run for what is imported."
)
CLOSED_STANDINGS = frozenset({"won", "lost", "abandoned", "cancelled", "inactive", "closed", "resolved"})
"""Standings that end a sale or ticket (Accelo help, "Completing Your Sales"; API documentation, issues)."""
NATURES_STANDINGS: Mapping[str, tuple[str, ...]] = {
    "open": ("active", "open", "pending", "submitted"),
    "won": ("won",),
    "lost": ("lost", "abandoned", "cancelled"),
    "closed": ("closed", "resolved", "inactive"),
}
LIKENESS = 55.0


@dataclass(frozen=True)
class SourceStatus:
    """A Salesforce stage or case status in use. ``nature`` is open, won, lost (stages) or open, closed (cases)."""

    name: str
    nature: str
    records: int = 0


@dataclass(frozen=True)
class TargetStatus:
    id: str
    title: str
    standing: str
    start: bool = True

    @property
    def ends(self) -> bool:
        return self.standing in CLOSED_STANDINGS


@dataclass(frozen=True)
class StatusRow:
    """One line of the file, its columns by their names."""

    salesforce_status: str
    nature: str = ""
    records: int = 0
    accelo_status_id: str = ""
    accelo_status: str = ""


@dataclass(frozen=True)
class StatusSuggestion:
    status_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class StatusMap:
    rows: tuple[StatusRow, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where the row of a status stands in the file that was read."""

    @property
    def digest(self) -> str:
        return digest(sorted((row.salesforce_status, row.accelo_status_id) for row in self.rows))

    def status_for(self, name: str) -> str | None:
        """The Accelo status id for a Salesforce status (compared as text, case kept), or None."""
        return next((r.accelo_status_id for r in self.rows if r.salesforce_status == name and r.accelo_status_id), None)

    def unmapped(self, statuses: Iterable[SourceStatus]) -> tuple[SourceStatus, ...]:
        return tuple(
            sorted((s for s in statuses if self.status_for(s.name) is None), key=lambda s: (-s.records, s.name))
        )

    def unknown_targets(self, targets: Iterable[TargetStatus]) -> tuple[StatusRow, ...]:
        """Rows that name a status id which the deployment does not have."""
        ids = {target.id for target in targets}
        return tuple(row for row in self.rows if row.accelo_status_id and row.accelo_status_id not in ids)

    def reopening(self, statuses: Iterable[SourceStatus], targets: Sequence[TargetStatus]) -> tuple[SourceStatus, ...]:
        """Ended statuses (won, lost, closed) that this mapping turns into open ones: a person is asked about them."""
        open_ids = {target.id for target in targets if not target.ends}
        return tuple(s for s in statuses if s.nature != "open" and s.records and self.status_for(s.name) in open_ids)

    def refreshed(self, statuses: Sequence[SourceStatus], targets: Sequence[TargetStatus]) -> StatusMap:
        """The same choices over today's statuses, with today's counts, natures and titles."""
        titles = {target.id: target.title for target in targets}
        known = {row.salesforce_status: row for row in self.rows}
        rows = []
        for status in statuses:
            chosen = known.pop(status.name, StatusRow(status.name)).accelo_status_id
            rows.append(StatusRow(status.name, status.nature, status.records, chosen, titles.get(chosen, "")))
        gone = [replace(row, records=0) for row in known.values() if row.accelo_status_id]
        return StatusMap((*rows, *gone))

    def choosing(self, choices: Mapping[str, str]) -> StatusMap:
        known = {row.salesforce_status: row for row in self.rows}
        for name, status_id in choices.items():
            known[name] = replace(known.get(name, StatusRow(name)), accelo_status_id=status_id)
        return StatusMap(tuple(known.values()), self.places)


def suggest_status(source: SourceStatus, targets: Sequence[TargetStatus]) -> StatusSuggestion | None:
    """The target of the same nature with the most similar title; the only one of that nature where none is similar."""
    wanted = NATURES_STANDINGS.get(source.nature, ())
    fitting = [target for target in targets if target.standing in wanted]
    if not fitting:
        return None
    scored = sorted(
        ((fuzz.token_set_ratio(source.name, t.title, processor=utils.default_process), t) for t in fitting),
        key=lambda pair: (-pair[0], wanted.index(pair[1].standing), pair[1].id),
    )
    score, target = scored[0]
    if score >= LIKENESS:
        return StatusSuggestion(target.id, target.title, "same title" if score == 100.0 else "similar title")
    nearest = sorted(fitting, key=lambda t: wanted.index(t.standing))[0]
    return StatusSuggestion(nearest.id, nearest.title, f"the first status that is {nearest.standing}")


def load_statuses(path: Path) -> StatusMap:
    return StatusMap(*read_rows(path, StatusRow, key="salesforce_status"))


def save_statuses(path: Path, statuses: StatusMap) -> None:
    write_rows(path, StatusRow, statuses.rows)
