"""Salesforce's reader: simple-salesforce for what it does safely, on our transport; Bulk 2.0 and composite are ours."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

from simple_salesforce import format_soql

from toolkit.clients.endpoint import Changes
from toolkit.clients.salesforce_bulk import BulkFailed, BulkQuery
from toolkit.clients.salesforce_rows import (
    Row,
    checked_id,
    checked_name,
    exactly,
    flat,
    id_chunks,
    select,
    since_clause,
    too_long,
    with_needed,
)
from toolkit.clients.salesforce_session import Session
from toolkit.clients.salesforce_wire import error_of, long_id, refusal
from toolkit.clients.salesforce_write import SalesforceWriter
from toolkit.clients.transport import Transport
from toolkit.errors import ReadOnlyRefused, RecordRejected, Unavailable

BULK_FROM = 2000
_PAGE = {"Sforce-Query-Options": "batchSize=2000"}


class SalesforceReader(Session):
    """See ports.SalesforceReading. ``bulk_from``: from how many rows on a read goes through Bulk 2.0."""

    def __init__(self, transport: Transport, *, bulk_from: int = BULK_FROM) -> None:
        super().__init__(transport)
        self._bulk_from = bulk_from
        self._described: dict[str, dict[str, Any]] = {}

    @cached_property
    def bulk(self) -> BulkQuery:
        """Jobs by hand: start, wait, results; to go on with a job that an earlier process began."""
        return BulkQuery(self.transport, self.api_version)

    def describe(self, obj: str, fresh: bool = False) -> dict[str, Any]:
        """Fields, lengths, permissions; asked once for each reader, or ``fresh``."""
        if fresh or obj not in self._described:
            self._described[obj] = getattr(self._sf, checked_name(obj)).describe()
        return self._described[obj]

    def count(self, source: str) -> int:
        """``source`` is what stands behind FROM: "Account" or "Contact WHERE ..."."""
        return int(self._sf.query(f"SELECT COUNT() FROM {source}")["totalSize"])

    def query(self, soql: str, all_rows: bool = False) -> Iterator[Row]:
        """Rows as the pages come. RecordRejected (INVALID_QUERY_LOCATOR) when the reading took more than two days."""
        answer = self._sf.query(soql, include_deleted=all_rows, headers=_PAGE)
        while True:
            yield from (flat(record) for record in answer["records"])
            if answer.get("done", True):
                return
            answer = self._sf.query_more(answer["nextRecordsUrl"], identifier_is_url=True, headers=_PAGE)

    def _all(self, soql: str, all_rows: bool) -> list[Row]:
        """All rows at once; an expired locator starts the query again."""
        for _ in range(3):
            try:
                return list(self.query(soql, all_rows))
            except RecordRejected as error:
                if error.code != "INVALID_QUERY_LOCATOR":
                    raise
        raise Unavailable("Salesforce", "the query expired while it was read, three times.")

    def rows(self, obj: str, fields: Sequence[str], where: str = "", *, all_rows: bool = True,
             order: str = "") -> Iterator[Row]:
        """All rows of an object, of any number; each has exactly the asked fields."""
        soql = select(fields, obj, where, order)
        if not too_long(soql):
            first = self._sf.query(soql, include_deleted=all_rows, headers=_PAGE)
            if int(first["totalSize"]) < self._bulk_from:
                records = [flat(record) for record in first["records"]]
                if not first.get("done", True):
                    records = self._all(soql, all_rows)
                yield from (exactly(row, fields) for row in records)
                return
        yield from (exactly(row, fields) for row in self._by_bulk(soql, all_rows))

    def _by_bulk(self, soql: str, all_rows: bool) -> Iterator[Row]:
        """Through a bulk job; when the org cannot carry that out, page by page."""
        try:
            job = self.bulk.start(soql, all_rows=all_rows)
            self.bulk.wait(job)
        except BulkFailed:
            if too_long(soql):
                raise
            yield from self._all(soql, all_rows)
            return
        yield from self.bulk.results(job)

    def changed(self, obj: str, fields: Sequence[str], since: datetime) -> Changes:
        """What was changed at or after ``since``, deletions and merges too, oldest first. Needs IsDeleted and
        MasterRecordId among the fields to show them. Subtract the overlap (late commits) from ``upto`` for the next."""
        asked = with_needed(fields, "Id", "SystemModstamp")
        soql = select(asked, obj, since_clause(since), "SystemModstamp, Id")
        before = self.transport.clock()
        if too_long(soql):
            rows = list(self._by_bulk(soql, True))
        else:
            rows = self._all(soql, True)
        upto = before + (self.transport.server_now() - self.transport.clock()) - timedelta(seconds=1)
        rows = [exactly(row, asked) for row in rows]
        return Changes(sorted(rows, key=lambda row: (row["SystemModstamp"] or "", row["Id"] or "")), upto)

    def retrieve(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
        """Records by id (18 characters), deleted ones too; what does not exist is not in the answer."""
        asked = with_needed(fields, "Id")
        wanted = list(dict.fromkeys(checked_id(id) for id in ids))
        found: dict[str, Row] = {}
        for chunk in id_chunks(wanted, len(select(asked, obj))):
            soql = select(asked, obj, format_soql("Id IN {}", chunk))
            found |= {long_id(str(row["Id"])): exactly(row, asked) for row in self._all(soql, True)}
        return found

    def find(self, obj: str, field: str, value: str, fields: Sequence[str]) -> list[Row]:
        """Live records whose field equals the value: the look-up by marker."""
        asked = with_needed(fields, "Id")
        soql = select(asked, obj, f"{checked_name(field)} = {format_soql('{}', value)}")
        return [exactly(row, asked) for row in self._all(soql, False)]

    def batch(self, queries: Sequence[str], *, all_rows: bool = False) -> list[list[Row]]:
        """Several small queries, five to a request. In read-only mode one request each: composite is a POST."""
        results: list[list[Row]] = []
        for start in range(0, len(queries), 5):
            group = list(queries[start:start + 5])
            if len(group) > 1 and not self.transport.read_only():
                try:
                    results += self._composite(group, all_rows)
                    continue
                except ReadOnlyRefused:
                    pass  # read-only was turned on this very moment: the same queries are asked one by one below
            results += [self._all(soql, all_rows) for soql in group]
        return results

    def _composite(self, queries: list[str], all_rows: bool) -> list[list[Row]]:
        base = f"/services/data/v{self.api_version}"
        kind = "queryAll" if all_rows else "query"
        parts = [{"method": "GET", "referenceId": f"q{number}", "url": f"{base}/{kind}?q={quote(soql)}"}
                 for number, soql in enumerate(queries)]
        answer = self.transport.request("POST", f"{base}/composite", idempotent=True,
                                        json={"allOrNone": False, "compositeRequest": parts}).json()
        said = {part.get("referenceId"): part for part in answer.get("compositeResponse", [])}
        results: list[list[Row]] = []
        for number, soql in enumerate(queries):
            part = said.get(f"q{number}", {})
            body, status = part.get("body"), int(part.get("httpStatusCode") or 0)
            if status != 200 or not isinstance(body, dict):
                if status in (0, 401, 403, 429) or status >= 500:
                    raise Unavailable("Salesforce", f"a query of a group was not served ({status}).")
                raise refusal(error_of(body)[1], status=status, sent=soql)
            rows = [flat(record) for record in jsonlib.loads(jsonlib.dumps(body), parse_float=str)["records"]]
            results.append(rows if body.get("done", True) else self._all(soql, all_rows))
        return results

    def deleted(self, obj: str, since: datetime) -> list[tuple[str, str]]:
        """(id, when) of what was deleted and not yet purged; RecordRejected (INVALID_REPLICATION_DATE) when ``since``
        is too far back. Salesforce cuts off seconds, at both ends: the minute that runs is not covered yet."""
        now = self.transport.server_now()
        start = min(since, now - timedelta(minutes=2)).replace(second=0, microsecond=0)
        said = getattr(self._sf, checked_name(obj)).deleted(start, now)
        return [(long_id(item["id"]), item["deletedDate"]) for item in said.get("deletedRecords", [])]

    def organization(self) -> Row:
        fields = ["Id", "Name", "IsSandbox", "OrganizationType", "InstanceName"]
        return self._all(select(fields, "Organization"), False)[0]

    def limits(self) -> dict[str, Any]:
        said: dict[str, Any] = self._sf.limits()
        return said

    def user(self) -> dict[str, Any]:
        """Who is connected (userinfo): name, e-mail, language, time zone."""
        said: dict[str, Any] = self.transport.request("GET", "/services/oauth2/userinfo").json()
        return said


__all__ = ["SalesforceReader", "SalesforceWriter"]
