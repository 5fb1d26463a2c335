"""Junk from outside: whatever a client sends, it gets an answer of the API, never an error of the sandbox's own.

The requests are drawn from one stream of random numbers, so that a failing one can be drawn again.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Running

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 1e30, 10**30, "", "x", "a" * 300, "😀", "\x00", "1", "2026-01-01", "@{a.id}"),
    *([], {}, [1], {"a": 1}, ["a", None], [[]], "http://[", "001gK0000000001QAA", "2026-01-01T00:00:00Z"),
]
FIELDS = ["Name", "LastName", "AnnualRevenue", "CloseDate", "AccountId", "OwnerId", "Id", "id", "attributes", "Email",
          "Ext_Id__c", "BillingAddress", "RecordTypeId", "Account", "Owner", "", "IsDeleted",
          "CreatedDate"]  # fmt: skip
OBJECTS = ["Account", "Contact", "Opportunity", "Case", "Task", "OpportunityContactRole", "User", "Bogus"]
WORDS = ["SELECT", "FROM", "WHERE", "Id", "Name", "Account", "Contact", "COUNT(Id)", "GROUP BY", "ORDER BY", "LIMIT",
         "5", "AND", "NOT", "(", ")", ",", "=", "LIKE", "IN", "'x'", "null", "TODAY", "Owner.Name", "BillingAddress",
         "TYPEOF", "FIELDS(ALL)", "FORMAT(Amount)", "HAVING", "OFFSET", "NULLS LAST", "ROLLUP(",
         "(SELECT Id FROM Contacts)", "CALENDAR_YEAR(CreatedDate)", "convertTimezone(CreatedDate)", "Description",
         "MAX(Amount)", "USD5"]  # fmt: skip
PATHS = ["companies", "contacts", "affiliations", "addresses", "staff", "prospects", "issues", "tasks", "activities",
         "webhooks/subscriptions", "progressions/history", "user", "companies/1/contacts", "companies/profiles/values",
         "companies/1/progressions/1/auto", "companies/1/managers/add", "companies/1/profiles/fields/1",
         "companies/count", "companies/1/addresses", "webhooks/subscriptions/x/dispatch", "bogus",
         "contracts/types"]  # fmt: skip
FILTERS = ["id(1)", "_OR(", "_AND(", ")", "id", "(", ",", "x", "date_modified_after(5)", "search(",
           "order_by_desc(name)", "empty(website)", "against(company(1))", "_not", "id_greater_than(", "😀",
           "value_greater_than(x)"]  # fmt: skip
NAMES = ["name", "firstname", "surname", "company_id", "contact_id", "email", "title", "type_id", "affiliation_id",
         "against_type", "against_id", "status_id", "standing", "value", "progress", "date_due", "country", "profile.1",
         "manager_id", "trigger_url", "event_id", "weighting", "_limit", "_page", "_fields", "_search",
         "_filters"]  # fmt: skip


class Junk:
    """Draws requests of one kind or the other."""

    def __init__(self, box: Running, seed: int) -> None:
        self.box, self.random = box, Random(seed)
        self.pick = self.random.choice

    def fields(self) -> dict[str, Any]:
        return {self.pick(FIELDS): self.pick(VALUES) for _ in range(self.random.randint(0, 4))}

    def records(self) -> list[Any]:
        kinds = [{"type": self.pick(OBJECTS)}, {}, *VALUES]
        return [self.pick([{"attributes": self.pick(kinds), **self.fields()}, self.pick(VALUES)]) for _ in range(3)]

    def parts(self) -> list[Any]:
        urls = ["/services/data/v68.0/sobjects/Account", "/services/data/v68.0/sobjects/Account/@{a.id}", *VALUES]
        return [
            self.pick(
                [
                    self.pick(VALUES),
                    {"method": self.pick(["GET", "POST", 5]), "url": self.pick(urls), "referenceId": self.pick("abc"),
                     "body": self.pick([self.fields(), *VALUES]), "httpHeaders": self.pick(VALUES)},
                ]
            )
            for _ in range(self.random.randint(1, 3))
        ]  # fmt: skip

    def salesforce(self) -> requests.Response:
        method = self.pick(["GET", "POST", "PATCH", "DELETE", "PUT"])
        soql = " ".join(self.pick(WORDS) for _ in range(self.random.randint(1, 12)))
        body: Any
        path, body = self.pick(
            [
                (f"/sobjects/{self.pick(OBJECTS)}", self.pick([self.fields(), *VALUES[-8:]])),
                (f"/sobjects/{self.pick(OBJECTS)}/{self.pick(['x', '001gK0000000001', '%00', '%2F'])}", self.fields()),
                (f"/sobjects/{self.pick(OBJECTS)}/Ext_Id__c/{self.pick(['a', '%ff', 'a%20b'])}", self.fields()),
                ("/composite/sobjects" + self.pick(["", "/Account", "/Account/Ext_Id__c"]),
                 {"records": self.records()}),
                ("/composite/sobjects/Account", {"ids": self.pick(VALUES), "fields": self.pick(VALUES)}),
                ("/composite", {"allOrNone": self.pick([True, False]), "compositeRequest": self.parts()}),
                ("/composite/batch", {"batchRequests": self.parts()}),
                ("/composite/graph", {"graphs": [self.pick([{"compositeRequest": self.parts()}, *VALUES])]}),
                ("/jobs/query", {"operation": self.pick(["query", *VALUES]), "query": self.pick([soql, *VALUES])}),
                ("/jobs/ingest", {"operation": "upsert", "object": self.pick([*OBJECTS, *VALUES]),
                                  "externalIdFieldName": self.pick(VALUES)}),
                ("/query", None),
            ]
        )  # fmt: skip
        if path == "/query":
            return self.box.sf("GET", path, params={"q": soql})
        return self.box.sf(self.pick([method, "POST"]), path, json=body)

    def accelo(self) -> requests.Response:
        values = [*VALUES, "company", "active", "update_company", "".join(self.pick(FILTERS) for _ in range(4))]
        given = {name: self.pick(values) for name in NAMES if self.random.random() < 0.2}
        path = f"/{self.pick(PATHS)}{self.pick(['', '', '/1', '/x', '/99999999999999999999'])}"
        method = self.pick(["GET", "POST", "PUT", "DELETE"])
        if self.random.random() < 0.5:
            return self.box.ac(method, path, json=given)
        flat = {name: v if isinstance(v, str | int | float) else json.dumps(v) for name, v in given.items()}
        return self.box.ac(method, path, **{self.pick(["data", "params"]): flat})


@pytest.mark.parametrize("system", ["salesforce", "accelo"])
def test_no_junk_is_a_server_error(sandbox: Running, system: str) -> None:
    sandbox.switch(accelo_hourly_limit="off")
    junk = Junk(sandbox, 20261128)
    statuses = set()
    for _ in range(500):
        answer = getattr(junk, system)()
        assert answer.status_code < 500, (answer.request.method, answer.request.url, answer.request.body)
        assert answer.status_code == 204 or answer.json() is not None
        statuses.add(answer.status_code)
    assert {200, 400} <= statuses
    assert sandbox.control("GET", "/world").status_code == 200, "and the world can still be read"
