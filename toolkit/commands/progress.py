"""Progress on the terminal while a notebook runs: which step, and how far it is. On stderr; silent with --json."""

from __future__ import annotations

import contextlib
import threading
from datetime import datetime
from types import TracebackType
from typing import Any

from toolkit.commands.plumbing import Context


class Progress:
    """A line that shows the notebook's step, with a bar while records are written (read from the state)."""

    def __init__(self, context: Context, workspace: Any, title: str = "") -> None:
        self.console = context.console()
        self.path = workspace.folder / "state.sqlite"
        self.title, self.step = title, "starting"
        self.stopped = threading.Event()
        self.bar: Any = None
        self.thread: threading.Thread | None = None

    def cell(self, cell: Any) -> None:
        """Told by the engine at each cell."""
        self.step = cell.title
        if self.bar is not None:
            self.bar.update(
                self.task, description=self._text(), completed=cell.number - (cell.event == "start"), total=cell.of
            )

    def __enter__(self) -> Progress:
        if not self.console.is_terminal or self.console.quiet:
            return self
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self.bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            console=self.console,
            transient=True,
        )
        self.task = self.bar.add_task(self._text(), total=None, detail="")
        self.bar.start()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        if self.thread is not None:
            self.thread.join(2)
        if self.bar is not None:
            self.bar.stop()

    def _text(self) -> str:
        return f"{self.title}: {self.step}" if self.title else self.step

    def _watch(self) -> None:
        """Looks into the state for what the kernel says. A screen must never stop a run: it gives up quietly."""
        from toolkit.store.state import State

        with contextlib.suppress(Exception), State(self.path) as state:
            while not self.stopped.wait(0.4):
                going = state.runs.going()
                said = going[-1].progress if going else {}
                detail = f"{said['done']} of {said['total']}" if said.get("total") else ""
                if said.get("waiting_until"):
                    until = datetime.fromisoformat(said["waiting_until"])
                    detail += f" waiting until {until:%H:%M} UTC for calls to {str(said['waiting_for']).capitalize()}"
                self.bar.update(self.task, detail=detail)
