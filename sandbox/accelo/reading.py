"""Rows of a resource as the wire shows them: the fields asked for, every scalar a text, linked objects filled in.

It reads only. Keys come in no useful order, as from the real deployment, but in the same one for the same seed.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.accelo.catalogue import BY_SINGULAR, RESOURCES
from sandbox.accelo.errors import invalid
from sandbox.accelo.fields import Selection
from sandbox.accelo.filter_sql import Query
from sandbox.accelo.model import Field, Resource
from sandbox.core import Core

Row = dict[str, Any]
_CHUNK = 900
_SECRET = ("password", "secret")
_TITLES = {
    "companies": "name",
    "contacts": "firstname || ' ' || surname",
    "staff": "firstname || ' ' || surname",
    "activities": "subject",
    "affiliations": "(SELECT firstname || ' ' || surname FROM ac_contacts WHERE id = contact)",
    "addresses": "street1",
}
_PARENTS = {
    "affiliations": "SELECT 'company', company FROM ac_affiliations WHERE id = ?",
    "contacts": "SELECT 'company', company FROM ac_affiliations"
    " WHERE id = (SELECT default_affiliation FROM ac_contacts WHERE id = ?)",
    "prospects": "SELECT 'company', company FROM ac_affiliations"
    " WHERE id = (SELECT affiliation FROM ac_prospects WHERE id = ?)",
}


def _shown(field: Field) -> Callable[[Any], Any]:
    empty, kind = field.empty, field.kind
    if kind == "money":
        return lambda value: empty if value is None else f"{value:.2f}"
    if kind == "fraction":
        return lambda value: empty if value is None else f"{value:.4f}"
    if kind == "flag":
        return lambda value: "1" if value else "0"
    if kind == "bare":
        return lambda value: int(value or 0)
    if kind == "json":
        return lambda value: None if value is None else json.loads(value)
    return lambda value: empty if value is None else str(value)


@dataclass(frozen=True)
class _Plan:
    """A selection made ready: what to select, how to show it, which links to fill."""

    columns: tuple[str, ...]
    keys: tuple[str, ...]
    show: tuple[Callable[[Any], Any], ...]
    links: tuple[tuple[str, Resource, Selection], ...]
    breadcrumbs: bool
    show_id: bool


class Reader:
    """Reads objects for answers."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._plans: dict[tuple[str, str, bool, str], _Plan] = {}

    @property
    def db(self) -> sqlite3.Connection:
        return self.core.store.db

    def _plan(self, resource: Resource, selection: Selection, hide_defaults: bool) -> _Plan:
        contact = self.core.switches["accelo_contact_link"]
        key = (resource.name, selection.key(), hide_defaults, contact)
        strict = self.core.switches["accelo_unknown_fields"] == "reject"
        if not strict and key in self._plans:
            return self._plans[key]
        wanted: dict[str, Selection | None] = {}
        for field in resource.fields:
            if (field.default and not hide_defaults) or (selection.all and field.in_all):
                wanted[field.name] = None
        for name, inner in selection.names.items():
            known = resource.by_name.get(name)
            if known is not None and not known.hidden:
                wanted[name] = inner if known.link else None
            elif strict and name != "breadcrumbs":
                raise invalid(f"The field '{name}' does not exist.")
        names = list(wanted)
        random.Random(f"{self.core.seed}:{resource.name}:{selection.key()}").shuffle(names)
        columns, show, links = ["t.id"], [], []
        for name in names:
            field, inner = resource.by_name[name], wanted[name]
            if field.kind == "echo" and (inner is not None or contact == "contact"):
                columns.append(f"({resource.expr[name]})")
            else:
                columns.append(resource.sql(name))
            if inner is None:
                show.append(_shown(field))
            else:
                links.append((name, RESOURCES[field.link], inner))
                show.append(lambda value: value)
        plan = _Plan(
            tuple(columns), tuple(names), tuple(show), tuple(links), "breadcrumbs" in selection.names, "id" in wanted
        )
        self._plans[key] = plan
        return plan

    def objects(
        self, resource: Resource, selection: Selection, query: Query, page: str = "", hide_defaults: bool = False
    ) -> list[Row]:
        """The rows of a query, shown; `page` is the LIMIT text."""
        return [row for _, row in self._objects(resource, selection, query, page, hide_defaults)]

    def _objects(
        self, resource: Resource, selection: Selection, query: Query, page: str, hide_defaults: bool
    ) -> list[tuple[int, Row]]:
        plan = self._plan(resource, selection, hide_defaults)
        # Ties follow the id, in the direction of the order before it: an index can give that.
        tie = "t.id DESC" if query.order and query.order[-1].endswith(" DESC") else "t.id"
        order = ", ".join([*query.order, tie])
        sql = (
            f"SELECT {', '.join(plan.columns)} FROM {resource.table} t WHERE {query.condition} ORDER BY {order} {page}"
        )
        found = self.db.execute(sql, query.values).fetchall()
        keys, show = plan.keys, plan.show
        rows = [
            (row[0], {key: shown(value) for key, shown, value in zip(keys, show, row[1:], strict=True)})
            for row in found
        ]
        for name, linked, inner in plan.links:
            objects = self.by_ids(linked, {row[name] for _, row in rows if row[name]}, inner)
            for _, row in rows:
                row[name] = objects.get(row[name])
        if plan.breadcrumbs:
            for id_, row in rows:
                row["breadcrumbs"] = self.breadcrumbs(resource, id_)
        return rows

    def by_ids(self, resource: Resource, ids: Iterable[int], selection: Selection) -> dict[int, Row]:
        """Objects by id; an id without a record is left out."""
        wanted = sorted({int(id_) for id_ in ids})
        found: dict[int, Row] = {}
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            query = Query()
            query.add(f"t.id IN ({','.join('?' * len(part))})", *part)
            found.update(self._objects(resource, selection, query, "", False))
        return found

    def one(self, resource: Resource, id_: int, selection: Selection, hide_defaults: bool = False) -> Row:
        """One object; raises AcceloError (invalid_request) when it does not exist."""
        query = Query()
        query.add("t.id = ?", id_)
        found = self.objects(resource, selection, query, "", hide_defaults)
        if not found:
            raise invalid()
        return found[0]

    def count(self, resource: Resource, query: Query) -> int:
        """How many rows a query has."""
        sql = f"SELECT COUNT(*) FROM {resource.table} t WHERE {query.condition}"
        return int(self.db.execute(sql, query.values).fetchone()[0])

    def breadcrumbs(self, resource: Resource, id_: int) -> list[Row]:
        """The parents of an object, the nearest first."""
        crumbs: list[Row] = []
        while len(crumbs) < 10:
            sql = _PARENTS.get(resource.name)
            if sql is None and "against_id" in resource.columns:
                sql = f"SELECT against_type, against_id FROM {resource.table} WHERE id = ?"
            found = self.db.execute(sql, (id_,)).fetchone() if sql else None
            parent = BY_SINGULAR.get(found[0] or "") if found else None
            if parent is None or found is None:
                break
            resource, id_ = parent, found[1]
            title = self.db.execute(
                f"SELECT {_TITLES.get(resource.name, 'title')} FROM {resource.table} WHERE id = ?", (id_,)
            ).fetchone()
            if title is None:
                break
            crumbs.append({"id": str(id_), "table": resource.singular, "title": title[0]})
        return crumbs

    def all(self, resource: Resource) -> list[Row]:
        """Every row with every field, hidden ones too, as GET /world shows them; no secrets."""
        fields = [f for f in resource.fields if f.name not in _SECRET and (f.in_all or not f.column)]
        columns = ", ".join(resource.sql(f.name) for f in fields)
        shown = [_shown(f) for f in fields]
        names = [f.name for f in fields]
        rows = self.db.execute(f"SELECT {columns} FROM {resource.table} t ORDER BY t.id")
        return [{name: show(value) for name, show, value in zip(names, shown, row, strict=True)} for row in rows]
