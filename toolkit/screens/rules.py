"""The field rules as a table: what may be changed, what a change means, and saving it with its version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import tomlkit

from toolkit.errors import UsageError
from toolkit.files import write_atomically
from toolkit.mapping.fields import FieldRule, ObjectRules
from toolkit.mapping.known import ONE_WAY
from toolkit.mapping.rules import FILES, Rules, read_rules
from toolkit.model import Kind
from toolkit.screens import words

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

KINDS: tuple[Kind, Kind] = ("company", "contact")
DIRECTIONS: Mapping[str, str] = {
    "both": "⇄ both ways",
    "salesforce-to-accelo": "→ Salesforce to Accelo",
    "accelo-to-salesforce": "← Accelo to Salesforce",
}
POLICIES: Mapping[str, str] = {
    "": "as in Settings",
    "ask": "ask a person",
    "salesforce": "Salesforce wins",
    "accelo": "Accelo wins",
    "newest": "the newest wins",
}
EDITABLE = ("Direction", "When both changed")


@dataclass(frozen=True)
class Edit:
    """One setting of one rule that a person wants to be otherwise. ``setting``: direction or policy."""

    kind: Kind
    name: str
    setting: str
    value: str


def table(rules: ObjectRules) -> list[dict[str, Any]]:
    """One row for each rule, in the order of the file."""
    return [
        {
            "Field": rule.label,
            "In Salesforce": rule.salesforce,
            "Direction": DIRECTIONS[rule.direction],
            "In Accelo": _accelo(rule),
            "When both changed": POLICIES[rule.policy or ""],
            "Compared as": rule.transform,
            "Longest": _longest(rule),
        }
        for rule in rules.fields.values()
    ]


def edits(rules: ObjectRules, changed: Mapping[int, Mapping[str, Any]]) -> list[Edit]:
    """What somebody changed in the table: row number -> column -> new words. Unchanged cells are left out.

    Raises UsageError for a change that a rule does not allow.
    """
    named = list(rules.fields.values())
    found = []
    for at, cells in sorted(changed.items()):
        rule = named[int(at)]
        for column, said in cells.items():
            if column not in EDITABLE:
                raise UsageError(f"“{column}” is not changed here.", next_step="Edit the mapping file for that.")
            table, setting = (DIRECTIONS, "direction") if column == "Direction" else (POLICIES, "policy")
            value = next((name for name, text in table.items() if text == said), None)
            if value is None:
                raise UsageError(f"“{said}” is no choice for {column.lower()}.", next_step="Choose one of the list.")
            if setting == "direction" and rule.salesforce in ONE_WAY and value != rule.direction:
                raise UsageError(f"{rule.label} may only go from Salesforce to Accelo.", next_step="Leave it as it is.")
            if value != (getattr(rule, setting) or ""):
                found.append(Edit(rules.kind, rule.name, setting, value))
    return found


def proposed(workspace: Workspace, wanted: list[Edit]) -> dict[Kind, str]:
    """The texts of the mapping files with these edits, comments kept; checked. Raises MappingError, UsageError."""
    texts: dict[Kind, str] = {}
    for kind in {edit.kind for edit in wanted}:
        path = workspace.folder / "mappings" / FILES[kind]
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        for edit in (e for e in wanted if e.kind == kind):
            fields = cast("dict[str, Any]", document["fields"])
            if edit.name not in fields:
                raise UsageError("This rule is not in the file any more.", next_step="Load the page again.")
            if edit.value:
                fields[edit.name][edit.setting] = edit.value
            else:
                fields[edit.name].pop(edit.setting, None)
        texts[kind] = tomlkit.dumps(document)
        read_rules(texts[kind], kind)
    return texts


def difference(old: Rules, new: Rules) -> list[str]:
    """What is otherwise in ``new``, in words."""
    said: list[str] = []
    for kind in KINDS:
        before, after, many = old.of(kind).fields, new.of(kind).fields, words.PLURALS[kind]
        said += [f"{after[name].label} of {many}: new rule." for name in after if name not in before]
        said += [f"{before[name].label} of {many}: rule removed." for name in before if name not in after]
        for name in (name for name in after if name in before):
            said += [f"{after[name].label} of {many}: {text}" for text in _differs(before[name], after[name])]
    return said


def _differs(old: FieldRule, new: FieldRule) -> list[str]:
    said = []
    if old.direction != new.direction:
        said.append(f"{DIRECTIONS[old.direction]} became {DIRECTIONS[new.direction]}.")
    if old.policy != new.policy:
        said.append(f"when both changed, “{POLICIES[old.policy or '']}” became “{POLICIES[new.policy or '']}”.")
    for attribute, name in (("salesforce", "the field in Salesforce"), ("accelo", "the field in Accelo"),
                            ("transform", "how it is compared"), ("label", "its name"),
                            ("salesforce_length", "the longest in Salesforce"),
                            ("accelo_length", "the longest in Accelo"),
                            ("required", "where it is required")):  # fmt: skip
        if getattr(old, attribute) != getattr(new, attribute):
            said.append(f"{name}: {getattr(old, attribute) or 'none'} became {getattr(new, attribute) or 'none'}.")
    return said


def write(workspace: Workspace, texts: Mapping[Kind, str]) -> None:
    for kind, text in texts.items():
        write_atomically(workspace.folder / "mappings" / FILES[kind], text)


def _accelo(rule: FieldRule) -> str:
    where, name = rule.place
    return {
        "affiliation": f"{name} (affiliation)",
        "address": f"address “{name}”",
        "profile": f"{name} (custom field)",
    }.get(where, name)


def _longest(rule: FieldRule) -> str:
    lengths = (rule.salesforce_length, rule.accelo_length)
    return " / ".join(str(n or "–") for n in lengths) if any(lengths) else ""
