"""The switches of the sandbox that matter to a sync, with both settings of each: what is unknown,
or differs between customers.

Some of them are learnt once (does POST /contacts honour a marker) or belong to the shape of the org; these stay as they
are for a whole life of a workspace, so that each combination of them has a beginning of its own. All others are drawn
for each history.
"""

from __future__ import annotations

import random

BEGINNINGS: tuple[dict[str, str], ...] = (
    {},
    {"salesforce_external_ids": "off", "salesforce_state_country_picklists": "on"},
    {"accelo_profile_on_contact_post": "off", "accelo_mobile_on_contact_post": "off"},
    {"salesforce_state_country_picklists": "on", "salesforce_person_accounts": "on", "accelo_unknown_place": "reject"},
    {"salesforce_external_ids": "off", "accelo_profile_on_contact_post": "off", "accelo_standalone_contacts": "on"},
)

DRAWN: dict[str, tuple[str, ...]] = {
    "accelo_parent_stamp": ("off", "on"),
    "accelo_stamp_unchanged": ("on", "off"),
    "accelo_unknown_filter": ("ignore", "reject"),
    "accelo_unknown_fields": ("ignore", "reject"),
    "accelo_readonly_fields": ("ignore", "reject"),
    "accelo_filter_special_characters": ("accept", "reject"),
    "accelo_limit_over_100": ("clamp", "reject"),
    "accelo_page_past_end": ("empty", "reject"),
    "accelo_duplicate_names": ("off", "on"),
    "accelo_refused_write_status": ("400", "200"),
    "accelo_unknown_path": ("invalid_request", "html_404"),
    "accelo_postal_address": ("first", "off"),
    "accelo_429_body": ("bare", "wrapped"),
    "accelo_retry_after": ("off", "on"),
    "accelo_rate_window": ("fixed", "rolling"),
    "accelo_iso_dates": ("documented", "everywhere"),
    "accelo_line_ends": ("crlf", "kept"),
    "accelo_timezone": ("Australia/Sydney", "America/New_York", "UTC"),
    "accelo_refresh_rotation": ("off", "on"),
    "salesforce_refresh_rotation": ("off", "on"),
}


def draw(chance: random.Random) -> tuple[int, dict[str, str]]:
    """A beginning, and the settings of one history."""
    number = chance.randrange(len(BEGINNINGS))
    return number, {name: chance.choice(settings) for name, settings in DRAWN.items()}
