"""The clocks of the two systems: the machine's clock plus a skew for each system.

It is not a simulated clock: time passes by itself, and a test moves only the skew.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

SYSTEMS = ("salesforce", "accelo")


@dataclass
class Clock:
    """Server time of each system, in UTC."""

    skew: dict[str, float] = field(default_factory=dict)

    def time(self, system: str) -> float:
        """Unix seconds with fraction."""
        return time.time() + self.skew.get(system, 0.0)

    def unix(self, system: str) -> int:
        """Whole unix seconds, as Accelo stamps its records."""
        return int(self.time(system))

    def now(self, system: str) -> datetime:
        """Aware UTC datetime."""
        return datetime.fromtimestamp(self.time(system), UTC)

    def iso(self, system: str) -> str:
        """Salesforce's datetime text: whole seconds, always `.000+0000`."""
        return self.now(system).strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def set_skew(self, system: str, seconds: float) -> None:
        """Move the clock of one system against the machine's; raises ValueError for an unknown system."""
        if system not in SYSTEMS:
            raise ValueError(f"unknown system {system!r}: one of {', '.join(SYSTEMS)}")
        self.skew[system] = float(seconds)

    def clear(self) -> None:
        """Back to the machine's clock."""
        self.skew.clear()
