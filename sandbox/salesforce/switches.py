"""The switches of the Salesforce org: what differs between customers' orgs.

The first setting of each is its default.
"""

from __future__ import annotations

from sandbox.switches import Switch

SWITCHES = (
    Switch(
        "salesforce_daily_limit",
        ("100000", "N"),
        "API requests allowed in 24 hours, counted since the start or a reset; above it 403 REQUEST_LIMIT_EXCEEDED.",
    ),
    Switch(
        "salesforce_refresh_rotation",
        ("off", "on"),
        "Does each refresh give a new single-use refresh token; reuse of a rotated one revokes the grant.",
    ),
    Switch(
        "salesforce_state_country_picklists",
        ("off", "on"),
        "Do StateCode and CountryCode fields exist beside State and Country, synchronised and checked.",
    ),
    Switch("salesforce_person_accounts", ("off", "on"), "Are person accounts enabled: Account holds people too."),
    Switch(
        "salesforce_external_ids",
        ("on", "off"),
        "Do the unique external-id fields Accelo_Id__c and Ext_Id__c exist on Account and Contact.",
    ),
    Switch(
        "salesforce_audit_fields",
        ("off", "on"),
        "May a create set CreatedDate, CreatedById, LastModifiedDate, LastModifiedById (and ClosedDate of a case).",
    ),
    Switch("salesforce_bulk_seconds", ("0", "N"), "A bulk job takes at least this many seconds."),
    Switch(
        "salesforce_inactive_owners",
        ("off", "on"),
        'May records be given to inactive users (permission "Update Records with Inactive Owners").',
    ),
)
