"""Writing sales and tickets: one request each, journalled before it leaves and settled with its answer.

Each creation is checked just before: its source must be as the plan saw it (asked for 200 records at once), and nobody
may have imported it meanwhile. A lost answer is looked up by the marker line that travelled in the request itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from toolkit.errors import DoubtfulRefusal, LimitReached, OutcomeUnknown, RecordRejected, SystemFailure
from toolkit.mapping.item_wire import held, item_step, item_values, same
from toolkit.model import Action, ActionType, ImportKind, Link, LinkState, Plan, RecordState, digest
from toolkit.runs.apply import Applied
from toolkit.runs.import_resolve import ItemResolver
from toolkit.runs.import_stale import stale
from toolkit.runs.lease import Lease
from toolkit.runs.outcome import applied, ended
from toolkit.runs.setting import Setting, iso
from toolkit.runs.settle import change_rows
from toolkit.store.journal import Intent

CHUNK = 200
"""Sources that are checked at once."""
CHECKS: Mapping[ImportKind, int] = {"sale": 2, "ticket": 1}
"""Requests to Salesforce for each chunk: the records, and the contacts of opportunities."""
LOST = "Its answer was lost; the next run looks it up before anything else."
CORRECT = "Correct the record in Salesforce, or its mapping, then import again."
TOLD_EVERY = timedelta(seconds=0.5)


class ItemHand:
    """Carries out one import plan. ``beat`` tells progress; ``cancelled`` and ``paused`` are asked for each record."""

    def __init__(
        self,
        setting: Setting,
        run: str,
        kind: ImportKind,
        zone: ZoneInfo,
        lease: Lease,
        beat: Callable[..., None],
        cancelled: Callable[[], bool],
        paused: Callable[[], bool],
    ) -> None:
        self._setting, self._state, self._run, self._kind, self._zone = setting, setting.state, run, kind, zone
        self._lease, self._beat, self._cancelled, self._paused = lease, beat, cancelled, paused
        self._number = len(self._state.journal.of_run(run))
        self._resolver = ItemResolver(setting, kind, zone)
        self._began = time.monotonic()
        self._told = datetime.min.replace(tzinfo=setting.clock().tzinfo)
        self._refused: dict[str, RecordRejected] = {}
        self._rested = False  # whether time passed, in a pause or for the quota, since the records were looked at
        self.result = Applied(writes={"salesforce": 0, "accelo": 0})

    def apply(self, plan: Plan) -> Applied:
        """Raises SystemFailure when a system as a whole fails; what is written stays written and is accounted for."""
        writer = self._setting.accelo_writer()
        waiting: list[Action] = list(plan.actions)
        self._total = len(waiting)
        for turn in range(3):
            lost: list[Action] = []
            for chunk in _chunks(waiting):
                moved = stale(self._setting, self._kind, self._zone, chunk)
                for at, action in enumerate(chunk):
                    if self._stop():
                        self.result.cancelled = True
                        return self._done()
                    if self._rested:  # what was looked at before a wait is old after it
                        self._rested = False
                        moved = stale(self._setting, self._kind, self._zone, chunk[at:])
                    if self._one(writer, action, moved.get(action.salesforce_id or "", "")):
                        lost.append(action)
                    self._tell(len(self.result.outcomes))
            if not lost or turn == 2:
                break
            self._wait_for_grace()
            for intent, state in self._resolver.resolve(self._run):
                if state == "applied":
                    self.result.outcomes[intent.action] = (
                        _made(intent.op == "create"),
                        "its lost answer was looked up",
                    )
                    self.result.writes["accelo"] += 1
            waiting = [action for action in lost if self._again(action)]
        return self._done()

    def _done(self) -> Applied:
        kinds = [intent for intent in self._state.journal.unresolved() if intent.kind == self._kind]
        self.result.unknown = len(kinds)
        self._tell(len(self.result.outcomes), force=True)
        return self.result

    def _one(self, writer: Any, action: Action, moved: str) -> bool:
        """Carry out one action; True when its answer was lost."""
        link = self._state.links.get(action.pair)
        if action.type is not ActionType.UPDATE and link is not None and link.accelo_id:
            self.result.outcomes[action.id] = (RecordState.UNCHANGED, "It was imported meanwhile.")
            return False
        if not moved and action.type is ActionType.LINK:
            self._link(action, action.accelo_id or "", {})
            self.result.outcomes[action.id] = (RecordState.UNCHANGED, action.reason)
            return False
        while not moved:
            try:
                return self._write(writer, action)
            except LimitReached as limit:  # definitely not applied; the wait is shown and can be cancelled
                if not self._wait_until(limit):
                    return False
                moved = stale(self._setting, self._kind, self._zone, [action]).get(action.salesforce_id or "", "")
        self.result.outcomes[action.id] = (RecordState.WAITING, moved)
        return False

    def _write(self, writer: Any, action: Action) -> bool:
        step = item_step(action, self._zone)
        intent = self._intent(action, step.op, step.resource, dict(step.payload))
        attempt = f"{intent.id}.1"
        with self._state.transaction():
            self._lease.check()
            self._state.journal.intend(intent, attempt, digest([step.op, step.resource, step.target, step.payload]))
        try:
            if step.op == "create":
                receipt = writer.create(step.resource, step.payload, step.want)
            else:
                receipt = writer.update(step.resource, step.target, step.payload, step.want)
        except (OutcomeUnknown, DoubtfulRefusal) as error:
            # a refusal that is no proof is looked up as a lost answer is
            ended(self._setting, attempt, intent, "unknown", error)
            self.result.outcomes[action.id] = (RecordState.WAITING, LOST)
            if isinstance(error, DoubtfulRefusal):
                self._refused[action.id] = error
            return True
        except RecordRejected as error:
            ended(self._setting, attempt, intent, "not_applied", error)
            self.result.outcomes[action.id] = (RecordState.FAILED, _refusal(error))
            return False
        except SystemFailure as error:
            ended(self._setting, attempt, intent, "not_applied", error)
            raise
        read = item_values(self._kind, receipt.row, self._zone)
        with applied(self._setting, attempt, intent, receipt):
            self._link(action, receipt.id, read)
            self._state.journal.settle([intent.id])
        self.result.writes["accelo"] += 1
        differs = [c.field for c in action.changes if c.field in read and not same(c.field, c.after, read[c.field])]
        note = f"Accelo keeps another {', '.join(differs)} than was sent." if differs else ""
        self.result.outcomes[action.id] = (_made(step.op == "create"), note)
        return False

    def _link(self, action: Action, accelo_id: str, read: dict[str, Any]) -> None:
        """The pair, and what each side holds of each field now: a later run tells by it who changed what."""
        self._state.links.put(
            Link(action.pair, action.kind, action.salesforce_id, accelo_id, LinkState.LINKED), self._run
        )
        sent = {c.field: c.after for c in action.changes}
        # an update's answer shows what was sent alone, and says nothing new of the rest
        bases = held(sent, read if action.type is ActionType.CREATE else {n: read[n] for n in sent if n in read})
        self._state.links.move_bases(action.pair, bases, self._run)

    def _intent(self, action: Action, op: str, resource: str, payload: dict[str, Any]) -> Intent:
        self._number += 1
        ids = {"salesforce_id": action.salesforce_id, "accelo_id": action.accelo_id}
        told = {"type": action.type.value, "title": action.title}
        there = iso(self._setting.accelo_reader.server_now())  # by Accelo's clock: ours may be hours away from it
        body = {"payload": payload, "changes": change_rows(action.changes), "there": there, **told, **ids}
        return Intent(
            id=f"{self._run}/{self._number:06d}", run=self._run, action=action.id, pair=action.pair, kind=action.kind,
            side="accelo", op=op, resource=resource, target=action.accelo_id, marker=action.salesforce_id,
            epoch=self._lease.epoch, made_at=iso(self._setting.clock()), body=body,
        )  # fmt: skip

    def _again(self, action: Action) -> bool:
        intents = self._state.journal.of_action(action.id, self._run)
        if not intents or intents[-1].state != "not_applied":
            return False
        if error := self._refused.pop(action.id, None):  # looked up, and not there: Accelo meant it
            self.result.outcomes[action.id] = (RecordState.FAILED, _refusal(error))
            return False
        return True

    def _stop(self) -> bool:
        while self._paused() and not self._cancelled():
            self._rested = True
            self._beat("apply", paused=True)
            self._setting.sleep(0.5)
        return self._cancelled()

    def _wait_until(self, limit: LimitReached) -> bool:
        """Until the window of calls is over, shown; False when the run was cancelled meanwhile. LimitReached again
        where its end is not known."""
        if limit.until is None:
            raise limit
        self._rested = True
        while (left := (limit.until - self._setting.clock()).total_seconds()) > 0:
            self._beat("apply", waiting_until=iso(limit.until))
            if self._cancelled():
                return False
            self._setting.sleep(min(left + 0.1, 2.0))
        self._beat("apply", waiting_until=None)
        return True

    def _wait_for_grace(self) -> None:
        grace = timedelta(seconds=self._setting.settings.sync.grace_seconds)
        for intent in self._state.journal.unresolved():
            while (
                left := (datetime.fromisoformat(intent.made_at) + grace - self._setting.clock()).total_seconds()
            ) > 0:
                self._beat("apply", waiting_for="lost answers")
                self._setting.sleep(min(left, 5.0))

    def _tell(self, done: int, *, force: bool = False) -> None:
        now = self._setting.clock()
        if force or now - self._told > TOLD_EVERY:
            self._told = now
            rate = done / max(time.monotonic() - self._began, 0.001)
            left = (self._total - done) / rate if rate else None
            self._beat("apply", done=done, total=self._total, rate=round(rate, 1), seconds_left=round(left or 0),
                       paused=False)  # fmt: skip


def _refusal(error: RecordRejected) -> str:
    """What Accelo said of a record, with the fields that it named, and what to do."""
    fields = [name for name in error.fields if name not in error.message]
    named = f" (field {', '.join(fields)})" if fields else ""
    return f"{error.message}{named}. {error.next_step or CORRECT}".replace("..", ".")


def _made(created: bool) -> RecordState:
    return RecordState.CREATED if created else RecordState.UPDATED


def _chunks(actions: Sequence[Action]) -> Iterator[Sequence[Action]]:
    for start in range(0, len(actions), CHUNK):
        yield actions[start : start + CHUNK]
