"""Values of one field that are probably one value in two spellings: "GTXPro" beside "GTX Pro",
"Hardwear" beside "Hardware".

For fields that sort records into kinds: picklists and short custom texts with few values. Nothing is corrected here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

from toolkit.model import Finding

PICKLISTS = frozenset({"picklist", "combobox"})
MOST_VALUES = 500
"""A field with more different values, or with one for every second record, is free text: no kinds are kept in it."""
SLIP_LENGTH = 6
"""From this length on one letter more, less or another is taken for a slip; below it, it is another word."""
REMEDY = "It is kept as it is. Correct it in Salesforce if it is a slip."
EXAMPLES = 5


@dataclass(frozen=True)
class Spelling:
    """A spelling, and the more usual one (or the one of the list) that was probably meant."""

    value: str
    records: int
    meant: str


def kinds_in(fields: Sequence[Mapping[str, Any]]) -> list[str]:
    """The fields of a describe that may keep kinds: picklists, and custom texts that are no key and no formula."""
    return [
        said["name"]
        for said in fields
        if said.get("type") in PICKLISTS
        or (
            said.get("type") == "string"
            and said.get("custom")
            and not any(said.get(flag) for flag in ("unique", "externalId", "autoNumber", "calculated"))
        )
    ]


def spellings(counts: Mapping[str, int], listed: frozenset[str] = frozenset()) -> list[Spelling]:
    """Each rarer spelling beside the usual one. Two values of the picklist (``listed``) are never one."""
    if len(counts) > MOST_VALUES or 2 * len(counts) > sum(counts.values()):
        return []
    usual: list[_Form] = []
    found: list[Spelling] = []
    for value in sorted(counts, key=lambda value: (value not in listed, -counts[value], value)):
        form = _Form.of(value)
        meant = None if value in listed else next((u for u in usual if _one(form, u, counts)), None)
        if meant:
            found.append(Spelling(value, counts[value], meant.value))
        else:
            usual.append(form)
    return found


def findings(
    obj: str, fields: Sequence[Mapping[str, Any]], columns: Mapping[str, Sequence[Any]], ids: Sequence[Any]
) -> Iterator[Finding]:
    """What is told of an object. ``columns``: the values of each field, in the order of ``ids``."""
    for said in fields:
        values = [str(value) for value in columns.get(said["name"], ()) if value]
        listed = frozenset(str(entry["value"]) for entry in said.get("picklistValues") or ())
        for each in spellings(Counter(values), listed):
            examples = [str(id_) for id_, value in zip(ids, columns[said["name"]], strict=True) if value == each.value]
            yield Finding(
                f"spelling-{obj.lower()}-{said['name'].lower()}",
                "warning",
                f"{obj}.{said['name']} holds '{each.value[:60]}'; '{each.meant[:60]}' was probably meant.",
                each.records,
                REMEDY,
                tuple(examples[:EXAMPLES]),
            )


@dataclass(frozen=True)
class _Form:
    """A value as it is compared: without case, accents, blanks and the marks between words."""

    value: str
    plain: str
    numbers: tuple[str, ...]
    words: frozenset[str]

    @classmethod
    def of(cls, value: str) -> _Form:
        bare = "".join(c for c in unicodedata.normalize("NFKD", value.casefold()) if not unicodedata.combining(c))
        words = re.split(r"[\s\-_.,'’/]+", bare)
        return cls(value, "".join(words), tuple(re.findall(r"\d+", bare)), frozenset(words))


def _one(rare: _Form, usual: _Form, counts: Mapping[str, int]) -> bool:
    """Other numbers are other things (Phase 1, Phase 2), and so are other short words (Series A, Series B)."""
    if rare.numbers != usual.numbers:
        return False
    if rare.plain == usual.plain:
        return True
    if min(len(rare.plain), len(usual.plain)) < SLIP_LENGTH or 2 * counts[rare.value] > counts.get(usual.value, 0):
        return False
    if any(len(word) < 4 for word in rare.words ^ usual.words):
        return False
    return OSA.distance(rare.plain, usual.plain, score_cutoff=1) <= 1
