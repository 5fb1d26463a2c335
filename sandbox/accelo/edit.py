"""What a person does in the product's own screens: the same rules as the API's writes, but with a person's reach.

No request is logged; stamps move and webhooks fire. Merging follows the product's help pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.custom import set_from_parameters, set_value
from sandbox.accelo.desk import Actor, Desk
from sandbox.accelo.errors import AcceloError, EditError
from sandbox.accelo.model import Resource
from sandbox.accelo.values import plain

_DIGITS = 18
"""Longest id that is read as one."""
_MERGED = {
    "companies": (
        ("affiliations", "company", ""),
        ("addresses", "against_id", "against_type = 'company'"),
        ("issues", "against_id", "against_type = 'company'"),
        ("tasks", "against_id", "against_type = 'company'"),
        ("activities", "against_id", "against_type = 'company'"),
        ("company_managers", "company", ""),
        ("companies", "parent_id", ""),
    ),
    "contacts": (("affiliations", "contact", ""), ("addresses", "against_id", "against_type = 'contact'")),
}
"""Where a loser's id stands: table, column, and what else must hold."""


class Editor:
    """Carries out POST /edit for the Accelo side."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.records = desk.records

    def edit(self, obj: str, op: str, id_: str | None, fields: Mapping[str, Any], actor: Actor) -> str:
        """One edit; gives the record's id; raises EditError."""
        resource = RESOURCES.get(obj)
        if resource is None:
            raise EditError(f"Accelo has no object {obj!r}; there are: {', '.join(sorted(RESOURCES))}")
        if op not in ("create", "update", "delete", "merge"):
            raise EditError(f"a person in Accelo cannot {op} a record; there are create, update, delete and merge")
        try:
            with self.desk.core.store.transaction():
                return str(self._done(resource, op, id_, fields, actor))
        except AcceloError as error:
            raise EditError(error.message) from None

    def _done(self, resource: Resource, op: str, id_: str | None, fields: Mapping[str, Any], actor: Actor) -> int:
        if resource.name in ("profile_values", "extension_values") and op in ("create", "update"):
            return self._set_value(resource, id_, fields, actor)
        if op == "create":
            return self.desk.create(resource, fields, actor)
        number = self._known(resource, id_)
        if op == "update":
            self.desk.update(resource, number, fields, actor)
            set_from_parameters(self.desk, resource, number, fields, actor)
        elif op == "delete":
            self.desk.delete(resource, number, actor)
        else:
            self._merge(resource, number, self._known(resource, plain(fields.get("MasterRecordId"))), actor)
        return number

    def _known(self, resource: Resource, id_: str | None) -> int:
        number = int(id_) if id_ and id_.isascii() and id_.isdigit() and len(id_) <= _DIGITS else 0
        if not self.records.exists(resource.name, number):
            raise EditError(f"{resource.name} has no record {id_!r}")
        return number

    def _set_value(self, resource: Resource, id_: str | None, fields: Mapping[str, Any], actor: Actor) -> int:
        """A custom field's value; a new one names its field and its record."""
        row: Mapping[str, Any] = fields
        if id_:
            row = self.records.find(resource, self._known(resource, id_)) or {}
        parent = next((r for r in RESOURCES.values() if r.singular and r.singular == row.get("link_type")), None)
        if parent is None or not plain(row.get("link_id")).isdigit() or not plain(row.get("field_id")).isdigit():
            raise EditError("a custom field's value needs field_id, link_type (company, contact, …) and link_id")
        family = resource.name.removesuffix("_values")
        return set_value(
            self.desk, family, parent, int(plain(row["link_id"])), int(plain(row["field_id"])), fields, actor
        )

    def _merge(self, resource: Resource, loser: int, winner: int, actor: Actor) -> None:
        """The loser disappears, what hung on it hangs on the winner; the winner's own custom values stay."""
        if resource.name not in _MERGED or loser == winner:
            raise EditError("only two companies, or two contacts, can be merged")
        for table, column, condition in _MERGED[resource.name]:
            extra = f" AND {condition}" if condition else ""
            self.records.db.execute(f"UPDATE ac_{table} SET {column} = ? WHERE {column} = ?{extra}", (winner, loser))
        self.records.db.execute(
            "UPDATE ac_profile_values SET link_id = ?1 WHERE link_type = ?3 AND link_id = ?2"
            " AND field_id NOT IN (SELECT field_id FROM ac_profile_values WHERE link_type = ?3 AND link_id = ?1)",
            (winner, loser, resource.singular),
        )
        lost = self.records.find(resource, loser) or {}
        kept = self.records.find(resource, winner) or {}
        moved = {
            name: lost[name]
            for name in ("default_affiliation", "postal_address")
            if lost.get(name) and not kept.get(name)
        }
        self.desk.remove(resource, loser, actor)
        self.desk.change(resource, winner, moved or {"date_modified": actor.now}, {}, actor)
