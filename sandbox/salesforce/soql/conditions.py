"""WHERE and HAVING as SQL, with SOQL's own logic: a comparison with null is true or false, never unknown.

`Industry != 'Energy'` takes in the rows without an industry; text compares without case, ids exactly.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sandbox.salesforce import ids
from sandbox.salesforce.schema import NUMBER_TYPES
from sandbox.salesforce.soql import functions, literals, tree
from sandbox.salesforce.soql.functions import Value
from sandbox.salesforce.soql.scope import Scope

_TYPE_NAMES = {"datetime": "dateTime", "boolean": "boolean", "date": "date", "int": "int"}
_FILTER = "INVALID_QUERY_FILTER_OPERATOR"
_SEMI_JOINS = 2
LONG_LIST = 50
"""A longer list is one parameter: SQLite looks through all names for each new one."""

T = TypeVar("T")

Selector = Callable[[tree.Subselect, Scope], tuple[str, frozenset[str]]]
"""From a semi-join's sub-select to its SQL and the objects that its one id column may point to."""


@dataclass(frozen=True)
class Conditions:
    """The compiler of one SELECT's conditions."""

    scope: Scope
    semi_join: Selector
    having: bool = False

    def sql(self, condition: tree.Condition, top: bool = True) -> str:
        """`top`: still in a place where a semi-join may stand (not under OR or NOT)."""
        if isinstance(condition, tree.Not):
            return f"NOT ifnull({self.sql(condition.part, False)}, 0)"
        if isinstance(condition, tree.Chain):
            top = top and condition.word == "AND"
            return balanced([self.sql(part, top) for part in condition.parts], condition.word)
        if isinstance(condition.right, tree.Subselect):
            return self._semi(condition, condition.right, top)
        return self._comparison(condition, condition.right)

    # ---- the left side

    def _left(self, condition: tree.Comparison) -> Value:
        left = functions.value(self.scope, condition.left, aggregates=self.having)
        column = left.column
        if column is not None and not left.aggregate and (not column.field.filterable or column.field.is_compound):
            raise self.scope.statement.error(
                column.at, "INVALID_FIELD", f"field '{column.field.name}' can not be filtered in a query call"
            )
        return left

    def _comparison(self, condition: tree.Comparison, right: tuple[tree.Literal, ...]) -> str:
        left = self._left(condition)
        operator = condition.operator
        if operator in ("INCLUDES", "EXCLUDES"):
            return self._sets(condition, left, right)
        if operator in ("IN", "NOT IN"):
            return self._among(left, right, operator == "NOT IN", condition)
        if operator == "LIKE":
            return self._like(left, right[0], condition)
        return self._one(left, operator, right[0], condition)

    # ---- one constant

    def _one(self, left: Value, operator: str, literal: tree.Literal, condition: tree.Comparison) -> str:
        held = self._bound(left, literal, condition)
        if held is None:
            if operator in ("=", "!="):
                return f"{left.sql} IS {'NOT ' if operator == '!=' else ''}NULL"
            return "0"
        if isinstance(held, tuple):
            return self._in_period(left.sql, operator, *held)
        if left.field.type == "boolean" and operator not in ("=", "!="):
            raise self._refused(condition, _FILTER, f"invalid operator on {left.field.type} field")
        sql, parameter = self._folded(left, held)
        if operator == "!=":
            return f"{sql} IS NOT {parameter}"
        return f"{sql} {operator} {parameter}"

    def _in_period(self, sql: str, operator: str, start: str, end: str) -> str:
        bind = self.scope.statement.bind
        if operator in ("<", ">="):
            return f"{sql} {operator} {bind(start)}"
        if operator in ("<=", ">"):
            return f"{sql} {'<' if operator == '<=' else '>='} {bind(end)}"
        inside = f"({sql} >= {bind(start)} AND {sql} < {bind(end)})"
        return inside if operator == "=" else f"NOT ifnull({inside}, 0)"

    def _like(self, left: Value, literal: tree.Literal, condition: tree.Comparison) -> str:
        if left.field.type in ("id", "reference"):
            raise self._refused(condition, _FILTER, "invalid operator on id field")
        if not _is_text(left.field.type) or left.field.type == "multipicklist":
            raise self._refused(condition, _FILTER, f"invalid operator on {left.field.type} field")
        if literal.kind == "null":
            return "0"
        if literal.kind != "text":
            raise self._wrong_type(left, condition)
        pattern = self._read(literals.like_pattern, str(literal.value), literal)
        if "\0" in pattern:
            return "0"  # SQLite would end the pattern there
        if pattern.isascii():
            return f"{left.sql} LIKE {self.scope.statement.bind(pattern)} ESCAPE '\\'"
        return f"soql_fold({left.sql}) LIKE {self.scope.statement.bind(pattern.casefold())} ESCAPE '\\'"

    # ---- lists

    def _among(self, left: Value, right: tuple[tree.Literal, ...], negated: bool, condition: tree.Comparison) -> str:
        held = [self._bound(left, literal, condition) for literal in right]
        periods = [h for h in held if isinstance(h, tuple)]
        plain = [h for h in held if h is not None and not isinstance(h, tuple)]
        found = [self._in_period(left.sql, "=", *p) for p in periods]
        if plain:
            fold = any(isinstance(h, str) and not h.isascii() for h in plain) and not self._exact(left)
            sql, _ = self._folded(left, "é" if fold else plain[0], bind=False)
            bind = self.scope.statement.bind
            values = [h.casefold() if fold and isinstance(h, str) else h for h in plain]
            if len(values) > LONG_LIST:
                found.append(f"{sql} IN (SELECT value FROM json_each({bind(json.dumps(values))}))")
            else:
                found.append(f"{sql} IN ({', '.join(map(bind, values))})")
        if None in held:
            found.append(f"{left.sql} IS NULL")
        inside = balanced(found, "OR")
        return f"NOT ifnull({inside}, 0)" if negated else inside

    def _sets(self, condition: tree.Comparison, left: Value, right: tuple[tree.Literal, ...]) -> str:
        """INCLUDES ('a;b', 'c'): both a and b, or c."""
        if left.field.type != "multipicklist":
            raise self._refused(
                condition, _FILTER, f"{condition.operator.lower()} operator is only valid on multipicklist fields"
            )
        either = []
        for literal in right:
            if literal.kind != "text":
                raise self._wrong_type(left, condition)
            values = self._read(literals.unescape, str(literal.value), literal).split(";")
            bind = self.scope.statement.bind
            field = f"soql_fold(';' || {left.sql} || ';')"
            either.append(balanced([f"instr({field}, {bind(f';{v.strip()};'.casefold())}) > 0" for v in values], "AND"))
        inside = f"ifnull({balanced(either, 'OR')}, 0)"
        return f"NOT {inside}" if condition.operator == "EXCLUDES" else inside

    def _semi(self, condition: tree.Comparison, right: tree.Subselect, top: bool) -> str:
        statement = self.scope.statement
        left = self._left(condition)
        if left.field.type not in ("id", "reference") or left.column is None:
            name = left.column.field.name if left.column else ""
            raise self._refused(
                condition,
                "INVALID_FIELD",
                f"The left operand field in the where expression for outer query should be an id field, "
                f"cannot use: '{name}'",
            )
        if not top:
            raise self._refused(
                condition,
                "MALFORMED_QUERY",
                "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE "
                "expressions.",
            )
        statement.semi_joins += 1
        if statement.semi_joins > _SEMI_JOINS:
            raise self._refused(
                condition, "MALFORMED_QUERY", f"Maximum {_SEMI_JOINS} semi join sub-selects are allowed"
            )
        sql, objects = self.semi_join(right, self.scope)
        mine = {left.column.sobject.name} if left.field.type == "id" else set(left.field.reference_to)
        if not mine & objects:
            raise self._refused(
                condition,
                "MALFORMED_QUERY",
                f"The selected field in the subquery and the left operand field in the where expression in the outer "
                f"query '{left.field.name}' should point to the same object type",
            )
        if condition.operator == "IN":
            return f"{left.sql} IN ({sql})"
        return f"NOT ifnull({left.sql} IN ({sql}), 0)"

    # ---- constants as parameters

    def _bound(self, left: Value, literal: tree.Literal, condition: tree.Comparison) -> object:
        """A constant as the column holds it: None for null, a pair for a period; raises INVALID_FIELD."""
        kind, wanted = literal.kind, left.field.type
        if kind == "null":
            return None
        if kind == "text" and (_is_text(wanted) or wanted in ("id", "reference")):
            text = self._read(literals.unescape, str(literal.value), literal)
            if not text:
                return None
            return self._id(text, condition) if wanted in ("id", "reference") else text
        if kind == "boolean" and wanted == "boolean":
            return int(bool(literal.value))
        if kind in ("number", "currency") and (wanted in NUMBER_TYPES or wanted == "int"):
            return literal.value
        if kind == "period" and wanted in ("date", "datetime"):
            return self._period(str(literal.value), wanted, literal)
        if kind == "date" and wanted == "date":
            return self._read(literals.as_date, str(literal.value), literal)
        if kind == "datetime" and wanted == "datetime":
            return self._read(literals.as_datetime, str(literal.value), literal)
        raise self._wrong_type(left, condition)

    def _id(self, text: str, condition: tree.Comparison) -> str:
        found = ids.to18(text)
        if found is None:
            raise self._refused(condition, _FILTER, f"invalid ID field: {text}")
        return found

    def _period(self, text: str, wanted: str, literal: tree.Literal) -> tuple[str, str]:
        days: Callable[[str], tuple[date, date]] = self.scope.statement.period  # type: ignore[assignment]  # set by compile
        start, end = self._read(days, text, literal)
        if wanted == "date":
            return start.isoformat(), end.isoformat()
        zone = self.scope.statement.zone
        return literals.midnight(start, zone), literals.midnight(end, zone)

    def _folded(self, left: Value, held: object, bind: bool = True) -> tuple[str, str]:
        """Both sides of a text comparison without case; everything else as it is."""
        parameter = self.scope.statement.bind
        if left.field.case_sensitive and isinstance(held, str):
            return f"{left.sql} COLLATE BINARY", parameter(held) if bind else ""
        if self._exact(left) or not isinstance(held, str) or not _is_text(left.field.type):
            return left.sql, parameter(held) if bind else ""
        if held.isascii():
            return f"{left.sql} COLLATE NOCASE", parameter(held) if bind else ""
        return f"soql_fold({left.sql})", parameter(held.casefold()) if bind else ""

    def _exact(self, left: Value) -> bool:
        return left.field.type in ("id", "reference") or left.field.case_sensitive

    def _read(self, reader: Callable[[str], T], text: str, literal: tree.Literal) -> T:
        try:
            return reader(text)
        except literals.BadLiteral as bad:
            raise self.scope.statement.error(literal.at, "MALFORMED_QUERY", str(bad)) from None

    def _wrong_type(self, left: Value, condition: tree.Comparison) -> Exception:
        kind = left.field.type
        text = _is_text(kind) or kind in ("id", "reference")
        name = left.column.field.name if left.column else left.function
        wanted = "string and should be" if text else f"{_TYPE_NAMES.get(kind, 'double')} and should not be"
        return self._refused(
            condition,
            "INVALID_FIELD",
            f"value of filter criterion for field '{name}' must be of type {wanted} enclosed in quotes",
        )

    def _refused(self, condition: tree.Comparison, code: str, message: str) -> Exception:
        return self.scope.statement.error(condition.at, code, message)


def _is_text(kind: str) -> bool:
    return kind not in ("id", "reference", "boolean", "int", "date", "datetime", "address", "location") and (
        kind not in NUMBER_TYPES
    )


def balanced(parts: list[str], word: str) -> str:
    """A long chain as a shallow tree: SQLite bounds the depth of an expression."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({balanced(parts[:middle], word)} {word} {balanced(parts[middle:], word)})"
