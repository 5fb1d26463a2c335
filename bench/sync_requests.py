"""How many requests a sync asks after 100 edits, at 1,000 and at 10,000 companies: at most 8 and 1.1 for each write.

The two systems begin linked by their markers, so that nothing has to be imported first. The requests are counted in the
sandbox's own log. Run it with `python -m bench.sync_requests`.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.runs.bed import Bed, Served
from toolkit.settings import set_value

OLD = {"salesforce": "2024-01-01T00:00:00.000+0000", "accelo": "1704067200"}
COMPANY_MARKER, CONTACT_MARKER = "1", "4"
"""Ids of the profile field "Salesforce ID" in a new deployment of the sandbox."""


@dataclass(frozen=True)
class Figure:
    """What one size of world asked."""

    companies: int
    contacts: int
    edits: int
    writes: int
    requests: int
    quiet_requests: int
    quiet_writes: int
    seconds: float

    @property
    def allowed(self) -> float:
        return 8 + 1.1 * self.writes


def account_id(n: int) -> str:
    return f"001gK{n:010d}"


def contact_id(n: int) -> str:
    return f"003gK{n:010d}"


def make_world(folder: Path, companies: int, contacts: int) -> None:
    """CSV files of both systems, agreed on every field and stamped long ago;
    Accelo's records carry Salesforce's ids."""
    s, a = {"SystemModstamp": OLD["salesforce"]}, {"date_modified": OLD["accelo"], "date_created": OLD["accelo"]}
    accelo = folder / "accelo"
    accelo.mkdir(parents=True)
    firms, people = range(1, companies + 1), range(1, contacts + 1)
    place = {n: (n - 1) % companies + 1 for n in people}
    _write(
        folder / "Account.csv",
        ({"Id": account_id(n), "Name": f"Firm {n}", "Phone": f"+49 30 {n:07d}"} | s for n in firms),
    )
    _write(folder / "Contact.csv", (
        {"Id": contact_id(n), "FirstName": "Pat", "LastName": f"Number {n}", "AccountId": account_id(place[n]),
         "Title": "Buyer"} | s
        for n in people))  # fmt: skip
    _write(
        accelo / "companies.csv",
        ({"id": n, "name": f"Firm {n}", "phone": f"+49 30 {n:07d}", "standing": "active"} | a for n in firms),
    )
    _write(
        accelo / "contacts.csv",
        ({"id": n, "firstname": "Pat", "surname": f"Number {n}", "standing": "active"} | a for n in people),
    )
    _write(accelo / "affiliations.csv", (
        {"id": n, "contact": n, "company": place[n], "position": "Buyer", "standing": "active"} | a
        for n in people))  # fmt: skip
    values = [("company", COMPANY_MARKER, n, account_id(n)) for n in firms] + [
        ("contact", CONTACT_MARKER, n, contact_id(n)) for n in people
    ]
    _write(accelo / "profile_values.csv", (
        {"id": number, "field_id": field, "field_name": "Salesforce ID", "field_type": "text", "link_type": kind,
         "link_id": id, "value": value, "date_modified": OLD["accelo"]}
        for number, (kind, field, id, value) in enumerate(values, 1)))  # fmt: skip


def _write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(file, list(row))
                writer.writeheader()
            writer.writerow(row)


def edit(served: Served, edits: int) -> None:
    """As many edits as said, a quarter each of accounts, contacts, companies and affiliations; each another record."""
    for n in range(1, edits + 1):
        if n % 4 == 0:
            served.edit("salesforce", "Account", account_id(n), {"Fax": f"+49 40 {n:07d}"})
        elif n % 4 == 1:
            served.edit("salesforce", "Contact", contact_id(n), {"Title": f"Buyer {n}"})
        elif n % 4 == 2:
            served.edit("accelo", "companies", str(n), {"fax": f"+49 40 {n:07d}"})
        else:
            served.edit("accelo", "affiliations", str(n), {"position": f"Buyer {n}"})


def _swept(bed: Bed) -> None:
    """The sweep of what carries no stamp has a budget of its own and is not measured here: it was done just now."""
    bed.state.seen.set_cursor("sweep", bed.state.seen.cursor("sweep") | {"at": bed.workspace.clock().isoformat()})


def _synced_twice(bed: Bed, companies: int, contacts: int, edits: int) -> Figure:
    """What a sync of these edits asks, and the quiet one after it."""
    _swept(bed)
    began, before = time.monotonic(), len(bed.served.requests())
    result = bed.sync()
    seconds, asked = time.monotonic() - began, len(bed.served.requests()) - before
    again = bed.sync()
    quiet = len(bed.served.requests()) - before - asked
    writes, echoes = (sum(each.counts["writes"].values()) for each in (result, again))
    return Figure(companies, contacts, edits, writes, asked, quiet, echoes, seconds)


def measure(folder: Path, companies: int, contacts: int, edits: int) -> Figure:
    """Link a world of that size, edit it, sync, sync again."""
    make_world(folder / "world", companies, contacts)
    served = Served(folder, str(folder / "world"))
    try:
        bed = Bed(folder / "workspace", served)
        set_value(bed.folder, "brakes.updates", str(edits))
        first = bed.run("sync", yes=True)
        assert not sum(first.counts["writes"].values()), first.counts
        assert bed.state.links.count("contact") == contacts
        edit(served, edits)
        figure = _synced_twice(bed, companies, contacts, edits)
        bed.workspace.close()
        return figure
    finally:
        served.stop()


def handfuls(folder: Path, sizes: Sequence[int] = range(1, 11)) -> list[Figure]:
    """A few edits of as many kinds as there are edits: the most that such a run asks beyond its writes."""
    make_world(folder / "world", 110, 330)
    served = Served(folder, str(folder / "world"))
    try:
        bed = Bed(folder / "workspace", served)
        bed.run("sync", yes=True)
        found = []
        for edits in sizes:
            for n in range(edits):
                _one_edit(served, n, 10 * edits + n)
            found.append(_synced_twice(bed, 110, 330, edits))
        bed.workspace.close()
        return found
    finally:
        served.stop()


def _one_edit(served: Served, kind: int, n: int) -> None:
    """The n-th record of its table, in the place that is called ``kind``."""
    number = f"+49 40 {n:07d}"
    kinds: tuple[tuple[str, str, str, dict[str, str]], ...] = (
        ("salesforce", "Account", account_id(n), {"Fax": number}),
        ("accelo", "companies", str(n), {"fax": number}),
        ("salesforce", "Contact", contact_id(n), {"Title": f"Buyer {n}"}),
        ("accelo", "affiliations", str(n), {"position": f"Buyer {n}"}),
        ("salesforce", "Contact", contact_id(n), {"LastName": f"Name {n}"}),
        ("accelo", "contacts", str(n), {"surname": f"Name {n}"}),
        ("salesforce", "Account", account_id(n), {"BillingStreet": f"{n} High Street", "BillingCity": "Boston"}),
    )
    served.edit(*kinds[kind % len(kinds)])


def table(figures: Sequence[Figure]) -> str:
    lines = [
        "| companies | contacts | edits | writes | requests | allowed | quiet run | seconds |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [f"| {f.companies:,} | {f.contacts:,} | {f.edits} | {f.writes} | {f.requests} | {f.allowed:.0f} | "
              f"{f.quiet_requests} | {f.seconds:.1f} |" for f in figures]  # fmt: skip
    return "\n".join(lines)


def main(sizes: Sequence[int] = (1_000, 10_000)) -> int:
    figures = []
    for companies in sizes:
        with tempfile.TemporaryDirectory() as folder:
            figures.append(measure(Path(folder), companies, 3 * companies, 100))
    with tempfile.TemporaryDirectory() as folder:
        few = handfuls(Path(folder))
    print(table([*figures, *few]))
    good = all(
        f.requests <= f.allowed and f.writes == f.edits and f.quiet_requests <= 8 and not f.quiet_writes
        for f in figures
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
