"""The command line as the table of docs/command-line.md promises it: with --json one document and nothing else, without
it words for people; errors on stderr; the keys by their names."""

from __future__ import annotations

import io
import json
import os
import subprocess
from datetime import datetime

import pandas
import pytest

from tests.cli.conftest import REPOSITORY
from toolkit.store.evidence import read_evidence

FORECAST = {"salesforce_calls", "accelo_calls", "seconds"}


@pytest.mark.parametrize(
    "arguments, keys",
    [
        (["status"], ["workspace", "read_only", "salesforce", "accelo", "running"]),
        (["runs"], ["runs"]),
        (["recover"], ["recovered", "resolved"]),
        (["rebuild"], ["runs", "pairs", "digest", "before"]),
        (["config"], ["read_only", "sync.conflicts", "sync.group_from", "budget.salesforce_reserve"]),
        (["config", "sync.conflicts"], ["sync.conflicts"]),
        (["config", "read_only"], ["read_only", "plans_refused"]),
        (["inbox"], ["questions", "decided", "rules"]),
        (["show", "RUN"], ["run", "kind", "mode", "state", "plan_hash", "counts", "files", "records"]),
        (["verify", "RUN"], ["pack", "ok", "problems"]),
        (["verify", "PACK"], ["pack", "ok", "problems"]),
        (["disconnect", "accelo"], ["system", "connected", "revoked"]),
    ],
    ids=" ".join,
)
def test_each_command_answers_programs_with_a_document_and_people_with_words(imported, arguments, keys):
    cli, _, applied = imported
    run, pack = applied["run"], str(cli.workspace / "runs" / applied["run"])
    arguments = [{"RUN": run, "PACK": pack}.get(word, word) for word in arguments]
    words = cli(*arguments)
    assert words.code == 0 and words.out.strip() and words.err == ""
    with pytest.raises(ValueError):
        json.loads(words.out)
    said = cli(*arguments, "--json")
    assert (said.code, said.err, len(said.out.splitlines())) == (0, "", 1)
    assert said.json.keys() >= set(keys)


def test_what_plan_and_apply_say_has_the_promised_keys(imported):
    _, plan, applied = imported
    assert plan.keys() >= {"run", "plan_hash", "counts", "forecast", "waiting", "blocked"}
    assert plan["forecast"].keys() == FORECAST and all(isinstance(plan["forecast"][name], int) for name in FORECAST)
    assert isinstance(plan["waiting"], int) and plan["waiting"] > 0 and plan["blocked"] == []
    assert all(isinstance(name, str) and isinstance(number, int) for name, number in plan["counts"].items())
    assert applied.keys() >= {"run", "plan_hash", "counts", "writes", "ledger", "digest", "waiting", "failed"}


def test_p13_the_forecast_was_within_a_tenth_of_the_calls(import_once):
    """Both runs count their calls as the sandbox's log does."""
    cli, plan, applied, log = import_once
    planned, made = (cli.ok("show", said["run"])["counts"]["calls"] for said in (plan, applied))
    for system in ("salesforce", "accelo"):
        logged = sum(row["system"] == system and "/oauth2/" not in row["path"] for row in log)
        assert planned[system] + made[system] == logged
        assert abs(plan["forecast"][f"{system}_calls"] - made[system]) <= max(1, 0.1 * made[system]), (system, made)


def test_a_profile_keeps_when_it_ran_and_every_call_as_other_runs_do(connected, world):
    world.delete("/requests")
    run = connected.ok("profile")["run"]
    shown = connected.ok("show", run)
    log = [row for row in world.requests() if "/oauth2/" not in row["path"]]
    logged = {system: sum(row["system"] == system for row in log) for system in ("salesforce", "accelo")}
    assert shown["counts"]["calls"] == logged and min(logged.values()) > 3
    evidence = connected.workspace / "runs" / run / "run.duckdb"
    facts = {row["key"]: json.loads(row["value"]) for row in read_evidence(evidence, "SELECT * FROM meta")}
    assert (facts["kind"], facts["run"], facts["calls"]) == ("profile", run, logged)
    times = [shown["started_at"], facts["started_at"], facts["ended_at"], shown["ended_at"]]
    assert times == sorted(times, key=datetime.fromisoformat) and facts["started_at"] < facts["ended_at"]
    kept = read_evidence(evidence, "SELECT n, system, method, status FROM exchanges ORDER BY n")
    assert [row["n"] for row in kept] == list(range(1, len(log) + 1))
    assert [(row["system"], row["method"], row["status"]) for row in kept] == [
        (row["system"], row["method"], row["status"]) for row in log
    ]


def test_a_profile_that_fails_keeps_the_calls_that_it_made(connected, world):
    failing = {"system": "accelo", "kind": "server_error_500", "match": {"path": "/api/v0/prospects"}, "times": 0}
    world.post("/faults", [failing])
    said = connected("profile", "--json")
    assert (said.code, said.json["error"]) == (1, "Unavailable")
    (row,) = connected.ok("runs")["runs"]
    evidence = connected.workspace / "runs" / row["run"] / "run.duckdb"
    facts = {row["key"]: json.loads(row["value"]) for row in read_evidence(evidence, "SELECT * FROM meta")}
    assert row["state"] == "failed" and facts["calls"]["salesforce"] > 3 and facts["started_at"] < facts["ended_at"]
    last = read_evidence(evidence, "SELECT path, status FROM exchanges ORDER BY n DESC LIMIT 1")
    assert last == [{"path": "/api/v0/prospects", "status": 500}]


def test_the_report_of_an_apply_says_what_it_asked_for_and_what_it_knew_already(imported):
    cli, plan, applied = imported

    def read(run):
        notebook = json.loads((cli.workspace / "runs" / run / "notebook.ipynb").read_text(encoding="utf-8"))
        (cell,) = [cell for cell in notebook["cells"] if "".join(cell["source"]) == "sync.read()"]
        (table,) = pandas.read_html(io.StringIO("".join(cell["outputs"][0]["data"]["text/html"])))
        assert list(table) == ["stream", "asked for", "rows read", "known already", "new or changed"]
        return table.set_index("stream")

    first, again = read(plan["run"]), read(applied["run"])
    assert set(first["asked for"]) == {"everything"} and not first["known already"].any()
    assert all(text.startswith("changes since 2") and text.endswith(" UTC") for text in again["asked for"])
    assert (again["known already"] == again["rows read"]).all() and not again["new or changed"].any()


def test_the_history_has_a_line_of_headings_above_its_columns(imported):
    cli, plan, applied = imported
    head, *lines = cli("runs").out.splitlines()
    assert head.split() == ["RUN", "KIND", "MODE", "STATE", "MESSAGE"]
    rows = cli.ok("runs")["runs"]
    assert [line.split()[0] for line in lines] == [row["run"] for row in rows] == [applied["run"], plan["run"]]
    for name in ("kind", "mode", "state"):
        at = head.index(name.upper())
        assert [line[at:].split()[0] for line in lines] == [row[name] for row in rows], name


def test_show_lists_each_record_with_state_and_reason(imported):
    cli, _, applied = imported
    records = cli.ok("show", applied["run"])["records"]
    assert {row["state"] for row in records} <= {"created", "updated", "unchanged", "waiting", "skipped", "failed"}
    assert all(row.keys() >= {"side", "kind", "id", "state", "reason"} and row["reason"] for row in records)
    assert len({(row["side"], row["kind"], row["id"]) for row in records}) == len(records)


@pytest.mark.parametrize("as_pack", [False, True])
def test_verify_finds_a_changed_a_missing_and_an_extra_file(imported, as_pack):
    cli, _, applied = imported
    folder = cli.workspace / "runs" / applied["run"]
    pack = str(folder) if as_pack else applied["run"]
    (folder / "extra.csv").write_text("x")
    (folder / "report.html").unlink()
    notebook = folder / "notebook.ipynb"
    notebook.write_bytes(notebook.read_bytes().replace(b"companies", b"Companies", 1))
    said = cli("verify", pack, "--json")
    assert said.code == 1 and said.json == {
        "pack": pack,
        "ok": False,
        "problems": [
            "notebook.ipynb: is not what was sealed",
            "report.html: is listed but not there",
            "extra.csv: is not in the manifest",
        ],
    }
    words = cli("verify", pack)
    assert words.code == 1 and words.out.splitlines()[0].endswith(": 3 thing(s) do not hold.")


def test_an_error_goes_to_stderr_for_people_and_to_stdout_for_programs(imported):
    cli, plan, _ = imported
    words = cli("apply", plan["plan_hash"])
    assert (words.code, words.out) == (3, "")
    assert words.err == "Error: This plan was carried out already.\nNext:  Make a new one: toolkit plan sync\n"


def test_connect_asks_for_nothing_after_init_with_a_sandbox(cli, world):
    """Standard input is closed: whoever asked would fail."""
    cli.ok("init", "--sandbox", str(world.ready_file))
    for system in ("salesforce", "accelo"):
        done = subprocess.run(
            cli.command("connect", system, "--client-credentials"),
            cwd=REPOSITORY,
            env={name: value for name, value in os.environ.items() if not name.startswith(("SALESFORCE_", "ACCELO_"))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0 and done.stderr == "", done.stderr
        assert done.stdout.startswith(f"Connected to {system.capitalize()}: ")


@pytest.mark.parametrize("system", ["salesforce", "accelo"])
def test_a_secret_and_a_token_come_from_their_environment_variables(cli, world, system):
    cli.ok("init")
    cli.ok("config", f"{system}.url", world.ready[system]["url"])
    cli.ok("config", f"{system}.client_id", world.ready[system]["client_id"])
    key = {"TOOLKIT_KEY": "a long random text of this test"}  # a machine without a keyring
    secret = {f"{system.upper()}_CLIENT_SECRET": world.ready[system]["client_secret"]} | key
    assert cli.ok("connect", system, "--client-credentials", **secret)["connected_by"] == "client credentials"
    token = {f"{system.upper()}_TOKEN": world.ready[system]["access_token"]} | key
    assert cli.ok("connect", system, "--token", **token)["connected_by"] == "token"
    none = cli("connect", system, "--token", "--json", **key)
    assert (none.code, none.json["message"]) == (2, f"{system.capitalize()}: no token was given.")
    assert none.json["next_step"] == f"Give it on standard input or as {system.upper()}_TOKEN."


def test_read_only_is_in_force_for_the_next_request_and_off_again(imported):
    cli, _, _ = imported
    assert cli.ok("config", "read_only", "true") == {"read_only": True, "plans_refused": 0}
    assert cli.ok("status")["read_only"] is True
    assert cli.ok("config", "read_only", "false") == {"read_only": False, "plans_refused": 0}
    said = cli("config", "read_only", "maybe", "--json")
    assert (said.code, said.json["next_step"]) == (2, "Say: toolkit config read_only true")


def test_a_machine_connects_with_a_key_file_and_a_missing_one_is_said(cli, world, tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    private, kind = tmp_path / "server.key", serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()))
    ours = world.ready["salesforce"]
    edit = {"system": "salesforce", "object": "ConnectedApplication", "op": "update", "id": ours["client_id"]}
    world.post("/edit", edit | {"fields": {"Certificate": public}})
    cli.ok("init", "--sandbox", str(world.ready_file))
    said = cli.ok("connect", "salesforce", "--jwt", str(private), "--user", ours["username"])
    assert said["connected"] and said["connected_by"] == "jwt bearer"
    assert cli("connect", "salesforce", "--jwt", str(private), "--json").json["message"] == (
        "--jwt needs the user name to sign in as."
    )
    missing = cli("connect", "salesforce", "--jwt", str(tmp_path / "none.key"), "--user", "x", "--json")
    assert (missing.code, missing.json["message"]) == (2, f"The key file {tmp_path / 'none.key'} cannot be read.")
