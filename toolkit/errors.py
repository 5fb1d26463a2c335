"""The tree of errors, in one file. Each names the situation, carries its facts, and says the next step.

    ToolkitError
    ├── UsageError                     wrong command, parameter or setting                      exit 2
    │   ├── MappingError               a mapping file: file, line, remedy
    │   └── SettingsError
    ├── NeedsPerson                    a person must decide                                     exit 3
    │   ├── Unconfirmed, Unmapped, BrakeHit, StalePlan, ReadOnlyPlan
    ├── LeaseHeld                      another run writes                                       exit 4
    ├── Stopped                        a person interrupted a step in JupyterLab
    ├── WorkspaceError                 missing, newer version, moved while open
    ├── SystemFailure                  the other side as a whole                                exit 1
    │   ├── NotConnected, AuthFailed, NoApiAccess, LimitReached, Unavailable
    ├── ReadOnlyRefused                the transport refused a request that could write
    ├── RecordRejected                 definitely not applied; a property of the record
    ├── OutcomeUnknown                 the answer was lost: it may have been applied
    └── EvidenceBroken                 a digest does not hold

No message holds a token or a secret, and none holds a record's values.
"""

from __future__ import annotations

from datetime import datetime


class ToolkitError(Exception):
    """Base of all errors of this product. ``next_step`` is one sentence for the person who reads it."""

    exit_code = 1

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class UsageError(ToolkitError):
    exit_code = 2


class MappingError(UsageError):
    """A mapping file cannot be used: which file, which line, what is wrong, what to do."""

    def __init__(self, file: str, line: int | None, problem: str, *, next_step: str) -> None:
        where = f"{file}, line {line}" if line else file
        super().__init__(f"{where}: {problem}", next_step=next_step)
        self.file, self.line, self.problem = file, line, problem


class SettingsError(UsageError):
    pass


class NeedsPerson(ToolkitError):
    exit_code = 3


class Unconfirmed(NeedsPerson):
    """The plan was not confirmed; carries its hash."""

    def __init__(self, plan_hash: str, message: str, *, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step or f"Look at the plan, then run: toolkit apply {plan_hash}")
        self.plan_hash = plan_hash


class Unmapped(NeedsPerson):
    pass


class BrakeHit(Unconfirmed):
    """A run would touch more than the brakes allow; nothing was written."""


class StalePlan(NeedsPerson):
    pass


class ReadOnlyPlan(NeedsPerson):
    """The plan writes to Salesforce, and read-only was turned on after it was made."""


class LeaseHeld(ToolkitError):
    exit_code = 4

    def __init__(self, holder: str, since: str) -> None:
        super().__init__(
            f"Another run is writing: {holder} (since {since}).",
            next_step="Wait for it, or cancel it on the Runs page or with: toolkit cancel RUN",
        )
        self.holder, self.since = holder, since


class Stopped(ToolkitError):
    """A person interrupted a step in JupyterLab."""

    def __init__(self) -> None:
        super().__init__(
            "You stopped this step. What is written stays and is accounted for.",
            next_step="Run this cell again: it goes on, in a run of its own, and writes nothing twice.",
        )


class WorkspaceError(ToolkitError):
    pass


class SystemFailure(ToolkitError):
    """A property of the whole system, not of one record: the run stops cleanly and can go on later."""

    def __init__(self, system: str, message: str, *, next_step: str = "") -> None:
        super().__init__(f"{system}: {message}", next_step=next_step)
        self.system = system


class NotConnected(SystemFailure):
    pass


class AuthFailed(SystemFailure):
    pass


class NoApiAccess(SystemFailure):
    pass


class LimitReached(SystemFailure):
    def __init__(self, system: str, message: str, *, until: datetime | None = None, next_step: str = "") -> None:
        super().__init__(system, message, next_step=next_step)
        self.until = until


class Unavailable(SystemFailure):
    """No connection, or the system answers that it cannot serve; nothing was applied."""


class ReadOnlyRefused(ToolkitError):
    """The guard in the transport refused to send a request that could change Salesforce."""


class RecordRejected(ToolkitError):
    """The system refused this record, definitely not applied. ``message`` never holds the record's values."""

    def __init__(
        self,
        system: str,
        code: str,
        message: str,
        *,
        fields: tuple[str, ...] = (),
        status: int = 400,
        next_step: str = "",
    ) -> None:
        super().__init__(f"{system}: {code}: {message}", next_step=next_step)
        self.system, self.code, self.fields, self.status = system, code, fields, status


class RecordGone(RecordRejected):
    """The record does not exist (any more)."""


class RecordMoved(RecordRejected):
    """The record changed since it was read (412, or the re-read before the write differs)."""


class DuplicateRecord(RecordRejected):
    """The unique marker is taken; ``existing_id`` when the system told it."""

    def __init__(self, system: str, code: str, message: str, *, existing_id: str | None = None, **kw: object) -> None:
        super().__init__(system, code, message, **kw)  # type: ignore[arg-type]  # same keywords as the base
        self.existing_id = existing_id


class DoubtfulRefusal(RecordRejected):
    """A refusal inside an answer whose HTTP status says that all went well: looked up before it is believed."""


class RowLocked(RecordRejected):
    """Somebody else is writing this record or its parent: definitely not applied, may be tried again soon."""


class OutcomeUnknown(ToolkitError):
    """The request was sent and its answer was lost or unreadable: it may have been applied, or may be applied later."""

    def __init__(self, system: str, message: str) -> None:
        super().__init__(f"{system}: {message}", next_step="The next step of the run looks it up before anything else.")
        self.system = system


class EvidenceBroken(ToolkitError):
    pass
