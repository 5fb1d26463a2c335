"""Profile and extension values: a typed value of a custom field on one object.

Source: Accelo API docs, _profiles and _extensions: value_int, value_date, value_id with value_type, else value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.accelo.catalogue import BY_SINGULAR, RESOURCES
from sandbox.accelo.errors import invalid
from sandbox.accelo.values import plain, read_moment

if TYPE_CHECKING:
    from sandbox.accelo.desk import Actor, Desk
    from sandbox.accelo.model import Resource

Row = dict[str, Any]
_DATES = ("date", "date_time")
_WHOLE = ("integer", "int")
_PARAMETERS = ("value", "values", "value_int", "value_date", "value_id", "value_type")


def _typed(desk: Desk, field: Row, sent: Mapping[str, Any]) -> Row:
    """The columns of a value, by the field's type; raises AcceloError."""
    kind = field["field_type"]
    given = sent.get("value")
    columns: Row = {"value_type": None, "values": None}
    if kind in _WHOLE:
        text = plain(sent.get("value_int", given))
        if text and not text.lstrip("-").isdigit():
            raise invalid("The value of 'value_int' is invalid.")
        return {**columns, "value": text or None}
    if kind in _DATES:
        text = plain(sent.get("value_date", given))
        moment = read_moment(text, desk.core.switches["accelo_timezone"]) if text else None
        if text and moment is None:
            raise invalid("The value of 'value_date' is invalid.")
        return {**columns, "value": None if moment is None else str(moment)}
    if kind == "lookup":
        id_, table = plain(sent.get("value_id")), plain(sent.get("value_type")) or field.get("lookup_type") or ""
        if id_ and not (id_.isdigit() and table):
            raise invalid("The fields 'value_id' and 'value_type' are required.")
        return {**columns, "value": id_ or None, "value_type": table or None}
    if kind == "multi_select":
        raw = sent.get("values", given)
        chosen = (
            [plain(v) for v in raw]
            if isinstance(raw, list)
            else [v.strip() for v in plain(raw).split(",") if v.strip()]
        )
        return {**columns, "value": ",".join(chosen) or None, "values": json.dumps(chosen)}
    if kind in ("decimal", "currency", "float"):
        text = plain(given)
        try:
            return {**columns, "value": str(float(text)) if text and "." not in text else text or None}
        except ValueError:
            raise invalid("The value of 'value' is invalid.") from None
    return {**columns, "value": plain(given)}


def set_value(
    desk: Desk, family: str, parent: Resource, parent_id: int, field_id: int, sent: Mapping[str, Any], actor: Actor
) -> int:
    """Set the value of a field (`family` is profile or extension) on an object; gives the id of the value."""
    fields, values = RESOURCES[f"{family}_fields"], RESOURCES[f"{family}_values"]
    field = desk.records.find(fields, field_id)
    if field is None or field["link_type"] != parent.singular or not desk.records.exists(parent.name, parent_id):
        raise invalid()
    if not set(_PARAMETERS) & set(sent):
        raise invalid("The field 'value' is required.")
    known = desk.records.ids(
        values.name, "field_id = ? AND link_id = ? AND link_type = ?", field_id, parent_id, parent.singular
    )
    row = {
        **_typed(desk, field, sent),
        "field_id": field_id,
        "field_type": field["field_type"],
        "field_name": field["field_name"],
        "link_type": parent.singular,
        "link_id": parent_id,
        "date_modified": actor.now,
        "modified_by": actor.staff_id,
    }
    if family == "extension":
        row["link_type_id"] = field["link_type_id"]
    logged = {name: plain(sent[name]) for name in _PARAMETERS if name in sent and not isinstance(sent[name], list)} | {
        "field_id": str(field_id), "link_type": parent.singular, "link_id": str(parent_id)}  # fmt: skip
    if known:
        desk.records.update(values, known[0], {name: value for name, value in row.items() if name in values.columns})
        desk.wrote(values, known[0], "update", logged, actor)
        id_ = known[0]
    else:
        id_ = desk.records.insert(values, row)
        desk.wrote(values, id_, "create", logged, actor)
    if desk.core.switches.on("accelo_parent_stamp") and "date_modified" in parent.columns:
        desk.records.update(parent, parent_id, {"date_modified": actor.now})
    return id_


def set_from_parameters(desk: Desk, parent: Resource, parent_id: int, sent: Mapping[str, Any], actor: Actor) -> None:
    """Honour `profile.{field id}` parameters of a write."""
    for name, value in sent.items():
        if name.startswith("profile.") and name.removeprefix("profile.").isdigit():
            given = dict.fromkeys(("value", "value_int", "value_date"), value)
            set_value(desk, "profile", parent, parent_id, int(name.removeprefix("profile.")), given, actor)


def parent_of(value: Row) -> tuple[Resource, int]:
    """The object that a value row belongs to."""
    return BY_SINGULAR[value["link_type"]], value["link_id"]
