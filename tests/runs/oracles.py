"""What must be true of a world and a workspace, computed from the sandbox's own log and state, not from our planner."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.runs.bed import Bed


def live(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if str(row.get("IsDeleted")).lower() not in ("1", "true")]


def marked(bed: Bed, kind: str) -> Counter[str]:
    """How many Accelo records carry each Salesforce id in their marker."""
    world = bed.served.world()["accelo"]
    fields = {str(row["id"]) for row in world["profile_fields"] if row["field_name"] == "Salesforce ID"}
    return Counter(str(row["value"]) for row in world["profile_values"]
                   if str(row["field_id"]) in fields and row["link_type"] == kind and row["value"])


def one_company_for_each_account(bed: Bed) -> None:
    """No account has two companies, and every account that is linked has exactly one."""
    found = marked(bed, "company")
    assert all(number == 1 for number in found.values()), {id: n for id, n in found.items() if n != 1}
    linked = {link.salesforce_id for link in bed.state.links.all("company")}
    assert linked <= set(found)
    people = marked(bed, "contact")
    assert all(number == 1 for number in people.values()), {id: n for id, n in people.items() if n != 1}


def journal_is_the_world(bed: Bed) -> None:
    """Every write that the sandbox logged has its attempt in the journal, and every applied attempt its write."""
    logged = [frozenset((row["system"], write["object"], str(write["id"])) for write in row["writes"])
              for row in bed.served.requests() if row.get("writes")]
    left = Counter((row["side"], written_object(row), str(row["result"])) for row in bed.state.journal.attempts()
                   if row["outcome"] in ("applied", "resolved applied") or (row["outcome"] == "unknown" and row["result"]))
    strangers = []
    for written in logged:
        hit = next((key for key in written if left[key] > 0), None)
        if hit is None:
            strangers.append(sorted(written))
        else:
            left[hit] -= 1
    missing = {key: number for key, number in left.items() if number > 0}
    assert not strangers and not missing, (strangers[:5], missing)


def written_object(attempt: dict[str, Any]) -> str:
    """What the sandbox calls the object that this attempt wrote."""
    return {"address": "addresses", "profile": "profile_values"}.get(attempt["op"], str(attempt["resource"]))


def everyone_is_in_the_ledger(bed: Bed, counts: dict[str, Any], kinds: tuple[str, ...] = ("Account", "Contact")) -> None:
    world = bed.served.world()["salesforce"]
    assert sum(counts["ledger"].values()) >= sum(len(live(world[kind])) for kind in kinds)
