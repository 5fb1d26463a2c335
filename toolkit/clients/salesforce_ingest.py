"""Bulk API 2.0 ingest: many rows in one job, each with its own result, matched by a column that the caller chose.

Results come back in any order, so a row is known again by its ``key`` column (the marker on an insert, "Id" on an
update). Source: Bulk API 2.0 Developer Guide, "Prepare CSV files" and "Ingest".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from toolkit.clients.endpoint import Receipt
from toolkit.clients.salesforce_rows import checked_name
from toolkit.clients.salesforce_wire import long_id, refusal
from toolkit.clients.transport import Transport
from toolkit.errors import OutcomeUnknown, RecordRejected, SystemFailure, ToolkitError, Unavailable, UsageError

Operation = Literal["insert", "update"]
NULL = "#N/A"  # an empty cell would leave the field as it is
LARGEST = 90 * 1024 * 1024  # bytes of CSV: Salesforce takes 150 MB after base64


def to_csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as Bulk wants them: UTF-8, LF, blank as #N/A, line breaks inside quotes kept; all of the same columns."""
    columns = list(rows[0])
    if any(set(row) != set(columns) for row in rows):
        raise UsageError("Rows of one bulk job must have the same columns.")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([checked_name(name) for name in columns])
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
    return text.getvalue().encode("utf-8")


def _cell(value: Any) -> str:
    if value is None or value == "":
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if value == NULL:
        raise UsageError("A text that reads #N/A cannot be written through Bulk; it would empty the field.")
    return str(value)


class BulkIngest:
    """Not to be made while read-only is on. One attempt: what is left open is OutcomeUnknown, row by row."""

    def __init__(self, transport: Transport, version: str, *, longest_wait: float = 7200) -> None:
        self._transport, self._longest_wait = transport, longest_wait
        self._base = f"/services/data/v{version}/jobs/ingest"

    def write(self, obj: str, operation: Operation, rows: Sequence[Mapping[str, Any]], key: str, *,
              on_job: Callable[[str], None] = lambda job: None) -> list[Receipt | ToolkitError]:
        """A result for each row, in order. ``on_job`` is told the job's id before a row leaves, to be journalled."""
        if not rows:
            return []
        keys = [str(row[key]) for row in rows]
        if len(set(keys)) != len(keys):
            raise UsageError("The key column of a bulk job must differ from row to row.")
        body = to_csv(rows)
        if len(body) > LARGEST:
            raise UsageError("Too much for one bulk job.", next_step="Give fewer rows at a time.")
        job = str(self._transport.request("POST", self._base, record_write=True, json={
            "object": checked_name(obj), "operation": operation, "contentType": "CSV", "lineEnding": "LF",
            "columnDelimiter": "COMMA"}).json()["id"])
        on_job(job)
        # Until the job is closed, nothing of it is carried out: a failure up to here is definite.
        self._transport.request("PUT", f"{self._base}/{job}/batches", data=body, record_write=True,
                                headers={"Content-Type": "text/csv; charset=UTF-8"})
        try:
            self._transport.request("PATCH", f"{self._base}/{job}", json={"state": "UploadComplete"}, record_write=True)
            return self.results(job, rows, key)
        except (SystemFailure, OutcomeUnknown):
            return [OutcomeUnknown("Salesforce", f"the bulk job {job} gave no result yet.") for _ in rows]

    def results(self, job: str, rows: Sequence[Mapping[str, Any]], key: str) -> list[Receipt | ToolkitError]:
        """Wait for the job's end and fetch what became of each row; also to go on with a job of a run that died."""
        self._wait(job)
        found: dict[str, Receipt | ToolkitError] = {}
        sent = {str(row[key]): row for row in rows}
        for answer in self._table(job, "successfulResults"):
            found[_key(answer, key)] = Receipt("salesforce", long_id(answer["sf__Id"]), {}, 200)
        for answer in self._table(job, "failedResults"):
            found[_key(answer, key)] = _failure(answer.get("sf__Error", ""), sent.get(_key(answer, key)))
        for answer in self._table(job, "unprocessedrecords"):
            found[_key(answer, key)] = RecordRejected("Salesforce", "UNPROCESSED", "the job ended before this row.")
        lost = OutcomeUnknown("Salesforce", "the bulk job does not tell what became of this row.")
        return [found.get(_known(name, key), lost) for name in sent]

    def _wait(self, job: str) -> None:
        waited, pause = 0.0, 0.5
        while True:
            state = self._transport.request("GET", f"{self._base}/{job}").json().get("state")
            if state in ("JobComplete", "Failed", "Aborted"):
                return
            if waited >= self._longest_wait:
                raise Unavailable("Salesforce", f"the bulk job is not finished after {waited:.0f} seconds.")
            self._transport.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, 20.0)

    def _table(self, job: str, name: str) -> list[dict[str, str]]:
        response = self._transport.request("GET", f"{self._base}/{job}/{name}/", headers={"Accept": "text/csv"})
        return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def _known(value: str, key: str) -> str:
    return long_id(value) if key == "Id" else value


def _key(answer: Mapping[str, str], key: str) -> str:
    return _known(answer.get(key) or "", key)


def _failure(text: str, sent: Any) -> ToolkitError:
    """``CODE:message:Field,Field --``, e.g. REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"""
    code, _, rest = text.partition(":")
    message, _, fields = rest.rpartition(":")
    names = [name.strip() for name in fields.replace("--", "").split(",") if name.strip().replace("_", "").isalnum()]
    status = 404 if code == "ENTITY_IS_DELETED" else 400
    return refusal({"errorCode": code or "UNKNOWN", "message": message, "fields": names}, status=status, sent=sent)
