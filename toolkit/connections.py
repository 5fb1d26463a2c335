"""The connections of a workspace: made, described, ended. Screens and commands use the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from toolkit.clients import oauth
from toolkit.errors import NotConnected
from toolkit.model import SIDES, Side
from toolkit.runs import connections
from toolkit.runs.connections import Given, Way
from toolkit.settings import set_value

if TYPE_CHECKING:
    from toolkit.clients.endpoint import Endpoint
    from toolkit.clients.transport import Transport
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
        """Finishes a sign-in whose browser came back to a route of ours. Raises AuthFailed, NoApiAccess,
        Unavailable."""
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

    def use_sandbox(self, said: Mapping[str, Any]) -> None:
        """Both systems as a sandbox's ready file names them; the secrets are kept encrypted."""
        workspace = self._workspace
        for system in SIDES:
            set_value(workspace.folder, f"{system}.url", said[system]["url"])
            set_value(workspace.folder, f"{system}.client_id", said[system]["client_id"])
        workspace.__dict__.pop("credentials", None)
        for system in SIDES:
            workspace.credentials.put_secret(system, said[system]["client_secret"])

    def _proven(self, system: Side) -> dict[str, Any]:
        self._workspace.hang_up()
        return connections.proven(system, self._workspace.credentials, lambda: self.status(system))


def endpoint(workspace: Workspace, system: Side) -> Endpoint:
    """Where a system is, as the settings say. Raises NotConnected while its address is not set."""
    from toolkit.clients.endpoint import Endpoint
    from toolkit.runs.connections import SCOPES

    said = getattr(workspace.settings, system)
    if not said.url:
        raise NotConnected(
            system.capitalize(),
            "its address is not set.",
            next_step=f"Set it with: toolkit config {system}.url https://…",
        )
    return Endpoint(system, said.url, said.client_id, said.login_url, SCOPES[system])


def open_transport(workspace: Workspace, system: Side) -> Transport:
    """The read-only toggle is asked before every send. What an earlier process knew of the limit holds here too, so
    that even the first call keeps the reserve."""
    from toolkit.clients.budget import Budget, known_before
    from toolkit.clients.transport import Transport

    def waits(until: datetime | None) -> None:
        workspace.on_wait(system, until)

    budget = Budget(
        system,
        getattr(workspace.settings.budget, f"{system}_reserve"),
        clock=workspace.clock,
        sleep=workspace.sleep,
        max_wait=workspace.longest_wait,
        waiting=waits,
        still=waits,
        **known_before(workspace.state.get(f"budget:{system}"), workspace.clock()),
    )
    return Transport(
        workspace.endpoint(system),
        workspace.credentials,
        read_only=lambda: workspace.state.read_only,
        on_exchange=lambda exchange: workspace.on_exchange(exchange),
        budget=budget,
        clock=workspace.clock,
        sleep=workspace.sleep,
    )


def keep_budget(workspace: Workspace, system: Side, transport: Transport) -> None:
    """For the next process: what is left of the limit, as the last answer said."""
    said = transport.budget.snapshot()
    if said["remaining"] is not None:
        workspace.state.put(f"budget:{system}", said)
