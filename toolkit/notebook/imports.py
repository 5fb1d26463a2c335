"""An import of sales or tickets, step by step: the steps of notebooks/import_sales.ipynb and import_tickets.ipynb."""

from __future__ import annotations

from typing import Any

from toolkit import kernel, views
from toolkit.errors import UsageError
from toolkit.model import SIDES, ImportKind
from toolkit.notebook.opening import open_workspace
from toolkit.notebook.sync import MODES
from toolkit.runs.engine import Mode
from toolkit.runs.import_build import Asked
from toolkit.runs.import_read import Scope
from toolkit.tables import Table

KINDS: dict[str, ImportKind] = {"sales": "sale", "tickets": "ticket"}


class Import:
    """An import, cell by cell. In JupyterLab ``mode`` is plan: it shows everything and writes nothing until ``confirm``
    is given the plan's hash and every name on the list of what cannot be carried."""

    def __init__(
        self,
        what: str,
        workspace: str = "",
        run: str = "",
        *,
        mode: str = "plan",
        confirmed: str = "",
        accepted: str = "",
        yes: bool = False,
        sample: int = 0,
        updates: bool = False,
        since: str = "",
        until: str = "",
        statuses: str = "",
        owners: str = "",
        types: str = "",
    ) -> None:
        if mode not in MODES:
            raise UsageError(f"mode is plan, apply or sync, not {mode!r}.")
        self.workspace = open_workspace(workspace)
        self.what, self.kind = what, KINDS[what]
        self.run = run or self.workspace.new_run_id(what)
        self.mode: Mode = MODES[mode]
        scope = Scope.of({"since": since, "until": until, "statuses": statuses, "owners": owners, "types": types})
        asked = Asked(sample, scope, updates)
        names = _listed(accepted)
        self.engine = self.workspace.open_import(
            self.run, self.kind, self.mode, confirmed=confirmed, yes=yes, asked=asked, accepted=names
        )

    def about(self) -> Table:
        """Which run this is."""
        row = {"run": self.run, "mode": self.mode, "started (UTC)": self.engine.now()[:19]}
        return Table.of([row], list(row))

    def read(self) -> Table:
        """Takes the lease and reads both systems."""
        return Table(self.engine.read().table())

    def owners(self) -> Table:
        """Every owner that occurs, with the number of records and the person who stands for them in Accelo."""
        reading, tables = self.engine.reading_of_import, self.engine.tables()
        names = {member.id: member.name for member in reading.destination.staff}
        rows = [
            {"owner": o.name, "active": "queue" if o.queue else o.active, "records": o.records,
             "in Accelo": names.get(tables.users.staff_for(o.id) or "", "nobody")}
            for o in sorted(reading.source.owners, key=lambda o: -o.records)
        ]  # fmt: skip
        return Table.of(rows, ["owner", "active", "records", "in Accelo"])

    def statuses(self) -> Table:
        """Every status that occurs, open, won, lost or closed, and what it becomes."""
        reading, tables = self.engine.reading_of_import, self.engine.tables()
        titles = {status.id: f"{status.title} ({status.standing})" for status in reading.destination.statuses}
        rows = [
            {"status": s.name, "nature": s.nature, "records": s.records,
             "becomes": titles.get(tables.statuses.status_for(s.name) or "", "not mapped")}
            for s in reading.source.statuses
        ]  # fmt: skip
        return Table.of(rows, ["status", "nature", "records", "becomes"])

    def plan(self) -> Table:
        """What becomes of every record, and why."""
        self.planned = self.engine.plan()
        return Table(self.planned.table())

    @property
    def plan_hash(self) -> str:
        return self.planned.hash

    def chart(self) -> Any:
        """Records by what becomes of them."""
        numbers = views.states(self.engine.ledger())
        if not any(numbers.values()):
            return Table.of([], ["what"], nothing="There is nothing to import.")
        from toolkit import charts

        return charts.bars(numbers, title=f"{self.what.capitalize()} by what becomes of them")

    def samples(self, each: int = 3) -> Table:
        return views.samples(self.planned.plan, each)

    def findings(self) -> Table:
        """What blocks, what waits, what cannot be carried and is accepted by name."""
        return Table(self.planned.findings_table())

    def money(self) -> Table:
        """By status and currency: what goes over now, and after writing what Accelo holds of it."""
        if self.engine.applied is None:
            return Table(self.planned.money_table(), nothing="Nothing with an amount goes over.")
        rows = [vars(row) | {"equal": "yes" if row.equal else "NO"} for row in self.engine.money()]
        return Table.of(rows, ["status", "currency", "records", "salesforce", "accelo", "equal"])

    def forecast(self) -> Table:
        """The forecast beside what it took so far."""
        said, calls = self.planned.forecast, self.engine.calls
        rows = [{"calls to": n.capitalize(), "forecast": said[f"{n}_calls"], "made": calls[n]} for n in SIDES]
        return Table.of(rows, ["calls to", "forecast", "made"])

    def confirm(self, confirmed: str = "", accepted: str = "") -> str:
        """Confirms the plan by its hash; "all" accepts every name. Without a hash a plan stays a plan."""
        if self.mode == "plan" and not confirmed:
            return f"Not confirmed: nothing will be written. To confirm this plan: confirmed = {self.plan_hash!r}"
        self.engine.accepted |= frozenset(_listed(accepted))
        hash = self.engine.confirm(confirmed or None)
        if self.mode == "plan":  # a person confirmed in JupyterLab what was a plan until now
            self.mode = self.engine.mode = "apply"
        return f"Confirmed: {hash}"

    def apply(self) -> Table:
        """Writes what was confirmed, and nothing else; without a confirmation it refuses."""
        if self.mode == "plan":
            nothing = "Nothing was written: this plan is not confirmed."
            return Table.of([], ["state", "reason", "actions"], nothing=nothing)
        return Table(self.engine.apply().table())

    def check(self) -> Table:
        """Lists what was written once more: exactly one record for each source."""
        if self.mode == "plan":
            return Table.of([], ["state", "records"], nothing="Nothing was written, so there is nothing to check.")
        return Table(self.engine.check().table())

    @property
    def ok(self) -> bool:
        """Every source record is accounted for, nothing is there twice, and the money is the same."""
        checked = self.engine.checked
        return checked is None or (checked.ok and all(row.equal for row in self.engine.money()))

    def close(self) -> Table:
        """Keeps the evidence and ends the run; a run of JupyterLab is sealed here, without its notebook."""
        done = self.engine.close()
        if not kernel.launched():
            self.workspace.history.seal(self.run)
        self.workspace.close()
        rows = [{"state": name, "records": number} for name, number in done.counts["ledger"].items()]
        return Table.of(rows, ["state", "records"])


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
