"""All resources of the deployment, read once from the files in `resources/`.

The files hold the facts of the documentation; this module only turns them into values.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.accelo.model import Field, Resource, parse_field, parse_write

_FOLDER = Path(__file__).parent / "resources"


def _fields(lines: list[str]) -> tuple[Field, ...]:
    fields = [parse_field(line) for line in lines]
    by_name = {f.name: f for f in fields}
    return tuple(
        replace(f, kind=by_name[f.column].kind, link=by_name[f.column].link, empty=by_name[f.column].empty)
        if f.kind == "alias"
        else f
        for f in fields
    )


def _resource(name: str, raw: Mapping[str, Any], templates: Mapping[str, Any]) -> Resource:
    if "like" in raw:
        raw = {**templates[raw["like"]], **raw}
    shared = raw.get("write", [])
    status_field, _, statuses = raw.get("status", "").partition(" ")
    return Resource(
        name=name,
        path=raw.get("path", ""),
        singular=raw.get("singular", ""),
        fields=_fields(raw["fields"]),
        methods=frozenset(raw.get("methods", "GET").split()),
        **{key: frozenset(raw.get(key, ())) for key in ("basic", "dates", "ranges", "orders", "empties", "objects")},
        search=tuple(raw.get("search", ())),
        post=tuple(parse_write(line) for line in [*shared, *raw.get("post", [])]),
        put=tuple(replace(parse_write(line), required=False) for line in [*shared, *raw.get("put", [])]),
        expr=raw.get("expr", {}),
        cond=raw.get("cond", {}),
        alias=raw.get("alias", {}),
        indexes=tuple(raw.get("indexes", ())),
        recent=raw.get("recent", ""),
        newest=raw.get("newest", ""),
        status_field=status_field,
        statuses=statuses,
        hide_inactive=raw.get("hide_inactive", False),
    )


def _load() -> dict[str, Resource]:
    raw: dict[str, Any] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        raw |= tomllib.loads(path.read_text("utf-8"))
    return {name: _resource(name, entry, raw) for name, entry in raw.items() if not entry.get("template")}


RESOURCES = _load()
BY_PATH = {tuple(r.path.split("/")): r for r in RESOURCES.values() if r.path}
BY_SINGULAR = {r.singular: r for r in RESOURCES.values() if r.singular}
# Slips of the documentation that clients copy: the singular in "PUT /contact/{id}" and "GET /prospect/probabilities".
SINGULAR_PATHS = {"contact": "contacts", "prospect": "prospects", "company": "companies", "issue": "issues"}
PROFILED = ("affiliations", "companies", "contacts", "issues", "prospects", "staff")
EXTENDED = ("issues", "prospects")


def against_path(singular: str) -> str:
    """The plural that "against" shows ("companies/39") for a type ("company")."""
    known = BY_SINGULAR.get(singular)
    return known.path if known else f"{singular}s"
