"""An import from the command line that writes, and another mapping that is tried without a request."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.cli.conftest import Office, evidence


def test_a_sample_then_the_rest_then_nothing_each_one_document(office: Office) -> None:
    first = office.ok("import", "sales", "--sample", "5", "--yes")
    assert first["ledger"]["created"] == 5 and first["reasons"]["not in this slice"] == 55
    assert evidence(office, first["run"])["accepted"] == sorted(item["name"] for item in first["accept"])
    rest = office("import", "sales", "--yes")
    assert (
        rest.code == 0
        and "    55  created" in rest.out
        and "     5  unchanged" in rest.out
        and "Digest    " in rest.out
    )
    written = office.writes()
    assert written == 60
    again = office.ok("import", "sales", "--yes")
    assert again["quiet"] and again["ledger"]["unchanged"] == 60 and office.writes() == written
    assert all(row["salesforce"] == row["accelo"] for row in first["money"]) and first["mail"] == ""


def test_another_mapping_is_tried_without_a_request(office: Office, tmp_path: Path) -> None:
    copy = tmp_path / "other.csv"
    shutil.copy(office.mapping("sale_statuses.csv"), copy)
    code, error = office.refused("plan", "sales", "--what-if", str(copy))
    assert (code, error["message"], error["next_step"]) == (
        2, "Nothing was read of sales yet.", "Make a plan first: toolkit plan sales")  # fmt: skip
    planned = office.ok("plan", "sales")
    copy.write_text(
        re.sub(r"(?m)^(Prospecting,.*),[^,]*,[^,]*$", r"\1,4,", copy.read_text("utf-8-sig")), encoding="utf-8"
    )
    asked = len(office.served.requests())
    said = office.ok("plan", "sales", "--what-if", str(copy))
    hang = sum(row["StageName"] == "Prospecting" for row in office.served.world()["salesforce"]["Opportunity"])
    assert said["records"] == hang and {(c["field"], c["after"]) for c in said["changes"]} == {("status", "4")}
    assert said["counts"] == planned["counts"] and len(office.served.requests()) == asked
    code, error = office.refused("plan", "sales", "--what-if", str(tmp_path / "none.csv"))
    assert (code, error["message"]) == (2, f"There is no file {tmp_path / 'none.csv'}.")
    for text, problem in (
        (b"", "has no column"),
        (b"salesforce_id,\xff\n", "is not UTF-8 text."),
        (b"one,two\n", "has no column"),
    ):
        copy.write_bytes(text)
        code, error = office.refused("plan", "sales", "--what-if", str(copy))
        assert (code, error["error"]) == (2, "MappingError"), error
        assert error["message"].startswith("other.csv, line 1: ") and problem in error["message"] and error["next_step"]
    code, error = office.refused("plan", "sales", "--since", "last week", "--what-if", str(copy))
    assert (code, error["message"]) == (2, "since: “last week” is no day.")
