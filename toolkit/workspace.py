"""A workspace on disk, and the one place where everything is assembled from its settings.

    var/
      settings.toml  mappings/  credentials  state.sqlite  lease  runs/<run-id>/...

Nothing in a workspace names an absolute path: it may be copied or moved while nothing runs.
"""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import WorkspaceError
from toolkit.model import SIDES, ImportKind, Side
from toolkit.settings import FILE as SETTINGS
from toolkit.settings import FIRST_SETTINGS, TEMPLATES, Settings, load_settings

if TYPE_CHECKING:
    from toolkit.clients.accelo import AcceloReader, AcceloWriter
    from toolkit.clients.credentials import Credentials
    from toolkit.clients.endpoint import Endpoint, Exchange
    from toolkit.clients.salesforce import SalesforceReader, SalesforceWriter
    from toolkit.clients.transport import Transport
    from toolkit.connections import Connections
    from toolkit.history import History
    from toolkit.mapping.rules import Rules
    from toolkit.runs.conduct import Done
    from toolkit.runs.engine import Mode, Run
    from toolkit.runs.import_engine import ImportRun
    from toolkit.store.state import State


def utc_now() -> datetime:
    return datetime.now(UTC)


class Workspace:
    """An existing workspace, opened. Use it as a context manager; everything in it is made when first asked for."""

    def __init__(
        self,
        folder: Path,
        *,
        key: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.folder, self._key, self.clock, self.sleep = Path(folder), key, clock, sleep
        if not (self.folder / SETTINGS).is_file():
            raise WorkspaceError(
                f"There is no workspace in {folder}.",
                next_step=f"Make one with: python -m toolkit --workspace {folder} init",
            )
        self._open_state: State | None = None
        self._transports: dict[Side, Transport] = {}
        self.on_exchange: Callable[[Exchange], None] = lambda exchange: None
        self.on_wait: Callable[[str, datetime | None], None] = lambda system, until: None
        self.longest_wait = 3900.0  # seconds that a limit is waited for; beyond it LimitReached is raised

    @classmethod
    def create(cls, folder: Path, settings: str = FIRST_SETTINGS) -> Workspace:
        """Makes the folder with its settings and its copy of the mappings. Raises WorkspaceError if there is one."""
        if (folder / SETTINGS).exists():
            raise WorkspaceError(
                f"{folder} is a workspace already.",
                next_step="Use it as it is, or name another folder with --workspace.",
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "runs").mkdir(exist_ok=True)
        (folder / "mappings").mkdir(exist_ok=True)
        for template in sorted(TEMPLATES.iterdir()):  # not copytree: it hides that the disk is full
            shutil.copy(template, folder / "mappings")
        (folder / SETTINGS).write_text(settings, encoding="utf-8")
        workspace = cls(folder)
        workspace.state  # noqa: B018  made now, so that a folder that cannot hold it is found out now
        return workspace

    # What the workspace holds

    @property
    def settings(self) -> Settings:
        """Read afresh each time: a screen or an editor may have changed it."""
        return load_settings(self.folder)

    @property
    def rules(self) -> Rules:
        from toolkit.mapping.rules import load_rules

        return load_rules(self.folder / "mappings", self.settings.sync.country)

    @property
    def state(self) -> State:
        if self._open_state is None:
            from toolkit.store.state import State

            self._open_state = State(self.folder / "state.sqlite")
        return self._open_state

    @functools.cached_property
    def credentials(self) -> Credentials:
        from toolkit.clients.credentials import Credentials
        from toolkit.clients.endpoint import is_loopback

        addresses = [getattr(self.settings, system).url for system in SIDES]
        sandbox = all(url and is_loopback(url) for url in addresses)
        return Credentials(self.folder / "credentials", self._key, allow_key_file=sandbox)

    def use_sandbox(self, said: Mapping[str, Any]) -> None:
        """Takes addresses, client ids and (encrypted) secrets of a sandbox's ready file; its tokens are not taken."""
        self.connections.use_sandbox(said)

    def run_folder(self, run: str) -> Path:
        return self.folder / "runs" / run

    def new_run_id(self, kind: str) -> str:
        """E.g. 20261124-153000-sync-9f2c: sorts by time, says what it is, and never meets another."""
        return f"{self.clock():%Y%m%d-%H%M%S}-{kind}-{secrets.token_hex(2)}"

    # The two systems

    def endpoint(self, system: Side) -> Endpoint:
        from toolkit.connections import endpoint

        return endpoint(self, system)

    @property
    def connections(self) -> Connections:
        """Connecting, saying what is connected, disconnecting."""
        from toolkit.connections import Connections

        return Connections(self)

    def transport(self, system: Side) -> Transport:
        """One for each system and process; the read-only toggle is asked before every send."""
        if system not in self._transports:
            from toolkit.connections import open_transport

            self._transports[system] = open_transport(self, system)
        return self._transports[system]

    @functools.cached_property
    def salesforce_reader(self) -> SalesforceReader:
        from toolkit.clients.salesforce import SalesforceReader

        return SalesforceReader(self.transport("salesforce"))

    @functools.cached_property
    def accelo_reader(self) -> AcceloReader:
        from toolkit.clients.accelo import AcceloReader

        return AcceloReader(self.transport("accelo"))

    def salesforce_writer(self) -> SalesforceWriter | None:
        """None while read-only is on: nothing that could write to Salesforce is even made."""
        if self.state.read_only:
            return None
        from toolkit.clients.salesforce import SalesforceWriter

        return SalesforceWriter(self.transport("salesforce"))

    def accelo_writer(self) -> AcceloWriter:
        from toolkit.clients.accelo import AcceloWriter

        return AcceloWriter(self.transport("accelo"))

    # Runs

    def open_run(self, run: str, mode: Mode, **options: Any) -> Run:
        """The engine of one run, with everything passed in. ``mode``: plan, apply or sync."""
        from toolkit.runs.engine import Run

        return Run(self, run, mode, **options)

    def open_import(self, run: str, kind: ImportKind, mode: Mode, **options: Any) -> ImportRun:
        """The same for an import of sales or tickets."""
        from toolkit.runs.import_engine import ImportRun

        return ImportRun(self, run, kind, mode, **options)

    def run_notebook(
        self,
        notebook: str,
        kind: str,
        mode: str,
        given: Mapping[str, Any],
        *,
        on_cell: Callable[[Any], None] = lambda cell: None,
        run: str = "",
    ) -> Done:
        """A whole run in a kernel of its own, sealed at the end. Raises what stopped it (RunFailed). ``run`` is given
        where a scheduled look has begun it."""
        from toolkit.runs.conduct import conduct

        run = run or self.new_run_id(mode if mode == kind else f"{kind}-{mode}")
        try:
            return conduct(
                self.folder,
                self.state,
                run,
                notebook,
                kind,
                mode,
                given,
                now=lambda: self.clock().isoformat(),
                on_cell=on_cell,
                key=self._key or os.environ.get("TOOLKIT_KEY"),
            )
        finally:
            self.history.tell(run)

    @property
    def history(self) -> History:
        """What earlier runs left, and finishing or rebuilding from it."""
        from toolkit.history import History

        return History(self)

    # Closing

    def hang_up(self) -> None:
        """The next request signs in afresh, with what the credentials hold then."""
        from toolkit.connections import keep_budget

        for system, transport in self._transports.items():
            keep_budget(self, system, transport)
            transport.close()
        self._transports.clear()
        self.__dict__.pop("salesforce_reader", None)
        self.__dict__.pop("accelo_reader", None)

    def close(self) -> None:
        self.hang_up()
        if self._open_state is not None:
            self._open_state.close()
            self._open_state = None

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
