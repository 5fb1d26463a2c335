"""The countries and states of the org's picklists, from the JSON file beside this module.

As in the product, every country is there and few of them have states.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def geography() -> dict[str, Any]:
    """Country code -> {name, code, states: [{name, code}]}."""
    raw = json.loads((Path(__file__).parent / "countries.json").read_text(encoding="utf-8"))
    return {country["code"]: country for country in raw["countries"]}


def countries() -> list[dict[str, Any]]:
    return [{"value": c["code"], "label": c["name"]} for c in geography().values()]


def states() -> list[dict[str, Any]]:
    """One entry a code; a code that two countries share (WA, NT) is valid for both."""
    found: dict[str, dict[str, Any]] = {}
    for country in geography().values():
        for state in country["states"]:
            entry = found.setdefault(state["code"], {"value": state["code"], "label": state["name"], "valid_for": []})
            entry["valid_for"].append(country["code"])
    return list(found.values())
