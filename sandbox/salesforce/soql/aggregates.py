"""SELECTs with COUNT, SUM, GROUP BY and their kin: one row a group, named expr0, expr1 or by alias.

ROLLUP and CUBE become a union of plain groupings, one for each set of fields that stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from sandbox.salesforce.soql import functions, tree
from sandbox.salesforce.soql.conditions import Conditions
from sandbox.salesforce.soql.functions import Value
from sandbox.salesforce.soql.scope import TEXT_ORDER, Scope, Statement
from sandbox.salesforce.soql.shape import Aggregate, Cell
from sandbox.salesforce.soql.words import AGGREGATES


def _is_aggregate(expression: tree.Expression | tree.Literal) -> bool:
    if not isinstance(expression, tree.Call):
        return False
    return expression.name in AGGREGATES or any(_is_aggregate(a) for a in expression.arguments)


def has_aggregate(query: tree.Query) -> bool:
    return any(isinstance(i, tree.Item) and _is_aggregate(i.expression) for i in query.items)


def is_count(query: tree.Query, statement: Statement) -> bool:
    """Is it `SELECT COUNT() FROM ...`, whose answer is totalSize alone? COUNT() beside anything else is refused."""
    bare = [
        i
        for i in query.items
        if isinstance(i, tree.Item)
        and isinstance(i.expression, tree.Call)
        and i.expression.name == "COUNT"
        and not i.expression.arguments
    ]
    if not bare:
        return False
    if len(query.items) > 1 or bare[0].alias or query.grouping is not None or query.order:
        raise statement.error(
            bare[0].expression.at,
            "MALFORMED_QUERY",
            "COUNT() must be the only element in the SELECT list, without an alias, GROUP BY or ORDER BY",
        )
    return True


def compile(query: tree.Query, scope: Scope, where: str, having: Conditions, limit: str) -> tuple[str, Aggregate]:
    """The SQL and the shape of an aggregate query; raises SoqlError."""
    grouped = _grouped(query, scope)
    cells: list[Cell] = []
    columns: list[tuple[str, str | None]] = []
    numbered = 0
    for item in query.items:
        if not isinstance(item, tree.Item):
            raise scope.statement.error(
                item.at, "MALFORMED_QUERY", "Sub-selects and TYPEOF are not allowed in aggregate queries"
            )
        expression = item.expression
        if isinstance(expression, tree.Call) and expression.name == "FIELDS":
            raise scope.statement.error(
                expression.at, "MALFORMED_QUERY", "The SOQL FIELDS function is not supported in aggregate queries"
            )
        value = _selected(scope, expression, grouped)
        plain = isinstance(expression, tree.Path) or value.function in ("TOLABEL", "FORMAT", "CONVERTCURRENCY")
        name = item.alias or (value.column.field.name if plain and value.column and not value.aggregate else "")
        if not name:
            name, numbered = f"expr{numbered}", numbered + 1
        if any(c.name.lower() == name.lower() for c in cells):
            raise scope.statement.error(expression.at, "MALFORMED_QUERY", f"duplicate alias: {name}")
        kind = f"FORMAT {value.field.type}" if value.function == "FORMAT" else value.field.type
        cells.append(Cell(name, len(columns), kind))
        columns.append((value.sql, None if value.aggregate else value.sql))
    condition = having.sql(query.grouping.having) if query.grouping and query.grouping.having else ""
    if condition:
        _check_having(query, scope, grouped)
    order = _order(query, scope, grouped)
    if query.grouping is None and query.limit is not None:
        raise scope.statement.error(
            _place(query.items[0]),
            "MALFORMED_QUERY",
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
        )
    source = " ".join([f"{scope.sobject.table} {scope.table}", *scope.join_sql])
    tail = f" HAVING {condition}" if condition else ""
    form = query.grouping.form if query.grouping else ""
    if not form:
        group = f" GROUP BY {', '.join(map(_collated, grouped))}" if grouped else ""
        chosen = ", ".join(_ungrouping(sql, ()) for sql, _ in columns)
        terms = [f"{sql} {way}" for sql, way in order if not sql.startswith("\0")]
        by = f" ORDER BY {', '.join(terms)}" if terms else ""
        return f"SELECT {chosen} FROM {source}{where}{group}{tail}{by}{limit}", Aggregate(tuple(cells))
    selects = []
    for left in _left_sets([g.sql for g in grouped], form):
        stay = ", ".join(_collated(g) for g in grouped if g.sql not in left)
        # What the union is ordered by stands behind the columns that are shown.
        behind = [f"{_left_out(sql, left)} AS by{n}" for n, (sql, _) in enumerate(order)]
        chosen = ", ".join([*(_left_out(sql, left) for sql, _ in columns), *behind])
        selects.append(f"SELECT {chosen} FROM {source}{where}{' GROUP BY ' + stay if stay else ''}{tail}")
    by = f" ORDER BY {', '.join(f'by{n} {way}' for n, (_, way) in enumerate(order))}" if order else ""
    return f"SELECT * FROM ({' UNION ALL '.join(selects)}){by}{limit}", Aggregate(tuple(cells))


def _place(item: tree.Item | tree.Subselect | tree.TypeOf) -> int:
    return item.expression.at if isinstance(item, tree.Item) else item.at


def _grouped(query: tree.Query, scope: Scope) -> list[Value]:
    found = []
    for expression in query.grouping.expressions if query.grouping else ():
        value = functions.value(scope, expression)
        field = value.column.field if value.column else value.field
        if isinstance(expression, tree.Path) and (not field.groupable or field.is_compound):
            raise scope.statement.error(
                expression.at, "MALFORMED_QUERY", f"field '{field.name}' can not be grouped in a query call"
            )
        found.append(value)
    return found


def _selected(scope: Scope, expression: tree.Expression, grouped: Sequence[Value]) -> Value:
    if isinstance(expression, tree.Call) and expression.name == "GROUPING":
        argument = expression.arguments[0]
        if isinstance(argument, tree.Literal):
            raise scope.statement.error(argument.at, "MALFORMED_QUERY", "GROUPING takes a grouped field")
        inner = functions.value(scope, argument)
        return Value(f"\0{inner.sql}", functions.NUMBER, None, "GROUPING", True)
    value = functions.value(scope, expression, aggregates=True)
    if not value.aggregate and not _covered(value, grouped):
        name = value.column.name if value.column else value.function
        raise scope.statement.error(expression.at, "MALFORMED_QUERY", f"Field must be grouped or aggregated: {name}")
    return value


def _covered(value: Value, grouped: Sequence[Value]) -> bool:
    return any(value.sql == g.sql or (value.column and g.column and value.column.sql == g.sql) for g in grouped)


def _check_having(query: tree.Query, scope: Scope, grouped: Sequence[Value]) -> None:
    def walk(condition: tree.Condition) -> None:
        if isinstance(condition, tree.Chain):
            for part in condition.parts:
                walk(part)
        elif isinstance(condition, tree.Not):
            walk(condition.part)
        else:
            _selected(scope, condition.left, grouped)

    if query.grouping and query.grouping.having:
        walk(query.grouping.having)


def _order(query: tree.Query, scope: Scope, grouped: Sequence[Value]) -> list[tuple[str, str]]:
    """What the rows are ordered by, and which way."""
    terms = []
    for item in query.order:
        grouping = isinstance(item.expression, tree.Call) and item.expression.name == "GROUPING"
        value = (
            _selected(scope, item.expression, grouped)
            if grouping
            else functions.value(scope, item.expression, aggregates=True)
        )
        if not value.aggregate and not _covered(value, grouped):
            name = value.column.name if value.column else value.function
            raise scope.statement.error(
                item.expression.at, "MALFORMED_QUERY", f"Ordered field must be grouped or aggregated: {name}"
            )
        collate = " COLLATE NOCASE" if value.field.type in TEXT_ORDER else ""
        nulls = "LAST" if item.nulls_last else "FIRST"
        terms.append((value.sql, f"{collate} {'DESC' if item.descending else 'ASC'} NULLS {nulls}".lstrip()))
    return terms


def _collated(value: Value) -> str:
    return f"{value.sql} COLLATE NOCASE" if value.field.type in TEXT_ORDER else value.sql


def _ungrouping(sql: str, left: Sequence[str]) -> str:
    """GROUPING(x) of a select: 1 where x was left out of the grouping."""
    return str(int(sql[1:] in left)) if sql.startswith("\0") else sql


def _left_out(sql: str, left: Sequence[str]) -> str:
    return "NULL" if sql in left else _ungrouping(sql, left)


def _left_sets(fields: list[str], form: str) -> list[tuple[str, ...]]:
    """Which fields each of the unioned groupings leaves out."""
    if form == "ROLLUP":
        return [tuple(fields[n:]) for n in range(len(fields), -1, -1)]
    return [left for size in range(len(fields) + 1) for left in combinations(fields, size)]
