"""A sandbox whose companies are in Accelo already, and a desk at which imports are made from there, again and again."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.runs.bed import Bed, Served
from toolkit.model import ImportKind
from toolkit.runs.import_build import Asked
from toolkit.runs.import_engine import ImportRun
from toolkit.runs.import_read import read_destination, read_source
from toolkit.runs.import_tables import refresh_statuses, refresh_users, status_rows, user_rows
from toolkit.runs.result import RunResult
from toolkit.runs.seal import seal
from toolkit.settings import set_value
from toolkit.sync.carry import marker_in
from toolkit.workspace import Workspace

KINDS: tuple[ImportKind, ...] = ("sale", "ticket")
MADE = {"sale": ("prospects", "comments"), "ticket": ("issues", "description")}
SOURCES = {"sale": "Opportunity", "ticket": "Case"}


class Clock:
    """Real time, but that waiting takes none: it is put forward instead. ``told`` hears how long each wait was."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.told: Callable[[float], None] = lambda seconds: None

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)
        self.told(seconds)


class Desk:
    """One workspace; imports in it without notebooks."""

    def __init__(self, folder: Path, served: Served) -> None:
        self.folder, self.served, self.clock, self.number = folder, served, Clock(), 0
        self.workspace = self._open()

    def _open(self) -> Workspace:
        workspace = Workspace(self.folder, clock=self.clock.now, sleep=self.clock.sleep)
        workspace.state.database._connection.execute("PRAGMA synchronous = OFF")  # no test here cuts the power
        return workspace

    @property
    def state(self) -> Any:
        return self.workspace.state

    def again(self) -> None:
        """As after a restart of the process."""
        self.workspace.close()
        self.workspace = self._open()

    def open(self, kind: ImportKind = "sale", mode: Any = "sync", **options: Any) -> ImportRun:
        asked = {name: options.pop(name) for name in ("sample", "scope", "updates") if name in options}
        self.number += 1
        run = f"{self.clock.now():%H%M%S}-{self.number:03d}-{kind}-{mode}"
        return self.workspace.open_import(run, kind, mode, asked=Asked(**asked), **options)

    def go(self, kind: ImportKind = "sale", mode: Any = "sync", **options: Any) -> RunResult:
        """A whole import, sealed."""
        run = self.open(kind, mode, **({"yes": True} if mode == "sync" else {}) | options)
        try:
            return carry_out(run)
        finally:
            if self.state.runs.get(run.run).folder:
                seal(self.state, self.workspace.run_folder(run.run), run.run)

    def plan(self, kind: ImportKind = "sale", **options: Any) -> ImportRun:
        """A plan, closed; its engine still knows what was read and planned."""
        run = self.open(kind, "plan", **options)
        run.read()
        run.plan()
        run.close()
        return run

    def apply(self, planned: ImportRun, **options: Any) -> RunResult:
        hash = planned.import_planned.hash
        return self.go(planned.item_kind, "apply", **{"confirmed": hash, "accepted": ("all",)} | options)

    def map_everything(self, default: str = "1") -> None:
        """People and statuses as suggested; who is like nobody is the default's, a status like none the first."""
        mappings = self.folder / "mappings"
        sources = [read_source(self.workspace.salesforce_reader, kind) for kind in KINDS]
        places = [read_destination(self.workspace.accelo_reader, kind) for kind in KINDS]
        rows = user_rows(refresh_users(mappings, sources, places[0], {}), sources, places[0])
        chosen = {row["salesforce_id"]: row["suggestion"]["staff_id"] for row in rows if row["suggestion"]}
        refresh_users(mappings, sources, places[0], chosen | {"*": default})
        for source, place in zip(sources, places, strict=True):
            rows = status_rows(refresh_statuses(mappings, source, place, {}), source, place)
            first = place.statuses[0].id
            wanted = {r["salesforce_status"]: (r["suggestion"] or {"status_id": first})["status_id"] for r in rows}
            refresh_statuses(mappings, source, place, wanted)

    # What is there, from the sandbox's own state and log

    def made(self, kind: ImportKind = "sale") -> list[dict[str, Any]]:
        """The sales or tickets that carry a marker."""
        resource, text = MADE[kind]
        return [row for row in self.served.world()["accelo"][resource] if marker_in(row.get(text))]

    def marked(self, kind: ImportKind = "sale") -> Counter[str]:
        """How many carry each Salesforce id."""
        return Counter(marker_in(row[MADE[kind][1]]) or "" for row in self.made(kind))

    def source(self, kind: ImportKind = "sale") -> dict[str, dict[str, Any]]:
        rows = self.served.world()["salesforce"][SOURCES[kind]]
        return {row["Id"]: row for row in rows if str(row.get("IsDeleted")).lower() not in ("1", "true")}

    def writes(self) -> list[tuple[str, str, str]]:
        """(object, id, op) of everything that a request wrote, from the sandbox's log."""
        return [(w["object"], str(w["id"]), w["op"]) for row in self.served.requests() for w in row["writes"]
                if w["object"] in ("prospects", "issues")]  # fmt: skip

    def journal_is_the_world(self) -> None:
        """P8: what the log says was written is what the journal says, one for one."""
        said = [(row["resource"], str(row["result"]), row["op"]) for row in self.state.journal.attempts()
                if row["resource"] in ("prospects", "issues") and row["state"] == "applied"]  # fmt: skip
        assert Counter(said) == Counter(self.writes())

    def fault(self, kind: str, nth: int = 1, times: int = 1, path: str = "/api/v0/", **options: Any) -> None:
        system = "accelo" if "/api/v0" in path else "salesforce"
        match = {"method": options.pop("method", ".*"), "path": path}
        self.served.post(
            "/faults", [{"system": system, "kind": kind, "match": match, "nth": nth, "times": times, **options}]
        )


def carry_out(run: ImportRun) -> RunResult:
    run.read()
    run.plan()
    if run.mode != "plan":
        run.confirm()
        run.apply()
        run.check()
    return run.close()


class Stage:
    """A sandbox and a workspace in which the companies are linked, kept as a picture to start from."""

    def __init__(self, folder: Path, world: str) -> None:
        self.folder, self.served = folder, Served(folder, world)
        self.served.post("/switches", {"accelo_hourly_limit": "off"})  # hundreds of imports within an hour
        self.bed = Bed(folder / "first", self.served)
        self.bed.sync_until_calm()
        set_value(folder / "first", "sync.grace_seconds", "0.3")
        self.bed.workspace.close()
        desk = Desk(folder / "first", self.served)
        desk.map_everything()
        desk.workspace.close()
        self.before = {resource: self._ids(resource) for resource in ("prospects", "issues")}

    def _ids(self, resource: str) -> set[str]:
        return {str(row["id"]) for row in self.served.world()["accelo"][resource]}

    def clear(self) -> None:
        """What imports made is gone, and the log is empty."""
        self.served.no_faults()
        for resource, ids in self.before.items():
            for made in self._ids(resource) - ids:
                self.served.edit("accelo", resource, made, {}, "delete")
        for system in ("accelo", "salesforce"):
            self.served.post("/clock", {"system": system, "skew_seconds": 0})
        self.served.http.delete(self.served._url("/requests"), timeout=30)

    @contextmanager
    def desk(self, folder: Path) -> Iterator[Desk]:
        self.clear()
        shutil.copytree(self.folder / "first", folder)
        desk = Desk(folder, self.served)
        try:
            yield desk
        finally:
            desk.workspace.close()
