"""Applying a confirmed plan: exactly its actions, in its order, each checked against the target just before.

An action whose answer was lost blocks its pair and waits; when all others are done, the lost answers are looked up
(after the grace), and what turns out not to have been applied, or waited for it, gets one more turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from toolkit.errors import (
    DoubtfulRefusal,
    DuplicateRecord,
    LimitReached,
    ReadOnlyRefused,
    RecordGone,
    RecordRejected,
    Unavailable,
)
from toolkit.mapping.rules import Rules
from toolkit.mapping.site import NEW
from toolkit.mapping.wire import Site, Step, steps
from toolkit.model import Action, Plan, RecordState
from toolkit.runs.own_moves import company_of, done_before, stale
from toolkit.runs.poison import note_failure, rests
from toolkit.runs.records import Observed
from toolkit.runs.resolve import Resolver
from toolkit.runs.setting import Setting, iso
from toolkit.runs.streams import OWN
from toolkit.runs.targets import Targets
from toolkit.runs.together import Together, goes_in_groups, together
from toolkit.runs.turns import SILENCE, Applied, groups, reserve, wait_for_grace
from toolkit.runs.write import Pen
from toolkit.runs.write_group import GroupPen
from toolkit.runs.written import Written, stands_for

TURNS = 3


class Hand(Together):
    """Carries out one plan. ``beat`` tells progress; ``cancelled`` is asked before each action."""

    def __init__(
        self,
        setting: Setting,
        run: str,
        rules: Rules,
        site: Site,
        observed: Observed,
        targets: Targets,
        pen: Pen,
        resolver: Resolver,
        beat: Callable[..., None],
        cancelled: Callable[[], bool],
        *,
        from_afar: bool = False,
    ) -> None:
        self._setting, self._state, self._run, self._rules, self._site = setting, setting.state, run, rules, site
        self._observed, self._targets, self._pen, self._resolver = observed, targets, pen, resolver
        self._beat, self._cancelled, self._from_afar = beat, cancelled, from_afar
        self._group_pen = GroupPen(setting, pen)
        self._created: dict[str, dict[str, str]] = {}  # action -> what "@new" and "@affiliation" stand for
        self._done: dict[str, int] = {}  # action -> steps that were applied
        self._lost: set[str] = set()  # pairs with an unknown outcome
        self._refused: dict[str, RecordRejected] = {}  # action -> its refusal as a duplicate, to be looked up
        self._told = datetime.min.replace(tzinfo=setting.clock().tzinfo)
        self._silence = 0  # lost answers in a row
        self._looked = self._told  # when the targets of this turn were read
        self.result = Applied()

    def apply(self, plan: Plan) -> Applied:
        """Raises SystemFailure when a system as a whole fails; what is done stays done and the rest waits."""
        for pair, bases in plan.base_moves.items():
            if self._state.links.get(pair) is not None:
                self._state.links.move_bases(pair, bases, self._run)
        waiting = list(plan.actions)
        self._total = len(waiting)
        self._many = goes_in_groups(plan, self._setting.settings.sync.group_from)
        try:
            for _ in range(TURNS):
                waiting = self._pass(waiting)
                if not waiting or self.result.cancelled:
                    break
                wait_for_grace(self._setting, self._beat, self._cancelled)
                self._resolver.resolve(self._run)
                self._lost.clear()
                waiting = [action for action in waiting if self._again(action)]
            if waiting and self._silence >= SILENCE and not self.result.cancelled:
                raise Unavailable(
                    "A system", "it gives no answers to writes.", next_step="Run again later; what is done stays done."
                )
        finally:
            self.result.writes = dict(self._pen.written)
            self.result.unknown = len(self._state.journal.unresolved())
        return self.result

    def _pass(self, actions: Sequence[Action]) -> list[Action]:
        later: list[Action] = []
        self._silence = 0
        for chunk in groups(actions, contact_first=self._site.contact_post_profile is None):
            if self._silence >= SILENCE:  # an outage: the others wait until the lost answers were looked up
                later += [action for action in chunk if action not in later]
                continue
            ready = [
                (action, planned) for action in chunk if (planned := self._ready(action, later, early=True)) is not None
            ]
            grouped = together(ready, self._many)
            self._look([(action, planned) for action, planned in ready if action.id not in grouped])
            queue = [action for action, _ in ready]
            while queue:
                queue = self._walk(queue, grouped, later)
            if self.result.cancelled:
                break
        return later

    def _look(self, ready: Sequence[tuple[Action, tuple[Step, ...]]]) -> None:
        """Wait until these writes fit into the limits, then read again what they are about to change."""
        reserve(self._setting, ready)
        self._targets.refresh(ready)
        self._looked = self._setting.clock()

    def _patiently(self, action: Action, planned: tuple[Step, ...]) -> bool:
        """One action; when the limit is reached in the middle (others use it too), wait, read again, and go on."""
        try:
            return self._one(action, planned)
        except LimitReached:
            rest = planned[self._done.get(action.id, 0) :]
            reserve(self._setting, [(action, rest)])
            self._targets.refresh([(action, rest)])
            return self._one(action, rest)

    def _ready(self, action: Action, later: list[Action], *, early: bool = False) -> tuple[Step, ...] | None:
        """The steps that are left of an action; None (with the outcome noted) when it cannot be carried out now.

        ``early``: others of its group come before it and may still make its link."""
        if action.pair in self._lost or (action.parent and action.parent in self._lost):
            if action not in later:
                later.append(action)
            return None
        if action.id not in self._done and not early:
            if done_before(self._state, action):
                return self._not_now(action, "It was done already.", RecordState.UNCHANGED)
            problem = stale(self._state, action)
            if problem:
                self._skip(action, problem)
                return None
        if action.side == "salesforce" and self._state.read_only:
            return self._not_now(action, "Read-only is on: nothing is sent to Salesforce.")
        if rests(self._state, action, iso(self._setting.clock())):
            return self._not_now(
                action, "It was refused several times for the same reason; it is tried again later.", RecordState.FAILED
            )
        parent = company_of(self._state, action)
        if parent is None:
            return self._not_now(action, "Its company is not linked yet.")
        refs = {"parent": parent} if parent else {}
        left = steps(action, self._rules, refs, self._site)[self._done.get(action.id, 0) :]
        made = self._created.get(action.id, {})  # known: its creation was carried out, and the rest waited
        return tuple(replace(step, target=made.get(step.target or "", step.target)) for step in left)

    def _skip(self, action: Action, reason: str, state: RecordState = RecordState.WAITING) -> None:
        """Note why an action is not carried out."""
        self.result.outcomes[action.id] = (state, reason)

    def _not_now(
        self, action: Action, reason: str, state: RecordState = RecordState.WAITING
    ) -> tuple[Step, ...] | None:
        self._skip(action, reason, state)
        return None

    def _one(self, action: Action, planned: tuple[Step, ...]) -> bool:
        """Carry out one action; False when it must have another turn after the lost answers were looked up."""
        if self._overtaken(action, planned):
            return True
        for step in planned:
            if step.if_missing and self._has_marker(action, step):
                self._done[action.id] = self._done.get(action.id, 0) + 1
                continue
            try:
                written = self._pen.write(action, step, self._created.get(action.id, {}))
            except ReadOnlyRefused as error:
                self._skip(action, error.message)
                return True
            if written.state != "applied":
                return self._not_applied(action, written)
            if step.op == "create" and step.target is None:
                self._created[action.id] = stands_for(written)
            self._done[action.id] = self._done.get(action.id, 0) + 1
            self._silence = 0
        self._finished(action)
        return True

    def _not_applied(self, action: Action, written: Written) -> bool:
        # a refusal as a duplicate is an answer, but no proof: a first copy of the request may have been applied
        refused = isinstance(written.error, RecordRejected)  # answered, if doubtfully: no sign of an outage
        self._silence = self._silence + 1 if written.state == "unknown" and not refused else 0
        if written.state == "unknown":
            self._lost.add(action.pair)
            if isinstance(written.error, (DuplicateRecord, DoubtfulRefusal)):  # a first copy may have been applied
                self._refused[action.id] = written.error
            self._skip(action, "Its answer was lost; it is looked up before anything else happens to it.")
            return False
        error = written.error
        if isinstance(error, RecordGone):
            self._skip(action, "The record is not there any more.")
        elif isinstance(error, RecordRejected):
            self._failed(action, error)
        return True

    def _failed(self, action: Action, error: RecordRejected) -> None:
        note_failure(self._state, action, error, self._run, iso(self._setting.clock()))
        self._skip(action, error.message, RecordState.FAILED)

    def _has_marker(self, action: Action, step: Step) -> bool:
        """Did the creation keep the marker; learnt once, then known for all."""
        id = self._created.get(action.id, {}).get(NEW, "")
        kept = self._targets.holds_value(action.kind, id, str(step.payload["field_id"]), str(step.payload["value"]))
        if action.kind == "contact" and self._site.contact_post_profile is None:
            self._site = Site(**{**vars(self._site), "contact_post_profile": kept})
            self._state.put("shape", self._state.get("shape", {}) | {"contact_post_profile": kept})
        return kept

    def _again(self, action: Action) -> bool:
        """After the look-up: has this action still something to do in this run."""
        intents = self._state.journal.of_action(action.id, self._run)
        last = intents[-1] if intents else None
        if last is not None and last.state == "not_applied" and (error := self._refused.pop(action.id, None)):
            self._failed(action, error)  # looked up, and not there: the system meant it
            return False
        if last is None or last.state == "not_applied":
            return True
        if last.state == "applied":
            if last.op == "create" and last.target is None and last.resource == OWN[last.side, last.kind].resource:
                row = self._state.seen.get(OWN[last.side, last.kind].name, [last.result or ""]).get(last.result or "")
                self._created[action.id] = stands_for(Written("applied", last.result, row.row if row else None))
            self._done[action.id] = self._done.get(action.id, 0) + 1
            return True
        self._skip(action, last.note or "Somebody changed the record meanwhile; the next run looks at it again.")
        return False

    def _tell(self) -> None:
        now = self._setting.clock()
        if now - self._told > timedelta(seconds=0.5):
            self._told = now
            self._beat("apply", done=len(self.result.outcomes), total=self._total)


__all__ = ["Applied", "Hand"]
