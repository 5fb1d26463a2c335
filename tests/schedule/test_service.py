"""The service as a process: it polls, writes by notebook, stops after the record that it is at, says how it is."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.runs.bed import REPOSITORY, Bed
from toolkit.errors import SettingsError, UsageError
from toolkit.runs import health
from toolkit.runs.schedule import seconds
from toolkit.settings import set_value
from toolkit.store.state import State


def cli(bed: Bed, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "toolkit", "--workspace", str(bed.folder), *arguments, "--json"]


def until(true: Any, seconds: float = 45) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_p9_sigterm_ends_the_service_after_the_current_record_and_nothing_is_in_doubt(bed: Bed) -> None:
    links = [
        link for link in bed.state.links.all() if link.kind == "company" and link.salesforce_id and link.accelo_id
    ][:8]
    bed.workspace.close()
    for number, link in enumerate(links):
        bed.served.edit("salesforce", "Account", link.salesforce_id, {"Phone": f"+61 2 5550 10{number:02d}"})
    bed.served.post(
        "/faults", [{"system": "accelo", "kind": "slow", "seconds": 0.7, "match": {"method": "PUT"}, "times": 0}]
    )
    service = subprocess.Popen(cli(bed, "sync", "--every", "2s"), cwd=REPOSITORY, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    try:
        until(lambda: any(request["writes"] for request in bed.served.requests()))
        second = subprocess.run(
            cli(bed, "sync", "--every", "10m"), cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        assert second.returncode == 4, "one service for each workspace"
        service.send_signal(signal.SIGTERM)
        out, _ = service.communicate(timeout=40)
    finally:
        service.kill()
    assert service.returncode == 0 and json.loads(out)["state"] == "stopped"
    written = len([request for request in bed.served.requests() if request["writes"]])
    assert 1 <= written < len(links)
    with State(bed.folder / "state.sqlite") as state:
        row = next(row for row in state.runs.all() if row.counts.get("writes", {}).get("accelo"))
        assert row.state == "cancelled" and row.digest and row.counts["writes"]["accelo"] == written
        assert state.journal.unresolved() == [] and state.runs.going() == []
    assert health.read(bed.folder).state == "stopped"  # type: ignore[union-attr]  # it is there
    said = subprocess.run(cli(bed, "health"), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert said.returncode == 1 and json.loads(said.stdout)["state"] == "stopped"
    bed.served.no_faults()
    bed.again()
    assert sum(bed.sync().counts["writes"].values()) == len(links) - written


def test_the_service_follows_the_interval_that_is_set_and_waits_while_none_is(bed: Bed) -> None:
    bed.workspace.close()
    none = subprocess.run(cli(bed, "sync", "--every"), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert none.returncode == 2 and "schedule.every" in none.stdout + none.stderr
    set_value(bed.folder, "schedule.every", "1d")

    def said() -> health.Health:
        return health.read(bed.folder) or health.Health()

    service = subprocess.Popen(cli(bed, "sync", "--every"), cwd=REPOSITORY, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        until(lambda: said().last_success and not said().polling)
        first = said().last_run
        set_value(bed.folder, "schedule.every", "1s")
        until(lambda: said().last_run != first and said().every_seconds == 1)
        set_value(bed.folder, "schedule.every", "")
        until(lambda: said().state == "waiting" and "schedule.every" in said().reason)
        paused = said().last_run
        time.sleep(2.5)
        assert said().last_run == paused
        service.send_signal(signal.SIGTERM)
        service.wait(40)
    finally:
        service.kill()
    assert said().state == "stopped"


@pytest.mark.parametrize("text", ["0m", "00m", "10", "-5m", "1.5h", "10m ", "10 m", "１０m", "m"])
def test_what_is_no_interval_is_refused_as_an_argument_and_as_a_setting(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="no interval"):
        seconds(text)
    with pytest.raises(SettingsError, match=r"schedule\.every"):
        set_value(tmp_path, "schedule.every", text)
