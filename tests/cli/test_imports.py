"""Sales and tickets from the command line, as a consultant's script does it: what is said, what is refused,
what is written."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import REPOSITORY, Cli
from tests.imports.conftest import PLAIN
from tests.imports.desk import Stage
from toolkit.runs.lease import Lease
from toolkit.settings import set_value
from toolkit.store.evidence import read_evidence
from toolkit.store.state import State


class Office(Cli):
    """A workspace whose companies are linked, beside the sandbox that it is connected to."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        super().__init__(folder)
        self.stage, self.served = stage, stage.served

    def mapping(self, name: str) -> Path:
        return self.workspace / "mappings" / name

    def chosen(self, name: str, **choices: str) -> None:
        """Fill in a mapping file as a person does in a spreadsheet."""
        with self.mapping(name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        key, target = (
            ("salesforce_id", "accelo_staff_id") if name == "users.csv" else ("salesforce_status", "accelo_status_id")
        )
        for row in rows:
            row[target] = choices.get(row[key], choices.get("everything", row[target]))
        with self.mapping(name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def writes(self) -> int:
        return sum(len(row["writes"]) for row in self.served.requests())

    def refused(self, *arguments: str, text: str = "") -> tuple[int, dict[str, Any]]:
        """Exit code and document of a command that must not end well; nothing is written by it,
        and no error is twofold."""
        written = self.writes()
        said = self(*arguments, "--json", text=text)
        assert said.code != 0 and self.writes() == written
        assert said.out.count("\n") == 1, "one document on stdout"
        return said.code, said.json


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("stage"), PLAIN)
    yield stage
    stage.served.stop()


@pytest.fixture
def office(stage: Stage, tmp_path: Path) -> Office:
    """Sixty opportunities and twenty cases, everyone mapped; nothing is imported yet."""
    stage.clear()
    shutil.copytree(stage.folder / "first", tmp_path / "workspace")
    return Office(tmp_path / "workspace", stage)


def evidence(office: Office, run: str) -> dict[str, Any]:
    rows = read_evidence(office.workspace / "runs" / run / "run.duckdb", "SELECT * FROM meta")
    return {row["key"]: json.loads(row["value"]) for row in rows}


# Owners and statuses


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
    code, error = office.refused("plan", "sales", "--statuses", "Won, not paid")
    assert (code, error["message"]) == (2, "statuses: “Won” occurs in no opportunity.")
    there = sorted({r["StageName"] for r in office.served.world()["salesforce"]["Opportunity"]} - {"Won, not paid"})
    assert error["next_step"] == (
        f"There are: {', '.join(there)}, \"Won, not paid\". Put a name that holds a comma between double quotes."
    )

    def created(*options: str) -> int:
        return int(office.ok("plan", "sales", *options)["ledger"]["created"])

    quoted = '"Won, not paid"'
    assert created("--statuses", quoted) == 1
    others = created("--statuses", "Closed Won")
    assert created("--statuses", f"{quoted}, Closed Won") == others + 1
    assert created("--statuses", quoted, "--statuses", "Closed Won") == others + 1
    assert created("--owners", paid_later["OwnerId"], "--statuses", quoted) == 1
    code, error = office.refused("plan", "sales", "--statuses", quoted, "--statuses", "Nonsense")
    assert (code, error["message"]) == (2, "statuses: “Nonsense” occurs in no opportunity.")


def test_after_a_rebuild_an_import_asks_for_a_sync_first(office: Office) -> None:
    said = office("rebuild")
    assert said.code == 0 and said.out.endswith("Next:  toolkit sync\n")
    code, error = office.refused("import", "sales", "--yes")
    assert (code, error["message"], error["next_step"]) == (
        2, "Companies and contacts were not read since the state was rebuilt.",
        "Read them with: toolkit sync")  # fmt: skip


def test_the_text_of_a_plan_says_what_waits_and_what_to_do_next(office: Office) -> None:
    planned = office("plan", "sales")
    assert f"Next:  toolkit apply {office.ok('plan', 'sales')['plan_hash']}\n" in planned.out
    office.chosen("users.csv", everything="")
    blocked = office("plan", "sales")
    assert blocked.code == 3 and blocked.out.startswith("Nothing to write.\n    60  its owner is not mapped\n")
    assert "toolkit apply" not in blocked.out and "both sides agree" not in blocked.out
    assert "Next:  Fill in accelo_staff_id in mappings/users.csv" in blocked.out


# What is refused


def test_what_is_mapped_to_nobody_blocks_with_exit_3_and_says_how_many_records_hang_on_it(office: Office) -> None:
    office.chosen("users.csv", everything="")
    office.chosen("sale_statuses.csv", Prospecting="")
    hang = sum(row["StageName"] == "Prospecting" for row in office.served.world()["salesforce"]["Opportunity"])
    code, error = office.refused("import", "sales", "--yes")
    assert (code, error["error"]) == (3, "Unmapped")
    assert error["message"] == (
        f"1 owner is mapped to nobody; 60 records hang on it. 1 status is not mapped; {hang} records have it."
    )
    assert error["next_step"] == (
        "Fill in accelo_staff_id in mappings/users.csv, or in its row * as the default (toolkit users lists them). "
        "Fill in accelo_status_id in mappings/sale_statuses.csv (toolkit statuses lists them)."
    )
    planned = office("plan", "sales", "--json")
    assert planned.code == 3 and [item["code"] for item in planned.json["blocked"]] == [
        "unmapped-users",
        "unmapped-statuses",
    ]


def test_an_import_without_yes_stops_at_the_plan_and_names_its_hash(office: Office) -> None:
    said = office("import", "tickets", "--sample", "2")
    assert (said.code, said.out, office.writes()) == (3, "", 0)
    told = re.search(r"Error: The plan waits for a confirmation\.\nNext:  Look at the plan, then run: "
                     r"toolkit apply (.{64})\n$",
                     said.err)  # fmt: skip
    assert told, said.err
    assert office.ok("apply", told[1])["ledger"]["created"] == 2, "the plan that waited is the plan that is applied"


def test_what_cannot_be_carried_and_closed_ones_that_become_open_are_accepted_by_name(office: Office) -> None:
    office.chosen("sale_statuses.csv", **{"Closed Won": "1"})
    planned = office.ok("plan", "sales")
    names = sorted(item["name"] for item in planned["accept"])
    (asked,) = [item for item in planned["accept"] if item["name"] == "reopens"]
    won = sum(bool(row["IsWon"]) for row in office.served.world()["salesforce"]["Opportunity"])
    assert (asked["title"], asked["count"]) == ("Closed records that become open ones (Closed Won)", won)
    known = [option for name in names if name != "reopens" for option in ("--accept", name)]
    code, error = office.refused("apply", planned["plan_hash"], *known)
    assert (code, error["error"], error["message"]) == (3, "Unconfirmed", "Not accepted yet: reopens.")
    assert error["next_step"] == f"Accept them by name: toolkit apply {planned['plan_hash']} --accept NAME"
    done = office.ok("apply", planned["plan_hash"], *known, "--accept", "reopens")
    assert done["ledger"]["created"] == 60 and evidence(office, done["run"])["accepted"] == names


def test_a_plan_whose_mapping_changed_is_stale(office: Office) -> None:
    planned = office.ok("plan", "tickets", "--sample", "2")
    office.chosen("users.csv", **{"*": "3"})
    code, error = office.refused("apply", planned["plan_hash"])
    assert (code, error["error"], error["message"], error["next_step"]) == (
        3, "StalePlan", "The user or status mapping changed after this plan was made.",
        "Make a new plan: toolkit plan tickets",
    )  # fmt: skip
    code, error = office.refused("apply", "0" * 64)
    assert (code, error["message"]) == (2, "There is no plan with that hash.")


def test_another_run_that_holds_the_lease_is_named_with_exit_4(office: Office) -> None:
    state = State(office.workspace / "state.sqlite")
    lease = Lease(office.workspace, state, "20261124-120000-sales-aaaa")
    lease.take("2026-11-24T12:00:00+00:00")
    try:
        code, error = office.refused("import", "sales", "--yes")
    finally:
        lease.give_back()
        state.close()
    assert (code, error["error"]) == (4, "LeaseHeld")
    assert re.fullmatch(r"Another run is writing: 20261124-120000-sales-aaaa on \S+ "
                        r"\(since 2026-11-24T12:00:00\+00:00\)\.",
                        error["message"])  # fmt: skip
    assert error["next_step"] == "Wait for it, or cancel it on the Runs page or with: toolkit cancel RUN"


# What is written


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


# While it runs


def started(office: Office) -> tuple[subprocess.Popen[str], str]:
    """An import in a process of its own that writes slowly, and its run, once it has written something."""
    slowly(office, 60)
    before = {row["run"] for row in office.ok("runs")["runs"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "toolkit", "--workspace", str(office.workspace), "import", "sales", "--yes", "--json"],
        cwd=REPOSITORY, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: office.writes() >= 3)
    slowly(office, 3000)  # a command takes seconds on a busy machine: the import must not be over by then
    (run,) = [row["run"] for row in office.ok("runs")["runs"] if row["run"] not in before]
    return process, run


def slowly(office: Office, milliseconds: int) -> None:
    office.served.post("/switches", {"latency_ms": str(milliseconds)})


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def progress(office: Office, run: str) -> dict[str, Any]:
    state = State(office.workspace / "state.sqlite")
    try:
        return dict(state.runs.get(run).progress)
    finally:
        state.close()


def test_pause_resume_and_cancel_a_running_import(office: Office) -> None:
    process, run = started(office)
    try:
        assert office.ok("pause", run) == {"run": run, "paused": True, "going": True}
        until(lambda: progress(office, run).get("paused") is True)
        written = office.writes()
        code, error = office.refused("import", "tickets", "--yes")
        assert (code, error["error"]) == (4, "LeaseHeld") and run in error["message"]
        assert office.writes() == written < 60, "paused, it writes nothing"
        assert office("resume", run).out == f"{run} goes on.\n"
        until(lambda: office.writes() > written)
        assert office.ok("cancel", run) == {"run": run, "asked": True}
        slowly(office, 0)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        slowly(office, 0)
    done, made = json.loads(out), office.writes()
    assert process.returncode == 0 and written < made < 60, err
    assert done["ledger"]["created"] == made and done["ledger"]["waiting"] == 60 - made
    shown = office.ok("show", run)
    assert shown["state"] == "cancelled" and shown["digest"] and len(shown["records"]) == 60
    assert office.ok("pause", run) == {"run": run, "paused": False, "going": False}
    assert office("cancel", run).out == f"{run} is not running.\n"
    assert office.ok("import", "sales", "--yes")["ledger"]["created"] == 60 - made and office.writes() == 60


def test_what_cannot_be_paused_is_said(office: Office) -> None:
    for name in ("pause", "resume", "cancel"):
        assert office.refused(name, "nonsense") == (
            2, {"error": "UsageError", "message": "There is no run 'nonsense'.",
                "next_step": "See the runs with: toolkit runs"}
        )  # fmt: skip
    state = State(office.workspace / "state.sqlite")
    state.runs.start("20261124-120000-sync-aaaa", "sync", "sync", "2026-11-24T12:00:00+00:00")
    state.close()
    code, error = office.refused("pause", "20261124-120000-sync-aaaa")
    assert (code, error["message"], error["next_step"]) == (
        2, "20261124-120000-sync-aaaa is a sync; only imports can be paused.",
        "Stop it with: toolkit cancel 20261124-120000-sync-aaaa",
    )  # fmt: skip


# The e-mail about it


def letters(office: Office) -> list[tuple[str, str, str]]:
    said = office.served.get("/mail")
    found = []
    for row in said["messages"] if isinstance(said, dict) else said:
        raw = next(value for value in row.values() if isinstance(value, str) and "Subject:" in value)
        message = message_from_string(raw, policy=policy.default)
        text, html = (message.get_body((part,)).get_content() for part in ("plain", "html"))
        found.append((message["Subject"], text, html))
    return found


def test_email_says_what_is_missing_keeps_the_password_and_sends_a_test(office: Office) -> None:
    assert office("email").out == "E-mail is not set up.\nNo password is kept.\n"
    code, error = office.refused("email", "--test")
    assert (code, error["message"], error["next_step"]) == (
        2, "E-mail is not set up.",
        "Set email.host, email.sender and email.to with: toolkit config KEY VALUE")  # fmt: skip
    smtp = office.served.ready["smtp"]
    office.served.http.delete(office.served._url("/mail"), timeout=30)
    for name, value in {"host": smtp["host"], "port": str(smtp["port"]), "sender": "toolkit@example.com",
                        "to": "boss@example.com", "security": "none"}.items():  # fmt: skip
        set_value(office.workspace, f"email.{name}", value)
    kept = office("email", "--password", "--json", text="a word that nobody sees\n")
    assert kept.json == {"set_up": True, "to": ["boss@example.com"], "password": True, "sent": False}
    assert "nobody sees" not in kept.out + kept.err
    assert not [path for path in office.workspace.rglob("*") if path.is_file() and b"nobody sees" in path.read_bytes()]
    assert office.ok("email", "--test")["sent"]
    ((subject, text, html),) = letters(office)
    assert subject == "A test message is complete (test)" and "E-mail works." in text and "E-mail works." in html


def test_an_import_tells_by_mail_that_it_is_done_that_it_waits_and_that_it_failed(office: Office) -> None:
    smtp = office.served.ready["smtp"]
    for name, value in {"host": smtp["host"], "port": str(smtp["port"]), "sender": "toolkit@example.com",
                        "to": "boss@example.com", "security": "none"}.items():  # fmt: skip
        set_value(office.workspace, f"email.{name}", value)
    office.served.http.delete(office.served._url("/mail"), timeout=30)
    done = office.ok("import", "tickets", "--sample", "2", "--yes")
    assert done["mail"] == "An e-mail went to boss@example.com."
    code, waits = office.refused("import", "tickets", "--sample", "2")
    assert (code, waits["error"], waits["message"]) == (3, "Unconfirmed", "The plan waits for a confirmation.")
    assert waits["next_step"] == f"Look at the plan, then run: toolkit apply {waits['plan_hash']}"
    office.served.fault("accelo", "server_error_500", times=0, method="GET", path="/api/v0/issues")
    code, error = office.refused("import", "tickets", "--yes")
    office.served.no_faults()
    assert (code, error["error"]) == (1, "Unavailable"), error
    runs = [row["run"] for row in office.ok("runs")["runs"]][:3][::-1]
    told = letters(office)
    assert [subject for subject, _, _ in told] == [
        f"Import of tickets is complete ({runs[0]})",
        f"Import of tickets waits for a person ({runs[1]})",
        f"Import of tickets stopped with an error ({runs[2]})",
    ]
    for part in told[0][1:]:
        assert done["digest"] in part and "not in this slice" in part and "report.html" in part
    for part in told[1][1:]:
        assert "The plan waits for a confirmation." in part
    for part in told[2][1:]:
        assert error["message"] in part.replace("&#x27;", "'")
