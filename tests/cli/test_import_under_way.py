"""An import that is paused, resumed and cancelled from another command while it runs."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.cli.conftest import REPOSITORY, Office
from toolkit.store.state import State


def started(office: Office) -> tuple[subprocess.Popen[str], str]:
    """An import in a process of its own that writes slowly, and its run, once it has written something."""
    slowly(office, 60)
    before = {row["run"] for row in office.ok("runs")["runs"]}
    process = subprocess.Popen(
        office.command("import", "sales", "--yes", "--json"),
        cwd=REPOSITORY, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: office.writes() >= 3)
    slowly(office, 3000)  # a command takes seconds on a busy machine: the import must not be over by then
    (run,) = [row["run"] for row in office.ok("runs")["runs"] if row["run"] not in before]
    return process, run


def slowly(office: Office, milliseconds: int) -> None:
    office.served.post("/switches", {"latency_ms": str(milliseconds)})


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def progress(office: Office, run: str) -> dict[str, Any]:
    state = State(office.workspace / "state.sqlite")
    try:
        return dict(state.runs.get(run).progress)
    finally:
        state.close()


def test_pause_resume_and_cancel_a_running_import(office: Office) -> None:
    process, run = started(office)
    try:
        assert office.ok("pause", run) == {"run": run, "paused": True, "going": True}
        until(lambda: progress(office, run).get("paused") is True)
        written = office.writes()
        code, error = office.refused("import", "tickets", "--yes")
        assert (code, error["error"]) == (4, "LeaseHeld") and run in error["message"]
        assert office.writes() == written < 60, "paused, it writes nothing"
        assert office("resume", run).out == f"{run} goes on.\n"
        until(lambda: office.writes() > written)
        assert office.ok("cancel", run) == {"run": run, "asked": True}
        slowly(office, 0)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        slowly(office, 0)
    done, made = json.loads(out), office.writes()
    assert process.returncode == 0 and written < made < 60, err
    assert done["ledger"]["created"] == made and done["ledger"]["waiting"] == 60 - made
    shown = office.ok("show", run)
    assert shown["state"] == "cancelled" and shown["digest"] and len(shown["records"]) == 60
    assert office.ok("pause", run) == {"run": run, "paused": False, "going": False}
    assert office("cancel", run).out == f"{run} is not running.\n"
    assert office.ok("import", "sales", "--yes")["ledger"]["created"] == 60 - made and office.writes() == 60


def test_what_cannot_be_paused_is_said(office: Office) -> None:
    for name in ("pause", "resume", "cancel"):
        assert office.refused(name, "nonsense") == (
            2, {"error": "UsageError", "message": "There is no run 'nonsense'.",
                "next_step": "See the runs with: toolkit runs"}
        )  # fmt: skip
    state = State(office.workspace / "state.sqlite")
    state.runs.start("20261124-120000-sync-aaaa", "sync", "sync", "2026-11-24T12:00:00+00:00")
    state.close()
    code, error = office.refused("pause", "20261124-120000-sync-aaaa")
    assert (code, error["message"], error["next_step"]) == (
        2, "20261124-120000-sync-aaaa is a sync; only imports can be paused.",
        "Stop it with: toolkit cancel 20261124-120000-sync-aaaa",
    )  # fmt: skip
