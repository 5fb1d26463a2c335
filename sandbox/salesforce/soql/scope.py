"""Names looked up: from the paths of one SELECT to columns of joined tables, any case in, API names out.

A parent relationship is a LEFT JOIN; an owner that may be of several objects (User, Group) is one join for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from sandbox.salesforce.schema import TEXT_TYPES, Field, Schema, SObject, UnknownField, UnknownObject
from sandbox.salesforce.soql import tree
from sandbox.salesforce.soql.errors import SoqlError, error_at

DEEPEST = 5
"""Relationships up in one path (SOQL and SOSL Reference, "Understanding Relationship Query Limitations")."""

REFERENCE_HINT = "Please reference your WSDL or the describe call for the appropriate names."
NAME_FIELDS = frozenset(
    {"id", "name", "type", "firstname", "lastname", "alias", "email", "phone", "title", "username", "isactive"}
    | {"profileid", "userroleid"}
)
"""What may be read through a relationship to several objects: the fields of the object `Name`."""


TEXT_ORDER = TEXT_TYPES
"""Types that sort and group without case."""


@dataclass
class Statement:
    """What all SELECTs of one statement share: the schema, the clock and the parameters."""

    schema: Schema
    text: str
    now: float
    """Unix seconds, for rows that are not visible yet."""
    all_rows: bool
    zone: str
    period: object
    """date literal -> (first day, day after the last)"""
    user_id: str | None = None
    unseen_since: str | None = None
    """A stamp: rows changed after it are not seen (a reader that runs beside a long transaction)."""
    late_rows: bool = True
    """May there be rows that are not visible yet; without them the check costs nothing."""
    parameters: dict[str, object] = field(default_factory=dict)
    tables: count[int] = field(default_factory=count)
    semi_joins: int = 0

    def bind(self, value: object) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def error(self, at: int, code: str, message: str) -> SoqlError:
        return error_at(self.text, at, code, message)

    def object(self, name: str, at: int) -> SObject:
        try:
            return self.schema.object(name)
        except UnknownObject:
            raise self.error(
                at,
                "INVALID_TYPE",
                f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to "
                f"append the '__c' after the entity name. {REFERENCE_HINT}",
            ) from None

    def visible(self, sobject: SObject, table: str) -> list[str]:
        """The conditions that hide deleted, late and unseen rows of a table."""
        conditions = [f"{table}.IsDeleted = 0"] if sobject.soft_deletes and not self.all_rows else []
        if self.late_rows:
            conditions.append(f"{table}._visible_at <= :now")
        if self.unseen_since is not None and "SystemModstamp" in sobject.fields:
            conditions.append(f"{table}.SystemModstamp < {self.bind(self.unseen_since)}")
        return conditions


@dataclass(frozen=True)
class Join:
    """A parent: for each object it may be, the object and its table's alias."""

    targets: tuple[tuple[SObject, str], ...]
    name: str
    """The relationship's API name."""
    several: bool = False
    """May it point to more than one object (of which this org may hold but one)."""

    def first(self, column: str) -> str:
        """A column of whichever parent is there."""
        parts = [f"{alias}.{column}" for _, alias in self.targets]
        return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"

    def type_sql(self) -> str:
        whens = " ".join(f"WHEN {alias}.Id IS NOT NULL THEN '{o.name}'" for o, alias in self.targets)
        return f"CASE {whens} END"


TYPE_FIELD = Field(name="Type", label="Type", type="string", length=80, createable=False, updateable=False)


@dataclass(frozen=True)
class Column:
    """A field of this SELECT or of a parent."""

    sql: str
    field: Field
    parents: tuple[str, ...]
    """Relationship API names on the way up."""
    sobject: SObject
    at: int
    join: Join | None = None

    @property
    def name(self) -> str:
        return ".".join((*self.parents, self.field.name))


class Scope:
    """One FROM clause: its object, its aliases and the joins that its paths asked for."""

    def __init__(self, statement: Statement, sobject: SObject) -> None:
        self.statement = statement
        self.sobject = sobject
        self.table = f"t{next(statement.tables)}"
        self.names: dict[str, tuple[str, ...]] = {sobject.name.lower(): ()}
        self.joins: dict[tuple[str, ...], Join] = {}
        self.join_sql: list[str] = []

    def name_sources(self, sources: tuple[tree.Source, ...]) -> None:
        """Take in the aliases: `FROM Contact c, c.Account a`."""
        for number, source in enumerate(sources):
            prefix: tuple[str, ...] = ()
            if number:
                prefix = self._unprefixed(source.path.parts)
                self.parent(prefix, source.path.at)
            if source.alias:
                self.names[source.alias.lower()] = prefix

    def _unprefixed(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        first = parts[0].lower()
        if len(parts) == 1 or first not in self.names:
            return parts
        if first == self.sobject.name.lower() and first in self.sobject.relationships:
            return parts
        return (*self.names[first], *parts[1:])

    def parent(self, path: tuple[str, ...], at: int) -> Join:
        """The join of a relationship path; raises INVALID_FIELD."""
        key = tuple(p.lower() for p in path)
        if key in self.joins:
            return self.joins[key]
        if len(path) > DEEPEST:
            raise self.statement.error(
                at, "INVALID_FIELD", f"Relationship path '{'.'.join(path)}' is longer than {DEEPEST} relationships"
            )
        above = self.parent(path[:-1], at) if len(path) > 1 else None
        owners = above.targets if above else ((self.sobject, self.table),)
        for sobject, table in owners:
            reference = sobject.relationships.get(path[-1].lower())
            targets = [t for t in (reference.reference_to if reference else ()) if self.statement.schema.has(t)]
            if reference is not None and targets:
                self.joins[key] = self._join(reference, table, targets)
                return self.joins[key]
        raise self.statement.error(
            at,
            "INVALID_FIELD",
            f"Didn't understand relationship '{path[-1]}' in field path. If you are attempting to use a custom "
            f"relationship, be sure to append the '__r' after the custom relationship name. {REFERENCE_HINT}",
        )

    def _join(self, reference: Field, table: str, targets: list[str]) -> Join:
        made = []
        for target in targets:
            sobject = self.statement.schema.object(target)
            alias = f"t{next(self.statement.tables)}"
            self.join_sql.append(f"LEFT JOIN {sobject.table} {alias} ON {alias}.Id = {table}.{reference.name}")
            made.append((sobject, alias))
        return Join(tuple(made), reference.relationship_name or reference.name, len(reference.reference_to) > 1)

    def parent_names(self, path: tuple[str, ...], at: int) -> tuple[str, ...]:
        """The API names of a relationship path."""
        return tuple(self.parent(path[: n + 1], at).name for n in range(len(path)))

    def column(self, path: tree.Path) -> Column:
        """The column that a path names; raises INVALID_FIELD."""
        parts = self._unprefixed(path.parts)
        if len(parts) == 1:
            found = self._field(self.sobject, parts[0], path.at)
            return Column(f"{self.table}.{found.name}", found, (), self.sobject, path.at)
        join = self.parent(parts[:-1], path.at)
        names = self.parent_names(parts[:-1], path.at)
        if join.several:
            return self._name_column(join, names, parts[-1], path.at)
        sobject, alias = join.targets[0]
        found = self._field(sobject, parts[-1], path.at)
        return Column(f"{alias}.{found.name}", found, names, sobject, path.at, join)

    def _name_column(self, join: Join, names: tuple[str, ...], name: str, at: int) -> Column:
        sobject = join.targets[0][0]
        if name.lower() == "type":
            return Column(join.type_sql(), TYPE_FIELD, names, sobject, at, join)
        having = [(o, alias) for o, alias in join.targets if name.lower() in o.by_lower]
        if name.lower() not in NAME_FIELDS or not having:
            raise self._no_column(name, "Name", at)
        found = having[0][0].field(name)
        return Column(Join(tuple(having), "").first(found.name), found, names, sobject, at, join)

    def _field(self, sobject: SObject, name: str, at: int) -> Field:
        try:
            return sobject.field(name)
        except UnknownField:
            raise self._no_column(name, sobject.name, at) from None

    def _no_column(self, name: str, entity: str, at: int) -> SoqlError:
        return self.statement.error(
            at,
            "INVALID_FIELD",
            f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to "
            f"append the '__c' after the custom field name. {REFERENCE_HINT}",
        )
