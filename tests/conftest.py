"""Which promise a test proves: told by its marker, else by its name (test_p5_... proves P5).

With TOOLKIT_PROOFS naming a file, the outcomes are written there as JSON lines; scripts/promises.py reads them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

NUMBERS = re.compile(r"^test((?:_p\d+)+)_")
BESIDE = {"test_scenario": ("P1", "P5", "P8")}
"""What every scenario checks at its end, whatever it is about."""


def promises_of(item: pytest.Item) -> set[str]:
    """The promises that a test proves, e.g. {"P4", "P8"}."""
    name = getattr(item, "originalname", None) or item.name
    named = NUMBERS.match(name)
    found = {number.upper() for number in named[1].split("_") if number} if named else set()
    marked = {str(each) for marker in item.iter_markers("promise") for each in marker.args}
    return found or marked or set(BESIDE.get(name, ()))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if promises_of(item):
            item.add_marker("promise")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    path = os.environ.get("TOOLKIT_PROOFS")
    if path and (call.when == "call" or report.failed):
        line = {
            "test": item.nodeid,
            "promises": sorted(promises_of(item)),
            "outcome": report.outcome,
            "seconds": report.duration,
        }
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return report
