"""Which statements are SOQL: our grammar against the npm package @jetstreamapp/soql-parser-js, on generated statements.

The package is installed by npm into var/npm/ on the first run. Where it differs from the SOQL reference, the
difference is named below, with a statement that shows it.
"""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from sandbox.salesforce import soql
from tests import npm
from tests.sandbox.soql_statements import PERIODS, Statements, Tokens

PACKAGE = "@jetstreamapp/soql-parser-js@6.3.1"
SCRIPT = """
const { isQueryValid } = require('@jetstreamapp/soql-parser-js');
const statements = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const valid = (s) => { try { return isQueryValid(s); } catch (e) { return false; } };
console.log(JSON.stringify(statements.map(valid)));
"""
SEED, COUNT = 7, 300
ENDS = frozenset({"GROUP", "ORDER", "LIMIT", "OFFSET", "FOR", "WITH", "HAVING", "WHERE", "USING", "FROM", "SELECT"})
CONSTANTS = frozenset({"TRUE", "FALSE", "NULL", "USD500", *(w.upper() for w in PERIODS), "TODAY"})
WORDS = ENDS | {"AND", "OR", "NOT", "IN", "INCLUDES", "EXCLUDES", "LIKE", "BY", "ASC", "DESC", "NULLS", "IS"}


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder that the package is installed in."""
    return npm.installed("soql-parser-js", PACKAGE)


def verdicts(package: Path, statements: list[str]) -> list[bool]:
    done = subprocess.run(
        ["node", "-e", SCRIPT], cwd=package, input=json.dumps(statements), capture_output=True, text=True, check=True
    )
    found: list[bool] = json.loads(done.stdout)
    return found


def is_soql(statement: str) -> bool:
    try:
        soql.parse(statement)
    except soql.SoqlError:
        return False
    return True


# ---- where the package is not the reference


def _levels(tokens: Tokens) -> list[Tokens]:
    """The tokens of each pair of parentheses, and of each clause of conditions, less those of the pairs inside."""
    done: list[Tokens] = []
    open_: list[Tokens] = [[]]
    for token in tokens:
        if token == "(":
            open_[-1].append("()")
            open_.append([])
        elif token == ")" and len(open_) > 1:
            done.append(open_.pop())
        else:
            if token.upper() in ENDS:
                done.append(open_.pop())
                open_.append([])
            open_[-1].append(token)
    return done + open_


def mixes_and_with_or(tokens: Tokens) -> bool:
    """`a AND b OR c`, `NOT a AND b`, `a AND NOT b`: the package needs no parentheses, the reference does.

    SOQL reference, conditionExpression: "use parentheses ... when nesting operators"; NOT stands before one
    fieldExpression and is not a part of an AND or OR chain.
    """
    for level in _levels(tokens):
        words = [t.upper() for t in level]
        found = {w for w in words if w in ("AND", "OR")}
        found |= {"NOT" for n, w in enumerate(words) if w == "NOT" and words[n + 1 : n + 2] != ["IN"]}
        if len(found) > 1:
            return True
    return False


def lacks_a_connective(tokens: Tokens) -> bool:
    """`a = 1 b = 2`: the package takes the second condition although nothing joins it to the first."""
    for level in _levels(tokens):
        words = [t.upper() for t in level]
        for n in range(1, len(words)):
            before, this = words[n - 1], words[n]
            list_or_group = before == "()" and (n < 2 or not _is_name(words[n - 2]))
            if (_is_constant(before) or list_or_group) and (this == "()" or _is_name(this) or this == "NOT"):
                return True
    return False


def _is_constant(word: str) -> bool:
    return word[:1] in "'+-0123456789" or word in CONSTANTS or ":" in word


def _is_name(word: str) -> bool:
    return word[:1].isalpha() and word not in WORDS and not _is_constant(word)


def calls_with_nothing(tokens: Tokens) -> bool:
    """`SUM()`: of all functions only COUNT may be called with nothing (SOQL reference, "Aggregate Functions")."""
    return any(
        tokens[n + 1 : n + 3] == ["(", ")"] and token.upper() not in ("COUNT", "IN", "INCLUDES", "EXCLUDES")
        for n, token in enumerate(tokens)
    )


def offset_without_limit(tokens: Tokens) -> bool:
    """`WHERE ... OFFSET 5`: the reference has LIMIT and OFFSET each in brackets, the package then wants both."""
    words = [t.upper() for t in tokens]
    return any(w == "OFFSET" and words[n - 2 : n - 1] != ["LIMIT"] for n, w in enumerate(words))


def alias_that_is_none(tokens: Tokens) -> bool:
    """`FROM Account GROUP`, `SELECT Name a.b`: the reference lists words that are no alias, and a path is none."""
    plain = {*ENDS, "NOT", "AND", "OR", "BY", "WHEN", "THEN", "ELSE"}
    for before, token in pairwise(tokens):
        named = before == ")" or (before[0].isalpha() and before.upper() not in plain)
        if named and "." in token and token[0].isalpha():
            return True
    words = [*(t.upper() for t in tokens), ")", ")"]
    return any(w == "FROM" and words[n + 2] in ENDS and words[n + 3] in {*ENDS, ")"} for n, w in enumerate(words[:-3]))


DIFFERENCES = {
    mixes_and_with_or: "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
    lacks_a_connective: "SELECT Id FROM Account WHERE Name = 'a' Name = 'b'",
    calls_with_nothing: "SELECT SUM ( ) FROM Account",
    offset_without_limit: "SELECT Id FROM Account WHERE Name = 'a' OFFSET 5",
    alias_that_is_none: "SELECT Id FROM Account GROUP GROUP BY Name",
}


def test_the_grammar_agrees_with_the_package_on_300_statements(package: Path) -> None:
    generated = Statements(SEED).many(COUNT)
    texts = [" ".join(tokens) for tokens in generated]
    theirs = verdicts(package, texts)
    ours = [is_soql(text) for text in texts]
    unexplained = [
        f"{'ours only' if mine else 'theirs only'}: {text}"
        for tokens, text, mine, their in zip(generated, texts, ours, theirs, strict=True)
        if mine != their and not any(difference(tokens) for difference in DIFFERENCES)
    ]
    assert unexplained == []
    agreed = sum(mine == their for mine, their in zip(ours, theirs, strict=True))
    assert agreed >= 0.93 * COUNT
    assert 0.3 * COUNT < sum(ours) < 0.7 * COUNT


@pytest.mark.parametrize(("difference", "statement"), DIFFERENCES.items(), ids=lambda d: getattr(d, "__name__", ""))
def test_a_difference_is_shown_by_a_statement(package: Path, difference, statement: str) -> None:  # type: ignore[no-untyped-def]
    assert difference(statement.split(" "))
    assert verdicts(package, [statement]) != [is_soql(statement)]


def test_every_whole_statement_is_soql() -> None:
    statements = Statements(SEED)
    assert [text for _ in range(300) if not is_soql(text := " ".join(statements.whole()))] == []
