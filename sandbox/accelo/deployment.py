"""The Accelo deployment put together: its tables, its world, its front door.

Every part is handed what it needs here; nothing of it is global.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.accelo.api import Api
from sandbox.accelo.call import effective_method
from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.desk import Actor, Desk
from sandbox.accelo.edit import Editor
from sandbox.accelo.errors import EditError
from sandbox.accelo.front import Front
from sandbox.accelo.limits import Lockout
from sandbox.accelo.loading import Loader
from sandbox.accelo.oauth import OAuth
from sandbox.accelo.people import People
from sandbox.accelo.reading import Reader
from sandbox.accelo.records import Records
from sandbox.accelo.rules import all_rules
from sandbox.accelo.tokens import Tokens
from sandbox.accelo.webhooks import Webhooks
from sandbox.core import Core

_PLACES = Path(__file__).parent / "resources" / "places.json"
_SHOWN = [
    "companies",
    "contacts",
    "affiliations",
    "addresses",
    "staff",
    "prospects",
    "issues",
    "tasks",
    "activities",
    "company_statuses",
    "contact_statuses",
    "affiliation_statuses",
    "prospect_statuses",
    "issue_statuses",
    "task_statuses",
    "prospect_types",
    "issue_types",
    "issue_priorities",
    "issue_classes",
    "issue_resolutions",
    "prospect_probabilities",
    "profile_fields",
    "profile_values",
    "extension_fields",
    "extension_values",
    "progressions",
    "progression_history",
    "company_managers",
    "segmentations",
    "countries",
    "states",
    "webhooks",
]

__all__ = ["AcceloDeployment", "EditError"]


class AcceloDeployment:
    """One deployment of Accelo."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.tokens = Tokens(core)
        self.records = Records(core)
        self.reader = Reader(core)
        self.people = People(core, self.tokens)
        self.desk = Desk(core, self.records, all_rules)
        self.editor = Editor(self.desk)
        self.loader = Loader(self.records)
        self.webhooks = Webhooks(core, self.records, self.tokens)
        self.lockout = Lockout(core)
        oauth = OAuth(core, self.tokens, self.people, self.lockout)
        api = Api(core, self.reader, self.desk, self.people, self.webhooks)
        self.front = Front(core, self.tokens, self.people, oauth, api, self.lockout)

    def create(self) -> None:
        """Make the tables, fill the countries, put the ready file's tokens in force; harmless when done before."""
        self.records.create_tables()
        if not self.records.exists("countries", 1):
            places = json.loads(_PLACES.read_text("utf-8"))
            for name in ("countries", "states"):
                self.loader.load(name, places[name])
        self.tokens.restore_ready(self.people.api_user())
        self.front.limit.clear()
        self.lockout.clear()

    def load(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Trusted bulk load, in the columns of GET /world; raises ValueError for an unknown object."""
        self.loader.load(object_name, rows)
        if object_name == "staff":
            self.tokens.restore_ready(self.people.api_user())

    def world(self) -> dict[str, list[dict[str, Any]]]:
        """All records, every field as on the wire."""
        return {name: self.reader.all(RESOURCES[name]) for name in _SHOWN}

    def edit(self, obj: str, op: str, id: str | None, fields: dict[str, Any]) -> str:
        """What a person does in the product's screens; raises EditError."""
        actor = Actor(self.people.api_user(), self.core.clock.unix("accelo"), api=False)
        done = self.editor.edit(obj, op, id, fields, actor)
        self.webhooks.fire(actor.events, self.front.base_url or self.core.store.get("keep:accelo:url", ""))
        return done

    def ready(self) -> dict[str, str]:
        """The ready file's block, but for the address."""
        return self.tokens.ready()

    async def close(self) -> None:
        """Stop delivering webhooks."""
        self.webhooks.close()

    effective_method = staticmethod(effective_method)

    def app(self) -> Front:
        """The ASGI application."""
        return self.front
