"""The command line against a sandbox of its own: one for all tests of this folder, a fresh workspace for each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from toolkit.commands.sandbox import REPOSITORY, Sandbox


@dataclass
class Said:
    """What a command left: exit code, the JSON document of --json, its other words."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    """Runs ``python -m toolkit --workspace … COMMAND`` as another program would."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    def __call__(self, *arguments: str, text: str = "", **environment: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "toolkit", "--workspace", str(self.workspace), *arguments],
            cwd=REPOSITORY,
            env=os.environ | environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str, **environment: str) -> Any:
        """The JSON document of a command that must end well."""
        said = self(*arguments, "--json", **environment)
        assert said.code == 0, said.out + said.err
        return said.json


class World:
    """The sandbox from outside: its ready file and its control address."""

    def __init__(self, ready: Path) -> None:
        self.ready_file = ready
        self.ready: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))

    def get(self, path: str) -> Any:
        answer = requests.get(self.ready["control"]["url"] + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = requests.post(self.ready["control"]["url"] + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def delete(self, path: str) -> None:
        requests.delete(self.ready["control"]["url"] + path, timeout=30).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        said = self.get("/requests?since=0")
        return list(said["requests"] if isinstance(said, dict) else said)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    process = Sandbox(tmp_path_factory.mktemp("sandbox"))
    process.start()
    yield World(process.ready)
    process.stop()


@pytest.fixture
def world(sandbox: World) -> World:
    """The demo world as it began, without faults and with an empty log."""
    sandbox.delete("/faults")
    sandbox.post("/reset")
    sandbox.delete("/requests")
    return sandbox


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "workspace")


@pytest.fixture
def connected(cli: Cli, world: World) -> Cli:
    """A workspace that is connected to the sandbox."""
    cli.ok("init", "--sandbox", str(world.ready_file))
    cli.ok("connect", "salesforce", "--client-credentials")
    cli.ok("connect", "accelo", "--client-credentials")
    return cli


@pytest.fixture
def edit_setting(cli: Cli) -> Callable[[str, str], None]:
    def change(file: str, text: str) -> None:
        (cli.workspace / file).write_text(text, encoding="utf-8")

    return change
