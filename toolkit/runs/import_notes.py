"""What a person should know of a plan before it is confirmed, though nothing of it stops the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from toolkit.mapping.statuses import NO_PROGRESSION
from toolkit.model import Finding, Item, LedgerRow, Plan, RecordState
from toolkit.runs.import_read import Destination
from toolkit.sync.wanted import OWN, Choices

EXAMPLES = 5
REMEDIES = (
    (
        "its company is not in Accelo yet",
        "waiting-company",
        "Their company is not linked yet",
        "Bring companies and contacts over first: toolkit sync",
    ),
    (
        "no contact of its company is in Accelo",
        "waiting-contact",
        "There is no contact to attach them to",
        "Add a contact to the company in Salesforce and sync, then import again.",
    ),
    (
        "it has neither a company nor a contact",
        "waiting-nobody",
        "They have neither a company nor a contact",
        "Name an account or a contact in Salesforce, then import again.",
    ),
    ("cannot carry", "too-long", "A text is longer than Accelo takes", "Shorten it in Salesforce, then import again."),
)


def doubled(markers: Mapping[str, Sequence[str]], severity: Literal["warning", "blocker"]) -> Iterable[Finding]:
    """Made twice, or copied by somebody in Accelo, text and all."""
    double = [ids for ids in markers.values() if len(ids) > 1]
    if double:
        yield Finding(
            "doubled",
            severity,
            "Records in Accelo that carry the same Salesforce id",
            len(double),
            "Keep one of each and delete the others in Accelo.",
            tuple(" and ".join(ids) for ids in double[:EXAMPLES]),
        )


def quietly(going: Sequence[Item]) -> Iterable[Finding]:
    if going:
        remedy = "Do by hand, or with an automation of its own, what shall happen for them."
        yield Finding("no-progression", "info", NO_PROGRESSION.rstrip("."), len(going), remedy)


def stand_ins(going: Sequence[Item], plan: Plan) -> Iterable[Finding]:
    """Records that lose their own contact: it hangs on another company, or is not in Accelo yet."""
    who = {action.salesforce_id: change.reason for action in plan.actions for change in action.changes
           if change.field == "affiliation"}  # fmt: skip
    hit = [item for item in going if item.people and who.get(item.id) != OWN]
    if hit:
        instead = (
            "They hang on the first contact of their company."
            if hit[0].kind == "sale"
            else "They hang on their company, without a contact."
        )
        yield Finding("other-contact", "warning", "Their own contact is in another company, or not in Accelo yet",
                      len(hit), instead, tuple(item.title or item.id for item in hit[:EXAMPLES]))  # fmt: skip
    alone = [item for item in going if item.kind == "sale" and not item.people]
    if alone:
        yield Finding("no-contact", "info", "Opportunities without a contact", len(alone),
                      "They hang on the first contact of their company.",
                      tuple(item.title or item.id for item in alone[:EXAMPLES]))  # fmt: skip


def waiting(ledger: Iterable[LedgerRow]) -> Iterable[Finding]:
    rows = [row for row in ledger if row.state is RecordState.WAITING]
    for start, code, title, remedy in REMEDIES:
        hit = [row for row in rows if row.reason.startswith(start)]
        if hit:
            yield Finding(code, "warning", title, len(hit), remedy, tuple(row.title for row in hit[:EXAMPLES]))


def notes(inside: Sequence[Item], destination: Destination, choices: Choices) -> Iterable[Finding]:
    checks = (
        (
            "no-amount",
            "Opportunities without an amount",
            "They come over without a value.",
            [item for item in inside if item.kind == "sale" and not item.amount],
        ),
        (
            "no-due-date",
            "Opportunities without a close date",
            "They come over without a due date.",
            [item for item in inside if item.kind == "sale" and not item.due],
        ),
        (
            "no-company",
            "Records without an account",
            "They hang on the company of their contact, or wait.",
            [item for item in inside if not item.company],
        ),
        (
            "no-title",
            "Cases without a subject",
            "They take the first words of their description as title.",
            [item for item in inside if item.kind == "ticket" and not item.title.strip()],
        ),
        (
            "no-priority",
            "Priorities that Accelo does not have",
            "They get Accelo's default; see imports.priorities.",
            [item for item in inside if item.priority and item.priority not in choices.priorities],
        ),
    )
    for code, title, remedy, hit in checks:
        if hit and (code != "no-priority" or destination.priorities):
            yield Finding(
                code, "info", title, len(hit), remedy, tuple(item.title or item.id for item in hit[:EXAMPLES])
            )
