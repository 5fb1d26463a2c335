"""The faults that may strike a request of a history, by their place in this table."""

from __future__ import annotations

from typing import Any

WRITES = "POST|PUT|PATCH"
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("reset_after_commit", {"method": WRITES}),
    ("reset_before", {}),
    ("refused", {}),
    ("timeout", {"seconds": 0.002}),
    ("timeout_after_commit", {"seconds": 0.002, "method": WRITES}),
    ("applied_late", {"seconds": 30, "method": WRITES}),
    ("applied_late", {"seconds": 400, "method": WRITES}),
    ("delivered_twice", {"method": WRITES}),
    ("server_error_500", {}),
    ("server_error_after_commit", {"method": WRITES}),
    ("unavailable_503", {"times": 3}),
    ("truncated", {}),
    ("html", {}),
    ("unauthorized_once", {}),
    ("unauthorized", {"times": 0}),
    ("too_many_429", {}),
    ("short_page", {"path": "/api/v0/|/query", "count": 1}),
    ("late_commit", {"seconds": 5}),
    ("late_commit", {"seconds": 300}),
    ("late_commit", {"seconds": 3000}),
    ("row_lock", {}),
    ("validation_rule", {"times": 2}),
    ("record_deleted", {"method": "GET"}),
    ("token_expired", {}),
    ("limit_403", {}),
    ("field_hidden", {"fields": ["Phone"], "times": 0}),
    ("field_hidden", {"fields": ["Title", "Website"], "times": 0}),
    ("invalid_permission", {"path": "/api/v0/(affiliations|companies|contacts|addresses)"}),
    ("short_page", {"path": "/api/v0/|/query", "count": 1, "times": 0}),
    ("duplicate", {"times": 2}),
    ("late_commit", {"seconds": 5, "times": 0, "path": "/query|/composite"}),
)
ONLY = {
    "row_lock": "salesforce",
    "validation_rule": "salesforce",
    "late_commit": "salesforce",
    "field_hidden": "salesforce",
    "invalid_permission": "accelo",
    "duplicate": "accelo",
}
"""Faults that only one of the two systems has."""
