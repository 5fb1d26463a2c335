"""The lists that an Accelo deployment starts with: staff, types, statuses, priorities, profile fields.

They are those of Fernleigh Calibration, the firm of the demo; the empty and the sized worlds have them too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sandbox.world import Accelo

DOMAIN = "fernleigh.example"
_STAFF = """
1|Nora|Whitfield|nora.whitfield|Operations Director|active|+61 3 9555 0101
2|Tom|Akers|tom.akers|Account Manager|active|+61 3 9555 0102
3|Priya|Raman|Priya.Raman|Account Manager|active|+61 3 9555 0103
4|Jose|Alvarez|jalvarez|Sales Engineer|active|+1 503 555 0104
5|Mei|Chen|mei.chen|Service Desk Lead|active|+61 3 9555 0105
6|Gordon|Pike|gordon.pike|Sales (left March)|inactive|
7|Aroha|Ngata|aroha.ngata|Calibration Technician|active|+64 9 555 0107
"""
STATUSES: dict[str, list[tuple[str, str, str, str]]] = {
    "company_statuses": [
        ("Active", "active", "green", "yes"),
        ("Prospect", "prospect", "blue", "yes"),
        ("Interested", "interested", "teal", "yes"),
        ("Inactive", "inactive", "grey", "no"),
    ],
    "contact_statuses": [("Active", "active", "green", "yes"), ("Inactive", "inactive", "grey", "no")],
    "affiliation_statuses": [("Current", "active", "green", "yes"), ("Left the company", "inactive", "grey", "no")],
    "prospect_statuses": [
        ("New Enquiry", "active", "blue", "yes"),
        ("Quoted", "active", "teal", "yes"),
        ("Negotiating", "active", "orange", "yes"),
        ("On Hold", "active", "grey", "no"),
        ("Won", "won", "green", "no"),
        ("Lost", "lost", "red", "no"),
        ("Abandoned", "abandoned", "grey", "no"),
        ("Cancelled", "cancelled", "grey", "no"),
    ],
    "issue_statuses": [
        ("Submitted", "submitted", "blue", "yes"),
        ("Open", "open", "green", "yes"),
        ("Waiting on Client", "open", "orange", "no"),
        ("Resolved", "resolved", "teal", "no"),
        ("Closed", "closed", "grey", "no"),
        ("Parked", "inactive", "grey", "no"),
    ],
    "task_statuses": [
        ("Pending", "pending", "blue", "yes"),
        ("Accepted", "accepted", "teal", "no"),
        ("Started", "started", "green", "no"),
        ("Complete", "complete", "grey", "no"),
    ],
}
_LISTS: dict[str, list[dict[str, Any]]] = {
    "prospect_types": [
        {"title": "New Instrument", "ordering": 1},
        {"title": "Service Agreement", "ordering": 2},
        {"title": "Calibration Day", "ordering": 3},
        {"title": "Rental (old)", "ordering": 9, "standing": "inactive"},
    ],
    "prospect_probabilities": [
        {"title": title, "value": value, "ordering": value // 10}
        for title, value in (
            ("Long shot", 10),
            ("Possible", 25),
            ("Even", 50),
            ("Likely", 75),
            ("Verbal yes", 90),
            ("Won", 100),
        )
    ],
    "issue_classes": [
        {"title": "Question", "description": "Somebody wants to know something."},
        {"title": "Fault", "description": "An instrument does not do what it should."},
        {"title": "Visit", "description": "Work on site."},
    ],
    "issue_priorities": [
        {"title": title, "color": color, "factor": factor}
        for title, color, factor in (
            ("Extreme", "Red", 5),
            ("High", "Orange", 4),
            ("Medium", "Yellow", 3),
            ("Low", "Green", 2),
            ("None", "Grey", 1),
        )
    ],
    "issue_types": [
        {"title": "Support", "ordering": 1, "default_issue_class": 1, "default_issue_priority": 3},
        {"title": "Repair", "ordering": 2, "default_issue_class": 2, "default_issue_priority": 2, "budget": "yes"},
        {"title": "Recalibration", "ordering": 3, "default_issue_class": 3, "default_issue_priority": 4},
        {"title": "Warranty (old)", "ordering": 9, "standing": "inactive"},
    ],
    "issue_resolutions": [{"title": "Fixed"}, {"title": "Explained"}, {"title": "Not a fault"}, {"title": "Replaced"}],
    "activity_classes": [{"title": "Client Work"}, {"title": "Sales"}, {"title": "Internal"}],
    "activity_priorities": [
        {"title": "Low", "level": 1},
        {"title": "Normal", "level": 2},
        {"title": "High", "level": 3},
    ],
    "segmentations": [
        {"title": "Region", "link_type": "company", "leaf": 1},
        {"title": "Newsletter", "link_type": "contact", "leaf": 1},
    ],
    "profile_fields": [
        {
            "field_name": "Salesforce ID",
            "field_type": "text",
            "link_type": "company",
            "description": "Id of the Account.",
        },
        {"field_name": "Industry", "field_type": "text", "link_type": "company"},
        {"field_name": "Type", "field_type": "text", "link_type": "company"},
        {
            "field_name": "Salesforce ID",
            "field_type": "text",
            "link_type": "contact",
            "description": "Id of the Contact.",
        },
        {
            "field_name": "Salesforce ID",
            "field_type": "text",
            "link_type": "prospect",
            "description": "Id of the Opportunity.",
        },
        {"field_name": "Original created date", "field_type": "date", "link_type": "prospect"},
        {"field_name": "Salesforce ID", "field_type": "text", "link_type": "issue", "description": "Id of the Case."},
        {"field_name": "Original created date", "field_type": "date", "link_type": "issue"},
        {"field_name": "Renewal month", "field_type": "integer", "link_type": "company"},
        {"field_name": "Billing contact", "field_type": "lookup", "link_type": "company", "lookup_type": "contact"},
    ],
}
_STATUS_OBJECTS = {
    "company": "company_statuses",
    "contact": "contact_statuses",
    "affiliation": "affiliation_statuses",
    "prospect": "prospect_statuses",
    "issue": "issue_statuses",
    "task": "task_statuses",
}


def staff() -> list[dict[str, Any]]:
    """The people of the deployment; staff 6 has left."""
    people = []
    for line in _STAFF.strip().splitlines():
        number, first, last, user, position, standing, phone = line.split("|")
        zone = "America/Los_Angeles" if phone.startswith("+1") else "Australia/Sydney"
        people.append(
            {
                "id": int(number),
                "firstname": first,
                "surname": last,
                "username": user.lower(),
                "email": f"{user}@{DOMAIN}",
                "position": position,
                "standing": standing,
                "phone": phone,
                "timezone": zone,
                "financial_level": "all" if number == "1" else "time",
            }
        )
    return people


def lists() -> dict[str, list[dict[str, Any]]]:
    """Every list by its resource; ids count from 1 in each, as in a deployment that was never tidied."""
    made: dict[str, list[dict[str, Any]]] = {"staff": staff()}
    for name, lines in STATUSES.items():
        made[name] = [
            {"title": title, "standing": standing, "color": color, "start": start, "ordering": place}
            for place, (title, standing, color, start) in enumerate(lines, 1)
        ]
    made.update({name: [dict(row) for row in rows] for name, rows in _LISTS.items()})
    made["progressions"] = [
        {"title": f"Set to {row[0]}", "object": obj, "status": place, "ordering": place}
        for obj, name in _STATUS_OBJECTS.items()
        for place, row in enumerate(STATUSES[name], 1)
    ]
    for rows in made.values():
        for number, row in enumerate(rows, 1):
            row.setdefault("id", number)
    return made


def load_lists(accelo: Accelo, but: Collection[str] = ()) -> None:
    """Load the lists that no file of a world brings."""
    for name, rows in lists().items():
        if name not in but:
            accelo.load(name, rows)


def currency_field(codes: Collection[str]) -> dict[str, Any]:
    """CurrencyIsoCode, as an org with several currencies has it on every object."""
    return {
        "name": "CurrencyIsoCode",
        "label": "Currency ISO Code",
        "type": "picklist",
        "length": 3,
        "nillable": True,
        "restricted": True,
        "defaulted": True,
        "default": "AUD",
        "values": sorted({*codes, "AUD", "USD"}),
        "custom": False,
    }
