"""What a mapping file may not say: fields that neither system has, the owner, one-way fields both ways, doubles."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from toolkit.errors import MappingError
from toolkit.mapping.fields import Direction, FieldRule
from toolkit.mapping.known import ACCELO, EXPECTED, KINDS, ONE_WAY, OWNER, SALESFORCE
from toolkit.mapping.transforms import ADDRESS
from toolkit.mapping.transforms import ONE_WAY as ONE_WAY_TRANSFORMS
from toolkit.model import Kind


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ObjectBlock(Block):
    salesforce: str
    accelo: str
    salesforce_marker: str | None = None
    accelo_marker: str | None = None


class FieldBlock(Block):
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


def check_flow(raw: FieldBlock, name: str, file: str, lines: Lines) -> None:
    """The owner never flows, and some fields only one way."""
    table = f"fields.{name}"
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


def check_names(raw: FieldBlock, name: str, kind: Kind, file: str, lines: Lines) -> None:
    """Fields that neither system has; custom fields of Salesforce and profile fields of Accelo are not known here."""
    table, (sf_object, resource) = f"fields.{name}", KINDS[kind]
    if raw.salesforce not in SALESFORCE[sf_object] and not re.fullmatch(r"\w+__c", raw.salesforce):
        raise MappingError(
            file,
            lines.of(table, "salesforce"),
            f'Salesforce\'s {sf_object} has no field "{raw.salesforce}".',
            next_step=meant(raw.salesforce, SALESFORCE[sf_object]) or "Use its API name; a custom field ends in __c.",
        )
    if raw.accelo not in ACCELO[resource] and not re.fullmatch(r"(address|profile):\S.*", raw.accelo):
        raise MappingError(
            file,
            lines.of(table, "accelo"),
            f'Accelo\'s {resource} have no field "{raw.accelo}".',
            next_step=meant(raw.accelo, ACCELO[resource]) or 'Use a column, "address:TITLE" or "profile:NAME".',
        )
    addresses = {raw.salesforce.endswith("*"), raw.accelo.startswith("address:"), raw.transform == ADDRESS}
    if len(addresses) > 1:
        raise MappingError(
            file,
            lines.of(table, "transform"),
            f"[{table}] mixes an address with a plain field.",
            next_step='An address has salesforce = "Billing*", accelo = "address:Billing", transform = "address".',
        )


def check_markers(head: ObjectBlock, kind: Kind, file: str, lines: Lines) -> None:
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


def check_together(fields: Mapping[str, FieldRule], kind: Kind, file: str) -> None:
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


def meant(word: str, words: Collection[str]) -> str:
    close = difflib.get_close_matches(word, sorted(words), n=1)
    return f'Did you mean "{close[0]}"?' if close else ""
