"""A small org for the SOQL tests: every row is there for a rule of the language.

The clock stands at noon of 2026-05-20. The rows lie in the org's own tables, without a server.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

from sandbox.salesforce import ids, schema, schema_files, soql, tables

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)  # a Wednesday
ADA, BOB, QUEUE = ids.make("005", 1), ids.make("005", 2), ids.make("00G", 1)
ACME, NORTH, ZEBRA, ANGSTROM, PERCENT, OBRIEN, GONE = (ids.make("001", n) for n in range(1, 8))
JO, KIM, LEE, MIA, NILS = (ids.make("003", n) for n in range(1, 6))

USERS = ["Id Name Username Email IsActive TimeZoneSidKey",
         (ADA, "Ada Admin", "ada@org.example", "ada@org.example", 1, "Europe/Oslo"),
         (BOB, "Bob Leaver", "bob@org.example", "bob@org.example", 0, "Europe/Oslo")]
GROUPS = ["Id Name Type", (QUEUE, "Support Queue", "Queue")]
ACCOUNTS = [
    "Id Name Industry AnnualRevenue NumberOfEmployees BillingCity BillingCountry ParentId OwnerId CreatedDate "
    "SystemModstamp IsDeleted Code__c BillingLatitude BillingLongitude Description",
    (ACME, "Acme Ltd", "Energy", 1000.5, 10, "Oslo", "Norway", None, ADA, "2026-01-15T10:00:00", "2026-05-20T11:59:58",
     0, "abc", 59.9, 10.7, "A long text"),
    (NORTH, "acme north", None, 0.0, 0, "Bergen", "Norway", ACME, BOB, "2026-02-15T10:00:00", "2026-05-19T00:00:00",
     0, "ABC", None, None, None),
    (ZEBRA, "Zebra", "Banking", None, None, None, None, None, ADA, "2026-03-31T23:30:00", "2026-05-13T08:00:00",
     0, None, None, None, None),
    (ANGSTROM, "Ångström AB", "Energy", 5000000.0, 200, "Göteborg", "Sweden", None, ADA, "2026-05-10T00:00:00",
     "2026-05-10T00:00:00", 0, None, None, None, None),
    (PERCENT, "100% Percent_Co", "Retail", 250.0, 5, "Oslo", "Norway", None, ADA, "2025-12-31T23:59:59",
     "2025-12-31T23:59:59", 0, None, None, None, None),
    (OBRIEN, "O'Brien \\ Sons", "Retail", 250.0, 7, "Cork", "Ireland", NORTH, ADA, "2024-02-29T12:00:00",
     "2026-04-20T12:00:00", 0, None, None, None, None),
    (GONE, "Gone Inc", "Energy", 1.0, 1, "Oslo", "Norway", None, ADA, "2026-05-01T00:00:00", "2026-05-18T12:00:00",
     1, None, None, None, None),
]  # fmt: skip
CONTACTS = [
    "Id FirstName LastName Name Email AccountId ReportsToId OwnerId Birthdate IsDeleted Interests__c MailingCity "
    "MailingCountry SystemModstamp _visible_at",
    (JO, "Jo", "Berg", "Jo Berg", "Jo@Acme.example", ACME, None, ADA, "1990-05-20", 0, "Golf;Chess", "Oslo", "Norway",
     "2026-05-20T10:00:00", 0),
    (KIM, "Kim", "Dahl", "Kim Dahl", "kim@north.example", NORTH, JO, ADA, "1985-12-01", 0, "Golf", None, None,
     "2026-05-20T11:59:59", 0),
    (LEE, None, "Eng", "Eng", None, None, None, BOB, None, 0, None, None, None, "2026-05-01T00:00:00", 0),
    (MIA, "Mia", "Foss", "Mia Foss", None, ACME, JO, ADA, None, 1, None, None, None, "2026-05-02T00:00:00", 0),
    (NILS, "Nils", "Gran", "Nils Gran", "nils@acme.example", ACME, JO, ADA, "2000-01-31", 0, "Chess;Sailing", None,
     None, "2026-05-03T00:00:00", 0),
    (ids.make("003", 6), "Olga", "Late", "Olga Late", None, ACME, None, ADA, None, 0, None, None, None,
     "2026-05-20T11:59:59", 4102444800),
]  # fmt: skip
OPPORTUNITIES = [
    "Id Name AccountId StageName Amount Probability CloseDate IsClosed IsWon OwnerId CreatedDate",
    (ids.make("006", 1), "Pump", ACME, "Closed Won", 100.0, 100.0, "2026-05-20", 1, 1, ADA, "2026-05-20T01:00:00"),
    (ids.make("006", 2), "Valve", ACME, "Prospecting", 300.0, 10.0, "2026-06-30", 0, 0, BOB, "2026-05-19T23:00:00"),
    (ids.make("006", 3), "Pipe", NORTH, "Closed Lost", None, 0.0, "2025-11-30", 1, 0, ADA, "2025-11-01T00:00:00"),
    (ids.make("006", 4), "Seal", ZEBRA, "prospecting", 50.5, 10.0, "2026-05-17", 0, 0, ADA, "2026-05-16T22:30:00"),
]
CASES = [
    "Id CaseNumber Subject Status Priority AccountId ContactId OwnerId IsClosed CreatedDate",
    (ids.make("500", 1), "00001001", "Leak", "New", "High", ACME, JO, ADA, 0, "2026-05-20T08:00:00"),
    (ids.make("500", 2), "00001002", "Noise", "Closed", "Low", NORTH, KIM, QUEUE, 1, "2026-05-20T17:45:00"),
    (ids.make("500", 3), "00001003", "Smell", "New", "Medium", None, None, BOB, 0, "2026-05-18T08:00:00"),
]


def org() -> schema.Schema:
    """The schema with the external ids and two more custom fields."""
    found = schema_files.load().under(lambda switch: switch == "salesforce_external_ids")
    code = schema_files.field_from({"name": "Code__c", "label": "Code", "unique": True, "case_sensitive": True})
    interests = schema_files.field_from(
        {"name": "Interests__c", "type": "multipicklist", "values": ["Golf", "Chess", "Sailing"]}
    )
    return found.with_field("Account", code).with_field("Contact", interests)


def database(schema: schema.Schema) -> sqlite3.Connection:
    """The rows above in the org's tables."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    for sobject in schema.objects.values():
        tables.create(db, sobject)
    worlds = {"User": USERS, "Group": GROUPS, "Account": ACCOUNTS, "Contact": CONTACTS}
    worlds |= {"Opportunity": OPPORTUNITIES, "Case": CASES}
    for name, (header, *rows) in worlds.items():
        columns = str(header).split()
        for row in rows:
            given = dict(zip(columns, row, strict=True))
            for column in ("CreatedDate", "SystemModstamp"):
                if column in given:
                    given[column] = f"{given[column]}.000+0000"
            if schema.object(name).soft_deletes:
                given.setdefault("IsDeleted", 0)
            marks = ", ".join("?" * len(given))
            db.execute(f"INSERT INTO sf_{name} ({', '.join(given)}) VALUES ({marks})", list(given.values()))
    return db


class Asker:
    """Runs statements on the world."""

    def __init__(self) -> None:
        self.schema = org()
        self.db = database(self.schema)

    def records(self, statement: str, **options: Any) -> Any:
        """The records as the REST answer holds them; a number for COUNT()."""
        compiled = soql.compile(soql.parse(statement), self.schema, NOW, user_id=ADA, **options)
        rows = list(soql.run(self.db, compiled))
        if compiled.shape is None:
            return rows[0][0]
        return [compiled.shape.read(row, "/services/data/v68.0") for row in rows]

    def __call__(self, statement: str, **options: Any) -> Any:
        """The records less their attributes; a record of one value is that value, of more a tuple."""
        return bare(self.records(statement, **options))


def bare(found: Any) -> Any:
    if isinstance(found, list):
        return [bare(record) for record in found]
    if isinstance(found, dict) and "records" in found:
        return bare(found["records"])
    if isinstance(found, dict) and "attributes" in found:
        values = tuple(bare(value) for key, value in found.items() if key != "attributes")
        return values[0] if len(values) == 1 else values
    return found
