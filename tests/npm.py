"""Packages of the npm registry that a test holds its subject against."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def needed() -> None:
    """CI installs npm and fails without it; on a machine of one's own these tests may be left out."""
    if shutil.which("npm") is None:
        assert not os.environ.get("CI"), "npm is missing: .ci/run installs it"
        pytest.skip("npm is not installed")  # never in CI, see above


def installed(name: str, package: str) -> Path:
    """The folder in which ``package`` ("name@version") is installed, under var/npm; done once."""
    needed()
    folder = ROOT / "var" / "npm" / name
    if not (folder / "node_modules" / package.rpartition("@")[0]).is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", package]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=150)
    return folder
