"""What is left of the org's limits, and how many records there are.

Source: REST guide, "Limits" and "Record Count".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg


def limits(org: SalesforceOrg) -> Reply:
    """GET /limits."""
    daily = org.core.switches.int("salesforce_daily_limit") or 0

    def of(most: int, used: int = 0) -> dict[str, int]:
        return {"Max": most, "Remaining": max(0, most - used)}

    (pages,) = org.db.execute("PRAGMA page_count").fetchone()
    megabytes = int(pages) * 4096 // 1_000_000
    jobs = dict(org.db.execute("SELECT kind, count(*) FROM sf__job GROUP BY kind").fetchall())
    return Reply(
        body={
            "ConcurrentAsyncGetReportInstances": of(200),
            "DailyApiRequests": of(daily, org.calls),
            "DailyAsyncApexExecutions": of(250_000),
            "DailyBulkApiBatches": of(15_000, jobs.get("ingest", 0)),
            "DailyBulkV2QueryFileStorageMB": of(976_562),
            "DailyBulkV2QueryJobs": of(10_000, jobs.get("query", 0)),
            "DataStorageMB": of(max(1000, megabytes * 2), megabytes),
            "FileStorageMB": of(1000),
            "HourlyAsyncReportRuns": of(1200),
            "SingleEmail": of(5000),
        }
    )


def record_count(org: SalesforceOrg, call: Call) -> Reply:
    """GET /limits/recordCount?sObjects=Account,Contact."""
    names = [n for n in call.query.get("sObjects", "").split(",") if n] or sorted(org.schema.objects)
    found = []
    for name in names:
        if not org.schema.has(name):
            raise ApiError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        obj = org.schema.object(name)
        (count,) = org.db.execute(f"SELECT count(*) FROM {obj.table}").fetchone()
        found.append({"count": count, "name": obj.name})
    return Reply(body={"sObjects": found})
