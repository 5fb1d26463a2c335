"""users add, list, remove and provider: who may use the app, from the command line."""

from __future__ import annotations

import pytest

SECRET = "client-secret-canary"
GIVEN = {"--name": "Acme", "--client-id": "app", "--address": "https://sync.example.com",
         "--metadata-url": "https://login.acme.example/.well-known/openid-configuration"}  # fmt: skip


@pytest.fixture
def run(cli):
    cli.ok("init")

    def call(*arguments, text="", exit_code=0):
        said = cli("users", *arguments, "--json", text=text, TOOLKIT_KEY="a long random text for this test")
        assert said.code == exit_code, said.out + said.err
        assert SECRET not in said.out + said.err
        return said.json

    call.folder = cli.workspace
    return call


def test_people_with_and_without_a_password(run):
    refused = run("add", "olga@acme.example", "--role", "auditor", "--no-password", exit_code=2)
    assert refused["next_step"] == "Use: --role administrator"
    run("add", "Ada", "--role", "administrator", text="correct horse canary\n")
    run("add", "olga@acme.example", "--role", "auditor", "--no-password")
    assert run("list")["accounts"] == [
        {"name": "Ada", "role": "administrator", "signs_in": "password"},
        {"name": "olga@acme.example", "role": "auditor", "signs_in": "identity provider"},
    ]
    assert "no e-mail address" in run("add", "Bob", "--role", "auditor", "--no-password", exit_code=2)["message"]
    assert run("remove", "olga@acme.example") == {"removed": "olga@acme.example"}


def test_p12_the_provider_is_set_up_and_its_secret_is_in_no_file_as_text(run):
    assert run("provider") == {"name": "", "metadata_url": "", "client_id": "", "address": "",
                               "trust_unverified": False, "secret": False, "set_up": False}  # fmt: skip
    flat = [part for pair in GIVEN.items() for part in pair]
    assert run("provider", *flat)["set_up"] is False
    assert run("provider", "--secret", text=SECRET + "\n")["set_up"] is True
    for file in run.folder.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(("option", "value"), [
    ("--metadata-url", "http://login.acme.example/.well-known/openid-configuration"), ("--address", "sync.example.com"),
    ("--address", "https://sync.example.com/?x=1")])  # fmt: skip
def test_an_address_that_anybody_on_the_way_could_change_is_refused(run, option, value):
    assert "identity." in run("provider", option, value, exit_code=2)["message"]
    assert run("provider")["address"] == run("provider")["metadata_url"] == ""
