"""An import from the command line that is refused or waits for a person: the exit code, the words, the next step."""

from __future__ import annotations

import re

from tests.cli.conftest import Office, evidence
from toolkit.runs.lease import Lease
from toolkit.store.state import State


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
