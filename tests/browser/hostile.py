"""A workspace whose records, questions, plan and runs are full of texts that mean harm."""

from __future__ import annotations

from pathlib import Path

from toolkit.model import Action, ActionType, Base, Change, LedgerRow, Link, Plan, Question, QuestionKind, RecordState
from toolkit.runs.ship import ship_ledger, ship_plan
from toolkit.store.evidence import Evidence
from toolkit.store.seen import SeenRow
from toolkit.workspace import Workspace

SCRIPT = "window.pwned=1;alert('pwned')"
TEXTS = (
    f"<script>{SCRIPT}</script>",
    f'<img src=x onerror="{SCRIPT}">',
    f"[click](javascript:{SCRIPT})",
    f'"><svg onload="{SCRIPT}">',
    "![x](http://evil.example/pixel.png)",
    '=HYPERLINK("http://evil.example","pay")',
    "$\\href{javascript:alert(1)}{x}$ :red[red] :material/delete: :orange-badge[!]",
    "'; DROP TABLE links; --",
    "\u202egnp.exe\u0000\u0007\x1b[31m",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "a" * 100_000,
    "# Heading\n\n- list\n\n| a | b |\n|---|---|\n| `x` | **y** |",
)
RUN, NOW = "20261125-000000-sync-plan-bad1", "2026-11-25T00:00:00+00:00"


def id_of(number: int) -> str:
    return f"001{number:012d}AAA"


def fill(folder: Path) -> None:
    with Workspace.create(folder) as workspace:
        state = workspace.state
        rows = [SeenRow("salesforce.Account", id_of(n), None, 0, {"Id": id_of(n), "Name": text, "Phone": text})
                for n, text in enumerate(TEXTS)]  # fmt: skip
        rows += [SeenRow("accelo.companies", str(n), None, 0, {"id": str(n), "name": text, "phone": text})
                 for n, text in enumerate(TEXTS)]  # fmt: skip
        state.seen.put(rows, "r")
        for n, text in enumerate(TEXTS):
            state.links.put(Link(f"company:{id_of(n)}", "company", id_of(n), str(n)), "r")
            state.links.move_bases(f"company:{id_of(n)}", {"name": Base(text, text), "phone": Base(text, "")}, "r")
        state.inbox.ask(
            [Question(f"q{n}", QuestionKind.CONFLICT, "company", text, id_of(n), str(n), "phone", text, text, text,
                      ("salesforce", "accelo", "keep"), text, {"label": text, "salesforce_by": text})
             for n, text in enumerate(TEXTS)], RUN, NOW)  # fmt: skip
        actions = tuple(
            Action(f"a{n}", ActionType.UPDATE, "company", "accelo", f"company:{id_of(n)}", id_of(n), str(n), text,
                   (Change("phone", text, text, "salesforce-changed", text),), text)
            for n, text in enumerate(TEXTS))  # fmt: skip
        plan = Plan("sync", actions, (), ())
        state.runs.start(RUN, "sync", "plan", NOW)
        hash = state.plans.put(plan, RUN, read_only=False, now=NOW).hash
        state.runs.set_plan(RUN, hash)
        with Evidence(workspace.run_folder(RUN) / "run.duckdb") as evidence:
            ship_plan(evidence, state, plan, hash, {})
            ship_ledger(evidence, [LedgerRow("salesforce", "company", id_of(n), text, RecordState.WAITING, text)
                                   for n, text in enumerate(TEXTS)])  # fmt: skip
        counts = {"counts": plan.counts(), "waiting": 12, "ledger": {"waiting": 12},
                  "blocked": [{"code": "x", "title": text, "count": 1, "remedy": text}
                              for text in TEXTS[:7]]}  # fmt: skip
        state.runs.end(RUN, "done", NOW, counts=counts, message=TEXTS[1])
