"""Connecting from the command line, and what it says when that does not work. No secret is ever printed."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import threading

import requests

from toolkit.clients.credentials import Credentials
from toolkit.clients.endpoint import Tokens
from toolkit.commands.sandbox import REPOSITORY


def secrets_of(world):
    return [
        world.ready[system][name]
        for system in ("salesforce", "accelo")
        for name in ("client_secret", "access_token", "refresh_token")
    ]


def test_client_credentials_after_init_ask_for_nothing(cli, world):
    cli.ok("init", "--sandbox", str(world.ready_file))
    said = cli.ok("connect", "salesforce", "--client-credentials")
    assert said["connected"] and said["org_id"] == world.ready["salesforce"]["org_id"]
    assert cli.ok("connect", "accelo", "--client-credentials")["connected"]
    status = cli.ok("status")
    assert status["salesforce"]["api_access"] and status["salesforce"]["user"] == world.ready["salesforce"]["username"]
    assert (
        status["accelo"]["scopes"] == ["write(all)"]
        and status["accelo"]["calls_left"] < status["accelo"]["calls_limit"]
    )


def test_p12_secrets_are_encrypted_and_private_and_never_printed(connected, world):
    said = connected("status")
    everything = said.out + said.err
    for path in connected.workspace.rglob("*"):
        if path.is_file():
            everything += path.read_bytes().decode("utf-8", "replace")
    for secret in secrets_of(world):
        assert secret not in everything
    assert stat.S_IMODE((connected.workspace / "credentials").stat().st_mode) == 0o600


def test_a_wrong_client_secret_is_said_and_not_kept(cli, world):
    cli.ok("init", "--sandbox", str(world.ready_file))
    for system, words in (
        ("salesforce", "Salesforce: the sign-in was refused (invalid_client: invalid client credentials)."),
        ("accelo", "Accelo: the sign-in was refused (invalid_client: client id and secret were not found)."),
    ):
        wrong = {f"{system.upper()}_CLIENT_SECRET": "wrong-secret-0123"}
        said = cli("connect", system, "--client-credentials", **wrong)
        assert (said.code, said.out) == (1, "")
        assert said.err == f"Error: {words}\nNext:  Check the client id and the client secret.\n"
        said = cli("connect", system, "--client-credentials", "--json", **wrong)
        assert said.code == 1 and said.json == {
            "error": "AuthFailed",
            "message": words,
            "next_step": "Check the client id and the client secret.",
            "system": system.capitalize(),
        }
        assert cli.ok("connect", system, "--client-credentials")["connected"], "the one that was good is still there"


def test_p12_a_secret_on_the_command_line_is_refused_and_not_repeated(cli):
    cli.ok("init")
    for arguments in (["--token", "a-secret-0123"], ["--client-credentials", "a-secret-0123"],
                      ["--token=a-secret-0123"], ["--client-secret", "a-secret-0123"]):  # fmt: skip
        for json_too in ([], ["--json"]):
            said = cli("connect", "salesforce", *arguments, *json_too)
            assert said.code == 2 and "a-secret-0123" not in said.out + said.err
    said = cli("connect", "salesforce", "--token", "a-secret-0123", "--json")
    assert said.json["message"] == "A word too many was given; it is not shown, for it may be a secret."
    assert (
        said.json["next_step"] == "Give a secret on standard input or in the environment; see: toolkit connect --help"
    )


def test_a_token_that_has_ended_says_to_connect_again(cli, world):
    cli.ok("init", "--sandbox", str(world.ready_file))
    said = cli("connect", "salesforce", "--token", "--json", text="00Dxx0000001gPL!not-a-session-any-more\n")
    assert said.code == 1 and said.json["error"] == "AuthFailed"
    assert said.json["message"] == "Salesforce: the access token has ended, and it cannot be renewed."
    assert said.json["next_step"] == "Connect again: toolkit connect salesforce"
    assert cli("status", "--json").json["salesforce"]["error"] == "NotConnected"


def test_a_rotated_refresh_token_says_to_connect_again(connected, world):
    credentials = Credentials(connected.workspace / "credentials", allow_key_file=True)
    credentials.put("accelo", Tokens("ended", refresh_token="used-already", grant="authorization_code"))
    credentials.put("salesforce", Tokens("ended", refresh_token="used-already", grant="authorization_code"))
    said = connected("status", "--json")
    assert said.code == 1 and "used-already" not in said.out + said.err
    assert said.json["accelo"] == {
        "connected": False,
        "error": "AuthFailed",
        "message": "Accelo: the sign-in was refused (invalid_grant: Grant was not found (possibly expired).).",
        "next_step": "Connect again: toolkit connect accelo",
    }
    assert said.json["salesforce"] == {
        "connected": False,
        "error": "AuthFailed",
        "message": "Salesforce: the sign-in was refused (invalid_grant: expired access/refresh token).",
        "next_step": "Connect again: toolkit connect salesforce",
    }
    said = connected("plan", "sync")  # and where a person meets it in the middle of work
    assert (said.code, said.out) == (1, "") and "used-already" not in said.err
    assert said.err == (
        "Error: Salesforce: the sign-in was refused (invalid_grant: expired access/refresh token).\n"
        "Next:  Connect again: toolkit connect salesforce\n"
    )


def test_a_token_given_on_standard_input_connects(cli, world):
    cli.ok("init", "--sandbox", str(world.ready_file))
    said = cli("connect", "salesforce", "--token", "--json", text=world.ready["salesforce"]["access_token"] + "\n")
    assert said.code == 0 and said.json["connected_by"] == "token"


def test_two_ways_at_once_are_wrong_usage(cli):
    cli.ok("init")
    assert cli("connect", "salesforce", "--token", "--client-credentials", "--json").code == 2


def test_without_an_address_it_says_which_setting_to_set(cli):
    cli.ok("init")
    said = cli("connect", "accelo", "--client-credentials", "--json", ACCELO_CLIENT_SECRET="a-secret")
    assert said.code == 1 and said.json["message"] == "Accelo: its address is not set."
    assert said.json["next_step"] == "Set it with: toolkit config accelo.url https://…"


def test_disconnect_revokes_at_the_system_and_forgets(connected, world):
    said = connected.ok("disconnect", "salesforce")
    assert said == {"system": "salesforce", "connected": False, "revoked": True}
    assert connected("status", "--json").json["salesforce"]["error"] == "NotConnected"
    assert connected.ok("disconnect", "salesforce")["revoked"] is False


def browser(cli, world, system, user, password, deny=False):
    """`connect SYSTEM --no-browser`, with the sign-in done as a browser would do it."""
    process = subprocess.Popen(
        cli.command("connect", system, "--no-browser", "--port", "0", "--json"),
        cwd=REPOSITORY,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("http"):
            break
    threading.Thread(target=lambda: click_through(lines[-1].strip(), user, password, deny), daemon=True).start()
    out, err = process.communicate(timeout=60)
    return process.returncode, json.loads(out), "".join(lines) + err


def click_through(address, user, password, deny):
    """Fills in the login form and presses allow (or deny), following every form and redirect."""
    session = requests.Session()
    page = session.get(address, timeout=20)
    for _ in range(4):
        form = re.search(r"<form[^>]*>.*?</form>", page.text, re.S)
        if form is None:
            return
        action = re.search(r'action="([^"]*)"', form[0])
        fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[0]))
        names = re.findall(r'<input[^>]*name="([^"]+)"', form[0])
        for name in names:
            if "user" in name or name == "un":
                fields[name] = user
            if "pass" in name or name == "pw":
                fields[name] = password
        buttons = re.findall(r'<button[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[0])
        for name, value in buttons:
            if (("deny" in value.lower()) or (value.lower() == "no")) == deny:
                fields[name] = value
        url = requests.compat.urljoin(page.url, (action[1] if action else "").replace("&amp;", "&"))
        page = session.post(url, data={name: value.replace("&amp;", "&") for name, value in fields.items()}, timeout=20)


def test_the_browser_flow_connects_both_systems(cli, world):
    cli.ok("init", "--sandbox", str(world.ready_file))
    for system in ("salesforce", "accelo"):
        said = world.ready[system]
        code, document, err = browser(cli, world, system, said["username"], said["password"])
        assert code == 0, (document, err)
        assert document["connected"] and document["connected_by"] == "authorization code"


def test_a_user_without_the_api_permission_is_named_as_that(cli, world):
    cli.ok("init", "--sandbox", str(world.ready_file))
    code, document, _ = browser(
        cli, world, "salesforce", "nora.noapi@sandbox.example", world.ready["salesforce"]["password"]
    )
    assert code == 1 and document == {
        "error": "NoApiAccess",
        "message": "Salesforce: API_DISABLED_FOR_ORG: the API is off for this org or this user.",
        "next_step": "Give the connected user the permission API Enabled (Enterprise Edition and above have it).",
        "system": "Salesforce",
    }


def test_access_that_was_denied_in_the_browser_is_said(cli, world):
    cli.ok("init", "--sandbox", str(world.ready_file))
    said = world.ready["salesforce"]
    code, document, _ = browser(cli, world, "salesforce", said["username"], said["password"], deny=True)
    assert (code, document["error"], document["message"]) == (1, "AuthFailed", "Salesforce: access was denied.")
