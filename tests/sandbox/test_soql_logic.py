"""WHERE clauses drawn at random, their rows compared with a second reading of the reference written in plain Python.

Two-valued logic (a comparison with null is false, != with null is true), text without case, LIKE, lists.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.soql_world import Asker

Row = dict[str, Any]
Condition = tuple[str, Callable[[Row], bool]]
ORDERED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
WORDS = ["Acme Ltd", "ACME LTD", "acme north", "Zebra", "zeb", "Energy", "energy", "Retail", "Oslo", "ÅNGSTRÖM AB", "x"]
PATTERNS = ["a%", "%LTD", "Z_bra", "%", "_", "%e%", "å%", "100\\% %", "%\\_%", "Energy"]
FIELDS = ["Id", "Name", "Industry", "BillingCity", "AnnualRevenue", "NumberOfEmployees", "Parent.Name", "IsDeleted"]


def _same(field: str, wanted: Any) -> Callable[[Row], bool]:
    def same(row: Row) -> bool:
        held = row[field]
        if isinstance(held, str) and isinstance(wanted, str):
            return held.casefold() == wanted.casefold()
        return bool(held == wanted)

    return same


def _ordered(field: str, word: str, wanted: Any) -> Callable[[Row], bool]:
    def compare(row: Row) -> bool:
        return row[field] is not None and bool(ORDERED[word](row[field], wanted))

    return compare


def _like(field: str, pattern: str) -> Callable[[Row], bool]:
    pieces = re.findall(r"\\.|.", pattern)
    source = "".join(".*" if p == "%" else "." if p == "_" else re.escape(p[-1]) for p in pieces)
    matcher = re.compile(source, re.IGNORECASE | re.DOTALL)
    return lambda row: row[field] is not None and matcher.fullmatch(row[field]) is not None


def _not(condition: Condition) -> Condition:
    return f"(NOT {condition[0]})", lambda row: not condition[1](row)


def _chain(word: str, parts: list[Condition]) -> Condition:
    every = all if word == "AND" else any
    return f"({f' {word} '.join(text for text, _ in parts)})", lambda row: every(test(row) for _, test in parts)


def _quoted(value: Any) -> str:
    return "'{}'".format(value.replace("\\", "\\\\").replace("'", "\\'")) if isinstance(value, str) else str(value)


TEXT = st.sampled_from(["Name", "Industry", "BillingCity", "Parent.Name"])
NUMBER = st.sampled_from(["AnnualRevenue", "NumberOfEmployees"])
VALUE = st.sampled_from(WORDS)
AMOUNT = st.sampled_from([0, 1, 5, 7, 10, 250, 1000.5, 5000000])

equal = st.builds(lambda f, v: (f"{f} = {_quoted(v)}", _same(f, v)), TEXT, VALUE)
unequal = st.builds(lambda f, v: (f"{f} != {_quoted(v)}", lambda row: not _same(f, v)(row)), TEXT, VALUE)
number = st.builds(lambda f, w, v: (f"{f} {w} {v}", _ordered(f, w, v)), NUMBER, st.sampled_from(list(ORDERED)), AMOUNT)
no_number = st.builds(lambda f, v: (f"{f} <> {v}", lambda row: row[f] != v), NUMBER, AMOUNT)
null = st.builds(lambda f: (f"{f} = null", lambda row: row[f] is None), TEXT | NUMBER)
some = st.builds(lambda f: (f"{f} != null", lambda row: row[f] is not None), TEXT | NUMBER)
like = st.builds(lambda f, p: (f"{f} LIKE '{p}'", _like(f, p)), TEXT, st.sampled_from(PATTERNS))
among = st.builds(
    lambda f, values, null: (
        f"{f} IN ({', '.join([*map(_quoted, values), *(['null'] if null else [])])})",
        lambda row: any(_same(f, v)(row) for v in values) or (null and row[f] is None),
    ),
    TEXT,
    st.lists(VALUE, min_size=1, max_size=4),
    st.booleans(),
)
absent = among.map(lambda c: (c[0].replace(" IN (", " NOT IN ("), lambda row: not c[1](row)))
simple: st.SearchStrategy[Condition] = equal | unequal | number | no_number | null | some | like | among | absent
conditions: st.SearchStrategy[Condition] = st.recursive(
    simple,
    lambda inner: (
        inner.map(_not) | st.builds(_chain, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=4))
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def ask() -> Asker:
    return Asker()


@pytest.fixture(scope="module")
def rows(ask: Asker) -> list[Row]:
    found = ask(f"SELECT {', '.join(FIELDS)} FROM Account ORDER BY Id", all_rows=True)
    return [dict(zip(FIELDS, row, strict=True)) for row in found]


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(condition=conditions)
def test_a_where_clause_means_what_the_reference_says(ask: Asker, rows: list[Row], condition: Condition) -> None:
    text, test = condition
    found = ask(f"SELECT Id FROM Account WHERE {text} ORDER BY Id", all_rows=True)
    assert found == [row["Id"] for row in rows if test(row)]
