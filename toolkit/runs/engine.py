"""One run, step by step: read, match, plan, confirm, apply, check, close. The same in a notebook, a test, a service.

Each step returns a small value with ``.table()`` for people. A step that fails ends the run as it must be ended (its
journal shipped, its row saying why, the lease given back) and raises; only a killed process leaves that to recovery.
"""

from __future__ import annotations

import os
import socket
from typing import Any, Literal

from toolkit.errors import RecordRejected, Unconfirmed, UsageError
from toolkit.runs import planning
from toolkit.runs.apply import Applied, Hand
from toolkit.runs.check import Checked, journal_findings, read_back
from toolkit.runs.confirm import Planned, must_confirm
from toolkit.runs.ending import step as _step
from toolkit.runs.handover import handed_to, reading_of, whole_reading_is_due
from toolkit.runs.lease import Lease
from toolkit.runs.missed import whole_findings
from toolkit.runs.plan_source import Source
from toolkit.runs.read import Reader, Reading
from toolkit.runs.records import Observed
from toolkit.runs.recover import needs_recovery, recover_under
from toolkit.runs.resolve import Resolver
from toolkit.runs.result import Matching, RunResult, matching
from toolkit.runs.setting import Setting
from toolkit.runs.streams import Shape, ask_shape, learn
from toolkit.runs.sweep import after_writes, sweep
from toolkit.runs.targets import Targets
from toolkit.runs.write import Pen
from toolkit.store.evidence import Evidence
from toolkit.sync.ledger import totals

Mode = Literal["plan", "apply", "sync"]


class Run(Source):
    """``mode``: plan (stop after the plan), apply (``confirmed`` is the hash of the plan to carry out), sync (both).

    ``yes`` confirms in sync what is within the brakes. ``full`` compares everything. ``keep_quiet`` leaves a quiet run
    without evidence: one row in the state is all there is (scheduled polls)."""

    def __init__(
        self,
        setting: Setting,
        run: str,
        mode: Mode,
        *,
        full: bool = False,
        yes: bool = False,
        confirmed: str = "",
        by: str = "",
        keep_quiet: bool = False,
    ) -> None:
        if mode == "apply" and not confirmed:
            raise UsageError("Which plan shall be applied?", next_step="Give its hash: toolkit apply HASH")
        self.setting, self.state, self.run, self.mode = setting, setting.state, run, mode
        self.full, self.yes, self.keep_quiet = full, yes, keep_quiet
        # a screen notes who pressed the button
        self.by = by or str(setting.state.get(f"by:{run}") or "the command line")
        self.wanted = confirmed
        self.evidence = Evidence(setting.run_folder(run) / "run.duckdb")
        self.lease = Lease(setting.folder, self.state, run)
        self.handed = handed_to(self.state, run)
        self.calls = dict(self.handed.calls) if self.handed else {"salesforce": 0, "accelo": 0}
        self.reading: Reading | None = None
        self.planned: Planned | None = None
        self.applied: Applied | None = None
        self.checked: Checked | None = None
        self.confirmed = False
        self.over = False
        setting.on_exchange, setting.on_wait = self._exchange, self._waiting
        now = self.now()
        self.state.runs.start(run, self.kind, mode, now, pid=os.getpid(), holder=f"{run} on {socket.gethostname()}")
        if self.handed is None:
            self.evidence.meta(
                run=run,
                kind=self.kind,
                mode=mode,
                full=full,
                started_at=now,
                settings=setting.settings.model_dump(mode="json"),
            )

    @_step
    def read(self) -> Reading:
        """Take the lease, finish what a dead run left, and read: what changed, or everything when that is due."""
        self.lease.take(self.now())
        self.rules = self.setting.rules
        if needs_recovery(self.setting, self.run):
            recover_under(self.setting, self.run, self.beat, besides=self.run)
        known = self.state.get("shape")
        days = self.setting.settings.sync.compare_days if self.mode == "sync" else 0
        full = self.full or whole_reading_is_due(self.state, self.rules, self.setting.clock(), days)
        try:
            return self._read(full, known)
        except RecordRejected as error:
            if full or error.code != "INVALID_FIELD":
                raise
            return self._read(True, known)  # a field was hidden or removed since: all is read without it

    def _read(self, full: bool, known: Any) -> Reading:
        self.rules = self.setting.rules
        self.beat("read", full=full)
        facts = (
            ask_shape(self.setting.salesforce_reader, self.setting.accelo_reader, self.state)
            if full or not known
            else known
        )
        self.shape: Shape = learn(facts, self.rules)
        self.rules = self.shape.site.fit(self.rules)
        self.observed = Observed(self.state, self.rules, self.shape.values)
        self.targets = Targets(self.setting, self.run, self.shape)
        self.reader = Reader(self.setting, self.run, self.shape, self.evidence, self.beat)
        if full:
            self.reading = self.reader.everything()
            self.said = whole_findings(self.reading)
            self.state.put("read_with", self.setting.rules.digest)
            self.state.put("read_whole_at", self.now())
        else:
            already = reading_of(self.handed, self)
            self.reading = already or self.reader.changes()
            if already is None and self.reader.set_back:
                return self._read(True, known)
            if already is None:
                sweep(self.setting, self.reader, self.reading)
        return self.reading

    @_step
    def match(self) -> Matching:
        """How many records are paired, and how many stand alone."""
        return matching(self.state)

    @_step
    def plan(self) -> Planned:
        """What would be written. In mode apply: the plan that was confirmed, and no other."""
        if self.reading is None:
            raise UsageError("Nothing was read yet.", next_step="Call read() first.")
        self.beat("plan")
        self.planned = self._stored() if self.mode == "apply" else self._fresh(self.reading.full)
        self.state.runs.set_plan(self.run, self.planned.hash)
        if self.mode == "plan":
            self.lease.give_back()
        return self.planned

    @_step
    def confirm(self, hash: str | None = None, yes: bool | None = None) -> str:
        """Confirm the plan by its hash, or (in sync, with ``yes``) by being within the brakes.

        Raises Unconfirmed or BrakeHit with the plan's hash; nothing was written then."""
        planned = self._planned()
        by_hash = hash is not None or self.mode == "apply"
        if by_hash and (hash or planned.hash) != planned.hash:
            raise Unconfirmed(planned.hash, "That is not the hash of this plan.")
        if not by_hash:
            must_confirm(planned, self.yes if yes is None else yes)
        self.state.plans.confirm(planned.hash, self.by, self.now())
        self.confirmed = True
        return planned.hash

    @_step
    def apply(self) -> Applied:
        """Write what was confirmed, and nothing else."""
        planned = self._planned()
        if not self.confirmed:
            raise Unconfirmed(planned.hash, "This plan is not confirmed.")
        self.lease.take(self.now())
        self.state.plans.set_state(planned.hash, "applying")
        pen = Pen(self.setting, self.run, self.lease, self.rules, self.observed)
        resolver = Resolver(self.setting, self.rules, self.shape, self.observed, self.targets)
        hand = Hand(
            self.setting,
            self.run,
            self.rules,
            self.shape.site,
            self.observed,
            self.targets,
            pen,
            resolver,
            self.beat,
            lambda: self.state.runs.cancelled(self.run),
            from_afar=self.mode == "apply",
        )
        self.applied = hand.result
        hand.apply(planned.plan)
        done = all(planned_action.id in self.applied.outcomes for planned_action in planned.plan.actions)
        self.state.plans.set_state(planned.hash, "applied" if done else "partly")
        return self.applied

    @_step
    def check(self) -> Checked:
        """Read back what was written; the ledger must close."""
        planned, applied = self._planned(), self.applied or Applied()
        self.beat("check")
        writes = sum(applied.writes.values())
        settled = read_back(
            self.setting, self.run, self.rules, self.shape, self.observed, self.targets, self.reader, writes, self.beat
        )
        self.state.put("planned_with", self.rules.digest)
        self._held_back_are_seen(planned.hash)
        planning.prune(self.state, self.rules, self.observed)
        if writes:
            after_writes(self.setting)
        rows = self.ledger()
        self.checked = Checked(
            settled, [*planned.gap_findings(self.gaps), *journal_findings(self.setting, self.run)], totals(rows)
        )
        self._size_is_known(planned.hash)
        return self.checked


def whole_run(run: Run, *, confirm: bool = True) -> RunResult:
    """All steps of a run in order, as the notebook does them; a plan stops before the confirmation."""
    run.read()
    run.match()
    run.plan()
    if run.mode != "plan" and confirm:
        run.confirm()
        run.apply()
        run.check()
    return run.close()


__all__ = ["Mode", "Run", "whole_run"]
