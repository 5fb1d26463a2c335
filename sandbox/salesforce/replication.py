"""getUpdated and getDeleted: the ids changed or deleted in a window of time.

Source: REST guide, "Get Updated Records" and "Get Deleted Records"; seconds of the window are cut off.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.salesforce import struck, values
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

MOST_IDS = 600_000
UPDATED_DAYS, DELETED_DAYS = 30, 15


def updated(org: SalesforceOrg, call: Call, obj: SObject) -> Reply:
    """`{"ids", "latestDateCovered"}`."""
    start, end = _window(org, call, obj, UPDATED_DAYS)
    stamp = _stamp(obj)
    live = "AND IsDeleted = 0" if obj.soft_deletes else ""
    last = _seen_until(org, end)
    rows = org.db.execute(
        f"SELECT Id FROM {obj.table} WHERE {stamp} >= ? AND {stamp} <= ? AND _visible_at <= ? {live} "
        f"ORDER BY {stamp}, Id LIMIT {MOST_IDS + 1}",
        (values.stamp(start), values.stamp(last), org.unix()),
    ).fetchall()
    _few_enough(len(rows))
    return Reply(body={"ids": [row[0] for row in rows], "latestDateCovered": values.stamp(_covered(org, end))})


def deleted(org: SalesforceOrg, call: Call, obj: SObject) -> Reply:
    """`{"deletedRecords": [{"id", "deletedDate"}], "earliestDateAvailable", "latestDateCovered"}`."""
    if struck.options("delete_log_purged") is not None:
        raise ApiError("INVALID_REPLICATION_DATE", "startDate before org replication enabled date")
    start, end = _window(org, call, obj, DELETED_DAYS)
    rows = []
    if obj.soft_deletes:
        rows = org.db.execute(
            f"SELECT Id, SystemModstamp FROM {obj.table} WHERE IsDeleted = 1 AND SystemModstamp >= ? "
            f"AND SystemModstamp <= ? ORDER BY SystemModstamp, Id LIMIT {MOST_IDS + 1}",
            (values.stamp(start), values.stamp(_seen_until(org, end))),
        ).fetchall()
    _few_enough(len(rows))
    oldest = org.core.clock.now("salesforce") - timedelta(days=DELETED_DAYS)
    return Reply(
        body={
            "deletedRecords": [{"deletedDate": moment, "id": record_id} for record_id, moment in rows],
            "earliestDateAvailable": values.stamp(oldest.replace(second=0)),
            "latestDateCovered": values.stamp(_covered(org, end)),
        }
    )


def _stamp(obj: SObject) -> str:
    return "SystemModstamp" if "SystemModstamp" in obj.fields else "LastModifiedDate"


def _window(org: SalesforceOrg, call: Call, obj: SObject, days: int) -> tuple[datetime, datetime]:
    """Start and end, seconds cut off; raises INVALID_REPLICATION_DATE."""
    if not obj.replicateable:
        raise ApiError("INVALID_TYPE", f"entity is not replicateable: {obj.name}")
    found = []
    for name in ("start", "end"):
        text = call.query.get(name)
        if not text:
            raise ApiError("MISSING_ARGUMENT", f"parameter {name} is required")
        try:
            # A plus sign that was not quoted arrives as a space.
            found.append(values.to_datetime(text.replace(" ", "+")).replace(second=0, microsecond=0))
        except values.NotOfType:
            raise ApiError("MALFORMED_QUERY", f"invalid date format: {text}") from None
    start, end = found
    now = org.core.clock.now("salesforce")
    if end <= start:
        raise ApiError("INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
    if start < now - timedelta(days=days):
        raise ApiError("INVALID_REPLICATION_DATE", "startDate before org replication enabled date")
    if start > now:
        raise ApiError("INVALID_REPLICATION_DATE", "startDate cannot be in the future")
    return start, end


def _seen_until(org: SalesforceOrg, end: datetime) -> datetime:
    """A read struck by late_commit does not see the last seconds."""
    found = struck.options("late_commit")
    if found is None:
        return end
    hidden = timedelta(seconds=float(found.get("seconds", struck.LATE_SECONDS)))
    return min(end, org.core.clock.now("salesforce") - hidden)


def _covered(org: SalesforceOrg, end: datetime) -> datetime:
    """The end, or the start of the oldest transaction that is still under way."""
    started = org.oldest_late_start()
    now = org.core.clock.now("salesforce")
    return min(end, now) if started is None else min(end, started)


def _few_enough(count: int) -> None:
    if count > MOST_IDS:
        raise ApiError("EXCEEDED_ID_LIMIT", f"replication of more than {MOST_IDS} ids: use a smaller window")
