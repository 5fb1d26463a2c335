"""The objects and fields of the org, as frozen values.

It knows shapes only: no rows, no HTTP. `schema_files` reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

TEXT_TYPES = frozenset({"string", "textarea", "phone", "email", "url", "picklist", "multipicklist", "combobox"})
NUMBER_TYPES = frozenset({"double", "currency", "percent"})


class UnknownObject(LookupError):
    """No object of that name in this org."""


class UnknownField(LookupError):
    """The object has no field of that name."""


@dataclass(frozen=True)
class PicklistValue:
    value: str
    label: str
    default: bool = False
    active: bool = True
    valid_for: tuple[str, ...] = ()
    """For a dependent picklist: the controlling values under which this one is offered."""


@dataclass(frozen=True)
class Field:
    """One field as describe tells it; lengths in characters, precision and scale in digits."""

    name: str
    label: str
    type: str
    length: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False
    id_lookup: bool = False
    restricted: bool = False
    picklist: tuple[PicklistValue, ...] = ()
    controller: str | None = None
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    cascade_delete: bool = False
    compound: str | None = None
    """Name of the compound field that this one is a part of (BillingCity -> BillingAddress, LastName -> Name)."""
    filterable: bool = True
    sortable: bool = True
    aggregatable: bool = True
    groupable: bool = True
    default: Any = None
    defaulted: bool = False
    """The org fills it when a create leaves it out."""
    calculated: bool = False
    auto_number: bool = False
    name_field: bool = False
    custom: bool = False
    precision: int = 0
    scale: int = 0
    when: tuple[str, ...] = ()
    """Switches that must be on for the field to exist."""

    @property
    def is_compound(self) -> bool:
        """An address: read as an object, held in its parts, without a column of its own."""
        return self.type in ("address", "location")

    @cached_property
    def values(self) -> frozenset[str]:
        return frozenset(v.value for v in self.picklist if v.active)

    @property
    def affinity(self) -> str:
        """Column type in SQLite."""
        if self.type in NUMBER_TYPES:
            return "REAL"
        return "INTEGER" if self.type in ("int", "boolean") else "TEXT"


@dataclass(frozen=True)
class SObject:
    name: str
    label: str
    label_plural: str
    key_prefix: str | None
    fields: Mapping[str, Field]
    """By API name, in describe's order."""
    children: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """relationship name -> (child object, its reference field)."""
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    undeletable: bool = True
    mergeable: bool = False
    replicateable: bool = True
    searchable: bool = True
    custom: bool = False

    @cached_property
    def by_lower(self) -> dict[str, Field]:
        return {name.lower(): f for name, f in self.fields.items()}

    @cached_property
    def relationships(self) -> dict[str, Field]:
        """Lower-case relationship name -> the reference field behind it (parents)."""
        return {f.relationship_name.lower(): f for f in self.fields.values() if f.relationship_name}

    @cached_property
    def children_by_lower(self) -> dict[str, tuple[str, str, str]]:
        """Lower-case relationship name -> (its API name, child object, its reference field)."""
        return {name.lower(): (name, child, ref) for name, (child, ref) in self.children.items()}

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        """The fields that have a column (all but compounds)."""
        return tuple(f for f in self.fields.values() if not f.is_compound)

    @cached_property
    def uniques(self) -> tuple[Field, ...]:
        return tuple(f for f in self.columns if f.unique)

    @cached_property
    def needed(self) -> tuple[Field, ...]:
        """The fields that a row must have a value for when it is saved."""
        return tuple(
            f
            for f in self.columns
            if not f.nillable and f.type != "boolean" and not f.auto_number and f.name not in ("Id", "SystemModstamp")
        )

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What a create stores where nothing is given."""
        found: dict[str, Any] = {f.name: f.default for f in self.columns if f.default is not None}
        found.update({f.name: int(bool(f.default)) for f in self.columns if f.type == "boolean"})
        return found

    @property
    def table(self) -> str:
        return f"sf_{self.name}"

    @property
    def soft_deletes(self) -> bool:
        return "IsDeleted" in self.fields

    def field(self, name: str) -> Field:
        """Any case; raises UnknownField."""
        try:
            return self.by_lower[name.lower()]
        except KeyError:
            raise UnknownField(name) from None

    def parts(self, compound: str) -> tuple[Field, ...]:
        """The parts of a compound field, in describe's order."""
        return tuple(f for f in self.fields.values() if f.compound == compound)


def _among(names: Collection[str], o: SObject, field_name: str) -> bool:
    """Is a field named, as `Field` or `Object.Field` in lower case."""
    return field_name.lower() in names or f"{o.name}.{field_name}".lower() in names


@dataclass(frozen=True)
class Schema:
    objects: Mapping[str, SObject]

    @cached_property
    def by_lower(self) -> dict[str, SObject]:
        return {name.lower(): o for name, o in self.objects.items()}

    def object(self, name: str) -> SObject:
        """Any case; raises UnknownObject."""
        try:
            return self.by_lower[name.lower()]
        except KeyError:
            raise UnknownObject(name) from None

    def has(self, name: str) -> bool:
        return name.lower() in self.by_lower

    def under(self, is_on: Callable[[str], bool]) -> Schema:
        """The schema as the switches leave it: fields whose switch is off do not exist."""

        def kept(o: SObject) -> SObject:
            return replace(o, fields={n: f for n, f in o.fields.items() if all(is_on(s) for s in f.when)})

        return Schema({name: kept(o) for name, o in self.objects.items()})

    def without(self, names: Iterable[str]) -> Schema:
        """The schema less some fields, given as `Object.Field` or `Field` (of every object)."""
        gone = {n.lower() for n in names}

        def kept(o: SObject) -> SObject:
            left = {n: f for n, f in o.fields.items() if not _among(gone, o, n)}
            return o if len(left) == len(o.fields) else replace(o, fields=left)

        return Schema({name: kept(o) for name, o in self.objects.items()})

    def read_only(self, names: Iterable[str]) -> Schema:
        """The schema with some fields, given as for `without`, that nobody may write."""
        closed = {n.lower() for n in names}

        def held(o: SObject) -> SObject:
            fields = {
                n: replace(f, createable=False, updateable=False) if _among(closed, o, n) else f
                for n, f in o.fields.items()
            }
            return replace(o, fields=fields) if fields != o.fields else o

        return Schema({name: held(o) for name, o in self.objects.items()})

    def with_field(self, object_name: str, new: Field) -> Schema:
        o = self.object(object_name)
        return Schema({**self.objects, o.name: replace(o, fields={**o.fields, new.name: new})})

    def with_picklist(self, object_name: str, field_name: str, values: Iterable[PicklistValue]) -> Schema:
        o = self.object(object_name)
        return self.with_field(o.name, replace(o.field(field_name), picklist=tuple(values)))

    def prefixes(self) -> dict[str, str]:
        """Key prefix -> object name."""
        return {o.key_prefix: name for name, o in self.objects.items() if o.key_prefix}
