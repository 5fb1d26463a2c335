"""A sync, step by step: the steps of notebooks/sync.ipynb."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolkit import views
from toolkit.model import SIDES
from toolkit.notebook.progress import lasting
from toolkit.notebook.steps import Steps
from toolkit.tables import Table


class Sync(Steps):
    """A sync, cell by cell. In JupyterLab ``mode`` is plan: it shows everything and writes nothing until ``confirm`` is
    given the plan's hash."""

    what = "sync"

    def __init__(
        self,
        workspace: str = "",
        run: str = "",
        *,
        mode: str = "plan",
        confirmed: str = "",
        yes: bool = False,
        full: bool = False,
    ) -> None:
        self.options = {"yes": yes, "full": full}
        super().__init__(workspace, run, mode, confirmed)

    def _open(self, confirmed: str) -> Any:
        return self.workspace.open_run(self.run, self.mode, confirmed=confirmed, by=self._by, **self.options)

    def about(self) -> Table:
        """Which run this is."""
        read_only = "on" if self.workspace.state.read_only else "off"
        row = {"run": self.run, "mode": self.mode, "read-only": read_only, "started (UTC)": self.engine.now()[:19]}
        return Table.of([row], list(row))

    def match(self) -> Table:
        return Table(self.engine.match().table())

    def plan(self) -> Table:
        """What will be written, and to how many records."""
        return views.actions(self._plan().plan)

    def actions_chart(self) -> Any:
        return self._bars(self.planned.plan.counts(), "Actions")

    def fields_chart(self) -> Any:
        return self._bars(views.fields(self.planned.plan), "Values written, by field")

    def samples(self, each: int = 3) -> Table:
        return views.samples(self.planned.plan, each)

    def surprises(self) -> Table:
        return views.surprises(self.planned.plan)

    def questions(self) -> Table:
        return views.questions(self.planned.plan)

    def reasons(self) -> Table:
        """Why records wait, are skipped or failed."""
        return views.reasons(self.engine.ledger())

    def brakes(self) -> Table:
        """What would stop a sync that nobody looks at; empty: nothing does."""
        return Table.of(
            [{"brake": found.title, "what to do": found.remedy} for found in self.planned.blocked],
            ["brake", "what to do"],
            nothing="No brake stops it.",
        )

    def forecast(self) -> Table:
        said = self.planned.forecast
        rows = [{"what": f"calls to {side.capitalize()}", "forecast": said[f"{side}_calls"]} for side in SIDES]
        rows.append({"what": "time", "forecast": lasting(said["seconds"])})
        return Table.of(rows, ["what", "forecast"])

    def confirm(self, hash: str = "") -> str:
        """Confirms the plan by its hash. Without it a plan stays a plan; a sync goes on within the brakes."""
        return self._confirm(hash)

    @property
    def ok(self) -> bool:
        """Every source record is accounted for, and the journal is whole."""
        return self.engine.checked is None or self.engine.checked.ok

    def ledger_chart(self) -> Any:
        became = "would become" if self.mode == "plan" else "became"
        return self._bars(views.states(self.engine.ledger()), f"Records of Salesforce by what {became} of them")

    def actual(self) -> Table:
        """The forecast beside what it took."""
        if self.mode == "plan":
            return Table.of([], ["calls to"], nothing="Nothing to compare: the forecast is about writing.")
        said, calls = self.planned.forecast, self.engine.calls
        rows = [
            {"calls to": name.capitalize(), "forecast": said[f"{name}_calls"], "made": calls[name]} for name in SIDES
        ]
        return Table.of(rows, ["calls to", "forecast", "made"])

    def _bars(self, numbers: Mapping[str, int], title: str) -> Any:
        """No chart of nothing: drawing one costs a second, and a quiet sync has none to spare."""
        if not numbers:
            return Table.of([], ["what"], nothing="Nothing to show: both sides agree.")
        from toolkit import charts

        return charts.bars(numbers, title=title)
