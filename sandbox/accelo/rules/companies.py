"""Companies: status at creation only, custom_id by switch, and what goes with a company that is deleted.

Source: Accelo API docs, _companies; the cascade is the product's own ("deleting a company", help pages).
"""

from __future__ import annotations

from typing import Any

from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.custom import set_from_parameters
from sandbox.accelo.desk import Actor, Rule
from sandbox.accelo.records import Row
from sandbox.accelo.rules.status import note_history, settle


class CompanyRule(Rule):
    """The company's own behaviour."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        if self.switches["accelo_custom_id_writable"] == "off" and actor.api:
            values.pop("custom_id", None)
        self.refuse_duplicate("name", values["name"])
        settle(self.desk, self.resource, values, None)

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, id_, None, values, actor)
        set_from_parameters(self.desk, self.resource, id_, sent, actor)
        actor.events.append(("create_company", id_))

    def before_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        if self.switches["accelo_custom_id_writable"] != "both" and actor.api:
            values.pop("custom_id", None)
        if values.get("name", old["name"]) != old["name"]:
            self.refuse_duplicate("name", values["name"], old["id"])
        settle(self.desk, self.resource, values, old)

    def after_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, old["id"], old, values, actor)
        actor.events.append(("update_company", old["id"]))

    def delete(self, old: Row, actor: Actor) -> None:
        company = old["id"]
        affiliations = self.records.ids("affiliations", "company = ?", company)
        if self.switches.on("accelo_company_delete_cascades") or not actor.api:
            for affiliation in affiliations:
                self._take("prospects", actor, "affiliation = ?", affiliation)
            self._take("issues", actor, "against_type = 'company' AND against_id = ?", company)
            self._take("tasks", actor, "against_type = 'company' AND against_id = ?", company)
            self._take("activities", actor, "against_type = 'company' AND against_id = ?", company)
        for affiliation in affiliations:
            self.desk.delete(RESOURCES["affiliations"], affiliation, actor)
        self._take("addresses", actor, "against_type = 'company' AND against_id = ?", company)
        self.records.db.execute("DELETE FROM ac_company_managers WHERE company = ?", (company,))
        self.desk.remove(self.resource, company, actor)

    def _take(self, name: str, actor: Actor, condition: str, *values: Any) -> None:
        for id_ in self.records.ids(name, condition, *values):
            self.desk.delete(RESOURCES[name], id_, actor)
