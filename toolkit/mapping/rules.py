"""The field rules of a workspace, read from mappings/companies.toml and contacts.toml into typed values.

Every mistake is a MappingError that names the file, the line, what is wrong and what to do.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toolkit.errors import MappingError
from toolkit.mapping.fields import Direction, FieldRule, ObjectRules, Rules
from toolkit.mapping.known import ACCELO, EXPECTED, KINDS, ONE_WAY, OWNER, SALESFORCE
from toolkit.mapping.transforms import ADDRESS
from toolkit.mapping.transforms import ONE_WAY as ONE_WAY_TRANSFORMS
from toolkit.model import Kind, Side

__all__ = ["Rules", "load_rules", "read_rules"]

FILES: dict[Kind, str] = {"company": "companies.toml", "contact": "contacts.toml"}


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_T = TypeVar("_T", bound=_Block)


class _ObjectBlock(_Block):
    salesforce: str
    accelo: str
    salesforce_marker: str | None = None
    accelo_marker: str | None = None


class _FieldBlock(_Block):
    salesforce: str
    accelo: str
    label: str | None = None
    direction: Direction = "both"
    transform: Literal["text", "name", "multiline", "phone", "email", "url", "picklist", "address"] = "text"
    salesforce_length: int | None = Field(None, gt=0)
    accelo_length: int | None = Field(None, gt=0)
    policy: Literal["ask", "salesforce", "accelo", "newest"] | None = None
    required: bool | Literal["salesforce", "accelo"] = False


class Lines:
    """Where each table and key of a TOML text stands."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, str], int] = {}
        table = ""
        for number, line in enumerate(text.splitlines(), 1):
            if found := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
                table = re.sub(r"\s*\.\s*", ".", found[1])
                self._lines[table, ""] = number
            elif found := re.match(r"""\s*["']?([\w-]+)["']?\s*=""", line):
                self._lines.setdefault((table, found[1]), number)

    def of(self, table: str, key: str = "") -> int | None:
        """The line of the key, else of its table; None when neither is written."""
        return self._lines.get((table, key)) or self._lines.get((table, ""))


def load_rules(folder: Path, country: str = "") -> Rules:
    """The rules in this folder; raises MappingError. ``country``: where numbers without a country code are (ISO code)."""
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
    head = _checked(_ObjectBlock, data.get("object", {}), "object", file, lines)
    if (head.salesforce, head.accelo) != KINDS[kind]:
        raise MappingError(
            file,
            lines.of("object"),
            f"this file maps {KINDS[kind][0]} to {KINDS[kind][1]} and nothing else.",
            next_step=f'Set salesforce = "{KINDS[kind][0]}" and accelo = "{KINDS[kind][1]}".',
        )
    _check_markers(head, kind, file, lines)
    blocks = data.get("fields", {})
    if not isinstance(blocks, dict):
        raise MappingError(
            file, lines.of("", "fields"), '"fields" is not a list of blocks.', next_step="Use [fields.NAME]."
        )
    fields = {name: _field(name, block, kind, file, lines) for name, block in blocks.items()}
    _check_together(fields, kind, file)
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
                next_step=_meant(key, model.model_fields)
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
    raw = _checked(_FieldBlock, block, table, file, lines)
    if OWNER & {name.lower(), raw.salesforce.partition(".")[0].lower(), raw.accelo.lower()}:
        raise MappingError(
            file,
            lines.of(table),
            "the owner is never synced: Salesforce has one, Accelo has many managers.",
            next_step=f"Remove the block [{table}].",
        )
    one_way = raw.salesforce in ONE_WAY or raw.transform in ONE_WAY_TRANSFORMS or raw.accelo.startswith("profile:")
    if one_way and raw.direction != "salesforce-to-accelo":
        raise MappingError(
            file,
            lines.of(table, "direction"),
            f'{raw.label or name} goes from Salesforce to Accelo only, never "{raw.direction}".',
            next_step='Set direction = "salesforce-to-accelo".',
        )
    _check_names(raw, name, kind, file, lines)
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


def _check_names(raw: _FieldBlock, name: str, kind: Kind, file: str, lines: Lines) -> None:
    """Fields that neither system has; custom fields of Salesforce and profile fields of Accelo are not known here."""
    table, (sf_object, resource) = f"fields.{name}", KINDS[kind]
    if raw.salesforce not in SALESFORCE[sf_object] and not re.fullmatch(r"\w+__c", raw.salesforce):
        raise MappingError(
            file,
            lines.of(table, "salesforce"),
            f'Salesforce\'s {sf_object} has no field "{raw.salesforce}".',
            next_step=_meant(raw.salesforce, SALESFORCE[sf_object]) or "Use its API name; a custom field ends in __c.",
        )
    if raw.accelo not in ACCELO[resource] and not re.fullmatch(r"(address|profile):\S.*", raw.accelo):
        raise MappingError(
            file,
            lines.of(table, "accelo"),
            f'Accelo\'s {resource} have no field "{raw.accelo}".',
            next_step=_meant(raw.accelo, ACCELO[resource]) or 'Use a column, "address:TITLE" or "profile:NAME".',
        )
    addresses = {raw.salesforce.endswith("*"), raw.accelo.startswith("address:"), raw.transform == ADDRESS}
    if len(addresses) > 1:
        raise MappingError(
            file,
            lines.of(table, "transform"),
            f"[{table}] mixes an address with a plain field.",
            next_step='An address has salesforce = "Billing*", accelo = "address:Billing", transform = "address".',
        )


def _check_markers(head: _ObjectBlock, kind: Kind, file: str, lines: Lines) -> None:
    marker = head.accelo_marker
    if marker and not marker.startswith("profile:") and (marker, kind) != ("custom_id", "company"):
        raise MappingError(
            file,
            lines.of("object", "accelo_marker"),
            f'the Salesforce id cannot be kept in Accelo\'s "{marker}".',
            next_step='Set accelo_marker = "profile:Salesforce ID", the name of a text profile field.',
        )
    if head.salesforce_marker and not head.salesforce_marker.endswith("__c"):
        raise MappingError(
            file,
            lines.of("object", "salesforce_marker"),
            f'the Accelo id cannot be kept in Salesforce\'s "{head.salesforce_marker}".',
            next_step='Set salesforce_marker = "Accelo_Id__c", a unique external-id field.',
        )


def _check_together(fields: Mapping[str, FieldRule], kind: Kind, file: str) -> None:
    for name in EXPECTED[kind]:
        if name not in fields:
            raise MappingError(
                file, None, f"there is no block [fields.{name}].", next_step="Every record needs it; put it back."
            )
    for side in ("salesforce", "accelo"):
        seen: dict[str, FieldRule] = {}
        for rule in fields.values():
            target = getattr(rule, side)
            if target in seen:
                raise MappingError(
                    file,
                    rule.line,
                    f'"{target}" is mapped twice: in {seen[target].name} and in {rule.name}.',
                    next_step="Remove one of the two blocks.",
                )
            seen[target] = rule


def _meant(word: str, words: Collection[str]) -> str:
    close = difflib.get_close_matches(word, sorted(words), n=1)
    return f'Did you mean "{close[0]}"?' if close else ""
