"""The demo's Accelo deployment: a third of the same clients, spelt differently, and some that Salesforce never saw.

Whoever typed these records did not look at Salesforce; the differences are those that people make.
"""

from __future__ import annotations

import re

from sandbox.world import Accelo
from sandbox.world.demo.dice import Dice, Row, times_of
from sandbox.world.demo.other_people import contacts_of
from sandbox.world.demo.other_work import sales_of, tickets_of

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


def load(accelo: Accelo, dice: Dice, accounts: list[Row], people: list[Row]) -> None:
    """Companies, contacts with their affiliations, addresses, sales, tickets and a few profile values."""
    companies, addresses = _companies(dice, accounts)
    contacts, affiliations = contacts_of(dice, companies, people)
    addresses += _more_addresses(len(addresses), companies, contacts)
    sales, tickets = sales_of(dice, affiliations), tickets_of(dice, companies, affiliations)
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
            **times_of(dice),
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
                **times_of(dice, 400),
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
