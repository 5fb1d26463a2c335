"""Writes to Salesforce: one POST or PATCH of one row with only the fields that change; null blanks a field.

Source: Salesforce REST API, sObject rows; with State and Country picklists the codes are written and the names follow.
"""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.mapping.fields import PARTS, FieldRule, ObjectRules
from toolkit.mapping.places import country_code, state_code
from toolkit.mapping.site import Site, Step
from toolkit.mapping.transforms import kept
from toolkit.model import Action, ActionType, Address, Value


def salesforce_steps(action: Action, rules: ObjectRules, refs: Mapping[str, str], site: Site) -> tuple[Step, ...]:
    """The one write of a create, an update or a link. Nothing is ever deleted or merged here."""
    payload: dict[str, str | None] = {}
    for change in action.changes:
        payload |= put(rules.fields[change.field], change.after, site)
    marked = rules.salesforce_marker if site.salesforce_external_ids else None
    carries = action.type in (ActionType.CREATE, ActionType.LINK) and marked and action.accelo_id
    if carries and marked:
        payload[marked] = action.accelo_id
    fields = {change.field: kept(change.after) for change in action.changes}
    if action.type is ActionType.CREATE:
        filled = {column: value for column, value in payload.items() if value is not None}
        parent = {"AccountId": refs["parent"]} if action.kind == "contact" else {}
        return (
            Step("create", "salesforce", rules.salesforce, None, {**filled, **parent}, fields, marker=bool(carries)),
        )
    if not payload:
        return ()
    return (
        Step("update", "salesforce", rules.salesforce, action.salesforce_id, payload, fields, marker=bool(carries)),
    )


def put(rule: FieldRule, value: Value, site: Site) -> dict[str, str | None]:
    """A value as columns; all five of an address, for its parts move as one."""
    if not rule.row:
        return {rule.salesforce: value if isinstance(value, str) and value.strip() else None}
    address = value if isinstance(value, Address) else Address()
    prefix = rule.salesforce.rstrip("*")
    columns: dict[str, str | None] = {prefix + column: getattr(address, part) or None for part, column in PARTS.items()}
    if site.state_country_picklists:
        country = country_code(address.country)
        state = state_code(address.state, country)
        if country or not address.country:
            del columns[prefix + "Country"]
            columns[prefix + "CountryCode"] = country or None
            if state or not address.state:
                del columns[prefix + "State"]
                columns[prefix + "StateCode"] = state or None
    return columns
