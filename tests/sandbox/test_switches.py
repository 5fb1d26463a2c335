"""The switches of both systems, of Salesforce, and of Accelo's limits, tokens and webhooks, on all their settings.

Those of Accelo's reading and writing are in test_accelo_switches; test_nothing_is_left_out counts them all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Running


def company(sandbox: Running, **fields: Any) -> requests.Response:
    return sandbox.ac("POST", "/companies", json={"name": "Switch & Co", **fields})


def made(answer: requests.Response) -> str:
    """The id of what a request made."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["response"]["id"])


def contact(sandbox: Running, **fields: Any) -> requests.Response:
    return sandbox.ac("POST", "/contacts", json={"firstname": "Ann", "surname": "Bell", "company_id": 3, **fields})


def one(sandbox: Running, path: str) -> dict[str, Any]:
    """All fields of one Accelo record."""
    answer = sandbox.ac("GET", path, params={"_fields": "_ALL"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["response"]
    return found


def token(sandbox: Running, **form: Any) -> requests.Response:
    """Ask Accelo's token endpoint as the ready application."""
    login = sandbox.accelo
    url = login["url"] + "/oauth2/v0/token"
    return requests.post(url, data=form, auth=(login["client_id"], login["client_secret"]), timeout=5)


# Both systems


def test_latency_holds_every_answer_back(sandbox: Running) -> None:
    sandbox.switch(latency_ms=150)
    for read in (lambda: sandbox.ac("GET", "/staff"), lambda: sandbox.sf("GET", "/limits")):
        start = time.monotonic()
        assert read().ok
        assert time.monotonic() - start >= 0.15


def test_answers_are_packed_or_not(sandbox: Running) -> None:
    for setting, packed in (("on", "gzip"), ("off", None)):
        sandbox.switch(gzip=setting)
        for answer in (sandbox.sf("GET", "/sobjects"), sandbox.ac("GET", "/companies")):
            assert answer.headers.get("Content-Encoding") == packed
            assert answer.json()


# Salesforce


def test_the_daily_limit_is_counted_and_refused_above(sandbox: Running) -> None:
    assert sandbox.sf("GET", "/limits").headers["Sforce-Limit-Info"].endswith("/100000")
    sandbox.reset()
    sandbox.switch(salesforce_daily_limit=3)
    answers = [sandbox.sf("GET", "/query?q=SELECT+Id+FROM+Organization") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 403]
    assert answers[2].headers["Sforce-Limit-Info"] == "api-usage=3/3"
    assert answers[3].json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


def test_salesforce_refresh_tokens_rotate(sandbox: Running) -> None:
    login = sandbox.salesforce

    def refresh(with_token: str) -> requests.Response:
        form = {"grant_type": "refresh_token", "refresh_token": with_token}
        form |= {key: login[key] for key in ("client_id", "client_secret")}
        return requests.post(login["url"] + "/services/oauth2/token", data=form, timeout=5)

    assert "refresh_token" not in refresh(login["refresh_token"]).json()
    sandbox.switch(salesforce_refresh_rotation="on")
    new = refresh(login["refresh_token"]).json()["refresh_token"]
    assert new != login["refresh_token"]
    assert refresh(login["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(new).json()["error"] == "invalid_grant", "reuse of a rotated token kills its successor, too"


def fields_of(sandbox: Running, name: str) -> set[str]:
    return {field["name"] for field in sandbox.sf("GET", f"/sobjects/{name}/describe").json()["fields"]}


def test_state_and_country_codes_follow_their_texts(sandbox: Running) -> None:
    assert "BillingCountryCode" not in fields_of(sandbox, "Account")
    sandbox.switch(salesforce_state_country_picklists="on")
    assert {"BillingCountryCode", "BillingStateCode"} <= fields_of(sandbox, "Account")
    codes = {"Name": "Coded", "BillingCountryCode": "AU", "BillingStateCode": "VIC"}
    account = sandbox.sf("POST", "/sobjects/Account", json=codes).json()["id"]
    row = sandbox.sf("GET", f"/sobjects/Account/{account}").json()
    assert (row["BillingCountry"], row["BillingState"]) == ("Australia", "Victoria")
    wrong = sandbox.sf("POST", "/sobjects/Account", json={"Name": "Nowhere", "BillingCountry": "Atlantis"})
    assert wrong.json()[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"


def test_an_account_may_be_a_person(sandbox: Running) -> None:
    assert "IsPersonAccount" not in fields_of(sandbox, "Account")
    sandbox.switch(salesforce_person_accounts="on")
    assert "IsPersonAccount" in fields_of(sandbox, "Account")
    types = sandbox.query("SELECT Id FROM RecordType WHERE IsPersonType = true")
    assert types
    person = {"LastName": "Privat", "FirstName": "Petra", "RecordTypeId": types[0]["Id"]}
    account = sandbox.sf("POST", "/sobjects/Account", json=person).json()["id"]
    row = sandbox.query(f"SELECT Name, IsPersonAccount FROM Account WHERE Id = '{account}'")[0]
    assert (row["Name"], row["IsPersonAccount"]) == ("Petra Privat", True)


def test_the_external_id_fields_may_be_missing(sandbox: Running) -> None:
    for name in ("Account", "Contact"):
        assert {"Accelo_Id__c", "Ext_Id__c"} <= fields_of(sandbox, name)
    assert sandbox.sf("PATCH", "/sobjects/Account/Accelo_Id__c/77", json={"Name": "Keyed"}).status_code == 201
    sandbox.switch(salesforce_external_ids="off")
    assert not {"Accelo_Id__c", "Ext_Id__c"} & fields_of(sandbox, "Account")
    assert sandbox.sf("PATCH", "/sobjects/Account/Accelo_Id__c/77", json={"Name": "Keyed"}).status_code == 404


def test_created_date_may_be_set_by_permission_only(sandbox: Running) -> None:
    old = {"Name": "From 2019", "CreatedDate": "2019-05-06T07:08:09Z"}
    refused = sandbox.sf("POST", "/sobjects/Account", json=old)
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    sandbox.switch(salesforce_audit_fields="on")
    account = sandbox.sf("POST", "/sobjects/Account", json=old).json()["id"]
    row = sandbox.query(f"SELECT CreatedDate FROM Account WHERE Id = '{account}'")[0]
    assert row["CreatedDate"] == "2019-05-06T07:08:09.000+0000"


def test_a_bulk_job_may_take_its_time(sandbox: Running) -> None:
    sandbox.switch(salesforce_bulk_seconds=1)
    spec = {"operation": "query", "query": "SELECT Id FROM Account"}
    job = sandbox.sf("POST", "/jobs/query", json=spec).json()["id"]
    start = time.monotonic()
    while sandbox.sf("GET", f"/jobs/query/{job}").json()["state"] != "JobComplete":
        time.sleep(0.05)
    assert 0.8 <= time.monotonic() - start < 5


def test_an_inactive_owner_needs_a_permission(sandbox: Running) -> None:
    gone = sandbox.query("SELECT Id FROM User WHERE IsActive = false")[0]["Id"]
    account = {"Name": "Orphan", "OwnerId": gone}
    refused = sandbox.sf("POST", "/sobjects/Account", json=account)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INACTIVE_OWNER_OR_USER")
    sandbox.switch(salesforce_inactive_owners="on")
    assert sandbox.sf("POST", "/sobjects/Account", json=account).status_code == 201


# Accelo: limits


def test_the_hourly_limit_and_its_headers(sandbox: Running) -> None:
    answer = sandbox.ac("GET", "/staff")
    assert answer.headers["X-RateLimit-Limit"] == "5000"
    sandbox.switch(accelo_hourly_limit=2, accelo_429_body="wrapped")
    used = sandbox.ac("GET", "/staff")
    assert (used.status_code, used.headers["X-RateLimit-Remaining"]) == (200, "0")
    refused = sandbox.ac("GET", "/staff")
    assert (refused.status_code, refused.json()["meta"]["status"]) == (429, "too_many_requests")
    assert "Retry-After" not in refused.headers
    sandbox.switch(accelo_429_body="bare", accelo_retry_after="on")
    refused = sandbox.ac("GET", "/staff")
    assert refused.json()["status"] == "too_many_requests"
    assert int(refused.headers["Retry-After"]) > 0
    sandbox.switch(accelo_hourly_limit="off")
    free = sandbox.ac("GET", "/staff")
    assert free.status_code == 200
    assert "X-RateLimit-Limit" not in free.headers


def test_the_hour_is_a_fixed_window_or_the_last_hour(sandbox: Running) -> None:
    now = time.time()
    sandbox.clock("accelo", 3600 - now % 3600 - 30)  # half a minute before the full hour
    resets = []
    for window in ("fixed", "rolling"):
        sandbox.switch(accelo_rate_window=window)
        answer = sandbox.ac("GET", "/staff")
        resets.append(int(answer.headers["X-RateLimit-Reset"]))
    assert resets[0] % 3600 == 0
    assert resets[1] - resets[0] > 3000


@pytest.mark.parametrize("status", [429, 401])
def test_a_hundred_failures_lock_the_address_out(sandbox: Running, status: int) -> None:
    sandbox.switch(accelo_lockout_status=str(status))
    bad = {"Authorization": "Bearer nonsense"}
    for _ in range(100):
        assert sandbox.http.get(sandbox.accelo["url"] + "/api/v0/staff", headers=bad, timeout=5).status_code == 401
    locked = sandbox.ac("GET", "/staff")
    assert (locked.status_code, locked.json()["meta"]["status"]) == (status, "too_many_failed_logins")
    assert int(locked.headers["Retry-After"]) > 0


# Accelo: tokens


def test_whether_a_refresh_ends_the_old_refresh_token(sandbox: Running) -> None:
    old = sandbox.accelo["refresh_token"]
    for _ in range(2):
        assert token(sandbox, grant_type="refresh_token", refresh_token=old).status_code == 200
    sandbox.switch(accelo_refresh_rotation="on")
    new = token(sandbox, grant_type="refresh_token", refresh_token=old).json()["refresh_token"]
    assert token(sandbox, grant_type="refresh_token", refresh_token=old).json()["error"] == "invalid_grant"
    assert token(sandbox, grant_type="refresh_token", refresh_token=new).status_code == 200


# Accelo: webhooks


class Ear:
    """A receiver of webhooks."""

    def __init__(self) -> None:
        heard: list[tuple[dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append((dict(self.headers.items()), body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.heard = heard
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def wait(self, number: int, seconds: float = 3) -> list[tuple[dict[str, str], bytes]]:
        """What was heard, as soon as it is so much, or what there is after some time."""
        end = time.monotonic() + seconds
        while len(self.heard) < number and time.monotonic() < end:
            time.sleep(0.01)
        return self.heard


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.server.shutdown()
    made.server.server_close()


def subscribe(sandbox: Running, ear: Ear, event: str) -> None:
    form = {"trigger_url": ear.url, "event_id": event, "secret": "s3cret", "content_type": "application/json"}
    assert sandbox.ac("POST", "/webhooks/subscriptions", json=form).status_code == 201


@pytest.mark.parametrize(("digest", "prefix"), [("sha1", "on"), ("sha256", "off")])
def test_the_signature_of_a_webhook(sandbox: Running, ear: Ear, digest: str, prefix: str) -> None:
    import hashlib
    import hmac

    subscribe(sandbox, ear, "update_company")
    sandbox.switch(accelo_webhook_hmac=digest, accelo_webhook_prefix=prefix)
    sandbox.ac("PUT", "/companies/3", json={"phone": "1"})
    ((headers, body),) = ear.wait(1)
    expected = hmac.new(b"s3cret", body, getattr(hashlib, digest)).hexdigest()
    assert headers["X-Hub-Signature"] == (f"{digest}={expected}" if prefix == "on" else expected)


def test_whether_webhooks_fire_for_writes_of_the_api(sandbox: Running, ear: Ear) -> None:
    subscribe(sandbox, ear, "update_company")
    sandbox.switch(accelo_webhook_own_writes="off")
    sandbox.ac("PUT", "/companies/3", json={"phone": "1"})
    sandbox.edit("accelo", "companies", "update", "3", phone="2")
    assert len(ear.wait(1)) == 1
    sandbox.switch(accelo_webhook_own_writes="on")
    sandbox.ac("PUT", "/companies/3", json={"phone": "3"})
    assert len(ear.wait(2)) == 2


def test_whether_an_edit_of_a_part_is_an_event_of_the_whole(sandbox: Running, ear: Ear) -> None:
    subscribe(sandbox, ear, "update_contact")
    sandbox.ac("PUT", "/affiliations/1", json={"phone": "1"})
    assert ear.wait(1, 0.2) == []
    sandbox.switch(accelo_webhook_child_events="on")
    sandbox.ac("PUT", "/affiliations/1", json={"phone": "2"})
    assert len(ear.wait(1)) == 1


# The switches themselves


def test_a_switch_that_cannot_be_is_refused_and_nothing_is_changed(sandbox: Running) -> None:
    for wrong in ({"latency_ms": 5, "accelo_hourly_limit": "lots"}, {"latency_ms": 5, "no_such_switch": "on"}, ["x"]):
        answer = sandbox.control("POST", "/switches", json=wrong)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert sandbox.control("GET", "/switches").json()["latency_ms"]["value"] == "0"
