"""What a sync and an import share when they are stepped through: one run, confirmed by its hash, that can be stopped
and gone on with.

A run that is over stays as it is, sealed. Whoever runs a cell again after that (an interrupt, an error, a wrong hash, a
plan that was looked at first) goes on in a new run: a plan is carried out by its hash, so what was written is not
written again. In a launched run none of this happens: there an error is the end.
"""

from __future__ import annotations

import atexit
import contextlib
import getpass
import weakref
from collections.abc import Iterator
from typing import Any

from toolkit import kernel
from toolkit.errors import Stopped, ToolkitError, Unconfirmed, UsageError
from toolkit.notebook.interrupts import gently, once
from toolkit.notebook.opening import open_workspace, run_id
from toolkit.notebook.progress import Line
from toolkit.runs.engine import Mode
from toolkit.tables import Table

MODES: dict[str, Mode] = {"plan": "plan", "apply": "apply", "sync": "sync"}
LEFT = "It was left: another run was begun in its place."


class Steps:
    """``engine`` is the run of this moment. A subclass opens it (``_open``) and shows what it holds."""

    what = ""

    def __init__(self, workspace: str, run: str, mode: str, confirmed: str) -> None:
        if mode not in MODES:
            raise UsageError(f"mode is plan, apply or sync, not {mode!r}.")
        _leave_others()
        self.workspace = open_workspace(workspace)
        self.run = run_id(self.workspace, run, self.what)
        self.asked = self.mode = MODES[mode]
        self.hash = ""
        self.accepted: tuple[str, ...] = ()
        self.planned: Any = None
        self.closed: Table | None = None
        self.engine = self._open(confirmed)
        if not kernel.launched():
            _OPEN.add(self)

    @property
    def _by(self) -> str:
        """Who confirms: the evidence names it. "" leaves that to the launcher."""
        return "" if kernel.launched() else f"{getpass.getuser()} in JupyterLab"

    def _open(self, confirmed: str) -> Any:
        """The engine of ``self.run`` in ``self.mode``."""
        raise NotImplementedError

    # Steps

    def read(self) -> Table:
        """Takes the lease and reads both systems."""
        self._go_on(self.asked, begun=self._has_read)
        with self._step("Read"):
            return Table(self.engine.read().table())

    def _plan(self) -> Any:
        """The plan, made anew; once something was written, in a run of its own."""
        if self._go_on(self.asked, begun=self.engine.applied is not None):
            self.read()
        with self._step(""):
            self.planned = self.engine.plan()
        return self.planned

    @property
    def plan_hash(self) -> str:
        return str(self.planned.hash)

    def _confirm(self, confirmed: str, accepted: tuple[str, ...] = ()) -> str:
        if self.mode == "plan" and (not confirmed or kernel.launched()):  # whatever a person left in the cell
            return f"Not confirmed: nothing will be written. The hash of this plan: {self.plan_hash!r}"
        if self.engine.applied is not None and confirmed in ("", self.hash):
            return f"Confirmed: {self.hash}"
        if not kernel.launched():
            self._look(confirmed, accepted)
        self.accepted = accepted
        if self._go_on("apply", confirmed):
            self._read_and_plan()
        with self._step(""):
            self.hash = self._confirm_engine(confirmed)
        if self.mode == "plan":  # a person confirmed in JupyterLab what was a plan until now
            self.mode = self.engine.mode = "apply"
            self.workspace.state.runs.set_mode(self.run, "apply")
            self.engine.evidence.meta(became="apply")
        return f"Confirmed: {self.hash}"

    def _look(self, confirmed: str, accepted: tuple[str, ...]) -> None:
        """What a person mistyped is said before the engine is asked, so that it costs no run."""
        if confirmed and confirmed != self.plan_hash:
            raise Unconfirmed(
                self.plan_hash, "That is not the hash of this plan.",
                next_step=f"Look at the plan above, then put this into the cell and run it again: {self.plan_hash}",
            )  # fmt: skip

    def _confirm_engine(self, confirmed: str) -> str:
        return str(self.engine.confirm(confirmed or None))

    def apply(self) -> Table:
        """Writes what was confirmed, and nothing else. Run again after a stop, it goes on."""
        if self.mode == "plan":
            nothing = "Nothing was written: this plan is not confirmed."
            return Table.of([], ["state", "reason", "actions"], nothing=nothing)
        if self.engine.applied is not None and self._complete:
            return self._written()
        if self._go_on("apply", self.hash):
            self._read_and_plan()
            with self._step(""):
                self._confirm_engine(self.hash)
        with self._step("Wrote") as line, gently(lambda: self._ask_to_stop(line)):
            applied = self.engine.apply()
        if applied.cancelled and not kernel.launched():
            done, of = len(applied.outcomes), len(self.planned.plan.actions)
            print(f"Stopped after {done} of {of} records; what is written stays. Run this cell again: it goes on.")
        return self._written()

    def _written(self) -> Table:
        return Table(self.engine.applied.table(), nothing="Nothing was written: the plan holds nothing to write.")

    def check(self) -> Table:
        """Reads back what was written."""
        if self.mode == "plan":
            return Table.of([], ["state", "records"], nothing="Nothing was written, so there is nothing to read back.")
        self._must_go_on()
        with self._step("Checked"):
            return Table(self.engine.check().table())

    def close(self) -> Table:
        """Keeps the evidence and ends the run; a run of JupyterLab is sealed here, without its notebook."""
        if self.closed is None:
            self._must_go_on()
            self.closed = self._close()
            self.workspace.close() if kernel.launched() else self.workspace.hang_up()
        return self.closed

    def _close(self) -> Table:
        with self._step(""):
            done = self.engine.close()
        if digest := self._seal():
            print(f"The evidence of this run is in runs/{self.run}, sealed: {digest}")
        records = "records, if it were applied" if self.mode == "plan" else "records"
        rows = [{"state": name, records: number} for name, number in done.counts["ledger"].items()]
        return Table.of(rows, ["state", records])

    # Going on

    @property
    def _has_read(self) -> bool:
        return self.engine.reading is not None

    @property
    def _complete(self) -> bool:
        return all(action.id in self.engine.applied.outcomes for action in self.planned.plan.actions)

    def _go_on(self, mode: Mode, confirmed: str = "", *, begun: bool = False) -> bool:
        """Where the run is over (or ``begun``, and the step would do it over), a new one takes its place."""
        stopped = self.engine.applied is not None and self.engine.applied.cancelled
        if kernel.launched() or not (self.engine.over or stopped or begun):
            return False
        before = self.run
        self.leave()
        self.run, self.mode, self.closed = self.workspace.new_run_id(self.what), mode, None
        self.engine = self._open(confirmed)
        print(f"Run {before} is over. This is run {self.run}.")
        return True

    def _read_and_plan(self) -> None:
        with self._step("Read"):
            self.engine.read()
        with self._step(""):
            self.planned = self.engine.plan()

    def _must_go_on(self) -> None:
        if self.engine.over:
            raise UsageError(
                f"The run {self.run} is over.",
                next_step="Run the apply cell again, which goes on with its plan, or the read cell for a new plan.",
            )

    def leave(self) -> None:
        """Ends what is still going on, with what it has: nothing stays half open."""
        engine = self.engine
        if engine.over:
            return
        if self.planned is not None and (self.mode == "plan" or engine.applied is not None):
            if engine.applied is not None and engine.checked is None:
                engine.check()
            self._close()
        else:
            engine.abort(ToolkitError(LEFT))
            self._seal()

    def _seal(self) -> str:
        """The digest; "" where the launcher seals."""
        if kernel.launched() or not self.workspace.run_folder(self.run).is_dir():
            return ""
        return self.workspace.history.seal(self.run)

    @contextlib.contextmanager
    def _step(self, done: str) -> Iterator[Line]:
        """One step: how far it is, and what an interrupt means."""
        line = Line()
        self.engine.on_beat = line.told
        try:
            with once():
                yield line
        except BaseException as error:
            line.say("")
            if self.engine.over:
                self._seal()
            if isinstance(error, KeyboardInterrupt) and not kernel.launched():
                raise Stopped() from None
            raise
        finally:
            self.engine.on_beat = lambda progress: None
        line.end(done) if done else line.say("")

    def _ask_to_stop(self, line: Line) -> None:
        def stop(progress: dict[str, Any]) -> None:
            self.workspace.state.runs.ask_cancel(self.run)
            line.say("Stopping after the record that is being written ...")

        self.engine.on_beat = stop  # not here: a signal comes in the middle of anything, of a transaction too


_OPEN: weakref.WeakSet[Steps] = weakref.WeakSet()


@atexit.register
def _leave_others() -> None:
    """Of a kernel that is shut down, or where the first cell is run again."""
    for steps in list(_OPEN):
        with contextlib.suppress(Exception):  # what cannot be ended here is ended by recovery
            steps.leave()
            steps.workspace.close()
        _OPEN.discard(steps)
