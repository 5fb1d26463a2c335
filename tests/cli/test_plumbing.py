"""What other programs rely on: one JSON document on stdout, the exit codes, one message for an error."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from toolkit.commands.plumbing import Reply, show, show_error
from toolkit.errors import UsageError
from toolkit.store.database import NEWEST


def test_without_a_workspace_each_command_says_how_to_make_one(cli):
    said = cli("runs")
    assert said.code == 1 and said.out == ""
    assert said.err == (
        f"Error: There is no workspace in {cli.workspace}.\n"
        f"Next:  Make one with: python -m toolkit --workspace {cli.workspace} init\n"
    )


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["plan"], ["plan", "payroll"], ["apply"], ["runs", "--limit", "many"]]
)
def test_wrong_usage_exits_2_with_a_document_under_json(cli, arguments):
    cli.ok("init")
    said = cli(*arguments, "--json")
    assert said.code == 2
    assert said.json["error"] == "UsageError" and said.json["message"] and "--help" in said.json["next_step"]


def test_json_may_stand_before_or_after_the_command(cli):
    cli.ok("init")
    assert cli("--json", "runs").json == cli("runs", "--json").json == {"runs": []}


def test_an_unknown_failure_is_one_message_and_its_traceback_is_kept_without_values(cli):
    from toolkit.commands import plumbing

    cli.workspace.mkdir()
    value = "".join(["a ", "record's ", "value"])
    try:
        raise ValueError(value)
    except ValueError as error:
        code = plumbing.show_error(error, True, cli.workspace)
    kept = (cli.workspace / "last-error.txt").read_text(encoding="utf-8")
    assert code == 1 and "test_plumbing.py" in kept and value not in kept


def test_init_makes_a_workspace_with_its_own_mappings_and_never_twice(cli):
    said = cli.ok("init")
    assert said["mappings"] == ["mappings/companies.toml", "mappings/contacts.toml"]
    again = cli("init", "--json")
    assert again.code == 1 and again.json["message"] == f"{cli.workspace} is a workspace already."


def test_init_says_what_is_wrong_with_a_ready_file(cli, tmp_path):
    missing = cli("init", "--sandbox", str(tmp_path / "none.json"), "--json")
    assert missing.code == 2 and missing.json["message"] == f"There is no file {tmp_path / 'none.json'}."
    (tmp_path / "odd.json").write_text("{}")
    odd = cli("init", "--sandbox", str(tmp_path / "odd.json"), "--json")
    assert odd.code == 2 and odd.json["message"] == f"{tmp_path / 'odd.json'} is not the ready file of a sandbox."
    assert not cli.workspace.exists()


def test_config_shows_sets_and_keeps_the_comments(cli):
    cli.ok("init")
    assert cli.ok("config")["sync.conflicts"] == "ask"
    assert cli.ok("config", "sync.conflicts", "newest") == {"sync.conflicts": "newest"}
    assert cli.ok("config", "sync.grace_seconds", "2.5") == {"sync.grace_seconds": 2.5}
    assert cli.ok("config", "email.to", "a@example.com, b@example.com") == {
        "email.to": ["a@example.com", "b@example.com"]
    }
    text = (cli.workspace / "settings.toml").read_text(encoding="utf-8")
    assert "# both sides changed the same field" in text and 'conflicts = "newest"' in text


@pytest.mark.parametrize(
    "key, value, message",
    [
        (
            "sync.conflicts",
            "both",
            "settings.toml: sync.conflicts: input should be 'ask', 'salesforce', 'accelo' or 'newest'.",
        ),
        ("sync.colour", "red", "There is no setting 'sync.colour'."),
        (
            "brakes.creations_share",
            "2",
            "settings.toml: brakes.creations_share: input should be less than or equal to 1.",
        ),
        ("read_only", "maybe", "read_only is true or false."),
    ],
)
def test_config_refuses_what_is_no_setting_or_no_value_and_changes_nothing(cli, key, value, message):
    cli.ok("init")
    before = (cli.workspace / "settings.toml").read_bytes()
    said = cli("config", key, value, "--json")
    assert (said.code, said.json["message"]) == (2, message)
    assert (cli.workspace / "settings.toml").read_bytes() == before


@pytest.mark.parametrize(
    "text, words",
    [
        ('[sync]\nconflicts = "ask"\nnew_in_accelo = = \n', "Invalid value (at line 3, column 17)"),
        ('[email]\nto = ["boss@example.com"\n', "Unclosed array (at end of document)"),
    ],
    ids=["value", "bracket"],
)
def test_a_broken_settings_file_is_named_with_its_line(cli, text, words):
    cli.ok("init")
    (cli.workspace / "settings.toml").write_text(text)
    said = cli("config", "--json")
    assert said.code == 2
    assert said.json["message"] == f"settings.toml: this is not TOML: {words}"
    assert said.json["next_step"] == "Mend that line; what a setting may be stands in docs/workspace.md."


def test_the_read_only_toggle_is_kept_in_the_state(cli):
    cli.ok("init")
    assert cli.ok("config", "read_only", "true")["read_only"] is True
    assert cli.ok("config", "read_only")["read_only"] is True
    assert cli.ok("config")["read_only"] is True
    assert "read_only" not in (cli.workspace / "settings.toml").read_text(encoding="utf-8")


def test_a_workspace_of_a_newer_version_is_refused(cli):
    cli.ok("init")
    database = sqlite3.connect(cli.workspace / "state.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.commit()
    database.close()
    said = cli("runs", "--json")
    assert said.code == 1 and said.json["error"] == "WorkspaceError"
    assert said.json["message"] == f"This workspace was written by a newer version (state 99, known {NEWEST})."
    assert said.json["next_step"] == "Install the newer version of the toolkit, or use another workspace."


def test_a_workspace_holds_no_absolute_path(cli):
    cli.ok("init")
    for path in cli.workspace.rglob("*"):
        if path.is_file():
            assert str(cli.workspace).encode() not in path.read_bytes(), path


def test_unknown_runs_and_plans_are_wrong_usage(cli):
    cli.ok("init")
    for command, message in (
        ("show", "There is no run 'x'."),
        ("cancel", "There is no run 'x'."),
        ("apply", "There is no plan with that hash."),
        ("verify", "There is no run and no pack 'x'."),
    ):
        said = cli(command, "x", "--json")
        assert (said.code, said.json["message"]) == (2, message)


def test_every_document_is_one_line_of_json(cli):
    for arguments in (["init"], ["config"], ["runs"], ["recover"]):
        said = cli(*arguments, "--json")
        assert len(said.out.splitlines()) == 1 and isinstance(json.loads(said.out), dict)


def test_health_tells_a_workspace_without_a_service_from_one_whose_service_died(cli):
    cli.ok("init")
    never = cli("health", "--json")
    assert (never.code, never.json["state"], never.json["failures"]) == (5, "never", 0)
    words = cli("health")
    assert words.code == 5 and words.out == (
        "state: never\nreason: No service has run in this workspace. Start it with: toolkit sync --every 10m\n"
    )
    (cli.workspace / "health.json").write_text(json.dumps({"state": "ok", "pid": 2**22 + 1}))
    gone = cli("health", "--json")
    assert (gone.code, gone.json["state"]) == (1, "degraded")
    assert gone.json["reason"] == "The service is gone; it last said so: ok."


@pytest.mark.promise
def test_p15_what_a_record_holds_moves_no_terminal(capsys):
    title = "Evil\x1b]0;window\x07 \x9b31m\u202egnp.exe\r"
    show(Reply({}, f"{title}\n\tStraße 😀"), as_json=False)
    shown = r"Evil\x1b]0;window\x07 \x9b31m\u202egnp.exe\r"
    assert capsys.readouterr().out == f"{shown}\n\tStraße 😀\n"
    show_error(UsageError(title, next_step=title), False, Path())
    assert capsys.readouterr().err == f"Error: {shown}\nNext:  {shown}\n"


@pytest.mark.parametrize("command", ["plan", "import"])
def test_a_day_that_is_none_is_refused_before_a_run_begins(cli, command):
    for days, message in (
        (("--since", "last week"), "since: “last week” is no day."),
        (("--since", "20260201", "--until", "2026-01-31"), "since: 2026-02-01 is after until: 2026-01-31."),
    ):
        said = cli(command, "sales", *days, "--json")
        assert (said.code, said.json["error"], said.json["message"]) == (2, "UsageError", message)
    assert not (cli.workspace / "runs").exists()
