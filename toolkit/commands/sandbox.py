"""A sandbox for the demo: started as a process of its own, found again by its ready file. Imports nothing of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from toolkit.errors import ToolkitError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60.0


class Sandbox:
    """``folder`` holds the ready file, the log and the state of one sandbox."""

    def __init__(self, folder: Path, world: str = "demo") -> None:
        self.folder, self.world = folder, world
        self.ready = folder / "ready.json"

    def running(self) -> dict[str, Any] | None:
        """What the ready file says, if that process answers; None otherwise."""
        try:
            said: dict[str, Any] = json.loads(self.ready.read_text(encoding="utf-8"))
            os.kill(int(said["pid"]), 0)
            requests.get(f"{said['control']['url']}/switches", timeout=5).raise_for_status()
        except (OSError, ValueError, KeyError, requests.RequestException):
            return None
        return said

    def start(self) -> dict[str, Any]:
        """The running sandbox, started if it is not there; it goes on when this process ends."""
        said = self.running()
        if said is not None:
            return said
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ready.unlink(missing_ok=True)
        log = self.folder / "log.txt"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "sandbox",
                    "serve",
                    "--world",
                    self.world,
                    "--state",
                    str(self.folder / "state"),
                    "--ready",
                    str(self.ready),
                ],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            if self.ready.exists() and (said := self.running()) is not None:
                return said
            time.sleep(0.05)
        process.terminate()
        raise ToolkitError("The sandbox did not start.", next_step=f"See {log}, or begin anew with: make demo-reset")

    def stop(self) -> None:
        said = self.running()
        if said is None:
            return
        os.kill(int(said["pid"]), signal.SIGTERM)
        until = time.monotonic() + 10
        while time.monotonic() < until and self.running() is not None:
            time.sleep(0.1)

    def forget(self) -> None:
        """Stopped and gone, with its world."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
