"""Carries out the steps of a scenario and watches what must hold in every one of them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.runs.bed import Bed
from tests.scenarios import expect
from tests.scenarios.one_run import Seen, run_once
from tests.scenarios.stage import Stage
from tests.scenarios.story import Story, crowd
from toolkit.settings import set_value
from toolkit.store.inbox import Rule

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Player:
    def __init__(self, story: Story, stage: Stage) -> None:
        self.story, self.stage, self.bed, self.served = story, stage, stage.bed, stage.served
        self.plans: dict[str, str] = {}
        self.seen = Seen()
        self.read_only_from: int | None = None
        self.reads = 0
        self.state_moved = False

    @property
    def now(self) -> str:
        return self.stage.clock().isoformat()

    def play(self) -> None:
        for name, value in self.story.settings.items():
            set_value(self.bed.folder, name, str(value))
        for path, fields in self.story.start:
            self.stage.create(path, fields)
        for number, step in enumerate(self.story.steps, 1):
            try:
                self._step(step)
            except AssertionError as error:
                raise AssertionError(f"{self.story.name}, step {number} {_brief(step)}: {error}") from None
        self.settle()

    def settle(self) -> None:
        """What holds at the end of every scenario, unless it says why not."""
        if self.seen.ends == "done" and self.seen.mode != "plan" and "quiet" not in self.story.exempt:
            self.served.no_faults()
            again = self.run("sync poll")
            assert again.ends == "done" and not sum(again.writes.values()), (
                f"P5: the next run {again.ends}, wrote {again.writes}, {again.counts.get('counts')}"
            )
            assert again.requests <= 8, f"P5: the next run asked {again.requests} requests"
            open_ = self.bed.state.journal.unresolved()
            assert not open_, f"{len(open_)} writes without an answer are left"
        self._end_of_read_only()
        if not self.state_moved and "journal" not in self.story.exempt:
            expect.journal_is_the_log(self.bed)

    def _step(self, step: Mapping[str, Any]) -> None:
        verb = next((name for name in step if name not in ("expect", "ends", "as", "plan")), None)
        if verb == "run":
            self.seen = self.run(step["run"], plan=step.get("plan", "last"), name=step.get("as", "last"))
            wanted = step.get("ends", "done")
            assert self.seen.ends == wanted, (
                f"it ended {self.seen.ends!r}, not {wanted!r} {self.seen.brakes} {self.seen.counts}"
            )
        elif verb:
            getattr(self, f"_{verb}")(step[verb])
        if "expect" in step:
            expect.check(step["expect"], self.stage, self.seen)

    # runs

    def run(self, what: str, plan: str = "last", name: str = "last") -> Seen:
        """A run as a step names it; a plan that waits for a person is remembered."""
        seen, hash = run_once(self.bed, what, self.plans.get(plan, ""))
        if hash and seen.mode != "apply":
            self.plans["last"] = self.plans[name] = hash
        return seen

    # people and circumstances

    def _edit(self, said: Mapping[str, Any]) -> None:
        for path, fields in _paths(said):
            self.stage.edit(path, fields)

    def _create(self, said: Mapping[str, Any]) -> None:
        for path, fields in _paths(said):
            for each, row in crowd(path, fields):
                self.stage.create(each, row)

    def _delete(self, paths: list[str]) -> None:
        for path in paths:
            self.stage.take(path, "delete")

    def _undelete(self, paths: list[str]) -> None:
        for path in paths:
            self.stage.take(path, "undelete")

    def _merge(self, said: Mapping[str, str]) -> None:
        self.stage.take(said["loser"], "merge", {"MasterRecordId": self.stage.must(said["winner"])})

    def _read_only(self, on: bool) -> None:
        if not on:
            self._end_of_read_only()
        self.bed.state.set_read_only(on, self.now)
        if on:
            self.read_only_from = len(self.served.requests())

    def _end_of_read_only(self) -> None:
        """P1: since it was turned on, Salesforce was asked nothing but to read."""
        if self.read_only_from is None:
            return
        asked = [row for row in self.served.requests()[self.read_only_from :] if row["system"] == "salesforce"]
        for row in asked:
            assert not row["writes"] and row["method"] == "GET", (
                f"P1: {row['method']} {row['path']} while read-only was on"
            )
        self.reads += len(asked)
        self.read_only_from = None

    def _decide(self, said: Mapping[str, Any]) -> None:
        """One question, or (all = true) all of a kind."""
        found = [item for item in self.bed.state.inbox.items() if expect.is_about(item.question, said, self.stage)]
        assert found, f"no such question among {[item.question.key for item in self.bed.state.inbox.items()]}"
        assert said.get("all") or len(found) == 1, f"{len(found)} questions are like that"
        choice = said["choice"]
        if "@" in choice:
            words, _, path = choice.partition("@")
            choice = words + self.stage.must(path)
        for item in found:
            choices = item.question.choices
            assert choice in choices or choice.startswith("link:"), f"{choice} is none of {choices}"
            self.bed.state.inbox.decide(item.id, choice, "a person", self.now)

    def _rule(self, said: Mapping[str, str]) -> None:
        self.bed.state.inbox.set_rule(Rule(said["kind"], said.get("field", ""), said["choice"], "a person", self.now))

    def _fault(self, said: Any) -> None:
        if said == "none":
            self.served.no_faults()
        else:
            match = {name: said[name] for name in ("method", "path") if name in said}
            rest = {name: value for name, value in said.items() if name not in match}
            self.served.post("/faults", [{"match": match} | rest])

    def _switch(self, said: Mapping[str, Any]) -> None:
        self.served.post("/switches", dict(said))

    def _setting(self, said: Mapping[str, Any]) -> None:
        for name, value in said.items():
            set_value(self.bed.folder, name, str(value))

    def _clock(self, said: Mapping[str, float]) -> None:
        for system, seconds in said.items():
            self.served.post("/clock", {"system": system, "skew_seconds": seconds})

    def _wait(self, text: str) -> None:
        """On our own clock: sweeps become due, records that rest are tried again."""
        self.stage.clock.ahead += timedelta(seconds=int(text[:-1]) * UNITS[text[-1]])

    def _mapping(self, said: Mapping[str, str]) -> None:
        path = self.bed.folder / "mappings" / said["file"]
        text = path.read_text(encoding="utf-8")
        assert said["find"] in text, f"{said['find']!r} is not in {said['file']}"
        path.write_text(text.replace(said["find"], said["replace"], 1), encoding="utf-8")

    def _state(self, what: str) -> None:
        """ "backup" keeps a copy, "restore" brings it back, "lost" deletes the state,
        "restart" only closes and opens it."""
        copy = self.bed.folder.parent / f"{self.bed.folder.name}.backup"
        if what == "backup":
            self.bed.state.database.backup(copy)
            return
        self.bed.workspace.close()
        if what in ("lost", "restore"):
            self.state_moved = True
            for path in self.bed.folder.glob("state.sqlite*"):
                path.unlink()
            if what == "restore":
                shutil.copy(copy, self.bed.folder / "state.sqlite")
        self.bed.again()
        self.bed.workspace.clock = self.stage.clock
        self.bed.number += 100

    def _note(self, text: str) -> None:
        """A sentence for the reader."""


def new_player(story: Story, bed: Bed, places: Mapping[str, dict[str, str]]) -> Player:
    return Player(story, Stage(bed, places))


def _paths(said: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (f"{side}.{obj}.{name}", fields)
        for side, objects in said.items()
        for obj, named in objects.items()
        for name, fields in named.items()
    ]


def _brief(step: Mapping[str, Any]) -> str:
    return "(" + ", ".join(f"{name} = {value!r}"[:80] for name, value in step.items() if name != "expect") + ")"
