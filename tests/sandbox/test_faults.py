"""Faults of the connection and of the answer, and which requests a fault strikes; from outside, with plain requests.

The faults of each system's own rules are in test_salesforce_faults and test_accelo_faults.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Running

CUT = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def create(sandbox: Running, system: str, name: str, **more: Any) -> requests.Response:
    """A write in either system."""
    if system == "accelo":
        return sandbox.ac("POST", "/companies", json={"name": name}, **more)
    return sandbox.sf("POST", "/sobjects/Account", json={"Name": name}, **more)


def read(sandbox: Running, system: str) -> requests.Response:
    """A read in either system."""
    return (
        sandbox.ac("GET", "/companies") if system == "accelo" else sandbox.sf("GET", "/query?q=SELECT+Id+FROM+Account")
    )


def named(sandbox: Running, system: str, name: str) -> int:
    """How many companies or accounts of that name there are."""
    world = sandbox.world()
    rows = world["accelo"]["companies"] if system == "accelo" else world["salesforce"]["Account"]
    return sum(name in (row.get("name"), row.get("Name")) for row in rows)


def last_fault(sandbox: Running) -> str | None:
    """The fault of the last request."""
    found: str | None = sandbox.requests()[-1]["fault"]
    return found


both = pytest.mark.parametrize("system", ["salesforce", "accelo"])

# The connection


@both
@pytest.mark.parametrize("kind", ["refused", "reset_before"])
def test_a_connection_cut_before_the_request_changes_nothing(sandbox: Running, system: str, kind: str) -> None:
    sandbox.fault(system, kind, method="POST")
    with pytest.raises(CUT):
        create(sandbox, system, "Never arrived")
    assert named(sandbox, system, "Never arrived") == 0
    (line,) = sandbox.requests()
    assert (line["fault"], line["status"], line["writes"]) == (kind, None, [])
    assert create(sandbox, system, "Arrived").ok


def test_refused_with_seconds_lets_nothing_listen(sandbox: Running) -> None:
    sandbox.fault("accelo", "refused", seconds=0.3)
    with pytest.raises(CUT):
        read(sandbox, "accelo")
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(sandbox.accelo["url"], timeout=2)
    assert read(sandbox, "salesforce").ok
    time.sleep(0.5)
    assert read(sandbox, "accelo").ok


@both
def test_a_reset_after_the_commit_leaves_the_row_there(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "reset_after_commit", method="POST")
    with pytest.raises(CUT):
        create(sandbox, system, "Committed unseen")
    assert named(sandbox, system, "Committed unseen") == 1
    (line,) = sandbox.requests()
    assert line["fault"] == "reset_after_commit"
    assert [write["op"] for write in line["writes"]] == ["create"]


@both
@pytest.mark.parametrize(("kind", "rows"), [("timeout", 0), ("timeout_after_commit", 1)])
def test_a_timeout_says_nothing_until_the_client_gives_up(sandbox: Running, system: str, kind: str, rows: int) -> None:
    sandbox.fault(system, kind, method="POST", seconds=5)
    with pytest.raises(requests.exceptions.ReadTimeout):
        create(sandbox, system, "Patience", timeout=0.2)
    assert named(sandbox, system, "Patience") == rows
    assert last_fault(sandbox) == kind


@both
def test_a_zombie_write_comes_after_the_client_was_told_that_it_failed(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "applied_late", method="POST", seconds=0.2)
    with pytest.raises(CUT):
        create(sandbox, system, "Zombie")
    assert named(sandbox, system, "Zombie") == 0
    time.sleep(0.4)
    assert named(sandbox, system, "Zombie") == 1
    (line,) = sandbox.requests()
    assert (line["fault"], len(line["writes"])) == ("applied_late", 1)


def test_a_zombie_write_does_not_survive_a_reset(sandbox: Running) -> None:
    sandbox.fault("accelo", "applied_late", seconds=0.2)
    with pytest.raises(CUT):
        create(sandbox, "accelo", "Zombie")
    sandbox.reset()
    time.sleep(0.3)
    assert named(sandbox, "accelo", "Zombie") == 0


@both
def test_a_request_delivered_twice_makes_two_rows_and_one_answer(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "delivered_twice", method="POST")
    assert create(sandbox, system, "Double").ok
    assert named(sandbox, system, "Double") == 2
    assert len(sandbox.requests()) == 1


@both
def test_a_slow_answer_is_right_but_late(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "slow", seconds=0.3)
    start = time.monotonic()
    assert read(sandbox, system).ok
    assert time.monotonic() - start >= 0.3


@both
def test_a_truncated_answer_was_carried_out(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "truncated", method="POST")
    with pytest.raises(CUT):
        create(sandbox, system, "Half told")
    assert named(sandbox, system, "Half told") == 1


def test_a_truncated_answer_without_a_body_is_lost_whole(sandbox: Running) -> None:
    account = sandbox.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    sandbox.fault("salesforce", "truncated", "PATCH")
    with pytest.raises(CUT):
        sandbox.sf("PATCH", f"/sobjects/Account/{account}", json={"Phone": "half"})
    assert sandbox.query(f"SELECT Phone FROM Account WHERE Id = '{account}'")[0]["Phone"] == "half"


@both
def test_a_gateway_answers_with_a_page(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "html")
    sandbox.fault(system, "html", nth=2, status=200)
    answers = [read(sandbox, system) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [502, 200]
    for answer in answers:
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "<html>" in answer.text


# Answers before the system's own code


def says(answer: requests.Response, status: int, word: str) -> None:
    """The system's own error shape: an array (Salesforce REST guide), an envelope (Accelo API docs)."""
    assert answer.status_code == status
    body = answer.json()
    assert word == (body[0]["errorCode"] if isinstance(body, list) else body.get("meta", body)["status"])


@pytest.mark.parametrize(
    ("kind", "status", "salesforce", "accelo"),
    [
        ("unauthorized_once", 401, "INVALID_SESSION_ID", "invalid_client"),
        ("unauthorized", 401, "INVALID_SESSION_ID", "invalid_client"),
        ("limit_403", 403, "REQUEST_LIMIT_EXCEEDED", "invalid_permission"),
        ("too_many_429", 429, "REQUEST_LIMIT_EXCEEDED", "too_many_requests"),
        ("server_error_500", 500, "UNKNOWN_EXCEPTION", "server_error"),
    ],
)
def test_a_refusal_has_the_words_of_its_system(
    sandbox: Running, kind: str, status: int, salesforce: str, accelo: str
) -> None:
    for system, word in (("salesforce", salesforce), ("accelo", accelo)):
        sandbox.fault(system, kind, method="POST")
        says(create(sandbox, system, "Refused"), status, word)
        assert last_fault(sandbox) == kind
        assert named(sandbox, system, "Refused") == 0
        assert create(sandbox, system, "Afterwards").ok == (kind != "unauthorized")


def test_a_burst_of_503_ends_after_its_times(sandbox: Running) -> None:
    for system in ("salesforce", "accelo"):
        sandbox.fault(system, "unavailable_503", times=3)
        assert [read(sandbox, system).status_code for _ in range(4)] == [503, 503, 503, 200]


@both
def test_a_500_may_have_been_carried_out(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "server_error_after_commit", method="POST")
    assert create(sandbox, system, "Done all the same").status_code == 500
    assert named(sandbox, system, "Done all the same") == 1


@both
def test_an_expired_token_stays_dead_and_a_refresh_helps(sandbox: Running, system: str) -> None:
    login = sandbox.ready[system]
    sandbox.fault(system, "token_expired")
    assert [read(sandbox, system).status_code for _ in range(2)] == [401, 401]
    path = "/services/oauth2/token" if system == "salesforce" else "/oauth2/v0/token"
    form = {
        "grant_type": "refresh_token",
        **{key: login[key] for key in ("refresh_token", "client_id", "client_secret")},
    }
    fresh = requests.post(login["url"] + path, data=form, timeout=5)
    assert fresh.status_code == 200, fresh.text
    url = login["url"] + ("/services/data/v68.0/limits" if system == "salesforce" else "/api/v0/companies")
    bearer = {"Authorization": f"Bearer {fresh.json()['access_token']}"}
    assert requests.get(url, headers=bearer, timeout=5).status_code == 200


@both
def test_a_refresh_token_may_be_answered_as_rotated_out(sandbox: Running, system: str) -> None:
    login = sandbox.ready[system]
    sandbox.fault(system, "refresh_rotated")
    path = "/services/oauth2/token" if system == "salesforce" else "/oauth2/v0/token"
    form = {
        "grant_type": "refresh_token",
        **{key: login[key] for key in ("refresh_token", "client_id", "client_secret")},
    }
    answer = requests.post(login["url"] + path, data=form, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert last_fault(sandbox) == "refresh_rotated"


# Matching


def test_nth_counts_matching_requests_since_the_fault_was_set(sandbox: Running) -> None:
    read(sandbox, "accelo")
    sandbox.fault("accelo", "server_error_500", method="GET", path="^/api/v0/companies$", nth=2, times=2)
    answers = [read(sandbox, "accelo").status_code]
    answers.append(sandbox.ac("GET", "/contacts").status_code)
    answers.append(create(sandbox, "accelo", "A POST does not match").status_code)
    answers += [read(sandbox, "accelo").status_code for _ in range(3)]
    assert answers == [200, 200, 200, 500, 500, 200]


def test_the_method_that_is_matched_is_the_effective_one(sandbox: Running) -> None:
    sandbox.fault("accelo", "server_error_500", method="GET")
    assert sandbox.ac("POST", "/companies", json={"_method": "GET"}).status_code == 500


def test_times_0_strikes_for_ever_until_faults_are_forgotten(sandbox: Running) -> None:
    sandbox.fault("salesforce", "server_error_500", path="/limits", times=0)
    assert {sandbox.sf("GET", "/limits").status_code for _ in range(5)} == {500}
    sandbox.control("DELETE", "/faults")
    assert sandbox.sf("GET", "/limits").status_code == 200


@pytest.mark.parametrize(
    "item",
    [
        {"system": "accelo", "kind": "row_lock"},
        {"system": "accelo", "kind": "meteor"},
        {"system": "sap", "kind": "slow"},
        {"system": "accelo", "kind": "slow", "match": {"path": "("}},
        {"system": "accelo", "kind": "slow", "nth": 0},
        {"system": "accelo", "kind": "slow", "times": "many"},
        {"system": "accelo", "kind": "slow", "match": "/companies"},
        {"system": "accelo", "kind": "slow", "seconds": "soon"},
        {"system": "accelo", "kind": "short_page", "count": [5]},
        {"system": "accelo", "kind": "html", "status": -1},
        {"system": "accelo", "kind": "record_edited", "edit": "x"},
        {"system": "salesforce", "kind": "field_hidden", "fields": "Fax"},
        {"system": "salesforce", "kind": "row_lock", "rows": 1},
    ],
)
def test_a_fault_that_cannot_be_is_refused_and_none_is_set(sandbox: Running, item: dict[str, Any]) -> None:
    good = {"system": "accelo", "kind": "server_error_500"}
    answer = sandbox.control("POST", "/faults", json=[good, item])
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert read(sandbox, "accelo").status_code == 200
