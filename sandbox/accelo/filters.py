"""The `_filters` grammar: its text and its JSON form, read into one tree.

    filters := filter ("," filter)*
    filter  := "_OR(" filters ")" | "_AND(" filters ")" | NAME "(" arguments ")"
    argument := VALUE | TYPE "(" VALUE ("," VALUE)* ")"

Source: Accelo API docs, _configuring_responses, "Filtering". What a filter means is filter_sql.py's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.accelo.errors import invalid


@dataclass(frozen=True)
class Test:
    """One filter with its values; an object filter has the values by type."""

    __test__ = False  # not a class of tests, whatever pytest thinks of its name

    name: str
    values: tuple[str, ...] = ()
    objects: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class AllOf:
    """Every part must hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    """One part must hold (`_OR`)."""

    parts: tuple[Node, ...]


Node = Test | AllOf | AnyOf
_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\(")
_TYPE = re.compile(r"\s*([a-z_]+)\s*\(")
_VALUE = re.compile(r"[^,()]*")


class _Reader:
    """Reads by recursive descent; brackets left open at the end count as closed, as in the documentation."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def end(self) -> bool:
        return not self.text[self.at :].strip()

    def filters(self) -> Iterator[Node]:
        while not self.end() and self.peek() != ")":
            yield self.filter()
            self.separator()

    def separator(self) -> None:
        start = self.at
        while self.peek() == "," or self.peek().isspace():
            self.at += 1
        if "," not in self.text[start : self.at] and not self.end() and self.peek() != ")":
            raise invalid(f"The filters could not be read at character {self.at + 1}.")

    def close(self) -> None:
        if self.peek() == ")":
            self.at += 1
        elif not self.end():
            raise invalid(f"The filters could not be read at character {self.at + 1}.")

    def filter(self) -> Node:
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise invalid(f"The filters could not be read at character {self.at + 1}.")
        self.at = found.end()
        name = found[1]
        if name in ("_OR", "_AND"):
            parts = tuple(self.filters())
            self.close()
            return AnyOf(parts) if name == "_OR" else AllOf(parts)
        test = self.arguments(name)
        self.close()
        return test

    def arguments(self, name: str) -> Test:
        values: list[str] = []
        objects: list[tuple[str, tuple[str, ...]]] = []
        while True:
            typed = _TYPE.match(self.text, self.at)
            if typed:
                self.at = typed.end()
                objects.append((typed[1], tuple(self.values())))
                self.close()
            else:
                values.append(self.value())
            while self.peek().isspace():
                self.at += 1
            if self.peek() != ",":
                return Test(name, tuple(values), tuple(objects))
            self.at += 1

    def values(self) -> Iterator[str]:
        yield self.value()
        while self.peek() == ",":
            self.at += 1
            yield self.value()

    def value(self) -> str:
        found = _VALUE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0].strip() if found else ""


def _from_text(text: str) -> AllOf:
    reader = _Reader(text)
    parts = tuple(reader.filters())
    if not reader.end():
        raise invalid(f"The filters could not be read at character {reader.at + 1}.")
    return AllOf(parts)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def _from_json(value: Any) -> tuple[Node, ...]:
    if isinstance(value, str):
        return _from_text(value).parts
    if isinstance(value, Sequence):
        return tuple(node for item in value for node in _from_json(item))
    if not isinstance(value, Mapping):
        raise invalid("The filters must be a text or an object.")
    nodes: list[Node] = []
    for name, given in value.items():
        if name in ("_OR", "_AND"):
            parts = _from_json(given)
            nodes.append(AnyOf(parts) if name == "_OR" else AllOf(parts))
            continue
        items = given if isinstance(given, list) else [given]
        objects = tuple(
            (kind, tuple(_scalar(v) for v in (ids if isinstance(ids, list) else [ids])))
            for item in items
            if isinstance(item, Mapping)
            for kind, ids in item.items()
        )
        values = tuple(_scalar(item) for item in items if not isinstance(item, Mapping))
        nodes.append(Test(str(name), values, objects))
    return tuple(nodes)


def _tests(node: Node) -> Iterator[Test]:
    if isinstance(node, Test):
        yield node
    else:
        for part in node.parts:
            yield from _tests(part)


def _check_nesting(node: Node, inside_or: bool, ands: list[Node]) -> None:
    if isinstance(node, Test):
        return
    if isinstance(node, AnyOf) and inside_or:
        raise invalid("Nested _OR keywords are not supported.")
    if isinstance(node, AllOf):
        ands.append(node)
        if len(ands) > 1:
            raise invalid("Only a single _AND can be defined inside the filters.")
    for part in node.parts:
        _check_nesting(part, inside_or or isinstance(node, AnyOf), ands)


def _last_wins(tree: AllOf) -> AllOf:
    """Of a filter given twice only the last counts; search is documented to be repeated inside _OR."""
    last = {test.name: id(test) for test in _tests(tree)}

    def kept(node: Node) -> Node | None:
        if isinstance(node, Test):
            return node if node.name == "search" or last[node.name] == id(node) else None
        parts = tuple(part for part in map(kept, node.parts) if part is not None)
        return (AnyOf if isinstance(node, AnyOf) else AllOf)(parts) if parts else None

    return AllOf(tuple(part for part in map(kept, tree.parts) if part is not None))


def parse(value: Any) -> AllOf:
    """The tree of a `_filters` parameter, text or JSON; raises AcceloError (invalid_request)."""
    if value in (None, "", [], {}):
        return AllOf(())
    tree = AllOf(_from_json(value))
    ands: list[Node] = []
    for part in tree.parts:
        _check_nesting(part, False, ands)
    return _last_wins(tree)
