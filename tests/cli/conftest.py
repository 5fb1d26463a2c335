"""The command line against a sandbox of its own: one for all tests of this folder, a fresh workspace for each."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.imports.conftest import PLAIN
from tests.imports.desk import Stage
from toolkit.commands.sandbox import REPOSITORY, Sandbox
from toolkit.store.evidence import read_evidence


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

    def command(self, *arguments: str) -> list[str]:
        """The words with which a process of its own is started."""
        return [sys.executable, "-m", "toolkit", "--workspace", str(self.workspace), *arguments]

    def __call__(self, *arguments: str, text: str = "", **environment: str) -> Said:
        done = subprocess.run(
            self.command(*arguments),
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

    def connect(self, world: World) -> Cli:
        """Makes the workspace and connects it to the sandbox."""
        self.ok("init", "--sandbox", str(world.ready_file))
        self.ok("connect", "salesforce", "--client-credentials")
        self.ok("connect", "accelo", "--client-credentials")
        return self


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

    def writes(self) -> list[dict[str, Any]]:
        """Every row that an API request changed."""
        return [write for request in self.requests() for write in request["writes"]]

    def markers(self) -> Counter[tuple[str, str]]:
        """How many Accelo records carry each Salesforce id."""
        rows = self.get("/world")["accelo"]
        names = {row["id"]: row["field_name"] for row in rows["profile_fields"]}
        return Counter(
            (row["link_type"], row["value"])
            for row in rows["profile_values"]
            if names.get(row["field_id"]) == "Salesforce ID" and row["value"]
        )

    def anew(self) -> None:
        """The world as it began, without faults and with an empty log."""
        self.delete("/faults")
        self.post("/reset")
        self.delete("/requests")


class Office(Cli):
    """A workspace whose companies are linked, beside the sandbox that it is connected to."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        super().__init__(folder)
        self.stage, self.served = stage, stage.served

    def mapping(self, name: str) -> Path:
        return self.workspace / "mappings" / name

    def chosen(self, name: str, **choices: str) -> None:
        """Fill in a mapping file as a person does in a spreadsheet."""
        with self.mapping(name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        key, target = (
            ("salesforce_id", "accelo_staff_id") if name == "users.csv" else ("salesforce_status", "accelo_status_id")
        )
        for row in rows:
            row[target] = choices.get(row[key], choices.get("everything", row[target]))
        with self.mapping(name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def writes(self) -> int:
        return sum(len(row["writes"]) for row in self.served.requests())

    def refused(self, *arguments: str, text: str = "") -> tuple[int, dict[str, Any]]:
        """Exit code and document of a command that must not end well; nothing is written by it,
        and no error is twofold."""
        written = self.writes()
        said = self(*arguments, "--json", text=text)
        assert said.code != 0 and self.writes() == written
        assert said.out.count("\n") == 1, "one document on stdout"
        return said.code, said.json


def evidence(office: Office, run: str) -> dict[str, Any]:
    rows = read_evidence(office.workspace / "runs" / run / "run.duckdb", "SELECT * FROM meta")
    return {row["key"]: json.loads(row["value"]) for row in rows}


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    process = Sandbox(tmp_path_factory.mktemp("sandbox"))
    process.start()
    yield World(process.ready)
    process.stop()


@pytest.fixture
def world(sandbox: World) -> World:
    """The demo world as it began."""
    sandbox.anew()
    return sandbox


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "workspace")


@pytest.fixture
def connected(cli: Cli, world: World) -> Cli:
    """A workspace that is connected to the sandbox."""
    return cli.connect(world)


@pytest.fixture(scope="module")
def import_once(sandbox: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cli, Any, Any, list[dict[str, Any]]]:
    """The demo world, imported: the workspace, what plan and apply said, and the sandbox's own log of it."""
    sandbox.anew()
    cli = Cli(tmp_path_factory.mktemp("imported") / "workspace").connect(sandbox)
    connecting = len(sandbox.requests())
    plan = cli.ok("plan", "sync")
    return cli, plan, cli.ok("apply", plan["plan_hash"]), sandbox.requests()[connecting:]


@pytest.fixture
def imported(import_once: tuple[Cli, Any, Any, Any], tmp_path: Path) -> tuple[Cli, Any, Any]:
    """A copy of that workspace, as a person may make one."""
    cli, plan, applied, _ = import_once
    shutil.copytree(cli.workspace, tmp_path / "copy")
    return Cli(tmp_path / "copy"), plan, applied


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("stage"), PLAIN)
    yield stage
    stage.served.stop()


@pytest.fixture
def office(stage: Stage, tmp_path: Path) -> Office:
    """Sixty opportunities and twenty cases, everyone mapped; nothing is imported yet."""
    stage.clear()
    shutil.copytree(stage.folder / "first", tmp_path / "workspace")
    return Office(tmp_path / "workspace", stage)
