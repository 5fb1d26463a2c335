"""OAuth of the Accelo deployment: service, web and installed application, refresh, revoke, scopes, lockout, expiry.

Source: Accelo API docs, _authentication.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.conftest import Running

REDIRECT = "http://127.0.0.1:9876/callback"


def _oauth(box: Running, path: str) -> str:
    return f"{box.accelo['url']}/oauth2/v0/{path}"


def _client(box: Running) -> tuple[str, str]:
    return box.accelo["client_id"], box.accelo["client_secret"]


def _token(box: Running, **fields: Any) -> requests.Response:
    return requests.post(_oauth(box, "token"), auth=_client(box), data=fields, timeout=10)


def _service(box: Running, **fields: Any) -> dict[str, Any]:
    answer = _token(box, grant_type="client_credentials", **fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _get(box: Running, path: str, token: str, method: str = "GET", **more: Any) -> requests.Response:
    url = f"{box.accelo['url']}/api/v0{path}"
    return requests.request(method, url, headers={"Authorization": f"Bearer {token}"}, timeout=10, **more)


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def _click_through(box: Running, decision: str = "allow", **parameters: str) -> requests.Response:
    """Log in and decide, as a person with a browser."""
    asked = {"client_id": box.accelo["client_id"], "response_type": "code", **parameters}
    browser = requests.Session()
    page = browser.get(_oauth(box, "authorize"), params=asked, timeout=10)
    assert "Log In" in page.text and '<label for="username">' in page.text and '<label for="password">' in page.text
    who = {
        "username": box.accelo["username"],
        "password": box.accelo["password"],
        "request": _field(page.text, "request"),
    }
    page = browser.post(_oauth(box, "login"), data=who, timeout=10)
    assert ">Allow</button>" in page.text and ">Deny</button>" in page.text
    choice = {"request": _field(page.text, "request"), "decision": decision}
    return browser.post(_oauth(box, "approve"), data=choice, timeout=10, allow_redirects=False)


def test_a_service_application_gets_an_access_token_alone(empty_sandbox: Running) -> None:
    """Flat JSON, expires_in as a text, no refresh token; the default scope cannot write."""
    made = _service(empty_sandbox)
    assert made["expires_in"] == "2592000" and made["token_type"].lower() == "bearer" and "refresh_token" not in made
    assert {"deployment", "deployment_name", "deployment_uri", "account_id", "account_details"} <= set(made)
    assert made["deployment_uri"] == empty_sandbox.accelo["url"], "no address leads off this machine"
    assert _get(empty_sandbox, "/companies", made["access_token"]).status_code == 200
    answer = _get(empty_sandbox, "/companies", made["access_token"], "POST", data={"name": "X"})
    assert (answer.status_code, answer.json()["meta"]["status"]) == (403, "invalid_permission")


@pytest.mark.parametrize("how", ["basic", "fields", "json"])
def test_the_client_may_show_itself_in_three_ways(empty_sandbox: Running, how: str) -> None:
    client_id, secret = _client(empty_sandbox)
    fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "expires_in": "3600"}
    more: dict[str, Any] = {
        "basic": {"auth": (client_id, secret), "data": {"grant_type": "client_credentials", "expires_in": "3600"}},
        "fields": {"data": fields},
        "json": {"json": fields},
    }[how]
    answer = requests.post(_oauth(empty_sandbox, "token"), timeout=10, **more)
    assert answer.status_code == 200 and answer.json()["expires_in"] == "3600"


def test_a_web_application_gets_a_code_and_then_a_pair(empty_sandbox: Running) -> None:
    """Code and state on the redirect; the code is good once; expires_in as a number."""
    answer = _click_through(empty_sandbox, redirect_uri=REDIRECT, state="s 1", scope="write(all)")
    assert answer.status_code == 302 and answer.headers["Location"].startswith(REDIRECT + "?")
    got = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert got["state"] == ["s 1"]
    exchange = {"grant_type": "authorization_code", "code": got["code"][0], "redirect_uri": REDIRECT}
    made = _token(empty_sandbox, **exchange).json()
    assert made["expires_in"] == 2592000 and made["refresh_token"] and made["token_type"] == "Bearer"
    assert _get(empty_sandbox, "/companies", made["access_token"], "POST", data={"name": "X"}).status_code == 200
    again = _token(empty_sandbox, **exchange)
    assert again.status_code == 400
    assert again.json() == {"error": "invalid_grant", "error_description": "Grant was not found (possibly expired)."}


def test_saying_no_goes_back_with_an_error(empty_sandbox: Running) -> None:
    answer = _click_through(empty_sandbox, "deny", redirect_uri=REDIRECT, state="s")
    got = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert got["error"] == ["access_denied"] and got["state"] == ["s"] and got["error_description"]


def test_an_installed_application_gets_a_pin(empty_sandbox: Running) -> None:
    page = _click_through(empty_sandbox, scope="read(companies)")
    pin = re.search(r'id="pin">(\d{9})<', page.text)
    assert page.status_code == 200 and pin
    made = _token(empty_sandbox, grant_type="authorization_code", code=pin[1]).json()
    assert made["refresh_token"]
    assert _get(empty_sandbox, "/companies", made["access_token"]).status_code == 200
    assert _get(empty_sandbox, "/contacts", made["access_token"]).status_code == 403


def test_a_posted_authorize_redirects_to_the_approval_page(empty_sandbox: Running) -> None:
    """302 with the Location of a page; the page asks to log in first."""
    fields = {"client_id": empty_sandbox.accelo["client_id"], "response_type": "code", "redirect_uri": REDIRECT}
    answer = requests.post(_oauth(empty_sandbox, "authorize"), data=fields, timeout=10, allow_redirects=False)
    assert answer.status_code == 302
    assert "Log In" in requests.get(answer.headers["Location"], timeout=10).text


def test_a_wrong_password_stays_on_the_page(empty_sandbox: Running) -> None:
    asked = {"client_id": empty_sandbox.accelo["client_id"], "response_type": "code"}
    page = requests.get(_oauth(empty_sandbox, "authorize"), params=asked, timeout=10)
    wrong = {"username": empty_sandbox.accelo["username"], "password": "no", "request": _field(page.text, "request")}
    answer = requests.post(_oauth(empty_sandbox, "login"), data=wrong, timeout=10)
    assert answer.status_code == 401 and 'role="alert"' in answer.text and "Log In" in answer.text


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/cb", "http://127.0.0.1.evil.example/cb", "javascript:alert(1)", "http://[::1]:80/#x"],
)
def test_only_loopback_redirects_are_registered(empty_sandbox: Running, address: str) -> None:
    asked = {"client_id": empty_sandbox.accelo["client_id"], "response_type": "code", "redirect_uri": address}
    answer = requests.get(_oauth(empty_sandbox, "authorize"), params=asked, timeout=10, allow_redirects=False)
    assert answer.status_code == 400 and "Location" not in answer.headers


def test_a_code_challenge_is_checked_and_stands_for_the_secret(empty_sandbox: Running) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    for sent, status in (("wrong", 400), (verifier, 200)):
        answer = _click_through(
            empty_sandbox, redirect_uri=REDIRECT, code_challenge=challenge, code_challenge_method="S256"
        )
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": sent,
                  "client_id": empty_sandbox.accelo["client_id"]}  # fmt: skip
        assert requests.post(_oauth(empty_sandbox, "token"), data=fields, timeout=10).status_code == status


def test_a_refresh_gives_a_new_pair(empty_sandbox: Running) -> None:
    """Both tokens are new; by switch the old refresh token is dead; a reset brings the ready file's back."""
    old = empty_sandbox.accelo["refresh_token"]
    made = _token(empty_sandbox, grant_type="refresh_token", refresh_token=old).json()
    assert made["refresh_token"] != old and made["access_token"] != empty_sandbox.accelo["access_token"]
    assert _token(empty_sandbox, grant_type="refresh_token", refresh_token=old).status_code == 200
    empty_sandbox.switch(accelo_refresh_rotation="on")
    assert _token(empty_sandbox, grant_type="refresh_token", refresh_token=old).status_code == 200
    assert _token(empty_sandbox, grant_type="refresh_token", refresh_token=old).json()["error"] == "invalid_grant"
    empty_sandbox.reset()
    assert _token(empty_sandbox, grant_type="refresh_token", refresh_token=old).status_code == 200


def test_a_revoked_token_is_dead(empty_sandbox: Running) -> None:
    token = _service(empty_sandbox)["access_token"]
    answer = requests.post(
        _oauth(empty_sandbox, "revoke"), auth=_client(empty_sandbox), data={"token": token}, timeout=10
    )
    assert answer.status_code == 200
    assert _get(empty_sandbox, "/companies", token).status_code == 401


def test_a_token_expires_by_the_server_clock(empty_sandbox: Running) -> None:
    token = _service(empty_sandbox, expires_in="60")["access_token"]
    assert _get(empty_sandbox, "/companies", token).status_code == 200
    empty_sandbox.clock("accelo", 61)
    answer = _get(empty_sandbox, "/companies", token)
    assert answer.status_code == 401 and answer.json()["meta"]["status"] == "invalid_client"


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "everything"}, 400, "invalid_scope"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "750332955"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials", "expires_in": "soon"}, 400, "invalid_request"),
    ],
)
def test_token_errors_are_flat(empty_sandbox: Running, fields: dict[str, str], status: int, error: str) -> None:
    answer = _token(empty_sandbox, **fields)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}


def test_a_wrong_secret_is_invalid_client(empty_sandbox: Running) -> None:
    answer = requests.post(_oauth(empty_sandbox, "token"), auth=("a", "b"), data={"grant_type": "x"}, timeout=10)
    assert answer.status_code == 401 and answer.json()["error"] == "invalid_client"
    assert answer.json()["error_description"] == "client id and secret were not found"


@pytest.mark.parametrize(
    ("scope", "path", "method", "status"),
    [
        ("read(all)", "/issues", "GET", 200),
        ("read(companies,contacts)", "/contacts", "GET", 200),
        ("read(companies,contacts)", "/issues", "GET", 403),
        ("write(companies)", "/companies", "GET", 200),
        ("write(companies)", "/companies", "POST", 200),
        ("read(all),write(contacts)", "/companies", "POST", 403),
        ("read(all),write(contacts)", "/companies", "GET", 200),
        ("read(issues)", "/tokeninfo", "GET", 200),
        ("read(issues)", "/user", "GET", 200),
    ],
)
def test_scopes_are_enforced(empty_sandbox: Running, scope: str, path: str, method: str, status: int) -> None:
    token = _service(empty_sandbox, scope=scope)["access_token"]
    answer = _get(empty_sandbox, path, token, method, data={"name": "X"} if method == "POST" else None)
    assert answer.status_code == status, answer.text


def test_the_token_may_be_a_parameter_and_tokeninfo_may_ask_about_another(empty_sandbox: Running) -> None:
    token = empty_sandbox.accelo["access_token"]
    url = f"{empty_sandbox.accelo['url']}/api/v0"
    assert requests.get(f"{url}/companies", params={"_bearer_token": token}, timeout=10).status_code == 200
    other = _service(empty_sandbox, expires_in="1000")["access_token"]
    info = empty_sandbox.ac("GET", "/tokeninfo").json()["response"]
    asked = empty_sandbox.ac("GET", "/tokeninfo", params={"_bearer_token": other}).json()["response"]
    assert int(asked["expiry_date"]) < int(info["expiry_date"])


@pytest.mark.parametrize("status", ["429", "401"])
def test_a_hundred_failures_lock_the_address_out(empty_sandbox: Running, status: str) -> None:
    """Then even a good token is refused, with Retry-After, until five minutes have passed without a try."""
    empty_sandbox.switch(accelo_lockout_status=status)
    good = empty_sandbox.accelo["access_token"]
    with requests.Session() as http:
        http.headers["Authorization"] = "Bearer wrong"
        for _ in range(100):
            assert http.get(f"{empty_sandbox.accelo['url']}/api/v0/companies", timeout=10).status_code == 401
    answer = _get(empty_sandbox, "/companies", good)
    assert answer.status_code == int(status) and answer.json()["meta"]["status"] == "too_many_failed_logins"
    assert answer.headers["Retry-After"] == "300"
    empty_sandbox.clock("accelo", 200)
    assert _get(empty_sandbox, "/companies", good).status_code == int(status)
    empty_sandbox.clock("accelo", 400)
    assert _get(empty_sandbox, "/companies", good).status_code == int(status), "the try at 200 s began them anew"
    empty_sandbox.clock("accelo", 701)
    assert _get(empty_sandbox, "/companies", good).status_code == 200


def test_an_activity_of_a_service_application_is_for_all(empty_sandbox: Running) -> None:
    """Of a person it is private."""
    company = empty_sandbox.ac("POST", "/companies", data={"name": "X"}).json()["response"]["id"]
    token = _service(empty_sandbox, scope="write(all)")["access_token"]
    fields = {"subject": "Hi", "against_type": "company", "against_id": company, "_fields": "visibility"}
    answers = [
        _get(empty_sandbox, "/activities", t, "POST", data=fields)
        for t in (token, empty_sandbox.accelo["access_token"])
    ]
    assert [answer.json()["response"]["visibility"] for answer in answers] == ["all", "private"]
