"""Salesforce's writer: one record by simple-salesforce's SFType, many by sObject collections (200 a call).

Creations are inserts, never upserts: a repeated upsert overwrites what a person typed in between. Nothing here is
repeated; what an answer leaves open is OutcomeUnknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from toolkit.clients.endpoint import Receipt
from toolkit.clients.salesforce_rows import checked_id, checked_name
from toolkit.clients.salesforce_session import Session
from toolkit.clients.salesforce_wire import error_of, long_id, refusal
from toolkit.errors import OutcomeUnknown, ToolkitError, UsageError

CHUNK = 200
_NO_ASSIGNMENT = {"Sforce-Auto-Assign": "FALSE"}  # assignment rules would give the record to somebody else


class SalesforceWriter(Session):
    """See ports.SalesforceWriting. Not to be made while read-only is on; the transport refuses even so."""

    def create(self, obj: str, fields: Mapping[str, Any]) -> Receipt:
        """A new record; with a unique marker field among ``fields``, DuplicateRecord says that it exists already."""
        answer = getattr(self._sf, checked_name(obj)).create(dict(fields), headers=dict(_NO_ASSIGNMENT))
        return self._receipt(answer, dict(fields))

    def _receipt(self, answer: Any, sent: Any) -> Receipt:
        if isinstance(answer, Mapping) and answer.get("success") is False:
            errors = answer.get("errors") or [{}]
            raise refusal(errors[0], sent=sent)
        if not isinstance(answer, Mapping) or not answer.get("id"):
            raise OutcomeUnknown("Salesforce", "the answer to a create names no record.")
        last = self._sf.session.last
        return Receipt("salesforce", long_id(str(answer["id"])), {}, last.status_code if last is not None else 201,
                       last.headers.get("X-Request-Id") if last is not None else None)

    def update(self, obj: str, id: str, fields: Mapping[str, Any],
               unmodified_since: datetime | None = None) -> Receipt:
        """Change some fields. RecordMoved when the record was changed after ``unmodified_since`` (whole seconds)."""
        headers = dict(_NO_ASSIGNMENT)
        if unmodified_since is not None:
            headers["If-Unmodified-Since"] = format_datetime(unmodified_since.astimezone(UTC), usegmt=True)
        response = getattr(self._sf, checked_name(obj)).update(checked_id(id), dict(fields), raw_response=True,
                                                               headers=headers)
        return Receipt("salesforce", checked_id(id), {}, response.status_code, response.headers.get("X-Request-Id"))

    def create_many(self, obj: str, rows: Sequence[Mapping[str, Any]]) -> list[Receipt | ToolkitError]:
        """One call with at most ``CHUNK`` rows: a result for each, in order. Raises what befell the call as a whole."""
        return self._many("POST", obj, [dict(row) for row in rows])

    def update_many(self, obj: str, rows: Sequence[Mapping[str, Any]]) -> list[Receipt | ToolkitError]:
        """As create_many; each row holds its "Id". There is no If-Unmodified-Since here: re-read just before."""
        prepared = [{"id" if name.lower() == "id" else name: value for name, value in row.items()} for row in rows]
        for row in prepared:
            row["id"] = checked_id(str(row.get("id", "")))
        return self._many("PATCH", obj, prepared)

    def _many(self, method: str, obj: str, rows: list[dict[str, Any]]) -> list[Receipt | ToolkitError]:
        if len(rows) > CHUNK:
            raise UsageError(f"A call to Salesforce takes {CHUNK} records, not {len(rows)}.")
        records = [{"attributes": {"type": checked_name(obj)}, **row} for row in rows]
        response = self.transport.request(
            method, f"/services/data/v{self.api_version}/composite/sobjects", record_write=True,
            headers=_NO_ASSIGNMENT, json={"allOrNone": False, "records": records})
        answers = response.json()
        request_id = response.headers.get("X-Request-Id")
        if not isinstance(answers, list) or len(answers) != len(rows):
            raise OutcomeUnknown("Salesforce", "the answer to a group of writes does not fit the group.")
        return [self._one(row, answer, request_id) for row, answer in zip(rows, answers, strict=True)]

    def _one(self, row: dict[str, Any], answer: Any, request_id: str | None) -> Receipt | ToolkitError:
        """One row's result, matched by place and, where we know it, by id."""
        if not isinstance(answer, Mapping) or "success" not in answer:
            return OutcomeUnknown("Salesforce", "the answer to a write of a group cannot be read.")
        if answer["success"] is not True:
            error = (answer.get("errors") or [{}])[0]
            return refusal(error, status=404 if error_of(error)[0] == "ENTITY_IS_DELETED" else 400, sent=row)
        id = long_id(str(answer.get("id") or row.get("id") or ""))
        if not id or row.get("id", id) != id:
            return OutcomeUnknown("Salesforce", "the answer to a write of a group names another record.")
        return Receipt("salesforce", id, {}, 200, request_id)
