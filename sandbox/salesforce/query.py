"""The query resources: query, queryAll, the pages after the first, `?columns=true` and `?explain=`.

A locator holds the row numbers of its answer (8 bytes a row), not the rows: later pages read them as they are then.
Sources: REST guide, "Query", "QueryAll", "Query More Results", "Query Options Header".
"""

from __future__ import annotations

import re
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from sandbox.salesforce import soql, struck, values
from sandbox.salesforce.query_columns import column_metadata
from sandbox.salesforce.soql import Compiled, SoqlError
from sandbox.salesforce.soql.shape import Children, Record, weight
from sandbox.salesforce.soql.tree import Query
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

SMALLEST, LARGEST = 200, 2000
"""Bounds of the page size (Query Options Header)."""
LIFE = timedelta(days=2)
OPEN_LOCATORS = 50
"""Older ones are given up, as the org does with the cursors of one user."""

_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
_LOCATOR = re.compile(r"([0-9A-Za-z]{15,18})-(\d+)")


@dataclass
class Cursor:
    """An answer of more than one page."""

    compiled: Compiled
    keys: array[int]
    batch: int
    opened: datetime


class Queries:
    """The query resources of one org; give it `forget` after a reset."""

    def __init__(self, org: SalesforceOrg) -> None:
        self.org = org
        self.cursors: OrderedDict[str, Cursor] = OrderedDict()

    def forget(self) -> None:
        self.cursors.clear()

    # ---- the resources

    def query(self, call: Call) -> Reply:
        return self._first(call, all_rows=False)

    def query_all(self, call: Call) -> Reply:
        return self._first(call, all_rows=True)

    def more(self, call: Call, locator: str) -> Reply:
        """The page that a nextRecordsUrl names; raises INVALID_QUERY_LOCATOR."""
        self.org.settle()
        found = _LOCATOR.fullmatch(locator)
        cursor = self.cursors.get(found.group(1)) if found else None
        old = cursor is not None and self._now() - cursor.opened > LIFE
        if found is None or cursor is None or old or struck.options("expired_locator") is not None:
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        start = int(found.group(2))
        if start > len(cursor.keys):
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return Reply(body=self._page(call, found.group(1), cursor, start, self._size(call, cursor.batch)))

    # ---- the first page

    def compiled(self, text: str, all_rows: bool, user_id: str | None = None) -> Compiled:
        """A statement against the org as it is for this request; raises ApiError with SOQL's codes."""
        try:
            return self._compile(soql.parse(text), all_rows, user_id)
        except SoqlError as error:
            raise ApiError(error.code, error.message) from error

    def _compile(self, query: Query, all_rows: bool, user_id: str | None) -> Compiled:
        person = user_id or self.org.user_id
        return soql.compile(
            query,
            self.org.schema,
            self._now(),
            all_rows,
            self._zone(person),
            user_id=person,
            unseen_since=self._unseen_since(),
            late_rows=self.org.has_late_rows(),
        )

    def _first(self, call: Call, all_rows: bool) -> Reply:
        self.org.settle()
        if "explain" in call.query:
            return Reply(body=self._explain(call.query["explain"]))
        compiled = self.compiled(call.query.get("q", ""), all_rows, call.user_id)
        if call.query.get("columns", "").lower() == "true":
            return Reply(body=column_metadata(compiled))
        try:
            return Reply(body=self._answer(call, compiled))
        except SoqlError as error:
            raise ApiError(error.code, error.message) from error

    def _answer(self, call: Call, compiled: Compiled) -> dict[str, Any]:
        if compiled.kind == "count":
            ((total,),) = soql.run(self.org.db, compiled)
            return {"totalSize": total, "done": True, "records": []}
        asked = _asked(call)
        size = self._size(call, asked)
        rows = _take(soql.run(self.org.db, compiled), LARGEST + 1 if compiled.kind == "aggregate" else size + 1)
        if compiled.kind == "aggregate" and len(rows) > LARGEST:
            raise ApiError(
                "EXCEEDED_ID_LIMIT",
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch",
            )
        if compiled.kind == "aggregate" or (len(rows) <= size and _fit(compiled, rows, size) == len(rows)):
            records = _records(compiled, rows, call)
            self._split_children(call, compiled, records)
            return {"totalSize": len(rows), "done": True, "records": records}
        locator, cursor = self._open(compiled, asked)
        return self._page(call, locator, cursor, 0, size)

    def _open(self, compiled: Compiled, batch: int) -> tuple[str, Cursor]:
        keys = array("q", [key for (key,) in soql.run(self.org.db, compiled, compiled.keys_sql)])
        locator = self.org.mint("0r8")
        cursor = self.cursors[locator] = Cursor(compiled, keys, batch, self._now())
        while len(self.cursors) > OPEN_LOCATORS:
            self.cursors.popitem(last=False)
        return locator, cursor

    def _page(self, call: Call, locator: str, cursor: Cursor, start: int, size: int) -> dict[str, Any]:
        """Rows from a position on; rows deleted since the first page are left out, so that a page may be short."""
        keys = cursor.keys[start : start + size]
        sql = cursor.compiled.page_sql
        text = f"[{','.join(map(str, keys))}]"
        rows = list(soql.run(self.org.db, cursor.compiled, sql, rowids=text))
        fit = _fit(cursor.compiled, rows, size)
        end = start + len(keys)
        if fit < len(rows):
            rows = rows[:fit]
            end = start + fit
        total = len(cursor.keys)
        body: dict[str, Any] = {"totalSize": total, "done": end >= total}
        if end < total:
            body["nextRecordsUrl"] = call.url(f"/query/{locator}-{end}")
        body["records"] = _records(cursor.compiled, rows, call)
        self._split_children(call, cursor.compiled, body["records"])
        return body

    def _split_children(self, call: Call, compiled: Compiled, records: list[dict[str, Any]]) -> None:
        """A nested result of more than a page is cut, with a locator of its own for the rest."""
        if not isinstance(compiled.shape, Record) or not compiled.has_children:
            return
        for entry in [e for e in compiled.shape.entries.values() if isinstance(e, Children)]:
            for record in records:
                nested = record[entry.name]
                if nested is None or nested["totalSize"] <= LARGEST:
                    continue
                parent = record["attributes"]["url"].rpartition("/")[2]
                child = self._compile(entry.alone(parent), compiled.all_rows, call.user_id)
                locator, _ = self._open(child, LARGEST)
                nested["done"], nested["nextRecordsUrl"] = False, call.url(f"/query/{locator}-{LARGEST}")
                del nested["records"][LARGEST:]
                nested["records"] = nested.pop("records")

    # ---- what this request asks for and what strikes it

    def _now(self) -> datetime:
        return self.org.core.clock.now("salesforce")

    def _zone(self, user_id: str) -> str:
        """The time zone of the user, in which TODAY and the other date literals are meant."""
        found = self.org.db.execute("SELECT TimeZoneSidKey FROM sf_User WHERE Id = ?", (user_id,)).fetchone()
        zone = found[0] if found and found[0] else "UTC"
        return zone if zone in _zones() else "UTC"

    def _size(self, call: Call, asked: int) -> int:
        size = _asked(call, asked)
        short = struck.options("short_page")
        return size if short is None else max(1, min(int(short.get("count", size // 2)), size))

    def _unseen_since(self) -> str | None:
        late = struck.options("late_commit")
        if late is None:
            return None
        return values.stamp(self._now() - timedelta(seconds=float(late.get("seconds", struck.LATE_SECONDS))))

    def _explain(self, text: str) -> dict[str, Any]:
        compiled = self.compiled(text, all_rows=False)
        ((rows,),) = self.org.db.execute(f"SELECT count(*) FROM {compiled.sobject.table}")
        plan = {
            "cardinality": rows,
            "fields": [],
            "leadingOperationType": "TableScan",
            "notes": [],
            "relativeCost": 1.0,
            "sobjectCardinality": rows,
            "sobjectType": compiled.sobject.name,
        }
        return {"plans": [plan], "sourceQuery": text}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _asked(call: Call, default: int = LARGEST) -> int:
    found = _BATCH.search(call.headers.get("sforce-query-options", ""))
    return min(max(int(found.group(1)), SMALLEST), LARGEST) if found else default


def _take(rows: Any, most: int) -> list[tuple[Any, ...]]:
    return [row for _, row in zip(range(most), rows, strict=False)]


def _fit(compiled: Compiled, rows: Sequence[tuple[Any, ...]], size: int) -> int:
    """How many of the rows make a page: a row's children count too, and a page has one row at least."""
    if not isinstance(compiled.shape, Record) or not compiled.has_children:
        return len(rows)
    used = 0
    for number, row in enumerate(rows):
        used += weight(compiled.shape, row)
        if used > size and number:
            return number
    return len(rows)


def _records(compiled: Compiled, rows: Sequence[tuple[Any, ...]], call: Call) -> list[Any]:
    assert compiled.shape is not None
    base = call.url("")
    return [compiled.shape.read(row, base) for row in rows]
