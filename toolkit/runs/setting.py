"""What a run is given by whoever opens it (the workspace): the two systems, the stores, the rules,
time and patience."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from toolkit.clients.ports import AcceloReading, AcceloWriting, SalesforceReading, SalesforceWriting
from toolkit.mapping.rules import Rules
from toolkit.settings import Settings
from toolkit.store.state import State

Streams = dict[str, Any]


class Setting(Protocol):
    """Satisfied by ``toolkit.workspace.Workspace``; tests bring their own."""

    folder: Path
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    on_exchange: Callable[[Any], None]
    on_wait: Callable[[str, datetime | None], None]
    """Told (system, until) while a limit is waited for, and (system, None) after it."""

    @property
    def settings(self) -> Settings: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def state(self) -> State: ...
    @property
    def salesforce_reader(self) -> SalesforceReading: ...
    @property
    def accelo_reader(self) -> AcceloReading: ...
    def salesforce_writer(self) -> SalesforceWriting | None: ...
    def accelo_writer(self) -> AcceloWriting: ...
    def run_folder(self, run: str) -> Path: ...


def iso(moment: datetime) -> str:
    """A time as the stores keep it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def unix(text: str | None) -> int | None:
    """Unix seconds of a system's stamp: Salesforce's ISO text or Accelo's seconds; None where there is none."""
    if not text or text == "0":
        return None
    if text.isdigit():
        return int(text)
    return int(datetime.fromisoformat(text.replace("+0000", "+00:00").replace("Z", "+00:00")).timestamp())
