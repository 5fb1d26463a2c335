"""One history: a town, a desk, and the steps in which both go on.
After each run the promises that hold at once are checked."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import Any

from tests.machine import lost, oracle
from tests.machine.books import Books
from tests.machine.desk import Desk
from tests.machine.faults import FAULTS, ONLY
from tests.machine.lab import Lab
from tests.machine.moments import Moments
from tests.machine.town import Town, Typed
from toolkit.errors import AuthFailed, LeaseHeld, ToolkitError
from toolkit.runs.poison import PATIENCE
from toolkit.store.inbox import Item

ROUNDS = 5
"""Answers may lead to questions (a pair that was linked by hand, and then differs), but not for ever."""


class History:
    """``windows`` counts what R1-R4 excuse; ``steps`` is what happened, for the message of a failure."""

    def __init__(self, lab: Lab, desk: Desk, **switches: Any) -> None:
        lab.fresh(**switches)
        self.lab, self.desk, self.town = lab, desk, Town(lab)
        self.windows: Counter[str] = Counter()
        self.steps: list[str] = []
        self.plans: list[str] = []
        self.kept: Path | None = None
        self.state_moved = False
        self.read_only_from: int | None = None
        self.ever_linked: set[tuple[str, str]] = set()
        self.ever_gone: set[tuple[str, str, str]] = set()
        self.ever_there: set[tuple[str, str, str]] = set()
        self.runs = self.deaths = 0
        self.last = (0, 0)
        self.excused: set[Typed] = set()
        self.replaced_before: set[str] = set()  # what decisions had replaced when the state was lost
        self.filled_before: set[str] = set()  # and what they had put there
        self.books = Books(self)
        # run -> the numbers of the last request before it and of its last one
        self.spans: dict[int, tuple[int, int]] = {}
        self.answered = 0
        self.skewed = False

    def say(self, text: str) -> None:
        self.steps.append(text)

    # the toggle, time, the state

    def read_only(self, on: bool) -> None:
        self.say(f"read_only({on})")
        self._toggle(on)

    def _toggle(self, on: bool) -> None:
        oracle.only_read(self)
        self.desk.state.set_read_only(on, self.desk.now)
        self.read_only_from = self.lab.last if on else None

    def wait(self, seconds: float) -> None:
        self.say(f"wait({seconds})")
        self.lab.sleep(seconds)

    def skew(self, system: str, seconds: float) -> None:
        self.say(f"skew({system!r}, {seconds})")
        self.skewed |= system == "salesforce"
        self.lab.skew(system, seconds)

    def keep_state(self) -> None:
        self.say("keep_state()")
        self.kept = self.desk.folder.with_suffix(".kept")
        self.kept.unlink(missing_ok=True)
        self.desk.keep(self.kept)

    def lose_state(self) -> None:
        """Back to the copy that was kept, or to nothing."""
        self.say("lose_state()")
        self.replaced_before |= lost.replaced(self.desk.state)
        self.filled_before |= lost.filled(self.desk.state)
        self.books.state_is_lost()
        self.desk.lose(self.kept)
        self.state_moved, self.plans = True, []

    def late_before(self, n: int) -> bool:
        """Did a reading before that request miss rows that were committed late."""
        return any(row["fault"] == "late_commit" and row["n"] < n for row in self.lab.requests())

    # people

    def edit(self, side: str, who: int, what: int, blank: bool = False) -> None:
        self.say(f"edit({side!r}, {who}, {what}, {blank})")
        self.last = (who, what)
        self.town.edit(side, who, what, blank)

    def create(self, side: str, kind: str, at: int) -> None:
        self.say(f"create({side!r}, {kind!r}, {at})")
        self.town.create(side, kind, at)

    def move(self, who: int, to: int) -> None:
        self.say(f"move({who}, {to})")
        self.town.move(who, to)

    def delete(self, side: str, kind: str, who: int) -> None:
        self.say(f"delete({side!r}, {kind!r}, {who})")
        self.town.delete(side, kind, who)

    def undelete(self, which: int) -> None:
        self.say(f"undelete({which})")
        self.town.undelete(which)

    def merge(self, kind: str, who: int, into: int) -> None:
        self.say(f"merge({kind!r}, {who}, {into})")
        self.town.merge(kind, who, into)

    def decide(self, which: int, choice: int) -> None:
        """Answer one open question."""
        items = [item for item in self.desk.state.inbox.items() if item.question.choices]
        if items:
            item = items[which % len(items)]
            chosen = item.question.choices[choice % len(item.question.choices)]
            self.say(f"decide({which}, {choice})  # {item.question.key} {chosen}")
            self.desk.state.inbox.decide(item.id, chosen, "a person", self.desk.now)

    # runs

    def sync(
        self,
        *,
        full: bool = False,
        faults: tuple[tuple[str, int, int], ...] = (),
        die_at: int = 0,
        amid: tuple[tuple[int, str, tuple[Any, ...]], ...] = (),
    ) -> Any:
        """``faults``: (system, index of FAULTS, n-th request); ``amid``: (n-th request, what, arguments)."""
        self.say(f"sync(full={full}, faults={faults}, die_at={die_at}, amid={amid})")
        return self._run("sync", faults, die_at, amid, yes=True, full=full)

    def plan(self) -> None:
        self.say("plan()")
        run, _, _ = self._run("plan", (), 0, ())
        if run.planned:
            self.plans.append(run.planned.hash)

    def apply(
        self,
        which: int,
        *,
        faults: tuple[tuple[str, int, int], ...] = (),
        die_at: int = 0,
        amid: tuple[tuple[int, str, tuple[Any, ...]], ...] = (),
    ) -> None:
        """A plan that was made earlier is confirmed now."""
        if self.plans:
            self.say(f"apply({which}, faults={faults}, die_at={die_at}, amid={amid})")
            self._run("apply", faults, die_at, amid, confirmed=self.plans[which % len(self.plans)])

    def _run(self, mode: str, faults: Any, die_at: int, amid: Any, **options: Any) -> Any:
        self.runs += 1
        for system, index, nth in faults:
            kind, how = FAULTS[index % len(FAULTS)]
            self.lab.fault(ONLY.get(kind, system), kind, nth, **({"times": 1} | how))
        moments = Moments(die_at)
        moments.on_request = self.books.leaving
        for request, what, given in amid:
            act = moments.die if what == "die" else functools.partial(self._amid, what, given)
            moments.when(request, act)
        self.town.run = self.runs
        before = self.lab.last
        try:
            run, result, error = self.desk.run(mode, moments, **options)
        finally:
            self.town.run = 0
            self.lab.no_faults()
        self.spans[self.runs] = (before, self.lab.last)
        self.deaths += result is None and error is None
        if getattr(run, "checked", None) is not None:
            assert run.checked.ok, f"P7: {run.checked.findings}"
        self.books.after_run(run, result, before)
        oracle.after_run(self, before)
        return run, result, error

    def _amid(self, what: str, given: tuple[Any, ...]) -> None:
        """Something that happens while a run waits for an answer."""
        if what == "read_only":
            self._toggle(bool(given[0]))
        elif what == "same":  # the field that was typed in last, where a write may be on its way
            self.town.edit(given[0], *self.last)
        elif what == "second":
            self._second_run()
        else:
            getattr(self.town, what)(*given)

    def _second_run(self) -> None:
        """P17: another process starts a run while this one goes on."""
        other = self.desk.copy_handle()
        try:
            run = other.open_run(f"run-{self.runs:03d}-second", "sync", yes=True)
            try:
                run.read()
            except LeaseHeld:
                return
            except ToolkitError as error:
                raise AssertionError(f"P17: a second run went on and ended with {error!r}") from None
            raise AssertionError("P17: a second run read while the first one wrote")
        finally:
            other.close()

    # the end

    def settle(self) -> None:
        """Edits stop, systems are well, the inbox is answered: then everything must be in its place
        (P4-P8, P16, P20)."""
        self.say("settle()")
        for system in ("salesforce", "accelo"):
            self.lab.skew(system, 0)
        if self.desk.state.read_only:
            self._toggle(False)
        self.lab.sleep(25 * 3600)  # the zombies have landed, what was refused is tried again
        retried: set[str] = set()
        for _ in range(ROUNDS):
            refused = self._being_refused()
            questions = self._two_runs()
            if not questions and self._being_refused() in (refused, {}):  # the same: nothing is to be written any more
                break
            for item in questions:
                self.desk.state.inbox.decide(item.id, oracle.answer(item.question, retried), "a person", self.desk.now)
            self.answered += len(questions)
        else:
            raise AssertionError(f"P6: it asks and asks: {[item.question.key for item in questions]}")
        oracle.converged(self)
        before = self.lab.last
        _, result, error = self._run("sync", (), 0, (), yes=True)
        asked = self.lab.requests(before)
        assert result is not None and not [row for row in asked if row["writes"]], f"P5: the next run wrote {error!r}"
        assert len(asked) <= 8, f"P5: the next run asked {len(asked)} requests"
        oracle.at_the_end(self)

    def _being_refused(self) -> dict[str, tuple[int, str]]:
        """The records that were refused, and not yet often enough for a person to be told: they are tried again.
        How often, and when for the last time."""
        poison = self.desk.state.inbox.poison()
        return {f"{item.side}:{item.id}": (item.times, item.next_try) for item in poison if item.times < PATIENCE}

    def _two_runs(self) -> list[Item]:
        """What P6 grants once edits stopped and nothing waits: a poll, and a run with --full. What they ask."""
        for full in (False, True):
            _, result, error = self._run("sync", (), 0, (), yes=True, full=full)
            if isinstance(error, AuthFailed) and (self.deaths or self.lab.lost_sign_in()):
                # it died between the answer that rotated the refresh token and the moment at which the new one was
                # kept, or that answer was lost: the old one is dead, the new one nobody knows. A person connects again;
                # nothing else is lost.
                self.say("sign_in()")
                self.desk.sign_in()
                _, result, error = self._run("sync", (), 0, (), yes=True, full=full)
            assert result is not None, f"a run without any fault ended with {error!r}"
        return [item for item in self.desk.state.inbox.items() if item.question.choices]
