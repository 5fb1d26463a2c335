"""Query jobs: the answer is made once, as CSV lines, and read in pages by locator.

Source: Bulk API 2.0 guide, "Query" and "Get Parallel Results for a Query Job"; limits of what may be asked as there.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

from sandbox.salesforce import soql, struck
from sandbox.salesforce.bulk.csvio import line, sql_line
from sandbox.salesforce.soql import Compiled, tree
from sandbox.salesforce.soql.shape import Address, Record
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.bulk.jobs import Bulk
    from sandbox.salesforce.bulk.kept import Job

OPERATIONS = ("query", "queryAll")
PAGE = 100_000
"""Rows of a page when maxRecords is not given."""
AT_ONCE = 5_000
"""Rows made between two turns of the event loop."""
PARALLEL = 5


def create(bulk: Bulk, call: Call) -> Job:
    """POST /jobs/query; raises the errors of the statement."""
    settings = call.record()
    operation, text = settings.get("operation"), settings.get("query")
    if operation not in OPERATIONS:
        raise ApiError("INVALIDJOB", f"Unsupported operation: {operation}")
    if not isinstance(text, str) or not text.strip():
        raise ApiError("INVALIDJOB", "query is required")
    compiled = bulk.queries.compiled(text, operation == "queryAll", call.user_id)
    allowed(compiled)
    job = bulk.new(call, "query", "UploadComplete", {**settings, "object": compiled.sobject.name})
    job.info["jobType"] = "V2Query"
    job.inner.update({"query": text, "user": call.user_id})
    bulk.save(job)
    return job


def allowed(compiled: Compiled) -> None:
    """Raise for what Bulk queries do not take: the guide's list, "Understanding Bulk API 2.0 Query"."""
    if compiled.kind != "records":
        raise ApiError("API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    if compiled.has_children:
        raise ApiError("API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    if compiled.tree.offset is not None:
        raise ApiError("API_ERROR", "FUNCTIONALITY_NOT_ENABLED: OFFSET not supported in Bulk Query")
    if any(isinstance(item, tree.TypeOf) for item in compiled.tree.items):
        raise ApiError("API_ERROR", "FUNCTIONALITY_NOT_ENABLED: TYPEOF not supported in Bulk Query")
    if isinstance(compiled.shape, Record) and _has_address(compiled.shape):
        raise ApiError("API_ERROR", "FUNCTIONALITY_NOT_ENABLED: Selecting compound data not supported in Bulk Query")


def _has_address(record: Record) -> bool:
    return any(
        isinstance(entry, Address) or (isinstance(entry, Record) and _has_address(entry))
        for entry in record.entries.values()
    )


async def run(bulk: Bulk, job: Job) -> None:
    """Make the lines: the row numbers at once, so that the answer is of one moment, the lines in pieces."""
    org, db = bulk.org, bulk.org.db
    org.settle()
    started = org.unix()
    failing = struck.options("bulk_failed")
    if failing is not None:
        message = failing.get("message", "InternalServerError : An internal error occurred while running the query")
        raise ApiError("API_ERROR", message)
    compiled = bulk.queries.compiled(job.inner["query"], job.info["operation"] == "queryAll", job.inner["user"])
    keys = [row[0] for row in soql.run(db, compiled, compiled.keys_sql)]
    probe = db.execute(compiled.page_sql, {**compiled.parameters, "rowids": "[]"})
    sql = sql_line(compiled.flat, len(probe.description), compiled.page_sql, job.delimiter)
    db.execute("DELETE FROM sf__job_row WHERE job = ?", (job.id,))
    count = 0
    for start in range(0, len(keys), AT_ONCE):
        text = f"[{','.join(map(str, keys[start : start + AT_ONCE]))}]"
        rows = [(job.id, n, made) for n, (made,) in enumerate(soql.run(db, compiled, sql, rowids=text), count)]
        with org.core.store.transaction():
            db.executemany("INSERT INTO sf__job_row VALUES (?, 'query', ?, ?)", rows)
        count += len(rows)
        await asyncio.sleep(0)
        if bulk.aborted(job):
            return
    job = bulk.find(job.id, "query")
    job.inner.update({"header": line([cell.name for cell in compiled.flat], job.delimiter), "count": count})
    job.info.update({"numberRecordsProcessed": count, "retries": 0})
    job.info.update({"totalProcessingTime": int((org.unix() - started) * 1000), "isPkChunkingSupported": True})
    job.info["systemModstamp"] = org.clock_iso()
    job.state = "JobComplete"
    bulk.save(job)


def _locator(start: int, count: int | None = None) -> str:
    text = f"{start}" if count is None else f"{start}:{count}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _position(locator: str) -> tuple[int, int | None]:
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
        start, _, count = text.partition(":")
        return int(start), int(count) if count else None
    except ValueError:
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator") from None


def _readable(bulk: Bulk, call: Call, job: Job) -> None:
    if float(call.version) != job.info["apiVersion"]:
        raise ApiError(
            "API_VERSION_CONFLICT", f"The job was created with API version {job.info['apiVersion']}", status=409
        )
    state = bulk.state_for_results(job)
    if state != "JobComplete":
        raise ApiError("INVALIDJOBSTATE", f"Job {job.id} is not in state JobComplete, it is {state}")


def results(bulk: Bulk, call: Call, job: Job) -> Reply:
    """GET …/results: a page of CSV, and where the next one starts."""
    _readable(bulk, call, job)
    asked = call.query.get("maxRecords", "")
    if asked and not asked.isdigit():
        raise ApiError("INVALID_INPUT", f"maxRecords is no number: {asked}")
    given = call.query.get("locator")
    start, fixed = (0, None) if not given or given == "null" else _position(given)
    if given and (start > job.inner["count"] or struck.options("expired_locator") is not None):
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
    count = fixed or max(1, int(asked or PAGE))
    short = struck.options("short_page")
    if short is not None:
        count = min(count, int(short.get("count", max(1, count // 2))))
    body, held = bulk.page(job, "query", job.inner["header"], start, count)
    end = start + held
    headers = {
        "Sforce-Locator": _locator(end) if end < job.inner["count"] else "null",
        "Sforce-NumberOfRecords": str(held),
    }
    return Reply(200, None, headers, raw=body, media="text/csv")


def result_pages(bulk: Bulk, call: Call, job: Job) -> Reply:
    """GET …/resultPages: up to five addresses that can be read side by side."""
    _readable(bulk, call, job)
    if float(call.version) < 58:
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    total, given = job.inner["count"], call.query.get("locator")
    start, fixed = _position(given) if given else (0, None)
    size = fixed or min(PAGE, max(1, -(-total // PARALLEL)))
    base = call.url(f"/jobs/query/{job.id}")
    pages: list[dict[str, str]] = []
    while start < total and len(pages) < PARALLEL:
        pages.append({"resultUrl": f"{base}/results?locator={_locator(start, min(size, total - start))}"})
        start += size
    done = start >= total
    following = None if done else f"{base}/resultPages?locator={_locator(start, size)}"
    return Reply(body={"resultPages": pages, "nextRecordUrl": following, "done": done})
