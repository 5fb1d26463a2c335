"""The settings page: each setting with its words, saved one section at a time; the test message; people and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.accounts import Accounts, Role
from toolkit.errors import SettingsError, UsageError
from toolkit.listed import as_line
from toolkit.runs.notify import Mailbox, Outcome, compose, send
from toolkit.screens import identity
from toolkit.settings import flat, set_value

if TYPE_CHECKING:
    from toolkit.workspace import Workspace


@dataclass(frozen=True)
class Field:
    """``options``: value -> words, for a choice. Otherwise the type of the present value decides the control."""

    key: str
    label: str
    help: str = ""
    options: Mapping[str, str] | None = None
    share: bool = False


MAIL, SIGN_IN = "E-mail", "Sign-in"
SECRETS = {MAIL: "Password", SIGN_IN: "Client secret"}
"""The section's one secret: kept encrypted, never shown again."""
SECTIONS: Mapping[str, tuple[str, tuple[Field, ...]]] = {
    "Schedule": (
        "How often the service syncs that runs beside the app (toolkit sync --every). "
        "It writes only what is within the brakes; the rest waits for a person.",
        (Field("schedule.every", "Every", "10m, 2h or 1d; blank: only when somebody asks."),),
    ),
    "Decisions": (
        "What happens where the rules leave a choice.",
        (
            Field("sync.conflicts", "When both sides changed the same field", options={
                "ask": "Ask a person", "salesforce": "Salesforce wins", "accelo": "Accelo wins",
                "newest": "The newest wins"}),
            Field("sync.new_in_accelo", "When only Accelo has a company or contact", options={
                "ask": "Ask a person", "never": "Leave it in Accelo", "always": "Create it in Salesforce"}),
            Field("sync.first_link", "When two records are linked first and differ", options={
                "salesforce": "Salesforce wins, shown in the preview", "ask": "Ask a person"}),
            Field("sync.country", "Country of phone numbers without a country code", "Two letters, e.g. AU."),
        ),
    ),
    "Brakes": (
        "A sync that nobody looks at stops when it would touch more than the larger of a number and a share.",
        (
            Field("brakes.creations", "New records"),
            Field("brakes.creations_share", "… or this share of all", share=True),
            Field("brakes.updates", "Changed records"),
            Field("brakes.updates_share", "… or this share of all", share=True),
            Field("brakes.blankings", "Values that become blank"),
            Field("brakes.blankings_share", "… or this share of all", share=True),
            Field("brakes.retirements", "Links that end"),
            Field("brakes.retirements_share", "… or this share of all", share=True),
        ),
    ),
    "API budget": (
        "Calls that are left to people and other programs. A number of calls, "
        "or a share of the limit when it is below 1.",
        (
            Field("budget.salesforce_reserve", "Left in Salesforce"),
            Field("budget.accelo_reserve", "Left in Accelo"),
        ),
    ),
    MAIL: (
        "Who hears how a run ended. The password is kept encrypted and is never shown again.",
        (
            Field("email.to", "To", "Addresses, separated by commas."),
            Field("email.sender", "From"),
            Field("email.host", "Mail server"),
            Field("email.port", "Port"),
            Field("email.security", "Security", options={
                "starttls": "STARTTLS", "tls": "TLS from the start", "none": "None (this machine only)"}),
            Field("email.username", "User name"),
            Field("email.titles", "Titles of records that wait or failed may stand in a message"),
        ),
    ),
    SIGN_IN: (
        "People may sign in through your identity provider (OpenID Connect). Register the app's address followed by "
        "/oauth2callback there. A person's e-mail address is the account's name. "
        "It holds when the app is started again.",
        (
            Field("identity.name", "What people call it", "The button says “Sign in with …”."),
            Field("identity.metadata_url", "Where it describes itself", "https://…/.well-known/openid-configuration"),
            Field("identity.client_id", "Client id of the app"),
            Field("identity.address", "Address of the app", "Where people reach it, e.g. https://sync.example.com"),
            Field("identity.trust_unverified", "Also addresses that it does not say to have verified",
                  "Only for a provider whose addresses no stranger can choose."),
        ),
    ),
}  # fmt: skip


def values(workspace: Workspace) -> dict[str, Any]:
    """All settings, flat; lists as one line of text."""
    said = flat(workspace.settings).items()
    return {key: as_line(map(str, value), ", ") if isinstance(value, (list, tuple)) else value for key, value in said}


def save_section(workspace: Workspace, section: str, wanted: Mapping[str, Any], secret: str) -> str:
    """Keep what was typed into one section, its secret too; what to tell. Raises SettingsError; a wrong value keeps
    nothing."""
    changed = save(workspace, wanted)
    if secret:
        keep_secret(workspace, section, secret)
    return "Saved." if changed or secret else "Nothing was changed."


def save(workspace: Workspace, wanted: Mapping[str, Any]) -> int:
    """Write what differs; returns how many settings that are. Raises SettingsError, and then nothing was written."""
    before = values(workspace)
    changed = {key: value for key, value in wanted.items() if before.get(key) != value}
    path = workspace.folder / "settings.toml"
    text = path.read_text(encoding="utf-8")
    try:
        for key, value in changed.items():
            set_value(workspace.folder, key, _text(value))
    except SettingsError:
        path.write_text(text, encoding="utf-8")
        raise
    return len(changed)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def keep_secret(workspace: Workspace, section: str, secret: str) -> None:
    """The mail server's password or the provider's client secret; blank leaves the one that is kept."""
    if section == SIGN_IN:
        identity.keep_secret(workspace, secret)
    elif secret:
        workspace.credentials.put_secret("email", secret, "password")


def test_message(workspace: Workspace) -> str:
    """Send a message that says that it is a test; what to tell. Raises SettingsError, SystemFailure."""
    said = workspace.settings.email
    if not (said.host and said.sender and said.to):
        raise SettingsError("E-mail is not set up.", next_step="Fill in from, to and the mail server, and save.")
    mailbox = Mailbox(said.host, said.port, said.sender, said.to, said.security, said.username, said.titles)
    outcome = Outcome("test", "A test message", "done", {"Records in this test": 0}, message="E-mail works.")
    send(compose(outcome, mailbox), mailbox, workspace.credentials.secret("email", "password"))
    return f"A test message went to {', '.join(said.to)}."


def people(workspace: Workspace) -> list[dict[str, str]]:
    return [{"Name": account.name, "Role": account.role.value.capitalize(),
             "Signs in with": account.signs_in.capitalize()}
            for account in Accounts(workspace.folder).all()]  # fmt: skip


def add_person(workspace: Workspace, name: str, role: str, password: str | None) -> None:
    """``password`` None: through the identity provider only. Raises UsageError; the first account must be an
    administrator, or nobody could make another."""
    accounts = Accounts(workspace.folder)
    if not accounts.all() and role != Role.ADMINISTRATOR:
        raise UsageError("The first account must be an administrator.", next_step="Choose the role administrator.")
    accounts.add(name, Role(role), password)


def remove_person(workspace: Workspace, name: str) -> None:
    Accounts(workspace.folder).remove(name)
