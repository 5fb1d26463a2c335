"""The hourly limit of the Accelo deployment and its headers.

Source: Accelo API docs, _introduction, "Rate Limiting".
"""

from __future__ import annotations

import time

import pytest
import requests

from tests.sandbox.conftest import Running

LIMIT, LEFT, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"


def test_the_limit_is_counted_down_for_the_whole_deployment(empty_sandbox: Running) -> None:
    """5000 an hour, with the second when the window ends; /oauth2 does not count."""
    first = empty_sandbox.ac("GET", "/companies")
    login = (empty_sandbox.accelo["client_id"], empty_sandbox.accelo["client_secret"])
    url = f"{empty_sandbox.accelo['url']}/oauth2/v0/token"
    token = requests.post(url, auth=login, data={"grant_type": "client_credentials"}, timeout=10).json()
    other = empty_sandbox.ac("GET", "/companies", headers={"Authorization": f"Bearer {token['access_token']}"})
    assert first.headers[LIMIT] == "5000" and int(first.headers[LEFT]) - int(other.headers[LEFT]) == 1
    assert 0 < int(first.headers[RESET]) - time.time() <= 3600


@pytest.mark.parametrize("window", ["fixed", "rolling"])
@pytest.mark.parametrize("body", ["bare", "wrapped"])
def test_over_the_limit_is_429(empty_sandbox: Running, window: str, body: str) -> None:
    """The documented meta object, bare or in the envelope by switch; after the window requests are served again."""
    empty_sandbox.switch(
        accelo_hourly_limit=3, accelo_rate_window=window, accelo_429_body=body, accelo_retry_after="on"
    )
    left = [empty_sandbox.ac("GET", "/companies").headers[LEFT] for _ in range(3)]
    assert left == ["2", "1", "0"]
    answer = empty_sandbox.ac("GET", "/companies/1")
    assert answer.status_code == 429 and answer.headers[LEFT] == "0" and int(answer.headers["Retry-After"]) > 0
    meta = answer.json() if body == "bare" else answer.json()["meta"]
    assert meta == {
        "message": "Rate limit exceeded for sandbox.api.accelo.com",
        "status": "too_many_requests",
        "more_info": "api.accelo.com/docs/#rate-limiting",
    }
    empty_sandbox.clock("accelo", 3601)
    assert empty_sandbox.ac("GET", "/companies").status_code == 200


def test_the_limit_can_be_off(empty_sandbox: Running) -> None:
    empty_sandbox.switch(accelo_hourly_limit="off")
    assert LIMIT not in empty_sandbox.ac("GET", "/companies").headers


def test_an_error_of_an_authorised_request_carries_the_headers(empty_sandbox: Running) -> None:
    """And one without a good token does not."""
    assert LIMIT in empty_sandbox.ac("GET", "/companies/999").headers
    assert LIMIT not in empty_sandbox.ac("GET", "/companies", headers={"Authorization": "Bearer no"}).headers
