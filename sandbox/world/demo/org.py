"""The people, queues, stages and statuses of the demo's Salesforce org.

Some people are staff of the Accelo deployment too, by the same e-mail or by another; some have left.
"""

from __future__ import annotations

import random
from typing import Any

from sandbox.world.firm import DOMAIN
from sandbox.world.ids import record_id

_USERS = """
Nora|Whitfield|nora.whitfield|Operations Director|1|Australia/Sydney|4
Tom|Akers|tom.akers|Account Manager|1|Australia/Sydney|14
Priya|Raman|priya.raman|Account Manager|1|Australia/Sydney|14
José|Álvarez|jose.alvarez|Sales Engineer|1|America/Los_Angeles|12
Hannah|Lindqvist|hannah.lindqvist|Account Manager (until 2025)|0|Australia/Sydney|9
Gordon|Pike|gordon.pike|Sales|0|Australia/Sydney|6
Mei|Chen|mei.chen|Service Desk Lead|1|Australia/Sydney|5
Olu|Adeyemi|olu.adeyemi|Service Technician|1|Europe/London|3
Data|Loader|integration|Integration User|1|Australia/Sydney|0
"""
_QUEUES = (
    ("Tier 1 Support", "Tier_1_Support"),
    ("Calibration Desk", "Calibration_Desk"),
    ("Returns & Repairs", "Returns"),
)
_STAGES = """
Prospecting|10|0|0|Pipeline
Qualification|10|0|0|Pipeline
Needs Analysis|20|0|0|Pipeline
Value Proposition|50|0|0|Pipeline
Id. Decision Makers|60|0|0|Pipeline
Perception Analysis|70|0|0|Pipeline
Proposal/Price Quote|75|0|0|Best Case
Negotiation/Review|90|0|0|Commit
On Hold – Budget FY27|15|0|0|Omitted
verbal (don't use!)|80|0|0|Pipeline
Closed Won|100|1|1|Closed
Closed Lost|0|1|0|Omitted
Closed - Renewed Automatically|100|1|1|Closed
"""
_CASE_STATUSES = (
    ("New", 0),
    ("Working", 0),
    ("Escalated", 0),
    ("Waiting on Customer", 0),
    ("Parts ordered 🔧", 0),
    ("re-opened", 0),
    ("Closed", 1),
    ("Closed - Duplicate", 1),
)


def _user_id(number: int) -> str:
    return record_id("005", number)


SET_UP = {"CreatedDate": "2022-02-01T00:00:00.000+0000", "SystemModstamp": "2025-03-31T02:10:00.000+0000"}
"""When the org was set up, and when its lists were last touched."""
INTEGRATION = _user_id(9)
HANNAH, GORDON = _user_id(5), _user_id(6)
DESK = (_user_id(7), _user_id(8))
QUEUE_IDS = tuple(record_id("00G", number) for number in range(1, len(_QUEUES) + 1))


def users() -> list[dict[str, Any]]:
    """Nine people; two are inactive and still own records."""
    rows = []
    for number, line in enumerate(_USERS.strip().splitlines(), 1):
        first, last, name, title, active, zone, _ = line.split("|")
        rows.append(
            {
                "Id": _user_id(number),
                "Username": f"{name}@{DOMAIN}",
                "FirstName": first,
                "LastName": last,
                "Email": f"{name}@{DOMAIN}",
                "Title": title,
                "IsActive": bool(int(active)),
                "Alias": name[:8],
                "TimeZoneSidKey": zone,
                "CompanyName": "Fernleigh Calibration",
                "UserType": "Standard",
                **SET_UP,
            }
        )
    return rows


def owner(dice: random.Random) -> str:
    """A user by how much he or she owns."""
    lines = _USERS.strip().splitlines()
    number = dice.choices(range(1, len(lines) + 1), [int(line.rsplit("|", 1)[1]) for line in lines])[0]
    return _user_id(number)


def queues() -> list[dict[str, Any]]:
    """The queues that own cases nobody has taken."""
    return [
        {
            "Id": id,
            "Name": name,
            "DeveloperName": developer,
            "Type": "Queue",
            "Email": f"{developer.lower()}@{DOMAIN}",
            **SET_UP,
        }
        for id, (name, developer) in zip(QUEUE_IDS, _QUEUES, strict=True)
    ]


def stages() -> list[dict[str, Any]]:
    """The stock stages, and three that somebody added."""
    rows = []
    for order, line in enumerate(_STAGES.strip().splitlines(), 1):
        label, probability, closed, won, forecast = line.split("|")
        rows.append(
            {
                "Id": record_id("01J", order),
                "MasterLabel": label,
                "ApiName": label,
                "IsActive": True,
                "SortOrder": order,
                "IsClosed": bool(int(closed)),
                "IsWon": bool(int(won)),
                "DefaultProbability": float(probability),
                "ForecastCategoryName": forecast,
                "ForecastCategory": {"Best Case": "BestCase", "Commit": "Forecast"}.get(forecast, forecast),
                **SET_UP,
            }
        )
    return rows


def case_statuses() -> list[dict[str, Any]]:
    """The stock statuses, and four that somebody added."""
    return [
        {
            "Id": record_id("01Q", order),
            "MasterLabel": label,
            "ApiName": label,
            "SortOrder": order,
            "IsDefault": label == "New",
            "IsClosed": bool(closed),
            **SET_UP,
        }
        for order, (label, closed) in enumerate(_CASE_STATUSES, 1)
    ]
