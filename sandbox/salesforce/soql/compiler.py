"""From a statement's tree to one SQLite statement with parameters, and the shape of its rows.

Nothing of the statement's text ever reaches the SQL: names come from the schema, constants are parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.salesforce.schema import Schema, SObject
from sandbox.salesforce.soql import aggregates, functions, literals, tree
from sandbox.salesforce.soql.conditions import Conditions
from sandbox.salesforce.soql.errors import SoqlError
from sandbox.salesforce.soql.scope import REFERENCE_HINT, TEXT_ORDER, Scope, Statement
from sandbox.salesforce.soql.selection import Columns, Selection
from sandbox.salesforce.soql.shape import Aggregate, Cell, Children, Record, flat_cells

FURTHEST = 2000
"""Largest OFFSET (SOQL and SOSL Reference, "OFFSET")."""
FIELDS_LIMIT = 200


@dataclass(frozen=True)
class Parts:
    """The clauses of one SELECT as SQL."""

    columns: tuple[str, ...]
    source: str
    where: str = ""
    order: str = ""
    limit: str = ""

    def sql(self, columns: str | None = None) -> str:
        chosen = columns if columns is not None else ", ".join(self.columns)
        return f"SELECT {chosen} FROM {self.source}{self.where}{self.order}{self.limit}"


@dataclass(frozen=True)
class Compiled:
    """A statement ready to run; `kind` is records, aggregate or count."""

    kind: str
    sobject: SObject
    tree: tree.Query
    sql: str
    parameters: dict[str, object]
    shape: Record | Aggregate | None
    all_rows: bool = False
    keys_sql: str = ""
    """For records: only the row numbers of the answer, in its order."""
    page_sql: str = ""
    """For records: the rows whose numbers are in the JSON list `:rowids`, in that order."""

    @property
    def has_children(self) -> bool:
        return isinstance(self.shape, Record) and any(isinstance(e, Children) for e in self.shape.entries.values())

    @property
    def flat(self) -> list[Cell]:
        """The columns as Bulk's CSV names them; compound fields and child results have none."""
        if isinstance(self.shape, Aggregate):
            return list(self.shape.cells)
        return flat_cells(self.shape) if self.shape is not None else []


def compile(
    query: tree.Query,
    schema: Schema,
    now: datetime,
    all_rows: bool = False,
    person_time_zone: str = "UTC",
    user_id: str | None = None,
    unseen_since: str | None = None,
    late_rows: bool = True,
) -> Compiled:
    """One SQLite statement for the tree; raises SoqlError with the code that the org gives."""

    def period(literal: str) -> object:
        return literals.period(literal, now, person_time_zone)

    statement = Statement(
        schema, query.text, now.timestamp(), all_rows, person_time_zone, period, user_id, unseen_since, late_rows
    )
    statement.parameters["now"] = statement.now
    try:
        return _Compiler(statement).root(query)
    except RecursionError:
        raise SoqlError(
            "QUERY_TOO_COMPLICATED",
            "Query is either selecting too many fields or the filter conditions are too complicated.",
        ) from None


class _Compiler:
    def __init__(self, statement: Statement) -> None:
        self.statement = statement

    # ---- the statement

    def root(self, query: tree.Query) -> Compiled:
        statement = self.statement
        source = query.sources[0].path
        if len(source.parts) > 1:
            raise statement.error(source.at, "MALFORMED_QUERY", f"unexpected token: '{source.text}'")
        sobject = statement.object(source.parts[0], source.at)
        if query.all_rows_at is not None:
            raise statement.error(query.all_rows_at, "MALFORMED_QUERY", "ALL ROWS not allowed in this context")
        scope = Scope(statement, sobject)
        scope.name_sources(query.sources)
        if aggregates.is_count(query, statement):
            parts = self._parts(query, scope, ("1",))
            sql = f"SELECT count(*) FROM ({parts.sql()})"
            return Compiled("count", sobject, query, sql, statement.parameters, None)
        if query.grouping is not None or aggregates.has_aggregate(query):
            sql, shape = aggregates.compile(query, scope, self._where(query, scope), self._having(scope), _limit(query))
            return Compiled("aggregate", sobject, query, sql, statement.parameters, shape)
        record, columns = self._select(query, scope)
        parts = self._parts(query, scope, columns)
        again = [f"{scope.table}.IsDeleted = 0"] if sobject.soft_deletes and not statement.all_rows else []
        joins = " ".join(scope.join_sql)
        page = (
            f"SELECT {', '.join(columns)} FROM json_each(:rowids) k "
            f"CROSS JOIN {sobject.table} {scope.table} ON {scope.table}.rowid = k.value {joins}"
            f"{' WHERE ' + again[0] if again else ''} ORDER BY k.key"
        )
        keys = parts.sql(f"{scope.table}.rowid")
        return Compiled(
            "records", sobject, query, parts.sql(), statement.parameters, record, statement.all_rows, keys, page
        )

    def _parts(self, query: tree.Query, scope: Scope, columns: tuple[str, ...], extra: tuple[str, ...] = ()) -> Parts:
        """WHERE and ORDER BY first: they add joins to the scope."""
        where = self._where(query, scope, extra)
        order = self._order(query, scope)
        source = " ".join([f"{scope.sobject.table} {scope.table}", *scope.join_sql])
        return Parts(columns, source, where, order, _limit(query))

    def _select(self, query: tree.Query, scope: Scope) -> tuple[Record, tuple[str, ...]]:
        _check_fields_function(query, self.statement)
        columns = Columns()
        record = Selection(scope, columns, self._children).record(query)
        return record, tuple(columns.sql)

    # ---- clauses

    def _where(self, query: tree.Query, scope: Scope, extra: tuple[str, ...] = ()) -> str:
        conditions = [*extra, *self.statement.visible(scope.sobject, scope.table)]
        if query.scope in ("MINE", "MINE_AND_MY_GROUPS", "TEAM") and "OwnerId" in scope.sobject.fields:
            conditions.append(f"{scope.table}.OwnerId = {self.statement.bind(self.statement.user_id)}")
        if query.where is not None:
            conditions.append(f"({Conditions(scope, self._semi_join).sql(query.where)})")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def _having(self, scope: Scope) -> Conditions:
        return Conditions(scope, self._semi_join, having=True)

    def _order(self, query: tree.Query, scope: Scope) -> str:
        terms = []
        for item in query.order:
            value = functions.value(scope, item.expression)
            field = value.field
            if value.column is not None and not (value.column.field.sortable and not value.column.field.is_compound):
                raise self.statement.error(
                    value.column.at,
                    "MALFORMED_QUERY",
                    f"field '{value.column.field.name}' can not be sorted in a query call",
                )
            terms.append(ordered(value.sql, field.type in TEXT_ORDER, item))
        if terms:
            terms.append(f"{scope.table}.rowid")
        return f" ORDER BY {', '.join(terms)}" if terms else ""

    # ---- sub-selects

    def _children(self, subselect: tree.Subselect, above: Scope) -> tuple[str, Record, str, str]:
        """A child sub-select as (relationship, the child's record, its reference field, SQL of a JSON list of rows)."""
        query, statement = subselect.query, self.statement
        source = query.sources[0].path
        if query.grouping is not None or aggregates.has_aggregate(query):
            raise statement.error(query.at, "MALFORMED_QUERY", "Only root queries support aggregate expressions")
        found = above.sobject.children_by_lower.get(source.parts[-1].lower())
        if found is None or not statement.schema.has(found[1]):
            raise statement.error(
                source.at,
                "INVALID_TYPE",
                f"Didn't understand relationship '{source.parts[-1]}' in FROM part of query call. If you are "
                "attempting to use a custom relationship, be sure to append the '__r' after the custom relationship "
                f"name. {REFERENCE_HINT}",
            )
        name, child, reference = found
        scope = Scope(statement, statement.schema.object(child))
        scope.names[name.lower()] = ()
        scope.name_sources((replace(query.sources[0], path=tree.Path((child,), source.at)), *query.sources[1:]))
        record, columns = self._select(query, scope)
        parts = self._parts(query, scope, columns, (f"{scope.table}.{reference} = {above.table}.Id",))
        inner = ", ".join(f"{sql} AS c{n}" for n, sql in enumerate(columns))
        # SQLite takes at most 127 arguments of a function: the row is a list of lists.
        chunks = [range(n, min(n + 100, len(columns))) for n in range(0, len(columns), 100)]
        row = ", ".join(f"json_array({', '.join(f'c{n}' for n in chunk)})" for chunk in chunks)
        return name, record, reference, f"(SELECT json_group_array(json_array({row})) FROM ({parts.sql(inner)}))"

    def _semi_join(self, subselect: tree.Subselect, above: Scope) -> tuple[str, frozenset[str]]:
        query, statement = subselect.query, self.statement
        source, item = query.sources[0].path, query.items[0]
        sobject = statement.object(source.text, source.at)
        if sobject.name == above.sobject.name:
            raise statement.error(
                source.at, "MALFORMED_QUERY", "The inner and outer selects should not be on the same object type"
            )
        if query.order or query.limit is not None or query.offset is not None or query.grouping is not None:
            raise statement.error(
                query.at, "MALFORMED_QUERY", "Semi join sub-selects do not support ORDER BY, LIMIT, OFFSET or GROUP BY"
            )
        if len(query.items) != 1 or not isinstance(item, tree.Item) or not isinstance(item.expression, tree.Path):
            raise statement.error(query.at, "MALFORMED_QUERY", "Semi join sub-selects can only query one id field")
        if query.where is not None and _has_subselect(query.where):
            raise statement.error(query.at, "MALFORMED_QUERY", "Nesting of semi join sub-selects is not supported")
        scope = Scope(statement, sobject)
        scope.name_sources(query.sources)
        column = scope.column(item.expression)
        if column.field.type not in ("id", "reference"):
            raise statement.error(
                column.at,
                "INVALID_FIELD",
                f"semi join sub-selects can only query id fields, cannot use: '{column.field.name}'",
            )
        parts = self._parts(query, scope, (column.sql,))
        objects = {column.sobject.name} if column.field.type == "id" else set(column.field.reference_to)
        return parts.sql(), frozenset(objects)


def ordered(sql: str, text: bool, item: tree.Order) -> str:
    """A term of ORDER BY: nulls come first unless NULLS LAST is said, in both directions."""
    collate = " COLLATE NOCASE" if text else ""
    return f"{sql}{collate} {'DESC' if item.descending else 'ASC'} NULLS {'LAST' if item.nulls_last else 'FIRST'}"


def _limit(query: tree.Query) -> str:
    if query.offset is not None and query.offset > FURTHEST:
        raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {FURTHEST}")
    if query.limit is None and query.offset is None:
        return ""
    most = -1 if query.limit is None else min(query.limit, 2**62)
    return f" LIMIT {most}" + (f" OFFSET {query.offset}" if query.offset else "")


def _has_subselect(condition: tree.Condition) -> bool:
    if isinstance(condition, tree.Chain):
        return any(_has_subselect(part) for part in condition.parts)
    if isinstance(condition, tree.Not):
        return _has_subselect(condition.part)
    return isinstance(condition.right, tree.Subselect)


def _check_fields_function(query: tree.Query, statement: Statement) -> None:
    for item in query.items:
        call = item.expression if isinstance(item, tree.Item) else None
        if isinstance(call, tree.Call) and call.name == "FIELDS":
            wanted = call.arguments[0]
            unbounded = isinstance(wanted, tree.Path) and wanted.text.upper() != "STANDARD"
            if unbounded and (query.limit is None or query.limit > FIELDS_LIMIT):
                raise statement.error(
                    call.at,
                    "MALFORMED_QUERY",
                    f"The SOQL FIELDS function must have a LIMIT of at most {FIELDS_LIMIT}",
                )
