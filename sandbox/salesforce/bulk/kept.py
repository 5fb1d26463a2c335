"""Jobs of Bulk API 2.0 as they are kept and shown: their rows in the database, their JSON, the pages of their CSV."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import ids
from sandbox.salesforce.bulk.csvio import DELIMITERS, ENDINGS
from sandbox.salesforce.wire import ApiError, Call

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

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


class Jobs:
    def __init__(self, org: SalesforceOrg) -> None:
        self.org = org

    def read(self, job_id: str, kind: str) -> Job:
        """The job; raises NOT_FOUND."""
        row = self.org.db.execute("SELECT id, kind, state, info FROM sf__job WHERE id = ?", (ids.to18(job_id) or "",))
        found = row.fetchone()
        if found is None or found[1] != kind:
            raise no_job()
        kept = json.loads(found[3])
        return Job(found[0], kind, found[2], kept["info"], kept["inner"])

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
        young = self.org.unix() - job.inner.get("created", 0) < SOONEST_RESULTS
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
