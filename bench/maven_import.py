"""A public data set of 8,800 opportunities through the whole import: what comes over, what is odd, what it costs.

    python bench/maven_import.py [FOLDER] [--slice N]

FOLDER holds Maven Analytics' "CRM Sales Opportunities" (accounts.csv, sales_pipeline.csv, sales_teams.csv,
products.csv); without it the part of it that lies in tests/data/maven-crm is taken.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.imports.desk import Desk, Stage  # noqa: E402  # found by the line above

COLUMNS = REPOSITORY / "sandbox" / "world" / "examples" / "maven-crm" / "columns.toml"
DATA = REPOSITORY / "tests" / "data" / "maven-crm"


def world(data: Path, folder: Path) -> Path:
    """The sandbox's recipe for these files, with their folder named in it."""
    text = re.sub(r"^# folder = .*$", lambda _: f"folder = {json.dumps(str(data))}", COLUMNS.read_text(), flags=re.M)
    path = folder / "columns.toml"
    path.write_text(text, encoding="utf-8")
    return path


def measured(data: Path, folder: Path, size: int = 0) -> dict[str, Any]:
    """Companies first, then the sales (or the first ``size`` of them): what was imported, reported,
    forecast and made."""
    (folder / "stage").mkdir(parents=True)
    stage = Stage(folder / "stage", str(world(data, folder)))
    try:
        with stage.desk(folder / "workspace") as desk:
            return _import(desk, size)
    finally:
        stage.served.stop()


def _import(desk: Desk, size: int) -> dict[str, Any]:
    began = time.perf_counter()
    planned = desk.plan(sample=size).import_planned
    plan_seconds = time.perf_counter() - began
    result = desk.go("sale", "apply", confirmed=planned.hash, accepted=("all",))
    seconds = time.perf_counter() - began - plan_seconds
    counts, made = result.counts, result.counts["ledger"]["created"]
    calls = sum(counts["calls"].values())
    forecast = counts["forecast"]["salesforce_calls"] + counts["forecast"]["accelo_calls"]
    return {
        "companies": desk.state.links.count("company"), "opportunities": sum(counts["ledger"].values()), "sales": made,
        "reasons": counts["reasons"], "findings": [(f.code, f.count) for f in planned.checks.notes],
        "accept": [(carry.name, carry.count) for carry in planned.checks.accept],
        "forecast": forecast, "calls": calls, "off": abs(forecast - calls) / calls,
        "calls_per_record": calls / max(made, 1), "money_equal": all(row["equal"] for row in counts["money"]),
        "plan_seconds": plan_seconds, "seconds": seconds,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--slice", type=int, default=0, help="only so many opportunities")
    said = parser.parse_args()
    if not (said.folder / "sales_pipeline.csv").is_file():
        print(f"There is no data set in {said.folder}; nothing was measured.")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measured(said.folder.resolve(), Path(folder), said.slice).items():
            print(f"{name:18} {round(value, 3) if isinstance(value, float) else value}")


if __name__ == "__main__":
    main()
