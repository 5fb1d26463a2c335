"""How the rows of an ingest job are saved: the header against the object, then row by row, each with its result.

Source: Bulk API 2.0 guide, "Valid CSV Record Rows" and the results of a job.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import ids, struck, trash
from sandbox.salesforce.bulk import csvio
from sandbox.salesforce.bulk.csvio import BadCsv
from sandbox.salesforce.incoming import Actor
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.wire import ApiError

if TYPE_CHECKING:
    from sandbox.salesforce.bulk.jobs import Bulk
    from sandbox.salesforce.bulk.kept import Job

_SHUFFLE = 2_654_435_761
"""Odd, so that n * it mod 2^32 gives every row another place."""


class Plan:
    """How the rows of one job are saved; raises BadCsv for a header that does not fit."""

    def __init__(self, bulk: Bulk, job: Job, header: Sequence[str]) -> None:
        self.bulk, self.org, self.job, self.header = bulk, bulk.org, job, header
        self.obj: SObject = bulk.org.schema.object(job.info["object"])
        self.operation: str = job.info["operation"]
        self.actor = Actor(job.inner["user"], bulk=True)
        key = job.info.get("externalIdFieldName")
        self.key: Field | None = self.obj.field(key) if self.operation == "upsert" and key else None
        self._check()

    def _check(self) -> None:
        lower = [name.lower() for name in self.header]
        if self.operation in ("delete", "hardDelete"):
            if lower != ["id"]:
                raise BadCsv(f"InvalidBatch : '{self.operation}' batches must contain only ids")
            return
        for name in self.header:
            relation = name.partition(".")[0].partition(":")[0].lower()
            if name.lower() not in self.obj.by_lower and not ("." in name and relation in self.obj.relationships):
                raise BadCsv(f"InvalidBatch : Field name not found : {name}")
        needed = "id" if self.operation == "update" else self.key.name.lower() if self.key else None
        if needed is not None and needed not in lower:
            raise BadCsv(f"InvalidBatch : Field name not found : {self.key.name if self.key else 'Id'}")

    def save(self, chunk: Sequence[Sequence[str]]) -> None:
        """A chunk, its results and how far the job is, in one transaction."""
        org, job = self.org, self.job
        first, failed = job.inner["done"], 0
        out: list[tuple[str, str, int, str]] = []
        with org.writing():
            for n, cells in enumerate(chunk, first):
                kind, head = "good", ["", ""]
                try:
                    with org.writing():
                        record_id, created = self._row(cells, self.actor.at(n))
                    head = [record_id, "true" if created else "false"]
                except ApiError as error:
                    kind, head = "bad", [self._id_of(cells), error.cell()]
                    failed += 1
                made = csvio.line([*head, *cells], job.delimiter)
                out.append((job.id, kind, (n + 1) * _SHUFFLE % (1 << 32), made))
            org.db.executemany("INSERT OR REPLACE INTO sf__job_row VALUES (?, ?, ?, ?)", out)
            job.inner["done"] = first + len(chunk)
            job.info["numberRecordsProcessed"] += len(chunk)
            job.info["numberRecordsFailed"] += failed
            stored = org.db.execute("SELECT state, info FROM sf__job WHERE id = ?", (job.id,)).fetchone()
            if stored is not None:
                job.state = stored[0]  # an abort that came meanwhile stays
                job.inner["seen_in_progress"] = json.loads(stored[1])["inner"].get("seen_in_progress", False)
            self.bulk.save(job)

    def _id_of(self, cells: Sequence[str]) -> str:
        if self.operation == "insert":
            return ""
        return next((c for n, c in zip(self.header, cells, strict=False) if n.lower() == "id"), "")

    def _row(self, cells: Sequence[str], actor: Actor) -> tuple[str, bool]:
        if len(cells) != len(self.header):
            raise ApiError("INVALID_INPUT", f"the row has {len(cells)} values, the header has {len(self.header)}")
        data = {
            name: None if cell == csvio.NULL else cell
            for name, cell in zip(self.header, cells, strict=True)
            if cell != ""
        }
        org, obj = self.org, self.obj
        if self.operation == "insert":
            return org.records.insert(obj, data, actor), True
        if self.key is not None and self.key.name != "Id":
            return self._upsert(data, actor)
        given = next((data.pop(n) for n in list(data) if n.lower() == "id"), None)
        if self.operation == "upsert" and given is None:
            return org.records.insert(obj, data, actor), True
        if not given:
            raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call", [])
        record_id = ids.to18(given)
        if record_id is None:
            raise ApiError("MALFORMED_ID", f"{obj.label} ID: id value of incorrect type: {given}", ["Id"])
        self._existing(record_id, data, actor)
        return record_id, False

    def _upsert(self, data: dict[str, Any], actor: Actor) -> tuple[str, bool]:
        assert self.key is not None
        name = next((n for n in data if n.lower() == self.key.name.lower()), None)
        value = data.pop(name) if name is not None else None
        if value is None:
            raise ApiError("MISSING_ARGUMENT", f"{self.key.name} not specified", [])
        found = self.org.records.with_key(self.obj, self.key, value)
        if len(found) > 1:
            message = f"{self.key.name}: more than one record found for external id field: [{', '.join(found)}]"
            raise ApiError("DUPLICATE_EXTERNAL_ID", message, [self.key.name])
        if found:
            self._existing(found[0], data, actor)
            return found[0], False
        return self.org.records.insert(self.obj, {**data, self.key.name: value}, actor), True

    def _existing(self, record_id: str, data: dict[str, Any], actor: Actor) -> None:
        row = self.org.records.row(self.obj, record_id)
        if row is None:
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        hard = self.operation == "hardDelete"
        if row.get("IsDeleted") and not hard:
            raise ApiError("ENTITY_IS_DELETED", "entity is deleted", [])
        if hard or self.operation == "delete":
            struck.refuse(self.obj, {}, record_id, actor)
            if not row.get("IsDeleted"):
                trash.delete(self.org, self.obj, row, actor, struck.late_seconds(actor))
            if hard:
                trash.erase(self.org, self.obj, record_id)
        else:
            self.org.records.update(self.obj, row, data, actor)
