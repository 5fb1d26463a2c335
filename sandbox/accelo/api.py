"""The REST resources: which path is what, and which engine answers it.

It routes and wraps each write in a transaction; reading, writing and refusing are done elsewhere.
"""

from __future__ import annotations

from typing import Any

from sandbox.accelo.call import NOTHING, Call, Reply, envelope
from sandbox.accelo.catalogue import BY_PATH, EXTENDED, PROFILED, RESOURCES, SINGULAR_PATHS
from sandbox.accelo.custom import parent_of, set_value
from sandbox.accelo.desk import Actor, Desk
from sandbox.accelo.errors import AcceloError, invalid
from sandbox.accelo.fields import Selection
from sandbox.accelo.lists import Lists
from sandbox.accelo.model import Resource
from sandbox.accelo.people import People
from sandbox.accelo.progress import Progressions
from sandbox.accelo.reading import Reader
from sandbox.accelo.relations import Relations
from sandbox.accelo.rules.addresses import AddressRule
from sandbox.accelo.webhooks import Webhooks
from sandbox.core import Core
from sandbox.exchange import current

_MODES = ("count", "recent", "newest")
# Lists that are not plain arrays, of resources that are not imitated further.
_WRAPPED: dict[tuple[str, ...], str] = {("contracts", "types"): "types", ("requests", "types"): "request_types"}


def _id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise invalid()
    return int(text)


class UnknownPath(AcceloError):
    """There is no such resource; by switch this is a 404 page."""

    def __init__(self) -> None:
        super().__init__("invalid_request")


class Api:
    """Answers what is under /api/v0."""

    def __init__(self, core: Core, reader: Reader, desk: Desk, people: People, webhooks: Webhooks) -> None:
        self.core = core
        self.reader = reader
        self.desk = desk
        self.records = desk.records
        self.people = people
        self.webhooks = webhooks
        self.lists = Lists(core, reader)
        self.progressions = Progressions(desk, reader)
        self.relations = Relations(desk, reader, self.lists)

    def answer(self, call: Call, segments: list[str], swap: bool = False) -> Reply:
        """Serve one authorised request; raises AcceloError."""
        exchange = current()
        if exchange is not None and exchange.struck("invalid_permission") is not None:
            raise AcceloError("invalid_permission", "You do not have the permissions to perform this action.")
        segments = [SINGULAR_PATHS.get(segments[0], segments[0]), *segments[1:]]
        if segments[0] == "webhooks":
            return self.webhooks.answer(call, segments[1:])
        self._strike_deleted(segments)
        if call.method == "GET":
            return envelope(call, self._read(call, segments), swap=swap)
        actor = Actor(call.staff_id, self.core.clock.unix("accelo"), service=call.service)
        with self.core.store.transaction():
            response = self._write(call, segments, actor)
        if self.core.switches.on("accelo_webhook_own_writes"):
            self.webhooks.fire(actor.events, call.base_url)
        return envelope(call, response, swap=swap)

    def _match(self, segments: list[str]) -> tuple[Resource, list[str]]:
        for length in (2, 1):
            found = BY_PATH.get(tuple(segments[:length]))
            if found is not None:
                return found, segments[length:]
        raise UnknownPath

    # reading

    def _read(self, call: Call, segments: list[str]) -> Any:
        if segments == ["user"]:
            staff = self.reader.one(RESOURCES["staff"], call.staff_id, Selection(all=True))
            return {**staff, **self.people.user_parts()}
        if segments == ["staff", "whoami"]:
            return self.reader.one(RESOURCES["staff"], call.staff_id, call.selection)
        if tuple(segments) in _WRAPPED:
            return {_WRAPPED[tuple(segments)]: []}
        if segments == ["issues", "progressions"]:
            return self.progressions.of_issues()
        mode = segments.pop() if segments[-1] in _MODES else ""
        if segments[:2] == ["activities", "threads"]:
            return self.relations.threads(call, segments[2:], mode)
        resource, rest = self._match(segments)
        if rest and rest[0] in ("profiles", "extensions"):
            return self._read_custom(call, resource, None, rest, mode)
        if not rest:
            return self.lists.answer(call, resource, mode)
        id_ = _id(rest[0])
        if len(rest) == 1 and not mode:
            return self.reader.one(resource, id_, call.selection, call.flag("_hide_defaults"))
        if not self.records.exists(resource.name, id_):
            raise invalid()
        if rest[1] in ("profiles", "extensions"):
            return self._read_custom(call, resource, id_, rest[1:], mode)
        if rest[1:] == ["progressions"] and resource.statuses:
            return self.progressions.available(resource, id_)
        return self.relations.read(call, resource, id_, rest[1:], mode)

    def _read_custom(self, call: Call, parent: Resource, id_: int | None, rest: list[str], mode: str) -> Any:
        family = rest[0].removesuffix("s")
        self._check_family(parent, family)
        if rest[1:] == ["fields"] and id_ is None:
            return self.lists.answer(call, RESOURCES[f"{family}_fields"], mode, "t.link_type = ?", parent.singular)
        if rest[1:] != ["values"]:
            raise UnknownPath
        values = RESOURCES[f"{family}_values"]
        if id_ is None:
            return self.lists.answer(call, values, mode, "t.link_type = ?", parent.singular)
        return self.lists.answer(call, values, mode, "t.link_type = ? AND t.link_id = ?", parent.singular, id_)

    def _check_family(self, parent: Resource, family: str) -> None:
        if parent.name not in (PROFILED if family == "profile" else EXTENDED):
            raise UnknownPath

    # writing

    def _write(self, call: Call, segments: list[str], actor: Actor) -> Any:
        resource, rest = self._match(segments)
        sent = {name: value for name, value in call.params.items() if not name.startswith("_")}
        if not rest:
            if call.method != "POST" or "POST" not in resource.methods:
                raise invalid()
            return self._shown(call, resource, self._create(resource, sent, actor))
        id_ = _id(rest[0])
        if len(rest) == 1:
            if call.method not in resource.methods or call.method == "POST":
                raise invalid()
            if call.method == "DELETE":
                self.desk.delete(resource, id_, actor)
                return NOTHING
            self._refuse_struck_duplicate(resource)
            self.desk.update(resource, id_, sent, actor)
            return self._shown(call, resource, id_)
        if not self.records.exists(resource.name, id_):
            raise invalid()
        if rest[1] in ("profiles", "extensions") and call.method in ("POST", "PUT"):
            return self._write_custom(call, resource, id_, rest[1:], sent, actor)
        if rest[1] == "progressions" and call.method in ("POST", "PUT") and resource.statuses:
            self.progressions.run(resource, id_, rest[2:], actor)
            return self._shown(call, resource, id_)
        if rest[1:] == ["addresses"] and call.method == "POST" and resource.name in ("companies", "contacts"):
            sent |= {"against_type": resource.singular, "against_id": str(id_)}
            return self._shown(call, RESOURCES["addresses"], self._create(RESOURCES["addresses"], sent, actor))
        return self.relations.write(call, resource, id_, rest[1:], sent, actor)

    def _create(self, resource: Resource, sent: dict[str, Any], actor: Actor) -> int:
        self._refuse_struck_duplicate(resource)
        rule = self.desk.rule(resource)
        known = rule.overwritten(sent) if isinstance(rule, AddressRule) else None
        if known is not None:
            self.desk.update(resource, known, sent, actor)
            return known
        return self.desk.create(resource, sent, actor)

    def _write_custom(
        self, call: Call, parent: Resource, id_: int, rest: list[str], sent: dict[str, Any], actor: Actor
    ) -> Any:
        family = rest[0].removesuffix("s")
        self._check_family(parent, family)
        values = RESOURCES[f"{family}_values"]
        if rest[1:2] == ["values"] and len(rest) == 3 and call.method == "PUT":
            value = self.records.find(values, _id(rest[2]))
            if value is None or (parent.singular, id_) != (value["link_type"], value["link_id"]):
                raise invalid()
            owner, owner_id = parent_of(value)
            value_id = set_value(self.desk, family, owner, owner_id, value["field_id"], sent, actor)
        elif rest[1:2] == ["fields"] and len(rest) == 3:
            value_id = set_value(self.desk, family, parent, id_, _id(rest[2]), sent, actor)
        elif len(rest) == 2 and family == "profile":
            # The documentation has this shorter path for companies.
            value_id = set_value(self.desk, family, parent, id_, _id(rest[1]), sent, actor)
        else:
            raise UnknownPath
        if parent.name in ("companies", "contacts") and self.core.switches.on("accelo_webhook_child_events"):
            actor.events.append((f"update_{parent.singular}", id_))
        return self._shown(call, values, value_id)

    def _shown(self, call: Call, resource: Resource, id_: int) -> Any:
        return self.reader.one(resource, id_, call.selection, call.flag("_hide_defaults"))

    # faults of the domain

    def _strike_deleted(self, segments: list[str]) -> None:
        """Somebody deletes the record that the request names, just before it is served."""
        exchange = current()
        found = BY_PATH.get(tuple(segments[:1]))
        if exchange is None or found is None or len(segments) < 2 or not segments[1].isdigit():
            return
        if exchange.struck("record_deleted") is not None and self.records.exists(found.name, segments[1]):
            person = Actor(self.people.api_user(), self.core.clock.unix("accelo"), api=False)
            with self.core.store.transaction():
                self.desk.delete(found, int(segments[1]), person)

    def _refuse_struck_duplicate(self, resource: Resource) -> None:
        exchange = current()
        if exchange is not None and exchange.struck("duplicate") is not None:
            name = next((f.name for f in resource.fields if f.name in ("name", "title", "username")), "name")
            raise AcceloError("duplicate", f"The {name} is already in use by an existing {resource.singular}.")
