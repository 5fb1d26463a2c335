"""The SELECT list of a query without aggregates: which columns to fetch and how a row becomes a record.

Fields, parents' fields, FIELDS(), wrappers with an alias, TYPEOF and child sub-selects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql import functions, tree
from sandbox.salesforce.soql.scope import Column, Join, Scope
from sandbox.salesforce.soql.shape import Address, Branches, Cell, Children, Entry, Record
from sandbox.salesforce.soql.words import DATE_FUNCTIONS, WRAPPERS

ChildCompiler = Callable[[tree.Subselect, Scope], tuple[str, Record, str, str]]


@dataclass
class Columns:
    """The columns fetched, each once."""

    sql: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def add(self, sql: str) -> int:
        if sql not in self.places:
            self.places[sql] = len(self.sql)
            self.sql.append(sql)
        return self.places[sql]


@dataclass
class Selection:
    """Walks one SELECT list."""

    scope: Scope
    columns: Columns
    children: ChildCompiler
    numbered: int = 0
    """expr0, expr1 ... given so far."""

    def record(self, query: tree.Query) -> Record:
        root = Record(self.scope.sobject.name, self.columns.add(f"{self.scope.table}.Id"))
        for item in query.items:
            if isinstance(item, tree.Subselect):
                name, child, reference, sql = self.children(item, self.scope)
                self._put(root, Children(name, self.columns.add(sql), child, item.query, reference), item.at)
            elif isinstance(item, tree.TypeOf):
                self._type_of(root, item)
            elif isinstance(item.expression, tree.Path):
                self._path(root, item.expression, item.alias)
            elif item.expression.name == "FIELDS":
                self._fields(root, item.expression)
            else:
                self._call(root, item.expression, item.alias)
        return root

    def _put(self, record: Record, entry: Entry, at: int) -> None:
        if entry.name.lower() in record.entries:
            raise self.scope.statement.error(at, "INVALID_FIELD", f"duplicate field selected: {entry.name}")
        record.entries[entry.name.lower()] = entry

    def _path(self, root: Record, path: tree.Path, alias: str | None) -> None:
        if alias is not None:
            raise self.scope.statement.error(
                path.at, "MALFORMED_QUERY", "only aggregate expressions use field aliasing"
            )
        column = self.scope.column(path)
        self._put(self._parent(root, path, column), self._entry(column.sql, column.field, column.sobject), path.at)

    def _parent(self, root: Record, path: tree.Path, column: Column) -> Record:
        """The record that holds a path's last name, made on the way where it is new."""
        record = root
        walked: tuple[str, ...] = ()
        for name in column.parents:
            walked = (*walked, name)
            join = self.scope.parent(walked, path.at)
            known = record.entries.get(name.lower())
            if not isinstance(known, Record):
                known = self._parent_record(join, name)
                self._put(record, known, path.at)
            record = known
        return record

    def _parent_record(self, join: Join, name: str) -> Record:
        type_index = self.columns.add(join.type_sql()) if join.several else None
        shown = "Name" if join.several else None
        return Record(join.targets[0][0].name, self.columns.add(join.first("Id")), type_index, shown, {}, name)

    def _entry(self, sql: str, found: Field, sobject: SObject) -> Entry:
        if not found.is_compound:
            return Cell(found.name, self.columns.add(sql), found.type)
        stem = found.name.removesuffix("Address")
        table = sql.rpartition(".")[0]
        parts = sorted(sobject.parts(found.name), key=lambda f: f.name)
        return Address(
            found.name,
            tuple((_lower_first(p.name.removeprefix(stem)), self.columns.add(f"{table}.{p.name}")) for p in parts),
        )

    def _fields(self, root: Record, call: tree.Call) -> None:
        wanted = call.arguments[0].text.upper() if isinstance(call.arguments[0], tree.Path) else ""
        for found in _field_set(self.scope.sobject.fields.values(), wanted):
            if found.name.lower() not in root.entries:
                entry = self._entry(f"{self.scope.table}.{found.name}", found, self.scope.sobject)
                root.entries[found.name.lower()] = entry

    def _call(self, root: Record, call: tree.Call, alias: str | None) -> None:
        if call.name in DATE_FUNCTIONS:
            inner = functions.value(self.scope, call)
            name = inner.column.field.name if inner.column else call.name
            raise self.scope.statement.error(call.at, "MALFORMED_QUERY", f"Field must be grouped or aggregated: {name}")
        value = functions.value(self.scope, call)
        kind = f"FORMAT {value.field.type}" if value.function == "FORMAT" else value.field.type
        place = self.columns.add(value.sql)
        if alias is not None:
            self._put(root, Cell(alias, place, kind), call.at)
        elif call.name in WRAPPERS and value.column is not None:
            inner_path = _innermost(call)
            self._put(self._parent(root, inner_path, value.column), Cell(value.field.name, place, kind), call.at)
        else:
            self._put(root, Cell(f"expr{self.numbered}", place, kind), call.at)
            self.numbered += 1

    def _type_of(self, root: Record, item: tree.TypeOf) -> None:
        parts = item.relationship.parts
        join = self.scope.parent(parts, item.relationship.at)
        by_name = {sobject.name.lower(): (sobject, alias) for sobject, alias in join.targets}
        type_index = self.columns.add(join.type_sql())
        id_index = self.columns.add(join.first("Id"))
        records = {}
        for named, paths in item.whens:
            sobject = self.scope.statement.object(named.text, named.at)
            record = Record(sobject.name, id_index, type_index)
            if sobject.name.lower() in by_name:
                branch = Scope(self.scope.statement, sobject)
                branch.join_sql = self.scope.join_sql
                branch.table = by_name[sobject.name.lower()][1]
                for path in paths:
                    column = branch.column(path)
                    self._put(record, self._entry(column.sql, column.field, sobject), path.at)
            records[sobject.name] = record
        otherwise = Record(join.targets[0][0].name, id_index, type_index)
        for path in item.otherwise:
            column = self.scope.column(tree.Path((*parts, *path.parts), path.at))
            self._put(otherwise, Cell(column.field.name, self.columns.add(column.sql), column.field.type), path.at)
        self._put(root, Branches(join.name, type_index, records, otherwise), item.at)


def _field_set(fields: Iterable[Field], wanted: str) -> list[Field]:
    return [f for f in fields if wanted == "ALL" or f.custom == (wanted == "CUSTOM")]


def _innermost(call: tree.Call) -> tree.Path:
    inner: tree.Expression | tree.Literal = call
    while isinstance(inner, tree.Call):
        inner = inner.arguments[0]
    assert isinstance(inner, tree.Path)
    return inner


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
