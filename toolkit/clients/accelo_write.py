"""Accelo's writer: each call is one request, sent once. There is no delete, since there it cannot be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from toolkit.clients.accelo_query import API, checked_number, checked_resource, content
from toolkit.clients.endpoint import Receipt
from toolkit.clients.transport import Transport
from toolkit.errors import OutcomeUnknown, RecordGone, RecordRejected


class AcceloWriter:
    """See ports.AcceloWriting. Every call is one request, form-encoded as the documentation has it."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.reserve, self.server_now = transport.reserve, transport.server_now
        self.seconds_for = transport.budget.seconds_for

    def create(self, resource: str, fields: Mapping[str, Any], want: Sequence[str] = ()) -> Receipt:
        """A new record; ``profile.N`` may be among the fields of a company. POST /contacts makes an affiliation too:
        ask for ``default_affiliation``, and look whether ``mobile`` arrived there."""
        return self._write("POST", f"/{checked_resource(resource)}", fields, want)

    def update(self, resource: str, id: str, fields: Mapping[str, Any], want: Sequence[str] = ()) -> Receipt:
        """Change some fields. Accelo refuses a missing record and a bad value in the same words, so a refusal is looked
        into with one read: RecordGone when the record is not there."""
        path = f"/{checked_resource(resource)}/{checked_number(id)}"
        try:
            return self._write("PUT", path, fields, want, expected=str(id))
        except RecordRejected as error:
            if error.code == "invalid_request" and not self._exists(path):
                raise RecordGone("Accelo", error.code, "the record is not there.", status=error.status) from None
            raise

    def _exists(self, path: str) -> bool:
        try:
            self.transport.request("GET", API + path)
        except RecordRejected:
            return False
        return True

    def create_under(self, resource: str, id: str, sub: str, fields: Mapping[str, Any],
                     want: Sequence[str] = ()) -> Receipt:
        """A part of a record, e.g. ("companies", "12", "addresses")."""
        return self._write("POST", f"/{checked_resource(resource)}/{checked_number(id)}/{checked_resource(sub)}",
                           fields, want)

    def set_profile(self, resource: str, id: str, field_id: str, value: str, value_id: str | None = None,
                    field_type: str = "text") -> Receipt:
        """Set a custom field, or change its value ``value_id``. The receipt's id is the value's."""
        base = f"/{checked_resource(resource)}/{checked_number(id)}/profiles"
        key = {"integer": "value_int", "date": "value_date", "date_time": "value_date", "lookup": "value_id"}.get(
            field_type, "value")
        if value_id is not None:
            return self._write("PUT", f"{base}/values/{checked_number(value_id)}", {key: value}, ("_ALL",))
        return self._write("POST", f"{base}/fields/{checked_number(field_id)}", {key: value}, ("_ALL",))

    def progress(self, resource: str, id: str, progression_id: str, want: Sequence[str] = ()) -> Receipt:
        """Run a progression: the way to another status, and the only one for a company."""
        path = f"/{checked_resource(resource)}/{checked_number(id)}/progressions/{checked_number(progression_id)}/auto"
        return self._write("POST", path, {}, want)

    def _write(self, method: str, path: str, fields: Mapping[str, Any], want: Sequence[str],
               expected: str | None = None) -> Receipt:
        sent = {name: "" if value is None else str(value) for name, value in fields.items()}
        if want:
            sent["_fields"] = ",".join(want)
        response = self.transport.request(method, API + path, data=sent or None, record_write=True)
        return _receipt(response, expected)


def _receipt(response: requests.Response, expected: str | None) -> Receipt:
    row = content(response)
    if not isinstance(row, dict) or not row.get("id") or (expected is not None and str(row["id"]) != expected):
        raise OutcomeUnknown("Accelo", "the answer to a write does not name its record.")
    return Receipt("accelo", str(row["id"]), row, response.status_code, response.headers.get("X-Request-Id"))
