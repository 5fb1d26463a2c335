"""Late-committed rows and equal stamps: a thousand generated histories of edits and readings, and no row is lost.

Only the reader runs here: it must end with every row as it is in both systems, without ever reading everything.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.machine.conftest import Beginning
from tests.machine.desk import Paper
from tests.machine.history import History
from tests.tally import told
from toolkit.runs.read import Reader
from toolkit.runs.streams import learn

pytestmark = pytest.mark.promise("P4", "P6")

HISTORIES = 1000
SECONDS = (0.0, 0.0, 0.3, 1.0, 1.0, 7.0, 45.0, 200.0)
"""Between two moments of a history; many share a second."""
PEOPLE = {
    "Account": ("Phone", "Website"),
    "Contact": ("Phone", "Title"),
    "companies": ("phone", "website"),
    "contacts": ("surname",),
    "affiliations": ("phone", "position"),
}


def read(history: History) -> None:
    workspace = history.desk.workspace
    shape = learn(workspace.state.get("shape"), workspace.rules)
    paper: Any = Paper(workspace.run_folder("reading"))
    Reader(workspace, "reading", shape, paper, lambda *given, **named: None).changes()


def type_something(history: History, chance: random.Random, ids: dict[str, list[str]]) -> None:
    table = chance.choice(sorted(PEOPLE))
    side = "salesforce" if table in ("Account", "Contact") else "accelo"
    history.town.number = 1000 + (history.town.number - 999) % 9000
    typed = {chance.choice(PEOPLE[table]): f"+1 202 555 {history.town.number:04d}"}
    history.lab.edit(side, table, chance.choice(ids[table]), typed)


def missed(history: History) -> list[str]:
    """Rows that the state does not hold as they are."""
    found, world, seen = [], history.lab.world(), history.desk.state.seen
    for table, columns in PEOPLE.items():
        side = "salesforce" if table in ("Account", "Contact") else "accelo"
        kept = {row.id: row.row for row in seen.all(f"{side}.{table}")}
        for row in world[side][table]:
            id = str(row.get("Id") or row.get("id"))
            if any((kept.get(id, {}).get(column) or "") != (row.get(column) or "") for column in columns):
                found.append(f"{table} {id}: {[row.get(column) for column in columns]} was read as {kept.get(id)}")
    return found


@pytest.mark.timeout(400)
def test_p4_p6_no_row_is_lost_that_was_committed_late_or_shares_its_second(beginning: Beginning) -> None:
    history = beginning.begin()
    world = history.lab.world()
    ids = {
        table: [str(row.get("Id") or row.get("id")) for row in {**world["salesforce"], **world["accelo"]}[table]]
        for table in PEOPLE
    }
    late = edits = readings = 0
    for seed in range(HISTORIES):
        chance = random.Random(seed)
        for _ in range(chance.randrange(2, 5)):
            for _ in range(chance.choice((1, 1, 2))):
                type_something(history, chance, ids)
                edits += 1
            history.lab.sleep(chance.choice(SECONDS))
            if chance.random() < 0.6:
                hidden = chance.random() < 0.7
                if hidden:  # rows stamped within these seconds are not there yet
                    history.lab.fault("salesforce", "late_commit", 1, 1, seconds=chance.choice((1, 5, 60, 300)))
                    late += 1
                read(history)
                readings += 1
                history.lab.no_faults()
                history.lab.sleep(chance.choice(SECONDS))
        read(history)
        readings += 1
        assert not (lost := missed(history)), f"history {seed}: {lost}"
        history.lab.sleep(chance.choice((0.0, 700.0)))
    told(
        "late commits and equal stamps",
        {"histories": HISTORIES, "edits": edits, "readings": readings, "late commits": late},
    )
