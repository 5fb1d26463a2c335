"""The living state of a workspace: one small table object for each noun, sharing one SQLite file. No SQL elsewhere.

state.links      pairs and their bases            state.plans    plans by hash
state.seen       what was last seen, dirty, cursors  state.inbox    questions, decisions, rules, poison
state.journal    intents, attempts, audit         state.runs     runs, progress, cancel, calls of the hour
state.read_only, state.get/put                    the toggle and other single values
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from toolkit.errors import LeaseHeld
from toolkit.model import canonical
from toolkit.store.database import Database
from toolkit.store.inbox import Inbox
from toolkit.store.journal import Journal
from toolkit.store.links import Links
from toolkit.store.plans import Plans
from toolkit.store.runs import Runs
from toolkit.store.seen import Seen

HELD, HELD_ROWS = "held_before", "held_rows_before"
"""When read-only was turned off: what Accelo got until then is held back, until a run has looked at it. Rows without a
stamp (addresses) need a whole sweep for that."""


class State:
    """``state.sqlite`` opened. Cheap to open (2 ms); close it, or use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.links = Links(self.database)
        self.seen = Seen(self.database)
        self.journal = Journal(self.database)
        self.plans = Plans(self.database)
        self.inbox = Inbox(self.database)
        self.runs = Runs(self.database)

    def transaction(self) -> AbstractContextManager[None]:
        return self.database.transaction()

    def get(self, key: str, default: Any = None) -> Any:
        row = self.database.row("SELECT value FROM kv WHERE key = ?", (key,))
        return default if row is None else json.loads(row["value"])

    def put(self, key: str, value: Any) -> None:
        self.database.execute(
            "INSERT INTO kv VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, canonical(value)),
        )

    @property
    def read_only(self) -> bool:
        """The toggle, read afresh each time: the transport asks before every Salesforce request. Off until set."""
        return bool(self.get("read_only", False))

    def set_read_only(self, on: bool, now: str) -> int:
        """Flip the toggle; turning it on refuses every unapplied plan that writes to Salesforce. Returns how many."""
        with self.transaction():
            if on == self.read_only:
                return 0
            self.put("read_only", on)
            self.put("read_only_since", now)
            if not on:
                for name in (HELD, HELD_ROWS):
                    self.put(name, now)
            return self.plans.refuse_salesforce() if on else 0

    def next_epoch(self, holder: str, now: str) -> int:
        """A new fencing epoch: whoever holds an older one can commit no intent any more."""
        with self.transaction():
            epoch = int(self.get("epoch", 0)) + 1
            self.put("epoch", epoch)
            self.put("epoch_holder", {"holder": holder, "since": now})
            return epoch

    def check_epoch(self, epoch: int) -> None:
        """Call inside the transaction that commits an intent. Raises LeaseHeld when another run took over."""
        if int(self.get("epoch", 0)) != epoch:
            holder = self.get("epoch_holder", {"holder": "another run", "since": "?"})
            raise LeaseHeld(holder["holder"], holder["since"])

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> State:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
