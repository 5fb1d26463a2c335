"""Ingest jobs: CSV in, one result a row out, in an order that is not the input's.

Source: Bulk API 2.0 guide, "Ingest": life cycle, CSV rules, results; 200 rows are saved together, as there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.salesforce import ids, struck, trash
from sandbox.salesforce.bulk import csvio
from sandbox.salesforce.bulk.csvio import BadCsv
from sandbox.salesforce.incoming import Actor
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.bulk.jobs import Bulk, Job

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
CHUNK = 200
MOST_BYTES = 150_000_000
MOST_MULTIPART = 100_000
_SHUFFLE = 2_654_435_761
"""Odd, so that n * it mod 2^32 gives every row another place."""


async def create(bulk: Bulk, call: Call) -> Job:
    """POST /jobs/ingest, with the data in the same request when it is multipart."""
    content = None
    if call.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        settings, content = await _multipart(call)
    else:
        settings = call.record()
    operation, name = settings.get("operation"), settings.get("object")
    if operation not in OPERATIONS:
        raise ApiError("INVALIDJOB", f"Unsupported operation: {operation}")
    if not isinstance(name, str) or not bulk.org.schema.has(name):
        raise ApiError("INVALIDENTITY", f"Unable to find object: {name}")
    obj = bulk.org.schema.object(name)
    key_name = settings.get("externalIdFieldName")
    if operation == "upsert":
        key = obj.by_lower.get(str(key_name or "").lower())
        if key is None or not (key.external_id or key.id_lookup):
            raise ApiError("INVALIDJOB", f"InvalidJob : Field name provided, {key_name} does not match an External ID")
    job = bulk.new(call, "ingest", "Open", {**settings, "object": obj.name})
    job.info["contentUrl"] = f"services/data/v{call.version}/jobs/ingest/{job.id}/batches"
    if key_name:
        job.info["externalIdFieldName"] = key_name
    if settings.get("assignmentRuleId"):
        job.info["assignmentRuleId"] = settings["assignmentRuleId"]
    job.info.update({"jobType": "V2Ingest", "numberRecordsProcessed": 0, "numberRecordsFailed": 0, "retries": 0})
    job.info.update({"totalProcessingTime": 0, "apiActiveProcessingTime": 0, "apexProcessingTime": 0})
    job.inner.update({"user": call.user_id, "done": 0})
    if content is not None:
        _keep(bulk, job, content)
        job.state = "UploadComplete"
    bulk.save(job)
    return job


async def _multipart(call: Call) -> tuple[dict[str, Any], bytes]:
    given = False

    async def receive() -> dict[str, Any]:
        nonlocal given
        given = True
        return {"type": "http.request", "body": call.body, "more_body": False}

    headers = [(b"content-type", call.headers["content-type"].encode("latin-1"))]
    form = await Request({"type": "http", "method": "POST", "headers": headers}, receive).form()
    parts = {
        name: (await part.read() if isinstance(part, UploadFile) else part.encode()) for name, part in form.items()
    }
    try:
        settings, content = json.loads(parts["job"]), parts["content"]
    except (KeyError, ValueError) as error:
        raise ApiError("INVALIDJOB", f"a multipart job needs the parts job and content: {error}") from error
    if len(content.decode("utf-8", "replace")) > MOST_MULTIPART:
        raise ApiError("INVALIDJOB", f"the content of a multipart job may have {MOST_MULTIPART} characters")
    return settings, content


def _keep(bulk: Bulk, job: Job, body: bytes) -> None:
    bulk.org.db.execute("INSERT OR REPLACE INTO sf__job_data VALUES (?, ?)", (job.id, body))


def upload(bulk: Bulk, call: Call, job: Job) -> Reply:
    """PUT …/batches: once, while the job is open."""
    if job.state != "Open":
        raise ApiError("INVALIDJOBSTATE", f"Found multiple contents for job: {job.id}, state {job.state}")
    if not call.headers.get("content-type", "text/csv").lower().startswith("text/csv"):
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv")
    if len(call.body) > MOST_BYTES:
        raise ApiError("INVALIDJOB", "the data of a job may have 150 MB", status=413)
    if bulk.org.db.execute("SELECT 1 FROM sf__job_data WHERE job = ?", (job.id,)).fetchone():
        raise ApiError("INVALIDJOBSTATE", f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' it")
    _keep(bulk, job, call.body)
    return Reply(201)


# -- running -----------------------------------------------------------------------------------------------------------


async def run(bulk: Bulk, job: Job) -> None:
    """Save the rows, 200 at a time; what was done is kept with them, so that a killed job goes on."""
    org, started = bulk.org, bulk.org.unix()
    found = org.db.execute("SELECT body FROM sf__job_data WHERE job = ?", (job.id,)).fetchone()
    failing = struck.options("bulk_failed")
    stop_at = None if failing is None else int(failing.get("count", 0))
    try:
        reader = csvio.rows(found[0] if found else b"", job.info["columnDelimiter"], job.info["lineEnding"])
        header = next(reader, None)
        if header is None:
            _finish(bulk, job, started)
            return
        job.inner["columns"] = header
        plan = _Plan(bulk, job, [name.strip() for name in header])
        for _ in range(job.inner["done"]):
            next(reader, None)
        chunk: list[list[str]] = []
        for row in reader:
            if stop_at is not None and job.inner["done"] + len(chunk) >= stop_at:
                break
            chunk.append(row)
            if len(chunk) == CHUNK:
                plan.save(chunk)
                chunk = []
                await asyncio.sleep(0)
                if bulk.aborted(job):
                    return
        if chunk:
            plan.save(chunk)
    except BadCsv as error:
        job.info["errorMessage"] = str(error)
        job.state = "Failed"
        bulk.save(job)
        return
    if failing is not None:
        raise ApiError(
            "API_ERROR", failing.get("message", "InternalServerError : Batch was retried 20 times and gave up")
        )
    _finish(bulk, job, started)


def _finish(bulk: Bulk, job: Job, started: float) -> None:
    spent = int((bulk.org.unix() - started) * 1000)
    job.info.update({"totalProcessingTime": spent, "apiActiveProcessingTime": spent})
    job.info["systemModstamp"] = bulk.org.clock_iso()
    job.state = "JobComplete"
    bulk.save(job)


class _Plan:
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


# -- results -----------------------------------------------------------------------------------------------------------


def results(bulk: Bulk, call: Call, job: Job, name: str) -> Reply:
    """GET …/successfulResults, …/failedResults, …/unprocessedrecords (any case)."""
    columns = job.inner.get("columns") or []
    if name == "unprocessedrecords":
        return _csv(_unprocessed(bulk, job))
    heads = {
        "successfulresults": ("good", ["sf__Id", "sf__Created"]),
        "failedresults": ("bad", ["sf__Id", "sf__Error"]),
    }
    if name not in heads:
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    if job.state == "Open":
        raise ApiError("INVALIDJOBSTATE", f"Job {job.id} is still open")
    kind, head = heads[name]
    header = csvio.line([*head, *columns], job.delimiter)
    return _csv(bulk.page(job, kind, header, 0, 1 << 32)[0])


def _unprocessed(bulk: Bulk, job: Job) -> bytes:
    found = bulk.org.db.execute("SELECT body FROM sf__job_data WHERE job = ?", (job.id,)).fetchone()
    if found is None:
        return b""
    try:
        rows = list(csvio.rows(found[0], job.info["columnDelimiter"], job.info["lineEnding"]))
    except BadCsv:
        return bytes(found[0])
    left = [] if job.state == "JobComplete" else rows[1 + job.inner["done"] :]
    lines = [csvio.line(row, job.delimiter) for row in [*rows[:1], *left]]
    return (job.ending.join(lines) + job.ending).encode() if lines else b""


def _csv(body: bytes) -> Reply:
    return Reply(200, None, {}, raw=body, media="text/csv")
