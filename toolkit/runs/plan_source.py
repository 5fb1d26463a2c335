"""Where a run's plan comes from: made anew from what was read, or the stored one that a person confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from toolkit.errors import ReadOnlyPlan, StalePlan, UsageError
from toolkit.mapping.rules import Rules
from toolkit.model import Plan
from toolkit.runs import planning
from toolkit.runs.confirm import DOUBTED, Planned, blocked_by, doubts
from toolkit.runs.ending import Ending
from toolkit.runs.forecast import calls_of
from toolkit.runs.moot import moot
from toolkit.runs.poison import question_key, source_of
from toolkit.runs.read import Reading
from toolkit.runs.records import Observed
from toolkit.runs.setting import iso
from toolkit.runs.streams import Shape
from toolkit.runs.sweep import swept_whole_since
from toolkit.store.state import HELD, HELD_ROWS
from toolkit.sync.ledger import Gaps
from toolkit.sync.plan import plan_sync

KEPT = timedelta(days=30)
"""How long the plan of a sync may be looked at and applied; it would be stale long before."""


class Source(Ending):
    """The part of a run that gets its plan."""

    wanted: str
    rules: Rules
    shape: Shape
    observed: Observed
    reading: Reading | None
    gaps: Gaps

    def _fresh(self, full: bool) -> Planned:
        everything = full or self.state.get("planned_with") != self.rules.digest
        given = planning.gather(
            self.setting, self.rules, self.shape, self.observed, full=everything, include_held=self.mode == "plan"
        )
        looked_up: set[str] = set()
        plan = plan_sync(given.data, looked_up)
        now = self.now()
        row = self.state.plans.put(plan, self.run, read_only=self.state.read_only, now=now)
        asked = {question.key for question in plan.questions}
        asked |= {question_key(source_of(action)) for action in plan.actions if action.side}  # still refused, perhaps
        known = given.data.decisions.keys()  # one that is asked all the same could not be followed
        new = self.state.inbox.ask(plan.questions, self.run, now, known)
        self.state.inbox.settle(
            [
                item.question.key
                for item in self.state.inbox.items(("open",))
                if item.question.key not in asked
                and not item.question.key.endswith(":lost")
            ],
            now,
        )
        self.state.inbox.settle(moot(self.state, plan, known, looked_up), now)
        self.gaps = planning.gaps(plan, given)
        counted = planning.counts(self.state, self.rules)
        blocked = blocked_by(plan, counted, planning.limits(self.setting.settings), self.state, self.reading)
        if self.reading is not None and self.reading.full:
            self.state.plans.forget(iso(self.setting.clock() - KEPT))
            whole_at = str(self.state.get("read_whole_at"))
            self.state.put(DOUBTED, doubts(blocked, self.reading, whole_at, self.state.get(DOUBTED)))
        return Planned(
            plan, row.hash, self._forecast(plan), new, blocked, sum(self.state.inbox.counts().values())
        )

    def _stored(self) -> Planned:
        row = self.state.plans.find(self.wanted)
        if row is None:
            raise UsageError("There is no plan with that hash.", next_step="Make one with: toolkit plan sync")
        plan = self.state.plans.load(row.hash)
        if row.state == "refused" or (self.state.read_only and row.writes_salesforce):
            raise ReadOnlyPlan(
                "This plan writes to Salesforce, and read-only was turned on after it was made.",
                next_step="Make a new plan: toolkit plan sync",
            )
        if row.state == "applied":
            raise StalePlan("This plan was carried out already.", next_step="Make a new one: toolkit plan sync")
        if plan.inputs.get("mapping") != self.rules.digest:
            raise StalePlan(
                "The mapping changed after this plan was made.", next_step="Make a new plan: toolkit plan sync"
            )
        self.gaps = Gaps()
        return Planned(plan, row.hash, self._forecast(plan), 0, [], sum(self.state.inbox.counts().values()))

    def _forecast(self, plan: Plan) -> dict[str, Any]:
        """Calls to each system, and the seconds that they take with the waits for the quotas."""
        calls = calls_of(plan, self.rules, self.shape.site, self.setting.settings.sync.group_from)
        readers = {"salesforce": self.setting.salesforce_reader, "accelo": self.setting.accelo_reader}
        seconds = sum(readers[side].seconds_for(number) for side, number in calls.items())
        return {**{f"{side}_calls": number for side, number in calls.items()}, "seconds": round(seconds)}

    def _held_back_are_seen(self, hash: str) -> None:
        """Accelo's edits from the time of read-only have their flags once a plan made after its end was carried out;
        those of addresses, which carry no stamp, once all of them were looked at since then, too."""
        row = self.state.plans.find(hash)
        for name, seen in ((HELD, lambda until: True), (HELD_ROWS, lambda until: swept_whole_since(self.state, until))):
            until = self.state.get(name)
            if until and until > self.now():  # our clock was ahead when it was turned off
                self.state.put(name, self.now())
            elif until and row is not None and row.made_at >= until and seen(until):
                self.state.put(name, None)

    def _size_is_known(self, hash: str) -> None:
        """What both sides hold and the mapping that a next run is compared with: what a whole reading counted that no
        brake doubted, or what a person let pass who applied a plan by its hash."""
        whole = self.reading is not None and self.reading.full
        if not whole and self.mode != "apply":
            return
        last, doubted, row = self.state.get("last_counts"), self.state.get(DOUBTED), self.state.plans.find(hash)
        counted = planning.counts(self.state, self.rules)
        records = dict(counted.records)
        if doubted and self.mode == "apply" and row is not None and row.made_at >= doubted["at"]:
            records = {name: min(number, doubted["records"].get(name, number)) for name, number in records.items()}
            self.state.put(DOUBTED, None)
        elif last and (doubted or not whole):
            records = last["records"]
        known = {"records": records, "linked": counted.linked, "mapping": counted.mapping_digest}
        self.state.put("last_counts", known)
