"""What the two systems call their fields: the names that a mapping file may use without asking either system.

Sources: describe of Account and Contact of a Salesforce developer org; Accelo API documentation, companies, contacts,
affiliations (fields that POST and PUT both take).
"""

from __future__ import annotations

SALESFORCE: dict[str, frozenset[str]] = {
    "Account": frozenset(
        [
            "Name",
            "Type",
            "ParentId",
            "Phone",
            "Fax",
            "AccountNumber",
            "Website",
            "Sic",
            "Industry",
            "AnnualRevenue",
            "NumberOfEmployees",
            "Ownership",
            "TickerSymbol",
            "Description",
            "Rating",
            "Site",
            "AccountSource",
            "DunsNumber",
            "Tradestyle",
            "NaicsCode",
            "NaicsDesc",
            "YearStarted",
            "SicDesc",
            "RecordTypeId",
            "OwnerId",
            "Billing*",
            "Shipping*",
        ]
    ),
    "Contact": frozenset(
        [
            "AccountId",
            "LastName",
            "FirstName",
            "MiddleName",
            "Suffix",
            "Salutation",
            "Phone",
            "Fax",
            "MobilePhone",
            "HomePhone",
            "OtherPhone",
            "AssistantPhone",
            "ReportsToId",
            "Email",
            "Title",
            "Department",
            "AssistantName",
            "LeadSource",
            "Birthdate",
            "Description",
            "OwnerId",
            "Mailing*",
            "Other*",
        ]
    ),
}
ACCELO: dict[str, frozenset[str]] = {
    "companies": frozenset({"name", "website", "phone", "fax", "comments"}),
    "contacts": frozenset(
        {
            "firstname",
            "surname",
            "middlename",
            "title",
            "comments",
            "affiliation.phone",
            "affiliation.fax",
            "affiliation.mobile",
            "affiliation.email",
            "affiliation.position",
        }
    ),
}
KINDS: dict[str, tuple[str, str]] = {"company": ("Account", "companies"), "contact": ("Contact", "contacts")}
OWNER = frozenset({"owner", "ownerid", "manager", "managers", "manager_id", "staff", "staff_id"})
"""The account owner under any name: Salesforce has one, Accelo many, and they are never synced."""
ONE_WAY = frozenset({"Type", "Industry"})
"""Salesforce fields that go to Accelo only."""
EXPECTED: dict[str, tuple[str, ...]] = {"company": ("name",), "contact": ("first_name", "last_name")}
"""Rules without which no record can be created or named."""
