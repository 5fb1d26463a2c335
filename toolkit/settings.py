"""What settings.toml says: addresses, policies, brakes, budget, e-mail. Typed, with errors that name the key.

Never a secret: client secrets and tokens live in the workspace's encrypted ``credentials``. The read-only toggle is not
here either: it must act on the next request, so it is kept in the living state.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toolkit.errors import SettingsError
from toolkit.files import write_atomically
from toolkit.listed import names_in

FILE = "settings.toml"
TEMPLATES = Path(__file__).resolve().parent.parent / "mappings"
"""The mapping files that a new workspace gets a copy of."""

FIRST_SETTINGS = """\
# What this workspace connects and how careful it is. All settings with their values: toolkit config
# No secret belongs here; toolkit connect keeps them encrypted in the file credentials.

[salesforce]
url = ""        # My Domain, e.g. https://yourcompany.my.salesforce.com
client_id = ""  # the consumer key of your External Client App

[accelo]
url = ""        # https://DEPLOYMENT.api.accelo.com
client_id = ""

[sync]
conflicts = "ask"      # both sides changed the same field: ask, salesforce, accelo or newest
new_in_accelo = "ask"  # a company or contact that only Accelo has: ask, never or always
"""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SystemSettings(Section):
    """Where a system is and which application we are to it."""

    url: str = ""
    """Salesforce: the org's My Domain address. Accelo: https://DEPLOYMENT.api.accelo.com"""
    client_id: str = ""
    login_url: str = ""
    """Where people and machines sign in, if that is another address than ``url``."""


class SyncSettings(Section):
    conflicts: Literal["ask", "salesforce", "accelo", "newest"] = "ask"
    new_in_accelo: Literal["ask", "never", "always"] = "ask"
    first_link: Literal["salesforce", "ask"] = "salesforce"
    country: str = Field("US", pattern="^[A-Z]{2}$")
    """Where phone numbers without a country code are taken to be (ISO 3166)."""
    overlap_minutes: float = Field(10, ge=0)
    """How far behind the cursor each run reads again: records may be committed late."""
    grace_seconds: float = Field(120, ge=0)
    """How long a write without an answer may still arrive; it is looked up after that, never repeated before."""
    group_from: int = Field(50, ge=0)
    """A plan with so many writes to Salesforce sends them 200 to a call, without If-Unmodified-Since;
    0: only our own markers."""
    sweep_hours: float = Field(24, gt=0)
    """Within this time everything that carries no stamp of change (addresses, deletions in Accelo) is read once."""
    compare_days: float = Field(7, ge=0)
    """How often a sync reads both systems whole and compares every record, to find what polls missed; 0 is never."""


class BrakeSettings(Section):
    """A run that would touch more than the larger of the number and the share asks before it writes."""

    creations: int = Field(25, ge=0)
    creations_share: float = Field(0.10, ge=0, le=1)
    updates: int = Field(25, ge=0)
    updates_share: float = Field(0.05, ge=0, le=1)
    blankings: int = Field(10, ge=0)
    blankings_share: float = Field(0.01, ge=0, le=1)
    retirements: int = Field(5, ge=0)
    retirements_share: float = Field(0.01, ge=0, le=1)
    shrunk_share: float = Field(0.10, ge=0, le=1)
    """A side that holds this share fewer records than at the last run is not believed."""


class BudgetSettings(Section):
    """API calls that are left to people and other programs, whatever a run needs."""

    salesforce_reserve: float = Field(0.20, ge=0)
    accelo_reserve: float = Field(0.20, ge=0)
    """A number of calls, or a share of the limit when it is below 1."""


class ImportSettings(Section):
    """What the import of sales and tickets chooses when nobody is asked. Ids are those of the deployment."""

    sale_type: str = ""
    ticket_type: str = ""
    ticket_class: str = ""
    fallback_contact: Literal["first", "none"] = "first"
    """What a sale without a contact hangs on: the first contact of its company, or it waits."""
    updates: bool = False
    """Whether a later run writes again what changed in Salesforce, where nobody touched it in Accelo."""
    priorities: tuple[str, ...] = ()
    """Case priorities that are called otherwise in Accelo, e.g. "Urgent=2" (the id)."""


class EmailSettings(Section):
    to: tuple[str, ...] = ()
    sender: str = ""
    host: str = ""
    port: int = Field(587, gt=0, lt=65536)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """none: only for a mail server on this machine."""
    username: str = ""
    titles: bool = False
    """Whether titles of records that wait or failed may stand in a message."""


class IdentitySettings(Section):
    """Sign-in to the app through an identity provider (OpenID Connect). Its client secret is in the credentials."""

    name: str = ""
    """What people call it: the button says "Sign in with NAME"."""
    metadata_url: str = Field("", pattern=r"^(https://\S+|http://(127\.0\.0\.1|localhost)[:/]\S*)?$")
    """Where it describes itself: https://…/.well-known/openid-configuration"""
    client_id: str = ""
    address: str = Field("", pattern=r"^(https://[^\s?#]+|http://(127\.0\.0\.1|localhost)(:\d+)?/?)?$")
    """Where people reach the app; the provider sends them back to ADDRESS/oauth2callback."""
    trust_unverified: bool = False
    """Whether an e-mail address counts that the provider does not say to have verified (some never say it)."""


class ScheduleSettings(Section):
    every: str = Field("", pattern=r"^([1-9][0-9]{0,5}[smhd])?$")
    """How often the service polls that was started with `sync --every` alone, e.g. 10m; blank: it waits."""
    webhook_url: str = Field("", pattern=r"^(https?://[^\s?#]+)?$")
    """Where Accelo reaches the service from outside; blank: it is polled only."""
    webhook_listen: str = Field("127.0.0.1:8718", pattern=r"^[A-Za-z0-9.\[\]:-]+:\d{1,5}$")
    """Where the service listens for what comes in at that address; put a web server with TLS before it."""


class Settings(Section):
    salesforce: SystemSettings = SystemSettings()
    accelo: SystemSettings = SystemSettings()
    sync: SyncSettings = SyncSettings()
    brakes: BrakeSettings = BrakeSettings()
    budget: BudgetSettings = BudgetSettings()
    email: EmailSettings = EmailSettings()
    identity: IdentitySettings = IdentitySettings()
    imports: ImportSettings = ImportSettings()
    schedule: ScheduleSettings = ScheduleSettings()


def load_settings(folder: Path) -> Settings:
    """The workspace's settings; raises SettingsError with the line or the key."""
    path = folder / FILE
    return _parsed(path.read_text(encoding="utf-8") if path.exists() else "")


@functools.lru_cache(maxsize=8)
def _parsed(text: str) -> Settings:
    """A run asks for its settings again and again; the same text is parsed once."""
    try:
        document = tomllib.loads(text)  # its words for a mistake are better than tomlkit's
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{FILE}: this is not TOML: {error}",
            next_step="Mend that line; what a setting may be stands in docs/workspace.md.",
        ) from None
    return _checked(document)


def set_value(folder: Path, key: str, value: str) -> Settings:
    """Writes one setting ("sync.conflicts", "newest") and returns the settings as they are then; comments stay."""
    section, _, name = key.partition(".")
    fields = Settings.model_fields.get(section)
    if fields is None or name not in type(fields.default).model_fields:
        raise SettingsError(f"There is no setting {key!r}.", next_step="See all of them with: toolkit config")
    path = folder / FILE
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    table = document.setdefault(section, tomlkit.table())
    table[name] = _typed(value, getattr(fields.default, name))
    settings = _checked(document.unwrap())
    write_atomically(path, tomlkit.dumps(document))
    return settings


def flat(settings: Settings) -> dict[str, Any]:
    """All settings as {"sync.conflicts": "ask", ...}."""
    dump = settings.model_dump(mode="json")
    return {f"{section}.{name}": value for section, values in dump.items() for name, value in values.items()}


def _typed(text: str, current: Any) -> Any:
    """Text from the command line as the type that the setting has; pydantic then says what is wrong with it."""
    if isinstance(current, tuple):
        return list(names_in(text))
    for kind in (int, float):
        if isinstance(current, (int, float)) and not isinstance(current, bool):
            try:
                return kind(text)
            except ValueError:
                continue
    return text


def _checked(data: dict[str, Any]) -> Settings:
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        problem = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"].lower()
        raise SettingsError(
            f"{FILE}: {key}: {problem}.", next_step="Mend it in the file, or set it with: toolkit config KEY VALUE"
        ) from None
