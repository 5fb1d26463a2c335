"""Writes to Accelo: an action may need several, for contact, affiliation, addresses and profile fields are apart.

Sources: Accelo API documentation. Companies: PUT takes name, website, phone, fax, comments; profile.N only POST.
Contacts: POST makes the affiliation and takes its phone, fax, email and position; mobile and profile.N are not
documented there, so they are sent again unless it is known that they were taken. Addresses: no DELETE. Nothing here
ever sends `overwrite` (its rule is not documented), `postal` or `physical` (they would unset another address's).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolkit.mapping.fields import FieldRule, ObjectRules
from toolkit.mapping.places import country_code, country_name, state_code
from toolkit.mapping.site import NEW, NEW_AFFILIATION, ProfileField, Site, Step, marker_name
from toolkit.mapping.transforms import kept, put_lines
from toolkit.model import Action, ActionType, Address, Value

Values = Mapping[str, Value]


def accelo_steps(action: Action, rules: ObjectRules, refs: Mapping[str, str], site: Site) -> tuple[Step, ...]:
    """The writes of an action, in the order in which they must be sent."""
    values = {change.field: change.after for change in action.changes if change.field in rules.fields}
    target = action.accelo_id
    if action.type is ActionType.CREATE:
        return _create(action, rules, values, refs, site)
    if action.type is ActionType.DEACTIVATE:  # a company's standing follows its status, which only progressions move
        return (
            (Step("update", "accelo", rules.accelo, target, {"standing": "inactive"}, want=("standing",)),)
            if action.kind == "contact"
            else ()
        )
    first: tuple[Step, ...] = ()
    if action.type in (ActionType.LINK, ActionType.REPOINT):
        first = _marker(action, rules, target, site, refs)
    if action.type is ActionType.MOVE:
        first = _move(action, rules, values, refs)
        values = {name: value for name, value in values.items() if rules.fields[name].place[0] != "affiliation"}
    return (*first, *_updates(rules, values, target, refs, site))


def _create(
    action: Action, rules: ObjectRules, values: Values, refs: Mapping[str, str], site: Site
) -> tuple[Step, ...]:
    filled = {name: value for name, value in values.items() if value}
    contact = action.kind == "contact"
    sent: dict[str, Value] = {}
    payload: dict[str, Any] = {"company_id": refs["parent"]} if contact else {}
    later: dict[str, Value] = {}
    for name, value in filled.items():
        where, column = rules.fields[name].place
        if (
            where == "address"
            or (contact and where == "profile")
            or (contact and column == "mobile" and not site.contact_post_mobile)
        ):
            later[name] = value
        elif where == "profile":
            if found := _profile(rules, name, site):
                payload[f"profile.{found.id}"], sent[name] = _wire(value), kept(value)
        else:
            payload[column], sent[name] = _wire(value), kept(value)
    in_post = not contact or site.contact_post_profile is not False
    marker, id = _marker_field(rules, site), action.salesforce_id or ""
    if marker and in_post:
        payload[f"profile.{marker.id}"] = id
    if rules.accelo_marker == "custom_id":
        payload["custom_id"] = id
    marked = bool(marker and in_post) or rules.accelo_marker == "custom_id"
    # what the answer shows moves the bases at once; a contact's affiliation is another record, read back after the run
    own = sorted(column for name in sent for where, column in [rules.fields[name].place] if where == "column")
    own += ["custom_id"] * ("custom_id" in payload)
    want = ("default_affiliation", *own) if contact else tuple(own)
    steps = [Step("create", "accelo", rules.accelo, None, payload, sent, want, marker=marked)]
    if contact and marker and site.contact_post_profile is not True:
        again = _set_profile(rules.accelo, NEW, marker, id, None)
        steps.append(Step(**{**vars(again), "marker": True, "if_missing": site.contact_post_profile is None}))
    return (*steps, *_updates(rules, later, NEW, {"affiliation": NEW_AFFILIATION}, site))


def _updates(
    rules: ObjectRules, values: Values, target: str | None, refs: Mapping[str, str], site: Site
) -> tuple[Step, ...]:
    """One PUT for the record's own columns, one for its affiliation, one for each profile field and address."""
    found: list[Step] = []
    for where, resource, id in (
        ("column", rules.accelo, target),
        ("affiliation", "affiliations", refs.get("affiliation")),
    ):
        group = {name: value for name, value in values.items() if rules.fields[name].place[0] == where}
        if group:
            payload = {rules.fields[name].place[1]: _wire(value) for name, value in group.items()}
            expected = {name: kept(value) for name, value in group.items()}
            found.append(Step("update", "accelo", resource, id, payload, expected, tuple(sorted(payload))))
    for name, value in values.items():
        where, title = rules.fields[name].place
        if where == "profile" and (profile := _profile(rules, name, site)):
            step = _set_profile(rules.accelo, target, profile, _wire(value), refs.get(f"profile.{name}"))
            found.append(Step(**{**vars(step), "fields": {name: kept(value)}}))
        if where == "address":
            found.append(_address(rules, rules.fields[name], title, value, target, refs.get(f"address.{name}")))
    return tuple(found)


def _address(
    rules: ObjectRules, rule: FieldRule, title: str, value: Value, target: str | None, row: str | None
) -> Step:
    address = value if isinstance(value, Address) else Address()
    street1, street2 = put_lines(address.street)
    country = country_code(address.country)
    state = state_code(address.state, country)
    payload = {
        "title": title,
        "street1": street1,
        "street2": street2,
        "city": address.city,
        "zipcode": address.postal_code,
        "state": state if state.casefold() == address.state.strip().casefold() else address.state,
        "country": country_name(country) or address.country,
    }
    want = ("title", "street1", "street2", "city", "zipcode", "state(_ALL)", "country(_ALL)")
    expected = {rule.name: kept(value)}
    if row:
        return Step("update", "accelo", "addresses", row, payload, expected, want)
    return Step("address", "accelo", rules.accelo, target, payload, expected, want)


def _move(action: Action, rules: ObjectRules, values: Values, refs: Mapping[str, str]) -> tuple[Step, ...]:
    """The new place first, then the old one made inactive: a contact is never without an affiliation.

    Where Accelo has the contact in that company already, and active, what stands there was typed there: it is not
    written over but compared in the next run. One that is inactive is a place that the contact left, and is told anew.
    """
    if left := refs.get("leaves"):  # the rest of a move that was cut off
        return (Step("update", "accelo", "affiliations", left, {"standing": "inactive"}, want=("standing",)),)
    told = {
        name: value
        for name, value in {**action.expected, **values}.items()
        if name in rules.fields and rules.fields[name].place[0] == "affiliation"
    }
    payload: dict[str, Any] = {rules.fields[name].place[1]: _wire(value) for name, value in told.items()}
    expected = {name: kept(value) for name, value in told.items()}
    parent, want = refs["parent"], ("company", "contact", "standing", *sorted(payload))
    if active := refs.get(f"active@{parent}"):
        new = Step(
            "update", "accelo", "affiliations", active, {"standing": "active"}, {}, ("company", "contact", "standing")
        )
    elif there := refs.get(f"affiliation@{parent}"):
        new = Step("update", "accelo", "affiliations", there, {**payload, "standing": "active"}, expected, want)
    else:
        payload |= {"company_id": parent, "contact_id": action.accelo_id}
        new = Step("create", "accelo", "affiliations", None, payload, expected, want)
    if not (old := refs.get("affiliation")):
        return (new,)
    return (new, Step("update", "accelo", "affiliations", old, {"standing": "inactive"}, want=("standing",)))


def _marker(
    action: Action, rules: ObjectRules, target: str | None, site: Site, refs: Mapping[str, str]
) -> tuple[Step, ...]:
    id = action.salesforce_id or ""
    if rules.accelo_marker == "custom_id":
        return (Step("update", "accelo", rules.accelo, target, {"custom_id": id}, want=("custom_id",), marker=True),)
    if not (found := _marker_field(rules, site)):
        return ()
    return (Step(**{**vars(_set_profile(rules.accelo, target, found, id, refs.get("marker"))), "marker": True}),)


def _set_profile(resource: str, target: str | None, profile: ProfileField, value: str, value_id: str | None) -> Step:
    payload = {"field_id": profile.id, "value": value, "value_id": value_id, "field_type": profile.field_type}
    return Step("profile", "accelo", resource, target, payload)


def _profile(rules: ObjectRules, name: str, site: Site) -> ProfileField | None:
    return site.profile_fields.get(rules.kind, {}).get(rules.fields[name].place[1])


def _marker_field(rules: ObjectRules, site: Site) -> ProfileField | None:
    return next(
        (found for name in marker_name(rules) if (found := site.profile_fields.get(rules.kind, {}).get(name))), None
    )


def _wire(value: Value) -> str:
    """Text as it was typed; blank is an empty parameter, which clears the field (Accelo API, 5)."""
    return value if isinstance(value, str) and value.strip() else ""
