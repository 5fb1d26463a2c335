"""What the proofs count beside passing: cases tried, windows met.
`make promises` reads it from the file named by TOOLKIT_TALLY."""

from __future__ import annotations

import json
import os
from pathlib import Path


def told(
    proof: str, cases: dict[str, int], windows: dict[str, int] | None = None, row: list[str] | None = None
) -> None:
    """Add a line to the tally, where one is kept. ``row``: for the table of safeguards."""
    path = os.environ.get("TOOLKIT_TALLY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"proof": proof, "cases": cases, "windows": windows or {}, "row": row}) + "\n")
