"""The demo's opportunities, contact roles, cases and tasks.

Some have no account, no contact, no amount or an owner who has left, as in any real org.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.world.demo.dice import Dice, iso
from sandbox.world.demo.org import DESK, GORDON, HANNAH, QUEUE_IDS, owner
from sandbox.world.ids import record_id

Row = dict[str, Any]
OPPORTUNITIES, CASES, TASKS = 120, 150, 25
_PRODUCTS = (
    ("Annual calibration agreement", 4_800),
    ("Temperature mapping, 3 chambers", 7_450),
    ("12 × FL-20 data loggers", 3_936),
    ("Autoclave validation", 2_150),
    ("Reference thermometer FL-900", 11_200),
    ("Flow meter bench", 38_500),
    ("On-site calibration day", 1_680),
    ("Pressure gauge set", 940),
    ("Cold-chain monitoring rollout", 64_000),
    ("Loaner fleet (12 months)", 9_990),
)
_STAGES = (
    ("Prospecting", 8),
    ("Qualification", 8),
    ("Needs Analysis", 5),
    ("Value Proposition", 4),
    ("Proposal/Price Quote", 12),
    ("Negotiation/Review", 8),
    ("On Hold – Budget FY27", 4),
    ("verbal (don't use!)", 2),
    ("Closed Won", 30),
    ("Closed Lost", 22),
    ("Closed - Renewed Automatically", 6),
    ("Perception Analysis", 1),
)
_SUBJECTS = (
    "Logger {n} shows 7 °C too much since Monday",
    "Certificate {n} has the wrong serial number",
    "Display dead on FL-20 #{n}",
    "When is our next calibration due?",
    "Batch {n}: drift above tolerance",
    "Cannot log in to the portal",
    "RE: FW: RE: invoice {n}",
    "URGENT!!! autoclave alarm",
    "Returned unit {n} arrived damaged 📦",
    "Software will not export to Excel",
    "Quote for {n} spare probes",
    "Leak at the pressure port",
    "please call back",
    "Recall notice {n} – are we affected?",
)
_BODIES = (
    "Hello,\n\nthe reading jumps between 2.1 and 9.4 whenever the compressor starts.\n"
    "We have changed the battery.\n\nThanks",
    "Please see attached.\r\n\r\n-- \r\nSent from my iPhone",
    "<p>Our auditor comes on <b>Tuesday</b>.</p><ul><li>certificate</li><li>traceability</li></ul>",
    "=SUM(B2:B9) in the exported sheet shows #REF!",
    "+3 °C offset, -1 °C after reset",
    "Same as last time.",
    "",
    "校正証明書の再発行をお願いします。",
    "Bitte um Rückruf – Gerät zeigt „Err 7“ & piept.",
    "🔥🔥🔥",
    "Customer rang again, very unhappy.\n\n[Mei 14:05] asked for photos\n[Mei 16:40] photos received, moisture inside",
)
_STATUSES = (
    ("New", 18),
    ("Working", 25),
    ("Escalated", 6),
    ("Waiting on Customer", 14),
    ("Parts ordered 🔧", 7),
    ("re-opened", 5),
    ("Closed", 65),
    ("Closed - Duplicate", 10),
)
_ROLES = ("Decision Maker", "Evaluator", "Business User", "Technical Buyer", None)


def opportunities(dice: Dice, accounts: list[Row]) -> list[Row]:
    """Six have no account; seven have no amount; the closed ones lie in the past, some open ones too."""
    rows = []
    for number in range(1, OPPORTUNITIES + 1):
        account = None if number % 20 == 0 else accounts[(number * 11) % len(accounts)]
        product, price = dice.choice(_PRODUCTS)
        stage = dice.weighted(_STAGES)
        stamps = dice.stamps(900)
        closed = stage.startswith("Closed")
        days = -dice.randrange(5, 700) if closed else dice.randrange(-60, 240)
        quantity = dice.choice((1, 1, 1, 2, 3))
        name = f"{account['Name'] if account else 'Walk-in'} – {product}"[:120]
        row: Row = {
            "Id": record_id("006", number),
            "Name": name,
            "AccountId": account["Id"] if account else None,
            "StageName": stage,
            "CloseDate": (dice.now + timedelta(days=days)).strftime("%Y-%m-%d"),
            "Amount": None if number % 17 == 0 else round(price * quantity * dice.choice((1, 1, 0.9, 1.1)), 2),
            "Type": dice.choice(
                ("New Customer", "Existing Customer - Upgrade", "Existing Customer - Replacement", None)
            ),
            "LeadSource": dice.choice(("Web", "Phone Inquiry", "Partner Referral", None)),
            "CurrencyIsoCode": account["CurrencyIsoCode"] if account else dice.choice(("AUD", "USD")),
            "OwnerId": account["OwnerId"] if account and number % 4 else owner(dice),
            **stamps,
        }
        if number % 9 == 0:
            row["Description"] = _BODIES[number // 9 % len(_BODIES)]
        if number % 14 == 0:
            row["NextStep"] = "Call back after the audit"
        if closed and number % 3 == 0:
            row["Probability"] = 100.0 if stage != "Closed Lost" else 0.0
        rows.append(row)
    rows[6]["Name"] = (
        "🚀 Big one!!! " + "Cold-chain monitoring rollout for every depot, store and vehicle in the network "[:100]
    )
    rows[13]["Name"], rows[13]["Amount"] = "=2+5 loggers", 0.0
    rows[33]["OwnerId"], rows[34]["OwnerId"], rows[35]["OwnerId"] = HANNAH, HANNAH, GORDON
    return rows


def roles(dice: Dice, sales: list[Row], people: list[Row]) -> list[Row]:
    """Four in five have a contact, some have several, one primary; a few contacts are of another company."""
    at: dict[Any, list[Row]] = {}
    for person in people:
        at.setdefault(person["AccountId"], []).append(person)
    rows: list[Row] = []
    for number, sale in enumerate(sales, 1):
        known = at.get(sale["AccountId"]) if sale["AccountId"] else None
        if number % 5 == 0 or (not known and number % 2):
            continue
        chosen = dice.sample(known, min(len(known), dice.choice((1, 1, 1, 2, 3)))) if known else [dice.choice(people)]
        for place, person in enumerate(chosen):
            rows.append(
                {
                    "Id": record_id("00K", len(rows) + 1),
                    "OpportunityId": sale["Id"],
                    "ContactId": person["Id"],
                    "Role": dice.choice(_ROLES),
                    "IsPrimary": place == 0 and number % 7 != 0,
                    "CreatedDate": sale["CreatedDate"],
                    "LastModifiedDate": sale["CreatedDate"],
                    "SystemModstamp": sale["CreatedDate"],
                }
            )
    return rows


def cases(dice: Dice, accounts: list[Row], people: list[Row]) -> list[Row]:
    """One in three belongs to a queue; some came by mail from people whom nobody knows."""
    rows = []
    for number in range(1, CASES + 1):
        person = None if number % 8 == 0 else people[(number * 13) % len(people)]
        account_id = (
            person["AccountId"] if person else (accounts[number % len(accounts)]["Id"] if number % 16 else None)
        )
        status = dice.weighted(_STATUSES)
        created = dice.ago(1, 600)
        row: Row = {
            "Id": record_id("500", number),
            "CaseNumber": f"{1000 + number:08d}",
            "Subject": None if number == 77 else dice.choice(_SUBJECTS).format(n=dice.randrange(100, 999)),
            "Description": dice.choice(_BODIES) or None,
            "Status": status,
            "Priority": dice.weighted((("Medium", 6), ("High", 3), ("Low", 2))),
            "AccountId": account_id,
            "ContactId": person["Id"] if person else None,
            "Origin": dice.choice(("Phone", "Email", "Web")),
            "Type": dice.choice(("Electrical", "Mechanical", "Other", None)),
            "OwnerId": dice.choice(QUEUE_IDS) if number % 3 == 0 else dice.choice(DESK) if number % 7 else HANNAH,
        }
        changed = created
        if status.startswith("Closed"):
            changed = min(created + timedelta(hours=dice.randrange(2, 900)), dice.now)
            row["ClosedDate"] = iso(changed)
        if person is None:
            row["SuppliedName"], row["SuppliedEmail"] = "unknown sender", f"someone{number}@mail.example"
        row.update(CreatedDate=iso(created), LastModifiedDate=iso(changed), SystemModstamp=iso(changed))
        rows.append(row)
    rows[40]["Description"] = "Log of the controller:\n" + "\n".join(
        f"{n:04d} 07:{n % 60:02d} T={n % 17}.3" for n in range(900)
    )
    return rows


def tasks(dice: Dice, sales: list[Row], people: list[Row]) -> list[Row]:
    """A few calls and mails."""
    return [
        {
            "Id": record_id("00T", number),
            "Subject": dice.choice(("Call", "Send quote", "Email", "Site visit")),
            "WhatId": sales[number * 3 % len(sales)]["Id"],
            "WhoId": people[number * 5 % len(people)]["Id"],
            "Status": dice.choice(("Not Started", "Completed")),
            "Priority": "Normal",
            "OwnerId": owner(dice),
            "ActivityDate": (dice.now + timedelta(days=number - 12)).strftime("%Y-%m-%d"),
            **dice.stamps(120),
        }
        for number in range(1, TASKS + 1)
    ]
