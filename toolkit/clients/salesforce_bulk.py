"""Bulk API 2.0 queries: a job, its result pages streamed as CSV, resumed by job id and locator.

Ours, because the library at hand decodes UTF-8 results as Latin-1, eats line breaks inside fields and keeps a page
whole in memory. Source: Bulk API 2.0 Developer Guide, "Query".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any, cast

import requests
import urllib3

from toolkit.clients.salesforce_rows import Row, instant
from toolkit.clients.transport import Transport
from toolkit.errors import RecordRejected, Unavailable

PAGE_ROWS = 50_000
_TRIES = 5
csv.field_size_limit(64 * 1024 * 1024)  # a text field may be longer than the module's 128 KB


class BulkFailed(Unavailable):
    """The job ended as Failed or Aborted: nothing came of it."""


class BulkQuery:
    """``version``: of the API, e.g. "68.0"; results must be fetched with the version that made the job."""

    def __init__(self, transport: Transport, version: str, *, longest_wait: float = 7200) -> None:
        self._transport, self._longest_wait = transport, longest_wait
        self._base = f"/services/data/v{version}/jobs/query"

    def start(self, soql: str, *, all_rows: bool) -> str:
        """The id of a new job. Made twice after a lost answer, it is only a job too many."""
        job = self._transport.request("POST", self._base, idempotent=True, json={
            "operation": "queryAll" if all_rows else "query", "query": soql, "contentType": "CSV",
            "columnDelimiter": "COMMA", "lineEnding": "LF"}).json()
        return str(job["id"])

    def wait(self, job: str) -> int:
        """Wait for the end; the number of rows. BulkFailed when it failed."""
        waited, pause = 0.0, 0.5
        while True:
            said = self._transport.request("GET", f"{self._base}/{job}").json()
            state = said.get("state")
            if state == "JobComplete":
                return int(said.get("numberRecordsProcessed") or 0)
            if state in ("Failed", "Aborted"):
                code = str(said.get("errorMessage") or state).split(":")[0]
                why = f" ({code})" if code.isupper() else ""
                raise BulkFailed("Salesforce", f"the bulk query ended as {state.lower()}{why}.")
            if waited >= self._longest_wait:
                raise BulkFailed("Salesforce", f"the bulk query is not finished after {waited:.0f} seconds.")
            self._transport.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, 20.0)

    def results(self, job: str, *, locator: str | None = None, page_rows: int = PAGE_ROWS,
                on_page: Callable[[str | None], None] = lambda locator: None) -> Iterator[Row]:
        """All rows from ``locator`` on. ``on_page`` is told the locator at which the next page begins (None: the end),
        so that a run that died can go on there. A page that breaks is fetched again; rows given before are left out."""
        while True:
            given = 0
            for attempt in range(1, _TRIES + 1):
                try:
                    response = self._open(job, locator, page_rows)
                    for number, row in enumerate(_rows(response)):
                        if number >= given:
                            given += 1
                            yield row
                    break
                except _Torn:
                    if attempt == _TRIES:
                        raise Unavailable("Salesforce", "the bulk results broke off again and again.") from None
                    self._transport.sleep(min(0.5 * 2 ** attempt, 30.0))
            following = response.headers.get("Sforce-Locator")
            locator = None if following in (None, "", "null") else following
            on_page(locator)
            if locator is None:
                return

    def _open(self, job: str, locator: str | None, page_rows: int) -> requests.Response:
        params: dict[str, Any] = {"maxRecords": page_rows} | ({"locator": locator} if locator else {})
        try:
            return self._transport.request("GET", f"{self._base}/{job}/results", params=params, stream=True,
                                           headers={"Accept": "text/csv", "Accept-Encoding": "gzip"})
        except RecordRejected as error:
            raise BulkFailed("Salesforce", f"the bulk results cannot be had ({error.code}).") from None


class _Torn(Exception):
    """The stream ended before its page did."""


def _rows(response: requests.Response) -> Iterator[Row]:
    """The rows of one page as they arrive; blank is None. _Torn when fewer came than were announced."""
    raw = response.raw
    raw.decode_content = True
    count = 0
    try:
        text = io.TextIOWrapper(cast(Any, _Readable(raw)), encoding="utf-8-sig", newline="")
        reader = csv.reader(text)
        header = next(reader, [])
        for cells in reader:
            if len(cells) != len(header):
                raise _Torn
            count += 1
            yield {name: instant(name, cell) if cell != "" else None for name, cell in zip(header, cells, strict=True)}
    except (urllib3.exceptions.HTTPError, OSError, UnicodeDecodeError, csv.Error, EOFError):
        raise _Torn from None
    finally:
        response.close()
    announced = response.headers.get("Sforce-NumberOfRecords", "")
    if announced.isdigit() and int(announced) != count:
        raise _Torn


class _Readable(io.RawIOBase):
    """urllib3's answer as a stream that TextIOWrapper can own: it does not close the connection early."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        return self.read(size)

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            return cast(bytes, self._raw.read())
        return cast(bytes, self._raw.read(max(size, 64 * 1024)))
