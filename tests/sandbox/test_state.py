"""The command line, the state folder, and that two sandboxes never meet: everything that needs a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.sandbox.conftest import Running

ROOT = Path(__file__).parents[2]


class Process:
    """A sandbox started as a person starts it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.file = folder / f"ready-{time.monotonic_ns()}.json"
        command = [sys.executable, "-m", "sandbox", "serve", "--ready", str(self.file), *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def ready(self, seconds: float = 20) -> Running:
        """The addresses, as soon as they are written."""
        end = time.monotonic() + seconds
        while not self.file.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(self.end())
            time.sleep(0.02)
        # Written at one stroke: what is there is whole.
        return Running(json.loads(self.file.read_text(encoding="utf-8")))

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Stop it: its return code and what it said."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=10)
        return self.process.returncode, said


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[list[Process]]:
    """Processes to be ended after the test."""
    started: list[Process] = []
    yield started
    for process in started:
        process.end(signal.SIGKILL)


def start(starts: list[Process], folder: Path, *arguments: str) -> Process:
    starts.append(Process(folder, *arguments))
    return starts[-1]


def test_the_demo_answers_within_five_seconds(starts: list[Process], tmp_path: Path) -> None:
    began = time.monotonic()
    sandbox = start(starts, tmp_path, "--world", "demo").ready()
    assert sandbox.ac("GET", "/companies").ok
    assert sandbox.query("SELECT Id FROM Account LIMIT 1")
    assert time.monotonic() - began < 5
    assert sandbox.ready["pid"] == starts[0].process.pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(starts: list[Process], tmp_path: Path, number: int) -> None:
    process = start(starts, tmp_path, "--world", "empty")
    sandbox = process.ready()
    assert sandbox.ac("GET", "/staff").ok  # a connection is kept open
    began = time.monotonic()
    code, said = process.end(number)
    assert (code, "Traceback" in said) == (0, False)
    assert time.monotonic() - began < 3
    with pytest.raises(requests.ConnectionError):
        requests.get(sandbox.accelo["url"], timeout=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--host", "0.0.0.0"],
        ["--host", "192.168.1.5"],
        ["--host", "example.com"],
        ["--switch", "latency_ms"],
        ["--switch", "latency_ms=fast"],
        ["--switch", "no_such=on"],
        ["--world", "nowhere"],
        ["--world", "accounts=many"],
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(starts: list[Process], tmp_path: Path, arguments: list[str]) -> None:
    process = start(starts, tmp_path, *arguments)
    process.process.wait(10)
    code, said = process.end()
    assert code != 0
    assert "Error" in said
    assert "Traceback" not in said
    assert not process.file.exists()


def test_a_port_that_is_taken_is_said(starts: list[Process], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start(starts, tmp_path, "--world", "empty", "--accelo-port", port)
        process.process.wait(10)
        code, said = process.end()
    assert code != 0
    assert port in said


def test_given_ports_and_switches_are_taken(starts: list[Process], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sandbox = start(
        starts, tmp_path, "--world", "empty", "--salesforce-port", str(port),
        "--switch", "latency_ms=7", "--switch", "accelo_hourly_limit=off",
    ).ready()  # fmt: skip
    assert sandbox.salesforce["url"] == f"http://127.0.0.1:{port}"
    switches = sandbox.control("GET", "/switches").json()
    assert (switches["latency_ms"]["value"], switches["accelo_hourly_limit"]["value"]) == ("7", "off")
    sandbox.switch(latency_ms=0)
    sandbox.reset()
    assert sandbox.control("GET", "/switches").json()["latency_ms"]["value"] == "7"


def test_the_ready_file_is_for_its_owner_only(starts: list[Process], tmp_path: Path) -> None:
    process = start(starts, tmp_path, "--world", "empty")
    process.ready()
    assert process.file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.glob(".ready*")) == []


def test_without_state_a_world_is_gone_with_the_process(starts: list[Process], tmp_path: Path) -> None:
    first = start(starts, tmp_path, "--world", "empty")
    sandbox = first.ready()
    sandbox.ac("POST", "/companies", json={"name": "Short-lived"})
    old = sandbox.accelo["access_token"]
    first.end()
    again = start(starts, tmp_path, "--world", "empty").ready()
    assert again.world()["accelo"]["companies"] == []
    assert again.accelo["access_token"] != old


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_with_state_everything_is_there_again(starts: list[Process], tmp_path: Path, number: int) -> None:
    state = str(tmp_path / "state")
    first = start(starts, tmp_path, "--world", "demo", "--state", state)
    sandbox = first.ready()
    account = sandbox.sf("POST", "/sobjects/Account", json={"Name": "Kept Ltd"}).json()["id"]
    company = sandbox.ac("POST", "/companies", json={"name": "Kept Ltd"}).json()["response"]["id"]
    login = sandbox.accelo
    form = {"grant_type": "refresh_token", "refresh_token": login["refresh_token"]}
    auth = (login["client_id"], login["client_secret"])
    issued = requests.post(login["url"] + "/oauth2/v0/token", data=form, auth=auth, timeout=5).json()["access_token"]
    world = sandbox.world()
    sandbox.http.close()
    first.end(number)
    again = start(starts, tmp_path, "--world", "empty", "--seed", "99", "--state", state).ready()
    assert {**again.ready, "pid": 0} == {**sandbox.ready, "pid": 0}
    assert again.world() == world
    assert again.sf("GET", f"/sobjects/Account/{account}").json()["Name"] == "Kept Ltd"
    head = {"Authorization": f"Bearer {issued}"}
    assert requests.get(login["url"] + f"/api/v0/companies/{company}", headers=head, timeout=5).ok
    fresh = again.sf("POST", "/sobjects/Account", json={"Name": "New ids go on"}).json()["id"]
    assert fresh not in {row["Id"] for row in world["salesforce"]["Account"]}
    again.reset()
    names = {row["Name"] for row in again.world()["salesforce"]["Account"]}
    assert "Kept Ltd" not in names
    assert "Tui Dairy Limited" in names


def test_a_state_that_was_half_loaded_is_loaded_anew(starts: list[Process], tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = start(starts, tmp_path, "--world", "accounts=20000,contacts=100000", "--state", str(state))
    while not (state / "sandbox.sqlite-wal").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    first.end(signal.SIGKILL)
    assert not first.file.exists()
    again = start(starts, tmp_path, "--world", "accounts=3,contacts=5", "--state", str(state)).ready()
    assert len(again.world()["salesforce"]["Contact"]) == 5


def test_a_port_of_the_state_that_is_taken_now_is_replaced(starts: list[Process], tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    first = start(starts, tmp_path, "--world", "empty", "--state", state)
    port = int(first.ready().accelo["url"].rsplit(":", 1)[1])
    first.end()
    with socket.create_server(("127.0.0.1", port)):
        again = start(starts, tmp_path, "--state", state).ready()
    assert int(again.accelo["url"].rsplit(":", 1)[1]) != port
    assert again.ac("GET", "/staff").ok


def test_one_state_is_used_by_one_sandbox(starts: list[Process], tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    start(starts, tmp_path, "--world", "empty", "--state", state).ready()
    second = start(starts, tmp_path, "--world", "empty", "--state", state)
    second.process.wait(10)
    code, said = second.end()
    assert code != 0
    assert "another sandbox" in said


def test_two_sandboxes_never_meet(sandbox: Running, empty_sandbox: Running) -> None:
    assert len({one.ready[part]["url"] for one in (sandbox, empty_sandbox) for part in ("salesforce", "accelo")}) == 4
    for system, url in (("salesforce", "/services/data/v68.0/limits"), ("accelo", "/api/v0/staff")):
        head = {"Authorization": f"Bearer {sandbox.ready[system]['access_token']}"}
        assert requests.get(empty_sandbox.ready[system]["url"] + url, headers=head, timeout=5).status_code == 401
    sandbox.ac("POST", "/companies", json={"name": "Only here"})
    assert empty_sandbox.world()["accelo"]["companies"] == []
    assert empty_sandbox.requests()[-1]["status"] == 401


def test_it_listens_on_loopback_only(starts: list[Process], tmp_path: Path) -> None:
    process = start(starts, tmp_path, "--world", "empty")
    process.ready()
    listening = set()
    inodes = {str(link.readlink()) for link in Path(f"/proc/{process.process.pid}/fd").iterdir() if link.is_symlink()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in inodes:
                listening.add(cells[1].split(":")[0])
    assert listening == {"0100007F"}


def test_what_a_state_folder_holds_is_for_its_owner_s_eyes(starts: list[Process], tmp_path: Path) -> None:
    process = start(starts, tmp_path, "--world", "empty", "--state", str(tmp_path / "state"))
    assert process.ready().ac("POST", "/companies", json={"name": "Kept"}).ok
    modes = {file.name: file.stat().st_mode & 0o077 for file in (tmp_path / "state").iterdir() if "sqlite" in file.name}
    assert {"sandbox.sqlite", "sandbox.sqlite-wal", "start.sqlite"} <= set(modes)
    assert set(modes.values()) == {0}


def test_a_port_that_cannot_be_is_refused_in_words(starts: list[Process], tmp_path: Path) -> None:
    process = start(starts, tmp_path, "--salesforce-port", "99999")
    process.process.wait(20)
    code, said = process.end()
    assert code == 2 and "99999" in said and "Traceback" not in said
