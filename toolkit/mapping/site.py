"""What a write needs to know of a customer's systems, and one write as a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from toolkit.mapping.fields import ObjectRules, Rules
from toolkit.model import Kind, Side, Value

NEW = "@new"
"""Target of a step: the record that the first step of the action created."""
NEW_AFFILIATION = "@affiliation"
"""Target of a step: the affiliation that Accelo made with the new contact (its default_affiliation)."""


@dataclass(frozen=True)
class ProfileField:
    """A custom field of an Accelo object."""

    id: str
    name: str
    field_type: str = "text"
    options: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Site:
    """What differs between customers. ``None`` means not known yet: the steps are then safe either way."""

    profile_fields: Mapping[Kind, Mapping[str, ProfileField]] = field(default_factory=dict)
    contact_post_profile: bool | None = None
    """Does POST /contacts honour profile.N."""
    contact_post_mobile: bool | None = None
    """Does POST /contacts honour mobile."""
    salesforce_external_ids: bool = True
    state_country_picklists: bool = False

    @classmethod
    def from_rows(cls, profile_fields: Mapping[Kind, Iterable[Mapping[str, Any]]], **known: Any) -> Site:
        """``profile_fields``: kind -> rows of /companies/profiles/fields and /contacts/profiles/fields."""
        return cls(
            {
                kind: {str(row["field_name"]): _profile_field(row) for row in rows}
                for kind, rows in profile_fields.items()
            },
            **known,
        )

    def options(self) -> dict[Kind, dict[str, tuple[str, ...]]]:
        """What the choice fields offer, for Rules.with_options."""
        return {
            kind: {name: each.options for name, each in fields.items() if each.options}
            for kind, fields in self.profile_fields.items()
        }

    def fit(self, rules: Rules) -> Rules:
        """The rules that can work here: without the profile fields that this deployment does not have, and knowing what
        its choice fields offer. Plan with these, else a field that cannot be written is planned again in every run."""

        def able(each: ObjectRules) -> ObjectRules:
            here = self.profile_fields.get(each.kind, {})
            return replace(
                each,
                fields={
                    name: rule
                    for name, rule in each.fields.items()
                    if rule.place[0] != "profile" or rule.place[1] in here
                },
            )

        return replace(rules, companies=able(rules.companies), contacts=able(rules.contacts)).with_options(
            self.options()
        )

    def marked(self, rules: Rules) -> frozenset[Kind]:
        """The kinds whose Accelo records have a place for the Salesforce id (Capabilities.accelo_marker)."""
        return frozenset(
            each.kind
            for each in (rules.companies, rules.contacts)
            if each.accelo_marker == "custom_id"
            or any(name in self.profile_fields.get(each.kind, {}) for name in marker_name(each))
        )

    def missing(self, rules: Rules) -> list[tuple[Kind, str]]:
        """Profile fields that the mapping names and this deployment lacks; what they would carry is not written."""
        return [
            (each.kind, name)
            for each in (rules.companies, rules.contacts)
            for name in [
                *(rule.place[1] for rule in each.fields.values() if rule.place[0] == "profile"),
                *marker_name(each),
            ]
            if name not in self.profile_fields.get(each.kind, {})
        ]


def _profile_field(row: Mapping[str, Any]) -> ProfileField:
    choice = row.get("field_type") in ("select", "multi_select")
    options = tuple(
        str(each.get("title", each.get("value")) if isinstance(each, Mapping) else each)
        for each in row.get("options") or ()
    )
    return ProfileField(
        str(row["id"]),
        str(row["field_name"]),
        str(row.get("field_type") or "text"),
        options if choice and options else None,
    )


def marker_name(rules: ObjectRules) -> list[str]:
    """The profile field that keeps the Salesforce id; [] when it is kept elsewhere or nowhere."""
    marker = rules.accelo_marker or ""
    return [marker.removeprefix("profile:")] if marker.startswith("profile:") else []


@dataclass(frozen=True)
class Step:
    """One write. ``fields``: rule name -> what the target is expected to hold after it, in the product's words.

    | op | call of the writer |
    |---|---|
    | create | create(resource, payload, want) |
    | update | update(resource, target, payload, want) |
    | address | create_under(resource, target, "addresses", payload, want) |
    | profile | set_profile(resource, target, field_id, value, value_id, field_type), all named so in payload |

    ``if_missing``: the create may have done it already; read the profile value first, and skip the step if it is there.
    ``marker``: the step carries the id of the other side.
    """

    op: Literal["create", "update", "address", "profile"]
    system: Side
    resource: str
    target: str | None
    payload: Mapping[str, Any]
    fields: Mapping[str, Value] = field(default_factory=dict)
    want: tuple[str, ...] = ()
    marker: bool = False
    if_missing: bool = False
