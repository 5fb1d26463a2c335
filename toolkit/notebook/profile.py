"""Both systems, looked at: the steps of notebooks/profile.ipynb."""

from __future__ import annotations

import os
from typing import Any

from toolkit import kernel
from toolkit.errors import Stopped, ToolkitError
from toolkit.model import SIDES, Finding, jsonable
from toolkit.notebook.opening import open_workspace, run_id
from toolkit.notebook.progress import Line
from toolkit.runs.setting import iso
from toolkit.tables import Table


class Profile:
    """Both systems, looked at. The run ends with ``close``, which keeps the findings as evidence."""

    def __init__(self, workspace: str = "", run: str = "") -> None:
        from toolkit.runs.profile import survey
        from toolkit.runs.ship import note_exchange
        from toolkit.store.evidence import Evidence

        self.workspace = open_workspace(workspace)
        self.run = run_id(self.workspace, run, "profile")
        self.closed = ""
        self.line = Line()
        state, started = self.workspace.state, self._now()
        state.runs.start(self.run, "profile", "profile", started, pid=os.getpid(), holder=self.run)
        self.evidence = Evidence(self.workspace.run_folder(self.run) / "run.duckdb")
        self.evidence.meta(run=self.run, kind="profile", started_at=started)
        self.calls: dict[str, int] = dict.fromkeys(SIDES, 0)
        self.workspace.on_exchange = lambda exchange: note_exchange(self.evidence, self.calls, exchange)
        try:
            self.survey = survey(
                self.workspace.salesforce_reader,
                self.workspace.accelo_reader,
                tell=lambda what: self._beat(what),
            )
        except BaseException as error:
            self.line.say("")
            self._end_evidence()
            message = error.message if isinstance(error, ToolkitError) else "It was broken off."
            state.runs.end(self.run, "failed", self._now(), message=message)
            if isinstance(error, KeyboardInterrupt) and not kernel.launched():
                raise Stopped() from None
            raise
        self.line.end("Read")

    def _beat(self, what: str) -> None:
        self.line.told({"step": "read", "stream": what})
        self.workspace.state.runs.beat(self.run, self._now(), step=f"reading {what}", calls=dict(self.calls))

    def _now(self) -> str:
        return iso(self.workspace.clock())

    def _end_evidence(self, **facts: Any) -> None:
        self.evidence.meta(ended_at=self._now(), calls=self.calls, **facts)
        self.evidence.close()

    def counts(self) -> Table:
        return Table(self.survey.counts())

    def fields(self, obj: str = "Account") -> Any:
        """A bar a field: filled and blank."""
        from toolkit import charts

        data = self.survey.blanks(obj).melt("field", ["filled", "blank"], "part", "records")
        return charts.stacked(
            data,
            rows="field",
            parts="part",
            number="records",
            title=f"{obj}: fields filled and blank",
            colours={"filled": charts.BLUE, "blank": "#dde3ea"},
        )

    def owners(self) -> Table:
        return Table(self.survey.owners())

    def statuses(self) -> Table:
        return Table(self.survey.statuses())

    def findings(self) -> Table:
        """What was noticed: how grave, how many records, what to do."""
        rows = [
            {"": f.severity, "records": f.count, "what": f.title, "how to mend it": f.remedy, "for example": f.examples}
            for f in self.found
        ]
        return Table.of(rows, ["", "records", "what", "how to mend it", "for example"])

    def findings_chart(self) -> Any:
        from toolkit import charts

        numbers: dict[str, int] = {}
        for finding in self.found:
            name = finding.title if len(finding.title) < 60 else finding.title[:57] + "..."
            numbers[name] = numbers.get(name, 0) + finding.count
        return charts.bars(numbers, title="Records that a finding touches", colour=charts.AMBER)

    @property
    def found(self) -> list[Finding]:
        from toolkit.runs.findings import findings

        if not hasattr(self, "_found"):
            self._found = findings(self.survey)
        return self._found

    def blockers(self) -> Table:
        """What stops a run, with its remedy."""
        rows = [
            {"records": f.count, "what": f.title, "how to mend it": f.remedy}
            for f in self.found
            if f.severity == "blocker"
        ]
        return Table.of(rows, ["records", "what", "how to mend it"], nothing="Nothing blocks a run.")

    def close(self) -> str:
        """Keeps what was found and ends the run; one of JupyterLab is sealed here, without its notebook."""
        if self.closed:
            return self.closed
        records = {
            row["records"]: {"salesforce": row["Salesforce"], "accelo": row["Accelo"]}
            for row in self.survey.counts().to_dict("records")
        }
        found = [jsonable(finding) for finding in self.found]
        self.evidence.add("findings", [{**finding, "examples": finding["examples"]} for finding in found])
        self._end_evidence(records=records)
        state = self.workspace.state
        state.runs.set_folder(self.run)
        state.runs.end(
            self.run,
            "done",
            self._now(),
            counts={"calls": self.calls, "records": records, "findings": found, "blockers": len(self.blockers())},
        )
        if not kernel.launched():
            self.workspace.history.seal(self.run)
        self.workspace.close()
        self.closed = f"{len(found)} findings, {len(self.blockers())} of them would block a run."
        return self.closed
