"""Accelo's documented samples: the same request, the same shape of answer.

The samples are those of the API documentation (github.com/Accelo/docs); records have the sample's own ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.accelo.deployment import AcceloDeployment
from tests.sandbox.accelo_world import Api, serve

OK = {
    "more_info": "https://affinitylive.jira.com/wiki/display/APIS/Status+Codes#ok",
    "status": "ok",
    "message": "Everything executed as expected.",
}
MISSING = (
    "The request could not be interpreted. This can be caused by missing or invalid data."
    " Please ensure that the resource you are requesting actually exists."
)
SAMPLES: dict[str, dict[str, Any]] = {
    "companies": json.loads(
        '{"date_modified":"1495671183","phone":"61448824724","status":"3","name":"A Fresh New Company","id":"45",'
        '"date_last_interacted":"1495675655","comments":"This is a fresh new company","date_created":"1495669367",'
        '"staff_bookmarked":"0","standing":"active","default_affiliation":"12","postal_address":"31","fax":null,'
        '"website":"www.example.com"}'
    ),
    "affiliations": json.loads(
        '{"staff_bookmarked":"0","company":"40","physical_address":"33","position":"CEO","date_modified":"1489507383",'
        '"postal_address":"33","standing":"active","date_last_interacted":"1489453228","mobile":"(682)401-6327","fax":"",'
        '"email":"joe@example.com","contact":"95","phone":"12345678","affiliation_status":"0","id":"99",'
        '"portal_access":"1","communication":"1","invoice_method":"email"}'
    ),
    "addresses": json.loads(
        '{"postal":"yes","short":"San Francisco, 94107, CA, United States","zipcode":"94107","title":"US Headquarters",'
        '"full":"880 Harrison St., San Francisco, 94107, CA, United States","id":"17","city":"San Francisco",'
        '"state":"15","country":"2","physical":"yes","street1":"880 Harrison St.","street2":"Suite 302"}'
    ),
    "prospects": json.loads(
        '{"affiliation":"75","progress":"0.2500","staff_bookmarked":"0","status":"2",'
        '"comments":"Lets get these shoes out the door","manager":"2","date_created":"1494293760","contact":"75",'
        '"date_actioned":"1494252000","success":"no","id":"9","value":"1000.00","type":"1","standing":"active",'
        '"date_due":"1494424800","date_last_interacted":"1494263000","title":"Super Sonic Shoes (SSS)",'
        '"prospect_probability":"5","weighting":"3"}'
    ),
    "issues": json.loads(
        '{"assignee":"14","title":"Issue with public field","referrer_type":null,"affiliation":"98",'
        '"date_submitted":"1493872605","date_modified":"1553728167",'
        '"resolution_detail":"I fixed the field, it now displays as expected.","staff_bookmarked":"1",'
        '"against":"companies/39","contract":"1","billable_seconds":"1400","submitted_by":"14","against_type":"company",'
        '"date_due":"1493906400","contact":"98","date_closed":"1495683190","standing":"closed","object_budget":"8",'
        '"date_started":"1493820000","class":"19","resolved_by":"14","date_last_interacted":"1493872783",'
        '"resolution":"8","closed_by":"14","date_resolved":"1495683190","referrer_id":null,"custom_id":"",'
        '"status":"4","opened_by":"14","type":"1","description":"A public field is showing as public",'
        '"against_id":"39","id":"7","company":"39","issue_priority":"1","date_opened":"1493872605"}'
    ),
}


def _prepare(deployment: AcceloDeployment) -> None:
    for name, sample in SAMPLES.items():
        deployment.load(name, [sample])
    deployment.load("affiliations", [{"id": 22, "email": "joe@example.com", "mobile": "", "physical_address": 17}])


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    yield from serve(_prepare)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_documented_object_comes_back_as_in_its_sample(api: Api, name: str) -> None:
    """Every key of the sample with its very text; what else comes are documented fields of later versions."""
    answer = api("GET", f"/{name}/{SAMPLES[name]['id']}", params={"_fields": "_ALL"}).json()
    assert answer["meta"] == OK
    got = answer["response"]
    assert {key: got.get(key, "absent") for key in SAMPLES[name]} == SAMPLES[name]
    assert all(value is None or isinstance(value, str) for value in got.values())


def test_a_linked_object_comes_with_its_default_fields(api: Api) -> None:
    """_fields=physical_address() on an affiliation."""
    answer = api("GET", "/affiliations/22", params={"_fields": "physical_address()"}).json()["response"]
    assert answer == {
        "id": "22",
        "email": "joe@example.com",
        "mobile": "",
        "physical_address": {"id": "17", "full": "880 Harrison St., San Francisco, 94107, CA, United States"},
    }


def test_an_address_with_its_country_and_state(api: Api) -> None:
    """GET /addresses/17 with _fields=country(),state, the parameters in a body as in the curl sample."""
    answer = api("GET", "/addresses/17", data={"_fields": "country(),state"}).json()["response"]
    assert answer["country"] == {"id": "2", "title": "United States"} and answer["state"] == "15"


@pytest.mark.parametrize(
    ("fields", "key", "sample"),
    [
        ("country(_ALL)", "country", {"id": "2", "title": "United States", "prefix": "1", "suffix": "us",
          "postcode_name": "Zipcode", "state_name": "State", "state_required": "1", "postcode_required": "1"}),
        ("state(_ALL)", "state", {"id": "15", "title": "California", "abbreviation": "CA", "country_id": "2",
          "ordering": "5", "timezone": "America/Los_Angeles"}),
    ],
)  # fmt: skip
def test_country_and_state_objects_are_those_of_the_samples(
    api: Api, fields: str, key: str, sample: dict[str, str]
) -> None:
    answer = api("GET", "/addresses/17", params={"_fields": fields}).json()["response"]
    assert answer[key] == sample


def test_a_form_encoded_create_and_its_answer(api: Api) -> None:
    """POST /companies as in the documentation: profile.N is taken, _fields adds to the answer, HTTP 200."""
    body = "name=A%20Fresh%20New%20Company&website=www.example.com&standing=active&profile.1=09-17&_fields=standing"
    answer = api("POST", "/companies", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    whole = answer.json()
    assert answer.status_code == 200 and whole["meta"] == OK
    id_ = whole["response"].pop("id")
    assert whole["response"] == {"name": "A Fresh New Company", "standing": "active"}
    values = api("GET", f"/companies/{id_}/profiles/values").json()["response"]
    assert [(v["field_name"], v["value"]) for v in values] == [("Salesforce ID", "09-17")]


def test_a_count_is_an_object_with_a_text(api: Api) -> None:
    """GET /{resource}/count."""
    answer = api("GET", "/issues/count").json()
    assert answer == {"meta": OK, "response": {"count": "1"}}


def test_an_object_that_does_not_exist_is_400_with_the_documented_text(api: Api) -> None:
    """Not 404; the message is repeated in X-Status-Reason."""
    answer = api("GET", "/companies/999999")
    assert answer.status_code == 400
    assert answer.json() == {
        "response": None,
        "meta": {
            "status": "invalid_request",
            "message": MISSING,
            "more_info": OK["more_info"][:-2] + "invalid_request",
        },
    }
    assert answer.headers["X-Status-Reason"] == MISSING


def test_no_token_is_401_with_the_reason_in_a_header(api: Api) -> None:
    """Could not authorize your access (B: No token found); no rate headers on it."""
    answer = api("GET", "/companies", token="nonsense")
    assert answer.status_code == 401
    assert answer.json()["meta"]["status"] == "invalid_client"
    assert answer.headers["X-Status-Reason"] == "Could not authorize your access (B: No token found)"
    assert "X-RateLimit-Limit" not in answer.headers


def test_an_unknown_deployment_is_named(api: Api) -> None:
    """A Host of the real form that is not ours: 400."""
    answer = api("GET", "/companies", headers={"Host": "x.api.accelo.com"})
    assert answer.status_code == 400
    assert answer.json()["meta"]["message"] == "Deployment 'x' was not found."


def test_token_information_whoami_and_user(api: Api) -> None:
    """/tokeninfo as in the live body; /staff/whoami; /user adds access, titles and locale."""
    info = api("GET", "/tokeninfo").json()["response"]
    assert set(info) == {"email", "expiry_date", "firstname", "surname", "deployment", "locale", "staff_id"}
    assert info["expiry_date"].isdigit() and set(info["locale"]) == {"currency", "timezone"}
    who = api("GET", "/staff/whoami").json()["response"]
    assert who == {"id": info["staff_id"], "firstname": info["firstname"], "surname": info["surname"]}
    user = api("GET", "/user").json()["response"]
    assert user["user_titles"]["prospect"] == {"singular": "Sale", "plural": "Sales"}
    assert set(user["user_access"]["company"]) == {"add", "admin", "dashboard", "manages", "view"}


def test_everything_can_be_read_by_post_with_a_json_body(api: Api) -> None:
    """{"_method": "GET", "_fields": ["_ALL", "company._ALL"]}, as a client in production does it."""
    body = {"_method": "GET", "_fields": ["_ALL", "status._ALL"], "_filters": {"id": [7]}}
    answer = api("POST", "/issues", json=body).json()["response"]
    assert [row["id"] for row in answer] == ["7"]
    assert set(answer[0]["status"]) == {"id", "title", "standing", "color", "start", "ordering"}


@pytest.mark.parametrize(
    ("path", "wrapper"),
    [("/contracts/types", "types"), ("/requests/types", "request_types"), ("/companies/45/collections", "collections"),
     ("/activities/threads", "threads"), ("/webhooks/subscriptions", "subscriptions")],
)  # fmt: skip
def test_some_lists_are_wrapped(api: Api, path: str, wrapper: str) -> None:
    assert isinstance(api("GET", path).json()["response"][wrapper], list)


@pytest.mark.parametrize(
    ("parameters", "keys", "status"),
    [
        ({"_suppress_message": "1"}, {"meta", "response"}, 400),
        ({"_suppress_meta": "yes"}, {"response"}, 400),
        ({"_suppress_http_status": "1"}, {"meta", "response"}, 200),
    ],
)
def test_suppress_parameters_shape_the_envelope(
    api: Api, parameters: dict[str, str], keys: set[str], status: int
) -> None:
    answer = api("GET", "/companies/999999", params=parameters)
    assert answer.status_code == status and set(answer.json()) == keys
    if "_suppress_message" in parameters:
        assert answer.json()["meta"] == {"status": "invalid_request"}
    if "_suppress_http_status" in parameters:
        assert str(answer.json()["meta"]["response_code"]) == "400"


def test_the_method_can_be_overridden_even_to_delete(api: Api) -> None:
    """GET /companies/N?_method=delete deletes; the answer has no response key."""
    id_ = api("POST", "/companies", data={"name": "Short Lived"}).json()["response"]["id"]
    assert api("GET", f"/companies/{id_}", params={"_method": "delete"}).json() == {"meta": OK}
    assert api("GET", f"/companies/{id_}").status_code == 400


def test_a_json_suffix_is_taken_and_other_formats_are_refused(api: Api) -> None:
    assert api("GET", "/companies/45.json").json()["response"]["name"] == "A Fresh New Company"
    assert api("GET", "/companies/count.json").status_code == 200
    assert api("GET", "/companies.xml").status_code == 400
    assert api("GET", "/companies", headers={"Accept-Type": "text/x-yaml"}).status_code == 400
    assert api("GET", "/companies", headers={"Accept-Type": "application/json"}).status_code == 200


def test_a_parameter_given_twice_and_two_credentials_are_invalid(api: Api) -> None:
    assert api("GET", "/companies?_limit=1&_limit=2").status_code == 400
    both = api("GET", "/companies", params={"_bearer_token": "x"})
    assert both.status_code == 400 and both.json()["meta"]["status"] == "invalid_request"
    assert "multiple credentials" in both.json()["meta"]["message"]


def test_documented_paths_are_all_served(api: Api) -> None:
    """Every GET of the documentation for the imitated resources answers in the envelope."""
    paths = [
        "companies",
        "companies/45",
        "companies/count",
        "companies/recent",
        "companies/newest",
        "companies/45/status",
        "companies/statuses",
        "companies/statuses/1",
        "companies/statuses/count",
        "companies/45/contacts",
        "companies/45/contacts/count",
        "companies/45/managers",
        "companies/45/segmentations",
        "companies/45/profiles/values",
        "companies/profiles/values",
        "companies/profiles/fields",
        "companies/45/progressions",
        "companies/45/addresses",
        "contacts",
        "contacts/count",
        "contacts/recent",
        "contacts/newest",
        "contacts/statuses",
        "contacts/statuses/1",
        "contacts/statuses/count",
        "contacts/profiles/fields",
        "contacts/profiles/values",
        "affiliations",
        "affiliations/99",
        "affiliations/count",
        "affiliations/statuses",
        "affiliations/statuses/1",
        "affiliations/statuses/count",
        "affiliations/profiles/values",
        "affiliations/99/progressions",
        "addresses",
        "addresses/17",
        "addresses/count",
        "staff",
        "staff/1",
        "staff/whoami",
        "staff/count",
        "staff/memberships",
        "staff/profiles/fields",
        "progressions/history",
        "progressions/history/count",
        "prospects",
        "prospects/9",
        "prospects/count",
        "prospects/9/status",
        "prospects/statuses",
        "prospects/types",
        "prospects/probabilities/1",
        "prospect/probabilities",
        "prospects/probabilities/count",
        "prospects/9/profiles/values",
        "prospects/extensions/fields",
        "prospects/9/extensions/values",
        "prospects/extensions/values",
        "prospects/9/progressions",
        "issues",
        "issues/7",
        "issues/count",
        "issues/recent",
        "issues/statuses",
        "issues/types/1",
        "issues/types",
        "issues/classes",
        "issues/resolutions/1",
        "issues/resolutions",
        "issues/resolutions/count",
        "issues/7/tasks",
        "issues/priorities",
        "issues/priorities/1",
        "issues/priorities/count",
        "issues/7/profiles/values",
        "issues/extensions/fields",
        "issues/7/progressions",
        "issues/progressions",
        "segmentations",
        "segmentations/1",
        "segmentations/count",
        "webhooks/subscriptions",
        "webhooks/subscriptions/types",
        "activities",
        "activities/count",
        "activities/threads",
        "activities/threads/count",
        "activities/classes",
        "activities/classes/1",
        "activities/classes/count",
        "user",
        "tokeninfo",
        "tasks",
    ]
    failed = {path: answer.text for path in paths if (answer := api("GET", f"/{path}")).status_code != 200}
    assert failed == {}
