"""Notebooks run with the parameters that they have in the repository: their workspace is named by TOOLKIT_WORKSPACE,
made and connected to a sandbox of its own when the first notebook is about to run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every machine, however busy it is; a search for new ones belongs to the soak.
settings.register_profile(
    "repository",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("repository")

REPOSITORY = Path(__file__).resolve().parent
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
os.environ.setdefault(
    "PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring"
)  # never touch the keyring of who runs the tests

_prepared: list[Path] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.path.suffix == ".ipynb" and not _prepared:
        from toolkit.__main__ import main

        folder = Path(tempfile.mkdtemp(prefix="nbval-"))
        _prepared.append(folder)
        if main(["--workspace", str(folder / "workspace"), "demo", "--prepare", "--json"]) != 0:
            pytest.exit(f"The workspace for the notebooks could not be made in {folder}.", returncode=1)
        os.environ["TOOLKIT_WORKSPACE"] = str(folder / "workspace")


def pytest_sessionfinish() -> None:
    from toolkit.commands.sandbox import Sandbox

    for folder in _prepared:
        Sandbox(folder / "sandbox").stop()
        shutil.rmtree(folder, ignore_errors=True)
