"""A scenario as its file tells it: read, checked against the vocabulary of README.md, tables and crowds written out.

Nothing here knows the engine or the sandbox.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.scenarios.decision_table import steps_of

OBJECTS = {"salesforce": ("account", "contact"), "accelo": ("company", "contact")}
VERBS = {
    "run",
    "edit",
    "create",
    "delete",
    "undelete",
    "merge",
    "read_only",
    "decide",
    "rule",
    "fault",
    "switch",
    "setting",
    "clock",
    "wait",
    "mapping",
    "state",
    "note",
}
BESIDE = {"expect", "ends", "as", "plan"}
TOP = {"title", "rule", "start", "settings", "switches", "step", "table", "exempt", "grace"}
EXPECT = {
    "salesforce",
    "accelo",
    "inbox",
    "actions",
    "writes",
    "brakes",
    "ledger",
    "count",
    "read_only",
    "rows",
    "questions",
}


class BadStory(ValueError):
    """A scenario file that does not follow the vocabulary; the text says where."""


@dataclass(frozen=True)
class Story:
    """One scenario. ``start``: (path, fields) in the order of creation. ``exempt``: check that does not hold -> why."""

    name: str
    title: str
    start: tuple[tuple[str, dict[str, Any]], ...]
    steps: tuple[dict[str, Any], ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    exempt: Mapping[str, str] = field(default_factory=dict)
    grace: float = 0.05


def load(folder: Path) -> Story:
    """The scenario of a folder; raises BadStory."""
    said = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    _known(said, TOP, folder.name)
    if not said.get("title"):
        raise BadStory(f"{folder.name}: a scenario has a title")
    start, steps = records(said.get("start", {}), folder.name), [dict(step) for step in said.get("step", [])]
    if "table" in said:
        rows, walked = steps_of(said["table"])
        start, steps = [*start, *rows], [*walked, *steps]
    for number, step in enumerate(steps, 1):
        _step(step, f"{folder.name}, step {number}")
    return Story(
        folder.name,
        said["title"],
        tuple(start),
        tuple(steps),
        said.get("settings", {}),
        said.get("switches", {}),
        said.get("exempt", {}),
        float(said.get("grace", 0.05)),
    )


def records(said: Mapping[str, Any], where: str) -> list[tuple[str, dict[str, Any]]]:
    """{"salesforce": {"account": {"acme": {...}}}} as paths and fields; companies before contacts."""
    found = []
    for side, objects in said.items():
        for obj, named in objects.items():
            if obj not in OBJECTS.get(side, ()):
                raise BadStory(f"{where}: there is no {side}.{obj}")
            for name, fields in named.items():
                found += crowd(f"{side}.{obj}.{name}", fields)
    return sorted(found, key=lambda each: ".contact." in each[0])


def crowd(path: str, fields: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """``many = 3`` makes three of a record, with {n} in its texts counted from 1."""
    if "many" not in fields:
        return [(path, dict(fields))]
    rest = {name: value for name, value in fields.items() if name != "many"}
    return [
        (
            f"{path}{n}",
            {name: value.replace("{n}", str(n)) if isinstance(value, str) else value for name, value in rest.items()},
        )
        for n in range(1, fields["many"] + 1)
    ]


def _step(step: Mapping[str, Any], where: str) -> None:
    verbs = VERBS & step.keys()
    _known(step, VERBS | BESIDE, where)
    if len(verbs) > 1 or not (verbs or "expect" in step):
        raise BadStory(f"{where}: a step has one verb (or only expectations), not {sorted(verbs)}")
    _known(step.get("expect", {}), EXPECT, where)


def _known(said: Mapping[str, Any], words: set[str], where: str) -> None:
    if strange := said.keys() - words:
        raise BadStory(f"{where}: unknown word {', '.join(sorted(strange))}; README.md lists them all")
