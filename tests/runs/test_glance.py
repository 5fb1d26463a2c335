"""The box at the head of a report: what came of the run, from the state and not from the notebook."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import nbformat
import pytest

from toolkit.runs.glance import glance
from toolkit.runs.report import write_report
from toolkit.store.runs import RunRow

LEDGER = {"created": 1350, "updated": 30, "unchanged": 0, "waiting": 121, "skipped": 2, "failed": 0}
RUN = RunRow(
    id="20261128-090000-sync-apply-1234", kind="sync", mode="apply", state="done",
    started_at="2026-11-28T09:00:00.100000+00:00", ended_at="2026-11-28T09:20:00.100000+00:00", plan_hash="ab" * 32,
    counts={"ledger": LEDGER, "calls": {"salesforce": 9, "accelo": 3590}, "forecast": {"salesforce_calls": 6,
            "accelo_calls": 3380, "seconds": 2400}},
)  # fmt: skip
MONEY = [
    {"status": "Won", "currency": "USD", "records": 2, "salesforce": "10.10", "accelo": "10.10", "equal": True},
    {"status": "Lost", "currency": "USD", "records": 1, "salesforce": "0.20", "accelo": "0.20", "equal": True},
    {"status": "Won", "currency": "AUD", "records": 1, "salesforce": "1.00", "accelo": "", "equal": False},
]


def words(box: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", box)).split())


def test_it_says_what_came_of_the_run_and_what_it_cost():
    said = words(glance(RUN))
    assert said.startswith(
        "Done 1,350 created 30 updated 121 waiting 2 skipped 0 failed Run 20261128-090000-sync-apply-1234"
    )
    assert "Plan abababababab Began 2026-11-28 09:00:00 UTC, took 1,200 s" in said
    assert said.endswith("Calls to Salesforce 9, foretold 6 Calls to Accelo 3,590, foretold 3,380")


def test_a_plan_says_that_nothing_was_written():
    said = words(glance(replace(RUN, mode="plan")))
    assert said.startswith("Plan; nothing was written 1,350 would be created 30 would be updated")
    assert "foretold" not in said, "the calls of a plan are those of its reading"


def test_money_that_is_not_equal_is_seen_at_once():
    said = words(glance(replace(RUN, kind="sales", counts=RUN.counts | {"money": MONEY})))
    assert "Money AUD in 1.00, out 0.00: NOT EQUAL Money USD in 10.30, out 10.30: equal" in said
    planned = [{name: value for name, value in row.items() if name not in ("accelo", "equal")} for row in MONEY]
    assert "Money USD 10.30" in words(glance(replace(RUN, kind="sales", mode="plan", counts={"money": planned})))


@pytest.mark.promise("P15")
def test_a_failure_says_why_and_its_words_are_words():
    box = glance(replace(RUN, state="failed", message="<script>alert(1)</script> is refused", counts={}))
    assert "<script>" not in box and "created" not in box
    assert words(box).startswith("Failed <script>alert(1)</script> is refused")


def test_it_stands_under_the_title_of_the_report(tmp_path):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Sync\n\nHow it went.")])
    nbformat.write(book, tmp_path / "notebook.ipynb")
    page = write_report(tmp_path / "notebook.ipynb", tmp_path / "report.html", RUN).read_text(encoding="utf-8")
    assert page.index("</h1>") < page.index('class="glance done"') < page.index("How it went.")
