"""One write: the intent and its attempt are committed, then the bytes leave, then outcome, link, base and audit are one
transaction. Whatever happens in between, the journal says at least as much as the world knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.clients.endpoint import Receipt
from toolkit.clients.ports import SalesforceWriting
from toolkit.errors import (
    DoubtfulRefusal,
    DuplicateRecord,
    OutcomeUnknown,
    ReadOnlyRefused,
    RecordMoved,
    RecordRejected,
    RowLocked,
    SystemFailure,
    ToolkitError,
)
from toolkit.mapping.rules import Rules
from toolkit.mapping.wire import Step
from toolkit.model import Action, digest
from toolkit.runs.lease import Lease
from toolkit.runs.outcome import applied, ended
from toolkit.runs.records import Observed
from toolkit.runs.setting import Setting, iso
from toolkit.runs.settle import bases_after, change_rows, previous
from toolkit.runs.streams import ADDRESSES, VALUES, seen_row
from toolkit.runs.targets import STREAMS
from toolkit.runs.written import Written, relink
from toolkit.store.journal import Intent, IntentState

LOCKED_TRIES = 4
NO_PROOF = (OutcomeUnknown, RecordMoved, DuplicateRecord, DoubtfulRefusal)
"""A refusal is none either where a first copy of the very request may have been applied and moved the record."""
STAMPED = frozenset({"companies", "contacts", "affiliations"})


class Pen:
    """Writes for one run, one request at a time."""

    def __init__(self, setting: Setting, run: str, lease: Lease, rules: Rules, observed: Observed) -> None:
        self._setting, self._run, self._lease, self._rules, self._observed = setting, run, lease, rules, observed
        self._state = setting.state
        self._number = len(self._state.journal.of_run(run))
        self._salesforce: SalesforceWriting | None = None
        self._accelo: Any = None
        self.written: dict[str, int] = {"salesforce": 0, "accelo": 0}

    def write(self, action: Action, step: Step, created: Mapping[str, str]) -> Written:
        """Send one step. ``created`` says what "@new" and "@affiliation" stand for.

        Raises SystemFailure (nothing of this step was applied), ReadOnlyRefused, LeaseHeld. A lost answer is no error
        here: the state is then "unknown" and the intent waits to be resolved."""
        target = created.get(step.target or "", step.target)
        intent = self.intent(action, step, target)
        for number in range(1, LOCKED_TRIES + 1):
            attempt = self.begin([(intent, step)], number)[0]
            try:
                receipt = self._send(step, target, intent)
            except RowLocked as error:
                ended = self.ended(attempt, intent, error)
                if number == LOCKED_TRIES:
                    return ended
                self._setting.sleep(0.5 * 2**number)
                continue
            except (SystemFailure, ReadOnlyRefused) as error:
                self.ended(attempt, intent, error)
                raise
            except (OutcomeUnknown, RecordRejected) as error:
                return self.ended(attempt, intent, error)
            return self.applied(attempt, intent, step, target, receipt)
        raise AssertionError("a locked row is answered for above")

    def begin(self, writes: Sequence[tuple[Intent, Step]], number: int) -> list[str]:
        """Commit these intents (with the first attempt) and their attempts, all or none: only then may a byte leave.

        Returns the attempts' ids. Raises LeaseHeld, ReadOnlyRefused."""
        attempts = [f"{intent.id}.{number}" for intent, _ in writes]
        with self._state.transaction():
            self._lease.check()
            if self._state.read_only and any(step.system == "salesforce" for _, step in writes):
                raise ReadOnlyRefused("Read-only is on: nothing is sent to Salesforce.")
            for attempt, (intent, step) in zip(attempts, writes, strict=True):
                said = digest([step.op, step.resource, intent.target, step.payload])
                self._state.journal.intend(intent, attempt, said, number)
        return attempts

    def intent(self, action: Action, step: Step, target: str | None) -> Intent:
        self._number += 1
        changes = [change for change in action.changes if change.field in step.fields]
        reader = self._setting.salesforce_reader if step.system == "salesforce" else self._setting.accelo_reader
        body = {
            "there": iso(reader.server_now()),  # by that system's clock: ours may be hours away from it
            "payload": step.payload,
            "changes": change_rows(changes),
            "type": action.type.value,
            "title": action.title,
            "salesforce_id": action.salesforce_id,
            "accelo_id": action.accelo_id,
            "refs": action.refs,
            "parent": action.parent,
        }
        marker = (action.salesforce_id if step.system == "accelo" else action.accelo_id) if step.marker else None
        return Intent(
            id=f"{self._run}/{self._number:06d}",
            run=self._run,
            action=action.id,
            pair=action.pair,
            kind=action.kind,
            side=step.system,
            op=step.op,
            resource=step.resource,
            target=target,
            marker=marker,
            epoch=self._lease.epoch,
            made_at=iso(self._setting.clock()),
            body=body,
        )

    def salesforce(self) -> SalesforceWriting:
        """The writer, made when it is needed for the first time; ReadOnlyRefused when there must be none."""
        if self._salesforce is None:
            self._salesforce = self._setting.salesforce_writer()
        if self._salesforce is None:
            raise ReadOnlyRefused("Read-only is on: nothing is sent to Salesforce.")
        return self._salesforce

    def _send(self, step: Step, target: str | None, intent: Intent) -> Receipt:
        payload = dict(step.payload)
        if step.system == "salesforce":
            writer = self.salesforce()
            if step.op == "create":
                return writer.create(step.resource, payload)
            record = self._observed.record("salesforce", intent.kind, target or "")
            since = record.modified if record else None
            return writer.update(step.resource, target or "", payload, unmodified_since=since)
        if self._accelo is None:
            self._accelo = self._setting.accelo_writer()
        want = (*step.want, "date_modified") if step.resource in STAMPED and step.op != "address" else step.want
        receipt: Receipt
        if step.op == "create":
            receipt = self._accelo.create(step.resource, payload, want)
        elif step.op == "update":
            receipt = self._accelo.update(step.resource, target, payload, want)
        elif step.op == "address":
            receipt = self._accelo.create_under(step.resource, target, "addresses", payload, want)
        else:
            receipt = self._accelo.set_profile(
                step.resource,
                target,
                payload["field_id"],
                payload["value"],
                payload.get("value_id"),
                payload.get("field_type", "text"),
            )
        return receipt

    def ended(self, attempt: str, intent: Intent, error: ToolkitError) -> Written:
        """The outcome of what was not answered with a success."""
        state: IntentState = "unknown" if isinstance(error, NO_PROOF) else "not_applied"
        ended(self._setting, attempt, intent, state, error)
        return Written(state, error=error)

    def applied(self, attempt: str, intent: Intent, step: Step, target: str | None, receipt: Receipt) -> Written:
        """The outcome with the audit, the link and, where the answer shows the fields, their bases: one transaction."""
        self.written[step.system] += 1
        with applied(self._setting, attempt, intent, receipt) as changes:
            self._note(intent, step, target, receipt)
            relink(self._state, intent, receipt.id, receipt.row, self._run)
            link = self._state.links.get(intent.pair)
            id = (link.accelo_id if intent.side == "accelo" else link.salesforce_id) if link else None
            record = self._observed.record(intent.side, intent.kind, id) if id and changes and receipt.row else None
            if record is not None:
                visible = [change.field for change in changes if self._shown(intent, change.field, receipt.row)]
                before = previous(intent, self._state.links.bases(intent.pair))
                bases = bases_after(self._rules, intent.kind, intent.side, changes, record, before, visible)
                self._state.links.move_bases(intent.pair, bases, self._run)
                if len(bases) == len(changes):
                    self._state.journal.settle([intent.id])
        return Written("applied", receipt.id, receipt.row)

    def _shown(self, intent: Intent, name: str, row: Mapping[str, Any]) -> bool:
        """Does the answer of this write show that field."""
        where, column = self._rules.of(intent.kind).fields[name].place
        if intent.side == "salesforce":
            return False
        if where == "address":
            return "street1" in row
        if where == "profile":
            return intent.op == "profile" and "value" in row
        if where == "affiliation" and intent.resource != "affiliations":
            return False
        return column in row

    def _note(self, intent: Intent, step: Step, target: str | None, receipt: Receipt) -> None:
        """Lay what the answer showed over what was last seen."""
        if intent.side == "salesforce" or not receipt.row:
            return
        row = dict(receipt.row)
        if step.op == "profile":
            stream = VALUES[intent.kind]
            row = {"link_id": target, "link_type": intent.kind, "field_id": step.payload["field_id"]} | row
        elif step.op == "address" or step.resource == "addresses":
            stream = ADDRESSES
        else:
            stream = STREAMS[step.resource]
        owner = f"{intent.kind}:{target}" if step.op == "address" else target if step.op == "profile" else None
        if step.op == "profile" and not ("id" in row and "field_name" in row and "value" in row):
            return
        seen = seen_row(stream, {"id": receipt.id} | row, owner)
        self._state.seen.merge(stream.name, seen.id, seen.row, self._run, owner=seen.owner, stamp=seen.stamp)
