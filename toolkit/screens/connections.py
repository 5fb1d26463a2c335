"""The connections page: what is set and connected, in plain words, and the deeds of its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from toolkit.errors import SystemFailure, ToolkitError
from toolkit.model import Side
from toolkit.screens import words
from toolkit.settings import set_value

if TYPE_CHECKING:
    from toolkit.workspace import Workspace


@dataclass(frozen=True)
class Card:
    """One system. ``status`` is empty while it is not connected or did not answer; then ``problem`` says why."""

    system: Side
    name: str
    url: str
    client_id: str
    login_url: str
    has_secret: bool
    connected: bool
    status: dict[str, Any]
    problem: str
    next_step: str

    @property
    def ready(self) -> bool:
        """Whether a sign-in can be started."""
        return bool(self.url and self.client_id)

    @property
    def standing(self) -> tuple[str, Literal["green", "red", "gray"]]:
        """What the badge says, and its colour."""
        if self.problem:
            return "Needs attention", "red"
        return ("Connected", "green") if self.connected else ("Not connected", "gray")

    @property
    def share_left(self) -> float | None:
        left, limit = self.status.get("calls_left"), self.status.get("calls_limit")
        return max(0.0, min(1.0, left / limit)) if isinstance(left, int) and isinstance(limit, int) and limit else None

    def facts(self, zone: str | None) -> dict[str, str]:
        """What a person wants to know of the connection."""
        said = self.status
        rows = {
            "Who": said.get("user") or "",
            "Where": said.get("org") or said.get("deployment") or "",
            "Address": self.url,
            "Edition": said.get("edition") or "",
            "API": f"may be used, version {said['api_version']}" if said.get("api_version") else "may be used",
            "May": ", ".join(said.get("scopes") or ()),
            "Connected": words.moment(said.get("connected_at"), zone),
            "Token renewed": words.moment(said.get("refreshed_at"), zone),
        }
        return {name: value for name, value in rows.items() if value}


def callback(address: str, system: Side) -> str:
    """Where a system sends people back to, for an app that is looked at under this address."""
    return urlsplit(address)._replace(path=f"/oauth/{system}/callback", query="", fragment="").geturl()


def card(workspace: Workspace, system: Side, *, ask: bool = True) -> Card:
    """``ask``: ask the system itself (up to three requests); a failure is told in the card, never raised."""
    said = getattr(workspace.settings, system)
    status: dict[str, Any] = {}
    problem = next_step = ""
    connected = has_secret = False
    try:
        connected = workspace.credentials.get(system) is not None
        has_secret = bool(workspace.credentials.secret(system))
        if connected and ask:
            status = workspace.connections.status(system)
    except SystemFailure as error:
        problem, next_step = error.message, error.next_step
    except ToolkitError as error:  # the credentials themselves cannot be read
        problem, next_step = error.message, error.next_step
    return Card(
        system=system,
        name=words.SYSTEMS[system],
        url=said.url,
        client_id=said.client_id,
        login_url=said.login_url,
        has_secret=has_secret,
        connected=connected,
        status=status,
        problem=problem,
        next_step=next_step,
    )


def set_up(workspace: Workspace, system: Side, url: str, client_id: str, login_url: str, secret: str) -> None:
    """Keep where a system is and which application we are; a blank secret leaves the one that is kept."""
    for name, value in (("url", url), ("client_id", client_id), ("login_url", login_url)):
        set_value(workspace.folder, f"{system}.{name}", value.strip())
    if secret.strip():
        workspace.credentials.put_secret(system, secret.strip())


def disconnect(workspace: Workspace, system: Side) -> str:
    """Revoke and forget; what to tell."""
    confirmed = workspace.connections.sign_out(system)
    name = words.SYSTEMS[system]
    return f"Disconnected from {name}." + (
        "" if confirmed else f" {name} did not confirm it: end the session there too."
    )


def connect_machine(workspace: Workspace, system: Side) -> None:
    """With the application's own id and secret, without a person. Raises AuthFailed, UsageError, NoApiAccess."""
    workspace.connections.sign_in(system, "client_credentials")
