"""Links and bases of the living state again, from the sealed runs alone: the evidence is enough to lose the state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import EvidenceBroken
from toolkit.runs.seal import MANIFEST
from toolkit.runs.verify import verify
from toolkit.store.evidence import read_evidence
from toolkit.store.state import State


@dataclass(frozen=True)
class Rebuilt:
    """``digest`` equals that of the state that was lost, but for what no sealed run holds."""

    runs: int
    pairs: int
    digest: str
    before: str


def sealed_runs(runs: Path) -> list[Path]:
    """The folders of the sealed runs, each after the one that it is chained to.
    Raises EvidenceBroken for a broken chain."""
    manifests: dict[str, dict[str, Any]] = {}
    for path in sorted(runs.glob(f"*/{MANIFEST}")):
        manifests[path.parent.name] = json.loads(path.read_text(encoding="utf-8"))
    after: dict[str | None, list[str]] = {}
    for name, manifest in manifests.items():
        before = (manifest.get("previous") or {}).get("run")
        after.setdefault(before if before in manifests else None, []).append(name)
    ordered: list[str] = []
    waiting = sorted(after.get(None, []), reverse=True)
    while waiting:
        name = waiting.pop()
        ordered.append(name)
        waiting += sorted(after.get(name, []), reverse=True)
    if len(ordered) != len(manifests):
        raise EvidenceBroken(
            "The chain of the sealed runs goes in a circle.", next_step="Restore the runs from a backup."
        )
    return [runs / name for name in ordered]


def moves_of(runs: Path) -> tuple[int, dict[str, Mapping[str, Any]]]:
    """The last word of the sealed runs on every pair. Raises EvidenceBroken when a run does not verify."""
    latest: dict[str, Mapping[str, Any]] = {}
    folders = sealed_runs(runs)
    for folder in folders:
        problems = verify(folder)
        if problems:
            raise EvidenceBroken(
                f"The run {folder.name} does not hold: {problems[0]}.",
                next_step=f"See all of it with: toolkit verify {folder.name}",
            )
        if (folder / "run.duckdb").exists():
            for row in read_evidence(folder / "run.duckdb", "SELECT * FROM moves ORDER BY rowid"):
                latest[row["pair"]] = row
    return len(folders), latest


def rebuild(state: State, runs: Path) -> Rebuilt:
    """Replace all links and bases by what the sealed runs say, and forget what was last seen, so that the next run
    reads everything and finds by their markers the pairs that no sealed run holds."""
    before = state.links.digest()
    count, latest = moves_of(runs)
    folders = sealed_runs(runs)
    with state.transaction():
        for folder in folders:
            _row_again(state, folder)
        state.links.replace_all([latest[pair] for pair in sorted(latest)])
        state.seen.forget_everything()
    return Rebuilt(count, state.links.count("company") + state.links.count("contact"), state.links.digest(), before)


def _row_again(state: State, folder: Path) -> None:
    """The row of a sealed run that the state does not know any more, and its place in the chain."""
    raw = (folder / MANIFEST).read_bytes()
    manifest = json.loads(raw)
    run = manifest["run"]
    if state.runs.get(run) is None:
        state.runs.start(run, manifest["kind"], manifest["mode"], manifest["started_at"] or "", state="done")
        state.runs.end(run, manifest["state"], manifest["ended_at"] or "", counts=manifest["counts"])
    state.runs.seal(run, hashlib.sha256(raw).hexdigest(), (manifest.get("previous") or {}).get("digest"))
