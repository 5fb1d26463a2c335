"""SOQL by table: each refused statement with the code, the place and words of the org's answer.

The world is in soql_world.py; message forms follow recorded answers of orgs.
"""

from __future__ import annotations

import re

import pytest

from sandbox.salesforce import soql
from tests.sandbox.soql_world import Asker
from tests.sandbox.test_soql_dates import DATES
from tests.sandbox.test_soql_rows import ROWS

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
        "SELECT Id, Email, Name\nFROM Contact\nWHERE AccountId = '0014000000p6XlS' AND LastName LIKE 'test' "
        "OR email LIKE 'x'",
        MALFORMED, "3:62", "unexpected token: 'OR'",
    ),
    ("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'", MALFORMED, "1:55",
     "unexpected token: 'AND'"),
    ("SELECT Id FROM Account WHERE Name = 'a' AND NOT Name = 'b'", MALFORMED, "1:45", "unexpected token: 'NOT'"),
    ("SELECT Id FROM Account WHERE Name = :name", MALFORMED, "1:37", "Bind variables only allowed in Apex code"),
    ("SELECT Id FROM Account WHERE Name = 'a\\qb'", MALFORMED, "1:37",
     "Illegal character sequence '\\q' in string literal."),
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
    ("SELECT Account.Parent.Parent.Parent.Parent.Parent.Name FROM Contact", FIELD, "1:8",
     "longer than 5 relationships"),
    ("SELECT Id, (SELECT Id FROM Contact) FROM Account", "INVALID_TYPE", "1:28",
     "relationship 'Contact' in FROM part of query"),
    ("SELECT Id, (SELECT Foo FROM Contacts) FROM Account", FIELD, "1:20", COLUMN.format("Foo", "Contact")),
    ("SELECT Id, Name, id FROM Account", FIELD, "1:18", "duplicate field selected: Id"),
    ("SELECT Owner.Name, Id, Owner.Name FROM Account", FIELD, "1:24", "duplicate field selected: Name"),
    # ---- filters
    ("SELECT Id FROM Account WHERE Description = 'x'", FIELD, "1:30",
     "field 'Description' can not be filtered in a query call"),
    ("SELECT Id FROM Contact WHERE Account.Description LIKE 'x'", FIELD, "1:30", "can not be filtered in a query call"),
    ("SELECT Id FROM Account WHERE BillingAddress = 'x'", FIELD, "1:30", "'BillingAddress' can not be filtered"),
    ("SELECT Id FROM Account ORDER BY Description", MALFORMED, "1:33",
     "field 'Description' can not be sorted in a query call"),
    ("SELECT Id FROM Account WHERE Name = 5", FIELD, "1:30",
     "field 'Name' must be of type string and should be enclosed"),
    ("SELECT Id FROM Account WHERE Name IN ('a', 5)", FIELD, "1:30",
     "must be of type string and should be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE NumberOfEmployees = '5'", FIELD, "1:30",
     "of type int and should not be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE AnnualRevenue = '5'", FIELD, "1:30",
     "must be of type double and should not be enclosed"),
    ("SELECT Id FROM Account WHERE IsDeleted = 'true'", FIELD, "1:30",
     "must be of type boolean and should not be enclosed"),
    ("SELECT Id FROM Account WHERE CreatedDate = '2026-01-01'", FIELD, "1:30",
     "must be of type dateTime and should not be"),
    ("SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", FIELD, "1:30",
     "field 'CreatedDate' must be of type dateTime"),
    ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-01-01T00:00:00Z", FIELD, "1:34",
     "must be of type date and should"),
    ("SELECT Id FROM Opportunity WHERE Amount = TODAY", FIELD, "1:34", "must be of type double"),
    ("SELECT Id FROM Account WHERE Id = 'xyz'", FILTER, "1:30", "invalid ID field: xyz"),
    ("SELECT Id FROM Account WHERE ParentId IN ('001')", FILTER, "1:30", "invalid ID field: 001"),
    ("SELECT Id FROM Account WHERE Id LIKE '001%'", FILTER, "1:30", "invalid operator on id field"),
    ("SELECT Id FROM Account WHERE IsDeleted > true", FILTER, "1:30", "invalid operator on boolean field"),
    ("SELECT Id FROM Account WHERE AnnualRevenue LIKE '5%'", FILTER, "1:30", "invalid operator on currency field"),
    ("SELECT Id FROM Account WHERE Industry INCLUDES ('Energy')", FILTER, "1:30", "only valid on multipicklist fields"),
    ("SELECT Id FROM Account WHERE COUNT(Id) > 1", MALFORMED, "1:30", "aggregate expression not allowed here: COUNT"),
    ("SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 2026", FIELD, "1:30",
     "does not support function calendar_year"),
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
    ("SELECT Id FROM Account WHERE Id IN (SELECT ContactId FROM Case)", MALFORMED, "1:30",
     "should point to the same object"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT ParentId FROM Account)", MALFORMED, "1:58",
     "not be on the same object type"),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))",
        MALFORMED, "1:37", "Nesting of semi join sub-selects is not supported",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Case) "
        "AND Id IN (SELECT AccountId FROM Opportunity)",
        MALFORMED, "1:111", "Maximum 2 semi join sub-selects are allowed",
    ),
    ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)", MALFORMED, "1:37",
     "do not support ORDER BY"),
    # ---- aggregates
    ("SELECT Name, COUNT(Id) FROM Account", MALFORMED, "1:8", "Field must be grouped or aggregated: Name"),
    ("SELECT Name, Industry FROM Account GROUP BY Name", MALFORMED, "1:14",
     "Field must be grouped or aggregated: Industry"),
    ("SELECT COUNT(), Name FROM Account", MALFORMED, "1:8", "COUNT() must be the only element in the SELECT list"),
    ("SELECT COUNT() FROM Account GROUP BY Name", MALFORMED, "1:8", "COUNT() must be the only element"),
    ("SELECT Name FROM Account HAVING COUNT(Id) > 1", MALFORMED, "1:26", "unexpected token: 'HAVING'"),
    ("SELECT SUM(Name) FROM Account", FIELD, "1:8", "field Name does not support aggregate operator SUM"),
    ("SELECT MAX(Id) FROM Account", FIELD, "1:8", "field Id does not support aggregate operator MAX"),
    ("SELECT MAX(Description) FROM Account", FIELD, "1:8", "field Description does not support aggregate operator MAX"),
    ("SELECT Description, COUNT(Id) FROM Account GROUP BY Description", MALFORMED, "1:53",
     "can not be grouped in a query call"),
    ("SELECT COUNT(Id) FROM Account GROUP BY Industry ORDER BY Name", MALFORMED, "1:58",
     "Ordered field must be grouped or"),
    ("SELECT COUNT(Id) n, COUNT(Name) n FROM Account", MALFORMED, "1:21", "duplicate alias: n"),
    ("SELECT Id, (SELECT COUNT(Id) FROM Contacts) FROM Account", MALFORMED, "1:13",
     "Only root queries support aggregate"),
    ("SELECT CALENDAR_YEAR(CreatedDate) FROM Account", MALFORMED, "1:8",
     "Field must be grouped or aggregated: CreatedDate"),
    # ---- FIELDS()
    ("SELECT FIELDS(ALL) FROM Account", MALFORMED, "1:8", "The SOQL FIELDS function must have a LIMIT of at most 200"),
    ("SELECT FIELDS(CUSTOM) FROM Account LIMIT 201", MALFORMED, "1:8", "must have a LIMIT of at most 200"),
    ("SELECT FIELDS(SOME) FROM Account LIMIT 1", MALFORMED, "1:8", "FIELDS function takes ALL, STANDARD or CUSTOM"),
    # ---- further corners
    (
        "SELECT Name FROM Account WHERE Name = 'O\\'Brien \\\\ Sons' OR Name = \"x\"",
        MALFORMED, "1:68", "unexpected token: '\"'",
    ),
    (
        "SELECT MAX(CreatedDate) FROM Account LIMIT 1",
        MALFORMED, "1:8", "Non-grouped query that uses overall aggregate functions cannot also us",
    ),
    (
        "SELECT COUNT(Id), MIN(Name) FROM Account WHERE Industry = 'Energy' LIMIT 10",
        MALFORMED, "1:8", "Non-grouped query that uses overall aggregate functions cannot also us",
    ),
    ("SELECT Name FROM Account WHERE Name = 'a' AND NOT Name = 'b'", MALFORMED, "1:47", "unexpected token: 'NOT'"),
    ("SELECT Name FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", MALFORMED, "1:58",
     "unexpected token: 'OR'"),
    ("SELECT Name FROM Account WHERE CreatedDate = LAST_N_DAYS", MALFORMED, "1:46", "unexpected token: 'LAST_N_DAYS'"),
    ("SELECT Name FROM Account WHERE CreatedDate = LAST_N_DAYS:-1", MALFORMED, "1:46",
     "unexpected token: 'LAST_N_DAYS'"),
    (
        "SELECT Name FROM Account WHERE CreatedDate > 2026-13-01T00:00:00Z",
        MALFORMED, "1:46", "Invalid date: 2026-13-01T00:00:00Z",
    ),
    (
        "SELECT Name FROM Account WHERE CreatedDate > 2026-02-30T00:00:00Z",
        MALFORMED, "1:46", "Invalid date: 2026-02-30T00:00:00Z",
    ),
    ("SELECT Name FROM Opportunity WHERE CloseDate > 2026-02-30", MALFORMED, "1:48", "Invalid date: 2026-02-30"),
    ("SELECT Name FROM Account WHERE CreatedDate > 2026-01-02T03:04:05", MALFORMED, "1:50", "unexpected token: '-01'"),
    (
        "SELECT Industry, COUNT(Id) c FROM Account GROUP BY Industry ORDER BY c",
        FIELD, "1:70", "No such column 'c' on entity 'Account'. If you are attempting to use a",
    ),
    (
        "SELECT Industry, COUNT(Id) c FROM Account GROUP BY Industry HAVING c > 1",
        FIELD, "1:68", "No such column 'c' on entity 'Account'. If you are attempting to use a",
    ),
    (
        "SELECT CreatedDate, COUNT(Id) FROM Account GROUP BY CALENDAR_YEAR(CreatedDate)",
        MALFORMED, "1:8", "Field must be grouped or aggregated: CreatedDate",
    ),
    (
        "SELECT Industry, BillingCity, COUNT(Id) FROM Account GROUP BY ROLLUP(Industry)",
        MALFORMED, "1:18", "Field must be grouped or aggregated: BillingCity",
    ),
    (
        "SELECT Industry FROM Account GROUP BY ROLLUP(Industry) ORDER BY BillingCity",
        MALFORMED, "1:65", "Ordered field must be grouped or aggregated: BillingCity",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Opportunity)",
        MALFORMED, "1:30", "The selected field in the subquery and the left operand field in the w",
    ),
    (
        "SELECT Id, (SELECT COUNT() FROM Contacts) FROM Account",
        MALFORMED, "1:13", "Only root queries support aggregate expressions",
    ),
    (
        "SELECT Id FROM Account WHERE Name = 'x\\q'",
        MALFORMED, "1:37", "Invalid string literal 'x\\q'. Illegal character sequence '\\q' in strin",
    ),
    ("SELECT Id FROM Account ORDER BY Name NULLS", MALFORMED, "1:43", "unexpected token: '<EOF>'"),
    ("SELECT Id, Name, FROM Account", MALFORMED, "1:18", "unexpected token: 'FROM'"),
    ("SELECT Account FROM Contact", FIELD, "1:8",
     "No such column 'Account' on entity 'Contact'. If you are attempting to"),
    (
        "SELECT Id FROM Contact WHERE Account.Parent.Parent.Parent.Parent.Parent.Name = 'x'",
        FIELD, "1:30", "Relationship path 'Account.Parent.Parent.Parent.Parent.Parent' is long",
    ),
    ("SELECT Id FROM Account USING SCOPE ours", MALFORMED, "1:36", "unexpected token: 'ours'"),
    (
        "SELECT TYPEOF Name WHEN User THEN Id END FROM Account",
        FIELD, "1:15", "Didn't understand relationship 'Name' in field path. If you are attemp",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def ask() -> Asker:
    return Asker()


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
    every = [statement for statement, *_ in [*ROWS, *DATES, *ERRORS]]
    assert len(every) == len(set(every)) >= 150
