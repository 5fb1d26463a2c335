"""The service as a process: it polls, writes by notebook, stops after the record that it is at, says how it is."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any

from tests.runs.bed import REPOSITORY, Bed
from toolkit.runs import health
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
