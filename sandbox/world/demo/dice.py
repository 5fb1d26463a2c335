"""Chance and time for the demo: choices that follow the seed, and moments before a fixed evening.

The machine's clock is asked only so that nothing lies in the future.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
Row = dict[str, Any]
EVENING = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
"""When the world was last touched by anybody."""
IMPORT = timedelta(days=39, hours=8, minutes=14, seconds=53)
"""So long before that evening a data loader touched many records in the same second."""


class Dice(random.Random):
    """A generator that starts from the seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(f"demo {seed}")
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.now = min(EVENING, today)

    def one_in(self, number: int) -> bool:
        """True once in so many times."""
        return self.randrange(number) == 0

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """A choice by its weight."""
        return self.choices([value for value, _ in choices], [weight for _, weight in choices])[0]

    def ago(self, least: float, most: float) -> datetime:
        """A moment between so many days ago, in working hours of Melbourne."""
        day = self.now - timedelta(days=self.uniform(least, most))
        moment = day.replace(hour=22, minute=0, second=0, microsecond=0) + timedelta(seconds=self.randrange(9 * 3600))
        return moment if moment <= self.now else moment - timedelta(days=1)

    def stamps(self, oldest: float = 1400) -> dict[str, Any]:
        """When and by whom a record was made and last changed; one in five was touched by the import."""
        from sandbox.world.demo.org import INTEGRATION, owner

        created = self.ago(30, oldest)
        modified = created + timedelta(seconds=self.randrange(1, int((self.now - created).total_seconds())))
        by = owner(self)
        imported = self.now - IMPORT
        if self.one_in(5) and created < imported:
            modified, by = imported, INTEGRATION
        return {
            "CreatedDate": iso(created),
            "CreatedById": owner(self),
            "LastModifiedDate": iso(modified),
            "LastModifiedById": by,
            "SystemModstamp": iso(modified),
        }


def iso(moment: datetime) -> str:
    """Salesforce's datetime text."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def unix(text: str) -> int:
    """Seconds of a Salesforce datetime text."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.000%z").timestamp())


def times_of(dice: Dice, oldest: float = 1100) -> Row:
    """The stamps of an Accelo record."""
    stamps = dice.stamps(oldest)
    changed = unix(stamps["LastModifiedDate"])
    return {"date_created": unix(stamps["CreatedDate"]), "date_modified": changed, "date_last_interacted": changed}
