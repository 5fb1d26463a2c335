"""How a foreign client is run: its driver is a script of its own process, told the sandbox's addresses on stdin.

A driver prints one JSON object, what it found; it ends with an error where the client did.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
Drive = Callable[..., dict[str, Any]]


def _installer() -> Any:
    spec = importlib.util.spec_from_file_location("clients_install", HERE / "install.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def ensure() -> Callable[[str], Path]:
    """Install a client where it is missing."""
    ensure: Callable[[str], Path] = _installer().ensure
    return ensure


@pytest.fixture
def drive(ensure: Callable[[str], Path]) -> Drive:
    """Run a client's driver against a running sandbox; its findings."""

    def run(client: str, script: str, ready: dict[str, Any], **more: Any) -> dict[str, Any]:
        runner = ensure(client)
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
        command = [str(runner), str(HERE / script)]
        if script.endswith(".js"):
            command = ["node", str(HERE / script)]
            environment["NODE_PATH"] = str(runner / "node_modules")
        told = json.dumps({**ready, **more})
        done = subprocess.run(command, input=told, capture_output=True, text=True, env=environment, timeout=120)
        assert done.returncode == 0, f"{client}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    return run
