"""Switches of the Accelo deployment: what its documentation leaves open, or what differs between deployments.

The first setting is the default, the likelier one; a client is safe when it works under both.
"""

from __future__ import annotations

from sandbox.switches import Switch

_ON_OFF = ("on", "off")
_OFF_ON = ("off", "on")

SWITCHES: tuple[Switch, ...] = (
    Switch(
        "accelo_hourly_limit", ("5000", "N", "off"), "Requests an hour for the whole deployment, /oauth2 not counted."
    ),
    Switch(
        "accelo_rate_window", ("fixed", "rolling"), "The hour of the limit: a fixed window, or the last 3600 seconds."
    ),
    Switch("accelo_429_body", ("bare", "wrapped"), "The 429 body: the meta object alone, or inside the envelope."),
    Switch("accelo_retry_after", _OFF_ON, "Does a 429 carry Retry-After (not documented)."),
    Switch("accelo_limit_over_100", ("clamp", "reject"), "What _limit above 100 does."),
    Switch("accelo_page_past_end", ("empty", "reject"), "A page past the end: an empty list, or 400."),
    Switch("accelo_unknown_filter", ("ignore", "reject"), "A filter that a list does not know."),
    Switch(
        "accelo_unknown_fields",
        ("ignore", "reject"),
        "A name in _fields, or a parameter of a write, that does not exist.",
    ),
    Switch(
        "accelo_readonly_fields", ("ignore", "reject"), "A write to a field that is read-only (date_created, for one)."
    ),
    Switch(
        "accelo_filter_special_characters", ("accept", "reject"), "@ in a _filters text (the JSON form is always safe)."
    ),
    Switch(
        "accelo_duplicate_names", _OFF_ON, "A company, sale or ticket with a name that exists is refused as duplicate."
    ),
    Switch(
        "accelo_parent_stamp",
        _OFF_ON,
        "An edit of an address, affiliation or profile value moves the parent's date_modified.",
    ),
    Switch("accelo_stamp_unchanged", _ON_OFF, "A PUT that changes no value still moves date_modified."),
    Switch(
        "accelo_profile_on_contact_post",
        _ON_OFF,
        "profile.{id} is honoured on POST /contacts (on POST /companies it always is).",
    ),
    Switch("accelo_mobile_on_contact_post", _ON_OFF, "mobile is honoured on POST /contacts."),
    Switch("accelo_standalone_contacts", _OFF_ON, "A contact may be created without company_id."),
    Switch(
        "accelo_contact_link",
        ("affiliation", "contact"),
        "What the contact of a sale or ticket shows: the affiliation's id, or the contact's.",
    ),
    Switch("accelo_custom_id_writable", ("post", "both", "off"), "When custom_id of a company is honoured."),
    Switch(
        "accelo_postal_address",
        ("first", "off"),
        "The first postal=yes address of a company becomes its postal_address.",
    ),
    Switch(
        "accelo_unknown_place",
        ("ignore", "reject"),
        "A country or state name that is not known: the address is kept without it, or 400.",
    ),
    Switch(
        "accelo_company_delete_cascades",
        _ON_OFF,
        "DELETE of a company takes its sales, tickets and activities with it.",
    ),
    Switch("accelo_scope_violation", ("403", "401"), "The answer to a call outside the token's scope."),
    Switch(
        "accelo_refused_write_status",
        ("400", "200"),
        "The HTTP status of a write refused as invalid_request or duplicate; some were seen with 200.",
    ),
    Switch("accelo_lockout_status", ("429", "401"), "The HTTP status of too_many_failed_logins."),
    Switch(
        "accelo_unknown_path",
        ("invalid_request", "html_404"),
        "A path that does not exist: 400 in the envelope, or a 404 page.",
    ),
    Switch("accelo_refresh_rotation", _OFF_ON, "A refresh ends the refresh token that was used."),
    Switch("accelo_webhook_hmac", ("sha1", "sha256"), "The digest of X-Hub-Signature."),
    Switch("accelo_webhook_prefix", _ON_OFF, "X-Hub-Signature starts with the algorithm: sha1=…"),
    Switch("accelo_webhook_own_writes", _ON_OFF, "Webhooks fire for writes through the API, too."),
    Switch(
        "accelo_webhook_child_events",
        _OFF_ON,
        "An edit of an affiliation or address fires update_contact and update_company.",
    ),
    Switch(
        "accelo_iso_dates",
        ("documented", "everywhere"),
        "ISO 8601 is read for date_due of sales and profile dates only, or for every date.",
    ),
    Switch("accelo_line_ends", ("crlf", "kept"), "Line ends in long texts are stored as \\r\\n, or as sent."),
    Switch(
        "accelo_timezone",
        ("Australia/Sydney", "America/New_York", "UTC"),
        "The deployment's time zone: locale.timezone, and midnight of dates.",
    ),
)
