"""People at the screens of both systems: what they type is unique, so that each value can be followed to where it ends.

Every step takes plain numbers, so that a history can be drawn, printed, shrunk and replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.machine.lab import Lab
from tests.runs.oracles import live


@dataclass(frozen=True)
class Cell:
    """One field on both sides, as the two APIs call it. ``blank``: may a person empty it."""

    kind: str
    field: str
    salesforce: str
    table: str
    accelo: str
    make: str
    blank: bool = True


CELLS = (
    Cell("company", "name", "Name", "companies", "name", "Firm x{n}q", False),
    Cell("company", "phone", "Phone", "companies", "phone", "+1 202 555 {n:04d}"),
    Cell("company", "website", "Website", "companies", "website", "www.x{n}q.example.org"),
    Cell("company", "billing", "BillingStreet", "addresses", "street1", "x{n}q Main Street", False),
    Cell("contact", "first_name", "FirstName", "contacts", "firstname", "Ann x{n}q", False),
    Cell("contact", "last_name", "LastName", "contacts", "surname", "Lee x{n}q", False),
    Cell("contact", "position", "Title", "affiliations", "position", "Head of x{n}q"),
    Cell("contact", "phone", "Phone", "affiliations", "phone", "+1 202 555 {n:04d}"),
    Cell("contact", "email", "Email", "affiliations", "email", "x{n}q@example.org"),
)
OBJECTS = {"company": "Account", "contact": "Contact"}
TABLES = {"company": "companies", "contact": "contacts"}
KINDS = {table: kind for kind, table in OBJECTS.items()}


@dataclass(frozen=True)
class Typed:
    """A value that a person typed. ``saw`` is what stood there; ``at`` the number of the last request before it;
    ``run`` the number of the run in the middle of which it was typed (0: between runs)."""

    side: str
    table: str
    id: str
    column: str
    text: str
    saw: str
    at: int
    run: int


class Town:
    """All that people did. ``run`` is set while a run goes on."""

    def __init__(self, lab: Lab, number: int = 1000) -> None:
        self.lab, self.number, self.run = lab, number, 0
        self.typed: list[Typed] = []
        self.ever_deleted: set[tuple[str, str, str]] = set()
        self.bin: list[tuple[str, str]] = []
        self.changed: dict[tuple[str, str], int] = {}
        """(kind, id) in Salesforce that people touched and no ledger named since -> in the middle of which run
        (0: between)."""

    def fresh(self, cell: Cell) -> str:
        self.number += 1
        return cell.make.format(n=self.number)

    def note(self, side: str, table: str, id: str, column: str, text: str, saw: Any) -> None:
        if side == "salesforce" and text != str(saw or ""):
            self.changed[KINDS[table], id] = self.run
        self.typed.append(Typed(side, table, id, column, text, str(saw or ""), self.lab.last, self.run))

    # what is there

    def records(self, side: str, kind: str) -> list[dict[str, Any]]:
        table = OBJECTS[kind] if side == "salesforce" else TABLES[kind]
        return sorted(
            live(self.lab.world()[side][table]), key=lambda row: str(row.get("Id") or row.get("id")).zfill(20)
        )

    def place(self, cell: Cell, id: str) -> dict[str, Any] | None:
        """Accelo's row that holds this field of a record; a contact's is its newest active affiliation."""
        world = self.lab.world()["accelo"]
        if cell.table in ("companies", "contacts"):
            return next((row for row in world[cell.table] if str(row["id"]) == id), None)
        if cell.table == "addresses":
            own = [
                row
                for row in world["addresses"]
                if (row["against_type"], str(row["against_id"]), row["title"]) == (cell.kind, id, "Billing")
            ]
        else:
            own = [row for row in world["affiliations"] if str(row["contact"]) == id and row["standing"] != "inactive"]
        return own[-1] if own else None

    # what people do

    def edit(self, side: str, who: int, what: int, blank: bool = False) -> None:
        cell = CELLS[what % len(CELLS)]
        rows = self.records(side, cell.kind)
        if not rows:
            return
        row = rows[who % len(rows)]
        text = "" if blank and cell.blank else self.fresh(cell)
        if side == "salesforce":
            self.lab.edit(side, OBJECTS[cell.kind], row["Id"], {cell.salesforce: text or None})
            self.note(side, OBJECTS[cell.kind], row["Id"], cell.salesforce, text, row.get(cell.salesforce))
            return
        held = self.place(cell, str(row["id"]))
        if held is not None:
            self.lab.edit(side, cell.table, str(held["id"]), {cell.accelo: text})
            self.note(side, cell.table, str(held["id"]), cell.accelo, text, held.get(cell.accelo))

    def later_edit(self, side: str, who: int, what: int) -> None:
        """Typed two seconds later, in another second than what was read."""
        self.lab.sleep(2)
        self.edit(side, who, what)

    def create(self, side: str, kind: str, at: int) -> None:
        """A new record; a contact in the at-th company of its side."""
        homes = self.records(side, "company")
        if kind == "contact" and not homes:
            return
        cells = [cell for cell in CELLS if cell.kind == kind and cell.field in ("name", "first_name", "last_name")]
        texts = {cell: self.fresh(cell) for cell in cells}
        if side == "salesforce":
            table, row = OBJECTS[kind], {cell.salesforce: text for cell, text in texts.items()}
            row |= {"AccountId": homes[at % len(homes)]["Id"]} if kind == "contact" else {}
        else:
            table, row = TABLES[kind], {cell.accelo: text for cell, text in texts.items()}
            row |= {"company_id": homes[at % len(homes)]["id"]} if kind == "contact" else {}
        id = self.lab.edit(side, table, None, row, "create")
        for cell, text in texts.items():
            self.note(side, table, id, cell.salesforce if side == "salesforce" else cell.accelo, text, "")

    def move(self, who: int, to: int) -> None:
        """A contact goes to another account."""
        people, homes = self.records("salesforce", "contact"), self.records("salesforce", "company")
        if people and homes:
            id, home = people[who % len(people)]["Id"], homes[to % len(homes)]["Id"]
            if people[who % len(people)]["AccountId"] != home:
                self.lab.edit("salesforce", "Contact", id, {"AccountId": home})
                self.changed["contact", id] = self.run

    def delete(self, side: str, kind: str, who: int) -> None:
        rows = self.records(side, kind)
        if len(rows) < 2:
            return  # the last one stays: an empty side is another matter
        id = str(rows[who % len(rows)].get("Id") or rows[who % len(rows)].get("id"))
        before = self.lab.world()[side]
        self.lab.edit(side, OBJECTS[kind] if side == "salesforce" else TABLES[kind], id, {}, "delete")
        after = self.lab.world()[side]
        if side == "salesforce":
            self.bin.append((OBJECTS[kind], id))
        for table in ("companies", "contacts", "affiliations", "addresses") if side == "accelo" else ():
            left = {str(row["id"]) for row in after[table]}
            self.ever_deleted |= {(side, table, str(row["id"])) for row in before[table]} - {
                (side, table, each) for each in left
            }
        for table in ("Account", "Contact") if side == "salesforce" else ():  # an account takes its contacts along
            left = {row["Id"] for row in live(after[table])}
            self.ever_deleted |= {(side, table, row["Id"]) for row in live(before[table]) if row["Id"] not in left}
        self.ever_deleted.add((side, OBJECTS[kind] if side == "salesforce" else TABLES[kind], id))

    def undelete(self, which: int) -> None:
        if self.bin:
            table, id = self.bin.pop(which % len(self.bin))
            self.lab.edit("salesforce", table, id, {}, "undelete")
            self.changed[KINDS[table], id] = self.run

    def merge(self, kind: str, who: int, into: int) -> None:
        """Two records in Salesforce become one; the winner keeps its own values."""
        rows = self.records("salesforce", kind)
        if len(rows) < 3:
            return
        loser, winner = rows[who % len(rows)]["Id"], rows[into % len(rows)]["Id"]
        if loser != winner:
            self.lab.edit("salesforce", OBJECTS[kind], loser, {"MasterRecordId": winner}, "merge")
            self.ever_deleted.add(("salesforce", OBJECTS[kind], loser))

    def furnish(self) -> None:
        """The world that every history begins with."""
        for n in range(1, 4):
            home = self.lab.edit(
                "salesforce",
                "Account",
                None,
                {
                    "Name": f"Home {n}",
                    "Phone": f"+1 202 555 00{n:02d}",
                    "Website": f"www.home{n}.example.org",
                    "BillingStreet": f"{n} Old Street",
                    "BillingCity": "Boston",
                    "BillingState": "Massachusetts",
                    "BillingPostalCode": f"0211{n}",
                    "BillingCountry": "United States",
                },
                "create",
            )
            self.lab.edit(
                "salesforce",
                "Contact",
                None,
                {
                    "FirstName": "Pat",
                    "LastName": f"Start {n}",
                    "AccountId": home,
                    "Email": f"pat{n}@example.org",
                    "Title": "Owner",
                    "Phone": f"+1 202 555 01{n:02d}",
                },
                "create",
            )
