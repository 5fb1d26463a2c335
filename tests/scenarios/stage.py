"""The two systems of a scenario by readable keys: "salesforce.account.acme", "accelo.contact.ann".

A record is the one that the scenario made under that key, else the other half of the record with the same key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from tests.runs.bed import Bed
from tests.runs.oracles import live
from tests.scenarios.addresses import PARTS, SLOTS, columns, joined, parts

TABLES = {
    "salesforce.account": "Account",
    "salesforce.contact": "Contact",
    "accelo.company": "companies",
    "accelo.contact": "contacts",
}
HALVES = {
    "salesforce.account": "accelo.company",
    "salesforce.contact": "accelo.contact",
    "accelo.company": "salesforce.account",
    "accelo.contact": "salesforce.contact",
}
AFFILIATION = ("phone", "fax", "mobile", "email", "position")


class ShiftedClock:
    """Our own clock; ``wait`` moves it on without waiting."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Stage:
    """One scenario's systems and workspace."""

    def __init__(self, bed: Bed, places: Mapping[str, dict[str, str]]) -> None:
        self.bed, self.served, self.places = bed, bed.served, places
        self.clock = ShiftedClock()
        self.bed.workspace.clock = self.clock
        self.ids: dict[str, str] = {}

    # names

    def id(self, path: str) -> str | None:
        """The id behind a key; None when there is no such record."""
        if path in self.ids:
            return self.ids[path]
        obj, _, name = path.rpartition(".")
        half = self.ids.get(f"{HALVES[obj]}.{name}")
        if half is None:
            return None
        side = "accelo" if path.startswith("salesforce") else "salesforce"
        link = self.bed.state.links.of("contact" if obj.endswith("contact") else "company", side, half)
        if link is None:
            return None
        return link.salesforce_id if side == "accelo" else link.accelo_id

    def must(self, path: str) -> str:
        found = self.id(path)
        assert found is not None, f"there is no {path}"
        return found

    def matching(self, path: str) -> list[str]:
        """Keys by a pattern: "salesforce.contact.person*"."""
        if "*" not in path:
            return [path]
        known = {*self.ids, *(f"{HALVES[each.rpartition('.')[0]]}.{each.rpartition('.')[2]}" for each in self.ids)}
        return sorted(each for each in known if fnmatchcase(each, path) and self.id(each))

    def given(self, value: Any) -> Any:
        """ "@salesforce.account.acme" is the id of that record."""
        return self.id(value[1:]) if isinstance(value, str) and value.startswith("@") else value

    # what people do

    def create(self, path: str, fields: Mapping[str, Any]) -> None:
        obj = path.rpartition(".")[0]
        later = {name: value for name, value in fields.items() if name in ("address", "profile")}
        row = {name: value for name, value in self._row(obj, fields).items() if value is not None}
        self.ids[path] = self.served.edit(obj.partition(".")[0], TABLES[obj], None, row, "create")
        if later:
            self.edit(path, later)

    def edit(self, path: str, fields: Mapping[str, Any]) -> None:
        for each in self.matching(path):
            obj, id = each.rpartition(".")[0], self.must(each)
            row = self._row(obj, fields)
            if row:
                self.served.edit(obj.partition(".")[0], TABLES[obj], id, row)
            for title, value in fields.get("address", {}).items():
                self._address(obj, id, title, value)
            for name, value in fields.get("profile", {}).items():
                self._profile(obj, id, name, self.given(value))

    def _row(self, obj: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for name, value in fields.items():
            if obj.startswith("salesforce") and name in SLOTS:
                row |= dict(zip((f"{name.title()}{part}" for part in PARTS), parts(value), strict=True))
            elif name == "account":
                row["AccountId"] = self.must(f"salesforce.account.{value}") if value else None
            elif name == "company":
                row["company_id"] = self.must(f"accelo.company.{value}")
            elif name not in ("address", "profile"):
                row[name] = self.given(value)
        return row

    def _address(self, obj: str, id: str, title: str, value: Any) -> None:
        kind = obj.partition(".")[2]
        rows = [
            row
            for row in self.served.world()["accelo"]["addresses"]
            if (row["against_type"], str(row["against_id"]), row["title"]) == (kind, id, title)
        ]
        if isinstance(value, Mapping) and value.get("delete"):
            self.served.edit("accelo", "addresses", str(rows[0]["id"]), {}, "delete")
            return
        sent: dict[str, Any] = dict(value) if isinstance(value, Mapping) else columns(value, self.places)
        if rows and not (isinstance(value, Mapping) and value.get("second")):
            self.served.edit("accelo", "addresses", str(rows[0]["id"]), sent)
            return
        if isinstance(value, Mapping):
            sent = columns(value["second"], self.places)
        self.served.edit(
            "accelo", "addresses", None, {"against_type": kind, "against_id": id, "title": title} | sent, "create"
        )

    def _profile(self, obj: str, id: str, name: str, value: Any) -> None:
        kind = obj.partition(".")[2]
        field = next(
            row
            for row in self.served.world()["accelo"]["profile_fields"]
            if (row["link_type"], row["field_name"]) == (kind, name)
        )
        self.served.edit(
            "accelo",
            "profile_values",
            None,
            {"field_id": field["id"], "link_type": kind, "link_id": id, "value": value},
            "create",
        )

    def take(self, path: str, op: str, fields: Mapping[str, Any] | None = None) -> None:
        """Delete, undelete or merge."""
        for each in self.matching(path):
            obj = each.rpartition(".")[0]
            if len(obj.split(".")) > 2:
                raise ValueError(each)
            id = self.must(each)
            self.ids[each] = id  # the key goes on meaning this record
            self.served.edit(obj.partition(".")[0], TABLES[obj], id, dict(fields or {}), op)

    # what is there

    def shown(self, path: str, world: Mapping[str, Any]) -> dict[str, Any] | None:
        """The record's fields in the words of the scenario; None when it is not there (any more)."""
        obj = path.rpartition(".")[0]
        side, id = obj.partition(".")[0], self.id(path)
        row = next((row for row in live(world[side][TABLES[obj]]) if str(row.get("Id") or row.get("id")) == id), None)
        if row is None:
            return None
        if side == "salesforce":
            found = dict(row) | {slot: joined([row.get(f"{slot.title()}{part}") for part in PARTS]) for slot in SLOTS}
            return found | {"account": self._name("salesforce.account", row.get("AccountId"))}
        kind = obj.partition(".")[2]
        found = dict(row) | {
            "address": self._addresses(kind, id, world),
            "profile": {
                value["field_name"]: value["value"]
                for value in world["accelo"]["profile_values"]
                if (value["link_type"], str(value["link_id"])) == (kind, id)
            },
        }
        if kind == "contact":
            own = [each for each in world["accelo"]["affiliations"] if str(each["contact"]) == id]
            here = next((each for each in reversed(own) if each["standing"] != "inactive"), own[-1] if own else {})
            found |= {each: here.get(each) for each in AFFILIATION}
            found["company"] = self._name("accelo.company", here.get("company"))
            found["affiliations"] = sorted(
                f"{self._name('accelo.company', each['company'])} {each['standing']}" for each in own
            )
        return found

    def _name(self, obj: str, id: Any) -> str:
        names = {
            *self.ids,
            *(f"{obj}.{each.rpartition('.')[2]}" for each in self.ids if each.startswith(HALVES[obj] + ".")),
        }
        return next(
            (
                each.rpartition(".")[2]
                for each in sorted(names)
                if each.startswith(obj + ".") and self.id(each) == str(id)
            ),
            "",
        )

    def _addresses(self, kind: str, id: str | None, world: Mapping[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for row in world["accelo"]["addresses"]:
            if (row["against_type"], str(row["against_id"])) == (kind, id):
                street = "\n".join(line for line in (row.get("street1"), row.get("street2")) if line)
                state, country = (
                    self.places[f"{what} name"].get(str(row.get(what)), "") for what in ("state", "country")
                )
                text = joined([street, row.get("city"), state, row.get("zipcode"), country])
                found[row["title"]] = f"{found[row['title']]} + {text}" if row["title"] in found else text
        return found
