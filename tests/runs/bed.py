"""A sandbox process and a workspace that is connected to it, with whole runs as one call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from toolkit.clients.endpoint import Tokens
from toolkit.errors import ToolkitError
from toolkit.runs.engine import Run, whole_run
from toolkit.runs.result import RunResult
from toolkit.runs.seal import seal
from toolkit.settings import set_value
from toolkit.workspace import Workspace

REPOSITORY = Path(__file__).resolve().parents[2]


class Served:
    """A sandbox process and its control address."""

    def __init__(self, folder: Path, world: str = "demo") -> None:
        self.path = folder / "ready.json"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "serve", "--world", world, "--ready", str(self.path)],
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while not self.path.exists():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError("The sandbox did not start.")
            time.sleep(0.05)
        self.ready: dict[str, Any] = json.loads(self.path.read_text())
        self.http = requests.Session()

    def _url(self, path: str) -> str:
        return str(self.ready["control"]["url"]) + path

    def get(self, path: str) -> Any:
        answer = self.http.get(self._url(path), timeout=60)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.http.post(self._url(path), json=body, timeout=60)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def fresh(self, **switches: Any) -> None:
        self.http.delete(self._url("/faults"), timeout=30)
        self.post("/reset")
        if switches:
            self.post("/switches", switches)
        self.http.delete(self._url("/requests"), timeout=30)

    def edit(self, system: str, object: str, id: str | None, fields: dict[str, Any], op: str = "update") -> str:
        """What a person does in the product's own screens."""
        body = {"system": system, "object": object, "op": op, "fields": fields} | ({"id": id} if id else {})
        return str(self.post("/edit", body)["id"])

    def fault(self, system: str, kind: str, nth: int = 1, times: int = 1, **given: Any) -> None:
        """``method`` and ``path`` say which requests; what else is given are options of that kind."""
        match = {name: given.pop(name) for name in ("method", "path") if name in given}
        self.post("/faults", [{"system": system, "kind": kind, "match": match, "nth": nth, "times": times, **given}])

    def no_faults(self) -> None:
        self.http.delete(self._url("/faults"), timeout=30)

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """API requests so far, sign-ins apart."""
        said = self.get(f"/requests?since={since}")
        rows = said["requests"] if isinstance(said, dict) else said
        return [row for row in rows if "/oauth2/" not in row["path"]]

    def world(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        return dict(self.get("/world"))

    def accounts(self) -> list[dict[str, Any]]:
        return [
            row
            for row in self.world()["salesforce"]["Account"]
            if str(row.get("IsDeleted")).lower() not in ("1", "true")
        ]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def beds(served: Served, folder: Path) -> Iterator[Callable[..., Bed]]:
    """Makes beds in a folder, each on a fresh world with these switches, and closes them."""
    made: list[Bed] = []

    def make(grace: float = 0.3, **switches: Any) -> Bed:
        served.fresh(**switches)
        made.append(Bed(folder / f"workspace{len(made)}", served, grace))
        return made[-1]

    yield make
    for bed in made:
        bed.workspace.close()


class Bed:
    """A workspace connected to the sandbox, and runs in it without notebooks."""

    def __init__(self, folder: Path, served: Served, grace: float = 0.3) -> None:
        self.folder, self.served = folder, served
        self.number = 0
        os.environ.setdefault("TOOLKIT_KEY", "")
        self.workspace = Workspace.create(folder)
        self.workspace.use_sandbox(served.ready)
        for side in ("salesforce", "accelo"):
            self.workspace.credentials.put(
                side, Tokens(served.ready[side]["access_token"], served.ready[side]["refresh_token"])
            )  # type: ignore[arg-type]  # the two sides
        set_value(folder, "sync.grace_seconds", str(grace))

    @property
    def state(self) -> Any:
        return self.workspace.state

    def open(self, mode: str, **options: Any) -> Run:
        self.number += 1
        return self.workspace.open_run(f"run-{self.number:03d}-{mode}", mode, **options)

    def run(self, mode: str, **options: Any) -> RunResult:
        """A whole run, sealed."""
        run = self.open(mode, **options)
        try:
            return whole_run(run)
        finally:
            if self.state.runs.get(run.run).folder:
                seal(self.state, self.workspace.run_folder(run.run), run.run)

    def first_import(self) -> RunResult:
        """Plan, then apply that plan by its hash: what a person does the first time."""
        planned = self.run("plan")
        return self.run("apply", confirmed=planned.plan_hash)

    def sync(self, **options: Any) -> RunResult:
        return self.run("sync", **{"yes": True} | options)

    def sync_until_calm(self, most: int = 6) -> int:
        """Sync (confirming what the brakes stop) until nothing is written; returns how many runs that took."""
        for number in range(1, most + 1):
            try:
                result = self.sync()
            except ToolkitError as error:
                hash = getattr(error, "plan_hash", None)
                if not hash:
                    continue
                result = self.run("apply", confirmed=hash)
            if not sum(result.counts.get("writes", {}).values()) and not result.counts["unknown"]:
                return number
        raise AssertionError("it never became calm")

    def again(self) -> None:
        """As after a restart of the process."""
        self.workspace.close()
        self.workspace = Workspace(self.folder)
