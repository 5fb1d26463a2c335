"""From the text of a statement to its tree, with Salesforce's codes for what is not SOQL.

The grammar is in grammar.lark; here are only the tree's making and the errors' wording.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path as File
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput

from sandbox.salesforce.soql import tree
from sandbox.salesforce.soql.errors import SoqlError, error_at
from sandbox.salesforce.soql.words import FIELD_SETS, FUNCTIONS, NOT_ALIASES, SCOPES

LONGEST = 100_000
"""Characters of a statement (SOQL and SOSL Reference, "SOQL limits")."""
DIGITS = 18
"""Longest whole number that is read as one."""


class _Refused(Exception):
    def __init__(self, at: int, message: str) -> None:
        self.at = at
        self.message = message


def _refuse(token: Token, message: str | None = None) -> NoReturn:
    raise _Refused(token.start_pos or 0, message or f"unexpected token: '{token}'")


def _whole(token: Token) -> int:
    return int(token) if len(token) <= DIGITS else 10**DIGITS


def _alias(token: Token | None) -> str | None:
    if token is not None and ("." in token or token.upper() in NOT_ALIASES):
        _refuse(token)
    return None if token is None else str(token)


def _without(children: list[Any], *types: str) -> list[Any]:
    """The children less the tokens that only mark the syntax."""
    return [c for c in children if c is not None and not (isinstance(c, Token) and c.type in types)]


class _ToTree(Transformer[Token, Any]):
    """Called by the parser as it reduces; each method is one rule of the grammar."""

    def start(self, children: list[Any]) -> tree.Query:
        return children[0]

    # ---- SELECT list

    def path(self, children: list[Token]) -> tree.Path:
        token = children[0]
        return tree.Path(tuple(token.split(".")), token.start_pos or 0)

    def call(self, children: list[Any]) -> tree.Call:
        name, arguments = children[0], tuple(children[1] or ())
        upper = name.upper()
        if upper not in FUNCTIONS:
            _refuse(name, f"Invalid aggregate function: {name}")
        if upper == "FIELDS":
            wanted = arguments[0].text.upper() if len(arguments) == 1 and isinstance(arguments[0], tree.Path) else ""
            if wanted not in FIELD_SETS:
                _refuse(name, "The SOQL FIELDS function takes ALL, STANDARD or CUSTOM")
        elif not arguments and upper != "COUNT":
            _refuse(name)
        return tree.Call(upper, arguments, name.start_pos or 0)

    def arguments(self, children: list[Any]) -> list[Any]:
        return children

    def item(self, children: list[Any]) -> tree.Item:
        return tree.Item(children[0], _alias(children[1]))

    def subselect(self, children: list[Any]) -> tree.Subselect:
        return tree.Subselect(children[0], children[0].at)

    def select_list(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)

    def paths(self, children: list[Token]) -> tuple[tree.Path, ...]:
        return tuple(self.path([c]) for c in children)

    def when(self, children: list[Any]) -> tuple[tree.Path, tuple[tree.Path, ...]]:
        _, name, _, paths = children
        return self.path([name]), paths

    def typeof(self, children: list[Any]) -> tree.TypeOf:
        word, relationship, *rest = children
        whens = tuple(c for c in rest if isinstance(c, tuple) and len(c) == 2 and isinstance(c[1], tuple))
        otherwise: tuple[tree.Path, ...] = ()
        for before, after in pairwise(rest):
            if isinstance(before, Token) and before.type == "ELSE":
                whens = tuple(w for w in whens if w is not after)
                otherwise = after
        return tree.TypeOf(self.path([relationship]), whens, otherwise, word.start_pos)

    # ---- FROM, USING SCOPE, WITH

    def source(self, children: list[Any]) -> tree.Source:
        name, *rest = _without(children, "AS")
        return tree.Source(self.path([name]), _alias(rest[0] if rest else None))

    def from_list(self, children: list[tree.Source]) -> tuple[str, Any]:
        return "sources", tuple(children)

    def scope(self, children: list[Token]) -> tuple[str, Any]:
        if children[2].upper() not in SCOPES:
            _refuse(children[2])
        return "scope", children[2].upper()

    def with_mode(self, children: list[Token]) -> tuple[str, Any]:
        return "with_mode", children[1].upper()

    def with_category(self, children: list[Any]) -> tuple[str, Any]:
        return "with_mode", "DATA CATEGORY"

    # ---- conditions

    def where(self, children: list[Any]) -> tuple[str, Any]:
        return "where", children[1]

    def and_chain(self, children: list[Any]) -> tree.Chain:
        return tree.Chain("AND", tuple(_without(children, "AND")))

    def or_chain(self, children: list[Any]) -> tree.Chain:
        return tree.Chain("OR", tuple(_without(children, "OR")))

    def negation(self, children: list[Any]) -> tree.Not:
        return tree.Not(children[1])

    def group(self, children: list[Any]) -> Any:
        return children[0]

    def comparison(self, children: list[Any]) -> tree.Comparison:
        left, operator, right = children
        return tree.Comparison(left, "!=" if operator == "<>" else str(operator), (right,), left.at)

    def like(self, children: list[Any]) -> tree.Comparison:
        return tree.Comparison(children[0], "LIKE", (children[2],), children[0].at)

    def among(self, children: list[Any]) -> tree.Comparison:
        left, negated, _, *values = children
        return tree.Comparison(left, "NOT IN" if negated else "IN", tuple(values), left.at)

    def semi_join(self, children: list[Any]) -> tree.Comparison:
        left, negated, word, query = children
        return tree.Comparison(left, "NOT IN" if negated else "IN", tree.Subselect(query, word.start_pos), left.at)

    def sets(self, children: list[Any]) -> tree.Comparison:
        left, operator, *values = children
        return tree.Comparison(left, operator.upper(), tuple(values), left.at)

    # ---- constants

    def text(self, children: list[Token]) -> tree.Literal:
        return tree.Literal("text", str(children[0]), children[0].start_pos or 0)

    def number(self, children: list[Token]) -> tree.Literal:
        token = children[0]
        # A number beyond 64 bits is compared as a double, as every number of the org is.
        value = float(token) if "." in token or len(token) > DIGITS else int(token)
        return tree.Literal("number", value, token.start_pos or 0)

    def currency(self, children: list[Token]) -> tree.Literal:
        return tree.Literal("currency", float(children[0][3:]), children[0].start_pos or 0)

    def date(self, children: list[Token]) -> tree.Literal:
        return tree.Literal("date", str(children[0]), children[0].start_pos or 0)

    def datetime(self, children: list[Token]) -> tree.Literal:
        return tree.Literal("datetime", str(children[0]), children[0].start_pos or 0)

    def date_literal(self, children: list[Token]) -> tree.Literal:
        return tree.Literal("period", children[0].upper(), children[0].start_pos or 0)

    def true(self, children: list[Token]) -> tree.Literal:
        return tree.Literal("boolean", True, children[0].start_pos or 0)

    def false(self, children: list[Token]) -> tree.Literal:
        return tree.Literal("boolean", False, children[0].start_pos or 0)

    def null(self, children: list[Token]) -> tree.Literal:
        return tree.Literal("null", None, children[0].start_pos or 0)

    def bind(self, children: list[Token]) -> NoReturn:
        _refuse(children[0], "Bind variables only allowed in Apex code")

    # ---- the clauses after WHERE

    def group_list(self, children: list[Any]) -> tree.Grouping:
        return tree.Grouping(tuple(children), "", None)

    def rollup(self, children: list[Any]) -> tree.Grouping:
        return tree.Grouping(tuple(children[1:]), "ROLLUP", None)

    def cube(self, children: list[Any]) -> tree.Grouping:
        return tree.Grouping(tuple(children[1:]), "CUBE", None)

    def having(self, children: list[Any]) -> Any:
        return children[0]

    def grouping(self, children: list[Any]) -> tuple[str, Any]:
        plain = children[2]
        return "grouping", tree.Grouping(plain.expressions, plain.form, children[4])

    def order_item(self, children: list[Any]) -> tree.Order:
        words = {c.type for c in children[1:] if isinstance(c, Token)}
        return tree.Order(children[0], "DESC" in words, "LAST" in words)

    def order(self, children: list[Any]) -> tuple[str, Any]:
        return "order", tuple(children[2:])

    def limit(self, children: list[Token]) -> tuple[str, Any]:
        return "limit", _whole(children[1])

    def offset(self, children: list[Token]) -> tuple[str, Any]:
        return "offset", (_whole(children[1]), children[0].start_pos)

    def locking(self, children: list[Token]) -> tuple[str, Any]:
        return "locking", children[1].upper()

    def tracking(self, children: list[Token]) -> tuple[str, Any]:
        return "tracking", tuple(c.upper() for c in children[1:])

    def all_rows(self, children: list[Token]) -> tuple[str, Any]:
        return "all_rows_at", children[0].start_pos

    def query(self, children: list[Any]) -> tree.Query:
        select, items, _, *clauses = children
        found = dict(clauses)
        if "offset" in found:
            found["offset"], found["offset_at"] = found["offset"]
        return tree.Query(items=items, at=select.start_pos, **found)


@cache
def _lark() -> Lark:
    grammar = (File(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_ToTree(), maybe_placeholders=True)


def parse(text: str) -> tree.Query:
    """The statement's tree; raises SoqlError (MALFORMED_QUERY) where it is not SOQL."""
    if len(text) > LONGEST:
        raise SoqlError("MALFORMED_QUERY", f"SOQL statements cannot be longer than {LONGEST} characters.")
    if not text.strip():
        raise SoqlError("MALFORMED_QUERY", "A query string has to be specified")
    try:
        query: tree.Query = _lark().parse(text)
    except _Refused as refused:
        raise error_at(text, refused.at, "MALFORMED_QUERY", refused.message) from None
    except UnexpectedInput as unexpected:
        raise _malformed(text, unexpected) from None
    return replace(query, text=text)


def _malformed(text: str, unexpected: UnexpectedInput) -> SoqlError:
    at = unexpected.pos_in_stream
    token = getattr(unexpected, "token", None)
    if isinstance(unexpected, UnexpectedCharacters) and at is not None:
        if text[at] == "'":
            return error_at(text, at, "MALFORMED_QUERY", "unterminated string literal: " + text[at : at + 40])
        return error_at(text, at, "MALFORMED_QUERY", f"unexpected token: '{text[at]}'")
    if token is None or token.type == "$END" or at is None or at < 0:
        return error_at(text, len(text.rstrip()), "MALFORMED_QUERY", "unexpected token: '<EOF>'")
    return error_at(text, at, "MALFORMED_QUERY", f"unexpected token: '{token}'")
