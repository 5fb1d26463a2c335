"""Tasks, activities and staff: only what their creation needs.

Source: Accelo API docs, _tasks, _activities, _staff.
"""

from __future__ import annotations

from sandbox.accelo.desk import Actor, Rule
from sandbox.accelo.errors import AcceloError
from sandbox.accelo.records import Row
from sandbox.accelo.rules.status import note_history, settle
from sandbox.accelo.rules.tickets import check_against


class TaskRule(Rule):
    """A task of an object."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        check_against(self, values)
        settle(self.desk, self.resource, values, None)

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        actor.events.append(("create_task", id_))
        if values.get("assignee"):
            actor.events.append(("assign_task", id_))

    def before_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        settle(self.desk, self.resource, values, old)
        if values.get("standing") == "complete" and old["standing"] != "complete":
            values["date_completed"] = actor.now

    def after_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, old["id"], old, values, actor)
        if "assignee" in values and values["assignee"] != old["assignee"]:
            actor.events.append(("assign_task" if values["assignee"] else "unassign_task", old["id"]))


class ActivityRule(Rule):
    """A note, e-mail, meeting or call."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        check_against(self, values)
        values.setdefault("medium", "note")
        values.setdefault("visibility", "all" if actor.service else "private")
        values["owner_type"] = values.get("owner_type") or "staff"
        values["owner_id"] = values.get("owner_id") or actor.staff_id
        values |= {"staff": actor.staff_id, "date_logged": actor.now, "confidential": 0, "standing": "sent"}

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        if not values.get("thread_id"):
            self.records.update(self.resource, id_, {"thread_id": id_})

    def delete(self, old: Row, actor: Actor) -> None:
        super().delete(old, actor)
        actor.events.append(("delete_activity", old["id"]))


class StaffRule(Rule):
    """People of the deployment; a username belongs to one of them."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        if self.records.ids("staff", "username = ?", values["username"]):
            raise AcceloError("duplicate", "The username is already in use by an existing staff.")
        values.setdefault("standing", "active")
        values.setdefault("timezone", self.switches["accelo_timezone"])
