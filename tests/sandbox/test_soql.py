
"""SOQL by table: each statement with its rows, or with the code, the place and words of the org's answer.

The world is in soql_world.py; rules follow the SOQL and SOSL Reference.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.salesforce import soql
from tests.sandbox.soql_world import ACME, BOB, JO, NORTH, QUEUE, Asker

NEW = "a place no row of the world is in"
ALL = ["Acme Ltd", "acme north", "Zebra", "Ångström AB", "100% Percent_Co", "O'Brien \\ Sons"]

ROWS: list[tuple[str, Any]] = [
    # ---- names and shapes
    ("SELECT Name FROM Account", ALL),
    ("select name from account", ALL),
    ("SELECT\n  Name\nFROM\tAccount", ALL),
    ("SELECT Account.Name FROM Account", ALL),
    ("SELECT a.Name FROM Account a WHERE a.Industry = 'Banking'", ["Zebra"]),
    ("SELECT a.Name FROM Account AS a WHERE a.Industry = 'Banking'", ["Zebra"]),
    ("SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE a.Name = 'acme north'", [("Dahl", "acme north")]),
    ("SELECT LastName, Account.Name FROM Contact WHERE LastName = 'Eng'", [("Eng", None)]),
    ("SELECT Account.Owner.Name FROM Contact WHERE LastName = 'Dahl'", ["Bob Leaver"]),
    ("SELECT Account.Parent.Owner.Name, LastName FROM Contact WHERE LastName = 'Dahl'", [("Ada Admin", "Dahl")]),
    ("SELECT Account.Parent.Parent.Parent.Owner.Name FROM Contact WHERE LastName = 'Dahl'", [None]),
    ("SELECT ReportsTo.Name, ReportsTo.Account.Name FROM Contact WHERE LastName = 'Dahl'", [("Jo Berg", "Acme Ltd")]),
    ("SELECT BillingAddress FROM Account WHERE Name = 'Zebra'", [None]),
    ("SELECT Name, IsDeleted FROM Account WHERE Name = 'Zebra'", [("Zebra", False)]),
    ("SELECT Id FROM Group", [QUEUE]),
    ("SELECT Name, Type FROM Group WHERE Type = 'Queue'", [("Support Queue", "Queue")]),
    # ---- equality and text without case
    ("SELECT Name FROM Account WHERE Name = 'ACME LTD'", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE Name = 'ångström ab'", ["Ångström AB"]),
    ("SELECT Name FROM Account WHERE Name != 'Acme Ltd'", ALL[1:]),
    ("SELECT Name FROM Account WHERE Name <> 'Acme Ltd'", ALL[1:]),
    ("SELECT Name FROM Account WHERE Industry != 'energy'", ["acme north", "Zebra", "100% Percent_Co", ALL[5]]),
    ("SELECT Name FROM Account WHERE Industry = null", ["acme north"]),
    ("SELECT Name FROM Account WHERE Industry != null AND Industry != 'Retail'", ["Acme Ltd", "Zebra", "Ångström AB"]),
    ("SELECT Name FROM Account WHERE Industry = ''", ["acme north"]),
    ("SELECT Name FROM Account WHERE Industry != ''", ["Acme Ltd", *ALL[2:]]),
    ("SELECT Name FROM Account WHERE Name = 'O\\'Brien \\\\ Sons'", [ALL[5]]),
    ("SELECT Name FROM Account WHERE Name = '\\u0041cme Ltd'", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE Name = 'Acme\\nLtd'", []),
    ("SELECT Name FROM Account WHERE Name = 'x\\' OR Name != \\''", []),
    ("SELECT Name FROM Account WHERE Name > 'p'", ["Zebra", "Ångström AB"]),
    ("SELECT Name FROM Account WHERE Name <= 'ACME LTD' ORDER BY Name", ["100% Percent_Co", "Acme Ltd"]),
    ("SELECT Name FROM Account WHERE Code__c = 'abc'", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE Code__c IN ('ABC')", ["acme north"]),
    # ---- ids
    (f"SELECT Name FROM Account WHERE Id = '{ACME}'", ["Acme Ltd"]),
    (f"SELECT Name FROM Account WHERE Id = '{ACME[:15]}'", ["Acme Ltd"]),
    (f"SELECT Name FROM Account WHERE Id IN ('{ACME[:15]}', '{NORTH}')", ["Acme Ltd", "acme north"]),
    (f"SELECT Name FROM Account WHERE Id != '{ACME}'", ALL[1:]),
    (f"SELECT Name FROM Account WHERE Id > '{NORTH}' ORDER BY Id LIMIT 2", ["Zebra", "Ångström AB"]),
    (f"SELECT Name FROM Account WHERE ParentId = '{ACME}'", ["acme north"]),
    (f"SELECT Name FROM Account WHERE ParentId NOT IN ('{ACME}')", [ALL[0], *ALL[2:]]),
    (f"SELECT LastName FROM Contact WHERE AccountId != '{ACME}'", ["Dahl", "Eng"]),
    # ---- numbers and booleans
    ("SELECT Name FROM Account WHERE NumberOfEmployees = 10", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE NumberOfEmployees = 0", ["acme north"]),
    ("SELECT Name FROM Account WHERE NumberOfEmployees = null", ["Zebra"]),
    ("SELECT Name FROM Account WHERE NumberOfEmployees != 10", ALL[1:]),
    ("SELECT Name FROM Account WHERE NumberOfEmployees < 7", ["acme north", "100% Percent_Co"]),
    ("SELECT Name FROM Account WHERE AnnualRevenue >= 1000.5", ["Acme Ltd", "Ångström AB"]),
    ("SELECT Name FROM Account WHERE AnnualRevenue > .5 AND AnnualRevenue < +1000", ["100% Percent_Co", ALL[5]]),
    ("SELECT Name FROM Account WHERE AnnualRevenue > -1 AND AnnualRevenue <= 0", ["acme north"]),
    ("SELECT Name FROM Opportunity WHERE Amount > USD200", ["Valve"]),
    ("SELECT Name FROM Account WHERE AnnualRevenue IN (250, 1000.5)", ["Acme Ltd", "100% Percent_Co", ALL[5]]),
    ("SELECT Name FROM User WHERE IsActive = true", ["Ada Admin"]),
    ("SELECT Name FROM User WHERE IsActive != TRUE", ["Bob Leaver"]),
    ("SELECT Name FROM Opportunity WHERE IsWon = false AND IsClosed = true", ["Pipe"]),
    ("SELECT Name FROM Opportunity WHERE StageName = 'Prospecting'", ["Valve", "Seal"]),
    # ---- LIKE
    ("SELECT Name FROM Account WHERE Name LIKE 'acme%'", ["Acme Ltd", "acme north"]),
    ("SELECT Name FROM Account WHERE Name LIKE '%LTD'", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE Name LIKE 'Zebr_'", ["Zebra"]),
    ("SELECT Name FROM Account WHERE Name LIKE 'zebr'", []),
    ("SELECT Name FROM Account WHERE Name LIKE '100\\% %'", ["100% Percent_Co"]),
    ("SELECT Name FROM Account WHERE Name LIKE '%t\\_C%'", ["100% Percent_Co"]),
    ("SELECT Name FROM Account WHERE Name LIKE '%\\\\%'", [ALL[5]]),
    ("SELECT Name FROM Account WHERE Name LIKE 'ÅNGSTRÖM%'", ["Ångström AB"]),
    ("SELECT Name FROM Account WHERE (NOT Name LIKE 'a%')", ALL[2:]),
    ("SELECT Name FROM Account WHERE (NOT Industry LIKE 'e%')", ["acme north", "Zebra", *ALL[4:]]),
    ("SELECT LastName FROM Contact WHERE Email LIKE '%@ACME.example'", ["Berg", "Gran"]),
    # ---- lists
    ("SELECT Name FROM Account WHERE Industry IN ('energy', 'BANKING')", ["Acme Ltd", "Zebra", "Ångström AB"]),
    ("SELECT Name FROM Account WHERE Industry NOT IN ('Energy', 'Banking')", ["acme north", *ALL[4:]]),
    ("SELECT Name FROM Account WHERE Industry IN ('Banking', null)", ["acme north", "Zebra"]),
    ("SELECT Name FROM Account WHERE Industry NOT IN ('Banking', null)", ["Acme Ltd", *ALL[3:]]),
    ("SELECT Name FROM Account WHERE Name IN ('ÅNGSTRÖM AB', 'zebra')", ["Zebra", "Ångström AB"]),
    ("SELECT LastName FROM Contact WHERE Interests__c INCLUDES ('Golf')", ["Berg", "Dahl"]),
    ("SELECT LastName FROM Contact WHERE Interests__c INCLUDES ('golf;chess', 'Sailing')", ["Berg", "Gran"]),
    ("SELECT LastName FROM Contact WHERE Interests__c EXCLUDES ('Golf')", ["Eng", "Gran"]),
    ("SELECT LastName FROM Contact WHERE Interests__c = 'Golf'", ["Dahl"]),
    # ---- AND, OR, NOT
    ("SELECT Name FROM Account WHERE Industry = 'Energy' AND BillingCity = 'Oslo'", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE Industry = 'Banking' OR BillingCity = 'Cork' OR Name = 'none'", ["Zebra", ALL[5]]),
    (
        "SELECT Name FROM Account WHERE Industry = 'Energy' AND (BillingCity = 'Oslo' OR BillingCity = 'Göteborg')",
        ["Acme Ltd", "Ångström AB"],
    ),
    ("SELECT Name FROM Account WHERE ((Industry = 'Banking'))", ["Zebra"]),
    ("SELECT Name FROM Account WHERE NOT (Industry = 'Energy' OR Industry = 'Retail')", ["acme north", "Zebra"]),
    ("SELECT Name FROM Account WHERE NOT Industry = 'Energy'", ["acme north", "Zebra", *ALL[4:]]),
    ("SELECT Name FROM Account WHERE (NOT Industry = 'Energy') AND BillingCity = 'Oslo'", ["100% Percent_Co"]),
    ("SELECT Name FROM Account WHERE NOT NOT Industry = 'Banking'", ["Zebra"]),
    ("SELECT Name FROM Account WHERE NumberOfEmployees < 5 OR (NOT NumberOfEmployees >= 5)", ["acme north", "Zebra"]),
    # ---- through relationships
    ("SELECT LastName FROM Contact WHERE Account.Name = 'acme ltd'", ["Berg", "Gran"]),
    ("SELECT LastName FROM Contact WHERE Account.Name = null", ["Eng"]),
    ("SELECT LastName FROM Contact WHERE Account.Name != 'acme ltd'", ["Dahl", "Eng"]),
    ("SELECT LastName FROM Contact WHERE Account.Owner.IsActive = false", ["Dahl"]),
    ("SELECT CaseNumber FROM Case WHERE Owner.Name = 'support queue'", ["00001002"]),
    ("SELECT CaseNumber, Owner.Name, Owner.Type FROM Case WHERE Owner.Type = 'Queue'", []),
    ("SELECT CaseNumber FROM Case WHERE Owner.Type = 'Group'", ["00001002"]),
    ("SELECT Owner.Name FROM Case ORDER BY Owner.Name", ["Ada Admin", "Bob Leaver", "Support Queue"]),
    ("SELECT CaseNumber FROM Case WHERE Contact.Account.Parent.Name = 'Acme Ltd'", ["00001002"]),
    # ---- children
    (
        "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC) FROM Account WHERE Name LIKE 'a%'",
        [("Acme Ltd", ["Gran", "Berg"]), ("acme north", ["Dahl"])],
    ),
    ("SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'Zebra'", [("Zebra", None)]),
    (
        "SELECT (SELECT LastName, Account.Name FROM Account.Contacts WHERE LastName = 'Gran') FROM Account "
        f"WHERE Id = '{ACME}'",
        [[("Gran", "Acme Ltd")]],
    ),
    (
        "SELECT Name, (SELECT Name, Amount FROM Opportunities WHERE Amount > 100 LIMIT 1), (SELECT CaseNumber FROM Cases) "
        "FROM Account WHERE Name = 'Acme Ltd'",
        [("Acme Ltd", [("Valve", 300.0)], ["00001001"])],
    ),
    (
        "SELECT Name, (SELECT LastName, (SELECT CaseNumber FROM Cases) FROM Contacts WHERE LastName = 'Berg') "
        "FROM Account WHERE Name = 'Acme Ltd'",
        [("Acme Ltd", [("Berg", ["00001001"])])],
    ),
    ("SELECT Name, (SELECT Name FROM ChildAccounts) FROM Account WHERE Name = 'Acme Ltd'", [("Acme Ltd", ["acme north"])]),
    # ---- semi-joins and anti-joins
    ("SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact)", ["Acme Ltd", "acme north"]),
    ("SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)", ALL[2:]),
    (
        "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE IsClosed = false) "
        "AND Id NOT IN (SELECT AccountId FROM Case)",
        ["Zebra"],
    ),
    ("SELECT LastName FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Industry = 'Energy')", ["Berg", "Gran"]),
    ("SELECT LastName FROM Contact WHERE AccountId NOT IN (SELECT Id FROM Account WHERE Name LIKE 'a%')", ["Eng"]),
    ("SELECT Name FROM Account WHERE Id IN (SELECT Account.Id FROM Contact WHERE LastName = 'Dahl')", ["acme north"]),
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
    ("SELECT Name FROM Account WHERE SystemModstamp >= 2026-05-19T00:00:00Z ORDER BY SystemModstamp, Id", [ALL[1], ALL[0]]),
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
    ("SELECT Name FROM Account WHERE WEEK_IN_MONTH(CreatedDate) = 5 AND WEEK_IN_YEAR(CreatedDate) < 20", ["Zebra", ALL[5]]),
    ("SELECT Name FROM Account WHERE HOUR_IN_DAY(CreatedDate) = 23", ["Zebra", "100% Percent_Co"]),
    ("SELECT Name FROM Account WHERE DAY_ONLY(CreatedDate) = 2026-01-15", ["Acme Ltd"]),
    ("SELECT Name FROM Opportunity WHERE FISCAL_QUARTER(CloseDate) = 4", ["Pipe"]),
    # ---- aggregates
    ("SELECT COUNT() FROM Account", 6),
    ("SELECT count() FROM Account WHERE Industry = 'Energy'", 2),
    ("SELECT COUNT() FROM Account LIMIT 4", 4),
    ("SELECT COUNT(Id) FROM Contact", [4]),
    ("SELECT COUNT(Email) FROM Contact", [3]),
    ("SELECT COUNT(Id), COUNT(AccountId) accounts, COUNT_DISTINCT(AccountId) FROM Contact", [(4, 3, 2)]),
    ("SELECT SUM(Amount), AVG(Amount), MIN(Amount), MAX(Amount) FROM Opportunity", [(450.5, 450.5 / 3, 50.5, 300.0)]),
    ("SELECT SUM(NumberOfEmployees), MAX(Name) FROM Account WHERE NumberOfEmployees < 11", [(22, ALL[5])]),
    ("SELECT MIN(CloseDate), MAX(SystemModstamp) FROM Opportunity", [("2025-11-30", None)]),
    ("SELECT COUNT_DISTINCT(StageName) FROM Opportunity", [3]),
    ("SELECT SUM(Amount) FROM Opportunity WHERE Amount = null", [None]),
    (
        "SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry ORDER BY Industry NULLS LAST",
        [("Banking", 1), ("Energy", 2), ("Retail", 2), (None, 1)],
    ),
    (
        "SELECT Industry i, COUNT(Id) n FROM Account GROUP BY Industry ORDER BY COUNT(Id) DESC, Industry LIMIT 2",
        [("Energy", 2), ("Retail", 2)],
    ),
    ("SELECT Industry FROM Account GROUP BY Industry HAVING COUNT(Id) > 1", ["Energy", "Retail"]),
    ("SELECT Industry FROM Account GROUP BY Industry HAVING COUNT(Id) > 1 AND Industry LIKE 'r%'", ["Retail"]),
    ("SELECT StageName, SUM(Amount) FROM Opportunity GROUP BY StageName HAVING SUM(Amount) > 200", [("Prospecting", 350.5)]),
    ("SELECT Account.Name, COUNT(Id) FROM Contact GROUP BY Account.Name", [(None, 1), ("Acme Ltd", 2), ("acme north", 1)]),
    ("SELECT Owner.Name FROM Case GROUP BY Owner.Name", ["Ada Admin", "Bob Leaver", "Support Queue"]),
    (
        "SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) FROM Account GROUP BY CALENDAR_YEAR(CreatedDate) "
        "ORDER BY CALENDAR_YEAR(CreatedDate)",
        [(2024, 1), (2025, 1), (2026, 4)],
    ),
    (
        "SELECT Industry, COUNT(Id), GROUPING(Industry) g FROM Account GROUP BY ROLLUP(Industry)",
        [(None, 1, 0), ("Banking", 1, 0), ("Energy", 2, 0), ("Retail", 2, 0), (None, 6, 1)],
    ),
    (
        "SELECT IsWon, IsClosed, COUNT(Id) FROM Opportunity WHERE Amount != null GROUP BY CUBE(IsWon, IsClosed)",
        [
            (False, False, 2), (True, True, 1), (None, False, 2), (None, True, 1), (False, None, 2), (True, None, 1),
            (None, None, 3),
        ],
    ),
    # ---- FIELDS, wrappers, TYPEOF
    ("SELECT FIELDS(CUSTOM) FROM Contact WHERE LastName = 'Dahl' LIMIT 200", [(None, None, "Golf")]),
    ("SELECT FIELDS(STANDARD) FROM OpportunityStage", []),
    ("SELECT toLabel(StageName), Name FROM Opportunity WHERE Name = 'Pump'", [("Closed Won", "Pump")]),
    ("SELECT FORMAT(Amount) text, Amount FROM Opportunity WHERE Name = 'Valve'", [("$300.00", 300.0)]),
    ("SELECT FORMAT(CloseDate) FROM Opportunity WHERE Name = 'Valve'", ["6/30/2026"]),
    ("SELECT FORMAT(MIN(CloseDate)) earliest FROM Opportunity", ["11/30/2025"]),
    ("SELECT convertCurrency(Amount) FROM Opportunity WHERE Name = 'Valve'", [300.0]),
    ("SELECT FORMAT(convertCurrency(Amount)) amt FROM Opportunity WHERE Name = 'Seal'", ["$50.50"]),
    (
        "SELECT TYPEOF Owner WHEN User THEN Username WHEN Group THEN Type ELSE Name END FROM Case",
        ["ada@org.example", "Queue", "bob@org.example"],
    ),
    ("SELECT TYPEOF Owner WHEN Group THEN Type ELSE Name END FROM Case", ["Ada Admin", "Queue", "Bob Leaver"]),
    (
        "SELECT Name FROM Account WHERE DISTANCE(BillingAddress, GEOLOCATION(60.0, 10.7), 'km') < 12",
        ["Acme Ltd"],
    ),
    # ---- order, limit, offset
    ("SELECT Name FROM Account ORDER BY Name", ["100% Percent_Co", "Acme Ltd", "acme north", ALL[5], "Zebra", "Ångström AB"]),
    ("SELECT Industry FROM Account ORDER BY Industry LIMIT 2", [None, "Banking"]),
    ("SELECT Industry FROM Account ORDER BY Industry DESC LIMIT 2", [None, "Retail"]),
    ("SELECT Industry FROM Account ORDER BY Industry DESC NULLS LAST LIMIT 2", ["Retail", "Retail"]),
    ("SELECT Industry FROM Account ORDER BY Industry ASC NULLS FIRST LIMIT 1", [None]),
    ("SELECT Name FROM Account ORDER BY Industry NULLS LAST, Name DESC LIMIT 2", ["Zebra", "Ångström AB"]),
    ("SELECT LastName FROM Contact ORDER BY Account.Name DESC NULLS LAST, LastName", ["Dahl", "Berg", "Gran", "Eng"]),
    ("SELECT Name FROM Account LIMIT 2", ALL[:2]),
    ("SELECT Name FROM Account LIMIT 2 OFFSET 4", ALL[4:]),
    ("SELECT Name FROM Account OFFSET 5", ALL[5:]),
    ("SELECT Name FROM Account LIMIT 0", []),
    ("SELECT Name FROM Account OFFSET 2000", []),
    # ---- clauses that change nothing here
    ("SELECT Name FROM Account LIMIT 1 FOR VIEW", ["Acme Ltd"]),
    ("SELECT Name FROM Account LIMIT 1 FOR REFERENCE", ["Acme Ltd"]),
    ("SELECT Name FROM Account LIMIT 1 FOR UPDATE", ["Acme Ltd"]),
    ("SELECT Name FROM Account LIMIT 1 UPDATE TRACKING, VIEWSTAT", ["Acme Ltd"]),
    ("SELECT Name FROM Account WITH SECURITY_ENFORCED LIMIT 1", ["Acme Ltd"]),
    ("SELECT Name FROM Account WHERE Industry = 'Banking' WITH USER_MODE", ["Zebra"]),
    ("SELECT Name FROM Account USING SCOPE everything LIMIT 1", ["Acme Ltd"]),
    ("SELECT Name FROM Opportunity USING SCOPE mine WHERE Amount > 1", ["Pump", "Seal"]),
]  # fmt: skip

COLUMN = "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c'"
RELATIONSHIP = "Didn't understand relationship '{}' in field path."
FILTER, MALFORMED, FIELD = "INVALID_QUERY_FILTER_OPERATOR", "MALFORMED_QUERY", "INVALID_FIELD"

ERRORS: list[tuple[str, str, str, str]] = [
    # statement, code, "row:column" or "", words
    ("", MALFORMED, "", "A query string has to be specified"),
    ("SELECT", MALFORMED, "1:7", "unexpected token: '<EOF>'"),
    ("SELECT Id", MALFORMED, "1:10", "unexpected token: '<EOF>'"),
    ("SELECT Id FROM", MALFORMED, "1:15", "unexpected token: '<EOF>'"),
    ("SELECT FROM Account", MALFORMED, "1:8", "unexpected token: 'FROM'"),
    ("SELECT Id, FROM Account", MALFORMED, "1:12", "unexpected token: 'FROM'"),
    ("SELECT * FROM Account", MALFORMED, "1:8", "unexpected token: '*'"),
    ("SELECT Id FORM Account", MALFORMED, "1:16", "unexpected token: 'Account'"),
    ("UPDATE Account SET Name = 'x'", MALFORMED, "1:1", "unexpected token: 'UPDATE'"),
    ("SELECT Id FROM Account;", MALFORMED, "1:23", "unexpected token: ';'"),
    ("SELECT Id FROM Account WHERE", MALFORMED, "1:29", "unexpected token: '<EOF>'"),
    ("SELECT Id FROM Account WHERE Name", MALFORMED, "1:34", "unexpected token: '<EOF>'"),
    ("SELECT Id FROM Account WHERE Name = Zebra", MALFORMED, "1:37", "unexpected token: 'Zebra'"),
    ("SELECT Id FROM Account WHERE Name = \"Zebra\"", MALFORMED, "1:37", "unexpected token: '\"'"),
    ("SELECT Id FROM Account WHERE Name = 'O'Brien'", MALFORMED, "1:40", "unexpected token: 'Brien'"),
    ("SELECT Id FROM Account WHERE Name = 'open", MALFORMED, "1:37", "unterminated string literal"),
    ("SELECT Id FROM Account WHERE Name == 'x'", MALFORMED, "1:36", "unexpected token: '='"),
    ("SELECT Id FROM Account WHERE Name IS NULL", MALFORMED, "1:35", "unexpected token: 'IS'"),
    ("SELECT Id FROM Account WHERE Name IN ()", MALFORMED, "1:39", "unexpected token: ')'"),
    ("SELECT Id FROM Account WHERE (Name = 'x'", MALFORMED, "1:41", "unexpected token: '<EOF>'"),
    ("SELECT Id FROM Account WHERE Name = 'x')", MALFORMED, "1:40", "unexpected token: ')'"),
    (
        "SELECT Id, Email, Name\nFROM Contact\nWHERE AccountId = '0014000000p6XlS' AND LastName LIKE 'test' OR email LIKE 'x'",
        MALFORMED, "3:62", "unexpected token: 'OR'",
    ),
    ("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'", MALFORMED, "1:55", "unexpected token: 'AND'"),
    ("SELECT Id FROM Account WHERE Name = 'a' AND NOT Name = 'b'", MALFORMED, "1:45", "unexpected token: 'NOT'"),
    ("SELECT Id FROM Account WHERE Name = :name", MALFORMED, "1:37", "Bind variables only allowed in Apex code"),
    ("SELECT Id FROM Account WHERE Name = 'a\\qb'", MALFORMED, "1:37", "Illegal character sequence '\\q' in string literal."),
    ("SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS", MALFORMED, "1:44", "unexpected token: 'LAST_N_DAYS'"),
    ("SELECT Id FROM Account WHERE CreatedDate > 2026-13-01T00:00:00Z", MALFORMED, "1:44", "Invalid date"),
    ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-02-30", MALFORMED, "1:46", "Invalid date: 2026-02-30"),
    ("SELECT Id FROM Account ORDER Name", MALFORMED, "1:30", "unexpected token: 'Name'"),
    ("SELECT Id FROM Account ORDER BY Name WHERE Name = 'x'", MALFORMED, "1:38", "unexpected token: 'WHERE'"),
    ("SELECT Id FROM Account LIMIT -1", MALFORMED, "1:30", "unexpected token: '-1'"),
    ("SELECT Id FROM Account OFFSET 1 LIMIT 1", MALFORMED, "1:33", "unexpected token: 'LIMIT'"),
    ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "", "Maximum SOQL offset allowed is 2000"),
    ("SELECT Id FROM Account ALL ROWS", MALFORMED, "1:24", "ALL ROWS not allowed in this context"),
    ("SELECT UPPER(Name) FROM Account", MALFORMED, "1:8", "Invalid aggregate function: UPPER"),
    ("SELECT Name n FROM Account", MALFORMED, "1:8", "only aggregate expressions use field aliasing"),
    ("SELECT Id FROM Account USING SCOPE nobody", MALFORMED, "1:36", "unexpected token: 'nobody'"),
    # ---- objects, fields, relationships
    ("SELECT Id FROM Contact123", "INVALID_TYPE", "1:16", "sObject type 'Contact123' is not supported. If you are"),
    ("select count() from XYZZY", "INVALID_TYPE", "1:21", "be sure to append the '__c' after the entity name."),
    ("SELECT Naem FROM Account", FIELD, "1:8", COLUMN.format("Naem", "Account")),
    ("SELECT Id, Name,\n Foo__c FROM Account", FIELD, "2:2", COLUMN.format("Foo__c", "Account")),
    ("SELECT Id FROM Account WHERE Foo = 1", FIELD, "1:30", COLUMN.format("Foo", "Account")),
    ("SELECT Id FROM Account ORDER BY Foo", FIELD, "1:33", COLUMN.format("Foo", "Account")),
    ("SELECT Account.Foo FROM Contact", FIELD, "1:8", COLUMN.format("Foo", "Account")),
    ("SELECT Owner.Division FROM Case", FIELD, "1:8", COLUMN.format("Division", "Name")),
    ("SELECT Firm.Name FROM Contact", FIELD, "1:8", RELATIONSHIP.format("Firm")),
    ("SELECT Id FROM Contact WHERE Account.Firm.Name = 'x'", FIELD, "1:30", RELATIONSHIP.format("Firm")),
    ("SELECT Account.Parent.Parent.Parent.Parent.Parent.Name FROM Contact", FIELD, "1:8", "longer than 5 relationships"),
    ("SELECT Id, (SELECT Id FROM Contact) FROM Account", "INVALID_TYPE", "1:28", "relationship 'Contact' in FROM part of query"),
    ("SELECT Id, (SELECT Foo FROM Contacts) FROM Account", FIELD, "1:20", COLUMN.format("Foo", "Contact")),
    ("SELECT Id, Name, id FROM Account", FIELD, "1:18", "duplicate field selected: Id"),
    ("SELECT Owner.Name, Id, Owner.Name FROM Account", FIELD, "1:24", "duplicate field selected: Name"),
    # ---- filters
    ("SELECT Id FROM Account WHERE Description = 'x'", FIELD, "1:30", "field 'Description' can not be filtered in a query call"),
    ("SELECT Id FROM Contact WHERE Account.Description LIKE 'x'", FIELD, "1:30", "can not be filtered in a query call"),
    ("SELECT Id FROM Account WHERE BillingAddress = 'x'", FIELD, "1:30", "'BillingAddress' can not be filtered"),
    ("SELECT Id FROM Account ORDER BY Description", MALFORMED, "1:33", "field 'Description' can not be sorted in a query call"),
    ("SELECT Id FROM Account WHERE Name = 5", FIELD, "1:30", "field 'Name' must be of type string and should be enclosed"),
    ("SELECT Id FROM Account WHERE Name IN ('a', 5)", FIELD, "1:30", "must be of type string and should be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE NumberOfEmployees = '5'", FIELD, "1:30", "of type int and should not be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE AnnualRevenue = '5'", FIELD, "1:30", "must be of type double and should not be enclosed"),
    ("SELECT Id FROM Account WHERE IsDeleted = 'true'", FIELD, "1:30", "must be of type boolean and should not be enclosed"),
    ("SELECT Id FROM Account WHERE CreatedDate = '2026-01-01'", FIELD, "1:30", "must be of type dateTime and should not be"),
    ("SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", FIELD, "1:30", "field 'CreatedDate' must be of type dateTime"),
    ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-01-01T00:00:00Z", FIELD, "1:34", "must be of type date and should"),
    ("SELECT Id FROM Opportunity WHERE Amount = TODAY", FIELD, "1:34", "must be of type double"),
    ("SELECT Id FROM Account WHERE Id = 'xyz'", FILTER, "1:30", "invalid ID field: xyz"),
    ("SELECT Id FROM Account WHERE ParentId IN ('001')", FILTER, "1:30", "invalid ID field: 001"),
    ("SELECT Id FROM Account WHERE Id LIKE '001%'", FILTER, "1:30", "invalid operator on id field"),
    ("SELECT Id FROM Account WHERE IsDeleted > true", FILTER, "1:30", "invalid operator on boolean field"),
    ("SELECT Id FROM Account WHERE AnnualRevenue LIKE '5%'", FILTER, "1:30", "invalid operator on currency field"),
    ("SELECT Id FROM Account WHERE Industry INCLUDES ('Energy')", FILTER, "1:30", "only valid on multipicklist fields"),
    ("SELECT Id FROM Account WHERE COUNT(Id) > 1", MALFORMED, "1:30", "aggregate expression not allowed here: COUNT"),
    ("SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 2026", FIELD, "1:30", "does not support function calendar_year"),
    # ---- semi-joins
    (
        "SELECT Id FROM Account WHERE Name IN (SELECT AccountId FROM Contact)",
        FIELD, "1:30", "should be an id field, cannot use: 'Name'",
    ),
    ("SELECT Id FROM Account WHERE Id IN (SELECT LastName FROM Contact)", FIELD, "1:44", "cannot use: 'LastName'"),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) OR Name = 'x'",
        MALFORMED, "1:30", "only allowed at the top level WHERE expressions",
    ),
    ("SELECT Id FROM Account WHERE Id IN (SELECT ContactId FROM Case)", MALFORMED, "1:30", "should point to the same object"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT ParentId FROM Account)", MALFORMED, "1:58", "not be on the same object type"),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))",
        MALFORMED, "1:37", "Nesting of semi join sub-selects is not supported",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Case) "
        "AND Id IN (SELECT AccountId FROM Opportunity)",
        MALFORMED, "1:111", "Maximum 2 semi join sub-selects are allowed",
    ),
    ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)", MALFORMED, "1:37", "do not support ORDER BY"),
    # ---- aggregates
    ("SELECT Name, COUNT(Id) FROM Account", MALFORMED, "1:8", "Field must be grouped or aggregated: Name"),
    ("SELECT Name, Industry FROM Account GROUP BY Name", MALFORMED, "1:14", "Field must be grouped or aggregated: Industry"),
    ("SELECT COUNT(), Name FROM Account", MALFORMED, "1:8", "COUNT() must be the only element in the SELECT list"),
    ("SELECT COUNT() FROM Account GROUP BY Name", MALFORMED, "1:8", "COUNT() must be the only element"),
    ("SELECT Name FROM Account HAVING COUNT(Id) > 1", MALFORMED, "1:26", "unexpected token: 'HAVING'"),
    ("SELECT SUM(Name) FROM Account", FIELD, "1:8", "field Name does not support aggregate operator SUM"),
    ("SELECT MAX(Id) FROM Account", FIELD, "1:8", "field Id does not support aggregate operator MAX"),
    ("SELECT MAX(Description) FROM Account", FIELD, "1:8", "field Description does not support aggregate operator MAX"),
    ("SELECT Description, COUNT(Id) FROM Account GROUP BY Description", MALFORMED, "1:53", "can not be grouped in a query call"),
    ("SELECT COUNT(Id) FROM Account GROUP BY Industry ORDER BY Name", MALFORMED, "1:58", "Ordered field must be grouped or"),
    ("SELECT COUNT(Id) n, COUNT(Name) n FROM Account", MALFORMED, "1:21", "duplicate alias: n"),
    ("SELECT Id, (SELECT COUNT(Id) FROM Contacts) FROM Account", MALFORMED, "1:13", "Only root queries support aggregate"),
    ("SELECT CALENDAR_YEAR(CreatedDate) FROM Account", MALFORMED, "1:8", "Field must be grouped or aggregated: CreatedDate"),
    # ---- FIELDS()
    ("SELECT FIELDS(ALL) FROM Account", MALFORMED, "1:8", "The SOQL FIELDS function must have a LIMIT of at most 200"),
    ("SELECT FIELDS(CUSTOM) FROM Account LIMIT 201", MALFORMED, "1:8", "must have a LIMIT of at most 200"),
    ("SELECT FIELDS(SOME) FROM Account LIMIT 1", MALFORMED, "1:8", "FIELDS function takes ALL, STANDARD or CUSTOM"),
]  # fmt: skip


@pytest.fixture(scope="module")
def ask() -> Asker:
    return Asker()


@pytest.mark.parametrize(("statement", "rows"), ROWS, ids=[s for s, _ in ROWS])
def test_a_statement_gives_its_rows(ask: Asker, statement: str, rows: Any) -> None:
    found = ask(statement)
    if isinstance(rows, list) and "ORDER BY" not in statement and "LIMIT" not in statement:
        found, rows = sorted(found, key=repr), sorted(rows, key=repr)  # the order of an answer is nobody's promise
    assert found == rows


@pytest.mark.parametrize(("statement", "code", "place", "words"), ERRORS, ids=[e[0] for e in ERRORS])
def test_a_refused_statement_gives_its_code_and_place(
    ask: Asker, statement: str, code: str, place: str, words: str
) -> None:
    with pytest.raises(soql.SoqlError) as refused:
        ask(statement)
    message = refused.value.message
    found = re.search(r"\nERROR at Row:(\d+):Column:(\d+)\n", message)
    assert (refused.value.code, ":".join(found.groups()) if found else "") == (code, place)
    assert words in message
    if found:
        line, caret = message.split("\n")[1:3]
        assert len(caret) <= len(line) + 1
        assert statement.split("\n")[int(found.group(1)) - 1].find(line) >= 0


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) + len(ERRORS) >= 150
    assert len({s for s, *_ in [*ROWS, *ERRORS]}) == len(ROWS) + len(ERRORS)


def test_answers_have_the_api_s_own_case_and_attributes(ask: Asker) -> None:
    (jo,) = ask.records(f"select id, EMAIL, account.OWNER.name from CONTACT where id = '{JO}'")
    assert jo == {
        "attributes": {"type": "Contact", "url": f"/services/data/v68.0/sobjects/Contact/{JO}"},
        "Id": JO,
        "Email": "Jo@Acme.example",
        "Account": {
            "attributes": {"type": "Account", "url": f"/services/data/v68.0/sobjects/Account/{ACME}"},
            "Owner": {
                "attributes": {"type": "User", "url": "/services/data/v68.0/sobjects/User/005gK0000000001QAA"},
                "Name": "Ada Admin",
            },
        },
    }


def test_an_owner_of_two_kinds_is_a_name_with_the_record_s_own_url(ask: Asker) -> None:
    case = ask.records("SELECT Owner.Name FROM Case WHERE CaseNumber = '00001002'")[0]
    assert case["Owner"]["attributes"] == {"type": "Name", "url": f"/services/data/v68.0/sobjects/Group/{QUEUE}"}
    case = ask.records("SELECT TYPEOF Owner WHEN User THEN Name END FROM Case WHERE CaseNumber = '00001003'")[0]
    assert case["Owner"]["attributes"] == {"type": "User", "url": f"/services/data/v68.0/sobjects/User/{BOB}"}


def test_aggregates_are_named_by_alias_or_by_number(ask: Asker) -> None:
    (row,) = ask.records(
        "SELECT COUNT(Id), MAX(Amount) best, MIN(Amount), IsWon FROM Opportunity WHERE IsWon = true GROUP BY IsWon"
    )
    assert row == {
        "attributes": {"type": "AggregateResult"},
        "expr0": 1,
        "best": 100.0,
        "expr1": 100.0,
        "IsWon": True,
    }


def test_an_address_is_an_object(ask: Asker) -> None:
    (account,) = ask.records("SELECT BillingAddress FROM Account WHERE Name = 'Acme Ltd'")
    assert account["BillingAddress"] == {
        "city": "Oslo", "country": "Norway", "geocodeAccuracy": None, "latitude": 59.9, "longitude": 10.7,
        "postalCode": None, "state": None, "street": None,
    }  # fmt: skip


def test_query_all_shows_the_deleted(ask: Asker) -> None:
    assert "Gone Inc" not in ask("SELECT Name FROM Account")
    assert "Gone Inc" in ask("SELECT Name FROM Account", all_rows=True)
    assert ask("SELECT Name FROM Account WHERE IsDeleted = true", all_rows=True) == ["Gone Inc"]


def test_a_late_row_is_not_seen(ask: Asker) -> None:
    assert ask("SELECT LastName FROM Contact WHERE LastName = 'Late'") == []
    assert ask("SELECT COUNT() FROM Contact", all_rows=True) == 5


def test_a_reader_beside_a_long_transaction_misses_the_newest_rows(ask: Asker) -> None:
    seen = ask("SELECT Name FROM Account WHERE Name LIKE 'a%'", unseen_since="2026-05-20T11:59:50.000+0000")
    assert seen == ["acme north"]


def test_days_begin_where_the_person_is(ask: Asker) -> None:
    statement = "SELECT Name FROM Opportunity WHERE CreatedDate = TODAY"
    assert ask(statement) == ["Pump"]
    assert ask(statement, person_time_zone="Europe/Oslo") == ["Pump", "Valve"]  # 23:00 UTC is 01:00 there
    statement = "SELECT Name FROM Opportunity WHERE DAY_ONLY(convertTimezone(CreatedDate)) = 2026-05-17"
    assert ask(statement) == []
    assert ask(statement, person_time_zone="Europe/Oslo") == ["Seal"]


def test_a_statement_may_have_100_000_characters(ask: Asker) -> None:
    statement = "SELECT Name FROM Account WHERE Name IN ('Zebra'"
    padding = (100_000 - len(statement) - 1) // 4
    longest = statement + ",'x'" * padding + ")"
    longest += " " * (100_000 - len(longest))
    assert ask(longest) == ["Zebra"]
    with pytest.raises(
        soql.SoqlError, match="MALFORMED_QUERY: SOQL statements cannot be longer than 100000 characters"
    ):
        ask(longest + " ")


def test_long_chains_and_deep_nests_are_answered_not_crashed_on(ask: Asker) -> None:
    chain = " OR ".join(f"Name = 'x{n}'" for n in range(4000))
    assert ask(f"SELECT Name FROM Account WHERE {chain} OR Name = 'Zebra'") == ["Zebra"]
    parentheses = "(" * 5000 + "Name = 'Zebra'" + ")" * 5000
    assert ask(f"SELECT Name FROM Account WHERE {parentheses}") == ["Zebra"]
    deep = "Name = 'Zebra'"
    for n in range(3000):
        deep = f"({deep} {'OR' if n % 2 else 'AND'} Name != 'x')"
    with pytest.raises(soql.SoqlError, match="QUERY_TOO_COMPLICATED"):
        ask(f"SELECT Name FROM Account WHERE {deep}")


def test_bad_text_stays_a_value(ask: Asker) -> None:
    for text in ("'; DROP TABLE sf_Account; --", "' OR 1=1 --", "\x00\x07", "𝒵😀", ":p0", "?1", "{0}"):
        quoted = text.replace("\\", "\\\\").replace("'", "\\'")
        assert ask(f"SELECT Name FROM Account WHERE Name = '{quoted}' OR Name LIKE '%{quoted}'") == [], text
    assert ask("SELECT COUNT() FROM Account") == 6


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("AnnualRevenue < " + "9" * 400, 5),
        ("NumberOfEmployees < 99999999999999999999", 5),
        ("AnnualRevenue > -" + "9" * 5000, 5),
        ("CreatedDate > 0001-01-01T00:00:00Z", 6),
        ("CreatedDate = LAST_N_DAYS:700000", 6),
        ("Name = '\\ud83d'", 0),
        ("Name LIKE '\\ud83d\\ude00%'", 0),
        ("Name LIKE '" + "%" * 20_000 + "'", 6),
        ("Name LIKE '" + "_%" * 20 + "q'", 0),
    ],
    ids=lambda value: str(value)[:40],
)
def test_values_beyond_what_the_database_holds(ask: Asker, where: str, rows: int) -> None:
    assert ask(f"SELECT COUNT() FROM Account WHERE {where}") == rows


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("CreatedDate > 0001-01-01T00:00:00+14:00", "Invalid date"),
        ("CreatedDate = LAST_N_DAYS:" + "9" * 5000, "Invalid date literal"),
        ("CreatedDate = NEXT_N_YEARS:9999", "Invalid date literal"),
        ("Name LIKE '" + "%a" * 40_000 + "'", "Query is either selecting too many fields"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_values_beyond_the_calendar_are_refused(ask: Asker, where: str, words: str) -> None:
    with pytest.raises(soql.SoqlError, match=words):
        ask(f"SELECT Id FROM Account WHERE {where}")


def test_a_limit_of_many_digits_is_no_limit(ask: Asker) -> None:
    assert len(ask("SELECT Id FROM Account LIMIT " + "9" * 5000)) == 6
    with pytest.raises(soql.SoqlError, match="NUMBER_OUTSIDE_VALID_RANGE"):
        ask("SELECT Id FROM Account LIMIT 1 OFFSET " + "9" * 5000)


def test_a_long_list_means_what_a_short_one_does(ask: Asker) -> None:
    padding = ", ".join(f"'x{n}'" for n in range(60))
    assert ask(f"SELECT Name FROM Account WHERE Name IN ('ZEBRA', null, {padding})") == ["Zebra"]
    assert ask(f"SELECT Name FROM Account WHERE Name IN ('ångström AB', {padding})") == ["Ångström AB"]
    assert ask(f"SELECT Name FROM Account WHERE Industry NOT IN ('energy', 'retail', {padding})") == [
        "acme north",
        "Zebra",
    ]
    ids = ", ".join(f"'{ACME[:9]}{n:06}'" for n in range(100))
    assert ask(f"SELECT Name FROM Account WHERE Id IN ({ids}) ORDER BY Id LIMIT 2") == ["Acme Ltd", "acme north"]
    numbers = ", ".join(str(n) for n in range(1000, 1100))
    assert ask(f"SELECT Name FROM Account WHERE AnnualRevenue IN (250, 1000.5, {numbers}) LIMIT 1") == ["Acme Ltd"]


def test_a_sum_of_decimals_is_a_decimal(ask: Asker) -> None:
    for n in (1, 2):
        values = (f"006gK000000009{n}", f"Cent {n}", 0.1 * n)
        ask.db.execute("INSERT INTO sf_Opportunity (Id, Name, Amount, IsDeleted) VALUES (?, ?, ?, 0)", values)
    assert ask("SELECT SUM(Amount) FROM Opportunity WHERE Name LIKE 'Cent%'") == [0.3]
    ask.db.execute("DELETE FROM sf_Opportunity WHERE Name LIKE 'Cent%'")
