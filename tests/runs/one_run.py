"""One run in a process of its own, so that a test can kill it: python -m tests.runs.one_run FOLDER RUN MODE [HASH]."""

from __future__ import annotations

import sys
from pathlib import Path

from toolkit.runs.engine import whole_run
from toolkit.workspace import Workspace

if __name__ == "__main__":
    folder, run, mode, *rest = sys.argv[1:]
    with Workspace(Path(folder)) as workspace:
        options = {"confirmed": rest[0]} if rest else {"yes": True}
        print("ready", flush=True)
        whole_run(workspace.open_run(run, mode, **options))
