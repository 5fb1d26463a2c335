"""What every run has: it tells how far it is, and it ends with its evidence shipped, its row saying how it went and the
lease given back; also when a step failed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

from toolkit.errors import NeedsPerson, ToolkitError, Unconfirmed, UsageError
from toolkit.model import Finding, LedgerRow, Plan, QuestionKind, RecordState
from toolkit.runs.apply import Applied
from toolkit.runs.check import Checked
from toolkit.runs.confirm import Planned
from toolkit.runs.lease import Lease
from toolkit.runs.result import RunResult, result_counts
from toolkit.runs.setting import Setting, iso
from toolkit.runs.ship import finding_rows, note_exchange, ship_and_close, ship_ledger, ship_plan
from toolkit.store.evidence import Evidence
from toolkit.store.state import State
from toolkit.sync.ledger import after_apply

CARRIED = {QuestionKind.CONFLICT: ("salesforce", "accelo"), QuestionKind.HELD_BACK: ("push", "revert")}
"""Choices that one write carries out. The others (leave, keep, never, skip) hold while the question would come."""

Step = TypeVar("Step", bound=Callable[..., Any])


def step(method: Step) -> Step:
    """A step of a run: whatever it raises ends the run first."""

    @functools.wraps(method)
    def guarded(self: Ending, *arguments: Any, **named: Any) -> Any:
        try:
            return method(self, *arguments, **named)
        except BaseException as error:
            self.abort(error)
            raise

    return guarded  # type: ignore[return-value]  # the same signature


class Ending:
    """What every run has and how it ends; the steps are in its subclasses."""

    kind = "sync"
    setting: Setting
    state: State
    run: str
    mode: str
    keep_quiet: bool
    evidence: Evidence
    lease: Lease
    calls: dict[str, int]
    planned: Planned | None
    applied: Applied | None
    checked: Checked | None
    over: bool
    on_beat: Callable[[dict[str, Any]], None] = staticmethod(lambda progress: None)
    """Who looks on in the same process: a notebook that shows how far it is."""
    said: Sequence[Finding] = ()
    """What the reading found that people must know, whatever the plan."""

    def now(self) -> str:
        return iso(self.setting.clock())

    def beat(self, step: str, **numbers: Any) -> None:
        """Tell the screens; raises when the run was asked to stop (applying stops by itself, between two records)."""
        cancel = self._tell(step=step, calls=dict(self.calls), **numbers)
        if cancel and step == "read":
            raise Unconfirmed("", "The run was cancelled before anything was planned.", next_step="Start it again.")

    def _tell(self, **progress: Any) -> bool:
        self.on_beat(progress)
        return self.state.runs.beat(self.run, self.now(), **progress)

    def _exchange(self, exchange: Any) -> None:
        note_exchange(self.evidence, self.calls, exchange)

    def _waiting(self, system: str, until: datetime | None) -> None:
        """A limit is reached: say until when, and stop waiting when the run is cancelled."""
        when = iso(until) if until else None
        if self._tell(waiting_for=system if until else None, waiting_until=when) and until:
            raise Unconfirmed("", "The run was cancelled while it waited for API calls.", next_step="Start it again.")

    def ledger(self) -> tuple[LedgerRow, ...]:
        planned = self._planned()
        if self.mode == "plan" or self.applied is None:
            return planned.plan.ledger
        return after_apply(planned.plan.ledger, self.applied.outcomes)

    def result(self) -> dict[str, Any]:
        """What the run says of itself when it is over."""
        counts = result_counts(self._planned(), self.applied, self.ledger(), self.calls, self.state)
        return counts | {"said": [f"{item.count} {item.title}. {item.remedy}" for item in self.said]}

    @step
    def close(self) -> RunResult:
        """Ship the evidence, end the run, give the lease back."""
        planned, applied, counts = self._planned(), self.applied, self.result()
        quiet = self.keep_quiet and planned.quiet and not (applied and sum(applied.writes.values()))
        if self.mode != "plan":
            self.lease.take(self.now())
        if quiet:
            self.evidence.discard()
        else:
            self._ship(planned.plan, planned.hash)
        self._settle_decisions(planned.plan)
        cancelled = bool(applied and applied.cancelled)
        state: Literal["done", "cancelled"] = "cancelled" if cancelled else "done"
        self.state.runs.end(self.run, state, self.now(), counts=counts)
        self._release()
        return RunResult(self.run, state, planned.hash, counts, quiet, planned.quiet)

    def _ship(self, plan: Plan, hash: str) -> None:
        ship_plan(self.evidence, self.state, plan, hash, self.applied.outcomes if self.applied else {})
        ship_ledger(self.evidence, self.ledger())
        self.evidence.add("findings", finding_rows([*self.said, *(self.checked.findings if self.checked else ())]))
        self.evidence.meta(
            ended_at=self.now(),
            calls=self.calls,
            mapping=plan.inputs.get("mapping", ""),
            plan_hash=hash,
            mapping_text={
                path.name: path.read_text(encoding="utf-8")
                for path in sorted((self.setting.folder / "mappings").glob("*.*"))
            },
        )
        ship_and_close(self.evidence, self.state, self.run, journal=self.lease.held)
        self.state.runs.set_folder(self.run)

    def _settle_decisions(self, plan: Plan) -> None:
        """Decisions that this run carried out are no questions any more: they cannot be taken back or made again."""
        outcomes = self.applied.outcomes if self.applied else {}
        written = {
            (action.kind, action.salesforce_id, change.field)
            for action in plan.actions
            if outcomes.get(action.id, (None, ""))[0] in (RecordState.CREATED, RecordState.UPDATED)
            for change in action.changes
        }
        if not written:
            return
        done = [
            item.question.key
            for item in self.state.inbox.items(("decided",))
            if item.choice in CARRIED.get(item.question.kind, ())
            and (item.question.record_kind, item.question.salesforce_id, item.question.field) in written
        ]
        self.state.inbox.settle(done, self.now())

    def abort(self, error: BaseException) -> None:
        """End the run because of ``error``: what was done is shipped, the row says why, the lease is free."""
        if self.over:
            return
        self.over = True
        message = error.message if isinstance(error, ToolkitError) else f"It was broken off ({type(error).__name__})."
        waiting = isinstance(error, NeedsPerson)
        try:
            if self.planned is not None:
                counts = self.result()
                self._ship(self.planned.plan, self.planned.hash)
                if self.applied is not None:
                    self.state.plans.set_state(self.planned.hash, "partly")
                self.state.runs.end(
                    self.run, "waiting" if waiting else "failed", self.now(), counts=counts, message=message
                )
            else:
                self.evidence.close()
                self.state.runs.end(self.run, "waiting" if waiting else "failed", self.now(), message=message)
        finally:
            self._release()

    def _release(self) -> None:
        self.over = True
        self.evidence.close()
        self.lease.give_back()
        self.setting.on_exchange = lambda exchange: None
        self.setting.on_wait = lambda system, until: None

    def _planned(self) -> Planned:
        if self.planned is None:
            raise UsageError("There is no plan yet.", next_step="Call plan() first.")
        return self.planned
