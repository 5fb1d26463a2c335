"""inbox and decide: what waits for a person, from the command line. A decision writes nothing: it is an input of the
next plan, and stands in the evidence of the run that carries it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from toolkit.commands.plumbing import Context, Reply, command
from toolkit.errors import UsageError
from toolkit.model import QuestionKind, canonical

KINDS = [kind.value for kind in QuestionKind]


@command("inbox")
@click.option("--kind", type=click.Choice(KINDS), help="Only questions of this kind.")
def inbox(context: Context, kind: str | None) -> Reply:
    """What waits for a person: each question with what both sides hold and the choices there are."""
    with context.workspace() as workspace:
        items = workspace.state.inbox.items(("open",), kind)
        decided = workspace.state.inbox.items(("decided",), kind)
        rules = [rule for rule in workspace.state.inbox.rules() if kind in (None, rule.kind)]
    data = {
        "questions": [_row(item) for item in items],
        "decided": [{**_row(item), "choice": item.choice, "by": item.decided_by} for item in decided],
        "rules": [{"kind": rule.kind, "field": rule.field or None, "choice": rule.choice} for rule in rules],
    }
    lines = [line for item in items for line in _lines(item)] or ["Nothing waits for a person."]
    if decided:
        lines.append(f"{len(decided)} decisions stand; what they ask for is in the next plan:  toolkit plan sync")
    lines += [f"Rule: {rule.kind} {rule.field}".rstrip() + f" → {rule.choice}" for rule in rules]
    return Reply(data, "\n".join(lines))


@command("decide")
@click.argument("words", nargs=-1, required=True, metavar="[ID…] CHOICE")
@click.option("--kind", type=click.Choice(KINDS), help="All open questions of this kind, instead of ids.")
@click.option("--field", default="", help="With --kind: only this field.")
@click.option("--rule", is_flag=True, help="With --kind: decide so from now on, too.")
def decide(context: Context, words: tuple[str, ...], kind: str | None, field: str, rule: bool) -> Reply:
    """Decide one question, several, or all of a kind; with --rule also those that will come."""
    from toolkit.runs import inbox as decisions

    *named, choice = words
    if kind and named:
        raise UsageError("Give ids or --kind, not both.")
    if not kind and not named:
        raise UsageError("Which question?", next_step="toolkit decide ID CHOICE, or --kind KIND CHOICE")
    if (rule or field) and not kind:
        raise UsageError("--rule and --field go with --kind.", next_step="toolkit decide --kind KIND CHOICE --rule")
    with context.workspace() as workspace:
        state, now = workspace.state, workspace.clock().isoformat()
        if rule and kind:
            count = decisions.make_rule(state, kind, field, choice, BY, now)
        else:
            ids = _of_kind(state, kind, field) if kind else _known(state, named)
            _offered(state, ids, choice)
            count = decisions.decide(state, ids, choice, BY, now)
        left = sum(state.inbox.counts().values())
    text = f"{count} decided: {choice}." + (" So it will be from now on." if rule else "")
    text += f" {left} wait still." if left else ""
    return Reply(
        {"decided": count, "choice": choice, "rule": rule, "waiting": left}, f"{text}\nNext:  toolkit plan sync"
    )


BY = "the command line"


def _known(state: Any, named: Sequence[str]) -> list[int]:
    """The ids of open or decided questions. Raises UsageError naming the first that is none."""
    ids = []
    for text in named:
        item = state.inbox.get(int(text)) if text.isdigit() and len(text) < 18 else None
        if item is None:
            raise UsageError(f"There is no question {text!r}.", next_step="See what waits with: toolkit inbox")
        ids.append(item.id)
    return ids


def _of_kind(state: Any, kind: str, field: str) -> list[int]:
    items = [item for item in state.inbox.items(("open",), kind) if not field or item.question.field == field]
    if not items:
        about = f"{kind} about {field}" if field else kind
        raise UsageError(f"No question of the kind {about} waits.", next_step="See what waits with: toolkit inbox")
    return [item.id for item in items]


def _offered(state: Any, ids: Sequence[int], choice: str) -> None:
    """Raises UsageError with the choices that there are."""
    from toolkit.runs.inbox import allowed, common_choices

    items = [item for id in ids if (item := state.inbox.get(id)) is not None]
    wrong = [item for item in items if item.state != "settled" and not allowed(item.question, choice)]
    if wrong:
        choices = common_choices(items) or wrong[0].question.choices
        raise UsageError(
            f"{choice!r} is not offered by question {wrong[0].id} ({wrong[0].question.kind.value}).",
            next_step=f"Its choices: {', '.join(choices)}.",
        )


def _row(item: Any) -> dict[str, Any]:
    question = item.question
    return {
        "id": item.id,
        "kind": question.kind.value,
        "records": {
            "kind": question.record_kind,
            "title": question.title,
            "salesforce": question.salesforce_id,
            "accelo": question.accelo_id,
        },
        "field": question.field,
        "base": question.base,
        "ours": question.ours,
        "theirs": question.theirs,
        "choices": list(question.choices),
        "reason": question.reason,
        "since": item.first_seen,
        "run": item.run,
        "facts": dict(question.facts),
    }


def _lines(item: Any) -> list[str]:
    question = item.question
    ids = " ↔ ".join(id for id in (question.salesforce_id, question.accelo_id) if id)
    lines = [f"{item.id:5}  {question.kind.value:21} {question.record_kind} {question.title} ({ids})"]
    lines.append(f"       {question.reason}")
    if question.field:
        for name, value in (("agreed", question.base), ("Salesforce", question.ours), ("Accelo", question.theirs)):
            lines.append(f"       {question.field}, {name}: {_value(value)}")
    for option in question.facts.get("candidates") or ():
        because = f" ({', '.join(option['reasons'])})" if option.get("reasons") else ""
        lines.append(f"       {option['id']}: {_value(option.get('title'))}{because}")
    return [*lines, f"       choices: {', '.join(question.choices)}   since {item.first_seen[:16]}"]


def _value(value: Any) -> str:
    """On one line, with control characters shown as such: the text comes from a record."""
    if value is None:
        return "(blank)"
    return value if isinstance(value, str) and value.isprintable() else canonical(value)


commands = [inbox, decide]
