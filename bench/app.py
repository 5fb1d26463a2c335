"""First paint and page change of the app on 100,000 linked records, measured in the browser.

    python bench/app.py [RECORDS]
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from toolkit.model import Action, ActionType, Base, Change, Plan, Question, QuestionKind, canonical  # noqa: E402  the path is set just above  # noqa: E402
from toolkit.runs.ship import ship_plan  # noqa: E402
from toolkit.store.evidence import Evidence  # noqa: E402
from toolkit.workspace import Workspace  # noqa: E402

PAGES = {"Sync": "/", "Inbox": "/inbox", "Why?": "/why", "Sales and tickets": "/import", "Runs & evidence": "/runs",
         "Connections": "/connections", "Field rules": "/rules", "Settings": "/settings"}  # fmt: skip
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
LIMITS = {"first paint": 3.0, "page change": 1.0, "effect of a rule": 3.0}
TITLE = "document.querySelector('h1')?.innerText"


def salesforce_id(number: int) -> str:
    return f"001{number:012d}AAA"


def grow(folder: Path, records: int) -> str:
    """A workspace with so many linked companies, their bases, observations and audit rows, 1,000 questions, 300 runs
    and a preview that writes 20,000 records. Returns the preview's run."""
    now = datetime.now(UTC).isoformat()
    with Workspace.create(folder) as workspace:
        state, base = workspace.state, Base("Company", "Company")
        database = state.database
        fields = canonical(dict.fromkeys(("name", "phone", "website", "billing"), base))
        database.many("INSERT INTO links VALUES (?, 'company', ?, ?, 'linked', '{}')",
                      [(f"company:{salesforce_id(n)}", salesforce_id(n), str(n)) for n in range(records)])  # fmt: skip
        database.many("INSERT INTO bases VALUES (?, ?)",
                      [(f"company:{salesforce_id(n)}", fields) for n in range(records)])  # fmt: skip
        for stream, made in (("salesforce.Account", lambda n: {"Id": salesforce_id(n), "Name": f"Company {n} of many"}),
                             ("accelo.companies",
                              lambda n: {"id": str(n), "name": f"Company {n} of many"})):  # fmt: skip
            rows = [(stream, str(row.get("Id") or row["id"]), canonical(row)) for row in map(made, range(records))]
            database.many("INSERT INTO observations VALUES (?, ?, NULL, 0, ?, 'bench')", rows)
        database.many("INSERT INTO audit (run, intent, pair, field, side, before, after, rule, made_at, sealed_in) "
                      "VALUES ('bench', NULL, ?, 'name', 'accelo', 'null', '\"Company\"', 'salesforce-changed', ?, "
                      "'bench')",
                      [(f"company:{salesforce_id(n)}", now) for n in range(records) for _ in range(3)])  # fmt: skip
        state.inbox.ask([Question(f"q{n}", QuestionKind.CONFLICT, "company", f"Company {n}", salesforce_id(n), str(n),
                                  "phone", "1", "2", "3", ("salesforce", "accelo", "keep"), "Both changed.")
                         for n in range(1000)],
                        "bench", now)  # fmt: skip
        counts = {"counts": {"update company in accelo": 12}, "calls": {"accelo": 30}, "ledger": {"updated": 12}}
        for n in range(300):
            state.runs.start(f"run-{n:03d}", "sync", "sync", now, state="running")
            state.runs.end(f"run-{n:03d}", "done", now, counts=counts)
        actions = tuple(
            Action(f"a{n}", ActionType.UPDATE, "company", "accelo", f"company:{salesforce_id(n)}", salesforce_id(n),
                   str(n), f"Company {n}", (Change("phone", "1", "2", "salesforce-changed", "Changed in Salesforce."),))
            for n in range(min(20_000, records)))  # fmt: skip
        plan, run = Plan("sync", actions, (), ()), "preview"
        state.runs.start(run, "sync", "plan", now, state="running")
        hash = state.plans.put(plan, run, read_only=False, now=now).hash
        state.runs.set_plan(run, hash)
        with Evidence(workspace.run_folder(run) / "run.duckdb") as evidence:
            ship_plan(evidence, state, plan, hash, {})
        state.runs.end(run, "done", now, counts={"counts": plan.counts(), "waiting": 1000})
    return "preview"


def serve(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)], cwd=ROOT,
        env=os.environ | {"TOOLKIT_WORKSPACE": str(folder)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    import requests

    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            if requests.get(f"{address}/_stcore/health", timeout=1).ok:
                return process, address
        except requests.RequestException:
            time.sleep(0.1)
    raise SystemExit("the app did not start")


def measure(address: str, run: str) -> dict[str, Any]:
    """Seconds. A page counts as there when its title is shown and its script has ended."""
    from playwright.sync_api import sync_playwright

    done = "document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        page = browser.new_page()
        firsts, changes = [], {}
        for _ in range(3):
            began = time.perf_counter()
            page.goto(address)
            page.wait_for_function(f"{TITLE} === 'Sync'")
            firsts.append(time.perf_counter() - began)
            page.wait_for_function(done)
        for name in [*list(PAGES)[1:], "Sync"]:
            began = time.perf_counter()
            page.locator(f'[data-testid="stSidebarNav"] a[href$="{PAGES[name]}"]').first.click()
            page.wait_for_function(f"{TITLE} === {json.dumps(name)} && {done}")
            changes[name] = time.perf_counter() - began
        whole = {"Preview": f"/plan?run={run}", "Why? by id": f"/why?id={salesforce_id(77)}",
                 "Why? by name": "/why?id=Company%2099999"}  # fmt: skip
        for name, path in whole.items():
            title = "Preview of a sync" if name == "Preview" else "Why?"
            began = time.perf_counter()
            page.goto(address + path)
            page.wait_for_function(f"{TITLE} === {json.dumps(title)} && {done}")
            changes[f"{name} (whole load)"] = time.perf_counter() - began
        browser.close()
    return {"first paint": max(firsts), "changes": changes}


def effect(folder: Path) -> float:
    """Seconds until a change of a field rule shows what it would change, while both sides differ in every record."""
    from toolkit.screens.rule_effect import effect as shown
    from toolkit.screens.rules import Edit

    with Workspace(folder) as workspace:
        names = ["Id", "Name", "Phone", "Website", "BillingCity"]
        profile = {"profile_fields": {"company": [], "contact": []}}
        workspace.state.put("shape", {"Account": names, "Contact": names} | profile)
        workspace.state.database.execute("UPDATE bases SET fields = json_set(fields, '$.phone.accelo', 'Other')")
        began = time.perf_counter()
        shown(workspace, [Edit("company", "phone", "direction", "salesforce-to-accelo")])
        return time.perf_counter() - began


def main(records: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run = grow(Path(folder) / "workspace", records)
        print(f"{records:,} linked records, made in {time.perf_counter() - began:.1f} s")
        print(
            f"effect of a rule            {effect(Path(folder) / 'workspace'):6.2f} s   "
            f"limit {LIMITS['effect of a rule']} s"
        )
        process, address = serve(Path(folder) / "workspace")
        try:
            found = measure(address, run)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    print(f"first paint (title shown)   {found['first paint']:6.2f} s   limit {LIMITS['first paint']} s")
    for name, seconds in found["changes"].items():
        print(f"{name:27} {seconds:6.2f} s" + ("" if "load" in name else f"   limit {LIMITS['page change']} s"))
    slow = [name for name, s in found["changes"].items() if s > LIMITS["page change"] and "load" not in name]
    return int(bool(slow) or found["first paint"] > LIMITS["first paint"])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
