"""A disk that is full: one clear message, nothing half written, and it goes on once there is space again.

The limit on the size of a file stands in for the disk; it makes writes fail in the same places, without root.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess

from toolkit.commands.sandbox import REPOSITORY

RECOVER = "Free some disk space, then run: toolkit recover"
WORDS = [
    ("WorkspaceError", "The state state.sqlite cannot be written (disk I/O error).", RECOVER),
    ("WorkspaceError", "The state state.sqlite cannot be written (database or disk is full).", RECOVER),
    ("WorkspaceError", "The evidence run.duckdb cannot be written (FatalException).", RECOVER),
    ("WorkspaceError", "The evidence run.duckdb cannot be written (IOException).", RECOVER),
    ("DiskFull", "The disk is full; nothing more was written.", "Free some space, then run: toolkit recover"),
]
"""Which file meets the end of the disk first is chance; what is said of each is not."""


def limited(cli, size, *arguments):
    """The command with no file allowed to grow beyond ``size`` bytes (its kernel too)."""
    done = subprocess.run(
        cli.command(*arguments, "--json"),
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)),
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout)


def test_p9_a_full_disk_stops_the_run_and_the_next_one_finishes(connected, world):
    connected.ok("config", "sync.grace_seconds", "0.3")
    plan = connected.ok("plan", "sync")
    state = max(path.stat().st_size for path in connected.workspace.glob("state.sqlite*"))
    code, said = limited(connected, state + 40_000, "apply", plan["plan_hash"])
    assert code == 1 and (said["error"], said["message"], said["next_step"]) in WORDS, said
    connected.ok("recover")
    fresh = connected.ok("plan", "sync")
    if fresh["counts"]:
        connected.ok("apply", fresh["plan_hash"])
    assert max(world.markers().values()) == 1
    assert connected.ok("sync", "--yes")["writes"] == {"accelo": 0, "salesforce": 0}


def test_a_workspace_that_cannot_be_made_says_so(cli):
    code, said = limited(cli, 100, "init")
    assert code == 1 and said == {
        "error": "DiskFull",
        "message": "The disk is full; nothing more was written.",
        "next_step": "Free some space, then run it again.",
    }
    assert cli.ok("init"), "what was left of the first try is no obstacle"


def test_evidence_that_finds_no_room_is_said_and_recovered(connected):
    """The state is small still, the run's own database is not: the plan fails, nothing else does."""
    code, said = limited(connected, 60_000, "plan", "sync")
    assert code == 1 and (said["error"], said["message"], said["next_step"]) in WORDS, said
    assert connected.ok("recover")["recovered"] == [said["run"]]
    assert connected.ok("plan", "sync")["counts"]
