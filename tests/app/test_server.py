"""The guard around the app: names, addresses, headers; on pages and on sockets alike."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from starlette.responses import PlainTextResponse

from toolkit.accounts import Accounts, Role
from toolkit.pages.guard import HEADERS, Guard


def ask(workspace, *, host="127.0.0.1:8501", client="127.0.0.1", kind="http"):
    """What the guard sends for a request: status and headers, or the socket's close code;
    0 where a socket went through."""
    sent = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await PlainTextResponse("inside")(scope, receive, send)

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "method": "GET", "path": "/", "headers": [(b"host", host.encode())], "client": (client, 5)}
    with ThreadPoolExecutor(1) as other:  # a browser test before this one leaves its loop running in this thread
        other.submit(asyncio.run, Guard(app, workspace)(scope, None, send)).result()
    if kind == "websocket":
        return sent[0]["code"] if sent else 0
    return sent[0]["status"], {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8501", "", "127.0.0.1.evil.example"])
def test_another_name_is_not_served_not_on_a_socket_either(tmp_path, host):
    assert ask(tmp_path, host=host)[0] == 421 and ask(tmp_path, host=host, kind="websocket") == 1008


def test_this_machine_is_served_with_every_header(tmp_path):
    status, headers = ask(tmp_path, host="localhost:8501")
    assert status == 200 and {name.lower() for name in HEADERS} <= headers.keys()
    assert ask(tmp_path, kind="websocket") == 0


def test_without_accounts_no_other_machine_is_served_however_the_server_was_started(tmp_path, monkeypatch):
    assert ask(tmp_path, client="192.0.2.7")[0] == 403 and ask(tmp_path, client="192.0.2.7", kind="websocket") == 1008
    monkeypatch.setenv("TOOLKIT_ALLOWED_HOSTS", "sync.example.com")
    assert ask(tmp_path, host="sync.example.com")[0] == 403  # through a proxy of this machine: its name tells
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    Accounts(tmp_path, quick).add("Ada", Role.ADMINISTRATOR, "long enough password")
    assert ask(tmp_path, client="192.0.2.7")[0] == 200 == ask(tmp_path, host="sync.example.com")[0]


def test_further_names_are_named_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("TOOLKIT_ALLOWED_HOSTS", "sync.example.com, other.example.com")
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    Accounts(tmp_path, quick).add("Ada", Role.ADMINISTRATOR, "long enough password")
    assert ask(tmp_path, host="sync.example.com")[0] == 200 and ask(tmp_path, host="third.example.com")[0] == 421
