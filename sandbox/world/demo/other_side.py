"""The demo's Accelo deployment: a third of the same clients, spelt differently, and some that Salesforce never saw.

Whoever typed these records did not look at Salesforce; the differences are those that people make.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.world import Accelo
from sandbox.world.demo.clients import slug
from sandbox.world.demo.dice import Dice, unix
from sandbox.world.ids import record_id

Row = dict[str, Any]
_SPELT = """
1|Harbourview Dental|same
3|Northgate Brewing|short
5|Northgate Brewing - Hobart|moved
6|Castlemaine Veterinary Clinic|same
7|PACIFIC POLYMER TESTING PTY LTD|same
9|Goulburn Valley Orchards|phone
11|St Brigids Private Hospital|same
13|Iron Bark Timber|typo
15|Redgum Analytical|same
16|Swan River Pathology Laboratories|moved
20|Blue Gum Brewing Supply|phone
21|Tui Dairy Ltd|same
24|Cascade Instrument Supply, Inc.|same
27|Rose City Creamery|same
33|Maple Leaf Biologics / Produits biologiques|same
34|Pennine Dairies|short
36|Mueller Prüftechnik GmbH|short
40|Tokyo Seimitsu Keiki (東京精密計器)|same
47|61 Couriers|phone
60|Quokka Robotics|same
"""
"""Number in accounts.csv, the name here, and what else differs."""
_ONLY_HERE = (
    ("Yarra Bend Observatory", "03 9481 0700", "www.ybobservatory.example", "Small telescope, big thermometer."),
    ("Mornington Cheese & Fig", "03 5975 0711", None, ""),
    ("Harbourview Orthodontics", "03 5555 0199", "www.harbourviewortho.example", "Not the dentist downstairs!"),
    ("Ngata Family Trust", None, None, "Private client of Aroha"),
    ("The Northgate Hotel", "03 9555 0777", "www.northgatehotel.example", None),
)
_COUNTRY = {
    "Australia": "Australia",
    "AU": "Australia",
    "United States": "United States",
    "USA": "United States",
    "New Zealand": "New Zealand",
    "NZ": "New Zealand",
    "United Kingdom": "United Kingdom",
    "Germany": "Germany",
    "Canada": "Canada",
    "日本": "Japan",
}
_NICK = {
    "Robert": "Bob",
    "Margaret": "Peg",
    "Michael": "Mike",
    "Jennifer": "Jen",
    "Peter": "Pete",
    "Oliver": "Olly",
    "Matilda": "Tilly",
}
_SALES = (
    "Calibration agreement {y}",
    "Extra loggers",
    "Mapping of cold rooms",
    "Loan unit for the audit",
    "Renewal {y} – as last year",
)
_TICKETS = (
    "Logger reads high",
    "Certificate wrong",
    "Portal log in",
    "Display dead",
    "Alarm at night",
    "Invoice question",
    "Unit back from repair, still drifting",
    "Probe broken <again>",
)


def load(accelo: Accelo, dice: Dice, accounts: list[Row], people: list[Row]) -> None:
    """Companies, contacts with their affiliations, addresses, sales, tickets and a few profile values."""
    companies, addresses = _companies(dice, accounts)
    contacts, affiliations = _contacts(dice, companies, people)
    addresses += _more_addresses(len(addresses), companies, contacts)
    sales, tickets = _sales(dice, affiliations), _tickets(dice, companies, affiliations)
    for address in addresses:
        if address["against_type"] == "company" and address["postal"] == "yes":
            companies[address["against_id"] - 1].setdefault("postal_address", address["id"])
    for affiliation in affiliations:
        companies[affiliation["company"] - 1].setdefault("default_affiliation", affiliation["id"])
        affiliation["physical_address"] = companies[affiliation["company"] - 1].get("postal_address")
    managers = [
        {"id": n, "company": row["id"], "staff": 2 + n % 3, "nature": "professional"}
        for n, row in enumerate(companies, 1)
    ]
    values = [
        {
            "id": n,
            "field_id": 2,
            "field_name": "Industry",
            "field_type": "text",
            "value_type": "text",
            "value": row.pop("_industry"),
            "link_type": "company",
            "link_id": row["id"],
            "date_modified": row["date_modified"],
            "modified_by": 1,
        }
        for n, row in enumerate((row for row in companies if row.get("_industry")), 1)
    ]
    for row in companies:
        row.pop("_number", None)
        row.pop("_industry", None)
    for name, rows in (
        ("companies", companies),
        ("addresses", addresses),
        ("contacts", contacts),
        ("affiliations", affiliations),
        ("company_managers", managers),
        ("profile_values", values),
        ("prospects", sales),
        ("issues", tickets),
    ):
        accelo.load(name, rows)


def _times(dice: Dice, oldest: float = 1100) -> Row:
    stamps = dice.stamps(oldest)
    changed = unix(stamps["LastModifiedDate"])
    return {"date_created": unix(stamps["CreatedDate"]), "date_modified": changed, "date_last_interacted": changed}


def _companies(dice: Dice, accounts: list[Row]) -> tuple[list[Row], list[Row]]:
    companies: list[Row] = []
    addresses: list[Row] = []
    for line in _SPELT.strip().splitlines():
        number, name, differs = line.split("|")
        account = accounts[int(number) - 1]
        phone = re.sub(r"[^0-9+]", "", account["Phone"] or "") if differs == "phone" else account["Phone"]
        status = 4 if differs == "typo" else 2 if account["Type"] == "Prospect" else 1
        row: Row = {
            "id": len(companies) + 1,
            "name": name,
            "phone": phone,
            "fax": account.get("Fax"),
            "website": re.sub(r"^https?://|/$", "", account["Website"] or "") or None,
            "comments": None,
            "status": status,
            "standing": ("active", "prospect", "interested", "inactive")[status - 1],
            "_number": int(number),
            "_industry": account["Industry"] if int(number) % 2 else None,
            **_times(dice),
        }
        companies.append(row)
        if account["BillingStreet"]:
            street, _, second = account["BillingStreet"].partition("\n")
            addresses.append(
                {
                    "id": len(addresses) + 1,
                    "title": ("Billing", "Head Office", "Billing", "")[int(number) % 4],
                    "street1": "Suite 4, moved 2026" if differs == "moved" else street.replace("Street", "St"),
                    "street2": second or None,
                    "city": account["BillingCity"],
                    "zipcode": account["BillingPostalCode"],
                    "state": account["BillingState"],
                    "country": _COUNTRY.get(account["BillingCountry"]),
                    "postal": "yes",
                    "physical": "yes" if int(number) % 3 else "no",
                    "against_type": "company",
                    "against_id": row["id"],
                }
            )
    for name, phone_here, website, comments in _ONLY_HERE:
        companies.append(
            {
                "id": len(companies) + 1,
                "name": name,
                "phone": phone_here,
                "website": website,
                "comments": comments,
                "status": 1,
                "standing": "active",
                **_times(dice, 400),
            }
        )
    return companies, addresses


def _more_addresses(known: int, companies: list[Row], contacts: list[Row]) -> list[Row]:
    """Goods entrances and private addresses, under titles that mean something to the firm and some that do not."""
    found: list[Row] = []

    def add(kind: str, against: int, title: str, street: str, city: str, country: str, postal: str) -> None:
        found.append(
            {
                "id": known + len(found) + 1,
                "title": title,
                "street1": street,
                "city": city,
                "country": country,
                "postal": postal,
                "physical": "yes",
                "against_type": kind,
                "against_id": against,
            }
        )

    for company in companies[::3]:
        title = ("Shipping", "Warehouse", "Shipping", "Old office, do not use")[company["id"] % 4]
        add("company", company["id"], title, f"{company['id']} Goods Lane", "Melbourne", "Australia", "no")
    for contact in contacts[::5]:
        title = ("Mailing", "Home", "Mailing", "Other")[contact["id"] % 4]
        add("contact", contact["id"], title, f"Unit {contact['id']}, 9 Quiet Court", "Geelong", "Australia", "yes")
    return found


def _contacts(dice: Dice, companies: list[Row], people: list[Row]) -> tuple[list[Row], list[Row]]:
    """Up to three people of each known company, and one of each other."""
    contacts: list[Row] = []
    affiliations: list[Row] = []

    def add(
        company: Row, person: Row, email: str | None, phone: str | None, mobile: str | None, position: str | None
    ) -> None:
        times = _times(dice, 700)
        number = len(contacts) + 1
        gone = number % 14 == 0
        contacts.append(
            {
                "id": number,
                **person,
                "email": email,
                "mobile": mobile,
                "default_affiliation": number,
                "standing": "inactive" if gone else "active",
                "contact_status": 2 if gone else 1,
                **times,
            }
        )
        affiliations.append(
            {
                "id": number,
                "company": company["id"],
                "contact": number,
                "email": email,
                "phone": phone,
                "mobile": mobile,
                "position": position,
                "standing": "active",
                "affiliation_status": 1,
                "communication": 1,
                "portal_access": 0,
                "invoice_method": "email",
                **times,
            }
        )

    by_account: dict[str, list[Row]] = {}
    for person in people:
        by_account.setdefault(person["AccountId"], []).append(person)
    for company in companies:
        number = company.get("_number")
        known = by_account.get(record_id("001", number), [])[:3] if number else []
        for place, person in enumerate(known):
            first, last = person["FirstName"] or "Unknown", person["LastName"].strip()
            if place == 1:
                first = _NICK.get(first, first)
            elif place == 2 and slug(last):
                last = last.replace("ö", "oe").replace("ü", "ue").replace("é", "e")
            email = person["Email"].lower() if person["Email"] and place != 1 else person["Email"]
            phone = re.sub(r"[^0-9+]", "", person["Phone"] or "") or None if place else person["Phone"]
            title = (person["Salutation"] or "").rstrip(".") or None
            names = {"firstname": first, "surname": last, "title": title}
            add(
                company,
                names,
                email,
                phone,
                person["MobilePhone"] if place != 2 else None,
                person["Title"] if place else None,
            )
        if not number:
            first, last = (
                dice.choice(("Ada", "Gus", "Wiremu", "Beth")),
                dice.choice(("Ngata", "Stone", "Fig", "Marlowe")),
            )
            add(
                company,
                {"firstname": first, "surname": last},
                f"{first}@{slug(company['name'])[:14]}.example".lower(),
                None,
                None,
                None,
            )
    return contacts, affiliations


def _sales(dice: Dice, affiliations: list[Row]) -> list[Row]:
    rows = []
    for number in range(1, 17):
        status = dice.choice((1, 1, 2, 2, 3, 4, 5, 5, 6, 7))
        standing = {5: "won", 6: "lost", 7: "abandoned"}.get(status, "active")
        times = _times(dice, 500)
        rows.append(
            {
                "id": number,
                "title": dice.choice(_SALES).format(y=2026 + number % 2),
                "value": float(dice.randrange(9, 400) * 50),
                "affiliation": dice.choice(affiliations)["id"],
                "prospect_type": dice.choice((1, 2, 2, 3)),
                "status": status,
                "standing": standing,
                "success": "yes" if standing == "won" else "no",
                "manager": dice.choice((2, 3, 4)),
                "prospect_probability": dice.randrange(1, 6),
                "weighting": dice.randrange(1, 6),
                "progress": 0.25,
                **times,
                "date_due": times["date_created"] // 86400 * 86400 + 46 * 86400 + 13 * 3600,
                "date_actioned": times["date_modified"] if standing != "active" else None,
            }
        )
    return rows


def _tickets(dice: Dice, companies: list[Row], affiliations: list[Row]) -> list[Row]:
    rows = []
    for number in range(1, 23):
        person = dice.choice(affiliations)
        status = dice.choice((1, 2, 2, 3, 4, 5, 5, 5))
        standing = ("submitted", "open", "open", "resolved", "closed")[status - 1]
        times = _times(dice, 300)
        opened, changed = times["date_created"], times["date_modified"]
        rows.append(
            {
                "id": number,
                "title": dice.choice(_TICKETS),
                "description": "As told on the phone.\r\nSee the photos.",
                "against_type": "company",
                "against_id": person["company"],
                "affiliation": person["id"],
                "issue_type": dice.choice((1, 1, 2, 3)),
                "class": dice.choice((1, 2, 3)),
                "issue_priority": dice.choice((2, 3, 3, 4)),
                "status": status,
                "standing": standing,
                "assignee": dice.choice((5, 7, 7, None)),
                "submitted_by": 5,
                "opened_by": 5 if status > 1 else None,
                "date_submitted": opened,
                "date_opened": opened if status > 1 else None,
                "date_resolved": changed if status >= 4 else None,
                "date_closed": changed if status == 5 else None,
                "date_modified": changed,
                "date_last_interacted": changed,
            }
        )
    return rows
