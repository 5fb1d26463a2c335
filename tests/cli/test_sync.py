"""The main job from the command line, on the demo world: plan, apply, sync, and what the two systems hold then."""

from __future__ import annotations

import re
import socket
import subprocess

import pytest

from toolkit.commands.sandbox import REPOSITORY
from toolkit.runs.lease import Lease
from toolkit.store.state import State

PLAN_KEYS = {"run", "plan_hash", "counts", "forecast", "waiting", "blocked"}


def test_a_plan_says_everything_writes_nothing_and_is_the_same_again(connected, world):
    first, second = connected.ok("plan", "sync"), connected.ok("plan", "sync")
    assert first.keys() >= PLAN_KEYS and first["blocked"] == []
    assert first["forecast"].keys() == {"salesforce_calls", "accelo_calls", "seconds"}
    assert first["counts"] and all(isinstance(number, int) for number in first["counts"].values())
    assert first["plan_hash"] == second["plan_hash"] and first["run"] != second["run"]
    assert world.writes() == []


def test_a_first_sync_exceeds_the_brake_and_asks_by_hash(connected, world):
    said = connected("sync", "--yes", "--json")
    assert said.code == 3 and said.json["error"] == "BrakeHit"
    assert re.fullmatch(r"[0-9a-f]{64}", said.json["plan_hash"])
    assert "records would be created in Accelo; the brake allows 25." in said.json["message"]
    assert said.json["plan_hash"] in said.json["next_step"]
    assert world.writes() == []
    assert connected.ok("apply", said.json["plan_hash"])["writes"]["accelo"] > 100


def test_p1_read_only_refuses_a_plan_that_writes_to_salesforce(connected, world):
    plan = connected.ok("plan", "sync")
    assert any("in salesforce" in name for name in plan["counts"])
    assert connected.ok("config", "read_only", "true")["plans_refused"] == 1
    said = connected("apply", plan["plan_hash"], "--json")
    assert said.code == 3 and said.json["error"] == "ReadOnlyPlan"
    fresh = connected.ok("plan", "sync")
    assert not any("in salesforce" in name for name in fresh["counts"])
    connected.ok("apply", fresh["plan_hash"])
    assert not [w for r in world.requests() if r["system"] == "salesforce" for w in r["writes"]]


def test_p17_two_runs_at_once_exit_4_and_name_the_holder(connected):
    state = State(connected.workspace / "state.sqlite")
    lease = Lease(connected.workspace, state, "20261124-120000-sync-aaaa")
    lease.take("2026-11-24T12:00:00+00:00")
    try:
        said = connected("sync", "--yes", "--json")
    finally:
        lease.give_back()
        state.close()
    assert said.code == 4 and said.json["error"] == "LeaseHeld"
    assert said.json["holder"] == f"20261124-120000-sync-aaaa on {socket.gethostname()}"
    assert said.json["message"] == (
        f"Another run is writing: {said.json['holder']} (since 2026-11-24T12:00:00+00:00)."
    )
    assert said.json["next_step"] == "Wait for it, or cancel it on the Runs page or with: toolkit cancel RUN"


def test_p9_an_import_that_was_killed_is_recovered_and_finished_without_a_double(connected, world):
    connected.ok("config", "sync.grace_seconds", "0.3")
    plan = connected.ok("plan", "sync")
    for _ in range(2):
        process = subprocess.Popen(
            connected.command("apply", plan["plan_hash"]),
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = len(world.writes())
        while process.poll() is None and len(world.writes()) < before + 25:
            pass
        kernel = State(connected.workspace / "state.sqlite")
        pids = [row.pid for row in kernel.runs.going()]
        kernel.close()
        for pid in [*pids, process.pid]:
            subprocess.run(["kill", "-9", str(pid)], check=False, capture_output=True)
        process.wait()
        connected.ok("recover")
        plan = connected.ok("plan", "sync")
    connected.ok("apply", plan["plan_hash"])
    assert max(world.markers().values()) == 1
    assert connected.ok("sync", "--yes")["writes"] == {"accelo": 0, "salesforce": 0}


@pytest.mark.parametrize(
    "old, new, line, problem, remedy",
    [
        (
            'salesforce = "Website"',
            'salesforce = "Websiet"',
            'salesforce = "Websiet"',
            'Salesforce\'s Account has no field "Websiet".',
            'Did you mean "Website"?',
        ),
        (
            'accelo = "profile:Type"\ndirection = "salesforce-to-accelo"',
            'accelo = "profile:Type"\ndirection = "both"',
            'direction = "both"',
            'Type goes from Salesforce to Accelo only, never "both".',
            'Set direction = "salesforce-to-accelo".',
        ),
        (
            'label = "Phone"',
            "label = Phone",
            "label = Phone",
            "this line is not TOML: Invalid value.",
            'Mend it; a setting reads: label = "Phone"',
        ),
    ],
    ids=["unknown field", "one-way violation", "broken line"],
)
def test_a_mapping_file_that_cannot_be_used_names_file_line_and_remedy(connected, old, new, line, problem, remedy):
    path = connected.workspace / "mappings" / "companies.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    before = text[: text.index(old)]
    text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    number = before.count("\n") + 1 + new[: new.index(line)].count("\n")
    said = connected("plan", "sync")
    assert (said.code, said.out) == (2, "")
    assert said.err == f"Error: companies.toml, line {number}: {problem}\nNext:  {remedy}\n"


def test_the_inbox_names_the_records_that_it_offers(imported):
    cli, *_ = imported
    question = next(q for q in cli.ok("inbox")["questions"] if q["facts"].get("candidates"))
    option = question["facts"]["candidates"][0]
    assert f"       {option['id']}: {option['title']} ({', '.join(option['reasons'])})\n" in cli("inbox").out


def test_show_lists_the_files_of_a_run_line_by_line(imported):
    cli, _, applied = imported
    lines = cli("show", applied["run"]).out.splitlines()
    assert f"report: {cli.workspace / 'runs' / applied['run'] / 'report.html'}" in lines
    assert not any("{" in line for line in lines)
