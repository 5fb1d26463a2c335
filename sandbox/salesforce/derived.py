"""What the org computes by itself: names, stage and status effects, fiscal periods, numbers of cases.

Pure functions on a row (a dict of columns); who calls them and what is stored is not their business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]

FORECAST = {
    "Omitted": "Omitted",
    "Pipeline": "Pipeline",
    "Best Case": "BestCase",
    "Commit": "Forecast",
    "Closed": "Closed",
}
"""ForecastCategoryName -> ForecastCategory."""


@dataclass(frozen=True)
class Stage:
    closed: bool
    won: bool
    probability: float
    forecast: str


@dataclass(frozen=True)
class Lists:
    """The two lists that drive other fields, by their API names."""

    stages: Mapping[str, Stage]
    statuses: Mapping[str, bool]
    """Case status -> is it a closed one."""


UNKNOWN_STAGE = Stage(False, False, 0.0, "Pipeline")


def person_name(row: Mapping[str, Any]) -> str | None:
    """First and last name, as the Name of contacts, users and person accounts."""
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part) or None


def opportunity(row: Row, old: Mapping[str, Any] | None, given: Collection[str], lists: Lists, now: str) -> None:
    stage = lists.stages.get((row.get("StageName") or "").lower(), UNKNOWN_STAGE)
    moved = old is None or old.get("StageName") != row.get("StageName")
    if moved:
        if row.get("Probability") is None or (old is not None and "Probability" not in given):
            row["Probability"] = stage.probability
        if row.get("ForecastCategoryName") is None or (old is not None and "ForecastCategoryName" not in given):
            row["ForecastCategoryName"] = stage.forecast
        if old is not None:
            row["LastStageChangeDate"] = now
    row["IsClosed"], row["IsWon"] = int(stage.closed), int(stage.won)
    row["ForecastCategory"] = FORECAST.get(row.get("ForecastCategoryName") or "", "Pipeline")
    amount, probability = row.get("Amount"), row.get("Probability")
    row["ExpectedRevenue"] = None if amount is None else round(amount * (probability or 0.0) / 100.0, 2)
    close = row.get("CloseDate")
    if close:
        year, quarter = int(close[:4]), (int(close[5:7]) + 2) // 3
        row["FiscalYear"], row["FiscalQuarter"], row["Fiscal"] = year, quarter, f"{year} {quarter}"


def case(row: Row, old: Mapping[str, Any] | None, given: Collection[str], lists: Lists, now: str) -> None:
    closed = lists.statuses.get((row.get("Status") or "").lower(), False)
    row["IsClosed"] = int(closed)
    if not closed:
        row["ClosedDate"] = None
    elif row.get("ClosedDate") is None:
        row["ClosedDate"] = now


def task(row: Row, old: Mapping[str, Any] | None, given: Collection[str], lists: Lists, now: str) -> None:
    row["IsClosed"] = int(row.get("Status") == "Completed")
    row["IsHighPriority"] = int(row.get("Priority") == "High")
    if row["IsClosed"] and row.get("CompletedDateTime") is None:
        row["CompletedDateTime"] = now


def person(row: Row, old: Mapping[str, Any] | None, given: Collection[str], lists: Lists, now: str) -> None:
    row["Name"] = person_name(row)


def account(row: Row, old: Mapping[str, Any] | None, given: Collection[str], lists: Lists, now: str) -> None:
    if row.get("IsPersonAccount"):
        row["Name"] = person_name(row)


RULES = {"Opportunity": opportunity, "Case": case, "Task": task, "Contact": person, "User": person, "Account": account}
