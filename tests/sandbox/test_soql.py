"""What a SOQL answer looks like, whom it shows, and what becomes of statements of any size and text.

The tables of statements are in test_soql_rows and test_soql_errors; the world is in soql_world.py.
"""

from __future__ import annotations

import pytest

from sandbox.salesforce import soql
from tests.sandbox.soql_world import ACME, BOB, JO, QUEUE, Asker


@pytest.fixture(scope="module")
def ask() -> Asker:
    return Asker()


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
