"""How a notebook is executed: papermill's engine with our own saving, progress and interrupt.

Why not papermill's own: it writes the output in place (a kill leaves half a file), marks every cell "completed" after
an interrupt or a dead kernel, writes absolute paths into the notebook and saves what looks like a secret.
A run's state therefore never comes from the notebook: it is a report.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from traitlets.config import Config

from toolkit.files import write_atomically

NAME = "toolkit"
HIDDEN = "[removed: looks like a secret]"

# Salesforce session ids (00D…!…), bearer headers, JSON Web Tokens, Fernet tokens, and values named like secrets.
LOOKS_SECRET = re.compile(
    r"00D[A-Za-z0-9]{9,15}![A-Za-z0-9._]{20,}"
    r"|(?i:bearer\s+)[A-Za-z0-9._~+/!-]{16,}=*"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"
    r"|(?:(?<![A-Za-z0-9+/_-])|(?<=\\[nrt]))gAAAAA[A-Za-z0-9_-]{40,}=*"  # not in the middle of a picture's data
    r"|(?i:access_token|refresh_token|client_secret|password)\\*[\"']\s*:\s*\\*[\"'][^\"'\\]{6,}"
    r"|(?i:(?<=access_token=)|(?<=refresh_token=)|(?<=client_secret=)|(?<=password=))[^&\s\"'\\]{6,}"
)


@dataclass(frozen=True)
class Cell:
    """What happened to a cell: "start", "done" or "failed"; ``title`` is the last heading above it."""

    event: str
    number: int
    of: int
    title: str


@dataclass
class Live:
    """One execution, as its launcher sees it."""

    target: Path
    source: str
    on_cell: Callable[[Cell], None] = lambda cell: None
    secrets: Iterable[str] = ()
    environment: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    """Absolute paths of this machine and what stands for them in the saved notebook."""
    sockets: Path = Path()
    """A private folder, by a short name (a socket's path holds some 100 bytes)."""
    log: Path = Path(os.devnull)
    client: PapermillNotebookClient | None = None

    def interrupt(self) -> bool:
        """Asks the kernel to stop: its cell fails cleanly with KeyboardInterrupt. False when there is no kernel yet."""
        pid = getattr(getattr(getattr(self.client, "km", None), "provisioner", None), "pid", None)
        if pid is None:
            return False
        os.kill(pid, signal.SIGINT)
        return True


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the given secrets and without what looks like one."""
    for secret in sorted((value for value in secrets if len(value) >= 6), key=len, reverse=True):
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
            text = text.replace(form, HIDDEN)
    return LOOKS_SECRET.sub(HIDDEN, text)


class Manager(NotebookExecutionManager):
    """Saves aside and replaces, tells each cell, and never calls a cell completed that did not run."""

    def __init__(self, nb: Any, live: Live) -> None:
        super().__init__(nb, output_path=None, progress_bar=False, autosave_cell_every=2)
        self.live = live
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        self.numbers = {id(cell): number for number, cell in enumerate(code, 1)}
        self.title = live.source

    def save(self, **kwargs: Any) -> None:
        self.nb.metadata.papermill["input_path"] = self.live.source
        self.nb.metadata.papermill["output_path"] = self.live.target.name
        text = scrub(nbformat.writes(self.nb), self.live.secrets)
        for path, name in self.live.paths.items():
            text = text.replace(path, name)
        write_atomically(self.live.target, text)
        self.last_save_time = self.now()

    def cell_start(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        super().cell_start(cell, cell_index, **kwargs)
        if cell.cell_type == "markdown":
            headings = [line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")]
            self.title = headings[-1] if headings else self.title
        self._tell("start", cell)

    def cell_complete(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        super().cell_complete(cell, cell_index, **kwargs)
        self._tell("failed" if cell.metadata.papermill["status"] == self.FAILED else "done", cell)

    def notebook_complete(self, **kwargs: Any) -> None:
        self.end_time = self.now()
        started, times = self.start_time or self.end_time, self.nb.metadata.papermill
        times["end_time"], times["duration"] = self.end_time.isoformat(), (self.end_time - started).total_seconds()
        self.save()

    def _tell(self, event: str, cell: Any) -> None:
        if id(cell) in self.numbers:
            self.live.on_cell(Cell(event, self.numbers[id(cell)], len(self.numbers), self.title))


class ToolkitEngine(Engine):
    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, *, live: Live, start_timeout: int = 60, **ignored: Any) -> Any:
        manager = Manager(nb, live)
        manager.notebook_start()
        try:
            # Over TCP any local user could talk to the kernel that holds the connections; a socket in a folder of the
            # run's own is out of everybody's reach. Without "ip" it would be made in the current folder, under a name
            # that another run takes as well: each would then hear the other's kernel.
            sockets = {"transport": "ipc", "ip": str(live.sockets / "kernel")}
            client = PapermillNotebookClient(
                manager,
                kernel_name=kernel_name,
                timeout=None,
                startup_timeout=start_timeout,
                config=Config({"KernelManager": sockets, "AsyncKernelManager": sockets}),
            )
            live.client = client
            with live.log.open("ab") as log:  # what the kernel's own machinery says while it stops is for no terminal
                client.execute(env=live.environment, stdout=log, stderr=log)
        finally:
            manager.notebook_complete()
        return nb


papermill_engines.register(NAME, ToolkitEngine)
