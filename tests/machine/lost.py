"""P4: where every typed value is at this moment, or what took its place; and the windows that no engine can close.

A value is live only in a record that is there and, in Accelo, in an affiliation that is active. A blank that was typed
is followed too: what stands there now was typed later, or decided.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from tests.machine.town import TABLES, Typed
from tests.runs.oracles import live

if TYPE_CHECKING:
    from tests.machine.history import History

LATER = ("applied_late", "late_commit")
"""Faults by which a write of ours lands later than it was sent: given up on, or committed late."""
DECIDED = ("decision", "policy-", "first-link", "placeholder")


def replaced(state: Any) -> set[str]:
    """What a person's decision, or a rule that a person chose, replaced:
    said by the audit or by an answered question."""
    found = {
        row["before"]
        for row in state.database.rows("SELECT before, rule FROM audit")
        if row["before"] and row["rule"].startswith(DECIDED)
    }
    return found | {row["body"] for row in state.database.rows("SELECT body FROM inbox WHERE choice IS NOT NULL")}


def filled(state: Any) -> set[str]:
    """What a person's decision, or a rule that a person chose, put in its place."""
    rows = state.database.rows("SELECT after, rule FROM audit")
    return {row["after"] for row in rows if row["after"] and row["rule"].startswith(DECIDED)}


def nothing_is_lost(history: History) -> None:
    """P4: every typed value is live, or was replaced by a person who saw it, or by a decision,
    or waits in the inbox."""
    missing = [typed for typed in history.town.typed if typed.text and typed not in history.excused]
    alive = _alive(history)
    missing = [typed for typed in missing if typed.text not in alive]
    if missing:
        seen = {typed.saw for typed in history.town.typed}
        state = history.desk.state
        waiting = json.dumps(
            [row["body"] for row in state.database.rows("SELECT body FROM inbox WHERE state = 'open'")]
        )
        gone = json.dumps([*replaced(state), *history.replaced_before])
        for typed in missing:
            if typed.text in seen or typed.text in waiting or typed.text in gone:
                continue
            if (typed.side, typed.table, typed.id) not in history.town.ever_deleted and not _deleted_there(
                history, typed
            ):
                _excuse(history, typed, overwriting(history, typed))
    for typed in history.town.typed:
        if not typed.text and typed.saw and typed not in history.excused:
            _blank(history, typed)


def _alive(history: History) -> str:
    """Everything that people can see now, as one text."""
    world = history.lab.world()
    shown: dict[str, list[dict[str, Any]]] = {
        name: live(rows)
        for name, rows in {**world["salesforce"], **world["accelo"]}.items()
        if name in ("Account", "Contact", *TABLES.values(), "addresses")
    }
    shown["affiliations"] = [row for row in world["accelo"]["affiliations"] if row["standing"] != "inactive"]
    return json.dumps(shown, default=str)


def _deleted_there(history: History, typed: Typed) -> bool:
    """Was the value carried on (a contact moved, and its telephone with it) to a row that a person deleted."""
    return any(
        (row["system"], write["object"], str(write["id"])) in history.town.ever_deleted
        and any(typed.text == value for value in write["fields"].values())
        for row in history.lab.requests()
        for write in row["writes"]
    )


def _blank(history: History, typed: Typed) -> None:
    """A field that a person emptied was filled again: with what was typed later, or by a decision."""
    rows = [row for row in overwriting(history, typed) if row["n"] > typed.at and row["fault"] not in LATER]
    if not rows:
        return
    write = next(
        write
        for write in rows[0]["writes"]
        if (write["object"], str(write["id"])) == (typed.table, typed.id) and typed.column in write["fields"]
    )
    value = str(write["fields"][typed.column])
    later = any(other.text and other.text in value and other.at >= typed.at for other in history.town.typed)
    again = any(
        (other.side, other.table, other.id, other.column) == (typed.side, typed.table, typed.id, typed.column)
        and typed.at <= other.at <= rows[0]["n"]
        for other in history.town.typed
        if other is not typed
    )
    decided = any(
        value in text
        for text in (
            *replaced(history.desk.state),
            *history.replaced_before,
            *filled(history.desk.state),
            *history.filled_before,
        )
    )
    if history.state_moved and typed.table in ("affiliations", "Contact") and _moved_by_us(history, typed):
        return  # the older state knows nothing of that place: what is blank on one side looks like never filled
    if not (later or again or decided or (typed.side, typed.table, typed.id) in history.town.ever_deleted):
        _excuse(history, typed, rows)


def _moved_by_us(history: History, typed: Typed) -> bool:
    """Did we make a place for that contact in another company."""
    if typed.table == "affiliations":
        rows = history.lab.world()["accelo"]["affiliations"]
        contact = next((str(row["contact"]) for row in rows if str(row["id"]) == typed.id), "")
    else:
        link = history.desk.state.links.of("contact", "salesforce", typed.id)
        contact = (link.accelo_id if link else None) or ""
    return any(
        (write["object"], write["op"], str(write["fields"].get("contact_id"))) == ("affiliations", "create", contact)
        and row["path"].endswith("/affiliations")
        for row in history.lab.requests()
        for write in row["writes"]
    )


def _excuse(history: History, typed: Typed, rows: list[dict[str, Any]]) -> None:
    """By a window, which is counted; or it is a violation."""
    window = window_of(history, typed)
    assert window, f"P4: {typed} is lost; written over by {rows}"
    history.windows[window] += 1
    history.excused.add(typed)


def _ids(history: History, typed: Typed) -> set[str]:
    """The row in which it was typed, and those to which it was carried on (a contact moved, and its telephone too)."""
    return {typed.id} | {
        str(write["id"])
        for row in history.lab.requests(typed.at)
        for write in row["writes"]
        if typed.text
        and (row["system"], write["object"]) == (typed.side, typed.table)
        and write["fields"].get(typed.column) == typed.text
    }


def overwriting(history: History, typed: Typed) -> list[dict[str, Any]]:
    """The requests that wrote something else into that field."""
    found, ids = [], _ids(history, typed)
    for row in history.lab.requests():
        for write in row["writes"]:
            if (
                (row["system"], write["object"]) == (typed.side, typed.table)
                and str(write["id"]) in ids
                and typed.column in write["fields"]
                and (write["fields"][typed.column] or "") != typed.text
            ):
                found.append(row)
                break
    return found


def ending(history: History, typed: Typed) -> list[dict[str, Any]]:
    """The requests that made the affiliation inactive in which it was typed: it goes out of sight there."""
    own = ("affiliations", typed.id, "inactive")
    return [
        row
        for row in history.lab.requests(typed.at if typed.table == "affiliations" else history.lab.last)
        for write in row["writes"]
        if (write["object"], str(write["id"]), write["fields"].get("standing")) == own
    ]


def _may_show(row: dict[str, Any], id: str) -> bool:
    """A reading of records by their ids shows no other."""
    asked = re.search(r"[=,]id\(([\d,]+)\)", unquote_plus(str(row["query"])))
    return asked is None or id in asked[1].split(",")


def window_of(history: History, typed: Typed) -> str:
    """Which named window explains that this value was overwritten; "" when none does.

    R1 must be in the run in whose middle it was typed, R2 a request that we gave up on before it was typed.
    """
    rows = sorted([*overwriting(history, typed), *ending(history, typed)], key=lambda row: int(row["n"]))
    if any(row["fault"] in LATER and row["n"] <= typed.at for row in rows):
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
        rows_of_it = [row for row in between if "/profiles/" not in row["path"] and f"/{typed.table}" in row["path"]]
        reads = [row for row in rows_of_it if row["method"] == "GET" and _may_show(row, typed.id)]
    same_run = bool(typed.run) and after["n"] <= history.spans.get(typed.run, (0, history.lab.last))[1]
    return "R1" if same_run and not reads else ""
