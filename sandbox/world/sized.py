"""Worlds of a given size: plain, many, and made quickly.

They have no dirt; the demo has. Every contact has an account, every case and opportunity an account and a contact.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.world import Accelo, Salesforce, firm
from sandbox.world.ids import record_id

COUNTED = ("accounts", "contacts", "opportunities", "cases")
_START = datetime(2024, 1, 1, tzinfo=UTC)
_DAYS = 1000
_FIRST = (
    "Ada", "Ben", "Cara", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ida", "Jack",
    "Kim", "Leo", "Mia", "Noah", "Olga", "Paul", "Quinn", "Rosa", "Sam", "Tess",
)  # fmt: skip
_LAST = (
    "Abbott", "Bauer", "Costa", "Dunn", "Eriksen", "Fuchs", "Grant", "Hale", "Ito",
    "Jansen", "Khan", "Lopez", "Moore", "Novak", "Olsen", "Park", "Reid", "Shaw",
)  # fmt: skip
_CITIES = (
    ("Melbourne", "VIC", "3000", "Australia"),
    ("Sydney", "NSW", "2000", "Australia"),
    ("Portland", "OR", "97205", "United States"),
    ("Austin", "TX", "78701", "United States"),
    ("Leeds", "West Yorkshire", "LS1 4AP", "United Kingdom"),
)
_STAGES = ("Prospecting", "Qualification", "Proposal/Price Quote", "Closed Won", "Closed Lost")
_STATUSES = ("New", "Working", "Escalated", "Closed")


@dataclass(frozen=True)
class Sized:
    """accounts=N,contacts=N,opportunities=N,cases=N; what is not named is 0."""

    spec: str
    counts: dict[str, int] = field(default_factory=dict)

    def load(self, salesforce: Salesforce, accelo: Accelo, seed: int) -> None:
        """Rows are made one by one, so that a million of them need no memory here."""
        count = self.counts.get
        accounts, contacts = count("accounts", 0), count("contacts", 0)
        if contacts and not accounts:
            accounts = max(1, contacts // 10)
        firm.load_lists(accelo)
        salesforce.load("Account", _accounts(accounts, seed))
        salesforce.load("Contact", _contacts(contacts, accounts, seed))
        salesforce.load("Opportunity", _opportunities(count("opportunities", 0), accounts, contacts, seed))
        salesforce.load("Case", _cases(count("cases", 0), accounts, contacts, seed))


def _stamps(seed: int) -> list[str]:
    """Stamps to share among rows: text is made once, and many rows have an equal second, as after a bulk load."""
    clock = random.Random(f"stamps {seed}")
    seconds = sorted(clock.randrange(_DAYS * 86400) for _ in range(20_000))
    return [(_START + timedelta(seconds=s)).strftime("%Y-%m-%dT%H:%M:%S.000+0000") for s in seconds]


def _stamped(row: dict[str, Any], stamp: str) -> dict[str, Any]:
    row["CreatedDate"] = row["LastModifiedDate"] = row["SystemModstamp"] = stamp
    return row


def _accounts(number: int, seed: int) -> Iterator[dict[str, Any]]:
    stamps = _stamps(seed)
    for i in range(number):
        city, state, code, country = _CITIES[i % 5]
        row = {
            "Id": record_id("001", i + 1),
            "Name": f"{_LAST[i % 18]} & {_LAST[(i // 18) % 18]} {i + 1}",
            "Phone": f"+61 3 9{i % 1000:03d} {i // 1000 % 10000:04d}",
            "Website": f"https://www.client{i + 1}.example",
            "BillingStreet": f"{i % 400 + 1} Station Street",
            "BillingCity": city,
            "BillingState": state,
            "BillingPostalCode": code,
            "BillingCountry": country,
        }
        yield _stamped(row, stamps[i // 50 * 7919 % len(stamps)])


def _contacts(number: int, accounts: int, seed: int) -> Iterator[dict[str, Any]]:
    stamps = _stamps(seed + 1)
    parents = [record_id("001", i + 1) for i in range(accounts)]
    for i in range(number):
        first, last = _FIRST[i % 20], _LAST[(i // 20) % 18]
        city, state, code, country = _CITIES[i % 5]
        row = {
            "Id": record_id("003", i + 1),
            "AccountId": parents[i % accounts],
            "FirstName": first,
            "LastName": last,
            "Email": f"{first}.{last}.{i + 1}@client{i % accounts + 1}.example".lower(),
            "Phone": f"+61 3 8{i % 1000:03d} {i // 1000 % 10000:04d}",
            "Title": "Manager" if i % 3 else "Director",
            "MailingStreet": f"{i % 400 + 1} Station Street",
            "MailingCity": city,
            "MailingState": state,
            "MailingPostalCode": code,
            "MailingCountry": country,
        }
        yield _stamped(row, stamps[i // 50 * 7919 % len(stamps)])


def _opportunities(number: int, accounts: int, contacts: int, seed: int) -> Iterator[dict[str, Any]]:
    stamps = _stamps(seed + 2)
    for i in range(number):
        row = {
            "Id": record_id("006", i + 1),
            "Name": f"Service agreement {i + 1}",
            "AccountId": record_id("001", i % accounts + 1) if accounts else None,
            "StageName": _STAGES[i % 5],
            "CloseDate": (_START + timedelta(days=i * 11 % (_DAYS + 200))).strftime("%Y-%m-%d"),
            "Amount": 500.0 + i * 37 % 90_000,
        }
        yield _stamped(row, stamps[i // 50 * 7919 % len(stamps)])


def _cases(number: int, accounts: int, contacts: int, seed: int) -> Iterator[dict[str, Any]]:
    stamps = _stamps(seed + 3)
    for i in range(number):
        row = {
            "Id": record_id("500", i + 1),
            "Subject": f"Reading drifts on unit {i + 1}",
            "Description": "Please advise when somebody can look at it.",
            "AccountId": record_id("001", i % accounts + 1) if accounts else None,
            "ContactId": record_id("003", i % contacts + 1) if contacts else None,
            "Status": _STATUSES[i % 4],
            "Priority": ("High", "Medium", "Low")[i % 3],
            "Origin": ("Phone", "Email", "Web")[i % 3],
        }
        yield _stamped(row, stamps[i // 50 * 7919 % len(stamps)])
