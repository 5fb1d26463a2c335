"""An import of sales or tickets, step by step: the steps of notebooks/import_sales.ipynb and import_tickets.ipynb."""

from __future__ import annotations

from typing import Any

from toolkit import views
from toolkit.errors import Unconfirmed, Unmapped
from toolkit.listed import names_in
from toolkit.model import SIDES, ImportKind
from toolkit.notebook.steps import Steps
from toolkit.runs.import_build import Asked
from toolkit.runs.import_planned import ALL
from toolkit.runs.import_read import Scope
from toolkit.tables import Table

KINDS: dict[str, ImportKind] = {"sales": "sale", "tickets": "ticket"}


class Import(Steps):
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
        self.what, self.kind = what, KINDS[what]
        scope = Scope.of({"since": since, "until": until, "statuses": statuses, "owners": owners, "types": types})
        self.asking, self.yes, self.names = Asked(sample, scope, updates), yes, names_in(accepted)
        super().__init__(workspace, run, mode, confirmed)

    def _open(self, confirmed: str) -> Any:
        names = (*self.names, *self.accepted)
        return self.workspace.open_import(
            self.run,
            self.kind,
            self.mode,
            confirmed=confirmed,
            by=self._by,
            yes=self.yes,
            asked=self.asking,
            accepted=names,
        )

    @property
    def _has_read(self) -> bool:
        return self.engine.import_reading is not None

    def about(self) -> Table:
        """Which run this is."""
        row = {"run": self.run, "mode": self.mode, "started (UTC)": self.engine.now()[:19]}
        return Table.of([row], list(row))

    def owners(self) -> Table:
        """Every owner that occurs, with the number of records and the person who stands for them in Accelo."""
        reading, tables = self.engine.reading_of_import, self.engine.tables()
        names = {member.id: member.name for member in reading.destination.staff}
        rows = [
            {"owner": o.name, "active": "queue" if o.queue else "yes" if o.active else "no", "records": o.records,
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
        return Table(self._plan().table())

    def chart(self) -> Any:
        """Records by what becomes of them."""
        numbers = views.states(self.engine.ledger())
        if not any(numbers.values()):
            return Table.of([], ["what"], nothing="There is nothing to import.")
        from toolkit import charts

        return charts.bars(numbers, title=f"{self.what.capitalize()} by what becomes of them")

    def samples(self, each: int = 3) -> Table:
        """Some records of each kind, with the names that Accelo's ids stand for."""
        table = views.samples(self.planned.plan, each)
        names = self._names()
        table.frame["after"] = [
            f"{names[field, str(value)]} ({value})" if (field, str(value)) in names else value
            for field, value in zip(table.frame["field"], table.frame["after"], strict=True)
        ]
        return table

    def _names(self) -> dict[tuple[str, str], str]:
        """(field as shown, id) -> its name in Accelo."""
        there, seen = self.engine.reading_of_import.destination, self.workspace.state.seen
        values = [change for action in self.planned.plan.actions for change in action.changes]
        companies = seen.get("accelo.companies", {str(c.after) for c in values if c.field == "company" and c.after})
        return {
            **{("Staff", member.id): member.name for member in there.staff},
            **{("Status", status.id): status.title for status in there.statuses},
            **{("Type", id_): title for id_, title in there.types},
            **{("Priority", id_): title for id_, title in there.priorities},
            **{("Class", id_): title for id_, title in there.classes},
            **{("Probability", id_): title for id_, title in there.probabilities},
            **{("Company", id_): str(row.row.get("name") or "") for id_, row in companies.items()},
        }

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

    def confirm(self, hash: str = "", accept: str = "") -> str:
        """Confirms the plan by its hash; "all" accepts every name. Without a hash a plan stays a plan."""
        return self._confirm(hash, names_in(accept))

    def _look(self, confirmed: str, accepted: tuple[str, ...]) -> None:
        super()._look(confirmed, accepted)
        if blocked := self.planned.blocked:
            raise Unmapped(
                " ".join(f"{finding.title}." for finding in blocked),
                next_step=f"{' '.join(finding.remedy for finding in blocked)} Then run the plan cell again.",
            )
        names = {carry.name for carry in self.planned.checks.accept}
        missing = set() if self.yes or ALL in accepted else names - {*self.names, *accepted}
        if missing:
            raise Unconfirmed(
                self.plan_hash,
                f"Not accepted yet: {', '.join(sorted(missing))}.",
                next_step="Put these names (or all) between the quotes after accept, with commas, and run it again.",
            )

    def _confirm_engine(self, confirmed: str) -> str:
        self.engine.accepted |= frozenset(self.accepted)
        return super()._confirm_engine(confirmed)

    @property
    def ok(self) -> bool:
        """Every source record is accounted for, nothing is there twice, and the money is the same."""
        checked = self.engine.checked
        return checked is None or (checked.ok and all(row.equal for row in self.engine.money()))
