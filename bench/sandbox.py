"""How fast the sandbox is for one client: single-record writes, query pages, Bulk results, and the start of worlds.

It must never be the thing that limits a benchmark of the toolkit. Run it with `python -m bench.sandbox`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import requests

VERSION = "/services/data/v68.0"


@dataclass(frozen=True)
class Figure:
    """One line of the table; `least` is what must be reached (or for seconds: not exceeded)."""

    what: str
    value: float
    unit: str
    least: float | None = None

    def line(self) -> str:
        """The line as printed."""
        if self.least is None:
            return f"{self.what:<44} {self.value:>12,.1f} {self.unit}"
        good = self.value <= self.least if self.unit == "s" else self.value >= self.least
        return f"{self.what:<44} {self.value:>12,.1f} {self.unit:<8} {'ok' if good else 'MISSED'} ({self.least:,.0f})"


@contextmanager
def running(world: str) -> Iterator[tuple[dict[str, Any], float]]:
    """A sandbox in a process of its own: its ready file, and the seconds until it was written."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        command = [sys.executable, "-m", "sandbox", "serve", "--world", world, "--ready", str(ready)]
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--switch", "accelo_hourly_limit=off"], stdout=subprocess.DEVNULL, env={**os.environ}
        )
        try:
            while not ready.exists():
                if process.poll() is not None:
                    raise SystemExit(f"the sandbox ended with {process.returncode}")
                time.sleep(0.02)
            took = time.perf_counter() - start
            yield json.loads(ready.read_text(encoding="utf-8")), took
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def session(login: dict[str, str]) -> requests.Session:
    """A client with the ready token."""
    client = requests.Session()
    client.headers["Authorization"] = f"Bearer {login['access_token']}"
    return client


def accelo_writes(ready: dict[str, Any], number: int) -> Iterator[Figure]:
    """Single-record creates and updates, form-encoded as in the vendor's samples."""
    client, base = session(ready["accelo"]), ready["accelo"]["url"] + "/api/v0/companies"
    start = time.perf_counter()
    ids = []
    for n in range(number):
        answer = client.post(base, data={"name": f"Client {n}", "phone": "03 9555 0000", "website": f"c{n}.example"})
        ids.append(answer.json()["response"]["id"])
    yield Figure("Accelo: create one company", number / (time.perf_counter() - start), "/s", 200)
    start = time.perf_counter()
    for record in ids:
        client.put(f"{base}/{record}", data={"phone": "03 9555 0001"}).raise_for_status()
    yield Figure("Accelo: update one company", number / (time.perf_counter() - start), "/s", 200)
    start = time.perf_counter()
    pages = max(1, number // 100)
    for page in range(pages):
        client.get(base, params={"_limit": 100, "_page": page, "_fields": "_ALL"}).raise_for_status()
    yield Figure("Accelo: read rows, 100 a page", pages * 100 / (time.perf_counter() - start), "rows/s")


def salesforce(ready: dict[str, Any], writes: int) -> Iterator[Figure]:
    """Query pages, Bulk query results, collections and single creates."""
    login = ready["salesforce"]
    client, base = session(login), login["url"] + VERSION
    soql = "SELECT Id, AccountId, FirstName, LastName, Email, Phone, SystemModstamp FROM Contact"
    start = time.perf_counter()
    page = client.get(base + "/query", params={"q": soql}).json()
    yield Figure("Salesforce: first query page", time.perf_counter() - start, "s", 1)
    rows = len(page["records"])
    for _ in range(19):
        if page["done"]:
            break
        page = client.get(login["url"] + page["nextRecordsUrl"]).json()
        rows += len(page["records"])
    yield Figure("Salesforce: query, 2,000 a page", rows / (time.perf_counter() - start), "rows/s")
    yield from bulk(client, base, soql)
    start = time.perf_counter()
    for n in range(writes):
        client.post(base + "/sobjects/Account", json={"Name": f"New {n}", "Phone": "1"}).raise_for_status()
    yield Figure("Salesforce: create one account", writes / (time.perf_counter() - start), "/s")
    start = time.perf_counter()
    for batch in range(10):
        records = [{"attributes": {"type": "Account"}, "Name": f"Batch {batch} {n}"} for n in range(200)]
        client.post(base + "/composite/sobjects", json={"records": records}).raise_for_status()
    yield Figure("Salesforce: create by collections of 200", 2000 / (time.perf_counter() - start), "rows/s")


def bulk(client: requests.Session, base: str, soql: str) -> Iterator[Figure]:
    """A Bulk query job: until it is done, and its results."""
    start = time.perf_counter()
    job = client.post(base + "/jobs/query", json={"operation": "query", "query": soql}).json()["id"]
    while client.get(f"{base}/jobs/query/{job}").json()["state"] != "JobComplete":
        time.sleep(0.02)
    done = time.perf_counter()
    yield Figure("Salesforce: Bulk query job done", done - start, "s")
    rows, size, locator = 0, 0, ""
    while locator != "null":
        params = {"maxRecords": "50000"} | ({"locator": locator} if locator else {})
        answer = client.get(f"{base}/jobs/query/{job}/results", params=params)
        rows += int(answer.headers["Sforce-NumberOfRecords"])
        size += len(answer.content)
        locator = answer.headers["Sforce-Locator"]
    took = time.perf_counter() - done
    yield Figure("Salesforce: Bulk query results", rows / took, "rows/s", 100_000)
    yield Figure("Salesforce: Bulk query results", size / took / 1e6, "MB/s")
    yield Figure("Salesforce: Bulk query, job and results", rows / (time.perf_counter() - start), "rows/s")


@click.command()
@click.option("--contacts", default=200_000, show_default=True, help="Contacts of the sized world.")
@click.option("--writes", default=1000, show_default=True, help="Single-record writes.")
@click.option("--million/--no-million", default=False, help="Also start a world of 1,000,000 contacts.")
def main(contacts: int, writes: int, million: bool) -> None:
    """Print the table; ends with 1 when a figure is missed."""
    figures: list[Figure] = []

    def show(found: Iterator[Figure]) -> None:
        for figure in found:
            figures.append(figure)
            print(figure.line(), flush=True)

    with running("demo") as (ready, took):
        show(iter([Figure("start of the demo", took, "s", 5)]))
        show(accelo_writes(ready, writes))
    with running(f"accounts={contacts // 10},contacts={contacts}") as (ready, took):
        show(iter([Figure(f"start with {contacts:,} contacts", took, "s", 60)]))
        show(salesforce(ready, writes // 2))
    if million:
        with running("accounts=100000,contacts=1000000,opportunities=1000,cases=1000") as (ready, took):
            show(iter([Figure("start with 1,000,000 contacts", took, "s", 60)]))
            show(salesforce(ready, writes // 2))
    sys.exit(any("MISSED" in figure.line() for figure in figures))


if __name__ == "__main__":
    main()
