"""The field rules of a workspace, read from mappings/companies.toml and contacts.toml into typed values.

Every mistake is a MappingError that names the file, the line, what is wrong and what to do.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from toolkit.errors import MappingError
from toolkit.mapping.checks import (
    Block,
    FieldBlock,
    Lines,
    ObjectBlock,
    check_flow,
    check_markers,
    check_names,
    check_together,
    meant,
)
from toolkit.mapping.fields import FieldRule, ObjectRules, Rules
from toolkit.mapping.known import KINDS
from toolkit.model import Kind, Side

__all__ = ["Rules", "load_rules", "read_rules"]

FILES: dict[Kind, str] = {"company": "companies.toml", "contact": "contacts.toml"}


_T = TypeVar("_T", bound=Block)


def load_rules(folder: Path, country: str = "") -> Rules:
    """The rules in this folder; raises MappingError. ``country``: of numbers without a country code (ISO)."""
    loaded = {}
    for kind, file in FILES.items():
        path = folder / file
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            raise MappingError(
                file,
                None,
                "the file cannot be read.",
                next_step=f"Put it back into {folder.name}/, or copy the template that the product brings.",
            ) from None
        except UnicodeDecodeError:
            raise MappingError(file, None, "the file is not UTF-8 text.", next_step="Save it as UTF-8.") from None
        loaded[kind] = read_rules(text, kind, country)
    return Rules(companies=loaded["company"], contacts=loaded["contact"])


def read_rules(text: str, kind: Kind, country: str = "") -> ObjectRules:
    """The rules of one file's text; raises MappingError."""
    file, lines = FILES[kind], Lines(text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\s*\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise MappingError(
            file,
            line,
            f"this line is not TOML: {re.sub(r' *[(]at .*[)]', '', str(error))}.",
            next_step='Mend it; a setting reads: label = "Phone"',
        ) from None
    for table in data:
        if table not in ("object", "fields"):
            raise MappingError(
                file,
                lines.of(table) or lines.of("", table),
                f'there is no block "{table}" here.',
                next_step="Use [object] and [fields.NAME].",
            )
    head = _checked(ObjectBlock, data.get("object", {}), "object", file, lines)
    if (head.salesforce, head.accelo) != KINDS[kind]:
        raise MappingError(
            file,
            lines.of("object"),
            f"this file maps {KINDS[kind][0]} to {KINDS[kind][1]} and nothing else.",
            next_step=f'Set salesforce = "{KINDS[kind][0]}" and accelo = "{KINDS[kind][1]}".',
        )
    check_markers(head, kind, file, lines)
    blocks = data.get("fields", {})
    if not isinstance(blocks, dict):
        raise MappingError(
            file, lines.of("", "fields"), '"fields" is not a list of blocks.', next_step="Use [fields.NAME]."
        )
    fields = {name: _field(name, block, kind, file, lines) for name, block in blocks.items()}
    check_together(fields, kind, file)
    return ObjectRules(
        kind, file, head.salesforce, head.accelo, fields, head.salesforce_marker, head.accelo_marker, country
    )


def _checked(model: type[_T], block: Any, table: str, file: str, lines: Lines) -> _T:
    try:
        return model.model_validate(block)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        line = lines.of(table, key)
        if first["type"] == "extra_forbidden":
            raise MappingError(
                file,
                line,
                f'[{table}] has no setting "{key}".',
                next_step=meant(key, model.model_fields)
                or f"Remove it, or use one of: {', '.join(model.model_fields)}.",
            ) from None
        if first["type"] == "missing":
            raise MappingError(
                file, line, f'[{table}] lacks the setting "{key}".', next_step=f"Add a line: {key} = …"
            ) from None
        raise MappingError(
            file,
            line,
            f'"{key}" in [{table}]: {first["msg"][:1].lower()}{first["msg"][1:]}.',
            next_step="Mend this setting.",
        ) from None


def _field(name: str, block: Any, kind: Kind, file: str, lines: Lines) -> FieldRule:
    table = f"fields.{name}"
    if not isinstance(block, dict):
        raise MappingError(
            file, lines.of("fields", name), f'"{name}" is not a block.', next_step=f"Write it as [{table}]."
        )
    raw = _checked(FieldBlock, block, table, file, lines)
    check_flow(raw, name, file, lines)
    check_names(raw, name, kind, file, lines)
    needed: tuple[Side, ...] = (
        ("salesforce", "accelo") if raw.required is True else (raw.required,) if raw.required else ()
    )
    return FieldRule(
        name=name,
        label=raw.label or name.replace("_", " ").capitalize(),
        salesforce=raw.salesforce,
        accelo=raw.accelo,
        direction=raw.direction,
        transform=raw.transform,
        salesforce_length=raw.salesforce_length,
        accelo_length=raw.accelo_length,
        policy=raw.policy,
        required=needed,
        line=lines.of(table) or 0,
    )
