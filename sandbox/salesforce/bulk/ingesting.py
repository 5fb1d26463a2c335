"""Ingest jobs: CSV in, one result a row out, in an order that is not the input's.

Source: Bulk API 2.0 guide, "Ingest": life cycle, CSV rules, results; 200 rows are saved together, as there.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.salesforce import struck
from sandbox.salesforce.bulk import csvio
from sandbox.salesforce.bulk.csvio import BadCsv
from sandbox.salesforce.bulk.saving import Plan
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.bulk.jobs import Bulk
    from sandbox.salesforce.bulk.kept import Job

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
CHUNK = 200
MOST_BYTES = 150_000_000
MOST_MULTIPART = 100_000


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
        plan = Plan(bulk, job, [name.strip() for name in header])
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
    state = bulk.state_for_results(job)
    if state in ("Open", "UploadComplete", "InProgress"):
        raise ApiError("INVALIDJOBSTATE", f"Job {job.id} has not ended, it is {state}")
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
