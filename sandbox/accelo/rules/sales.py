"""Sales (prospects): a concluded sale is stamped, and success follows the standing "won".

Source: Accelo API docs, _prospects; help page "Completing Your Sales" for the Actioned date.
"""

from __future__ import annotations

from sandbox.accelo.desk import Actor, Rule
from sandbox.accelo.records import Row
from sandbox.accelo.rules.status import note_history, settle

CONCLUDED = ("won", "lost", "abandoned", "cancelled")


class SaleRule(Rule):
    """The sale's own behaviour."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        self.refuse_duplicate("title", values["title"])
        settle(self.desk, self.resource, values, None)
        values.setdefault("success", "no")
        values["manager"] = values.get("manager") or actor.staff_id
        self._conclude(values, None, actor)

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, id_, None, values, actor)
        actor.events.append(("create_sale", id_))

    def before_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        if values.get("title", old["title"]) != old["title"]:
            self.refuse_duplicate("title", values["title"], old["id"])
        if "affiliation" in values and values["affiliation"] is None:
            del values["affiliation"]
        settle(self.desk, self.resource, values, old)
        self._conclude(values, old, actor)

    def after_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, old["id"], old, values, actor)
        actor.events.append(("update_sale", old["id"]))

    def _conclude(self, values: Row, old: Row | None, actor: Actor) -> None:
        standing = values.get("standing")
        if standing is None or (old is not None and old["standing"] == standing):
            return
        for name in ("won", "cancelled", "abandoned"):
            values[f"{name}_by_id"] = actor.staff_id if standing == name else None
        if standing in CONCLUDED:
            values["date_actioned"] = actor.now
            values.setdefault("success", "yes" if standing == "won" else "no")
            if standing == "won":
                values["success"] = "yes"
        elif old is not None and old["standing"] == "won":
            values["success"] = "no"
