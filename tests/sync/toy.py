"""A toy mapping and a toy pair of systems for the core's tests: two dictionaries, and a hand that carries out plans."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from toolkit.model import (
    ActionType,
    Address,
    Base,
    CannotCarry,
    Link,
    LinkState,
    MatchKeys,
    Record,
)
from toolkit.sync.inputs import PlanInput
from toolkit.sync.moves import COMPANY
from toolkit.sync.plan import plan_sync
from toolkit.sync.settle import settle


@dataclass(frozen=True)
class ToyField:
    name: str
    direction: str = "both"
    policy: str | None = None
    row: str | None = None
    required: tuple = ()
    limit: dict = field(default_factory=dict, hash=False)
    moves: bool = False

    @property
    def label(self):
        return self.name.replace("_", " ").capitalize()

    def needs(self, side):
        return side in self.required

    def normal(self, value, country):
        if isinstance(value, Address):
            return "|".join((value.street, value.city, value.country)).strip("|")
        return " ".join((value or "").split())

    def problem(self, to, value):
        if not self.normal(value, "") and (self.needs(to) or (self.row and to == "accelo")):
            return CannotCarry(to, "cannot be blank")
        limit = self.limit.get(to)
        if limit and isinstance(value, str) and len(value) > limit:
            return CannotCarry(to, f"{len(value)} characters; {to} holds {limit}", len(value), limit)
        return None


@dataclass(frozen=True)
class ToyObject:
    kind: str
    fields: dict

    def country(self, records):
        return ""

    def title(self, record):
        return " ".join(
            str(record.fields.get(name) or "")
            for name in ("first_name", "last_name", "name")
            if record.fields.get(name)
        )

    def keys(self, record):
        fields = record.fields
        domain = fields.get("website") or ""
        return MatchKeys(
            name=self.title(record).casefold(),
            domains=(domain,) if domain else (),
            phones=(fields["phone"],) if fields.get("phone") else (),
            email=(fields.get("email") or "").lower(),
        )


@dataclass(frozen=True)
class ToyRules:
    company: ToyObject
    contact: ToyObject
    digest: str = "toy"

    def of(self, kind):
        return getattr(self, kind)


def toy_rules(**changes):
    """company: name, phone, website, billing (address), type (one-way); contact: first_name, last_name, email."""
    both = ("salesforce", "accelo")
    company = {
        each.name: each
        for each in (
            ToyField("name", required=both, limit={"salesforce": 20, "accelo": 20}),
            ToyField("phone", limit={"salesforce": 12, "accelo": 12}),
            ToyField("website"),
            ToyField("billing", row="address.billing"),
            ToyField("type", direction="salesforce-to-accelo"),
        )
    }
    contact = {
        each.name: each
        for each in (
            ToyField("first_name", required=("accelo",)),
            ToyField("last_name", required=both),
            ToyField("email"),
        )
    }
    company = {name: replace(each, **changes.get(name, {})) for name, each in company.items()}
    return ToyRules(ToyObject("company", company), ToyObject("contact", contact))


def sf(id="001A", kind="company", **fields):
    """A Salesforce record; what is not a field of Record goes into ``fields``."""
    return _record("salesforce", id, kind, fields)


def acc(id="45", kind="company", **fields):
    """An Accelo record."""
    return _record("accelo", id, kind, fields)


def _record(side, id, kind, fields):
    own = {
        name: fields.pop(name)
        for name in list(fields)
        if name in ("modified", "parent", "marker", "refs", "deleted", "merged_into", "skip")
    }
    names = toy_rules().of(kind).fields
    if not own.get("deleted"):
        fields = {**dict.fromkeys(names), **fields}
    if side == "accelo" and fields.get("billing"):
        own["refs"] = {**own.get("refs", {}), "address.billing": f"row-{id}"}
    return Record(side, kind, id, {name: value for name, value in fields.items() if value != "absent"}, **own)


@dataclass
class ToyWorld:
    """Both systems, and what the toolkit remembers. ``keep`` may cut what Accelo stores: field -> length."""
    salesforce: dict = field(default_factory=lambda: {"company": {}, "contact": {}})
    accelo: dict = field(default_factory=lambda: {"company": {}, "contact": {}})
    links: dict = field(default_factory=dict)
    bases: dict = field(default_factory=dict)
    rules: ToyRules = field(default_factory=toy_rules)
    keep: dict = field(default_factory=dict)
    number: int = 100
    writes: int = 0

    def put(self, *records):
        for record in records:
            getattr(self, record.side)[record.kind][record.id] = record
        return self

    def edit(self, side, kind, id, **fields):
        record = getattr(self, side)[kind][id]
        own = {
            name: fields.pop(name)
            for name in list(fields)
            if name in ("parent", "deleted", "merged_into", "marker", "modified", "refs")
        }
        refs = dict(own.pop("refs", record.refs))
        if side == "accelo" and fields.get("billing"):
            refs.setdefault("address.billing", f"row-{id}")
        self.put(replace(record, fields={**record.fields, **fields}, refs=refs, **own))

    def plan(self, **options):
        return plan_sync(self.data(**options))

    def data(self, **options):
        return PlanInput(
            **{
                "rules": self.rules,
                "links": list(self.links.values()),
                "bases": self.bases,
                "salesforce": self.salesforce,
                "accelo": self.accelo,
                **options,
            }
        )

    def sync(self, **options):
        plan = self.plan(**options)
        self.apply(plan)
        return plan

    def apply(self, plan):
        for pair, moves in plan.base_moves.items():
            self.bases.setdefault(pair, {}).update(moves)
        for action in plan.actions:
            self._do(action)

    def _do(self, action):
        link = self.links.get(action.pair)
        if action.type in (ActionType.RETIRE, ActionType.REVIVE, ActionType.REPOINT):
            change = {"state": LinkState.RETIRED if action.type is ActionType.RETIRE else LinkState.LINKED}
            if action.refs.get("unlink"):
                change["salesforce_id"] = None
            if action.type is ActionType.REPOINT:
                change["salesforce_id"] = action.salesforce_id
                self.edit("accelo", action.kind, action.accelo_id, marker=action.salesforce_id)
            self.links[action.pair] = replace(link, **change)
        elif action.type is ActionType.LINK:
            self.links[action.pair] = Link(action.pair, action.kind, action.salesforce_id, action.accelo_id)
            if action.side == "accelo":
                self.edit("accelo", action.kind, action.accelo_id, marker=action.salesforce_id)
        elif action.type is ActionType.CREATE:
            self._create(action)
        elif action.type is ActionType.MOVE:
            company = self.links[action.parent].accelo_id
            self.edit("accelo", action.kind, action.accelo_id, parent=company)
            salesforce = self.salesforce[action.kind][action.salesforce_id]
            self.bases[action.pair][COMPANY] = Base(salesforce.parent, company)
        elif action.type is ActionType.DEACTIVATE:
            self.edit("accelo", action.kind, action.accelo_id, refs={"standing": "inactive"})
        self.bases.setdefault(action.pair, {}).update(action.bases)
        if action.type is ActionType.CREATE and action.parent:
            home = self.links[action.parent]
            self.bases[action.pair][COMPANY] = Base(home.salesforce_id, home.accelo_id)
        if action.side and action.type in (ActionType.CREATE, ActionType.UPDATE, ActionType.MOVE):
            self._write(action)

    def _create(self, action):
        self.number += 1
        id = f"001{self.number}" if action.side == "salesforce" else str(self.number)
        ids = {"salesforce_id": action.salesforce_id, "accelo_id": action.accelo_id, f"{action.side}_id": id}
        parent = self.links[action.parent] if action.parent else None
        parent = parent and getattr(parent, f"{action.side}_id")
        make = sf if action.side == "salesforce" else acc
        marker = action.salesforce_id if action.side == "accelo" else action.accelo_id
        self.put(make(id, action.kind, parent=parent, marker=marker))
        self.links[action.pair] = Link(action.pair, action.kind, ids["salesforce_id"], ids["accelo_id"])
        self.bases[action.pair] = {}

    def _write(self, action):
        link, side = self.links[action.pair], action.side
        target = link.accelo_id if side == "accelo" else link.salesforce_id
        held = getattr(self, side)[action.kind][target]
        for change in action.changes:
            if change.field not in self.rules.of(action.kind).fields:
                continue
            assert held.fields.get(change.field) == change.before, "the plan must know what it overwrites"
            self.writes += 1
            value = change.after
            if side == "accelo" and isinstance(value, str) and change.field in self.keep:
                value = value[: self.keep[change.field]]
            self.edit(side, action.kind, target, **{change.field: value})
            bases = self.bases.setdefault(action.pair, {})
            each = self.rules.of(action.kind).fields[change.field]
            bases[change.field] = settle(each, change, side, value, bases.get(change.field))
