"""What every org holds before any world is loaded: itself, three users, its stages, statuses and record types.

Stock values are those of a Developer Edition org.
"""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.ids import base62, checksum, make

BORN = "2024-01-08T09:00:00.000+0000"
PROFILE = make("00e", 1)
PASSWORD = "sandbox-2026"

ADMIN, INTEGRATION, NO_API = make("005", 1), make("005", 2), make("005", 3)
"""A person, the user that the ready tokens act as, and a user without the API permission."""
USERNAMES = {
    ADMIN: "alex.admin@sandbox.example",
    INTEGRATION: "integration@sandbox.example",
    NO_API: "nora.noapi@sandbox.example",
}
BUSINESS_TYPE, PERSON_TYPE = make("012", 1), make("012", 2)

STAGES = (
    ("Prospecting", 10, "Pipeline", False, False),
    ("Qualification", 10, "Pipeline", False, False),
    ("Needs Analysis", 20, "Pipeline", False, False),
    ("Value Proposition", 50, "Pipeline", False, False),
    ("Id. Decision Makers", 60, "Pipeline", False, False),
    ("Perception Analysis", 70, "Pipeline", False, False),
    ("Proposal/Price Quote", 75, "Pipeline", False, False),
    ("Negotiation/Review", 90, "Pipeline", False, False),
    ("Closed Won", 100, "Closed", True, True),
    ("Closed Lost", 0, "Omitted", True, False),
)
STATUSES = (("New", False), ("Working", False), ("Escalated", False), ("Closed", True))


def org_id(seed: int) -> str:
    """Another seed is another org."""
    fifteen = "00DgK" + base62(916_132_832 + seed, 10)
    return fifteen + checksum(fifteen)


def organization(seed: int) -> dict[str, Any]:
    return {
        "Id": org_id(seed),
        "Name": "Sandbox Engineering",
        "Street": "1 Market Street",
        "City": "San Francisco",
        "State": "CA",
        "PostalCode": "94105",
        "Country": "US",
        "OrganizationType": "Developer Edition",
        "InstanceName": "SBX1",
        "IsSandbox": False,
        "PrimaryContact": "Alex Admin",
        "CreatedDate": BORN,
    }


def users() -> list[dict[str, Any]]:
    names = {ADMIN: ("Alex", "Admin"), INTEGRATION: ("Integration", "User"), NO_API: ("Nora", "Noapi")}
    return [
        {
            "Id": user_id,
            "Username": USERNAMES[user_id],
            "Email": USERNAMES[user_id],
            "FirstName": first,
            "LastName": last,
            "Alias": (first[0] + last)[:8].lower(),
            "CommunityNickname": f"{first}.{last}".lower(),
            "ProfileId": PROFILE,
            "IsActive": True,
            "CreatedDate": BORN,
            "CreatedById": ADMIN,
            "LastModifiedById": ADMIN,
        }
        for user_id, (first, last) in names.items()
    ]


def stages() -> list[dict[str, Any]]:
    return [
        {
            "MasterLabel": name,
            "ApiName": name,
            "IsActive": True,
            "SortOrder": n,
            "IsClosed": closed,
            "IsWon": won,
            "ForecastCategoryName": forecast,
            "ForecastCategory": forecast,
            "DefaultProbability": probability,
            "CreatedDate": BORN,
        }
        for n, (name, probability, forecast, closed, won) in enumerate(STAGES, 1)
    ]


def statuses() -> list[dict[str, Any]]:
    return [
        {
            "MasterLabel": name,
            "ApiName": name,
            "SortOrder": n,
            "IsDefault": n == 1,
            "IsClosed": closed,
            "CreatedDate": BORN,
        }
        for n, (name, closed) in enumerate(STATUSES, 1)
    ]


def record_types() -> list[dict[str, Any]]:
    """Only in an org with person accounts."""
    return [
        {
            "Id": BUSINESS_TYPE,
            "Name": "Business Account",
            "DeveloperName": "Business_Account",
            "SobjectType": "Account",
        },
        {
            "Id": PERSON_TYPE,
            "Name": "Person Account",
            "DeveloperName": "PersonAccount",
            "SobjectType": "Account",
            "IsPersonType": True,
        },
    ]
