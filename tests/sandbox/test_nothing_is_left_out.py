"""Every kind of fault and every setting of every switch is shown by a test of this folder that looks from outside.

The tests are read, not trusted: one shows a kind when it names it, sets faults and asks one of the two APIs; a setting
when it names the switch and the setting and asks.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

from sandbox.faults import KINDS, TABLE
from sandbox.switches import Switches
from tests.sandbox.conftest import Running

ASKS = {"sf", "ac", "query", "get", "post", "request"}
"""Calls that go to an API: the fixture's own, and those of requests."""


class Shown(NamedTuple):
    """What a test function, with its decorators and the helpers of its file that it calls, names and calls."""

    where: str
    constants: frozenset[str]
    keywords: frozenset[str]
    calls: frozenset[str]


def _read(node: ast.AST) -> tuple[set[str], set[str], set[str]]:
    constants: set[str] = set()
    keywords: set[str] = set()
    calls: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str | int):
            constants.add(str(inner.value))
        elif isinstance(inner, ast.keyword) and inner.arg:
            keywords.add(inner.arg)
        elif isinstance(inner, ast.Call):
            name = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
            calls.add(name)
    return constants, keywords, calls


def _shown() -> list[Shown]:
    found = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        functions = {
            node.name: _read(node)
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        for name, (constants, keywords, calls) in functions.items():
            if not name.startswith("test_"):
                continue
            helped, reached = set(calls), set[str]()
            while new := (helped & functions.keys()) - reached:
                reached |= new
                helped |= set().union(*(functions[helper][2] for helper in new))
            # `create` and `read` are helpers of test_faults that other files take from there.
            helped |= {"sf"} if calls & {"create", "read"} else set()
            found.append(Shown(f"{path.name}::{name}", *map(frozenset, (constants, keywords, helped))))
    return found


@pytest.fixture(scope="module")
def shown() -> list[Shown]:
    return _shown()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_fault_is_shown(shown: list[Shown], kind: str) -> None:
    tests = [test.where for test in shown if kind in test.constants and "fault" in test.calls and test.calls & ASKS]
    assert tests, f"no test sets a fault of the kind {kind} and asks an API"


@pytest.mark.parametrize("name", Switches.of_parts().all())
def test_a_switch_is_shown_on_all_its_settings(shown: list[Shown], name: str) -> None:
    settings = Switches.of_parts().all()[name]["settings"]
    about = [test for test in shown if name in test.keywords | test.constants and test.calls & ASKS]
    assert about, f"no test changes {name} and asks an API"
    named = frozenset[str]().union(*(test.constants for test in about))
    numbers = {text for text in named if text.isdigit()}
    for setting in settings[1:]:  # the first is what holds when nothing is switched
        assert setting in named or (setting == "N" and numbers), f"no test shows {name}={setting}"


def test_the_control_address_lists_them_all_with_their_meaning(sandbox: Running) -> None:
    assert sandbox.control("GET", "/faults").json() == KINDS
    assert all(len(line) > 20 for line in KINDS.values())
    assert {kind.systems for kind in TABLE.values()} <= {
        frozenset({"salesforce"}),
        frozenset({"accelo"}),
        frozenset({"salesforce", "accelo"}),
    }
    listed = sandbox.control("GET", "/switches").json()
    assert listed == Switches.of_parts().all()
    for name, switch in listed.items():
        assert switch["value"] == switch["settings"][0], name
        assert len(switch["settings"]) >= 2
        assert len(switch["meaning"]) > 10
