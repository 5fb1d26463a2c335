"""After an import of the demo world: everyone accounted for, quiet, sealed, rebuilt, moved.

One import for all of them; each test works on a copy of the workspace.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from toolkit.store.evidence import read_evidence


def test_p7_every_account_and_contact_is_accounted_for_once(imported, sandbox):
    cli, plan, applied = imported
    assert applied["plan_hash"] == plan["plan_hash"] and applied["failed"] == 0
    records = cli.ok("show", applied["run"])["records"]
    org = sandbox.get("/world")["salesforce"]
    for kind, obj in (("company", "Account"), ("contact", "Contact")):
        listed = [row["id"] for row in records if row["side"] == "salesforce" and row["kind"] == kind]
        assert sorted(listed) == sorted(row["Id"] for row in org[obj] if not row.get("IsDeleted"))
    assert all(row["state"] and row["reason"] for row in records)


def test_p3_no_record_was_made_twice(imported, sandbox):
    assert max(sandbox.markers().values()) == 1 and len(sandbox.markers()) > 100


def test_p8_the_journal_and_the_log_of_the_systems_agree_one_to_one(import_once):
    cli, _, applied, log = import_once
    evidence = cli.workspace / "runs" / applied["run"] / "run.duckdb"
    attempts = read_evidence(evidence, "SELECT * FROM attempts")
    writing = [request for request in log if request["writes"]]
    assert len(attempts) == len(writing) == sum(applied["writes"].values())
    assert {attempt["outcome"] for attempt in attempts} == {"applied"}


def test_p5_right_after_an_import_a_sync_writes_nothing_with_at_most_8_requests(imported, sandbox):
    cli, _, _ = imported
    sandbox.delete("/requests")
    again = cli.ok("sync", "--yes")
    assert again["counts"] == {} and sandbox.writes() == []
    asked = [
        f"{request['method']} {request['path']}" for request in sandbox.requests() if "/token" not in request["path"]
    ]
    assert len(asked) <= 8, asked


def test_a_plan_is_applied_once(imported):
    cli, plan, _ = imported
    again = cli("apply", plan["plan_hash"], "--json")
    assert again.code == 3 and again.json["error"] == "StalePlan"
    assert again.json["message"] == "This plan was carried out already."


def test_a_sealed_run_verifies_and_a_changed_byte_does_not(imported):
    cli, plan, applied = imported
    assert cli.ok("verify", applied["run"]) == {"pack": applied["run"], "ok": True, "problems": []}
    report = cli.workspace / "runs" / applied["run"] / "report.html"
    raw = bytearray(report.read_bytes())
    raw[len(raw) // 2] ^= 1
    report.write_bytes(raw)
    said = cli("verify", applied["run"], "--json")
    assert said.code == 1 and said.json["problems"] == ["report.html: is not what was sealed"]
    (cli.workspace / "runs" / plan["run"] / "note.txt").write_text("added")
    assert cli("verify", plan["run"], "--json").json["problems"] == ["note.txt: is not in the manifest"]


def test_p18_links_and_bases_are_rebuilt_from_the_sealed_runs_with_the_same_digest(imported):
    cli, _, _ = imported
    said = cli.ok("rebuild")
    assert said["digest"] == said["before"] and said["pairs"] > 100


def test_a_workspace_may_be_moved_and_names_no_path_of_a_machine(import_once, imported):
    original, _, applied = import_once[:3]
    for path in original.workspace.rglob("*"):
        if path.is_file():
            assert str(original.workspace).encode() not in path.read_bytes(), path.name
    cli, _, _ = imported
    assert cli.ok("verify", applied["run"])["ok"] and cli.ok("status")["salesforce"]["connected"]


def test_p15_the_report_opens_offline_and_runs_no_script(imported):
    cli, _, applied = imported
    folder = cli.workspace / "runs" / applied["run"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page.lower() and "default-src 'none'" in page
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page) == []
    assert json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]


def test_p12_nothing_secret_is_anywhere_in_the_workspace(import_once, sandbox):
    """Tokens of both systems as the sandbox knows them, and the secrets that connected this workspace."""
    cli = import_once[0]
    secrets = [
        sandbox.ready[system][name].encode()
        for system in ("salesforce", "accelo")
        for name in ("client_secret", "access_token")
    ]
    from toolkit.clients.credentials import Credentials

    secrets += [value.encode() for value in Credentials(cli.workspace / "credentials", allow_key_file=True).values()]
    for path in cli.workspace.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert not [secret for secret in secrets if secret in raw], path.name


def test_files_of_a_run_are_named_in_its_document(imported):
    _, plan, applied = imported
    for document in (plan, applied):
        assert Path(document["notebook"]).name == "notebook.ipynb"
    assert re.fullmatch(r"[0-9a-f]{64}", applied["digest"])


def test_an_edit_goes_over_and_both_sides_agree(imported, sandbox):
    """Last in this file: it changes the world that the others look at."""
    cli, _, applied = imported
    records = cli.ok("show", applied["run"])["records"]
    account = next(row["id"] for row in records if row["kind"] == "company" and row["state"] == "created")
    edit = {
        "system": "salesforce",
        "object": "Account",
        "op": "update",
        "id": account,
        "fields": {"Fax": "+61 3 5550 0199"},
    }
    sandbox.post("/edit", edit)
    cli.ok("sync", "--yes")
    assert "+61 3 5550 0199" in [row["fax"] for row in sandbox.get("/world")["accelo"]["companies"]]
