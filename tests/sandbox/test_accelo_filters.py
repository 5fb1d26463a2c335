"""The `_filters`, `_search` and paging rules of Accelo lists, as a table of requests and the ids that come back.

Source: Accelo API docs, _configuring_responses, and the filter tables of each endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.accelo.deployment import AcceloDeployment
from sandbox.accelo.filters import AllOf, AnyOf, Test, parse
from tests.sandbox.accelo_world import Api, serve


def _company(id_: int, name: str, status: int, created: int, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": name, "status": status, "date_created": created, "date_modified": created + 50, **more}


def _prepare(deployment: AcceloDeployment) -> None:
    deployment.load(
        "companies",
        [
            _company(10, "Acme Ltd", 1, 1000, website="www.acme.example", phone="111", custom_id="A-1"),
            _company(11, "beta works", 1, 1000, fax="222"),
            _company(12, "Zebra 100% Wool", 2, 2000, website="zebra.example"),
            _company(13, "Kurt Wagner Pty", 4, 3000, phone="333", custom_id="A-2"),
            _company(14, "wagner & Kurtz", 3, 4000),
        ],
    )
    deployment.load(
        "contacts", [{"id": n, "firstname": f, "surname": s} for n, f, s in ((1, "Kurt", "Wagner"), (2, "Ann", "Lee"))]
    )
    deployment.load(
        "affiliations",
        [
            {"id": 20, "company": 10, "contact": 1, "email": "kurt@acme.example", "phone": "999", "communication": 1},
            {"id": 21, "company": 12, "contact": 2, "email": "Ann@Zebra.example", "position": "Buyer"},
        ],
    )
    deployment.load(
        "addresses",
        [
            {
                "id": 5,
                "against_type": "company",
                "against_id": 10,
                "country": "Germany",
                "postal": "yes",
                "zipcode": "10115",
            }
        ],
    )
    deployment.load("company_managers", [{"id": 1, "company": 13, "staff": 2}])
    deployment.load(
        "issues",
        [
            {"id": 30, "title": "A", "against_type": "company", "against_id": 10, "status": 2, "issue_type": 1,
             "date_submitted": 100, "date_closed": 500, "date_modified": 100},
            {"id": 31, "title": "B", "against_type": "company", "against_id": 12, "status": 5, "issue_type": 2,
             "date_submitted": 300, "date_modified": 200},
            {"id": 32, "title": "C", "against_type": "contact", "against_id": 10, "status": 1, "issue_type": 1,
             "date_submitted": 200, "date_modified": 300},
        ],
    )  # fmt: skip
    deployment.load(
        "prospects",
        [
            {
                "id": 40,
                "title": "Shoes",
                "affiliation": 20,
                "value": 1000,
                "status": 1,
                "prospect_type": 1,
                "weighting": 3,
            },
            {
                "id": 41,
                "title": "Boots",
                "affiliation": 21,
                "value": 250.5,
                "status": 5,
                "prospect_type": 2,
                "success": "yes",
            },
        ],
    )
    deployment.load("issue_resolutions", [{"id": 9, "title": ""}])


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    yield from serve(_prepare)


TABLE = [
    # basic: values of one filter are alternatives, filters joined by a comma must all hold
    ("/companies", "id(12,13)", [12, 13]),
    ("/companies", "standing(active)", [10, 11]),
    ("/companies", "standing(active),website(www.acme.example)", [10]),
    ("/companies", "custom_id(a-2)", [13]),
    ("/companies", "contact_number(222,333)", [11, 13]),
    ("/companies", "manager_id(2)", [13]),
    ("/companies", "postal_address(5)", [10]),
    ("/companies", "postal_address(0)", [11, 12, 13, 14]),
    ("/companies", "default_affiliation(21)", [12]),
    ("/companies", " id( 12 , 13 ) , standing( inactive )", [13]),
    # not
    ("/companies", "standing_not(active)", [12, 13, 14]),
    ("/companies", "website_not(zebra.example)", [10, 11, 13, 14]),
    ("/companies", "id_not(10,11,12)", [13, 14]),
    # dates are strict
    ("/companies", "date_created_after(1000)", [12, 13, 14]),
    ("/companies", "date_created_after(999)", [10, 11, 12, 13, 14]),
    ("/companies", "date_created_before(2000)", [10, 11]),
    ("/companies", "date_created_after(1000),date_created_before(4000)", [12, 13]),
    ("/companies", "date_modified_after(3049)", [13, 14]),
    ("/companies", "date_modified_before_not(3050)", [13, 14]),
    ("/issues", "date_closed_before(0)", [31, 32]),
    ("/issues", "date_closed_before(501)", [30]),
    # ranges
    ("/companies", "id_greater_than(12)", [13, 14]),
    ("/companies", "id_less_than(12)", [10, 11]),
    ("/companies", "id_greater_than_or_equal(12)", [12, 13, 14]),
    ("/companies", "id_less_than_or_equal(12)", [10, 11, 12]),
    ("/companies", "country_greater_than(0)", [10]),
    ("/prospects", "value_greater_than(250.50)", [40]),
    ("/prospects", "value_greater_than_or_equal(250.50)", [40, 41]),
    # order
    ("/companies", "order_by_desc(id)", [14, 13, 12, 11, 10]),
    ("/companies", "order_by_asc(name)", [10, 11, 13, 14, 12]),
    ("/companies", "order_by_desc(date_created),id_less_than(13)", [12, 11, 10]),
    ("/companies", "order_by_asc(standing,name)", [10, 11, 13, 14, 12]),
    ("/contacts", "order_by_asc(fullname)", [2, 1]),
    ("/affiliations", "order_by_asc(fullname)", [21, 20]),
    # empty, where a list has it
    ("/issues/resolutions", "empty(title)", [9]),
    # objects
    ("/issues", "against(company(10,12))", [30, 31]),
    ("/issues", "against(company(10),contact(10))", [30, 32]),
    ("/issues", "against_type(company),against_id(10)", [30]),
    ("/issues", "against(company(12,13),contact(10)", [31, 32]),
    ("/issues", "against_type_not(company)", [32]),
    # aliases and joins
    ("/prospects", "company(10)", [40]),
    ("/prospects", "type(2)", [41]),
    ("/prospects", "prospect_type(2)", [41]),
    ("/prospects", "success(yes)", [41]),
    ("/contacts", "email(ANN@zebra.EXAMPLE)", [2]),
    ("/contacts", "affiliation(20)", [1]),
    ("/contacts", "contact_number(999)", [1]),
    ("/affiliations", "email(kurt@acme.example)", [20]),
    ("/affiliations", "communication(1)", [20]),
    ("/affiliations", "company(12),contact(2)", [21]),
    ("/addresses", "against_type(company),against_id(10)", [5]),
    ("/addresses", "zipcode(10115),postal(yes)", [5]),
    ("/staff", "email(tom.akers@fernleigh.example)", [2]),
    ("/prospects/statuses", "standing(won,lost)", [5, 6]),
    # a list of types leaves out the inactive ones unless it is asked for them
    ("/prospects/types", "", [1, 2, 3]),
    ("/prospects/types", "standing(inactive)", [4]),
    # search: every word, in whatever field and case; letters of patterns are letters
    ("/companies", "search(kurt wagner)", [13, 14]),
    ("/companies", "search(WAGNER,pty)", [13]),
    ("/companies", "search(100%)", [12]),
    ("/companies", "search(_)", []),
    ("/companies", "search(zebra.ex)", [12]),
    # combinations
    ("/companies", "_OR(id(10),date_created_after(3000))", [10, 14]),
    ("/companies", "_OR(id(10),_AND(date_created_after(1000),date_created_before(4000)))", [10, 12, 13]),
    ("/companies", "_OR(search(zebra),search(beta))", [11, 12]),
    ("/companies", "_OR(id(10),id_greater_than(12)),standing_not(inactive)", [10, 14]),
    # the same filter twice: the last one counts
    ("/companies", "id(10),id(11)", [11]),
    ("/companies", "_OR(id(10),id(11))", [11]),
    ("/companies", "id(10),id_not(10)", []),
    ("/companies", "order_by_asc(name),order_by_asc(id)", [10, 11, 12, 13, 14]),
    # unknown filters are ignored (switch)
    ("/companies", "name(Acme Ltd)", [10, 11, 12, 13, 14]),
    ("/companies", "date_deleted_after(1)", [10, 11, 12, 13, 14]),
    ("/companies", "empty(website)", [10, 11, 12, 13, 14]),
]


@pytest.mark.parametrize(("path", "filters", "ids"), TABLE, ids=[f"{p}?{f}" for p, f, _ in TABLE])
def test_a_filter_gives_these_records(api: Api, path: str, filters: str, ids: list[int]) -> None:
    assert api.ids(path, _filters=filters) == ids


@pytest.mark.parametrize(("path", "filters", "ids"), TABLE[::7])
def test_a_count_counts_what_the_list_gives(api: Api, path: str, filters: str, ids: list[int]) -> None:
    assert api.ok("GET", f"{path}/count", params={"_filters": filters}) == {"count": str(len(ids))}


@pytest.mark.parametrize(
    ("path", "filters", "ids"),
    [
        ("/companies", {"id": [12, 13]}, [12, 13]),
        ("/companies", {"id": 12}, [12]),
        ("/companies", {"date_created_after": ["1000"], "order_by_desc": ["id"]}, [14, 13, 12]),
        ("/issues", {"against": [{"company": [10, 12]}]}, [30, 31]),
        ("/issues", {"against": {"company": 10}}, [30]),
        ("/contacts", {"email": ["kurt@acme.example"]}, [1]),
        ("/companies", {"_OR": {"id": [10], "date_created_after": [3000]}}, [10, 14]),
        ("/companies", {"_OR": [{"id": [10]}, {"_AND": {"date_created_after": 1000, "date_created_before": 4000}}]},
         [10, 12, 13]),
        ("/companies", "standing(active)", [10, 11]),
        ("/companies", ["standing(active)", "id(11)"], [11]),
    ],
)  # fmt: skip
def test_the_json_form_means_the_same(api: Api, path: str, filters: Any, ids: list[int]) -> None:
    """As a JSON body of a GET, and of a POST that says it is one."""
    body = {"_filters": filters, "_limit": 100}
    assert [int(row["id"]) for row in api.ok("GET", path, json=body)] == ids
    assert [int(row["id"]) for row in api.ok("POST", path, json={"_method": "get", **body})] == ids


@pytest.mark.parametrize(
    "filters",
    [
        "id(1))",
        "(",
        "id",
        "id(1)x(",
        "_OR(id(1),_OR(id(2)))",
        "_OR(_AND(id(1)),_AND(id(2)))",
        "date_created_after(x)",
        "id_greater_than(abc)",
    ],
)
def test_filters_that_cannot_be_read_are_invalid(api: Api, filters: str) -> None:
    answer = api("GET", "/companies", params={"_filters": filters})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (400, "invalid_request")


def test_the_tree_of_a_text() -> None:
    """The grammar itself, without a table behind it."""
    assert parse("owner(staff(17,13),affiliation(22)),_OR(a(1),b(2))") == AllOf(
        (
            Test("owner", (), (("staff", ("17", "13")), ("affiliation", ("22",)))),
            AnyOf((Test("a", ("1",)), Test("b", ("2",)))),
        )
    )
    assert parse({"owner": [{"staff": [17, 13]}, {"affiliation": [22]}]}) == parse(
        "owner(staff(17,13),affiliation(22))"
    )
    assert parse("owner(staff(1)") == parse("owner(staff(1))"), "as in a sample of the documentation"


@pytest.mark.parametrize(
    ("path", "words", "ids"),
    [("/companies", "kurt wagner", [13, 14]), ("/companies", "kurt+wagner", []), ("/contacts", "wagner", [1]),
     ("/affiliations", "ann", [21]), ("/prospects", "boot", [41]), ("/issues", "b", [31]), ("/activities", "x", [])],
)  # fmt: skip
def test_search_finds_every_word(api: Api, path: str, words: str, ids: list[int]) -> None:
    assert api.ids(path, _search=words) == ids


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, [10, 11, 12, 13, 14]),
        ({"_limit": 2}, [10, 11]),
        ({"_limit": 2, "_page": 1}, [12, 13]),
        ({"_limit": 2, "_page": 2}, [14]),
        ({"_limit": 2, "_page": 3}, []),
        ({"_offset": 3}, [13, 14]),
        ({"_offset": 3, "_page": 0, "_limit": 2}, [10, 11]),
        ({"_limit": 500}, [10, 11, 12, 13, 14]),
    ],
)
def test_pages_are_counted_from_zero_and_page_beats_offset(api: Api, params: dict[str, int], ids: list[int]) -> None:
    assert [int(row["id"]) for row in api.ok("GET", "/companies", params=params)] == ids


def test_ten_rows_are_the_default_page(api: Api) -> None:
    for number in range(12):
        api.ok(
            "POST",
            "/tasks",
            data={"title": f"T{number}", "against_type": "company", "against_id": 10, "date_started": 1},
        )
    assert len(api.ok("GET", "/tasks")) == 10
    assert len(api.ok("GET", "/tasks", params={"_page": 1})) == 2


def test_recent_and_newest_have_their_order(api: Api) -> None:
    assert api.ids("/companies/recent") == [14, 13, 12, 11, 10]
    assert api.ids("/companies/newest") == [14, 13, 12, 11, 10]
    assert api.ids("/issues/recent") == [31, 32, 30]
    assert api("GET", "/issues/newest").status_code == 400
    assert api("GET", "/prospects/recent").status_code == 400


def test_a_company_knows_its_contacts(api: Api) -> None:
    assert api.ids("/companies/10/contacts") == [1]
    assert api.ok("GET", "/companies/10/contacts/count") == {"count": "1"}
    assert api.ok("GET", "/companies/12/contact")["firstname"] == "Ann"
    assert [m["relationship_id"] for m in api.ok("GET", "/companies/13/managers")] == ["1"]


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        ("_filters", f"id_greater_than({'9' * 30})"),
        ("_filters", f"date_created_after({'9' * 400})"),
        ("_filters", "_OR(" * 3000),
        ("_fields", "status(" * 3000),
        ("_search", "a " * 3000),
        ("_limit", "-1"),
        ("_page", "one"),
    ],
)
def test_unreasonable_texts_are_invalid_and_do_no_harm(api: Api, parameter: str, text: str) -> None:
    answer = api("POST", "/companies", json={"_method": "get", parameter: text})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (400, "invalid_request")
