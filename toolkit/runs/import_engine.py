"""One import of sales or tickets, step by step: read, plan, confirm, apply, check, close, as every run goes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from toolkit.errors import StalePlan, Unconfirmed, Unmapped, UsageError
from toolkit.mapping.item_wire import zone_of
from toolkit.model import Finding, ImportKind, LedgerRow, RecordState
from toolkit.runs.apply import Applied
from toolkit.runs.check import Checked, journal_findings
from toolkit.runs.engine import Run, _step
from toolkit.runs.import_build import Asked, build, save_capture
from toolkit.runs.import_money import money_in, money_out
from toolkit.runs.import_notes import doubled
from toolkit.runs.import_place import must_have_seen, read_existing
from toolkit.runs.import_planned import ALL, ImportReading, PlannedImport, import_counts
from toolkit.runs.import_preflight import preflight_again
from toolkit.runs.import_read import read_destination, read_source
from toolkit.runs.import_tables import Tables, choices_of, load_tables
from toolkit.runs.import_write import CHECKS, CHUNK, ItemHand
from toolkit.runs.recover import needs_recovery, recover_under
from toolkit.runs.setting import Setting
from toolkit.sync.imports import PLAN_KINDS
from toolkit.sync.ledger import after_apply, totals

Mode = Literal["plan", "apply", "sync"]


class ImportRun(Run):
    """``asked``: the slice that a person wants. ``accepted``: names from the list of what cannot be carried ("all" for
    every one); a confirmation without them is refused."""

    def __init__(
        self,
        setting: Setting,
        run: str,
        kind: ImportKind,
        mode: Mode,
        *,
        yes: bool = False,
        confirmed: str = "",
        by: str = "",
        asked: Asked | None = None,
        accepted: Sequence[str] = (),
    ) -> None:
        self.item_kind: ImportKind = kind
        self.kind = PLAN_KINDS[kind]
        super().__init__(setting, run, mode, yes=yes, confirmed=confirmed, by=by)
        self.asked = asked or Asked()
        self.accepted = frozenset(accepted)
        self.import_reading: ImportReading | None = None
        self.import_planned: PlannedImport | None = None

    @_step
    def read(self) -> ImportReading:  # type: ignore[override]  # an import reads other things than a sync
        """Take the lease, finish what a dead run left, and read both systems whole."""
        self.lease.take(self.now())
        if needs_recovery(self.setting, self.run):
            recover_under(self.setting, self.run, self.beat, besides=self.run)
        must_have_seen(self.state)
        self.beat("read", stream="Salesforce")
        source = read_source(self.setting.salesforce_reader, self.item_kind, self._keep)
        self.beat("read", stream="Accelo", done=len(source.items))
        destination = read_destination(self.setting.accelo_reader, self.item_kind)
        existing = read_existing(self.setting.accelo_reader, self.item_kind, zone_of(destination.zone))
        self.import_reading = ImportReading(source, destination, existing)
        self.state.put(f"import:{self.item_kind}", {"zone": destination.zone})
        return self.import_reading

    def _keep(self, stream: str, rows: list[dict[str, Any]]) -> None:
        self.evidence.add(
            "raw", [{"stream": stream, "id": str(row["Id"]), "changed": True, "body": row} for row in rows]
        )

    @_step
    def plan(self) -> PlannedImport:  # type: ignore[override]
        """What would be written. In mode apply: the plan that was confirmed, and no other."""
        if self.import_reading is None:
            raise UsageError("Nothing was read yet.", next_step="Call read() first.")
        self.beat("plan")
        self.import_planned = planned = self._stored_import() if self.mode == "apply" else self._fresh_import()
        self.planned = planned  # type: ignore[assignment]  # the corridor asks it for plan, hash and blocked only
        self.state.runs.set_plan(self.run, planned.hash)
        if self.mode == "plan":
            self.lease.give_back()
        return planned

    def _fresh_import(self) -> PlannedImport:
        tables = self.tables()
        reading, said = self._reading(), self.setting.settings.imports
        plan, checks = build(self.state, self.item_kind, reading, tables, said, self.asked)
        self.state.plans.put(plan, self.run, read_only=self.state.read_only, now=self.now())
        save_capture(self.setting.run_folder(self.run), reading)
        self.state.put(f"capture:{self.item_kind}", self.run)
        return self._with_forecast(plan, checks)

    def _stored_import(self) -> PlannedImport:
        row = self.state.plans.find(self.wanted)
        if row is None or row.kind != self.kind:
            raise UsageError("There is no such plan.", next_step=f"Make one with: toolkit plan {self.kind}")
        if row.state == "applied":
            raise StalePlan("This plan was carried out already.", next_step=f"Make a new one: toolkit plan {self.kind}")
        plan, reading = self.state.plans.load(row.hash), self._reading()
        tables = self.tables()
        if (tables.users.digest, tables.statuses.digest) != (plan.inputs["users"], plan.inputs["statuses"]):
            raise StalePlan(
                "The user or status mapping changed after this plan was made.",
                next_step=f"Make a new plan: toolkit plan {self.kind}",
            )
        choices = choices_of(reading.source, reading.destination, tables, self.setting.settings.imports)
        checks = preflight_again(reading.source, reading.destination, tables, choices, plan)
        return self._with_forecast(plan, checks)

    def _with_forecast(self, plan: Any, checks: Any) -> PlannedImport:
        writes = sum(action.side == "accelo" for action in plan.actions)
        reads = self.calls  # what reading took now, it takes again when the plan is applied
        salesforce = reads["salesforce"] + CHECKS[self.item_kind] * math.ceil(len(plan.actions) / CHUNK)
        accelo = reads["accelo"] + writes + math.ceil(writes / 100) + 1  # the last: what was made is listed once more
        forecast = {
            "salesforce_calls": salesforce,
            "accelo_calls": accelo,
            "seconds": round(
                self.setting.salesforce_reader.seconds_for(salesforce) + self.setting.accelo_reader.seconds_for(accelo)
            ),
        }
        made = {action.salesforce_id for action in plan.actions}
        going = [item for item in self._reading().source.items if item.id in made]
        return PlannedImport(plan, plan.hash, forecast, checks, money_in(going) if self.item_kind == "sale" else ())

    @_step
    def confirm(self, hash: str | None = None, yes: bool | None = None) -> str:
        """Confirm the plan by its hash (or ``yes``), with every name accepted that cannot be carried."""
        planned = self._import()
        if planned.blocked:
            raise Unmapped(
                " ".join(finding.title + "." for finding in planned.blocked),
                next_step=" ".join(finding.remedy for finding in planned.blocked),
            )
        if (hash is not None and hash != planned.hash) or (
            hash is None and self.mode == "sync" and not (self.yes or yes)
        ):
            text = "That is not the hash of this plan." if hash else "The plan waits for a confirmation."
            raise Unconfirmed(planned.hash, text)
        names = {carry.name for carry in planned.checks.accept}
        taken = names if self.yes or yes or ALL in self.accepted else names & self.accepted
        if names - taken:
            raise Unconfirmed(
                planned.hash,
                f"Not accepted yet: {', '.join(sorted(names - taken))}.",
                next_step=f"Accept them by name: toolkit apply {planned.hash} --accept NAME",
            )
        self.state.plans.confirm(planned.hash, self.by, self.now())
        self.evidence.meta(accepted=sorted(taken), accepted_by=self.by)
        self.confirmed = True
        return planned.hash

    @_step
    def apply(self) -> Applied:
        """Write what was confirmed, and nothing else."""
        planned = self._import()
        if not self.confirmed:
            raise Unconfirmed(planned.hash, "This plan is not confirmed.")
        self.lease.take(self.now())
        self.state.plans.set_state(planned.hash, "applying")
        self.written_since = int(self.setting.accelo_reader.server_now().timestamp())
        hand = ItemHand(
            self.setting,
            self.run,
            self.item_kind,
            zone_of(self._reading().destination.zone),
            self.lease,
            self.beat,
            lambda: self.state.runs.cancelled(self.run),
            lambda: bool(self.state.get(f"pause:{self.run}", False)),
        )
        self.applied = hand.result
        hand.apply(planned.plan)
        done = all(action.id in self.applied.outcomes for action in planned.plan.actions)
        self.state.plans.set_state(planned.hash, "applied" if done else "partly")
        return self.applied

    @_step
    def check(self) -> Checked:
        """What was written is listed once more: exactly one record for each source, and the money is the same."""
        planned, applied = self._import(), self.applied or Applied()
        self.beat("check")
        findings: list[Finding] = [*planned.checks.notes, *journal_findings(self.setting, self.run)]
        if applied.writes.get("accelo"):
            zone = zone_of(self._reading().destination.zone)
            now = read_existing(self.setting.accelo_reader, self.item_kind, zone, self.written_since - 300)
            findings += doubled(now.markers, "blocker")
        rows = self.ledger()
        self.checked = Checked(sum(applied.writes.values()), findings, totals(rows))
        return self.checked

    def money(self) -> tuple[Any, ...]:
        """By status and currency: what these records are worth in Salesforce, and what Accelo holds of them."""
        pairs = {row.id for row in self.ledger() if row.state in (RecordState.CREATED, RecordState.UPDATED)}
        items = [item for item in self._reading().source.items if item.id in pairs]
        values = {
            item.id: base.accelo
            for item in items
            if (base := self.state.links.bases(f"{self.item_kind}:{item.id}").get("value"))
        }
        return money_out(items, values)

    def ledger(self) -> tuple[LedgerRow, ...]:
        planned = self._import()
        return planned.plan.ledger if self.applied is None else after_apply(planned.plan.ledger, self.applied.outcomes)

    def result(self) -> dict[str, Any]:
        return import_counts(
            self._import(),
            self.applied,
            self.ledger(),
            self.calls,
            self.money() if self.item_kind == "sale" and self.applied else (),
        )

    @property
    def reading_of_import(self) -> ImportReading:
        return self._reading()

    @_step
    def tables(self) -> Tables:
        """The mapping files as they are now."""
        return load_tables(self.setting.folder / "mappings", self.item_kind)

    def _reading(self) -> ImportReading:
        if self.import_reading is None:
            raise UsageError("Nothing was read yet.", next_step="Call read() first.")
        return self.import_reading

    def _import(self) -> PlannedImport:
        if self.import_planned is None:
            raise UsageError("There is no plan yet.", next_step="Call plan() first.")
        return self.import_planned
