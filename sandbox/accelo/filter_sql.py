"""A filter tree as SQL over a resource's table: conditions with their values, and the order.

A name that the resource does not list is unknown, and ignored or refused by switch; nothing here reads a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.accelo.errors import invalid
from sandbox.accelo.filters import AllOf, AnyOf, Node, Test
from sandbox.accelo.model import Resource

_RANGES = {"_greater_than_or_equal": ">=", "_less_than_or_equal": "<=", "_greater_than": ">", "_less_than": "<"}
_MOST_WORDS = 100
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass
class Query:
    """What a list is filtered and ordered by."""

    where: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    @property
    def condition(self) -> str:
        """The WHERE text, without the word."""
        return " AND ".join(self.where) or "1"

    def add(self, condition: str, *values: object) -> None:
        """One more condition that must hold."""
        self.where.append(condition)
        self.values += values


def _marks(values: Sequence[object]) -> str:
    return "(" + ",".join("?" * len(values)) + ")"


def search_condition(resource: Resource, words: Sequence[str]) -> tuple[str, list[object]]:
    """Every word must be found, in whatever case, in one of the searched fields; raises AcceloError."""
    if len(words) > _MOST_WORDS:
        raise invalid("The search has too many words.")
    parts, values = [], []
    columns = [resource.sql(name) for name in resource.search]
    for word in words:
        text = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        parts.append("(" + " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns) + ")")
        values += [text] * len(columns)
    return " AND ".join(parts) or "1", list(values)


@dataclass
class Compiler:
    """Turns a tree into a Query; `strict` refuses unknown filters."""

    resource: Resource
    strict: bool
    query: Query = field(default_factory=Query)

    def compile(self, tree: AllOf) -> Query:
        """The query of a whole tree; raises AcceloError."""
        for node in tree.parts:
            made = self._node(node)
            if made is not None:
                self.query.add(made[0], *made[1])
        if self.resource.hide_inactive and not self._mentions_standing(tree):
            self.query.add("COALESCE(t.standing, 'active') <> 'inactive'")
        return self.query

    def _mentions_standing(self, node: Node) -> bool:
        if isinstance(node, Test):
            return node.name in ("standing", "standing_not")
        return any(self._mentions_standing(part) for part in node.parts)

    def _node(self, node: Node) -> tuple[str, list[object]] | None:
        if isinstance(node, Test):
            return self._test(node)
        made = [part for part in map(self._node, node.parts) if part is not None]
        if not made:
            return None
        word = " OR " if isinstance(node, AnyOf) else " AND "
        return "(" + word.join(text for text, _ in made) + ")", [value for _, values in made for value in values]

    def _test(self, test: Test) -> tuple[str, list[object]] | None:
        name = test.name
        if name in ("order_by_asc", "order_by_desc"):
            self._order(test.values, "DESC" if name.endswith("desc") else "ASC")
            return None
        if name.endswith("_not"):
            made = self._plain(test, name.removesuffix("_not"))
            return None if made is None else (f"NOT COALESCE({made[0]}, 0)", made[1])
        return self._plain(test, name)

    def _plain(self, test: Test, name: str) -> tuple[str, list[object]] | None:
        resource = self.resource
        name = resource.alias.get(name, name)
        if name == "search" and resource.search:
            words = re.split(r"[\s,]+", " ".join(test.values).strip())
            return search_condition(resource, [word for word in words if word])
        if name == "empty":
            known = [field for field in test.values if field in resource.empties]
            if known:
                return "(" + " OR ".join(f"COALESCE({resource.sql(f)}, '') IN ('', 0)" for f in known) + ")", []
            return self._unknown(test)
        if test.objects and name in resource.objects:
            return self._objects(test, name)
        if name in resource.basic:
            return self._basic(name, test.values)
        for suffix, operator in (("_after", ">"), ("_before", "<")):
            base = resource.alias.get(name.removesuffix(suffix), name.removesuffix(suffix))
            if name.endswith(suffix) and base in resource.dates:
                return self._date(base, operator, test.values)
        for suffix, operator in _RANGES.items():
            if name.endswith(suffix) and name.removesuffix(suffix) in resource.ranges:
                return self._range(name.removesuffix(suffix), operator, test.values)
        return self._unknown(test)

    def _unknown(self, test: Test) -> tuple[str, list[object]] | None:
        if self.strict:
            raise invalid(f"The filter '{test.name}' is not supported by this resource.")
        return None

    def _basic(self, name: str, values: Sequence[str]) -> tuple[str, list[object]]:
        resource = self.resource
        if name in resource.cond:
            text = resource.cond[name]
            return text.replace("{v}", _marks(values)), [*values] * text.count("{v}")
        column = resource.sql(name)
        if name in resource.expr and name not in resource.by_name:
            column = f"CAST({column} AS TEXT)"
        text = f"{column} IN {_marks(values)}"
        if any(value in ("", "0") for value in values):
            text = f"({text} OR {column} IS NULL)"
        return text, [*values]

    def _date(self, name: str, operator: str, values: Sequence[str]) -> tuple[str, list[object]]:
        column = self.resource.sql(name)
        if not all(_NUMBER.fullmatch(value) for value in values):
            raise invalid(f"The value of a '{name}' filter must be a unix timestamp.")
        # date_closed_before(0) is what Accelo's support gives for "no date at all".
        parts = [f"{column} IS NULL" if operator == "<" and float(v) == 0 else f"{column} {operator} ?" for v in values]
        kept = [float(v) if "." in v else int(v) for v in values if not (operator == "<" and float(v) == 0)]
        return "(" + " OR ".join(parts) + ")", list(kept)

    def _range(self, name: str, operator: str, values: Sequence[str]) -> tuple[str, list[object]]:
        column = self.resource.sql(name)
        given: list[object] = list(values)
        if self.resource.is_numeric(name):
            if not all(_NUMBER.fullmatch(value) for value in values):
                raise invalid(f"The value of a '{name}' filter must be a number.")
            given = [float(v) if "." in v else int(v) for v in values]
        return "(" + " OR ".join(f"{column} {operator} ?" for _ in given) + ")", given

    def _objects(self, test: Test, name: str) -> tuple[str, list[object]]:
        parts: list[str] = []
        values: list[object] = []
        for kind, ids in test.objects:
            parts.append(f"(t.{name}_type = ? AND t.{name}_id IN {_marks(ids)})")
            values += [kind, *ids]
        return "(" + " OR ".join(parts) + ")", values

    def _order(self, names: Sequence[str], direction: str) -> None:
        for name in names:
            plain = self.resource.alias.get(name, name)
            if plain in self.resource.orders or plain == "id":
                self.query.order.append(f"{self.resource.sql(plain)} {direction}")
            else:
                self._unknown(Test(f"order_by {name}"))
