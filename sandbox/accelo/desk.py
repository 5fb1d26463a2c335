"""Creating, changing and deleting records: the part that is the same for every resource.

What is special about one resource is a Rule (rules/); what a parameter may hold is values.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.errors import AcceloError, invalid
from sandbox.accelo.model import Resource, Write
from sandbox.accelo.records import Records, Row
from sandbox.accelo.values import Values, plain
from sandbox.core import Core
from sandbox.exchange import current


@dataclass
class Actor:
    """Who writes, when, and through what: the API, or (api=False) the product's own screens."""

    staff_id: int
    now: int
    api: bool = True
    service: bool = False
    events: list[tuple[str, int]] = field(default_factory=list)


class Rule:
    """What is special about a resource; the plain one stamps the dates that the resource has."""

    def __init__(self, desk: Desk, resource: Resource) -> None:
        self.desk = desk
        self.resource = resource
        self.records = desk.records
        self.switches = desk.core.switches

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        """Complete or refuse the values of a new record."""

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        """What follows from a new record."""

    def before_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        """Complete or refuse the values of a change."""

    def after_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        """What follows from a change."""

    def delete(self, old: Row, actor: Actor) -> None:
        """Remove the record with what hangs on it."""
        self.desk.remove(self.resource, old["id"], actor)

    def stamps(self, values: Row, actor: Actor, created: bool) -> None:
        """Set the dates that every record carries."""
        names = ("date_created", "date_modified") if created else ("date_modified",)
        for name in names:
            if name in self.resource.columns:
                values.setdefault(name, actor.now)

    def refuse_duplicate(self, column: str, value: Any, own_id: int = 0) -> None:
        """By switch: a name that another record has."""
        if self.switches.on("accelo_duplicate_names") and self.records.ids(
            self.resource.name, f"{column} = ? AND id <> ?", value, own_id
        ):
            raise AcceloError("duplicate", f"The {column} is already in use by an existing {self.resource.singular}.")


class Desk:
    """Where records are written; each call runs inside the caller's transaction."""

    def __init__(self, core: Core, records: Records, rules: Callable[[Desk], dict[str, Rule]]) -> None:
        self.core = core
        self.records = records
        self.values = Values(records.exists, core.switches)
        self.rules = rules(self)

    def rule(self, resource: Resource) -> Rule:
        """The rule of a resource, the plain one if it has none."""
        return self.rules.get(resource.name) or Rule(self, resource)

    def accept(self, resource: Resource, writes: Sequence[Write], sent: Mapping[str, Any], actor: Actor) -> Row:
        """The column values of what was sent; the rest is ignored, or refused by switch."""
        by_name = {write.name: write for write in writes}
        if not actor.api:
            by_name |= self._screens(resource, by_name)
        values: Row = {}
        for name, value in sent.items():
            if name in by_name:
                values[by_name[name].column] = self.values.read(by_name[name], value)
            else:
                self._stray(resource, name, actor)
        return values

    def _screens(self, resource: Resource, known: Mapping[str, Write]) -> dict[str, Write]:
        """A person in the product's screens reaches every stored field, by its name on the wire."""
        kinds = {
            "link": "link",
            "int": "int",
            "ts": "isodate",
            "money": "money",
            "fraction": "percent",
            "flag": "switch",
            "memo": "memo",
        }
        return {
            f.name: Write(f.name, kinds.get(f.kind, "text"), f.column or f.name, link=f.link)
            for f in resource.fields
            if f.name not in known and f.name != "id" and not f.computed
        }

    def _stray(self, resource: Resource, name: str, actor: Actor) -> None:
        if not actor.api or name.startswith("profile.") or name in _ALSO.get(resource.name, ()):
            return
        is_field = name in resource.by_name
        switch = "accelo_readonly_fields" if is_field else "accelo_unknown_fields"
        if self.core.switches[switch] == "reject":
            raise invalid(f"The field '{name}' {'cannot be written' if is_field else 'does not exist'}.")

    def create(self, resource: Resource, sent: Mapping[str, Any], actor: Actor) -> int:
        """A new record from what was sent; raises AcceloError."""
        for write in resource.post:
            if write.required and plain(sent.get(write.name)) == "":
                raise invalid(f"The field '{write.name}' is required.")
        values = self.accept(resource, resource.post, sent, actor)
        rule = self.rule(resource)
        rule.before_create(values, dict(sent), actor)
        rule.stamps(values, actor, created=True)
        id_ = self.records.insert(resource, values)
        self.wrote(resource, id_, "create", sent, actor)
        rule.after_create(id_, values, dict(sent), actor)
        return id_

    def update(self, resource: Resource, id_: int, sent: Mapping[str, Any], actor: Actor) -> None:
        """Change a record by what was sent; raises AcceloError."""
        self.change(resource, id_, self.accept(resource, self.writable(resource, actor), sent, actor), sent, actor)

    def writable(self, resource: Resource, actor: Actor) -> tuple[Write, ...]:
        """PUT's parameters; a person may also use those of POST."""
        return resource.put if actor.api else (*resource.put, *resource.post)

    def change(self, resource: Resource, id_: int, values: Row, sent: Mapping[str, Any], actor: Actor) -> None:
        """Change columns of a record, with all that follows; raises AcceloError."""
        old = self.records.find(resource, id_)
        if old is None:
            raise invalid()
        rule = self.rule(resource)
        rule.before_update(old, values, dict(sent), actor)
        if not values:
            return
        moved = any(old[name] != value for name, value in values.items())
        if moved or self.core.switches.on("accelo_stamp_unchanged"):
            rule.stamps(values, actor, created=False)
        self.records.update(resource, id_, values)
        self.wrote(resource, id_, "update", sent, actor)
        rule.after_update(old, values, dict(sent), actor)

    def delete(self, resource: Resource, id_: int, actor: Actor) -> None:
        """Delete a record by its rule; raises AcceloError."""
        old = self.records.find(resource, id_)
        if old is None:
            raise invalid()
        self.rule(resource).delete(old, actor)

    def remove(self, resource: Resource, id_: int, actor: Actor) -> None:
        """Take one row out, with its profile and extension values, and log it."""
        self.records.delete(resource, id_)
        for name in ("profile_values", "extension_values"):
            self.records.db.execute(
                f"DELETE FROM ac_{name} WHERE link_id = ? AND link_type = ?", (id_, resource.singular)
            )
        self.wrote(resource, id_, "delete", {}, actor)

    def wrote(self, resource: Resource, id_: int, op: str, sent: Mapping[str, Any], actor: Actor) -> None:
        """Tell the request log; a person's edit is no request."""
        exchange = current()
        if actor.api and exchange is not None:
            exchange.wrote(resource.name, str(id_), op, {name: plain(value) for name, value in sent.items()})

    def resource(self, name: str) -> Resource:
        """A resource by name."""
        return RESOURCES[name]


_ALSO = {
    "addresses": ["against_type", "against_id", "state", "state_id", "country", "country_id", "overwrite"],
    "contacts": [
        "company_id",
        "country_id",
        "physical_address_id",
        "postal_address_id",
        "phone",
        "fax",
        "mobile",
        "email",
        "position",
        "communication",
        "invoice_method",
    ],
}
"""Parameters that a rule reads itself."""
