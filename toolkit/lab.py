"""JupyterLab on a workspace: working copies of the notebooks, and a server that leaves runs as they are.

A notebook that a person steps through fills with the customer's records and is saved every two minutes: it is a copy in
the workspace, never the repository's own file. An executed notebook is sealed evidence: JupyterLab would put a
checkpoint beside it as soon as it is opened, so everything under ``runs`` is shown and not written.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError

from toolkit.files import write_atomically
from toolkit.runs.launch import NOTEBOOKS

FOLDER = "notebooks"
SOURCE = "toolkit_source"  # in a copy's metadata: the digest of what it was copied from
RUNS = "runs"
OURS = ["credentials*", "state.sqlite*", "lease", "*.lock", "health.json"]
"""Of the workspace's files, those that no person opens."""
SEALED = (
    "Runs are evidence and stay as they are. To work on this notebook: File, Save Notebook As, notebooks/NAME.ipynb"
)


def copies(workspace: Path) -> list[str]:
    """Working copies in the workspace, each made once; one of an older version is kept under another name. Returns what
    there is to say of it."""
    folder, said = workspace / FOLDER, []
    folder.mkdir(exist_ok=True)
    for source in sorted(NOTEBOOKS.glob("*.ipynb")):
        copy, text = folder / source.name, source.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        if copy.exists() and _made_from(copy) == digest:
            continue
        if copy.exists():
            kept = _free(folder, source.stem)
            copy.rename(kept)
            said.append(f"{FOLDER}/{source.name} is new in this version; yours of before is {FOLDER}/{kept.name}")
        notebook = json.loads(text)
        notebook["metadata"][SOURCE] = digest
        write_atomically(copy, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    return said


def _made_from(copy: Path) -> str:
    try:
        return str(json.loads(copy.read_text(encoding="utf-8"))["metadata"].get(SOURCE, ""))
    except (ValueError, KeyError, AttributeError):  # no notebook any more: it is kept beside a new copy
        return ""


def _free(folder: Path, stem: str) -> Path:
    number = 1
    while (path := folder / f"{stem}-before-{number}.ipynb").exists():
        number += 1
    return path


def command(workspace: Path, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment of JupyterLab on this workspace. It asks nobody on the internet for news,
    updates or extensions."""
    folder = workspace.resolve()
    said = [
        *(sys.executable, "-m", "jupyterlab", str(folder / FOLDER / "sync.ipynb")),
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.contents_manager_class=toolkit.lab.Shelf",
        f"--LabApp.app_settings_dir={NOTEBOOKS / 'settings'}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
    ]
    path = os.pathsep.join(filter(None, [str(NOTEBOOKS.parent), os.environ.get("PYTHONPATH", "")]))
    return [*said, *arguments], {**os.environ, "TOOLKIT_WORKSPACE": str(folder), "PYTHONPATH": path}


class Shelf(AsyncLargeFileManager):
    """The workspace's files as JupyterLab sees them: what lies under ``runs`` can be looked at only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.hide_globs = [*self.hide_globs, *OURS]

    def is_writable(self, path: str) -> bool:
        return not _sealed(path) and bool(super().is_writable(path))

    async def save(self, model: dict[str, Any], path: str = "") -> Any:
        _must_be_free(path)
        return await super().save(model, path)

    async def delete_file(self, path: str) -> Any:
        _must_be_free(path)
        return await super().delete_file(path)

    async def rename_file(self, old_path: str, new_path: str) -> Any:
        _must_be_free(old_path)
        _must_be_free(new_path)
        return await super().rename_file(old_path, new_path)

    async def list_checkpoints(self, path: str) -> Any:
        return [] if _sealed(path) else await super().list_checkpoints(path)  # asking makes a folder for them

    async def create_checkpoint(self, path: str) -> Any:
        _must_be_free(path)
        return await super().create_checkpoint(path)


def _sealed(path: str) -> bool:
    return Path(path.strip("/")).parts[:1] == (RUNS,)


def _must_be_free(path: str) -> None:
    if _sealed(path):
        raise HTTPError(403, SEALED)
