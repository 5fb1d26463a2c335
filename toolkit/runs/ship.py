"""What the state knows of a run, shipped to its evidence: plan, journal, ledger, moves. Shipping again does no harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.model import Finding, LedgerRow, Plan, canonical
from toolkit.runs.setting import iso
from toolkit.store.evidence import Evidence
from toolkit.store.evidence_tables import TABLES
from toolkit.store.state import State


def ship_plan(evidence: Evidence, state: State, plan: Plan, hash: str, outcomes: Mapping[str, tuple[Any, str]]) -> None:
    row = state.plans.find(hash)
    evidence.add(
        "plan",
        [
            {
                "hash": hash,
                "kind": plan.kind,
                "body": canonical({"inputs": plan.inputs, "base_moves": plan.base_moves}),
                "confirmed_by": row.confirmed_by if row else None,
                "confirmed_at": row.confirmed_at if row else None,
            }
        ],
    )
    evidence.add(
        "actions",
        [
            {
                "id": action.id,
                "type": action.type.value,
                "kind": action.kind,
                "side": action.side,
                "pair": action.pair,
                "salesforce_id": action.salesforce_id,
                "accelo_id": action.accelo_id,
                "title": action.title,
                "reason": action.reason,
                "parent": action.parent,
                "outcome": outcomes[action.id][0].value if action.id in outcomes else None,
                "note": outcomes[action.id][1] if action.id in outcomes else None,
            }
            for action in plan.actions
        ],
    )
    evidence.add(
        "changes",
        [
            {
                "action": action.id,
                "field": change.field,
                "before": canonical(change.before),
                "after": canonical(change.after),
                "rule": change.rule,
                "reason": change.reason,
            }
            for action in plan.actions
            for change in action.changes
        ],
    )
    evidence.add(
        "questions",
        [
            {
                "key": question.key,
                "kind": question.kind.value,
                "record_kind": question.record_kind,
                "title": question.title,
                "salesforce_id": question.salesforce_id,
                "accelo_id": question.accelo_id,
                "field": question.field,
                "body": canonical(question),
            }
            for question in plan.questions
        ],
    )
    evidence.add("findings", finding_rows(plan.blocked))
    evidence.add(
        "decisions",
        [
            {
                "key": item.question.key,
                "choice": item.choice,
                "decided_by": item.decided_by,
                "decided_at": item.decided_at,
            }
            for item in state.inbox.items(("decided",))
        ],
    )


def ship_ledger(evidence: Evidence, rows: Iterable[LedgerRow]) -> None:
    evidence.add(
        "ledger",
        [
            {
                "side": row.side,
                "kind": row.kind,
                "id": row.id,
                "title": row.title,
                "state": row.state.value,
                "reason": row.reason,
                "action": row.action,
                "amount": row.amount,
                "currency": row.currency,
            }
            for row in rows
        ],
    )


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "code": item.code,
            "severity": item.severity,
            "title": item.title,
            "count": item.count,
            "remedy": item.remedy,
            "examples": canonical(item.examples),
        }
        for item in findings
    ]


def has_something(state: State) -> bool:
    """Is there anything that no sealed run holds: settled writes or moved pairs."""
    return state.links.has_moves() or any(state.journal.unsealed().values())


def ship_and_close(evidence: Evidence, state: State, run: str, *, journal: bool = True) -> None:
    """The journal and the moved pairs that no sealed run holds yet; then the file is closed, and only then are they
    noted as kept. A crash in between ships them once more, to the same effect. ``journal``: only who holds the lease
    ships them, for another run may be moving them just now."""
    if not journal:
        evidence.close()
        return
    with state.transaction():
        written = state.journal.unsealed()
        moves = state.links.moves()
    for table, rows in written.items():
        evidence.add(table, [{name: row[name] for name in TABLES[table]} for row in rows])
    evidence.add("moves", moves)
    evidence.close()
    with state.transaction():
        state.journal.sealed(written, run)
        state.links.sealed([str(row["pair"]) for row in moves])


def note_exchange(evidence: Evidence, calls: dict[str, int], exchange: Any) -> None:
    """Counts a request of the run and keeps it."""
    calls[exchange.system] += 1
    evidence.add("exchanges", [exchange_row(sum(calls.values()), exchange)])


def exchange_row(n: int, exchange: Any) -> dict[str, Any]:
    """One request as the evidence keeps it; ``n`` counts the run's requests."""
    date = exchange.server_date
    names = ("system", "method", "path", "status", "ms", "bytes", "request_id", "error_code")
    return {"n": n, **{name: getattr(exchange, name) for name in names}, "server_date": iso(date) if date else None}
