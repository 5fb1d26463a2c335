"""The seal of a run: one manifest with the SHA-256 of every file, chained to the run sealed before it.

Called when nothing of the run is open any more. The digest of a run is the SHA-256 of its manifest's bytes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from toolkit.files import write_atomically
from toolkit.store.state import State

MANIFEST = "manifest.json"
FORMAT = 1
NOT_SEALED = frozenset({MANIFEST})


def seal(state: State, folder: Path, run: str) -> str:
    """Write ``manifest.json`` and note its digest in the state; returns the digest.
    Sealing again gives the first seal."""
    row = state.runs.get(run)
    if row is not None and row.digest and (folder / MANIFEST).exists():
        return row.digest
    last = state.runs.last_sealed()
    previous = last["digest"] if last else None
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "run": run,
        "kind": row.kind if row else "",
        "mode": row.mode if row else "",
        "state": row.state if row else "",
        "started_at": row.started_at if row else None,
        "ended_at": row.ended_at if row else None,
        "plan_hash": row.plan_hash if row else None,
        "counts": row.counts if row else {},
        "previous": last,
        "algorithm": "sha256",
        "files": {
            name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size}
            for name in files_of(folder)
        },
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(folder / MANIFEST, text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    state.runs.seal(run, digest, previous)
    return digest


def files_of(folder: Path) -> list[str]:
    """Every file under the run's folder that a seal covers, by its path inside it."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix() not in NOT_SEALED
    )


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
