"""What must hold, computed from the sandbox's own log and state and from what people typed, never from our planner.

Windows that no engine can close on these two APIs are recognised one by one, by the log, and counted:

R1  typed between our last reading of that row and our write to it, in one and the same run
R2  overwritten, or made a second time, by a request that was carried out, or committed,
    later than it was sent (a zombie)
R3  a creation that the network delivered twice
R4  typed in Salesforce while a late commit hid that row from our readings
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.machine.lost import nothing_is_lost
from tests.machine.town import CELLS, OBJECTS, TABLES, Cell
from tests.runs.oracles import live
from toolkit.model import Link, Question

if TYPE_CHECKING:
    from tests.machine.history import History

ANSWERS = {
    "conflict": "salesforce",
    "held-back": "push",
    "incomplete": "skip",
    "poison": "retry",
    "new-in-accelo": "never",
}


def answer(question: Question, retried: set[str]) -> str:
    """What a person who wants to be done says. What is refused for good (a name that another company has) is left as it
    is after one more try."""
    wanted = ANSWERS.get(question.kind, "leave")
    if question.kind == "ambiguous" and "not answered" in question.reason:
        wanted = question.choices[0]  # what was made at that moment, and renamed since
    if wanted == "retry" and question.key in retried:
        wanted = "leave"
    retried |= {question.key} if wanted == "retry" else set()
    return wanted if wanted in question.choices else question.choices[-1]


def after_run(history: History, before: int) -> None:
    """What holds after each run, however it ended."""
    only_read(history)
    nothing_is_blanked(history, before)
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
    """P20: a pair is retired only when one of its records was really gone, at some moment: deleted, or merged."""
    world = history.lab.world()
    for kind, table in OBJECTS.items():
        there = {row["Id"] for row in live(world["salesforce"][table])}
        history.ever_gone |= {("salesforce", kind, row["Id"]) for row in world["salesforce"][table]} - {
            ("salesforce", kind, id) for id in there
        }
        history.ever_there |= {("accelo", kind, str(row["id"])) for row in world["accelo"][TABLES[kind]]}
        history.ever_gone |= {
            key
            for key in history.ever_there
            if key[1] == kind and key[2] not in {str(row["id"]) for row in world["accelo"][TABLES[kind]]}
        }
    deleted = {(side, kind_of(table), id) for side, table, id in history.town.ever_deleted}
    for link in history.desk.state.links.all():
        if link.state == "retired" and link.salesforce_id:
            ids = {("salesforce", link.kind, link.salesforce_id), ("accelo", link.kind, link.accelo_id)}
            assert ids & (history.ever_gone | deleted), f"P20: {link} was retired, and neither record was ever gone"


def nothing_is_blanked(history: History, before: int) -> None:
    """P20: we empty a field only where the other half was really empty when it was read, or a person emptied it; what
    a page left out or a permission hides is no blank. What was emptied at the place before moves along."""
    world = history.lab.world()
    whose = {str(row["id"]): str(row["contact"]) for row in world["accelo"]["affiliations"]}
    blanks = [typed for typed in history.town.typed if not typed.text]
    emptied = {(typed.side, typed.table, typed.id, typed.column) for typed in blanks}
    left = {(whose.get(typed.id), typed.column) for typed in blanks if typed.table == "affiliations"}
    for row in history.lab.requests(before):
        for write in row["writes"] if row["method"] in ("PUT", "PATCH") else ():
            for column, value in write["fields"].items():
                cell = cell_at(row["system"], write["object"], column)
                if cell is None or value or (link := link_of(history, row["system"], write, cell)) is None:
                    continue
                if row["system"] == "accelo":
                    other = next(
                        (r for r in world["salesforce"][OBJECTS[cell.kind]] if r["Id"] == link.salesforce_id), {}
                    )
                    where = ("salesforce", OBJECTS[cell.kind], link.salesforce_id, cell.salesforce)
                    empty = not other.get(cell.salesforce)
                else:
                    place = history.town.place(cell, link.accelo_id or "") or {}
                    where = ("accelo", cell.table, str(place.get("id")), cell.accelo)
                    empty = not place.get(cell.accelo)
                along = cell.table == "affiliations" and (link.accelo_id, cell.accelo) in left
                assert empty or along or where in emptied, (
                    f"P20: {column} of {write['object']} {write['id']} was blanked: {row}"
                )


def cell_at(side: str, table: str, column: str) -> Cell | None:
    own = [cell for cell in CELLS if side == "accelo"]
    found = [cell for cell in own if (cell.table, cell.accelo) == (table, column)] or [
        cell for cell in CELLS if side == "salesforce" and (OBJECTS[cell.kind], cell.salesforce) == (table, column)
    ]
    return found[0] if found else None


def link_of(history: History, side: str, write: dict[str, Any], cell: Cell) -> Link | None:
    """The pair to which a written row belongs."""
    id = str(write["id"])
    if side == "accelo" and cell.table not in TABLES.values():
        rows = history.lab.world()["accelo"][cell.table]
        own = next((row for row in rows if str(row["id"]) == id), {})
        id = str(own.get("contact") if cell.table == "affiliations" else own.get("against_id"))
    return history.desk.state.links.of(cell.kind, side, id)  # type: ignore[arg-type]  # the two sides


def kind_of(table: str) -> str:
    return next((kind for kind in OBJECTS if table in (OBJECTS[kind], TABLES[kind])), table)


# P3, P6, P16


def converged(history: History) -> None:
    """P6: linked pairs agree on every field that people typed in, but for what they chose to keep apart."""
    world, state = history.lab.world(), history.desk.state
    salesforce = {row["Id"]: row for table in OBJECTS.values() for row in live(world["salesforce"][table])}
    said = [item.question for item in state.inbox.items(("open", "decided"))]
    asked = {(question.salesforce_id, question.field) for question in said}
    refused = {question.salesforce_id for question in said if question.kind == "poison"}
    for link in state.links.all():
        ours = salesforce.get(link.salesforce_id)
        if link.state != "linked" or ours is None or link.salesforce_id in refused:
            continue
        bases = state.links.bases(link.pair)
        for cell in CELLS:
            held = _held(history, cell, link) if cell.kind == link.kind else None
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


def _held(history: History, cell: Cell, link: Link) -> dict[str, Any] | None:
    """Accelo's row with this field; a contact in several companies is compared where it is linked."""
    own = link.refs.get("affiliation") if cell.table == "affiliations" else None
    rows = history.lab.world()["accelo"]["affiliations"] if own else []
    linked = next((row for row in rows if str(row["id"]) == own), None)
    return linked or history.town.place(cell, link.accelo_id or "")


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
    made_once(history)
    assert not history.desk.state.journal.unresolved(), "P8: writes without an outcome are left"
    assert not history.desk.state.journal.unsettled(), "writes whose base was never settled are left"
