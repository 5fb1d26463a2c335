"""The ledger must close: every source record in scope is in exactly one state, before and after apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from toolkit.model import LedgerRow, RecordState
from toolkit.sync.inputs import RecordKey


@dataclass(frozen=True)
class Gaps:
    """What keeps a ledger from closing; false when it closes."""

    missing: tuple[RecordKey, ...] = ()  # a source record without a row
    doubled: tuple[RecordKey, ...] = ()  # a source record with two rows
    unknown: tuple[RecordKey, ...] = ()  # a row without a source record

    def __bool__(self) -> bool:
        return bool(self.missing or self.doubled or self.unknown)


def close(rows: Iterable[LedgerRow], sources: Iterable[RecordKey]) -> Gaps:
    """Compare the ledger with the source records (side, kind, id) that were in scope."""
    seen = Counter((row.side, row.kind, row.id) for row in rows)
    wanted = set(sources)
    return Gaps(
        missing=tuple(sorted(wanted - set(seen))),
        doubled=tuple(sorted(key for key, n in seen.items() if n > 1)),
        unknown=tuple(sorted(set(seen) - wanted)),
    )


def after_apply(rows: Iterable[LedgerRow], outcomes: Mapping[str, tuple[RecordState, str]]) -> tuple[LedgerRow, ...]:
    """The ledger once the actions have run.

    ``outcomes``: action id -> (state, reason). A planned row whose action has no outcome was not reached: it waits.
    """
    done = []
    for row in rows:
        if row.action is not None:
            state, reason = outcomes.get(row.action, (RecordState.WAITING, "The run ended before this action."))
            if state in (RecordState.CREATED, RecordState.UPDATED):  # the plan's own word is the finer one
                state, reason = row.state, reason or row.reason
            row = replace(row, state=state, reason=reason)
        done.append(row)
    return tuple(done)


def totals(rows: Iterable[LedgerRow]) -> dict[str, int]:
    """How many records are in each state, every state named, zero included."""
    count = Counter(row.state for row in rows)
    return {state.value: count.get(state, 0) for state in RecordState}
