"""SOQL's functions of a field, as SQL: date functions, wrappers, distance, and the aggregates.

Datetimes are stored as UTC text; convertTimezone moves them to the person's zone first.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.salesforce.schema import NUMBER_TYPES, TEXT_TYPES, Field
from sandbox.salesforce.soql import tree
from sandbox.salesforce.soql.literals import stamp
from sandbox.salesforce.soql.scope import Column, Scope
from sandbox.salesforce.soql.words import AGGREGATES, DATE_FUNCTIONS

NUMBER = Field(name="", label="", type="int")
DOUBLE = Field(name="", label="", type="double")
DATE = Field(name="", label="", type="date")

_DAY_OF_YEAR = "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)"
_DATE_SQL = {
    "CALENDAR_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
    "CALENDAR_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "DAY_IN_YEAR": _DAY_OF_YEAR,
    "DAY_ONLY": "substr({0}, 1, 10)",
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "WEEK_IN_MONTH": "(CAST(substr({0}, 9, 2) AS INTEGER) + 6) / 7",
    "WEEK_IN_YEAR": f"({_DAY_OF_YEAR} + 6) / 7",
}
_DATE_SQL |= {f"FISCAL_{unit}": _DATE_SQL[f"CALENDAR_{unit}"] for unit in ("YEAR", "QUARTER", "MONTH")}
_EARTH = {"mi": 3958.7613, "km": 6371.0088}


@dataclass(frozen=True)
class Value:
    """An expression made ready: its SQL, the field whose type it has, and the column it came from."""

    sql: str
    field: Field
    column: Column | None
    function: str = ""
    """The outermost function, upper case; empty for a plain field."""
    aggregate: bool = False


def value(scope: Scope, expression: tree.Expression, aggregates: bool = False) -> Value:
    """Look an expression up; raises SoqlError. Aggregates are refused unless asked for."""
    if isinstance(expression, tree.Path):
        column = scope.column(expression)
        return Value(column.sql, column.field, column)
    if expression.name in AGGREGATES:
        if not aggregates:
            raise scope.statement.error(
                expression.at, "MALFORMED_QUERY", f"aggregate expression not allowed here: {expression.name}"
            )
        return _aggregate(scope, expression)
    if expression.name == "DISTANCE":
        return _distance(scope, expression)
    argument = expression.arguments[0]
    if len(expression.arguments) != 1 or isinstance(argument, tree.Literal):
        raise scope.statement.error(expression.at, "MALFORMED_QUERY", f"unexpected token: '{expression.name}'")
    inner = value(scope, argument, aggregates)
    if expression.name in DATE_FUNCTIONS:
        return _of_date(scope, expression, inner)
    if expression.name == "CONVERTTIMEZONE":
        _require(scope, expression, inner, inner.field.type == "datetime")
        sql = inner.sql if scope.statement.zone == "UTC" else f"soql_local({inner.sql}, {_zone(scope)})"
        return Value(sql, inner.field, inner.column, expression.name)
    if expression.name == "CONVERTCURRENCY":
        _require(scope, expression, inner, inner.field.type == "currency")
        return Value(inner.sql, inner.field, inner.column, expression.name, inner.aggregate)
    if expression.name == "TOLABEL":
        return Value(_label_sql(scope, inner), inner.field, inner.column, expression.name)
    return Value(inner.sql, inner.field, inner.column, expression.name, inner.aggregate)


def _zone(scope: Scope) -> str:
    # One name for all: an expression that is selected, grouped and ordered by must have the same SQL each time.
    scope.statement.parameters["zone"] = scope.statement.zone
    return ":zone"


def _require(scope: Scope, call: tree.Call, inner: Value, fits: bool) -> None:
    if not fits:
        name = inner.column.field.name if inner.column else ""
        raise scope.statement.error(
            call.at, "INVALID_FIELD", f"field {name} does not support function {call.name.lower()}"
        )


def _of_date(scope: Scope, call: tree.Call, inner: Value) -> Value:
    wanted = ("datetime",) if call.name in ("DAY_ONLY", "HOUR_IN_DAY") else ("date", "datetime")
    _require(scope, call, inner, inner.field.type in wanted)
    return Value(
        _DATE_SQL[call.name].format(inner.sql), DATE if call.name == "DAY_ONLY" else NUMBER, inner.column, call.name
    )


def _label_sql(scope: Scope, inner: Value) -> str:
    other = {v.value: v.label for v in inner.field.picklist if v.label != v.value}
    if not other:
        return inner.sql
    bind = scope.statement.bind
    whens = " ".join(f"WHEN {bind(v)} THEN {bind(label)}" for v, label in other.items())
    return f"CASE {inner.sql} {whens} ELSE {inner.sql} END"


def _aggregate(scope: Scope, call: tree.Call) -> Value:
    if not call.arguments:
        return Value("count(*)", NUMBER, None, "COUNT", True)
    argument = call.arguments[0]
    if len(call.arguments) != 1 or isinstance(argument, tree.Literal):
        raise scope.statement.error(call.at, "MALFORMED_QUERY", f"unexpected token: '{call.name}'")
    inner = value(scope, argument)
    kind, name = inner.field.type, inner.field.name
    numeric = kind in NUMBER_TYPES or kind == "int"
    ordered = numeric or kind in ("date", "datetime", "string", "picklist", "phone", "email", "url", "combobox")
    fits = {"SUM": numeric, "AVG": numeric, "MIN": ordered, "MAX": ordered}.get(call.name, kind != "address")
    if not fits or (not inner.field.aggregatable and kind not in ("id", "reference", "boolean")):
        raise scope.statement.error(
            call.at, "INVALID_FIELD", f"field {name} does not support aggregate operator {call.name}"
        )
    folded = f"{inner.sql} COLLATE NOCASE" if kind in TEXT_TYPES else inner.sql
    if call.name == "COUNT":
        return Value(f"count({inner.sql})", NUMBER, inner.column, "COUNT", True)
    if call.name == "COUNT_DISTINCT":
        return Value(f"count(DISTINCT {folded})", NUMBER, inner.column, "COUNT_DISTINCT", True)
    result = DOUBLE if call.name == "AVG" else inner.field
    if call.name == "SUM" and kind in NUMBER_TYPES:
        # Decimals in the org: a sum shows no more of them than the field has.
        return Value(f"round(sum({folded}), {inner.field.scale})", result, inner.column, "SUM", True)
    return Value(f"{call.name.lower()}({folded})", result, inner.column, call.name, True)


def _distance(scope: Scope, call: tree.Call) -> Value:
    place, point, unit = (*call.arguments, None, None, None)[:3]
    error = scope.statement.error
    if not isinstance(place, tree.Path) or not isinstance(point, tree.Call) or not isinstance(unit, tree.Literal):
        raise error(call.at, "MALFORMED_QUERY", "DISTANCE takes a location field, GEOLOCATION(x, y) and a unit")
    numbers = [a.value for a in point.arguments if isinstance(a, tree.Literal) and a.kind == "number"]
    word = str(unit.value).strip("'").lower()
    if len(numbers) != 2 or word not in _EARTH:
        raise error(call.at, "MALFORMED_QUERY", "DISTANCE takes a location field, GEOLOCATION(x, y) and 'mi' or 'km'")
    column = scope.column(place)
    if column.field.type not in ("address", "location"):
        raise error(place.at, "INVALID_FIELD", f"field {column.field.name} does not support function DISTANCE")
    stem = column.sql.removesuffix("Address")
    bind = scope.statement.bind
    sql = (
        f"soql_distance({stem}Latitude, {stem}Longitude, {bind(numbers[0])}, {bind(numbers[1])}, {bind(_EARTH[word])})"
    )
    return Value(sql, DOUBLE, None, "DISTANCE")


# ---- functions that SQLite lacks


def _great_circle(lat1: float | None, lon1: float | None, lat2: float, lon2: float, radius: float) -> float | None:
    if lat1 is None or lon1 is None:
        return None
    a, b, d = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(d / 2) ** 2
    return 2 * radius * math.asin(math.sqrt(min(1.0, h)))


def _local(text: str | None, zone: str) -> str | None:
    """The same moment as the person's wall clock shows it, in the stored form."""
    if text is None:
        return None
    return stamp(datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).replace(tzinfo=ZoneInfo("UTC")))


def _fold(text: str | None) -> str | None:
    return text.casefold() if isinstance(text, str) else text


def install(db: sqlite3.Connection) -> None:
    """Give a connection the functions, once."""
    known = db.execute("SELECT 1 FROM pragma_function_list WHERE name = 'soql_fold' LIMIT 1").fetchone()
    if known is None:
        db.create_function("soql_fold", 1, _fold, deterministic=True)
        db.create_function("soql_local", 2, _local, deterministic=True)
        db.create_function("soql_distance", 5, _great_circle, deterministic=True)
