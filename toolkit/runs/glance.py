"""The result of a run at a glance: the box at the head of its report, made from what the state says of the run.

The notebook below it tells how it came about; nothing here is taken from the notebook.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any

from toolkit.store.runs import RunRow

PLANNED = {"created": "would be created", "updated": "would be updated"}
STATES = ("created", "updated", "unchanged", "waiting", "skipped", "failed")
ALWAYS = ("created", "updated", "waiting", "failed")
"""Shown also when they are none: that nothing failed is a result."""
WORDS = {
    "done": "Done",
    "waiting": "Waits for a person; nothing was written",
    "failed": "Failed",
    "cancelled": "Cancelled; what was written stays and is accounted for",
    "died": "Broke off; it was recovered, and what was written is accounted for",
}
SHORT = 12
"""Characters of a hash that people compare by eye; the whole one is in run.duckdb and the manifest."""


def glance(row: RunRow) -> str:
    """The box as HTML; every text of the run is escaped. For runs of other kinds than a sync or import: the state."""
    planned = row.mode == "plan"
    word = "Plan; nothing was written" if planned and row.state == "done" else WORDS.get(row.state, row.state)
    ledger = row.counts.get("ledger") or {}
    tiles = [
        f"<div><b>{ledger.get(state, 0):,}</b><span>{PLANNED.get(state, state) if planned else state}</span></div>"
        for state in STATES
        if ledger and (state in ALWAYS or ledger.get(state))
    ]
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in _facts(row))
    told = f"<p>{escape(row.message)}</p>" if row.message and row.state != "done" else ""
    return (
        f'<section class="glance {escape(row.state)}"><p class="state">{escape(word)}</p>{told}'
        + (f'<div class="tiles">{"".join(tiles)}</div>' if tiles else "")
        + f"<dl>{facts}</dl></section>"
    )


def _facts(row: RunRow) -> Iterator[tuple[str, str]]:
    yield "Run", row.id
    if row.plan_hash:
        yield "Plan", row.plan_hash[:SHORT]
    began = datetime.fromisoformat(row.started_at)
    took = ""
    if row.ended_at:
        took = f", took {(datetime.fromisoformat(row.ended_at) - began).total_seconds():,.0f} s"
    yield "Began", f"{began:%Y-%m-%d %H:%M:%S} UTC{took}"
    calls, forecast = row.counts.get("calls") or {}, row.counts.get("forecast") or {}
    for side, name in (("salesforce", "Calls to Salesforce"), ("accelo", "Calls to Accelo")):
        if side in calls:
            foretold = f", foretold {forecast[f'{side}_calls']:,}" if f"{side}_calls" in forecast else ""
            yield name, f"{calls[side]:,}" + ("" if row.mode == "plan" else foretold)
    for currency, (into, out) in _money(row.counts.get("money") or ()).items():
        name = f"Money {currency}".strip()
        if out is None:
            yield name, f"{into:,.2f}"
        else:
            yield name, f"in {into:,.2f}, out {out:,.2f}: " + ("equal" if into == out else "NOT EQUAL")


def _money(rows: Any) -> dict[str, tuple[Decimal, Decimal | None]]:
    """Currency -> the sum in Salesforce, and in Accelo where the run wrote."""
    into: defaultdict[str, Decimal] = defaultdict(Decimal)
    out: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        into[row["currency"]] += Decimal(row["salesforce"] or 0)
        out[row["currency"]] += Decimal(row.get("accelo") or 0)
    wrote = any("equal" in row for row in rows)
    return {currency: (into[currency], out[currency] if wrote else None) for currency in sorted(into)}
