"""What a scenario says must be so after a step, looked up in the sandbox's world and log and in the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.runs.bed import Bed
from tests.runs.oracles import journal_is_the_world, live
from tests.scenarios.addresses import joined
from tests.scenarios.stage import TABLES, Stage
from toolkit.model import Address, Question

if TYPE_CHECKING:
    from tests.scenarios.one_run import Seen

ABSENT = "absent"


def check(said: Mapping[str, Any], stage: Stage, seen: Seen) -> None:
    """Every expectation of a step; raises AssertionError with what is there instead."""
    world = stage.served.world()
    problems: list[str] = []
    for side in ("salesforce", "accelo"):
        for obj, named in said.get(side, {}).items():
            for name, wanted in named.items():
                for path in stage.matching(f"{side}.{obj}.{name}"):
                    problems += _record(path, wanted, stage.shown(path, world) if stage.id(path) else None, stage)
    if "inbox" in said:
        problems += _inbox(said["inbox"], stage)
    if "writes" in said:
        wanted_writes = {"salesforce": 0, "accelo": 0} | ({} if said["writes"] == "none" else dict(said["writes"]))
        if seen.writes != wanted_writes:
            problems.append(f"it wrote {seen.writes}, not {wanted_writes}")
    for word, found in (("actions", seen.counts.get("counts", {})), ("brakes", list(seen.brakes))):
        if word in said and found != said[word]:
            problems.append(f"{word}: {found}, not {said[word]}")
    for state, number in said.get("ledger", {}).items():
        if seen.counts["ledger"].get(state) != number:
            problems.append(f"ledger: {seen.counts['ledger']}, not {state} = {number}")
    for obj, number in said.get("count", {}).items():
        rows = live(world[obj.partition(".")[0]][TABLES[obj]])
        if len(rows) != number:
            problems.append(f"{len(rows)} records of {obj}, not {number}")
    assert not problems, "; ".join(problems)


def _record(path: str, wanted: Any, found: Mapping[str, Any] | None, stage: Stage) -> list[str]:
    if wanted == ABSENT:
        return [f"{path} is there"] if found is not None else []
    if found is None:
        return [f"there is no {path}"]
    if wanted == "there":
        return []
    return [
        f"{path}.{name} is {is_!r}, not {should!r}"
        for name, should, is_ in _flat(wanted, found)
        if _plain(is_) != _plain(stage.given(should))
    ]


def _flat(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    rows = []
    for name, value in wanted.items():
        if isinstance(value, Mapping):
            inner = found.get(name) or {}
            rows += [(f"{name}.{each}", should, inner.get(each)) for each, should in value.items()]
        else:
            rows.append((name, value, found.get(name)))
    return rows


def _plain(value: Any) -> Any:
    return "" if value is None else value.replace("\r\n", "\n") if isinstance(value, str) else value


def _inbox(wanted: list[Any], stage: Stage) -> list[str]:
    """Exactly these questions are open: each expectation takes one."""
    left = [item.question for item in stage.bed.state.inbox.items()]
    problems = []
    for each in wanted:
        said = each if isinstance(each, Mapping) else dict(zip(("kind", "field"), str(each).split(":"), strict=False))
        found = next((question for question in left if is_about(question, said, stage)), None)
        if found is None:
            problems.append(f"no question {dict(said)}")
        else:
            left.remove(found)
    return problems + [
        f"also asked: {question.key} base={question.base!r} ours={question.ours!r} theirs={question.theirs!r} "
        f"choices={question.choices}"
        for question in left
    ]


def is_about(question: Question, said: Mapping[str, Any], stage: Stage) -> bool:
    """Does a question fit: kind, and whatever else is said of field, record, base, ours, theirs, choices."""
    if question.kind != said["kind"]:
        return False
    if "field" in said and question.field != said["field"]:
        return False
    if "record" in said and not _about(question, said["record"], stage):
        return False
    if any(name in said and _text(getattr(question, name)) != said[name] for name in ("base", "ours", "theirs")):
        return False
    return "choices" not in said or list(question.choices) == said["choices"]


def _about(question: Question, name: str, stage: Stage) -> bool:
    own = question.record_kind
    sides = (
        ("salesforce", "account" if own == "company" else "contact", question.salesforce_id),
        ("accelo", own, question.accelo_id),
    )
    return any(
        id and stage.id(f"{side}.{obj}.{name}") == id
        for side, obj, id in sides
        if f"{side}.{obj}.{name}" in stage.ids or id
    )


def _text(value: Any) -> str:
    if isinstance(value, Address):
        return joined([value.street, value.city, value.state, value.postal_code, value.country])
    return str(value or "")


def journal_is_the_log(bed: Bed) -> None:
    """P8: every write in the sandbox's log has its attempt in the journal, and every applied attempt its write."""
    journal_is_the_world(bed)
