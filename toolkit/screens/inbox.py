"""The inbox page: questions by kind and page, each with what both sides hold; answers in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.model import QuestionKind, value_from_json
from toolkit.runs.inbox import RULES, common_choices
from toolkit.screens import words
from toolkit.store.browse import Browse
from toolkit.store.inbox import Item

if TYPE_CHECKING:
    from toolkit.workspace import Workspace

PAGE = 25


@dataclass(frozen=True)
class Waiting:
    counts: dict[str, int]
    decided: int
    items: list[Item]
    total: int


def waiting(workspace: Workspace, kind: str, number: int, *, decided: bool = False) -> Waiting:
    """One page of open (or decided) questions of a kind ("" means any); the last one where there are fewer pages."""
    browse = Browse(workspace.state.database)
    states = ("decided",) if decided else ("open",)
    counts = browse.inbox_counts(states)
    total = counts.get(kind, 0) if kind else sum(counts.values())
    number = max(1, min(number, -(-total // PAGE)))
    items = browse.inbox(states, (kind,) if kind else (), (number - 1) * PAGE, PAGE)
    return Waiting(counts, sum(browse.inbox_counts(("decided",)).values()), items, total)


def kinds(counts: dict[str, int]) -> dict[str, str]:
    """What one may look at: its words with how many there are -> the kind ("" for all)."""
    single = {f"{words.QUESTIONS.get(kind, kind)} ({n:,})": kind for kind, n in counts.items()}
    return {f"All ({sum(counts.values()):,})": "", **single}


def table(items: list[Item]) -> list[dict[str, Any]]:
    """The list: one line for each question; a column in which nothing stands is left out."""
    rows = [row(item) for item in items]
    empty = {name for name in (rows[0] if rows else {}) if name != "Record" and not any(row.get(name) for row in rows)}
    return [{name: value for name, value in row.items() if name not in empty} for row in rows]


def row(item: Item) -> dict[str, Any]:
    """A question as a line of the list."""
    question = item.question
    line = {
        "Question": words.QUESTIONS.get(question.kind, question.kind.value),
        "Record": question.title,
        "Field": str(question.facts.get("label") or question.field or ""),
        "Salesforce": words.text(question.ours),
        "Accelo": words.text(question.theirs) or " or ".join(str(each["Name"]) for each in candidates(item)),
        "Asked": words.ago(item.first_seen),
    }
    return line | ({"Decided": words.choice(item.choice), "By": item.decided_by} if item.choice else {})


def sides(item: Item, zone: str | None) -> list[dict[str, str]]:
    """What was agreed, what each side holds now, who changed it and when; [] where no value is in question."""
    question, facts = item.question, item.question.facts
    if question.field is None:
        return []
    base_accelo = value_from_json(facts.get("base_accelo"))
    agreed = words.shown(question.base)
    if base_accelo is not None and base_accelo != question.base:
        agreed += f" (Accelo: {words.shown(base_accelo)})"
    return [
        {"": "Agreed before", "Value": agreed, "Changed": ""},
        {"": "Salesforce now", "Value": words.shown(question.ours), "Changed": _changed(facts, "salesforce", zone)},
        {"": "Accelo now", "Value": words.shown(question.theirs), "Changed": _changed(facts, "accelo", zone)},
    ]


def candidates(item: Item) -> list[dict[str, Any]]:
    """The records among which a person must choose."""
    return [
        {
            "Accelo id": each.get("id"),
            "Name": each.get("title"),
            "Why it may be it": ", ".join(each.get("reasons") or ()),
        }
        for each in item.question.facts.get("candidates") or ()
    ]


def choices(items: list[Item]) -> dict[str, str]:
    """Answer -> what it says, for all of these together."""
    names = {str(each["Accelo id"]): each["Name"] for item in items[:1] for each in candidates(item)}
    return {
        name: f"It is {names[name]} (Accelo {name})" if len(items) == 1 and name in names else words.choice(name)
        for name in common_choices(items)
    }


def rule_of(items: list[Item]) -> tuple[str, str] | None:
    """The kind and field that a rule made from these questions would cover; None where they have nothing in common."""
    kinds = {item.question.kind for item in items}
    if len(kinds) != 1 or QuestionKind.POISON in kinds:
        return None
    fields = {item.question.field or "" for item in items}
    return next(iter(kinds)).value, next(iter(fields)) if len(fields) == 1 else ""


def may_be_rule(kind: str, choice: str) -> bool:
    return choice in RULES.get(QuestionKind(kind), ())


def rule_words(kind: str, field: str, choice: str) -> str:
    about = words.QUESTIONS.get(kind, kind)
    return f"{about}{f' ({field})' if field else ''}: {words.choice(choice).lower()}"


def _changed(facts: Any, side: str, zone: str | None) -> str:
    when, by = facts.get(f"{side}_modified"), facts.get(f"{side}_by")
    return " by ".join(str(part) for part in (words.moment(when, zone) if when else "", by) if part)


