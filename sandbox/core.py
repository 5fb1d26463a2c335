"""What both systems share: the database, the clocks, the switches, the faults, the request log and the seed.

It is handed to each part when the sandbox is put together; nothing here is global.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.exchange import RequestLog
from sandbox.faults import Faults
from sandbox.store import Store
from sandbox.switches import Switches


@dataclass
class Core:
    """One sandbox's shared state."""

    store: Store
    switches: Switches
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)
    seed: int = 7

    @classmethod
    def memory(cls, seed: int = 7, **switches: Any) -> Core:
        """A core without a server, for the unit tests of a part."""
        return cls.build(None, seed, switches)

    @classmethod
    def build(cls, path: Path | None, seed: int, switches: dict[str, Any]) -> Core:
        """A core on a database file, or in memory; raises SwitchError."""
        return cls(store=Store(path), switches=Switches.of_parts(switches), seed=seed)
