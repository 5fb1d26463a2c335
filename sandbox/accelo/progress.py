"""Progressions: the named moves of a record from one status to another, and running one.

Source: Accelo API docs, _progressions. Here every status has one progression that leads to it from any other.
"""

from __future__ import annotations

from typing import Any

from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.desk import Actor, Desk
from sandbox.accelo.errors import invalid
from sandbox.accelo.model import Resource
from sandbox.accelo.reading import Reader

# Tasks also have these by name.
_TASK_MOVES = {"start": "started", "done": "complete"}


class Progressions:
    """Lists and runs progressions."""

    def __init__(self, desk: Desk, reader: Reader) -> None:
        self.desk = desk
        self.records = desk.records
        self.reader = reader

    def _rows(self, resource: Resource) -> list[tuple[int, str, int, str, str, str]]:
        return self.records.db.execute(
            "SELECT p.id, p.title, s.id, s.title, s.standing, s.color"
            f" FROM ac_progressions p JOIN ac_{resource.statuses} s ON s.id = p.status"
            " WHERE p.object = ? ORDER BY p.id",
            (resource.singular,),
        ).fetchall()

    def available(self, resource: Resource, id_: int) -> list[dict[str, Any]]:
        """Those that can be run on the record now."""
        row = self.records.find(resource, id_) or {}
        return [self._shown(found) for found in self._rows(resource) if found[2] != row.get(resource.status_field)]

    def of_issues(self) -> list[dict[str, Any]]:
        """GET /issues/progressions: all of them, with the status they lead to."""
        rows = self._rows(RESOURCES["issues"])
        return [
            {**self._shown(row), "issue_status": str(row[2]), "issue_type": None, "on_create": "no"} for row in rows
        ]

    def _shown(self, row: tuple[int, str, int, str, str, str]) -> dict[str, Any]:
        status = {"id": str(row[2]), "title": row[3], "standing": row[4], "color": row[5]}
        return {"id": str(row[0]), "title": row[1], "status": status}

    def run(self, resource: Resource, id_: int, rest: list[str], actor: Actor) -> None:
        """POST or PUT /{resource}/{id}/progressions/{progression}/auto; raises AcceloError."""
        if resource.name == "tasks" and rest and rest[0] in _TASK_MOVES:
            found = self.records.ids("task_statuses", "standing = ?", _TASK_MOVES[rest[0]])
            status = found[0] if found else None
        elif len(rest) == 2 and rest[1] == "auto" and rest[0].isdigit():
            status = next((row[2] for row in self._rows(resource) if row[0] == int(rest[0])), None)
        else:
            raise invalid()
        row = self.records.find(resource, id_) or {}
        if status is None or row.get(resource.status_field) == status:
            raise invalid()
        self.desk.change(resource, id_, {resource.status_field: status}, {"status_id": status}, actor)
