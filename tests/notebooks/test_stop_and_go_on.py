"""An import in the hands of a person: stopped in the middle, gone on with, a hash mistyped. Each record comes once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.imports.conftest import PLAIN
from tests.imports.desk import Desk, Stage
from toolkit import kernel
from toolkit.errors import Stopped, Unconfirmed, UsageError
from toolkit.notebook import Import, Profile, Sync
from toolkit.notebook.progress import Line, lasting
from toolkit.runs import import_engine
from toolkit.runs.launch import REPOSITORY
from toolkit.runs.seal import sha256
from toolkit.store.evidence import read_evidence


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("stage"), PLAIN)
    yield stage
    stage.served.stop()


@pytest.fixture
def desk(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with stage.desk(tmp_path / "workspace") as desk:
        monkeypatch.setenv("TOOLKIT_WORKSPACE", str(desk.folder))
        yield desk


def confirmed(**options: Any) -> Import:
    """The sales notebook up to the cell that writes."""
    sales = Import("sales", **options)
    sales.read()
    sales.plan()
    assert sales.confirm(hash=sales.plan_hash, accept="all") == f"Confirmed: {sales.plan_hash}"
    return sales


@contextmanager
def interrupted(desk: Desk, times: int) -> Iterator[None]:
    """The stop button of JupyterLab, pressed when some sales are written: the same signal, in the same thread."""
    desk.served.post("/switches", {"latency_ms": "20"})
    before = len(desk.writes())

    def press() -> None:
        while len(desk.writes()) < before + 5:
            time.sleep(0.02)
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.005)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        desk.served.post("/switches", {"latency_ms": "0"})


def once_each(desk: Desk) -> bool:
    return desk.marked("sale") == dict.fromkeys(desk.source("sale"), 1)


def sealed(desk: Desk, run: str) -> bool:
    folder = desk.workspace.run_folder(run)
    row = desk.state.runs.get(run)
    return bool(row.digest) and sha256(folder / "manifest.json") == row.digest


@pytest.mark.promise("P3", "P9")
def test_a_stop_lets_the_record_at_hand_be_finished_and_the_same_cell_goes_on(desk: Desk, capsys: Any) -> None:
    sales = confirmed()
    first, hash = sales.run, sales.plan_hash
    with interrupted(desk, 1):
        sales.apply()
    assert sales.engine.applied.cancelled and 5 <= len(desk.made()) < 60
    assert f"Stopped after {len(desk.made())} of 60 records; what is written stays." in capsys.readouterr().out
    table = sales.apply()
    assert f"Run {first} is over. This is run {sales.run}." in capsys.readouterr().out
    assert dict(zip(table.frame["state"], table.frame["actions"], strict=True)).keys() == {"created", "unchanged"}
    sales.check()
    assert sales.ok and once_each(desk)
    sales.close()
    ended = [(row.id, row.mode, row.state, row.plan_hash) for row in desk.state.runs.all() if row.kind == "sales"]
    assert ended == [(sales.run, "apply", "done", hash), (first, "apply", "cancelled", hash)]
    assert sealed(desk, first) and sealed(desk, sales.run)


@pytest.mark.promise("P3", "P9")
def test_a_second_press_stops_at_once_and_still_nothing_is_written_twice(desk: Desk) -> None:
    sales = confirmed()
    first = sales.run
    with interrupted(desk, 3), pytest.raises(Stopped, match="Run this cell again: it goes on"):
        sales.apply()
    assert desk.state.runs.get(first).state == "failed" and sealed(desk, first)
    with pytest.raises(UsageError, match=f"The run {first} is over. Run the apply cell again"):
        sales.check()
    sales.workspace.clock, sales.workspace.sleep = desk.clock.now, desk.clock.sleep  # the wait for a lost answer
    sales.apply()
    sales.check()
    assert sales.ok and once_each(desk)
    sales.close()


def test_an_interrupt_while_reading_is_told_in_words_and_the_cell_reads_again(desk: Desk) -> None:
    sales = Import("sales")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_engine, "read_destination", lambda *given: os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises(Stopped):
            sales.read()
    first = sales.run
    assert desk.state.runs.get(first).state == "failed"
    assert len(sales.read()) and sales.run != first
    sales.plan()
    sales.close()


def test_what_is_mistyped_costs_no_run_and_says_what_to_put_where(desk: Desk) -> None:
    sales = Import("sales")
    sales.read()
    sales.plan()
    first = sales.run
    with pytest.raises(Unconfirmed, match=f"That is not the hash of this plan.*{sales.plan_hash}"):
        sales.confirm(hash="abc")
    with pytest.raises(Unconfirmed, match=r"Not accepted yet: .*history.* between the quotes after accept"):
        sales.confirm(hash=sales.plan_hash)
    assert sales.confirm(hash=sales.plan_hash, accept="all").startswith("Confirmed")
    assert sales.run == first and desk.state.runs.get(first).state == "running" and not desk.made()
    sales.apply()
    before = desk.writes()
    assert len(sales.apply()) and desk.writes() == before  # the cell run once more shows the same again
    sales.close()
    assert sales.close() is sales.closed


def test_a_plan_that_was_closed_first_can_still_be_confirmed(desk: Desk) -> None:
    sales = Import("sales")
    sales.read()
    sales.plan()
    sales.close()
    planned = sales.run
    sales.confirm(hash=sales.plan_hash, accept="all")
    assert sales.run != planned
    sales.apply()
    sales.check()
    assert sales.ok and once_each(desk)
    sales.close()
    assert desk.state.runs.get(planned).mode == "plan"


def test_the_first_cell_run_again_ends_the_run_before_and_leaves_nothing_half_open(desk: Desk) -> None:
    first = Import("sales")
    first.read()
    second = Import("sales")
    assert desk.state.runs.get(first.run).message.startswith("It was left")
    second.read()
    second.plan()
    third = Sync()
    assert desk.state.runs.get(second.run).state == "done" and sealed(desk, second.run)
    third.read()  # it gets the lease
    third.leave()
    assert [row.id for row in desk.state.runs.going()] == []


@pytest.mark.promise("P2")
def test_a_launched_plan_writes_nothing_whatever_a_person_left_in_the_notebook(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = Import("sales")
    sales.read()
    sales.plan()
    with monkeypatch.context() as launched:
        launched.setattr(kernel, "launched", lambda: True)
        assert sales.confirm(hash=sales.plan_hash, accept="all").startswith("Not confirmed: nothing will be written.")
        assert sales.apply().nothing == "Nothing was written: this plan is not confirmed."
    sales.close()
    assert not desk.made()


def test_an_executed_notebook_that_is_run_again_leaves_the_evidence_of_its_run_alone(desk: Desk, capsys: Any) -> None:
    sales = confirmed()
    sales.apply()
    sales.check()
    sales.close()
    folder = desk.workspace.run_folder(sales.run)
    before = {path.name: sha256(path) for path in folder.iterdir()}
    for what in (lambda run: Import("sales", run=run), lambda run: Profile(run=run)):
        again = what(sales.run)
        assert again.run != sales.run
        assert f"The run {sales.run} was made before and stays as it is." in capsys.readouterr().out
        again.read() if isinstance(again, Import) else again.close()
    assert {path.name: sha256(path) for path in folder.iterdir()} == before
    assert read_evidence(folder / "run.duckdb", "SELECT value FROM meta WHERE key = 'became'") == [{"value": '"apply"'}]
    (said,) = read_evidence(folder / "run.duckdb", "SELECT confirmed_by FROM plan")
    assert said["confirmed_by"].endswith(" in JupyterLab")


@pytest.mark.promise("P11")
def test_an_auditor_checks_a_run_by_the_page_about_it_alone(desk: Desk, capsys: Any) -> None:
    """Every command and question of docs/evidence.md, on a run."""
    sales = confirmed()
    sales.apply()
    sales.check()
    sales.close()
    folder = desk.workspace.run_folder(sales.run)
    page = (REPOSITORY / "docs" / "evidence.md").read_text(encoding="utf-8")
    script = re.search(r"python3 - <<'END'\n(.*?)\n +END", page, re.S)
    assert script
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script[1])], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    assert "run.duckdb True" in said and "False" not in said
    asked = re.findall(r"^ {8}((?:SELECT)[^;]+);", page, re.M)
    answers = {question: read_evidence(folder / "run.duckdb", question) for question in asked}
    both, *none = [rows for question, rows in answers.items() if "DISTINCT" in question or "NOT " in question]
    assert len(set(both[0].values())) == 1 and none == [[], [], []]
    assert len(asked) == 8 and any("confirmed_by" in question for question in asked)


def test_progress_says_how_many_how_fast_and_how_long_still() -> None:
    now = [100.0]
    line = Line(lambda: now[0])
    line.told({"step": "read", "stream": "salesforce.Account", "done": 1200})
    assert line.text() == "Reading salesforce.Account: 1,200"
    line.told({"step": "apply", "done": 10, "total": 1000})
    assert line.text() == "Writing: 10 of 1,000 records"
    now[0] += 20
    line.told({"step": "apply", "done": 110, "total": 1000})
    assert line.text() == "Writing: 110 of 1,000 records, 5.0 a second, 3 min left"
    line.told({"step": "apply", "waiting_for": "accelo", "waiting_until": "2026-11-28T14:00:00+00:00"})
    assert line.text() == "Waiting until 14:00 UTC: the calls that Accelo answers in an hour are used up"
    assert [lasting(s) for s in (0.2, 12, 150, 4000)] == ["1 s", "12 s", "2 min", "1 h 07 min"]
