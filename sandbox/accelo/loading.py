"""Bulk loading of worlds: names of countries become ids, and what follows from the rows is filled in.

Nothing is validated or logged here; a world is trusted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.model import Resource
from sandbox.accelo.records import Records

_LINKED = ("companies", "contacts", "affiliations", "addresses")
_LINKS = [
    f"UPDATE ac_{table} SET default_affiliation ="
    f" (SELECT MIN(id) FROM ac_affiliations a WHERE a.{link} = ac_{table}.id)"
    " WHERE default_affiliation IS NULL"
    for table, link in (("contacts", "contact"), ("companies", "company"))
]
_DETAILS = (
    "UPDATE ac_contacts SET (email, mobile) ="
    " (SELECT email, mobile FROM ac_affiliations a WHERE a.id = default_affiliation)"
    " WHERE email IS NULL AND mobile IS NULL AND default_affiliation IS NOT NULL"
)
_POSTAL = (
    "UPDATE ac_companies SET postal_address = (SELECT MIN(id) FROM ac_addresses a"
    " WHERE a.against_type = 'company' AND a.against_id = ac_companies.id AND a.postal = 'yes')"
    " WHERE postal_address IS NULL"
)


class Loader:
    """Loads rows of one resource at a time, in any order of resources."""

    def __init__(self, records: Records) -> None:
        self.records = records

    @property
    def db(self) -> sqlite3.Connection:
        return self.records.db

    def load(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put rows into a resource's table; raises ValueError for an unknown resource."""
        resource = RESOURCES.get(name)
        if resource is None:
            raise ValueError(f"Accelo has no object {name!r}; there are: {', '.join(sorted(RESOURCES))}")
        with self.records.core.store.transaction():
            self.records.load(resource, self._placed(rows) if name == "addresses" else rows)
            if resource.statuses:
                self._agree(resource)
            if name in _LINKED:
                self._link(name)

    def _placed(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        countries: dict[str, int] = {}
        for id_, title, suffix in self.db.execute("SELECT id, title, suffix FROM ac_countries"):
            countries[title.lower()] = countries[suffix.lower()] = id_
        states: dict[tuple[int, str], int] = {}
        for id_, country, title, short in self.db.execute("SELECT id, country_id, title, abbreviation FROM ac_states"):
            states[country, title.lower()] = states[country, (short or title).lower()] = id_
        for row in rows:
            placed = dict(row)
            country, state = str(row.get("country") or ""), str(row.get("state") or "")
            if country and not country.isdigit():
                placed["country"] = countries.get(country.lower())
            if state and not state.isdigit():
                placed["state"] = states.get((int(placed.get("country") or 0), state.lower()))
            yield placed

    def _agree(self, resource: Resource) -> None:
        """A status gives its standing, and a standing its first status."""
        table, column, statuses = resource.table, resource.status_field, f"ac_{resource.statuses}"
        self.db.execute(
            f"UPDATE {table} SET standing = (SELECT standing FROM {statuses} s WHERE s.id = {column})"
            f" WHERE standing IS NULL AND {column} IS NOT NULL"
        )
        if resource.name != "affiliations":
            self.db.execute(
                f"UPDATE {table} SET {column} = (SELECT id FROM {statuses} s WHERE s.standing = {table}.standing"
                f" ORDER BY start = 'yes' DESC, ordering, id LIMIT 1) WHERE {column} IS NULL AND standing IS NOT NULL"
            )

    def _link(self, name: str) -> None:
        """Default affiliations, a contact's own details, a company's postal address."""
        if self.db.execute("SELECT 1 FROM ac_affiliations LIMIT 1").fetchone() and name != "addresses":
            for statement in (*_LINKS, _DETAILS):
                self.db.execute(statement)
        if self.db.execute("SELECT 1 FROM ac_addresses LIMIT 1").fetchone() and name in ("addresses", "companies"):
            self.db.execute(_POSTAL)
