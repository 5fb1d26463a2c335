"""What hangs on a record: a company's contacts, managers and segmentations, addresses, statuses, threads of activities.

Source: Accelo API docs, _companies, _contacts, _addresses, _activities, _segmentations, _resources.
"""

from __future__ import annotations

from typing import Any

from sandbox.accelo.call import Call
from sandbox.accelo.catalogue import RESOURCES
from sandbox.accelo.desk import Actor, Desk
from sandbox.accelo.errors import invalid
from sandbox.accelo.fields import Selection
from sandbox.accelo.filter_sql import Query
from sandbox.accelo.lists import Lists
from sandbox.accelo.model import Resource
from sandbox.accelo.reading import Reader
from sandbox.accelo.values import plain

_NATURES = ("professional", "confidential", "private")
_OF_COMPANY = "t.id IN (SELECT contact FROM ac_affiliations WHERE company = ?)"


class Relations:
    """Reads and writes below one record."""

    def __init__(self, desk: Desk, reader: Reader, lists: Lists) -> None:
        self.desk = desk
        self.records = desk.records
        self.reader = reader
        self.lists = lists

    def read(self, call: Call, resource: Resource, id_: int, rest: list[str], mode: str) -> Any:
        """GET /{resource}/{id}/{rest}; raises AcceloError."""
        what = "/".join(rest)
        if what == "status" and resource.statuses:
            return self._linked(call, resource, id_, resource.status_field, resource.statuses)
        if what == "addresses" and resource.name in ("companies", "contacts"):
            return self.lists.answer(
                call, RESOURCES["addresses"], mode, "t.against_type = ? AND t.against_id = ?", resource.singular, id_
            )
        if what == "contacts" and resource.name == "companies":
            return self.lists.answer(call, RESOURCES["contacts"], mode, _OF_COMPANY, id_)
        if what == "contact" and resource.name == "companies":
            return self._main_contact(call, id_)
        if what == "managers" and resource.name == "companies":
            return self._managers(id_)
        if what == "segmentations" and resource.name in ("companies", "contacts", "affiliations"):
            return self._segmentations(resource, id_)
        if what == "tasks" and resource.name == "issues":
            return self.lists.answer(
                call, RESOURCES["tasks"], mode, "t.against_type = 'issue' AND t.against_id = ?", id_
            )
        if what == "collections":
            return {"collections": []}
        if what == "interacts" and resource.name == "activities":
            return {"staff": [], "contacts": []}
        raise invalid()

    def write(
        self, call: Call, resource: Resource, id_: int, rest: list[str], sent: dict[str, Any], actor: Actor
    ) -> Any:
        """POST, PUT or DELETE below a record; raises AcceloError."""
        what = (call.method, *rest)
        if resource.name == "companies" and what == ("POST", "managers", "add"):
            staff = plain(sent.get("manager_id"))
            nature = plain(sent.get("nature")) or "professional"
            if not staff.isdigit() or not self.records.exists("staff", int(staff)) or nature not in _NATURES:
                raise invalid("The value of 'manager_id' or 'nature' is invalid.")
            made = self.records.insert(
                RESOURCES["company_managers"], {"company": id_, "staff": int(staff), "nature": nature}
            )
            self.desk.wrote(RESOURCES["company_managers"], made, "create", {"company_id": id_, **sent}, actor)
            return self._managers(id_)
        if resource.name == "companies" and what == ("DELETE", "managers", "delete"):
            relationship = plain(sent.get("relationship_id"))
            if relationship not in {row["relationship_id"] for row in self._managers(id_)}:
                raise invalid("The value of 'relationship_id' is invalid.")
            self.records.delete(RESOURCES["company_managers"], int(relationship))
            self.desk.wrote(RESOURCES["company_managers"], int(relationship), "delete", {}, actor)
            return self._managers(id_)
        raise invalid()

    def _linked(self, call: Call, resource: Resource, id_: int, column: str, target: str) -> Any:
        row = self.records.find(resource, id_)
        if row is None or not row[column]:
            raise invalid()
        return self.reader.one(RESOURCES[target], row[column], call.selection, call.flag("_hide_defaults"))

    def _main_contact(self, call: Call, company: int) -> Any:
        row = self.records.find(RESOURCES["companies"], company) or {}
        affiliation = self.records.find(RESOURCES["affiliations"], row.get("default_affiliation"))
        if affiliation is None:
            raise invalid()
        return self.reader.one(
            RESOURCES["contacts"], affiliation["contact"], call.selection, call.flag("_hide_defaults")
        )

    def _managers(self, company: int) -> list[dict[str, Any]]:
        rows = self.records.db.execute(
            "SELECT id, staff FROM ac_company_managers WHERE company = ? ORDER BY id", (company,)
        ).fetchall()
        query = Query()
        query.add(f"t.id IN ({','.join('?' * len(rows))})", *(staff for _, staff in rows))
        staff = {row["id"]: row for row in self.reader.objects(RESOURCES["staff"], Selection(), query)}
        return [{**staff[str(person)], "relationship_id": str(id_)} for id_, person in rows if str(person) in staff]

    def _segmentations(self, resource: Resource, id_: int) -> list[dict[str, Any]]:
        rows = self.records.db.execute(
            "SELECT s.id, s.title, v.value"
            " FROM ac_segmentation_values v JOIN ac_segmentations s ON s.id = v.segmentation"
            " WHERE v.link_type = ? AND v.link_id = ? ORDER BY s.id, v.id",
            (resource.singular, id_),
        )
        found: dict[int, dict[str, Any]] = {}
        for segmentation, title, value in rows:
            entry = found.setdefault(
                segmentation, {"id": str(segmentation), "title": title, "value": value, "values": []}
            )
            entry["values"].append(value)
        return list(found.values())

    def threads(self, call: Call, rest: list[str], mode: str) -> Any:
        """GET /activities/threads, the list that is wrapped; a thread is named by its first activity."""
        query = Query()
        for name in ("against_type", "against_id"):
            if call.text(name):
                query.add(f"t.{name} = ?", call.text(name))
        if rest:
            if not rest[0].isdigit():
                raise invalid()
            query.add("t.thread_id = ?", int(rest[0]))
        selection = call.selection
        selection.add("thread_id", None)
        found: dict[str, dict[str, Any]] = {}
        for row in self.reader.objects(RESOURCES["activities"], selection, query, "LIMIT 1000"):
            thread = str(row["thread_id"])
            entry = found.setdefault(
                thread, {"id": thread, "event_text": row["subject"], "activities": [], "total_activities": 0}
            )
            entry["activities"].append(row)
            entry["total_activities"] += 1
        if mode == "count":
            return {"count": str(len(found))}
        return {"threads": list(found.values())}
