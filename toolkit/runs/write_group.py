"""Many writes to Salesforce in one call (sObject collections), each with its own intent, attempt and outcome.

All intents and attempts are committed before the bytes leave, in one transaction; all outcomes after the answer, in
another. When the answer is lost, each of them is unknown and is looked up by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from toolkit.clients.endpoint import Receipt
from toolkit.errors import OutcomeUnknown, ReadOnlyRefused, RecordRejected, RowLocked, SystemFailure, ToolkitError
from toolkit.mapping.wire import Step
from toolkit.model import Action
from toolkit.runs.setting import Setting
from toolkit.runs.write import LOCKED_TRIES, Pen
from toolkit.runs.written import Written

MOST = 200
"""Records in one call (Salesforce REST guide, "Use sObject Collections")."""
Item = tuple[Action, Step]


class WholeCallRefused(Exception):
    """Salesforce refused the call and not a record of it: nothing was applied, and who is to blame is not said."""


class GroupPen:
    """Writes groups for one run; each of one object, and creations and updates apart."""

    def __init__(self, setting: Setting, pen: Pen) -> None:
        self._setting, self._state, self._pen = setting, setting.state, pen

    def write(self, items: Sequence[Item], then: Callable[[Action], None]) -> list[Written]:
        """What came of each, in order. ``then`` is called for what was applied, inside the transaction of its outcome.

        A locked row is tried again with the other locked ones. A failure of the system as a whole is the error of each
        record that it left unsent. Raises LeaseHeld and WholeCallRefused."""
        intents = [self._pen.intent(action, step, step.target) for action, step in items]
        results: dict[int, Written] = {}
        going = list(range(len(items)))
        for number in range(1, LOCKED_TRIES + 1):
            if number > 1:
                self._setting.sleep(0.5 * 2 ** (number - 1))
            try:
                attempts = self._pen.begin([(intents[place], items[place][1]) for place in going], number)
            except ReadOnlyRefused as error:
                return [results.get(place, Written("not_applied", error=error)) for place in range(len(items))]
            refused = False
            try:
                answers = self._send([items[place][1] for place in going])
            except (SystemFailure, ReadOnlyRefused, OutcomeUnknown, RecordRejected) as error:
                answers = [error] * len(going)
                refused = isinstance(error, RecordRejected) and not isinstance(error, RowLocked)
            with self._state.transaction():
                for place, attempt, answer in zip(going, attempts, answers, strict=True):
                    action, step = items[place]
                    if isinstance(answer, Receipt):
                        results[place] = self._pen.applied(attempt, intents[place], step, step.target, answer)
                        then(action)
                    else:
                        results[place] = self._pen.ended(attempt, intents[place], answer)
            if refused:
                raise WholeCallRefused
            going = [place for place in going if isinstance(results[place].error, RowLocked)]
            if not going:
                break
        return [results[place] for place in range(len(items))]

    def _send(self, steps: Sequence[Step]) -> list[Receipt | ToolkitError]:
        writer, first = self._pen.salesforce(), steps[0]
        if first.op == "create":
            return writer.create_many(first.resource, [step.payload for step in steps])
        return writer.update_many(first.resource, [{"Id": step.target, **step.payload} for step in steps])
