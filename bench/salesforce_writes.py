"""Many writes to Salesforce, one by one and 200 to a call: requests, seconds, and the forecast that was shown before.

Three first runs over 1,000 companies and 3,000 contacts that only differ in what Salesforce lacks: values that Accelo
has, the records themselves, or Accelo's ids. Run it with `python -m bench.salesforce_writes`.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.sync_requests import make_world
from tests.runs.bed import Bed, Served
from toolkit.settings import set_value


@dataclass(frozen=True)
class Figure:
    """What one way of writing asked of Salesforce."""

    job: str
    way: str
    records: int
    forecast: int
    requests: int
    seconds: float


def _without(path: Path, *columns: str) -> None:
    """Take columns out of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [name for name in rows[0] if name not in columns], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def prepare(world: Path, job: str) -> None:
    """Take away from Salesforce what the job will write."""
    if job == "update":
        _without(world / "Account.csv", "Phone")
        _without(world / "Contact.csv", "Title")
    if job == "create":
        for path in (world / "Contact.csv", world / "Account.csv", world / "accelo" / "profile_values.csv"):
            path.unlink()


def _no_place_in_accelo(mappings: Path) -> None:
    """As in a deployment without a field for the Salesforce id: only Salesforce can hold the other's."""
    for path in (mappings / "companies.toml", mappings / "contacts.toml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text(
            "\n".join(line for line in lines if not line.startswith("accelo_marker")) + "\n", encoding="utf-8"
        )


def measure(folder: Path, job: str, group_from: int, companies: int, contacts: int) -> Figure:
    """Plan, then apply, counting what went to Salesforce."""
    make_world(folder / "world", companies, contacts)
    prepare(folder / "world", job)
    served = Served(folder, str(folder / "world"))
    try:
        bed = Bed(folder / "workspace", served)
        set_value(bed.folder, "sync.group_from", str(group_from))
        set_value(bed.folder, "sync.new_in_accelo", "always")
        if job == "marker":
            _no_place_in_accelo(bed.folder / "mappings")
        planned = bed.run("plan")
        began, before = time.monotonic(), len(served.requests())
        result = bed.run("apply", confirmed=planned.plan_hash)
        seconds = time.monotonic() - began
        asked = [row for row in served.requests()[before:] if row["system"] == "salesforce"]
        written = result.counts["writes"]["salesforce"]
        assert written == companies + contacts, result.counts
        assert bed.sync().quiet
        bed.workspace.close()
        way = "one by one" if not group_from and job != "marker" else "200 to a call"
        return Figure(job, way, written, planned.counts["forecast"]["salesforce_calls"], len(asked), seconds)
    finally:
        served.stop()


def figures(jobs: Iterable[str], companies: int, contacts: int) -> list[Figure]:
    found = []
    for job in jobs:
        for group_from in (0, 50):
            if job == "marker" and not group_from:
                continue  # markers alone always go together
            with tempfile.TemporaryDirectory() as folder:
                found.append(measure(Path(folder), job, group_from, companies, contacts))
                print(found[-1], flush=True)
    return found


def table(found: Sequence[Figure]) -> str:
    lines = [
        "| job | how | records | calls to Salesforce | forecast | seconds |",
        "|---|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {f.job} | {f.way} | {f.records:,} | {f.requests:,} | {f.forecast:,} | {f.seconds:.1f} |" for f in found
    ]
    return "\n".join(lines)


def main(companies: int = 1_000) -> int:
    found = figures(("update", "create", "marker"), companies, 3 * companies)
    print(table(found))
    return 0 if all(abs(f.requests - f.forecast) <= max(3, 0.1 * f.requests) for f in found) else 1


if __name__ == "__main__":
    sys.exit(main(*(int(size) for size in sys.argv[1:2])))
