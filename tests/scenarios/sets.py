"""The two whole sets of the sandbox's switches under which every scenario runs: the likely ones,
and their opposites."""

from __future__ import annotations

PLAIN: dict[str, str] = {}

OPPOSITE = {
    "accelo_parent_stamp": "on",
    "accelo_profile_on_contact_post": "off",
    "accelo_mobile_on_contact_post": "off",
    "accelo_unknown_filter": "reject",
    "accelo_unknown_fields": "reject",
    "accelo_readonly_fields": "reject",
    "accelo_limit_over_100": "reject",
    "accelo_page_past_end": "reject",
    "accelo_filter_special_characters": "reject",
    "accelo_stamp_unchanged": "off",
    "accelo_standalone_contacts": "on",
    "accelo_postal_address": "off",
    "accelo_custom_id_writable": "both",
    "accelo_refused_write_status": "200",
    "accelo_429_body": "wrapped",
    "accelo_retry_after": "on",
    "accelo_iso_dates": "everywhere",
    "accelo_line_ends": "kept",
    "accelo_timezone": "America/New_York",
    "salesforce_external_ids": "off",
    "salesforce_state_country_picklists": "on",
}

SETS = {"plain": PLAIN, "opposite": OPPOSITE}
