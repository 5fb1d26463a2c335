"""The `_fields` grammar: which fields of an object, and which fields of its linked objects, come back.

    fields := name ["(" fields ")"] ("," …)*        also as a JSON list, with dots: ["_ALL", "company._ALL"]

Source: Accelo API docs, _configuring_responses, "Requesting Additional Fields and Linked Objects".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.accelo.errors import invalid

_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_ ]*)")


@dataclass
class Selection:
    """Names asked for; a name with a selection of its own is a linked object, one with None is its bare value."""

    names: dict[str, Selection | None] = field(default_factory=dict)
    all: bool = False

    def add(self, name: str, inner: Selection | None) -> None:
        """Ask for one more name; asking twice for an object joins both."""
        if name == "_ALL":
            self.all = True
            return
        known = self.names.get(name)
        if known is not None and inner is not None:
            known.all |= inner.all
            for key, value in inner.names.items():
                known.add(key, value)
        elif known is None:
            self.names[name] = inner

    def key(self) -> str:
        """The same text for the same selection."""
        inner = (name + ("" if sub is None else f"({sub.key()})") for name, sub in sorted(self.names.items()))
        return ",".join([*(["_ALL"] if self.all else []), *inner])


def _read(text: str, at: int, depth: int) -> tuple[Selection, int]:
    selection = Selection()
    while at < len(text):
        if text[at] in ", \t\r\n":
            at += 1
            continue
        if text[at] == ")":
            if depth == 0:
                raise invalid(f"The fields could not be read at character {at + 1}.")
            return selection, at + 1
        found = _NAME.match(text, at)
        if found is None:
            raise invalid(f"The fields could not be read at character {at + 1}.")
        at = found.end()
        path = [found[1].strip()]
        while text[at : at + 1] == ".":
            found = _NAME.match(text, at + 1)
            if found is None:
                raise invalid(f"The fields could not be read at character {at + 1}.")
            at = found.end()
            path.append(found[1].strip())
        inner: Selection | None = None
        if text[at : at + 1] == "(":
            inner, at = _read(text, at + 1, depth + 1)
        for outer in reversed(path[1:]):
            wrapped = Selection()
            wrapped.add(outer, inner)
            inner = wrapped
        selection.add(path[0], inner)
    return selection, at


def parse(value: Any) -> Selection:
    """The selection of a `_fields` parameter; raises AcceloError (invalid_request)."""
    if value is None:
        return Selection()
    if isinstance(value, str):
        return _read(value, 0, 0)[0]
    if isinstance(value, Iterable):
        return _read(",".join(str(item) for item in value), 0, 0)[0]
    raise invalid("The fields must be a text or a list.")
