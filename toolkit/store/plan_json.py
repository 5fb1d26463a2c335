"""A plan from its JSON form; the way there is ``model.jsonable``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolkit.model import (
    Action,
    ActionType,
    Base,
    Change,
    Finding,
    Flag,
    LedgerRow,
    Plan,
    Question,
    QuestionKind,
    RecordState,
    value_from_json,
)


def _values(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value_from_json(value) for name, value in data.items()}


def bases_from_data(data: Mapping[str, Any]) -> dict[str, Base]:
    return {
        name: Base(value_from_json(item["salesforce"]), value_from_json(item["accelo"]), Flag(item["flag"]))
        for name, item in data.items()
    }


def action_from_json(data: Mapping[str, Any]) -> Action:
    changes = tuple(
        Change(**change | {"before": value_from_json(change["before"]), "after": value_from_json(change["after"])})
        for change in data["changes"]
    )
    return Action(
        **dict(data)
        | {
            "type": ActionType(data["type"]),
            "changes": changes,
            "expected": _values(data["expected"]),
            "bases": bases_from_data(data["bases"]),
        }
    )


def question_from_json(data: Mapping[str, Any]) -> Question:
    return Question(
        **dict(data)
        | {
            "kind": QuestionKind(data["kind"]),
            "choices": tuple(data["choices"]),
            "base": value_from_json(data["base"]),
            "ours": value_from_json(data["ours"]),
            "theirs": value_from_json(data["theirs"]),
        }
    )


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    return Plan(
        kind=data["kind"],
        actions=tuple(action_from_json(item) for item in data["actions"]),
        questions=tuple(question_from_json(item) for item in data["questions"]),
        ledger=tuple(LedgerRow(**item | {"state": RecordState(item["state"])}) for item in data["ledger"]),
        base_moves={pair: bases_from_data(fields) for pair, fields in data["base_moves"].items()},
        blocked=tuple(Finding(**item | {"examples": tuple(item["examples"])}) for item in data["blocked"]),
        inputs=dict(data["inputs"]),
    )
