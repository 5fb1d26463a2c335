"""The job resources of Bulk API 2.0: create, look at, abort, delete; and the running of jobs beside the requests.

What a query or an ingest job does with rows is in `querying` and `ingesting`. A job that was under way when the
process died goes on when it is next looked at.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.exchange import current
from sandbox.faults import Fault
from sandbox.salesforce import ids
from sandbox.salesforce.bulk import ingesting, querying
from sandbox.salesforce.bulk.csvio import DELIMITERS, ENDINGS
from sandbox.salesforce.soql import SoqlError
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg
    from sandbox.salesforce.query import Queries

PREFIX = "750"
ENDED = ("JobComplete", "Failed", "Aborted")
UNDER_WAY = ("UploadComplete", "InProgress")
SOONEST_RESULTS = 0.5
"""Seconds from a job's creation to its first results, unless somebody looked at it before."""
PUBLIC_LATER = (
    "jobType",
    "retries",
    "totalProcessingTime",
    "apiActiveProcessingTime",
    "apexProcessingTime",
    "numberRecordsProcessed",
    "numberRecordsFailed",
    "errorMessage",
)

_logger = logging.getLogger(__name__)


@dataclass
class Job:
    """A job as it is kept; `info` is what the API shows, `inner` what it does not."""

    id: str
    kind: str
    state: str
    info: dict[str, Any]
    inner: dict[str, Any] = field(default_factory=dict)

    @property
    def delimiter(self) -> str:
        return DELIMITERS[self.info["columnDelimiter"]]

    @property
    def ending(self) -> str:
        return ENDINGS[self.info["lineEnding"]]


def no_job() -> ApiError:
    return ApiError("NOT_FOUND", "The requested resource does not exist")


def wrong_state(message: str) -> ApiError:
    return ApiError("INVALIDJOBSTATE", message)


class Bulk:
    def __init__(self, org: SalesforceOrg, queries: Queries) -> None:
        self.org, self.queries = org, queries
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.carried: dict[str, list[Fault]] = {}
        """Faults that struck a request before the one that starts the job."""

    def forget(self) -> None:
        """Stop the jobs that run."""
        for task in self.tasks.values():
            if not task.get_loop().is_closed():
                task.cancel()
        self.tasks.clear()
        self.carried.clear()

    async def handle(self, call: Call, segments: Sequence[str]) -> Reply:
        parts = [s for s in segments if s]
        match parts:
            case ["query"] if call.method == "POST":
                return self._started(querying.create(self, call), call)
            case ["ingest"] if call.method == "POST":
                job = await ingesting.create(self, call)
                self._carry(job)
                return self._started(job, call)
            case ["query" | "ingest" as kind] if call.method == "GET":
                return self._list(call, kind)
            case ["query" | "ingest" as kind, job_id]:
                return self._one(call, self.find(job_id, kind))
            case ["query", job_id, "results"] if call.method == "GET":
                return querying.results(self, call, self.find(job_id, "query"))
            case ["query", job_id, "resultPages"] if call.method == "GET":
                return querying.result_pages(self, call, self.find(job_id, "query"))
            case ["ingest", job_id, "batches"] if call.method == "PUT":
                job = self.find(job_id, "ingest")
                self._carry(job)
                return ingesting.upload(self, call, job)
            case ["ingest", job_id, name] if call.method == "GET":
                return ingesting.results(self, call, self.find(job_id, "ingest"), name.lower())
        raise no_job()

    # -- keeping -----------------------------------------------------------------------------------------------------

    def find(self, job_id: str, kind: str) -> Job:
        """The job; raises NOT_FOUND. A job under way is set going again if nothing runs it."""
        row = self.org.db.execute("SELECT id, kind, state, info FROM sf__job WHERE id = ?", (ids.to18(job_id) or "",))
        found = row.fetchone()
        if found is None or found[1] != kind:
            raise no_job()
        kept = json.loads(found[3])
        job = Job(found[0], kind, found[2], kept["info"], kept["inner"])
        if job.state in UNDER_WAY and job.id not in self.tasks:
            self.start(job)
        return job

    def save(self, job: Job) -> None:
        created = job.inner.setdefault("created", self.org.unix())
        kept = json.dumps({"info": job.info, "inner": job.inner})
        self.org.db.execute(
            "INSERT OR REPLACE INTO sf__job VALUES (?, ?, ?, ?, ?)", (job.id, job.kind, job.state, kept, created)
        )

    def new(self, call: Call, kind: str, state: str, settings: dict[str, Any]) -> Job:
        """A job with the settings that every job has; raises INVALIDJOB."""
        delimiter, ending = settings.get("columnDelimiter") or "COMMA", settings.get("lineEnding") or "LF"
        if delimiter not in DELIMITERS or ending not in ENDINGS or (settings.get("contentType") or "CSV") != "CSV":
            raise ApiError("INVALIDJOB", "Invalid columnDelimiter, lineEnding or contentType")
        now, job_id = self.org.clock_iso(), self.org.mint(PREFIX)
        info = {
            "id": job_id,
            "operation": settings["operation"],
            "object": settings["object"],
            "createdById": call.user_id,
            "createdDate": now,
            "systemModstamp": now,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(call.version),
            "lineEnding": ending,
            "columnDelimiter": delimiter,
        }
        return Job(job_id, kind, state, info)

    def state_seen(self, job: Job) -> str:
        """The state as a client that asks sees it.

        However fast the job was, the first look finds it at work, as clients of the real API do.
        """
        if job.state not in ("InProgress", "JobComplete", "Failed") or job.inner.get("seen_in_progress"):
            return job.state
        job.inner["seen_in_progress"] = True
        self.save(job)
        return "InProgress"

    def state_for_results(self, job: Job) -> str:
        """The state that decides whether results can be read: nobody shall rely on those of a job just begun."""
        young = self.org.unix() - job.inner["created"] < SOONEST_RESULTS
        return self.state_seen(job) if young else job.state

    def shown(self, job: Job, full: bool) -> dict[str, Any]:
        """The JSON of a job; the longer form is that of a GET."""
        state = self.state_seen(job)
        out = {"id": job.info["id"], "operation": job.info["operation"], "object": job.info["object"]}
        for name, value in job.info.items():
            if full or name not in PUBLIC_LATER:
                out[name] = value
        out["state"] = state
        if state == "InProgress":
            out.pop("errorMessage", None)
        return out

    # -- resources ---------------------------------------------------------------------------------------------------

    def _started(self, job: Job, call: Call) -> Reply:
        if job.state in UNDER_WAY:
            self.start(job)
        return Reply(200, self.shown(job, full=False))

    def _list(self, call: Call, kind: str) -> Reply:
        rows = self.org.db.execute("SELECT id FROM sf__job WHERE kind = ? ORDER BY created, id", (kind,)).fetchall()
        jobs = [self.find(job_id, kind) for (job_id,) in rows]
        records = [{**self.shown(job, full=False), "jobType": job.info["jobType"]} for job in jobs]
        return Reply(body={"done": True, "nextRecordsUrl": None, "records": records})

    def _one(self, call: Call, job: Job) -> Reply:
        if call.method == "GET":
            return Reply(body=self.shown(job, full=True))
        if call.method == "DELETE":
            if job.state in UNDER_WAY:
                raise wrong_state(f"Job {job.id} is in state {job.state} and cannot be deleted")
            with self.org.core.store.transaction():
                self.org.db.execute("DELETE FROM sf__job_row WHERE job = ?", (job.id,))
                self.org.db.execute("DELETE FROM sf__job_data WHERE job = ?", (job.id,))
                self.org.db.execute("DELETE FROM sf__job WHERE id = ?", (job.id,))
            return Reply(204)
        if call.method == "PATCH":
            return self._to_state(job, str(call.record().get("state")))
        raise ApiError("METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed. Allowed are GET,PATCH,DELETE")

    def _to_state(self, job: Job, state: str) -> Reply:
        if state == "Aborted":
            if job.state in ENDED:
                raise wrong_state(f"Aborting already {job.state} Job not allowed")
            job.state = "Aborted"
            self.save(job)
        elif state == "UploadComplete" and job.kind == "ingest":
            if job.state != "Open":
                raise wrong_state(f"Job state must be Open, it is {job.state}")
            job.state = "UploadComplete"
            self._carry(job)
            self.save(job)
            self.start(job)
        else:
            raise ApiError("INVALIDJOB", f"Unsupported state for job: {state}")
        return Reply(body=self.shown(job, full=False))

    # -- running -----------------------------------------------------------------------------------------------------

    def _carry(self, job: Job) -> None:
        exchange = current()
        if exchange is not None and exchange.domain_faults:
            held = self.carried.setdefault(job.id, [])
            held += [fault for fault in exchange.domain_faults if fault not in held]

    def start(self, job: Job) -> None:
        """Run the job as a task; the task keeps the context of this request, so that its writes are logged here."""
        exchange = current()
        if exchange is not None and job.id in self.carried:
            mine = exchange.domain_faults
            mine += [fault for fault in self.carried.pop(job.id) if fault not in mine]
        self.tasks[job.id] = asyncio.get_running_loop().create_task(self._run(job.id, job.kind))

    async def _run(self, job_id: str, kind: str) -> None:
        try:
            seconds = self.org.core.switches.int("salesforce_bulk_seconds") or 0
            await asyncio.sleep(0)
            await asyncio.sleep(seconds / 2)
            job = self.find(job_id, kind)
            if job.state == "UploadComplete":
                job.state = "InProgress"
                self.save(job)
                await asyncio.sleep(seconds / 2)
            if job.state == "InProgress":
                await (querying.run if kind == "query" else ingesting.run)(self, job)
        except (ApiError, SoqlError) as error:
            self.fail(job_id, kind, error.message)
        except Exception:
            # A mistake of the sandbox: it is shown here, and the job ends instead of being polled for ever.
            _logger.exception("bulk job %s failed", job_id)
            self.fail(job_id, kind, "InternalServerError : An internal error occurred")
        finally:
            if self.tasks.get(job_id) is asyncio.current_task():
                del self.tasks[job_id]

    def fail(self, job_id: str, kind: str, message: str) -> None:
        """The job ends as Failed."""
        job = self.find(job_id, kind)
        job.state = "Failed"
        job.info["errorMessage"] = message
        self.save(job)

    def aborted(self, job: Job) -> bool:
        """Did somebody abort or delete the job meanwhile."""
        found = self.org.db.execute("SELECT state FROM sf__job WHERE id = ?", (job.id,)).fetchone()
        return found is None or found[0] == "Aborted"

    def page(self, job: Job, kind: str, header: str, start: int, count: int) -> tuple[bytes, int]:
        """The CSV of some rows with the header, and how many rows there are in it."""
        rows = self.org.db.execute(
            "SELECT line FROM sf__job_row WHERE job = ? AND kind = ? AND n >= ? AND n < ? ORDER BY n",
            (job.id, kind, start, start + count),
        )
        lines = [row[0] for row in rows]
        return (job.ending.join([header, *lines]) + job.ending).encode(), len(lines)
