"""Tickets (issues): standing wins over status, and submitting, opening, resolving and closing leave their stamps.

Source: Accelo API docs, _issues. A date that the documentation calls read-only cannot be set through the API.
"""

from __future__ import annotations

from sandbox.accelo.catalogue import BY_SINGULAR
from sandbox.accelo.desk import Actor, Rule
from sandbox.accelo.errors import invalid
from sandbox.accelo.records import Row
from sandbox.accelo.rules.status import note_history, settle

_STAMPS = {"open": ("opened",), "resolved": ("opened", "resolved"), "closed": ("opened", "resolved", "closed")}


def check_against(rule: Rule, values: Row) -> None:
    """What a record is against must exist."""
    kind, id_ = values.get("against_type"), values.get("against_id")
    resource = BY_SINGULAR.get(kind or "")
    if resource is None or not rule.records.exists(resource.name, id_):
        raise invalid("The values of 'against_type' and 'against_id' are invalid.")


class TicketRule(Rule):
    """The ticket's own behaviour."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        check_against(self, values)
        self.refuse_duplicate("title", values["title"])
        self._type_defaults(values)
        settle(self.desk, self.resource, values, None, standing_wins=True)
        values.setdefault("date_submitted", actor.now)
        values.setdefault("submitted_by", actor.staff_id)
        self._stamp(values, None, actor)

    def _type_defaults(self, values: Row) -> None:
        """Class and priority come from the type when they are not given."""
        kind = self.records.find(self.desk.resource("issue_types"), values["issue_type"])
        for column, default in (("class", "default_issue_class"), ("issue_priority", "default_issue_priority")):
            if kind and not values.get(column):
                values[column] = kind[default]

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        kind = self.records.find(self.desk.resource("issue_types"), values["issue_type"])
        if kind and kind["has_custom_id"]:
            self.records.update(self.resource, id_, {"custom_id": f"T{id_:05d}"})
        note_history(self.desk, self.resource, id_, None, values, actor)
        actor.events.append(("create_issue", id_))

    def before_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        if "against_type" in values or "against_id" in values:
            if actor.api and not {"against_type", "against_id"} <= set(values):
                raise invalid("The fields 'against_type' and 'against_id' must be sent together.")
            check_against(self, {**old, **values})
        if values.get("title", old["title"]) != old["title"]:
            self.refuse_duplicate("title", values["title"], old["id"])
        if "issue_type" in values and values["issue_type"] is None:
            del values["issue_type"]
        settle(self.desk, self.resource, values, old, standing_wins=True)
        self._stamp(values, old, actor)

    def after_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, old["id"], old, values, actor)
        actor.events.append(("update_issue", old["id"]))

    def _stamp(self, values: Row, old: Row | None, actor: Actor) -> None:
        standing = values.get("standing")
        if standing is None or (old is not None and old["standing"] == standing):
            return
        reached = _STAMPS.get(standing, ())
        for name in reached:
            if old is None or not old[f"date_{name}"]:
                values.setdefault(f"date_{name}", actor.now)
                values.setdefault(f"{name}_by", actor.staff_id)
        for name in ("resolved", "closed"):
            if name not in reached and old is not None and old[f"date_{name}"]:
                values[f"date_{name}"], values[f"{name}_by"] = None, None
        if old is not None and old["standing"] in ("resolved", "closed") and standing not in ("resolved", "closed"):
            values["reopened_count"] = (old["reopened_count"] or 0) + 1
