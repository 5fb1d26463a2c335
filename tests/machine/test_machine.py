"""Two random editors, faults, deaths, toggles and a state that may be lost,
against the real engine and the real sandbox.

A machine looks for the sequence that nobody thought of; a failure prints its steps, which become a named test in
test_regressions.py. The windows R1-R4 are recognised by the oracle, counted and printed.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.machine import walk
from tests.machine.conftest import Beginning
from tests.machine.faults import FAULTS
from tests.machine.history import History
from tests.machine.settings import BEGINNINGS, DRAWN
from tests.machine.walk import SIDES
from tests.tally import told

pytestmark = pytest.mark.promise("P1", "P4", "P5", "P6", "P7", "P8", "P16", "P17", "P18", "P20")

SEQUENCES = int(os.environ.get("TOOLKIT_SEQUENCES", "500"))
SOAK = int(os.environ.get("TOOLKIT_SOAK", "20000"))
few, field, side = st.integers(0, 3), st.integers(0, 8), st.sampled_from(SIDES)
kind = st.sampled_from(("company", "contact"))
fault = st.tuples(side, st.integers(0, len(FAULTS) - 1), st.integers(1, 8))
faults = st.lists(fault, max_size=2).map(tuple)
moment = st.one_of(
    st.tuples(st.integers(1, 15), st.just("edit"), st.tuples(side, few, field)),
    st.tuples(st.integers(5, 10), st.just("same"), st.tuples(side)),
    st.tuples(st.integers(1, 15), st.just("read_only"), st.tuples(st.booleans())),
    st.tuples(st.integers(1, 15), st.just("second"), st.just(())),
    st.tuples(st.integers(1, 15), st.just("move"), st.tuples(few, few)),
)
drawn = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in DRAWN.items()})
edit = st.tuples(
    st.sampled_from((SIDES, SIDES[:1], SIDES[1:])), few, field, st.sampled_from((False, False, False, True))
)
typing = st.lists(edit, min_size=1, max_size=4)
moments = st.lists(moment, max_size=2).map(tuple)
death = st.one_of(st.just(0), st.just(0), st.integers(1, 90))


def machine_of(beginning: Beginning) -> type[RuleBasedStateMachine]:
    class Machine(RuleBasedStateMachine):
        history: History | None = None

        @initialize(start=st.integers(0, len(BEGINNINGS) - 1), switches=drawn, opening=typing)
        def begin(self, start: int, switches: dict[str, str], opening: Any) -> None:
            self.history = beginning.begin(start, **switches)
            self.has_plans = False
            self.edits(opening)

        def told(self) -> History:
            assert self.history is not None
            return self.history

        @rule(several=typing)
        def edits(self, several: Any) -> None:
            """People type at the same time, often in the same field on both sides."""
            for sides, who, what, blank in several:
                for each in sides:
                    self.told().edit(each, who, what, blank)

        @rule(several=typing, faults=faults, die_at=death, amid=moments)
        def edits_and_sync(self, several: Any, faults: Any, die_at: int, amid: Any) -> None:
            self.edits(several)
            self.told().sync(faults=faults, die_at=die_at, amid=amid)

        @rule(full=st.sampled_from((False, False, False, True)), faults=faults, die_at=death, amid=moments)
        def sync(self, full: bool, faults: Any, die_at: int, amid: Any) -> None:
            self.told().sync(full=full, faults=faults, die_at=die_at, amid=amid)

        @rule()
        def plan(self) -> None:
            self.told().plan()
            self.has_plans = True

        @precondition(lambda self: getattr(self, "has_plans", False))
        @rule(which=few, faults=faults, die_at=death, amid=moments)
        def apply(self, which: int, faults: Any, die_at: int, amid: Any) -> None:
            self.told().apply(which, faults=faults, die_at=die_at, amid=amid)

        @rule(side=side, kind=kind, at=few)
        def create(self, side: str, kind: str, at: int) -> None:
            self.told().create(side, kind, at)

        @rule(who=few, to=few)
        def move(self, who: int, to: int) -> None:
            self.told().move(who, to)

        @rule(side=side, kind=kind, who=few)
        def delete(self, side: str, kind: str, who: int) -> None:
            self.told().delete(side, kind, who)

        @rule(which=few)
        def undelete(self, which: int) -> None:
            self.told().undelete(which)

        @rule(kind=kind, who=few, into=few)
        def merge(self, kind: str, who: int, into: int) -> None:
            self.told().merge(kind, who, into)

        @rule(on=st.booleans())
        def read_only(self, on: bool) -> None:
            self.told().read_only(on)

        @rule(which=few, choice=few)
        def decide(self, which: int, choice: int) -> None:
            self.told().decide(which, choice)

        @rule(back=st.booleans())
        def state(self, back: bool) -> None:
            self.told().lose_state() if back else self.told().keep_state()

        @rule(system=side, seconds=st.sampled_from((-7200.0, -90.0, 90.0, 3600.0)))
        def skew(self, system: str, seconds: float) -> None:
            self.told().skew(system, seconds)

        @rule(seconds=st.sampled_from((2.0, 60.0, 400.0, 7200.0)))
        def wait(self, seconds: float) -> None:
            self.told().wait(seconds)

        def teardown(self) -> None:
            if self.history is None:
                return
            history, self.history = self.history, None
            try:
                history.settle()
            except BaseException:
                print("\n".join(f"history.{step}" for step in history.steps))
                raise
            beginning.count(history)

    return Machine


@pytest.fixture(autouse=True)
def printed(beginning: Beginning, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """What was tried, and which windows were met."""
    beginning.totals.clear()
    beginning.windows.clear()
    yield
    told("state machine", dict(beginning.totals), dict(beginning.windows))
    with capsys.disabled():
        print(f"\n  {dict(beginning.totals)} windows {dict(beginning.windows) or 'none'}")


@pytest.mark.timeout(2400)
def test_p1_p4_p5_p6_p7_p8_p17_p18_p20_hold_over_sequences_that_a_machine_invents(beginning: Beginning) -> None:
    run_state_machine_as_test(
        machine_of(beginning),
        settings=settings(  # type: ignore[arg-type]  # a class makes machines
            max_examples=SEQUENCES,
            stateful_step_count=8,
            derandomize=True,
            deadline=None,
            database=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.soak
def test_p1_p4_p5_p6_p7_p8_p17_p18_p20_hold_over_many_random_histories(
    beginning: Beginning, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seeds instead of examples: any of them can be played alone. It goes on after a failure and fails at its end."""
    first = int(os.environ.get("TOOLKIT_SEED", "0")) or random.SystemRandom().randrange(10**9)
    failed: dict[int, str] = {}
    began = time.monotonic()
    for done, seed in enumerate(range(first, first + SOAK), start=1):
        history = walk.begun(beginning, seed)
        try:
            walk.walk(history, seed, 14)
        except Exception as error:  # an oracle's word, or a bug anywhere: all are told together at the end
            failed[seed] = f"{error!r}"[:2000]
            steps = "\n".join(f"history.{step}" for step in history.steps)
            tell(capsys, f"\nseed {seed}: {failed[seed]}\n{steps}")
        else:
            beginning.count(history)
        if done % 100 == 0 or done == SOAK:
            rate = done / (time.monotonic() - began)
            left = timedelta(seconds=round((SOAK - done) / rate))
            windows = dict(beginning.windows)
            tell(capsys, f"{done} of {SOAK}, {rate:.1f} a second, {left} left, {len(failed)} failed, windows {windows}")
    assert not failed, (
        f"{len(failed)} of {SOAK} histories failed (play one with TOOLKIT_SEED=… TOOLKIT_SOAK=1): {failed}"
    )


def tell(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """On the screen at once: a soak takes hours."""
    with capsys.disabled():
        print(text, flush=True)
