"""Money that goes in and money that comes out, by status and currency; amounts are exact decimals, never floats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from toolkit.model import Item, Value
from toolkit.sync.wanted import money


@dataclass(frozen=True)
class Money:
    """One status and currency: how many records, and their sums as decimal text with two places."""

    status: str
    currency: str
    records: int
    salesforce: str
    accelo: str = ""

    @property
    def equal(self) -> bool:
        return self.salesforce == self.accelo


def money_in(items: Iterable[Item]) -> tuple[Money, ...]:
    """What these items are worth in Salesforce."""
    return _summed((item.status, item.currency or "", money(item.amount), None) for item in items)


def money_out(items: Iterable[Item], values: Mapping[str, Value]) -> tuple[Money, ...]:
    """The same beside what Accelo holds of each (Salesforce id -> value as read back)."""
    return _summed((item.status, item.currency or "", money(item.amount), values.get(item.id)) for item in items)


def _summed(rows: Iterable[tuple[str, str, Value, Value]]) -> tuple[Money, ...]:
    sums: dict[tuple[str, str], tuple[int, Decimal, Decimal]] = {}
    for status, currency, here, there in rows:
        count, left, right = sums.get((status, currency), (0, Decimal(0), Decimal(0)))
        sums[status, currency] = (count + 1, left + Decimal(str(here or 0)), right + Decimal(str(there or 0)))
    cent = Decimal("0.01")
    return tuple(Money(status, currency, count, str(left.quantize(cent)), str(right.quantize(cent)))
                 for (status, currency), (count, left, right) in sorted(sums.items()))  # fmt: skip
