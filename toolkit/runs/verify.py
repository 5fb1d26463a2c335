"""Does a sealed run still hold: every digest, no file missing, none added, and the link to the run before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from toolkit.runs.seal import FORMAT, MANIFEST, files_of, sha256


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold. ``file`` is a path inside the run's folder."""

    file: str
    kind: Literal["missing", "changed", "added", "unreadable", "chain"]
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


ADDED = "is not in the manifest"
JUPYTER = " (a copy that another Jupyter made when the notebook was opened in it: remove that folder)"


def verify(folder: Path, digest: str | None = None) -> list[Problem]:
    """Every problem of one sealed run; [] when all holds. ``digest``: what the manifest must hash to, where known.

    The run before it, when its folder lies beside this one, must have the digest that the manifest names.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return [Problem(MANIFEST, "missing", "the run is not sealed")]
    raw = path.read_bytes()
    if digest is not None and hashlib.sha256(raw).hexdigest() != digest:
        return [Problem(MANIFEST, "changed", "the manifest is not the one that was sealed")]
    try:
        manifest: dict[str, Any] = json.loads(raw)
        listed: dict[str, dict[str, Any]] = manifest["files"]
    except (ValueError, KeyError, TypeError):
        return [Problem(MANIFEST, "unreadable", "the manifest cannot be read")]
    if manifest.get("format") != FORMAT:
        return [Problem(MANIFEST, "unreadable", "the manifest has a format that this version does not know")]
    problems = []
    here = set(files_of(folder))
    for name, said in sorted(listed.items()):
        if name not in here:
            problems.append(Problem(name, "missing", "is listed but not there"))
        elif (folder / name).stat().st_size != said["bytes"] or sha256(folder / name) != said["sha256"]:
            problems.append(Problem(name, "changed", "is not what was sealed"))
    problems += [
        Problem(name, "added", ADDED + (JUPYTER if ".ipynb_checkpoints" in name else ""))
        for name in sorted(here - set(listed))
    ]
    return problems + _chain(folder, manifest)


def _chain(folder: Path, manifest: dict[str, Any]) -> list[Problem]:
    before = manifest.get("previous")
    if not before:
        return []
    path = folder.parent / str(before["run"]) / MANIFEST
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() == before["digest"]:
        return []
    return [Problem(MANIFEST, "chain", f"the run before it, {before['run']}, is not the one that it was chained to")]
