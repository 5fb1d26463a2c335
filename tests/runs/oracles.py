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
    return Counter(
        str(row["value"])
        for row in world["profile_values"]
        if str(row["field_id"]) in fields and row["link_type"] == kind and row["value"]
    )


def one_company_for_each_account(bed: Bed) -> None:
    """No account has two companies, and every account that is linked has exactly one."""
    found = marked(bed, "company")
    assert all(number == 1 for number in found.values()), {id: n for id, n in found.items() if n != 1}
    linked = {link.salesforce_id for link in bed.state.links.all("company")}
    assert linked <= set(found)
    people = marked(bed, "contact")
    assert all(number == 1 for number in people.values()), {id: n for id, n in people.items() if n != 1}


def twins_are_asked_about(bed: Bed) -> None:
    """A creation that the network delivered twice: the second record is a person's matter, never touched by us."""
    twins = {id for id, number in marked(bed, "company").items() if number > 1}
    asked = {item.question.salesforce_id for item in bed.state.inbox.items(("open",), "ambiguous")}
    assert len(twins) <= 1 and twins <= asked, (twins, asked)


def journal_is_the_world(bed: Bed) -> None:
    """Every write that the sandbox logged has its attempt in the journal, and every applied attempt its write."""
    logged = [(row["system"], *one) for row in bed.served.requests() if row.get("writes") for one in meant(row)]
    left = Counter(
        (row["side"], written_object(row), str(row["result"]))
        for row in bed.state.journal.attempts()
        if row["state"] == "applied" and row["outcome"] in ("applied", "unknown", "resolved applied")
    )
    strangers = []
    for key in logged:
        if left[key] > 0:
            left[key] -= 1
        else:
            strangers.append(key)
    missing = {key: number for key, number in left.items() if number > 0}
    assert not strangers and not missing, (strangers[:5], missing)


def meant(request: dict[str, Any]) -> list[tuple[str, str]]:
    """The object and id that a request was about; Accelo makes an affiliation beside a contact, for example. A
    collection of Salesforce was about all that it wrote."""
    path = request["path"]
    if path.endswith("/composite/sobjects"):
        return [(write["object"], str(write["id"])) for write in request["writes"]]
    wanted = (
        "profile_values"
        if "/profiles/" in path
        else "addresses"
        if path.endswith("/addresses")
        else path.split("/sobjects/")[1].split("/")[0]
        if "/sobjects/" in path
        else path.split("/api/v0/")[1].split("/")[0]
    )
    return [next((write["object"], str(write["id"])) for write in request["writes"] if write["object"] == wanted)]


def written_object(attempt: dict[str, Any]) -> str:
    """What the sandbox calls the object that this attempt wrote."""
    return {"address": "addresses", "profile": "profile_values"}.get(attempt["op"], str(attempt["resource"]))


def everyone_is_in_the_ledger(
    bed: Bed, counts: dict[str, Any], kinds: tuple[str, ...] = ("Account", "Contact")
) -> None:
    world = bed.served.world()["salesforce"]
    assert sum(counts["ledger"].values()) >= sum(len(live(world[kind])) for kind in kinds)
