"""The connections of a workspace: made, described, ended. Screens and commands use the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from toolkit.clients import oauth
from toolkit.model import Side
from toolkit.runs import connections
from toolkit.runs.connections import Given, Way

if TYPE_CHECKING:
    from toolkit.workspace import Workspace


class Connections:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def sign_in(self, system: Side, way: Way, given: Given | None = None) -> dict[str, Any]:
        """Connects without a browser; what the connection is. Raises AuthFailed, NoApiAccess."""
        workspace = self._workspace
        connections.sign_in(workspace.endpoint(system), workspace.credentials, way, given or Given(), workspace.clock())
        return self._proven(system)

    def sign_in_with_browser(
        self, system: Side, show: Callable[[str], None], port: int, secret: str = ""
    ) -> dict[str, Any]:
        """Connects as the person who signs in at the address that ``show`` gets."""
        workspace = self._workspace
        endpoint = workspace.endpoint(system)
        connections.sign_in_with_browser(endpoint, workspace.credentials, port, show, workspace.clock, secret)
        return self._proven(system)

    def came_back(self, system: Side, pending: oauth.Pending, answer: Mapping[str, str]) -> dict[str, Any]:
        """Finishes a sign-in whose browser came back to a route of ours. Raises AuthFailed, NoApiAccess, Unavailable."""
        workspace = self._workspace
        secret = workspace.credentials.secret(system)
        workspace.credentials.put(system, oauth.finish(pending, answer, secret=secret, now=workspace.clock()))
        return self._proven(system)

    def sign_out(self, system: Side) -> bool:
        """Revokes and forgets; whether the system confirmed it."""
        workspace = self._workspace
        workspace.hang_up()
        return oauth.revoke(workspace.endpoint(system), workspace.credentials, now=workspace.clock())

    def status(self, system: Side) -> dict[str, Any]:
        """Who we are there, what we may, what is left. Raises SystemFailure, whatever kind."""
        workspace = self._workspace
        transport = workspace.transport(system)
        if system == "salesforce":
            return connections.salesforce_status(workspace.salesforce_reader, lambda: transport.tokens)
        return connections.accelo_status(workspace.accelo_reader, lambda: transport.tokens, transport.budget.snapshot)

    def _proven(self, system: Side) -> dict[str, Any]:
        self._workspace.hang_up()
        return connections.proven(system, self._workspace.credentials, lambda: self.status(system))
