"""What a change of the field rules would change, before it is saved: the same plan with these rules and with those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.mapping.rules import Rules, read_rules
from toolkit.model import Kind
from toolkit.runs.replan import Difference, Outcome, replan
from toolkit.screens import words
from toolkit.screens.rules import KINDS, POLICIES, Edit, proposed

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

SHOWN = 200
"""Rows of the table at most."""
WAYS: Mapping[str, str] = {
    "both": "changes go both ways",
    "salesforce-to-accelo": "only changes in Salesforce are carried over; what people type in Accelo stays there",
    "accelo-to-salesforce": "only changes in Accelo are carried over; what people type in Salesforce stays there",
}


@dataclass(frozen=True)
class Effect:
    """``meaning``: one sentence for each edit. ``rows``: the first values that would go otherwise, of ``total``."""

    meaning: tuple[str, ...]
    sum: str
    rows: tuple[dict[str, str], ...]
    total: int


def effect(workspace: Workspace, wanted: Sequence[Edit]) -> Effect:
    """Planned from what was last seen; nothing is asked of either system, and nothing is kept. Raises MappingError,
    UsageError."""
    rules = workspace.rules
    meaning = tuple(_meaning(rules, edit) for edit in wanted)
    fields: dict[Kind, set[str]] = {}
    for edit in wanted:
        fields.setdefault(edit.kind, set()).add(edit.name)
    found = replan(workspace, _with(workspace, wanted), fields)
    if found is None:
        return Effect(
            meaning, "Nothing was read yet, so no record is concerned. The first preview goes by the new rules.", (), 0
        )
    different, records = len(found.differences), len({(d.kind, d.title) for d in found.differences})
    said = (
        f"{words.many(different, 'value')} of {words.many(records, 'record')} would go otherwise in the next sync."
        if different
        else "No value would go otherwise in the next sync; later changes go by the new rules."
    )
    if not found.whole:
        said += (
            f" Looked at: {found.looked_at:,} of {words.many(found.concerned, 'linked pair')} in which the two sides "
            "differ or changed. Records without a link are in the next preview."
        )
    rows = tuple(_row(rules, each) for each in found.differences[:SHOWN])
    return Effect(meaning, said, rows, different)


def _with(workspace: Workspace, wanted: Sequence[Edit]) -> Rules:
    """The rules as they would be."""
    texts, now = proposed(workspace, list(wanted)), workspace.rules
    country = workspace.settings.sync.country
    company, contact = (read_rules(texts[kind], kind, country) if kind in texts else now.of(kind) for kind in KINDS)
    return Rules(companies=company, contacts=contact)


def _meaning(rules: Rules, edit: Edit) -> str:
    label, kind = rules.of(edit.kind).fields[edit.name].label, words.PLURALS[edit.kind]
    if edit.setting == "direction":
        return f"{label} of {kind}: {WAYS[edit.value]}."
    return f"{label} of {kind}: when both sides changed it, {POLICIES[edit.value]}."


def _row(rules: Rules, found: Difference) -> dict[str, Any]:
    last = found.then or found.now
    return {
        "Record": found.title,
        "Field": rules.of(found.kind).fields[found.field].label,
        "With today's rules": _said(found.now),
        "With this change": _said(found.then),
        "Why": last.why if last else "",
    }


def _said(outcome: Outcome | None) -> str:
    if outcome is None:
        return "nothing is written"
    if outcome.side is None:
        return f"a person is asked: {words.shown(outcome.before)} or {words.shown(outcome.after)}"
    return f"{words.SYSTEMS[outcome.side]}: {words.shown(outcome.before)} → {words.shown(outcome.after)}"
