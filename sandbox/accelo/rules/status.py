"""A record's status and standing: which wins, which default, and the history of changes.

Source: Accelo API docs, _statuses, _progressions and the notes on `standing` of each endpoint.
"""

from __future__ import annotations

from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.desk import Actor, Desk
from sandbox.accelo.errors import invalid
from sandbox.accelo.model import Resource
from sandbox.accelo.records import Row


def _guess(desk: Desk, resource: Resource, standing: str) -> int | None:
    """The status that the server picks for a bare standing: one for new records first, then by ordering."""
    sql = f"SELECT id FROM ac_{resource.statuses} WHERE standing = ? ORDER BY start = 'yes' DESC, ordering, id LIMIT 1"
    found = desk.records.db.execute(sql, (standing,)).fetchone()
    return found[0] if found else None


def _standing(desk: Desk, resource: Resource, status: int) -> str | None:
    found = desk.records.db.execute(f"SELECT standing FROM ac_{resource.statuses} WHERE id = ?", (status,)).fetchone()
    return found[0] if found else None


def _first(desk: Desk, resource: Resource) -> int | None:
    sql = f"SELECT id FROM ac_{resource.statuses} ORDER BY start = 'yes' DESC, ordering, id LIMIT 1"
    found = desk.records.db.execute(sql).fetchone()
    return found[0] if found else None


def settle(desk: Desk, resource: Resource, values: Row, old: Row | None, standing_wins: bool = False) -> None:
    """Complete `values` so that status and standing agree."""
    column = resource.status_field
    standing, status = values.get("standing"), values.get(column)
    if standing and (standing_wins or not status):
        if old is not None and old["standing"] == standing:
            values[column] = old[column]
            return
        guessed = _guess(desk, resource, standing)
        if guessed is None and resource.name != "affiliations":
            raise invalid("The value of 'standing' is invalid.")
        values[column] = guessed
    elif status:
        values["standing"] = _standing(desk, resource, status)
    elif old is None and resource.name == "affiliations":
        values[column], values["standing"] = None, "active"
    elif old is None:
        values[column] = _first(desk, resource)
        values["standing"] = _standing(desk, resource, values[column]) if values[column] else None
    else:
        # A status or standing cannot be blank: an empty one is as if it was not sent.
        values.pop("standing", None)
        if resource.name != "affiliations":
            values.pop(column, None)


def note_history(desk: Desk, resource: Resource, id_: int, old: Row | None, values: Row, actor: Actor) -> None:
    """A line of the progression history when the status became another one."""
    status = values.get(resource.status_field)
    if not status or (old is not None and old[resource.status_field] == status):
        return
    title = desk.records.db.execute(f"SELECT title FROM ac_{resource.statuses} WHERE id = ?", (status,)).fetchone()
    desk.records.insert(
        RESOURCES["progression_history"],
        {
            "to_id": status,
            "to_title": title[0] if title else None,
            "against_type": resource.singular,
            "against_id": id_,
            "modified_by": actor.staff_id,
            "date_modified": actor.now,
        },
    )
