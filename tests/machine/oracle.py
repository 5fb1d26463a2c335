"""What must hold, computed from the sandbox's own log and state and from what people typed, never from our planner.

Windows that no engine can close on these two APIs are recognised one by one, by the log, and counted:

R1  typed between our last reading of that row and our write to it, in one and the same run
R2  overwritten, or made a second time, by a request that we gave up on and that was carried out later (a zombie)
R3  a creation that the network delivered twice
R4  typed in Salesforce while a late commit hid that row from our readings
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.machine.town import CELLS, OBJECTS, TABLES, Typed
from tests.runs.oracles import live
from toolkit.model import Question

if TYPE_CHECKING:
    from tests.machine.history import History

ANSWERS = {
    "conflict": "salesforce",
    "held-back": "push",
    "incomplete": "skip",
    "poison": "retry",
    "new-in-accelo": "never",
}
DECIDED = ("decision", "policy-", "first-link", "placeholder")
WRITING = ("POST", "PUT", "PATCH", "DELETE")


def answer(question: Question) -> str:
    """What a person who wants to be done says."""
    wanted = ANSWERS.get(question.kind, "leave")
    return wanted if wanted in question.choices else question.choices[-1]


def after_run(history: History, before: int) -> None:
    """What holds after each run, however it ended."""
    only_read(history)
    for link in history.desk.state.links.all():
        if link.accelo_id:
            history.ever_linked.add((link.kind, link.accelo_id))
    nothing_is_lost(history)
    retired_on_evidence(history)


def only_read(history: History) -> None:
    """P1: since read-only was turned on, nothing was sent to Salesforce that could write."""
    if history.read_only_from is None:
        return
    for row in history.lab.requests(history.read_only_from):
        reads = row["method"] == "GET" or row["path"].endswith("/composite") or "/jobs/query" in row["path"]
        assert row["system"] != "salesforce" or (reads and not row["writes"]), f"P1: {row}"


def retired_on_evidence(history: History) -> None:
    """P20: a pair is retired only when a person deleted or merged one of its records."""
    for link in history.desk.state.links.all():
        if link.state != "retired":
            continue
        ids = {("salesforce", OBJECTS[link.kind], link.salesforce_id), ("accelo", TABLES[link.kind], link.accelo_id)}
        struck = any(row["fault"] == "record_deleted" for row in history.lab.requests())
        assert ids & history.town.ever_deleted or struck or not link.salesforce_id, (
            f"P20: {link} was retired, and nobody deleted anything"
        )


# P4


def nothing_is_lost(history: History) -> None:
    """P4: every typed value is somewhere, or was replaced by a person who saw it, or by a decision, or waits."""
    town, state = history.town, history.desk.state
    everything = json.dumps(history.lab.world(), default=str)
    missing = [
        typed
        for typed in town.typed
        if typed.text and typed.text not in everything and typed.text not in history.excused
    ]
    if not missing:
        return
    seen = {typed.saw for typed in town.typed}
    waiting = json.dumps([row["body"] for row in state.database.rows("SELECT body FROM inbox")])
    replaced = {
        row["before"]
        for row in state.database.rows("SELECT before, rule FROM audit")
        if row["rule"].startswith(DECIDED)
    }
    for typed in missing:
        if typed.text in seen or typed.text in waiting or any(typed.text in (before or "") for before in replaced):
            continue
        if (typed.side, typed.table, typed.id) in town.ever_deleted or any(
            typed.text in before for before in history.replaced_before
        ):
            continue
        window = window_of(history, typed)
        assert window, f"P4: {typed} is lost; written over by {overwriting(history, typed)}"
        history.windows[window] += 1
        history.excused.add(typed.text)


def overwriting(history: History, typed: Typed) -> list[dict[str, Any]]:
    """The requests that wrote something else into that field."""
    found = []
    for row in history.lab.requests():
        for write in row["writes"]:
            if (
                row["system"] == typed.side
                and (write["object"], str(write["id"])) == (typed.table, typed.id)
                and typed.column in write["fields"]
                and write["fields"][typed.column] != typed.text
            ):
                found.append(row)
                break
    return found


def window_of(history: History, typed: Typed) -> str:
    """Which named window explains that this value was overwritten; "" when none does."""
    rows = overwriting(history, typed)
    if any(row["fault"] == "applied_late" and row["n"] <= typed.at for row in rows):
        return "R2"
    after = next((row for row in rows if row["n"] > typed.at), None)
    if after is None:
        return ""
    between = [row for row in history.lab.requests(typed.at) if row["n"] < after["n"] and row["system"] == typed.side]
    if typed.side == "salesforce":
        reads = [row for row in between if row["path"].endswith("/composite") or "/query" in row["path"]]
        if any(row["fault"] == "late_commit" for row in reads) or (not reads and history.late_before(after["n"])):
            return "R4"
    else:
        reads = [row for row in between if row["method"] == "GET" and f"/{typed.table}" in row["path"]]
    return "R1" if typed.run and not reads else ""


# P8


def signature(system: str, path: str) -> tuple[str, str, str, str]:
    """(system, collection, record, below it) of a wire path."""
    parts = re.split(r"/sobjects/|/api/v0/", path)[-1].strip("/").split("/")
    return system, parts[0], parts[1] if len(parts) > 1 else "", parts[2] if len(parts) > 2 else ""


def sent_and_logged(history: History) -> None:
    """P8: each request that could write has its attempt, and each answered attempt its request; one to one."""
    if history.state_moved:
        return
    logged: Counter[tuple[str, str, str, str]] = Counter()
    for row in history.lab.requests():
        if row["path"].endswith("/composite/sobjects"):  # many records in one request: each that it wrote
            for write in row["writes"]:
                id = "" if write["op"] == "create" else str(write["id"])
                logged["salesforce", write["object"], id, ""] += 1
        elif row["method"] in WRITING and not row["path"].endswith("/composite") and row["status"] != 401:
            logged[signature(row["system"], row["path"])] += 1
    below = {"address": "addresses", "profile": "profiles"}
    sent: Counter[tuple[str, str, str, str]] = Counter()
    applied: Counter[tuple[str, str, str, str]] = Counter()
    for row in history.desk.state.journal.attempts():
        if row["id"] in history.attempts_before:
            continue
        key = (row["side"], row["resource"], row["target"] or "", below.get(row["op"], ""))
        sent[key] += 1
        applied[key] += row["outcome"] == "applied"
    assert not logged - sent, f"P8: in the log and not in the journal: {logged - sent}"
    assert not applied - logged, f"P8: answered in the journal and not in the log: {applied - logged}"
    assert not history.desk.state.journal.unresolved(), "P8: writes without an outcome are left"


# P3, P6, P16


def converged(history: History) -> None:
    """P6: linked pairs agree on every field that people typed in, but for what they chose to keep apart."""
    world, state = history.lab.world(), history.desk.state
    salesforce = {row["Id"]: row for table in OBJECTS.values() for row in live(world["salesforce"][table])}
    asked = {(item.question.salesforce_id, item.question.field) for item in state.inbox.items(("open", "decided"))}
    for link in state.links.all():
        ours = salesforce.get(link.salesforce_id)
        if link.state != "linked" or ours is None:
            continue
        bases = state.links.bases(link.pair)
        for cell in CELLS:
            held = history.town.place(cell, link.accelo_id) if cell.kind == link.kind else None
            if (
                held is None
                or (cell.field in bases and bases[cell.field].flag == "kept")
                or (link.salesforce_id, cell.field) in asked
            ):
                continue
            mine, theirs = plain(cell.field, ours.get(cell.salesforce)), plain(cell.field, held.get(cell.accelo))
            assert mine == theirs, (
                f"P6: {cell.field} of {link.pair} is {mine!r} and {theirs!r}; base {bases.get(cell.field)}"
            )


def plain(field: str, value: Any) -> str:
    text = " ".join(str(value or "").split())
    return (
        text.lower().removeprefix("http://").removeprefix("https://").rstrip("/")
        if field in ("website", "email")
        else text
    )


def made_once(history: History) -> None:
    """P3: what we made in Accelo is paired, unless a request of ours was carried out twice or too late."""
    twice: dict[tuple[str, str], str] = {}
    made: set[tuple[str, str]] = set()
    for row in history.lab.requests():
        for write in row["writes"]:
            if row["system"] == "accelo" and write["op"] == "create" and write["object"] in TABLES.values():
                key = ("company" if write["object"] == "companies" else "contact", str(write["id"]))
                made.add(key)
                if row["fault"] in ("delivered_twice", "applied_late"):
                    twice[key] = "R3" if row["fault"] == "delivered_twice" else "R2"
    for key in made - history.ever_linked:
        if ("accelo", TABLES[key[0]], key[1]) in history.town.ever_deleted:
            continue
        assert key in twice, f"P3: {key} was made and belongs to nothing"
        history.windows[twice[key]] += 1


def at_the_end(history: History) -> None:
    sent_and_logged(history)
    made_once(history)
    assert not history.desk.state.journal.unsettled(), "writes whose base was never settled are left"
