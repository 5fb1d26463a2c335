"""A plan, its questions and its ledger as tables: what a person looks at before confirming, and afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.model import Action, ActionType, LedgerRow, Plan
from toolkit.tables import Table, text


def actions(plan: Plan) -> Table:
    """What will be done, and to how many records."""
    writes = dict.fromkeys(plan.counts(), 0)
    for action in plan.actions:
        writes[_name(action)] += len(action.changes)
    rows = [{"action": name, "records": number, "values": writes[name]} for name, number in plan.counts().items()]
    return Table.of(rows, ["action", "records", "values"], nothing="Nothing to write.")


def fields(plan: Plan) -> dict[str, int]:
    """How often each field is written, by side: {"Phone → Accelo": 12}."""
    counted = Counter(
        f"{_words(change.field)} → {(action.side or 'our records').capitalize()}"
        for action in plan.actions
        for change in action.changes
    )
    return dict(counted)


def samples(plan: Plan, each: int = 3) -> Table:
    """Some records of every kind of action, their values side by side."""
    seen: Counter[str] = Counter()
    rows = []
    for action in plan.actions:
        name = _name(action)
        if seen[name] >= each:
            continue
        seen[name] += 1
        for position, change in enumerate(action.changes):
            rows.append(
                {
                    "record": action.title if not position else "",
                    "action": name if not position else "",
                    "field": _words(change.field),
                    "before": change.before,
                    "after": change.after,
                    "why": change.reason,
                }
            )
        if not action.changes:
            rows.append({"record": action.title, "action": name, "why": action.reason})
    return Table.of(
        rows, ["record", "action", "field", "before", "after", "why"], nothing="Nothing to show: nothing is written."
    )


def surprises(plan: Plan) -> Table:
    """Updates that blank a value or change a link: few, and worth a look one by one."""
    rows = [
        {
            "record": action.title,
            "action": _name(action),
            "field": _words(change.field),
            "before": change.before,
            "after": change.after,
        }
        for action in plan.actions
        if action.type not in (ActionType.CREATE, ActionType.LINK)
        for change in action.changes
        if change.before and not change.after
    ]
    rows += [
        {"record": action.title, "action": _name(action), "after": action.reason}
        for action in plan.actions
        if action.type in (ActionType.RETIRE, ActionType.REPOINT, ActionType.DEACTIVATE, ActionType.MOVE)
    ]
    return Table.of(
        rows, ["record", "action", "field", "before", "after"], nothing="No value becomes blank, no link ends."
    )


def questions(plan: Plan) -> Table:
    """What only a person may decide, with both sides' values."""
    rows = [
        {
            "question": question.kind.value,
            "record": question.title,
            "field": question.field,
            "Salesforce": question.ours,
            "Accelo": question.theirs,
            "choices": question.choices,
            "why": question.reason,
        }
        for question in plan.questions
    ]
    return Table.of(
        rows, ["question", "record", "field", "Salesforce", "Accelo", "choices", "why"], nothing="No questions."
    )


def reasons(ledger: Iterable[LedgerRow | Mapping[str, Any]]) -> Table:
    """Why records wait, were skipped or failed: each reason with the number of records."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in ledger:
        said = row if isinstance(row, Mapping) else {"state": row.state.value, "kind": row.kind, "reason": row.reason}
        if said["state"] in ("waiting", "skipped", "failed"):
            counted[said["state"], said["kind"], said["reason"]] += 1
    rows = [
        {"state": state, "kind": kind, "reason": reason, "records": number}
        for (state, kind, reason), number in sorted(counted.items(), key=lambda item: (item[0][0], -item[1]))
    ]
    return Table.of(rows, ["state", "kind", "records", "reason"], nothing="No record waits or is skipped.")


def states(ledger: Iterable[LedgerRow | Mapping[str, Any]]) -> dict[str, int]:
    """How many records are in each state: {"company created": 48}."""
    counted: Counter[str] = Counter()
    for row in ledger:
        counted[f"{row['kind']} {row['state']}" if isinstance(row, Mapping) else f"{row.kind} {row.state.value}"] += 1
    return dict(counted)


def one_line(action: Action) -> str:
    """An action in a sentence, for lists."""
    changes = ", ".join(
        f"{change.field}: {text(change.before) or 'blank'} → {text(change.after) or 'blank'}"
        for change in action.changes
    )
    return f"{_name(action)}: {action.title}" + (f" ({changes})" if changes else "")


def _words(name: str) -> str:
    """A rule's name as people read it: first_name is First name."""
    return name.replace("_", " ").capitalize()


def _name(action: Action) -> str:
    """As Plan.counts names it."""
    return f"{action.type} {action.kind}" + (f" in {action.side}" if action.side else "")
