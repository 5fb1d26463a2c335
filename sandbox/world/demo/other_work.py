"""The sales and tickets of the demo's Accelo deployment."""

from __future__ import annotations

from sandbox.world.demo.dice import Dice, Row, times_of

_SALES = (
    "Calibration agreement {y}",
    "Extra loggers",
    "Mapping of cold rooms",
    "Loan unit for the audit",
    "Renewal {y} – as last year",
)
_TICKETS = (
    "Logger reads high",
    "Certificate wrong",
    "Portal log in",
    "Display dead",
    "Alarm at night",
    "Invoice question",
    "Unit back from repair, still drifting",
    "Probe broken <again>",
)


def sales_of(dice: Dice, affiliations: list[Row]) -> list[Row]:
    rows = []
    for number in range(1, 17):
        status = dice.choice((1, 1, 2, 2, 3, 4, 5, 5, 6, 7))
        standing = {5: "won", 6: "lost", 7: "abandoned"}.get(status, "active")
        times = times_of(dice, 500)
        rows.append(
            {
                "id": number,
                "title": dice.choice(_SALES).format(y=2026 + number % 2),
                "value": float(dice.randrange(9, 400) * 50),
                "affiliation": dice.choice(affiliations)["id"],
                "prospect_type": dice.choice((1, 2, 2, 3)),
                "status": status,
                "standing": standing,
                "success": "yes" if standing == "won" else "no",
                "manager": dice.choice((2, 3, 4)),
                "prospect_probability": dice.randrange(1, 6),
                "weighting": dice.randrange(1, 6),
                "progress": 0.25,
                **times,
                "date_due": times["date_created"] // 86400 * 86400 + 46 * 86400 + 13 * 3600,
                "date_actioned": times["date_modified"] if standing != "active" else None,
            }
        )
    return rows


def tickets_of(dice: Dice, companies: list[Row], affiliations: list[Row]) -> list[Row]:
    rows = []
    for number in range(1, 23):
        person = dice.choice(affiliations)
        status = dice.choice((1, 2, 2, 3, 4, 5, 5, 5))
        standing = ("submitted", "open", "open", "resolved", "closed")[status - 1]
        times = times_of(dice, 300)
        opened, changed = times["date_created"], times["date_modified"]
        rows.append(
            {
                "id": number,
                "title": dice.choice(_TICKETS),
                "description": "As told on the phone.\r\nSee the photos.",
                "against_type": "company",
                "against_id": person["company"],
                "affiliation": person["id"],
                "issue_type": dice.choice((1, 1, 2, 3)),
                "class": dice.choice((1, 2, 3)),
                "issue_priority": dice.choice((2, 3, 3, 4)),
                "status": status,
                "standing": standing,
                "assignee": dice.choice((5, 7, 7, None)),
                "submitted_by": 5,
                "opened_by": 5 if status > 1 else None,
                "date_submitted": opened,
                "date_opened": opened if status > 1 else None,
                "date_resolved": changed if status >= 4 else None,
                "date_closed": changed if status == 5 else None,
                "date_modified": changed,
                "date_last_interacted": changed,
            }
        )
    return rows
