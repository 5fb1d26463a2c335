"""The job resources of Bulk API 2.0: create, look at, abort, delete; and the running of jobs beside the requests.

What a query or an ingest job does with rows is in `querying` and `ingesting`. A job that was under way when the
process died goes on when it is next looked at.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.exchange import current
from sandbox.faults import Fault
from sandbox.salesforce.bulk import ingesting, querying
from sandbox.salesforce.bulk.kept import ENDED, UNDER_WAY, Job, Jobs, no_job, wrong_state
from sandbox.salesforce.soql import SoqlError
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg
    from sandbox.salesforce.query import Queries

_logger = logging.getLogger(__name__)


class Bulk(Jobs):
    def __init__(self, org: SalesforceOrg, queries: Queries) -> None:
        super().__init__(org)
        self.queries = queries
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
        job = self.read(job_id, kind)
        if job.state in UNDER_WAY and job.id not in self.tasks:
            self.start(job)
        return job

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
        except Exception:  # logged, and the job fails
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
