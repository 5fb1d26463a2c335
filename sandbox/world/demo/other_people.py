"""The people of the demo's Accelo deployment: those of the same clients as a colleague typed them, and some others."""

from __future__ import annotations

import re

from sandbox.world.demo.clients import slug
from sandbox.world.demo.dice import Dice, Row, times_of
from sandbox.world.ids import record_id

_NICK = {
    "Robert": "Bob",
    "Margaret": "Peg",
    "Michael": "Mike",
    "Jennifer": "Jen",
    "Peter": "Pete",
    "Oliver": "Olly",
    "Matilda": "Tilly",
}


def contacts_of(dice: Dice, companies: list[Row], people: list[Row]) -> tuple[list[Row], list[Row]]:
    """Up to three people of each known company, and one of each other."""
    contacts: list[Row] = []
    affiliations: list[Row] = []

    def add(
        company: Row, person: Row, email: str | None, phone: str | None, mobile: str | None, position: str | None
    ) -> None:
        times = times_of(dice, 700)
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
