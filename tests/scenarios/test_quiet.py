"""P5: 20 cycles of random edits on both sides, and no write of ours ever comes back as a change."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.runs.bed import Bed, Served
from tests.scenarios.sets import SETS
from tests.scenarios.stage import Stage

pytestmark = pytest.mark.promise

CYCLES = 20
FIRMS, PEOPLE = 6, 9
BOTH: dict[str, list[tuple[str, str]]] = {  # (in Salesforce, in Accelo)
    "company": [("Phone", "phone"), ("Fax", "fax"), ("Website", "website"), ("Name", "name"),
                ("billing", "address.Billing")],
    "contact": [("Title", "position"), ("MobilePhone", "mobile"), ("Email", "email"), ("LastName", "surname"),
                ("mailing", "address.Mailing")],
}  # fmt: skip
OBJECT = {"company": ("salesforce.account", "accelo.company"), "contact": ("salesforce.contact", "accelo.contact")}


def value_of(field: str, n: int) -> str:
    """Another value each time, sometimes in a spelling that is not its normal form."""
    if "address" in field or field in ("billing", "mailing"):
        return f"{n} High Street\nFloor {n % 7} | Springfield | Illinois | 62{n:03d} | United States"
    if field.lower() in ("phone", "fax", "mobile", "mobilephone"):
        return random.Random(n).choice((f"+49 30 {n:06d}", f"(030) {n:06d}", f"+1 555 010 {n:04d} ext. 7"))
    if field.lower() == "website":
        return random.Random(n).choice((f"https://www.site{n}.example/", f"site{n}.example"))
    return f"person.{n}@Mail.example" if field.lower() == "email" else f"Text {n} – Ærø  & Söhne"


def nested(field: str, value: str) -> dict[str, Any]:
    outer, _, inner = field.partition(".")
    return {outer: {inner: value}} if inner else {outer: value}


@pytest.mark.parametrize("switches", SETS)
def test_p5_after_20_cycles_of_edits_on_both_sides_there_was_no_echo(
    empty: Served, places: dict[str, dict[str, str]], folder: Path, switches: str
) -> None:
    empty.fresh(**SETS[switches])
    stage, dice = Stage(Bed(folder, empty), places), random.Random(20)
    for n in range(FIRMS):
        stage.create(f"salesforce.account.firm{n}", {"Name": f"Firm {n}", "BillingCountry": "Germany"})
    for n in range(PEOPLE):
        stage.create(
            f"salesforce.contact.person{n}",
            {"FirstName": "Pat", "LastName": f"Number {n}", "account": f"firm{n % FIRMS}"},
        )
    stage.bed.sync()
    typed, echoes, written = 0, 0, 0
    for cycle in range(CYCLES):
        edits = {}
        for _ in range(dice.randint(3, 8)):
            kind = dice.choice(("company", "contact"))
            name = f"firm{dice.randrange(FIRMS)}" if kind == "company" else f"person{dice.randrange(PEOPLE)}"
            edits[kind, name, dice.choice(BOTH[kind])] = dice.choice((0, 1))
        for (kind, name, fields), side in edits.items():
            typed += 1
            stage.edit(
                f"{OBJECT[kind][side]}.{name}", nested(fields[side], value_of(fields[side], 100 * cycle + typed))
            )
        written += sum(stage.bed.sync(full=True).counts["writes"].values())
        for again in ({}, {"full": cycle % 5 == 4}):
            result = stage.bed.sync(**again)
            echoes += sum(result.counts["writes"].values())
            assert result.quiet, (cycle, result.counts)
    assert echoes == 0
    assert typed >= written / 2 > CYCLES / 2
    assert not stage.bed.state.inbox.items(("open",))
    stage.bed.workspace.close()
