"""Owners and statuses from the command line: what the mapping files say, and which records a scope takes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import Office


def test_users_writes_the_owners_file_and_says_who_is_mapped_to_nobody(office: Office) -> None:
    office.mapping("users.csv").unlink()
    said = office("users")
    assert said.code == 0
    assert said.out.splitlines()[0] == "mappings/users.csv: owners mapped to nobody: 1, records that hang on them: 80"
    header = office.mapping("users.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header == "salesforce_id,salesforce_name,salesforce_email,active,records,accelo_staff_id,accelo_name"
    assert "everyone else" in office.mapping("users.csv").read_text(encoding="utf-8-sig"), (
        "the row * is there to be filled in"
    )
    owner = next(row for row in office.ok("users")["rows"] if row["salesforce_id"] != "*")
    assert (owner["records"], owner["active"], owner["suggestion"]) == (80, "yes", None), "nobody there is like him"
    member = office.served.world()["accelo"]["staff"][0]
    office.served.edit("accelo", "staff", str(member["id"]), {"email": owner["salesforce_email"]})
    try:
        mapped = office.ok("users", "--accept-suggestions")
    finally:
        office.served.edit("accelo", "staff", str(member["id"]), {"email": member["email"]})
    owner = next(row for row in mapped["rows"] if row["salesforce_id"] != "*")
    assert owner["suggestion"]["reason"] == "same e-mail" and owner["accelo_staff_id"] == str(member["id"])
    assert (mapped["unmapped"], mapped["records_unmapped"]) == (0, 0)
    office.chosen("users.csv", **{owner["salesforce_id"]: "", "*": str(member["id"])})
    line = next(line for line in office("users").out.splitlines() if owner["salesforce_name"] in line)
    assert line.endswith(f"yes    default: {member['firstname']} {member['surname']}"), "what will really happen"


def test_statuses_writes_both_files_with_counts_and_nature(office: Office) -> None:
    for name in ("sale_statuses.csv", "ticket_statuses.csv"):
        office.mapping(name).unlink()
    said = office.ok("statuses")
    assert said["sales"]["records_unmapped"] == 60 and said["tickets"]["records_unmapped"] == 20
    natures = {row["salesforce_status"]: row["nature"] for row in said["sales"]["rows"]}
    assert natures["Closed Won"] == "won" and natures["Closed Lost"] == "lost" and natures["Prospecting"] == "open"
    assert {status["standing"] for status in said["sales"]["accelo"]} >= {"active", "won", "lost"}
    text = office("statuses", "sales").out
    assert "A status that is set when a record is created fires no progression: triggers, e-mails and tasks" in text
    assert text.startswith("Sales: mappings/sale_statuses.csv, 5 not mapped\n") and "suggested:" in text
    done = office.ok("statuses", "--accept-suggestions")
    assert done["sales"]["unmapped"] == done["tickets"]["unmapped"] == 0
    header = office.mapping("ticket_statuses.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header == "salesforce_status,nature,records,accelo_status_id,accelo_status"


def test_a_mapping_file_that_is_broken_is_named_with_its_line(office: Office) -> None:
    path = office.mapping("users.csv")
    path.write_text(path.read_text(encoding="utf-8-sig") + "one,two\n", encoding="utf-8")
    line = len(path.read_text(encoding="utf-8").splitlines())
    code, error = office.refused("plan", "sales")
    assert (code, error["error"], error["message"], error["next_step"]) == (
        2, "MappingError", f"users.csv, line {line}: has 2 cells where the header has 7.",
        "Put text that holds a comma between double quotes.",
    )  # fmt: skip
    row = office.ok("runs", "--limit", "1")["runs"][0]
    assert (row["run"], row["state"], row["message"]) == (error["run"], "failed", error["message"]), "it did not die"


def test_a_scope_that_names_what_no_record_has_is_refused_with_what_there_is(office: Office) -> None:
    for option, name in (("statuses", "Close Won"), ("owners", "Mei Chne"), ("types", "Nonsense")):
        code, error = office.refused("plan", "sales", f"--{option}", name)
        assert (code, error["message"]) == (2, f"{option}: “{name}” occurs in no opportunity.")
        assert error["next_step"].startswith("There are: ")
        assert option != "statuses" or "Closed Won" in error["next_step"]


@pytest.fixture
def paid_later(office: Office) -> Iterator[dict[str, Any]]:
    """An opportunity in a stage whose name holds a comma."""
    row = next(r for r in office.served.world()["salesforce"]["Opportunity"] if r["StageName"] == "Prospecting")
    office.served.edit("salesforce", "Opportunity", row["Id"], {"StageName": "Won, not paid"})
    yield row
    office.served.edit("salesforce", "Opportunity", row["Id"], {"StageName": row["StageName"]})


def test_a_name_with_a_comma_stands_in_double_quotes_and_an_option_for_names_may_be_repeated(
    office: Office, paid_later: dict[str, Any]
) -> None:
    office.ok("statuses")
    office.chosen("sale_statuses.csv", **{"Won, not paid": "1"})
    stages = [row["StageName"] for row in office.served.world()["salesforce"]["Opportunity"]]
    quoted, expected = '"Won, not paid"', 1 + stages.count("Closed Won")
    planned = office.ok("plan", "sales", "--statuses", quoted, "--statuses", "Closed Won")
    assert planned["ledger"]["created"] == expected and planned["ledger"]["skipped"] == 60 - expected

    def tried(*options: str) -> tuple[str, ...]:
        """The same scope from what that plan had read: no notebook, no request."""
        return ("plan", "sales", *options, "--what-if", str(office.mapping("sale_statuses.csv")))

    for options in (["--statuses", f"{quoted}, Closed Won"], ["--statuses", "Closed Won", "--statuses", quoted]):
        assert office.ok(*tried(*options))["counts"] == planned["counts"]
    assert sum(office.ok(*tried("--owners", paid_later["OwnerId"], "--statuses", quoted))["counts"].values()) == 1
    code, error = office.refused(*tried("--statuses", "Won, not paid"))
    assert (code, error["message"]) == (2, "statuses: “Won” occurs in no opportunity.")
    there = ", ".join(sorted({*stages} - {"Won, not paid"}))
    assert error["next_step"] == (
        f'There are: {there}, "Won, not paid". Put a name that holds a comma between double quotes.'
    )
    code, error = office.refused(*tried("--statuses", quoted, "--statuses", "Nonsense"))
    assert (code, error["message"]) == (2, "statuses: “Nonsense” occurs in no opportunity.")
