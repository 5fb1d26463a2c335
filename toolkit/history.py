"""What the runs of a workspace left: files, ledger, seal; and what to do with those that broke off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.errors import ToolkitError
from toolkit.runs import conduct
from toolkit.runs.rebuild import Rebuilt, rebuild
from toolkit.runs.recover import Recovered, recover
from toolkit.runs.seal import seal
from toolkit.runs.tell import tell

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

MANY = 10_000


class History:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._state = workspace, workspace.state

    def files(self, run: str) -> dict[str, str]:
        """Where notebook, report, evidence and manifest of the run lie; blank for what it did not leave."""
        return conduct.files(self._workspace.folder, run)

    def ledger(self, run: str) -> list[dict[str, Any]]:
        """Every record of the run with its state and the reason, from its evidence; [] while it goes on."""
        from toolkit.store.evidence import read_evidence

        path, row = self._workspace.run_folder(run) / "run.duckdb", self._state.runs.get(run)
        if not path.exists() or (row is not None and row.state in ("queued", "running")):
            return []
        return read_evidence(path, "SELECT * FROM ledger ORDER BY side, kind, id")

    def tell(self, run: str) -> str:
        """The e-mail about an import that is over; what became of it, in words. Never raises."""
        try:
            folder, email = self._workspace.run_folder(run), self._workspace.settings.email
        except ToolkitError:  # settings that broke while it ran: the run itself is as it is
            return ""
        password = lambda: self._workspace.credentials.secret("email", "password")  # noqa: E731  # asked if it is needed
        return tell(self._state, run, folder, email, password, lambda: self.ledger(run))

    def seal(self, run: str) -> str:
        """The digest of the run's manifest, made now if it is not there."""
        return seal(self._state, self._workspace.run_folder(run), run)

    def recover(self) -> Recovered:
        """Finishes what a dead run left and seals it. Raises LeaseHeld while a run goes on."""
        recovered = recover(self._workspace)
        for row in self._state.runs.all(MANY):
            conduct.finish(self._workspace.folder, self._state, row.id)
        return recovered

    def rebuild(self) -> Rebuilt:
        """Links and base values again from the sealed runs alone. Raises EvidenceBroken."""
        return rebuild(self._state, self._workspace.folder / "runs")
