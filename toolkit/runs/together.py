"""The part of carrying out a plan that sends many writes to Salesforce in one call.

| writes to Salesforce | go |
|---|---|
| of markers alone (a field that is ours), two or more in a turn | together: nobody's value can be lost |
| of all kinds, in a plan that holds ``sync.group_from`` or more of them | together, read again in the request before |
| others | one by one, with If-Unmodified-Since |

A creation goes with others only where it carries the unique marker, by which a lost one is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from toolkit.errors import LimitReached, ReadOnlyRefused, SystemFailure
from toolkit.mapping.rules import Rules
from toolkit.mapping.wire import NEW, Step
from toolkit.model import Action, ActionType, Plan, RecordState
from toolkit.runs.own_moves import own_moves
from toolkit.runs.poison import heal, source_of
from toolkit.runs.records import Observed
from toolkit.runs.setting import Setting, iso
from toolkit.runs.targets import Targets, holds_already, moved, source_moved
from toolkit.runs.turns import FRESH, SILENCE, Applied
from toolkit.runs.write_group import GroupPen, WholeCallRefused
from toolkit.runs.written import Written
from toolkit.store.state import State

Ready = Sequence[tuple[Action, tuple[Step, ...]]]


def fits(steps: Sequence[Step], many: bool) -> bool:
    """May this action's one write go with others. ``many``: the plan holds so many that all kinds do."""
    if len(steps) != 1 or steps[0].system != "salesforce":
        return False
    step = steps[0]
    if step.op == "create":
        return many and step.marker
    return many or (step.marker and not step.fields)


def goes_in_groups(plan: Plan, group_from: int) -> bool:
    """Does this plan hold so many writes to Salesforce that all kinds go together (0: never)."""
    return 0 < group_from <= sum(action.side == "salesforce" for action in plan.actions)


def together(ready: Ready, many: bool) -> set[str]:
    """The actions of a turn that go in one call: each kind of call needs two."""
    found: dict[str, list[str]] = {}
    for action, steps in ready:
        if fits(steps, many):
            found.setdefault(steps[0].op, []).append(action.id)
    return {id for ids in found.values() if len(ids) > 1 for id in ids}


def _by_company(written: Written) -> bool:
    """Was it refused by an automation, which sees all records of a call at once and may fail for its number or for
    another of them."""
    return getattr(written.error, "code", "") == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


class Together:
    """A part of Hand."""

    _setting: Setting
    _state: State
    _run: str
    _rules: Rules
    _observed: Observed
    _targets: Targets
    _group_pen: GroupPen
    _from_afar: bool
    _created: dict[str, dict[str, str]]
    _done: dict[str, int]
    _silence: int
    result: Applied
    _ready: Callable[..., tuple[Step, ...] | None]
    _skip: Callable[..., None]
    _not_applied: Callable[[Action, Written], bool]
    _look: Callable[[Ready], None]
    _looked: datetime
    _patiently: Callable[[Action, tuple[Step, ...]], bool]
    _cancelled: Callable[[], bool]
    _tell: Callable[[], None]

    def _walk(self, actions: Sequence[Action], grouped: set[str], later: list[Action]) -> list[Action]:
        """Write these one by one, then at once those that go together. Returns what has to come after them."""
        group: dict[str, Action] = {}  # by pair
        after: list[Action] = []
        for place, action in enumerate(actions):
            if self._cancelled():
                self.result.cancelled = True
                return []
            if self._silence >= SILENCE:
                later.append(action)
            elif action.pair in group or any(action.pair == each.pair for each in after):
                after.append(action)
            elif action.id in grouped:
                group[action.pair] = action
            else:
                self._look_again(actions[place:], grouped)
                planned = self._ready(action, later)  # the site may have been learnt since
                if planned is not None and not self._patiently(action, planned):
                    later.append(action)
                self._tell()
        if group and self._cancelled():
            self.result.cancelled = True
            return []
        if group:
            alone = self._as_groups(group.values(), later)
            grouped -= {action.id for action in alone}
            after = alone + after
            self._tell()
        return after

    def _look_again(self, rest: Sequence[Action], grouped: Collection[str]) -> None:
        """What was read for a turn is read again once it is ``FRESH`` old: what people type meanwhile is seen."""
        if self._setting.clock() - self._looked >= FRESH:
            self._look([(action, planned) for action in rest if action.id not in grouped
                        and (planned := self._ready(action, [], early=True)) is not None])  # fmt: skip

    def _overtaken(self, action: Action, planned: Sequence[Step]) -> bool:
        """Is there nothing (left) to write, since the target or the source moved; its outcome is noted then.

        Of an action that has begun (an answer was lost, or the limit was reached, and time passed) the fields are
        looked at that are still to be written."""
        if not action.side:
            return False
        begun = action.id in self._done
        names = {name for step in planned for name in step.fields} if begun else None
        id = action.accelo_id if action.side == "accelo" else action.salesforce_id
        if id or begun:
            target = self._observed.record(action.side, action.kind, id or self._created[action.id][NEW])
            if not begun and action.type is ActionType.UPDATE and holds_already(action, target, self._rules):
                self._skip(action, "It is so already.", RecordState.UNCHANGED)
                return True
            problem = moved(action, target, self._rules, action.side, names)
            if not problem and (begun or "leaves" in action.refs):
                problem = self._left_place_moved(action, planned)
            if problem:
                self._skip(action, problem)
                return True
        if self._from_afar and not begun:
            where, kind, source = source_of(action)
            problem = source_moved(action, self._observed.record(where, kind, source), self._rules)
            if problem:
                self._skip(action, problem)
                return True
        return False

    def _left_place_moved(self, action: Action, planned: Sequence[Step]) -> str:
        """What somebody typed at the place that a contact is about to leave; it would go out of sight."""
        old = action.refs.get("leaves") or action.refs.get("affiliation")
        if action.type is not ActionType.MOVE or not old or all(step.target != old for step in planned):
            return ""
        there = self._observed.record("accelo", "contact", action.accelo_id or "", affiliation=old)
        places = {name for name, rule in self._rules.contacts.fields.items() if rule.place[0] == "affiliation"}
        return moved(action, there, self._rules, "accelo", places)

    def _finished(self, action: Action) -> None:
        """All its writes are done: what moves in our own links and bases, and what is said of it."""
        own_moves(self._state, action, self._run)
        heal(self._state, action, iso(self._setting.clock()))
        made = action.type is ActionType.CREATE
        self.result.outcomes[action.id] = (RecordState.CREATED if made else RecordState.UPDATED, "")

    def _as_groups(self, actions: Collection[Action], later: list[Action]) -> list[Action]:
        """Send these, creations and updates apart. Returns those that must be sent one by one instead."""
        alone: list[Action] = []
        by_op: dict[str, list[tuple[Action, Step]]] = {}
        for action in actions:
            steps = self._ready(action, later)
            if steps:
                by_op.setdefault(steps[0].op, []).append((action, steps[0]))
        for items in by_op.values():
            alone += self._as_group(items, later)
        return alone

    def _as_group(self, items: list[tuple[Action, Step]], later: list[Action], *, again: bool = False) -> list[Action]:
        """One call: read the targets again, leave out what moved, write the rest."""
        self._setting.salesforce_reader.reserve(2 + 5)
        self._targets.refresh([(action, (step,)) for action, step in items])
        items = [(action, step) for action, step in items if not self._overtaken(action, (step,))]
        if not items:
            return []
        try:
            results = self._group_pen.write(items, self._wrote)
        except WholeCallRefused:
            return [action for action, _ in items]
        alone = [action for (action, _), written in zip(items, results, strict=True) if _by_company(written)]
        unsent = [
            item for item, written in zip(items, results, strict=True) if isinstance(written.error, SystemFailure)
        ]
        asked = self._silence
        for (action, _), written in zip(items, results, strict=True):
            if isinstance(written.error, ReadOnlyRefused):
                self._skip(action, written.error.message)
            elif written.state == "applied" or isinstance(written.error, SystemFailure) or _by_company(written):
                continue
            elif not self._not_applied(action, written):
                later.append(action)
        answered = any(written.state != "unknown" for written in results)
        self._silence = 0 if answered else min(self._silence, asked + 1)  # one request, one lost answer
        if unsent:
            error = next(written.error for written in results if isinstance(written.error, SystemFailure))
            if again or not isinstance(error, LimitReached):
                raise error
            alone += self._as_group(unsent, later, again=True)  # waits until there are calls again
        return alone

    def _wrote(self, action: Action) -> None:
        """Inside the transaction of its outcome."""
        self._done[action.id] = 1
        self._finished(action)
