"""The README's first command in a fresh clone: it ends well by itself, and the second time it is quiet."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def clone(tmp_path):
    """What git holds, with an empty home; only the environment is the one that is here already."""
    target = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(target)], check=True)
    (target / ".venv").symlink_to(REPOSITORY / ".venv")
    (tmp_path / "home").mkdir()
    environment = {
        "HOME": str(tmp_path / "home"),
        "PATH": os.environ["PATH"],
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }

    def make(goal: str) -> str:
        done = subprocess.run(
            ["make", goal],
            cwd=target,
            env=environment,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    yield target, make
    subprocess.run(
        [".venv/bin/python", "-m", "toolkit", "--workspace", "var/demo", "demo", "--stop"],
        cwd=target,
        env=environment,
        check=False,
    )


@pytest.mark.timeout(400)
def test_make_demo_shows_the_whole_job_and_then_is_quiet(clone):
    folder, make = clone
    said = make("demo")
    for step in ("$ profile", "$ plan sync", "$ apply", "$ sync --yes", "nothing left to do, nothing was written"):
        assert step in said, said
    for what in ("Notebook", "Report", "Evidence", "Manifest"):
        path = re.search(rf"^{what} +(\S+)$", said, re.M)
        assert path and (folder / path[1]).exists(), what
    assert re.search(r"^Digest +[0-9a-f]{64}$", said, re.M)
    began = time.monotonic()
    again = make("demo")
    assert again.startswith("Nothing to do, nothing was written. 31 questions for a person: ")
    assert len(again.splitlines()) < 8
    assert time.monotonic() - began < 15  # under 5 s on a machine that does nothing else
    assert subprocess.run(
        ["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout in ("", "?? .venv\n")
