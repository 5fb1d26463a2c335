"""Contacts and affiliations: creating a contact makes its affiliation, deleting one only makes it inactive.

Source: Accelo API docs, _contacts and _affiliations. A contact's own mobile and email echo its default affiliation.
"""

from __future__ import annotations

from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.custom import set_from_parameters
from sandbox.accelo.desk import Actor, Rule
from sandbox.accelo.errors import invalid
from sandbox.accelo.records import Row
from sandbox.accelo.rules.status import note_history, settle
from sandbox.accelo.values import plain

_AFFILIATION_PART = (
    "country_id",
    "physical_address_id",
    "postal_address_id",
    "phone",
    "fax",
    "email",
    "position",
    "communication",
    "invoice_method",
)


class ContactRule(Rule):
    """The contact's own behaviour."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        company = plain(sent.get("company_id"))
        if not company and actor.api and not self.switches.on("accelo_standalone_contacts"):
            raise invalid("The field 'company_id' is required.")
        if company and not (company.isdigit() and self.records.exists("companies", int(company))):
            raise invalid("The value of 'company_id' is invalid.")
        self._refuse_username(values, 0)
        settle(self.desk, self.resource, values, None)
        # Their home is the affiliation, whatever the parameter was called.
        for name in ("email", "mobile"):
            values.pop(name, None)

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, id_, None, values, actor)
        if plain(sent.get("company_id")):
            affiliation = {name: sent[name] for name in _AFFILIATION_PART if name in sent}
            if "mobile" in sent and (self.switches.on("accelo_mobile_on_contact_post") or not actor.api):
                affiliation["mobile"] = sent["mobile"]
            affiliation |= {"company_id": sent["company_id"], "contact_id": id_}
            self.desk.create(RESOURCES["affiliations"], affiliation, actor)
        if self.switches.on("accelo_profile_on_contact_post") or not actor.api:
            set_from_parameters(self.desk, self.resource, id_, sent, actor)
        actor.events.append(("create_contact", id_))

    def before_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        self._refuse_username(values, old["id"])
        settle(self.desk, self.resource, values, old)
        for name in ("email", "mobile"):
            values.pop(name, None)
        if not actor.api:
            self._edit_affiliation(old, sent, actor)

    def _edit_affiliation(self, old: Row, sent: Row, actor: Actor) -> None:
        """The contact screen shows the details of the affiliation, so a person changes them there."""
        part = {name: sent[name] for name in (*_AFFILIATION_PART, "mobile") if name in sent}
        company = plain(sent.get("company_id"))
        if company and not self.records.ids("affiliations", "contact = ? AND company = ?", old["id"], company):
            self.desk.create(RESOURCES["affiliations"], {**part, "company_id": company, "contact_id": old["id"]}, actor)
        elif part and old["default_affiliation"]:
            self.desk.update(RESOURCES["affiliations"], old["default_affiliation"], part, actor)

    def after_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, old["id"], old, values, actor)
        actor.events.append(("update_contact", old["id"]))

    def _refuse_username(self, values: Row, own_id: int) -> None:
        username = values.get("username")
        if username and self.records.ids("contacts", "username = ? AND id <> ?", username, own_id):
            raise invalid("The username is already in use.")

    def delete(self, old: Row, actor: Actor) -> None:
        if actor.api:
            self.desk.change(self.resource, old["id"], {"standing": "inactive"}, {"standing": "inactive"}, actor)
            return
        for affiliation in self.records.ids("affiliations", "contact = ?", old["id"]):
            self.desk.delete(RESOURCES["affiliations"], affiliation, actor)
        for address in self.records.ids("addresses", "against_type = 'contact' AND against_id = ?", old["id"]):
            self.desk.delete(RESOURCES["addresses"], address, actor)
        self.desk.remove(self.resource, old["id"], actor)


class AffiliationRule(Rule):
    """The join of a contact and a company, where phone, mobile, e-mail and position live."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        settle(self.desk, self.resource, values, None)
        values.setdefault("communication", 0)
        values.setdefault("portal_access", 0)

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        self._choose_defaults(values["contact"], values["company"])
        self._tell_parents(values, actor)

    def before_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        settle(self.desk, self.resource, values, old)

    def after_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        note_history(self.desk, self.resource, old["id"], old, values, actor)
        self._choose_defaults(old["contact"], old["company"])
        self._tell_parents(old, actor)

    def delete(self, old: Row, actor: Actor) -> None:
        self.desk.remove(self.resource, old["id"], actor)
        self._choose_defaults(old["contact"], old["company"])
        self._tell_parents(old, actor)

    def _choose_defaults(self, contact: int | None, company: int | None) -> None:
        """The first affiliation is the contact's and the company's default; the contact echoes its details."""
        for table, column, id_ in (("contacts", "contact", contact), ("companies", "company", company)):
            self.records.db.execute(
                f"UPDATE ac_{table} SET default_affiliation = (SELECT MIN(id) FROM ac_affiliations WHERE {column} = ?1)"
                " WHERE id = ?1 AND (default_affiliation IS NULL"
                " OR NOT EXISTS (SELECT 1 FROM ac_affiliations a WHERE a.id = default_affiliation))",
                (id_,),
            )
        self.records.db.execute(
            "UPDATE ac_contacts SET (email, mobile) ="
            " (SELECT email, mobile FROM ac_affiliations a WHERE a.id = default_affiliation) WHERE id = ?",
            (contact,),
        )

    def _tell_parents(self, row: Row, actor: Actor) -> None:
        if self.switches.on("accelo_parent_stamp"):
            self.records.update(RESOURCES["contacts"], row["contact"], {"date_modified": actor.now})
            self.records.update(RESOURCES["companies"], row["company"], {"date_modified": actor.now})
        if self.switches.on("accelo_webhook_child_events"):
            actor.events += [("update_contact", row["contact"]), ("update_company", row["company"])]
