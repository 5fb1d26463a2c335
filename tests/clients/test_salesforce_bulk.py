"""Bulk 2.0 queries on the sandbox org."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.conftest import Connection, World
from toolkit.clients.salesforce import SalesforceReader

Connect = Callable[..., Connection]
FIELDS = [
    "Id",
    "Name",
    "Owner.Name",
    "Parent.Name",
    "BillingStreet",
    "AnnualRevenue",
    "NumberOfEmployees",
    "IsDeleted",
    "SystemModstamp",
]
TRICKY = 'Łódź "Öl" 東京 🏭, a\r\nb\nc\u2028d\u0085e;\'x\\'


def test_bulk_and_query_give_equal_rows(org: Connection) -> None:
    """The caller need not know which way it went: same names, same texts, blanks are None."""
    org.writer.create("Account", {"Name": TRICKY, "BillingStreet": "1 Rue\r\n2 Cour", "AnnualRevenue": "12.5"})
    small = list(org.reader.rows("Account", FIELDS, order="Id"))
    large = list(SalesforceReader(org.transport, bulk_from=1).rows("Account", FIELDS, order="Id"))
    assert small == large and len(small) == 61
    assert all(list(row) == FIELDS for row in small)
    made = next(row for row in small if row["Name"] == TRICKY)
    assert made["BillingStreet"] == "1 Rue\r\n2 Cour" and made["Parent.Name"] is None and made["IsDeleted"] == "false"
    assert made["SystemModstamp"].endswith("Z")


def test_a_bulk_read_in_pages_gives_every_row_once(org: Connection) -> None:
    pages: list[str | None] = []
    job = org.reader.bulk.start("SELECT Id FROM Contact", all_rows=True)
    org.reader.bulk.wait(job)
    rows = list(org.reader.bulk.results(job, page_rows=50, on_page=pages.append))
    assert len({row["Id"] for row in rows}) == len(rows) == 180 and len(pages) == 4 and pages[-1] is None
    rest = list(org.reader.bulk.results(job, locator=pages[1], page_rows=50))
    assert rest == rows[100:], "a run that died goes on at the locator"


@pytest.mark.parametrize("kind", ["truncated", "reset_before", "server_error_500", "html", "unauthorized_once"])
def test_a_bulk_page_that_breaks_is_fetched_again_without_repeating_rows(
    kind: str, org: Connection, world: World
) -> None:
    job = org.reader.bulk.start("SELECT Id, Name, MailingStreet FROM Contact", all_rows=True)
    org.reader.bulk.wait(job)
    whole = list(org.reader.bulk.results(job))
    world.fault("salesforce", kind, "/results", times=2 if kind != "unauthorized_once" else 1)
    assert list(org.reader.bulk.results(job)) == whole


def test_a_failed_bulk_job_is_read_page_by_page_instead(org: Connection, world: World) -> None:
    world.fault("salesforce", "bulk_failed", "jobs/query", times=0)
    rows = list(SalesforceReader(org.transport, bulk_from=1).rows("Contact", ["Id"]))
    assert len(rows) == 180


def test_a_long_field_list_goes_through_bulk(org: Connection) -> None:
    where = "Name NOT IN (" + ",".join(f"'{n:0>60}'" for n in range(300)) + ")"
    assert len(list(org.reader.rows("Account", ["Id"], where))) == 60
    assert any("/jobs/query" in exchange.path for exchange in org.log)
