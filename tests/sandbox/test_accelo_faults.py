"""The faults of Accelo's own domain: short page, deleted record, no permission, rotated refresh token, duplicate."""

from __future__ import annotations

import requests

from tests.sandbox.conftest import Running


def _make(box: Running, count: int) -> list[str]:
    return [box.ac("POST", "/companies", data={"name": f"C{n}"}).json()["response"]["id"] for n in range(count)]


def test_a_short_page_has_fewer_rows_although_more_exist(empty_sandbox: Running) -> None:
    _make(empty_sandbox, 12)
    empty_sandbox.fault("accelo", "short_page", "GET", "/companies$")
    empty_sandbox.fault("accelo", "short_page", "GET", "/companies$", nth=2, count=3)
    assert len(empty_sandbox.ac("GET", "/companies").json()["response"]) == 5
    assert len(empty_sandbox.ac("GET", "/companies").json()["response"]) == 3
    assert len(empty_sandbox.ac("GET", "/companies").json()["response"]) == 10
    assert [line["fault"] for line in empty_sandbox.requests()[-3:]] == ["short_page", "short_page", None]


def test_a_record_is_deleted_just_before_the_write(empty_sandbox: Running) -> None:
    """The write meets nothing, changes nothing and logs nothing; the record is gone for good."""
    one, two = _make(empty_sandbox, 2)
    empty_sandbox.fault("accelo", "record_deleted", "PUT", f"/companies/{one}$")
    answer = empty_sandbox.ac("PUT", f"/companies/{one}", data={"phone": "1"})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (400, "invalid_request")
    assert [row["id"] for row in empty_sandbox.world()["accelo"]["companies"]] == [two]
    assert empty_sandbox.requests()[-1]["writes"] == [] and empty_sandbox.requests()[-1]["fault"] == "record_deleted"


def test_a_permission_is_missing(empty_sandbox: Running) -> None:
    empty_sandbox.fault("accelo", "invalid_permission", "POST", "/companies")
    answer = empty_sandbox.ac("POST", "/companies", data={"name": "X"})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (403, "invalid_permission")
    assert empty_sandbox.world()["accelo"]["companies"] == []


def test_a_name_is_a_duplicate(empty_sandbox: Running) -> None:
    empty_sandbox.fault("accelo", "duplicate", "POST", "/companies")
    answer = empty_sandbox.ac("POST", "/companies", data={"name": "X"})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (400, "duplicate")
    assert "name" in answer.json()["meta"]["message"]
    assert empty_sandbox.ac("POST", "/companies", data={"name": "X"}).status_code == 200


def test_a_refresh_token_was_rotated_out(empty_sandbox: Running) -> None:
    empty_sandbox.fault("accelo", "refresh_rotated")
    login = (empty_sandbox.accelo["client_id"], empty_sandbox.accelo["client_secret"])
    fields = {"grant_type": "refresh_token", "refresh_token": empty_sandbox.accelo["refresh_token"]}
    url = f"{empty_sandbox.accelo['url']}/oauth2/v0/token"
    answer = requests.post(url, auth=login, data=fields, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_deleted_record_strikes_the_first_request_that_names_one(empty_sandbox: Running) -> None:
    one, two = _make(empty_sandbox, 2)
    empty_sandbox.fault("accelo", "record_deleted")
    assert len(empty_sandbox.ac("GET", "/companies").json()["response"]) == 2
    answer = empty_sandbox.ac("PUT", f"/companies/{one}", json={"phone": "1"})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (400, "invalid_request")
    assert [row["id"] for row in empty_sandbox.world()["accelo"]["companies"]] == [two]
