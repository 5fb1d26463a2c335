"""Installs the foreign clients that the sandbox is proved with, each at its pin, in an environment of its own.

`python tests/sandbox/clients/install.py` installs all that are missing, into var/clients/; the tests call `ensure`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[3]
HOME = ROOT / "var" / "clients"

PYTHON = {
    "sf-toolkit": "sf-toolkit==0.6.1",
    "tap-salesforce": "tap-salesforce==2.8.1",
    "accelo-mcp": "accelo-mcp==0.5.0",
}
NODE = {"jsforce": "jsforce@3.10.16"}


def ensure(name: str) -> Path:
    """What runs the client's driver: the environment's python, or the folder with its node_modules."""
    if name in NODE:
        return _node(name, NODE[name])
    return _python(name, PYTHON[name])


def _python(name: str, pin: str) -> Path:
    folder = HOME / name
    python = folder / "bin" / "python"
    stamp = folder / "pin.txt"
    if stamp.is_file() and stamp.read_text() == pin:
        return python
    uv = shutil.which("uv")
    if uv:
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        _run([uv, "pip", "install", "--quiet", "--python", str(python), pin])
    else:
        venv.create(folder, with_pip=True, clear=True)
        _run([str(python), "-m", "pip", "install", "--quiet", pin])
    stamp.write_text(pin)
    return python


def _node(name: str, pin: str) -> Path:
    folder = HOME / name
    stamp = folder / "pin.txt"
    if not (stamp.is_file() and stamp.read_text() == pin):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        _run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", pin], folder)
        stamp.write_text(pin)
    return folder


def _run(command: list[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=170)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")


if __name__ == "__main__":
    for client in (*PYTHON, *NODE):
        print(client, ensure(client))
