"""One run at a time: an OS file lock held by the process that writes, and a fencing epoch for one that was stopped.

The lock is flock on its own file: it goes with the process, also after kill -9, and no clock is trusted. A process that
was frozen and wakes up after another took over holds an old epoch; the transaction that commits an intent refuses it.
"""

from __future__ import annotations

import socket
from pathlib import Path

from filelock import FileLock, Timeout

from toolkit.errors import LeaseHeld
from toolkit.store.state import State


class Lease:
    """Take it before anything is written, to the outside or to what was last seen; ``epoch`` goes into every intent."""

    def __init__(self, folder: Path, state: State, run: str) -> None:
        self._lock = FileLock(str(folder / "lease"), thread_local=False)
        self._state, self._run = state, run
        self.epoch = 0

    @property
    def held(self) -> bool:
        return self._lock.is_locked

    def take(self, now: str, seconds: float = 0) -> None:
        """Raises LeaseHeld, naming the run that has it, when it is not free within ``seconds``."""
        if self.held:
            return
        try:
            self._lock.acquire(timeout=seconds)
        except Timeout:
            holder = self._state.get("epoch_holder", {"holder": "another run", "since": "a moment ago"})
            raise LeaseHeld(holder["holder"], holder["since"]) from None
        self.epoch = self._state.next_epoch(f"{self._run} on {socket.gethostname()}", now)

    def check(self) -> None:
        """Call inside the transaction that commits an intent."""
        self._state.check_epoch(self.epoch)

    def give_back(self) -> None:
        if self.held:
            self._lock.release()


def is_free(folder: Path) -> bool:
    """Does no process hold the lease at this moment; then a run that says it is going on has died."""
    lock = FileLock(str(folder / "lease"), thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release()
    return True
