"""Runs the proofs of the numbered promises and writes docs/promises.md: cases tried, failures, windows, safeguards.

    python scripts/promises.py [--from FOLDER] [pytest arguments]

``--from FOLDER [arguments]`` writes the page from what an earlier run with these arguments left in FOLDER.
Ends with pytest's own exit code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "promises.md"
PROMISES = {
    "P1": "Read-only is read-only: while the toggle is on, nothing that can change Salesforce leaves the process.",
    "P2": "What you confirmed is what is written.",
    "P3": "Never twice: a creation whose answer was lost is looked up before it is tried again.",
    "P4": "No lost update: what a person typed wins, is merged by field, or waits in the inbox.",
    "P5": "Quiet: with no edits, the next run writes nothing and asks at most 8 requests.",
    "P6": "Convergent: after edits stop, both sides agree within two runs.",
    "P7": "Everyone is accounted for: each record is in exactly one state, and the sums close.",
    "P8": "Journal = world: the journal and the systems' own log agree one to one.",
    "P9": "Any death is survivable.",
    "P10": "Undo.",
    "P11": "Evidence: any changed byte of a sealed run is found.",
    "P12": "No secrets at rest or in sight.",
    "P13": "Budget: the reserve for people is kept on both APIs.",
    "P14": "Brakes: too much at once stops and asks.",
    "P15": "Untrusted data stays data.",
    "P16": "Poison stays alone: a record that always fails changes nothing for the others.",
    "P17": "One at a time: two runs never write at once.",
    "P18": "State may be lost: no duplicate is made and nothing is overwritten without asking.",
    "P19": "Same input, same run.",
    "P20": "Deletion needs evidence: a short page or a lost permission is never read as a deletion or a blank.",
}
WINDOWS = {
    "R1": "typed in the moment between our last reading of that row and our write to it",
    "R2": "a request that was given up on is carried out later than the grace",
    "R3": "the network delivers a creation twice",
    "R4": "a late commit hides a row of Salesforce for longer than the overlap",
}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def page(proofs: list[dict[str, Any]], tally: list[dict[str, Any]], when: str, run: str) -> str:
    """The page's text."""
    tried: Counter[str] = Counter()
    failed: defaultdict[str, list[str]] = defaultdict(list)
    for proof in proofs:
        for promise in proof["promises"] if proof["outcome"] != "skipped" else ():
            tried[promise] += 1
            if proof["outcome"] == "failed":
                failed[promise].append(proof["test"])
    out = [
        "# Promises and their proofs",
        "",
        f"Written by `make promises` on {when}; proofs run: {run}. Nobody types this page.",
        "",
        "| # | Promise | Tests | Failures |",
        "|---|---|---|---|",
    ]
    for number, promise in PROMISES.items():
        count = str(tried[number]) if tried[number] else ("none" if run == "all" else "not in this run")
        out.append(f"| {number} | {promise} | {count} | {len(failed[number]) if tried[number] else ''} |")
    for number, names in ((number, failed[number]) for number in PROMISES if failed[number]):
        out += ["", f"Failed for {number}:", "", *(f"- `{name}`" for name in names)]
    out += ["", "## Cases within tests", "", "| Proof | Cases |", "|---|---|"]
    cases: defaultdict[str, Counter[str]] = defaultdict(Counter)
    windows: Counter[str] = Counter()
    for line in tally:
        cases[line["proof"]] += Counter(line["cases"])
        windows += Counter(line["windows"])
    out += [
        f"| {proof} | {', '.join(f'{number:,} {what}' for what, number in counted.items())} |"
        for proof, counted in sorted(cases.items())
    ]
    out += [
        "",
        "## Windows",
        "",
        "What no engine can close on these two APIs. Each case was recognised by the systems' own log, not guessed.",
        "",
        "| # | Window | Met |",
        "|---|---|---|",
    ]
    out += [f"| {name} | {text} | {windows[name]} |" for name, text in WINDOWS.items()]
    out += [
        "",
        "## Safeguards",
        "",
        "Each was taken out of a build; the test named here then failed, and passes with it.",
        "",
        "| Safeguard | Taken out | Caught by | Seconds |",
        "|---|---|---|---|",
    ]
    out += [f"| {row[0]} | {row[1]} | `{row[2]}` | {row[3]} |" for line in tally if (row := line.get("row"))]
    return "\n".join([*out, ""])


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--from"]:
        folder, code, arguments = Path(arguments[1]), 0, arguments[2:]
    else:
        folder = Path(tempfile.mkdtemp(prefix="promises-"))
        environment = os.environ | {"TOOLKIT_PROOFS": str(folder / "proofs"), "TOOLKIT_TALLY": str(folder / "tally")}
        code = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "promise and not soak", *arguments], cwd=ROOT, env=environment
        ).returncode
    when = f"{datetime.now(UTC):%Y-%m-%d}"
    PAGE.write_text(
        page(lines(folder / "proofs"), lines(folder / "tally"), when, " ".join(arguments) or "all"), encoding="utf-8"
    )
    print(f"{PAGE.relative_to(ROOT)} is written ({folder}).")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
