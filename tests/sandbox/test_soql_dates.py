"""SOQL by table: what date literals, dates, datetimes and date functions select at noon of Wednesday, 20 May 2026."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.soql_world import Asker
from tests.sandbox.test_soql_rows import ALL, in_any_order

DATES: list[tuple[str, Any]] = [
    # ---- dates
    ("SELECT Name FROM Opportunity WHERE CloseDate = 2026-05-20", ["Pump"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate > 2026-05-17 AND CloseDate <= 2026-06-30", ["Pump", "Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = TODAY", ["Pump"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate < today", ["Pipe", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate <= TODAY", ["Pump", "Pipe", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate > TODAY", ["Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate >= TODAY", ["Pump", "Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate != TODAY", ["Valve", "Pipe", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = THIS_WEEK", ["Pump", "Seal"]),  # Sunday 17 to Saturday 23 May
    ("SELECT Name FROM Opportunity WHERE CloseDate = LAST_WEEK", []),
    ("SELECT Name FROM Opportunity WHERE CloseDate = THIS_MONTH", ["Pump", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_MONTH", ["Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = THIS_QUARTER", ["Pump", "Valve", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = LAST_YEAR", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = THIS_FISCAL_YEAR", ["Pump", "Valve", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_90_DAYS", ["Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = LAST_90_DAYS", ["Pump", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = LAST_N_DAYS:3", ["Pump", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = LAST_N_DAYS:2", ["Pump"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_N_DAYS:41", ["Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_N_DAYS:40", []),
    ("SELECT Name FROM Opportunity WHERE CloseDate = N_DAYS_AGO:3", ["Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate < N_DAYS_AGO:3", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_N_MONTHS:1", ["Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = LAST_N_QUARTERS:2", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = LAST_N_YEARS:1", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = N_MONTHS_AGO:6", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = N_YEARS_AGO:1", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = LAST_N_WEEKS:4", []),
    ("SELECT Name FROM Opportunity WHERE CloseDate IN (TODAY, N_DAYS_AGO:3)", ["Pump", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate NOT IN (THIS_YEAR)", ["Pipe"]),
    ("SELECT LastName FROM Contact WHERE Birthdate = null", ["Eng"]),
    # ---- datetimes
    ("SELECT Name FROM Account WHERE SystemModstamp > 2026-05-19T00:00:00Z", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE SystemModstamp >= 2026-05-19T00:00:00Z ORDER BY SystemModstamp, Id",
     [ALL[1], ALL[0]]),
    ("SELECT Name FROM Account WHERE SystemModstamp = 2026-05-19T02:00:00+02:00", ["acme north"]),
    ("SELECT Name FROM Account WHERE SystemModstamp = 2026-05-18T19:00:00-0500", ["acme north"]),
    ("SELECT Name FROM Account WHERE SystemModstamp = 2026-05-19T00:00:00.000Z", ["acme north"]),
    ("SELECT Name FROM Account WHERE CreatedDate < 2025-01-01T00:00:00z", [ALL[5]]),
    ("SELECT Name FROM Account WHERE SystemModstamp = TODAY", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE SystemModstamp = YESTERDAY", ["acme north"]),
    ("SELECT Name FROM Account WHERE SystemModstamp = LAST_N_DAYS:1", ["Acme Ltd", "acme north"]),
    ("SELECT Name FROM Account WHERE CreatedDate = LAST_QUARTER", ["Acme Ltd", "acme north", "Zebra"]),
    ("SELECT CaseNumber FROM Case WHERE CreatedDate >= TODAY", ["00001001", "00001002"]),
    # ---- date functions
    ("SELECT Name FROM Account WHERE CALENDAR_YEAR(CreatedDate) = 2024", [ALL[5]]),
    ("SELECT Name FROM Account WHERE CALENDAR_QUARTER(CreatedDate) = 1 AND CALENDAR_MONTH(CreatedDate) > 2", ["Zebra"]),
    ("SELECT Name FROM Account WHERE DAY_IN_MONTH(CreatedDate) = 29", [ALL[5]]),
    ("SELECT Name FROM Account WHERE DAY_IN_WEEK(CreatedDate) = 1", ["acme north", "Ångström AB"]),
    ("SELECT Name FROM Account WHERE DAY_IN_YEAR(CreatedDate) = 365", ["100% Percent_Co"]),
    ("SELECT Name FROM Account WHERE WEEK_IN_MONTH(CreatedDate) = 5 AND WEEK_IN_YEAR(CreatedDate) < 20",
     ["Zebra", ALL[5]]),
    ("SELECT Name FROM Account WHERE HOUR_IN_DAY(CreatedDate) = 23", ["Zebra", "100% Percent_Co"]),
    ("SELECT Name FROM Account WHERE DAY_ONLY(CreatedDate) = 2026-01-15", ["Acme Ltd"]),
    ("SELECT Name FROM Opportunity WHERE FISCAL_QUARTER(CloseDate) = 4", ["Pipe"]),
    # ---- further corners
    ("SELECT Name FROM Account WHERE CreatedDate = THIS_FISCAL_QUARTER", ["Ångström AB"]),
    ("SELECT Name FROM Account WHERE CreatedDate = LAST_FISCAL_YEAR", ["100% Percent_Co"]),
    ("SELECT Name FROM Account WHERE CreatedDate = N_FISCAL_QUARTERS_AGO:1", ["Acme Ltd", "acme north", "Zebra"]),
    ("SELECT Name FROM Account WHERE CreatedDate = LAST_N_FISCAL_YEARS:2", ["100% Percent_Co", "O'Brien \\ Sons"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_WEEK", []),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_N_WEEKS:6", ["Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate >= N_WEEKS_AGO:1", ["Pump", "Valve", "Seal"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = N_QUARTERS_AGO:2", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_QUARTER", []),
    ("SELECT Name FROM Opportunity WHERE CloseDate = NEXT_YEAR", []),
    ("SELECT Name FROM Opportunity WHERE CloseDate < LAST_MONTH", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate > LAST_N_DAYS:4", ["Valve"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate < LAST_N_DAYS:4", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE CloseDate = TOMORROW", []),
    ("SELECT Name FROM Opportunity WHERE CloseDate != YESTERDAY AND CloseDate = THIS_MONTH", ["Pump", "Seal"]),
    ("SELECT Name FROM Account WHERE SystemModstamp < YESTERDAY AND SystemModstamp >= LAST_WEEK",
     ["Ångström AB", "Zebra"]),
    ("SELECT Name FROM Account WHERE SystemModstamp = N_DAYS_AGO:1", ["acme north"]),
    ("SELECT Name FROM Account WHERE DAY_ONLY(SystemModstamp) = TODAY", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE DAY_ONLY(SystemModstamp) >= 2026-05-19", ["Acme Ltd", "acme north"]),
    ("SELECT CaseNumber FROM Case WHERE HOUR_IN_DAY(CreatedDate) = 17", ["00001002"]),
    ("SELECT CaseNumber FROM Case WHERE WEEK_IN_MONTH(CreatedDate) = 3", ["00001001", "00001002", "00001003"]),
    ("SELECT Name FROM Opportunity WHERE FISCAL_YEAR(CloseDate) = 2025", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE FISCAL_QUARTER(CloseDate) = 2 AND FISCAL_MONTH(CloseDate) = 6", ["Valve"]),
    (
        "SELECT CALENDAR_YEAR(CloseDate) y, CALENDAR_QUARTER(CloseDate) q, COUNT(Id) FROM Opportunity GROUP "
        "BY CALENDAR_YEAR(CloseDate), CALENDAR_QUARTER(CloseDate) ORDER BY CALENDAR_YEAR(CloseDate)",
        [(2025, 4, 1), (2026, 2, 3)],
    ),
    (
        "SELECT DAY_ONLY(CreatedDate) d, COUNT(Id) FROM Case GROUP BY DAY_ONLY(CreatedDate) ORDER BY "
        "DAY_ONLY(CreatedDate) DESC",
        [("2026-05-20", 2), ("2026-05-18", 1)],
    ),
    # ---- in the person's time zone, here UTC
    (
        "SELECT DAY_ONLY(convertTimezone(CreatedDate)) d, COUNT(Id) FROM Case GROUP BY "
        "DAY_ONLY(convertTimezone(CreatedDate)) ORDER BY DAY_ONLY(convertTimezone(CreatedDate))",
        [("2026-05-18", 1), ("2026-05-20", 2)],
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def ask() -> Asker:
    return Asker()


@pytest.mark.parametrize(("statement", "rows"), DATES, ids=[s for s, _ in DATES])
def test_a_statement_gives_its_rows(ask: Asker, statement: str, rows: Any) -> None:
    found, expected = in_any_order(statement, ask(statement), rows)
    assert found == expected


def test_groups_are_made_by_the_person_s_own_days_and_hours(ask: Asker) -> None:
    statement = (
        "SELECT HOUR_IN_DAY(convertTimezone(CreatedDate)) h, COUNT(Id) FROM Case GROUP BY "
        "HOUR_IN_DAY(convertTimezone(CreatedDate)) HAVING COUNT(Id) > 0 ORDER BY "
        "HOUR_IN_DAY(convertTimezone(CreatedDate))"
    )
    assert ask(statement) == [(8, 2), (17, 1)]
    assert ask(statement, person_time_zone="Europe/Oslo") == [(10, 2), (19, 1)]
