"""Addresses: countries and states by id, name or abbreviation, `overwrite`, and the company's postal_address.

Source: Accelo API docs, _addresses. The rule of `overwrite` is not documented: here, same street, city and post code.
"""

from __future__ import annotations

from sandbox.accelo.catalogue import BY_SINGULAR, RESOURCES
from sandbox.accelo.desk import Actor, Rule
from sandbox.accelo.errors import invalid
from sandbox.accelo.records import Row
from sandbox.accelo.values import plain


class AddressRule(Rule):
    """The address's own behaviour."""

    def before_create(self, values: Row, sent: Row, actor: Actor) -> None:
        kind, id_ = plain(sent.get("against_type")), plain(sent.get("against_id"))
        if kind not in ("company", "contact") or not id_.isdigit():
            raise invalid("The fields 'against_type' and 'against_id' are required.")
        if not self.records.exists(BY_SINGULAR[kind].name, int(id_)):
            raise invalid("The value of 'against_id' is invalid.")
        values["against_type"], values["against_id"] = kind, int(id_)
        self._place(values, sent, None)

    def overwritten(self, sent: Row) -> int | None:
        """The address that `overwrite` means: the same street, city and post code at the same company or contact."""
        if plain(sent.get("overwrite")).lower() not in ("1", "yes", "true"):
            return None
        found = self.records.ids(
            "addresses",
            "against_type = ? AND against_id = ? AND COALESCE(street1, '') = ? COLLATE NOCASE"
            " AND COALESCE(city, '') = ? COLLATE NOCASE"
            " AND COALESCE(zipcode, '') = ?",
            *(plain(sent.get(name)) for name in ("against_type", "against_id", "street1", "city")),
            plain(sent.get("zipcode", sent.get("postcode"))),
        )
        return found[0] if found else None

    def after_create(self, id_: int, values: Row, sent: Row, actor: Actor) -> None:
        self._after(id_, values, actor)

    def before_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        self._place(values, sent, old)

    def after_update(self, old: Row, values: Row, sent: Row, actor: Actor) -> None:
        self._after(old["id"], {**old, **values}, actor)

    def _after(self, id_: int, row: Row, actor: Actor) -> None:
        parent = BY_SINGULAR.get(row["against_type"] or "")
        if parent is None:
            return
        if (
            parent.name == "companies"
            and row.get("postal") == "yes"
            and self.switches["accelo_postal_address"] == "first"
        ):
            self.records.db.execute(
                "UPDATE ac_companies SET postal_address = ? WHERE id = ? AND COALESCE(postal_address, 0) = 0",
                (id_, row["against_id"]),
            )
        if self.switches.on("accelo_parent_stamp"):
            self.records.update(parent, row["against_id"], {"date_modified": actor.now})
        if self.switches.on("accelo_webhook_child_events"):
            actor.events.append((f"update_{parent.singular}", row["against_id"]))

    def delete(self, old: Row, actor: Actor) -> None:
        if actor.api and not self.records.exists("addresses", old["id"]):
            raise invalid()
        for table, column in (
            ("companies", "postal_address"),
            ("affiliations", "postal_address"),
            ("affiliations", "physical_address"),
        ):
            self.records.db.execute(f"UPDATE ac_{table} SET {column} = NULL WHERE {column} = ?", (old["id"],))
        self.desk.remove(RESOURCES["addresses"], old["id"], actor)

    def _place(self, values: Row, sent: Row, old: Row | None) -> None:
        """Read country and state; a state is looked for in the country of the address."""
        for name in ("country", "state"):
            given = next((plain(sent[key]) for key in (f"{name}_id", name) if plain(sent.get(key))), None)
            if given is None:
                values.pop(name, None)
                if any(key in sent for key in (f"{name}_id", name)):
                    values[name] = None
                continue
            country = values.get("country", old["country"] if old else None)
            found = self._country(given) if name == "country" else self._state(given, country)
            if found is None and (given.isdigit() or self.switches["accelo_unknown_place"] == "reject"):
                raise invalid(f"The value of '{name}' is invalid.")
            values[name] = found

    def _country(self, given: str) -> int | None:
        if given.isdigit():
            return int(given) if self.records.exists("countries", int(given)) else None
        found = self.records.ids("countries", "title = ?1 OR suffix = ?1", given)
        return found[0] if found else None

    def _state(self, given: str, country: int | None) -> int | None:
        if given.isdigit():
            return int(given) if self.records.exists("states", int(given)) else None
        found = self.records.ids(
            "states", "(title = ?1 OR abbreviation = ?1) AND (?2 IS NULL OR country_id = ?2)", given, country
        )
        return found[0] if found else None
