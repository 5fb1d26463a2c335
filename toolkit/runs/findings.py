"""What a survey means for a run: each finding with the number of records it touches and the way to mend it.

A blocker stops a run; a warning is work or a decision that waits; an info is good to know. Examples are ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from toolkit.model import Finding
from toolkit.runs.findings_records import duplicates, incomplete, odd_text, off_list, other_spellings
from toolkit.runs.profile import NEEDED, Survey

MARKER = "Accelo_Id__c"
LEAST_LEFT = 0.20
"""The share of the day's API calls below which no run is started."""


def findings(survey: Survey) -> list[Finding]:
    """All findings, blockers first, then by how many records they touch."""
    order = {"blocker": 0, "warning": 1, "info": 2}
    found = [finding for check in CHECKS for finding in check(survey) if finding.count]
    return sorted(found, key=lambda finding: (order[finding.severity], -finding.count, finding.code))


def _hidden_fields(survey: Survey) -> Iterator[Finding]:
    for obj, needed in NEEDED.items():
        seen = {said["name"] for said in survey.describes[obj]["fields"]}
        missing = [name for name in needed if name not in seen]
        if not seen:
            yield Finding(
                f"no-access-{obj.lower()}",
                "blocker",
                f"The connected user cannot see {obj}.",
                1,
                f"Give the user of the connection read access to {obj} in a permission set.",
            )
        elif missing:
            yield Finding(
                f"hidden-{obj.lower()}",
                "warning",
                f"Fields of {obj} that the connected user cannot see: {', '.join(missing)}.",
                len(missing),
                "Give the user read access to them (field-level security), or remove their rules from mappings/. "
                "A hidden field is left out of every run, it is never taken for blank.",
            )


def _markers(survey: Survey) -> Iterator[Finding]:
    for obj in ("Account", "Contact"):
        if survey.describes[obj]["fields"] and MARKER not in {said["name"] for said in survey.describes[obj]["fields"]}:
            yield Finding(
                f"marker-{obj.lower()}",
                "warning",
                f"{obj} has no field {MARKER}.",
                1,
                f"Add a text field {MARKER} (18 characters, external id, unique) to {obj}. Without it nothing is "
                "created in Salesforce, because a lost answer could make a second record.",
            )
    for resource in ("companies", "contacts"):
        names = {str(said.get("field_name", "")).casefold() for said in survey.profile_fields.get(resource, ())}
        if "salesforce id" not in names:
            yield Finding(
                f"marker-{resource}",
                "warning",
                f"Accelo's {resource} have no profile field 'Salesforce ID'.",
                1,
                f"Add a text profile field named Salesforce ID to {resource} in Accelo's configuration.",
            )


def _budgets(survey: Survey) -> Iterator[Finding]:
    said = survey.limits.get("DailyApiRequests") or {}
    left, most = int(said.get("Remaining", 1)), int(said.get("Max", 1)) or 1
    if left < LEAST_LEFT * most:
        yield Finding(
            "limit-salesforce",
            "blocker",
            f"Salesforce has {left} of {most} API calls left today.",
            most - left,
            "Wait until other programs need less, or lower budget.salesforce_reserve.",
        )


def _scope(survey: Survey) -> Iterator[Finding]:
    scope = str(survey.token.get("scope", ""))
    if scope and "write" not in scope:
        yield Finding(
            "scope-accelo",
            "blocker",
            "Accelo's connection may only read.",
            1,
            "Connect again with the scope write(all): toolkit connect accelo",
        )


def _owners(survey: Survey) -> Iterator[Finding]:
    owners = survey.owners()
    work = owners[["Opportunity", "Case"]].sum(axis=1) if len(owners) else pd.Series(dtype=int)
    for code, rows, title in (
        ("inactive-owner", owners["active"] == "no", "Opportunities and cases of owners who are no longer active."),
        ("queue-owner", owners["active"] == "queue", "Opportunities and cases that belong to a queue."),
        (
            "unmapped-owner",
            (owners["in Accelo"] == "") & (owners["active"] == "yes"),
            "Opportunities and cases of owners who have no account of the same e-mail address in Accelo.",
        ),
    ):
        yield Finding(
            code,
            "warning",
            title,
            int(work[rows].sum()),
            "Say who takes them in Accelo before sales and tickets are imported. Companies are not affected.",
        )


def _currencies(survey: Survey) -> Iterator[Finding]:
    sales = survey.tables["Opportunity"]
    seen = sales["CurrencyIsoCode"].dropna().value_counts()
    if len(seen) > 1:
        yield Finding(
            "currencies",
            "warning",
            f"Opportunities in {len(seen)} currencies: {', '.join(map(str, seen.index))}.",
            int(seen.iloc[1:].sum()),
            "Accelo's API takes amounts in one currency. The amounts in others are listed before an import of sales.",
        )


CHECKS: tuple[Callable[[Survey], Iterator[Finding]], ...] = (
    _hidden_fields,
    _markers,
    _budgets,
    _scope,
    duplicates,
    incomplete,
    off_list,
    other_spellings,
    odd_text,
    _owners,
    _currencies,
)
