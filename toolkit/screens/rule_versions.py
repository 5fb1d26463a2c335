"""Versions of the field rules: every saved state with who saved it, when, and what was otherwise, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.errors import MappingError, StalePlan, UsageError
from toolkit.mapping.rules import FILES, Rules, read_rules
from toolkit.model import Kind
from toolkit.screens import rules as screen

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

Row = dict[str, Any]
Rows = list[Row]
LIST, ONE = "rule-versions", "rule-version:"
FILES_CHANGED = "(the files were edited)"


@dataclass(frozen=True)
class Version:
    number: int
    digest: str
    by: str
    at: str
    words: tuple[str, ...]


def versions(workspace: Workspace) -> list[Version]:
    """Newest first; [] before the first save."""
    found = [Version(**row | {"words": tuple(row["words"])}) for row in workspace.state.get(LIST, [])]
    return found[::-1]


def save(workspace: Workspace, wanted: list[screen.Edit], seen_digest: str, by: str) -> Version:
    """Write these edits as a new version. Raises StalePlan when the rules changed since they were shown."""
    if workspace.rules.digest != seen_digest:
        raise StalePlan("The rules were changed by somebody else meanwhile.", next_step="Load the page and look again.")
    if not wanted:
        raise UsageError("Nothing was changed.")
    return _save(workspace, screen.proposed(workspace, wanted), by)


def restore(workspace: Workspace, number: int, by: str) -> Version:
    """Make the rules what they were in that version."""
    return _save(workspace, _texts_of(workspace, number), by)


def compared(workspace: Workspace, number: int) -> list[str]:
    """What would be otherwise if that version came back."""
    return screen.difference(workspace.rules, _rules_of(workspace, _texts_of(workspace, number)))


def _save(workspace: Workspace, texts: dict[Kind, str], by: str) -> Version:
    old = workspace.rules
    with workspace.state.transaction():
        rows = list(workspace.state.get(LIST, []))
        if not rows or rows[-1]["digest"] != old.digest:  # how it was before anybody saved here, or a hand's work
            said = screen.difference(_last(workspace, rows), old) if rows else ["The rules as they were at first."]
            rows.append(_keep(workspace, rows, old, _now_texts(workspace), FILES_CHANGED, said))
        new = _rules_of(workspace, {**_now_texts(workspace), **texts})
        rows.append(_keep(workspace, rows, new, {**_now_texts(workspace), **texts}, by, screen.difference(old, new)))
        workspace.state.put(LIST, rows)
        screen.write(workspace, texts)
    return versions(workspace)[0]


def _keep(workspace: Workspace, rows: Rows, rules: Rules, texts: dict[Kind, str], by: str, said: list[str]) -> Row:
    number = len(rows) + 1
    workspace.state.put(f"{ONE}{number}", texts)
    now = workspace.clock().isoformat(timespec="seconds")
    return {"number": number, "digest": rules.digest, "by": by, "at": now, "words": said}


def _now_texts(workspace: Workspace) -> dict[Kind, str]:
    folder = workspace.folder / "mappings"
    return {kind: (folder / file).read_text(encoding="utf-8") for kind, file in FILES.items()}


def _texts_of(workspace: Workspace, number: int) -> dict[Kind, str]:
    texts = workspace.state.get(f"{ONE}{number}")
    if texts is None:
        raise UsageError("There is no such version.", next_step="Choose one of the list.")
    return dict(texts)


def _rules_of(workspace: Workspace, texts: dict[Kind, str]) -> Rules:
    country = workspace.rules.companies.default_country
    company, contact = (read_rules(texts[kind], kind, country) for kind in screen.KINDS)
    return Rules(companies=company, contacts=contact)


def _last(workspace: Workspace, rows: Rows) -> Rules:
    try:
        return _rules_of(workspace, _texts_of(workspace, rows[-1]["number"]))
    except MappingError:  # an older version that today's rules for rules would not take
        return workspace.rules
