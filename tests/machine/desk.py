"""A workspace on the lab's systems that opens in milliseconds: no key ring, no notebook,
evidence on paper or for real."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.machine.lab import Lab
from tests.machine.moments import Death, Moments, watched
from toolkit.clients.endpoint import Tokens
from toolkit.errors import BrakeHit, ToolkitError
from toolkit.mapping.rules import load_rules
from toolkit.runs import engine, recover
from toolkit.runs.engine import Run, whole_run
from toolkit.runs.result import RunResult
from toolkit.settings import load_settings, set_value
from toolkit.store.evidence import Evidence
from toolkit.store.evidence_tables import TABLES
from toolkit.workspace import Workspace

GRACE = 120.0
BRAKES = {"creations": 1000, "updates": 1000, "blankings": 1000, "retirements": 1000, "shrunk_share": 1}


class Paper:
    """Stands in for a run's evidence where a thousand runs are made and nobody reads them; columns are checked."""

    def __init__(self, path: Path) -> None:
        self.path, self.exists, self.closed = path, False, False
        self.ledger: list[Mapping[str, Any]] = []

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            if table == "ledger":
                self.ledger.append(row)
            assert row.keys() <= TABLES[table].keys(), (
                f"{table} has no column {sorted(row.keys() - TABLES[table].keys())}"
            )

    def meta(self, **values: Any) -> None: ...
    def flush(self) -> None: ...
    def clear(self, table: str) -> None: ...

    def close(self) -> None:
        self.closed = True

    discard = close


def on_paper(yes: bool) -> None:
    """Runs write their evidence on paper, or again into files."""
    chosen: Any = Paper if yes else Evidence
    engine.Evidence = recover.Evidence = chosen  # type: ignore[misc]  # the same calls


class DeskWorkspace(Workspace):
    """Settings and rules are read once: nobody edits these files while a history goes on."""

    kept: dict[Path, tuple[Any, Any]] = {}

    @property
    def settings(self) -> Any:
        return self._both()[0]

    @property
    def rules(self) -> Any:
        return self._both()[1]

    def _both(self) -> tuple[Any, Any]:
        if self.folder not in self.kept:
            settings = load_settings(self.folder)
            self.kept[self.folder] = (settings, load_rules(self.folder / "mappings", settings.sync.country))
        return self.kept[self.folder]


class Desk:
    """Somebody who has a workspace and starts runs in it."""

    def __init__(self, lab: Lab, folder: Path, **settings: Any) -> None:
        self.lab, self.folder, self.number = lab, folder, 0
        workspace = Workspace.create(folder)
        workspace.use_sandbox(lab.ready)
        for side in ("salesforce", "accelo"):
            workspace.credentials.put(side, Tokens(lab.ready[side]["access_token"], lab.ready[side]["refresh_token"]))  # type: ignore[arg-type]  # the two sides
        for name, value in (
            {f"brakes.{name}": value for name, value in BRAKES.items()} | {"sync.grace_seconds": GRACE} | settings
        ).items():
            set_value(folder, name, str(value))
        workspace.close()
        self.open()

    def open(self) -> None:
        self.workspace = DeskWorkspace(self.folder, clock=self.lab.now, sleep=self.lab.sleep)

    def again(self) -> None:
        """As after a restart of the process."""
        self.workspace.close()
        self.open()

    def sign_in(self) -> None:
        """Connect both systems anew."""
        for side in ("salesforce", "accelo"):
            self.workspace.connections.sign_in(side, "client_credentials")

    @property
    def state(self) -> Any:
        return self.workspace.state

    @property
    def now(self) -> str:
        return self.lab.now().isoformat()

    def run(
        self, mode: str, moments: Moments | None = None, **options: Any
    ) -> tuple[Run, RunResult | None, ToolkitError | None]:
        """A whole run: its result, or the error that ended it; (run, None, None) when it died."""
        self.number += 1
        run = self.workspace.open_run(f"run-{self.number:03d}-{mode}", mode, **options)  # type: ignore[arg-type]  # one of the modes
        moments = moments or Moments()

        def dies() -> None:
            run.over = True  # no clean-up of its own is done by a process that is gone

        moments.on_death = dies
        try:
            with watched(moments):
                return run, whole_run(run), None
        except ToolkitError as error:
            return run, None, error
        except Death:
            run.lease.give_back()  # the operating system does
            self.again()
            return run, None, None

    def sync(self, moments: Moments | None = None, **options: Any) -> tuple[Run, RunResult | None, ToolkitError | None]:
        """A sync; what a brake stops is looked at and applied by its hash, as a person would."""
        run, result, error = self.run("sync", moments, yes=True, **options)
        if isinstance(error, BrakeHit):
            return self.run("apply", confirmed=error.plan_hash)
        return run, result, error

    def copy_handle(self) -> DeskWorkspace:
        """The same workspace, as another process opens it."""
        return DeskWorkspace(self.folder, clock=self.lab.now, sleep=self.lab.sleep)

    def keep(self, target: Path) -> None:
        self.state.database.backup(target)

    def lose(self, older: Path | None) -> None:
        """The living state is lost, or an older copy is put in its place. Read-only is set again by hand."""
        read_only = self.state.read_only
        self.workspace.close()
        for name in ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm"):
            (self.folder / name).unlink(missing_ok=True)
        if older is not None:
            shutil.copy(older, self.folder / "state.sqlite")
        self.open()
        self.state.set_read_only(read_only, self.now)

    def copy_to(self, folder: Path) -> Desk:
        """The same workspace in another folder; this one must not be in use."""
        twin = object.__new__(Desk)
        shutil.copytree(self.folder, folder)
        twin.lab, twin.folder, twin.number = self.lab, folder, self.number
        DeskWorkspace.kept[folder] = self.workspace._both()
        twin.open()
        return twin

    def close(self) -> None:
        self.workspace.close()
        DeskWorkspace.kept.pop(self.folder, None)
        shutil.rmtree(self.folder, ignore_errors=True)
