"""Every switch on both settings, shown from outside with plain requests; the last test counts them all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from sandbox.switches import Switches
from tests.sandbox.conftest import Running

SHOWN: set[str] = set()


def about(*names: str) -> Callable[[Any], Any]:
    """Mark a test as showing these switches."""
    SHOWN.update(names)
    return lambda test: test


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


@about("latency_ms")
def test_latency_holds_every_answer_back(sandbox: Running) -> None:
    sandbox.switch(latency_ms=150)
    for read in (lambda: sandbox.ac("GET", "/staff"), lambda: sandbox.sf("GET", "/limits")):
        start = time.monotonic()
        assert read().ok
        assert time.monotonic() - start >= 0.15


# Salesforce


@about("salesforce_daily_limit")
def test_the_daily_limit_is_counted_and_refused_above(sandbox: Running) -> None:
    assert sandbox.sf("GET", "/limits").headers["Sforce-Limit-Info"].endswith("/100000")
    sandbox.reset()
    sandbox.switch(salesforce_daily_limit=3)
    answers = [sandbox.sf("GET", "/query?q=SELECT+Id+FROM+Organization") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 403]
    assert answers[2].headers["Sforce-Limit-Info"] == "api-usage=3/3"
    assert answers[3].json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


@about("salesforce_refresh_rotation")
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


@about("salesforce_state_country_picklists")
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


@about("salesforce_person_accounts")
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


@about("salesforce_external_ids")
def test_the_external_id_fields_may_be_missing(sandbox: Running) -> None:
    for name in ("Account", "Contact"):
        assert {"Accelo_Id__c", "Ext_Id__c"} <= fields_of(sandbox, name)
    assert sandbox.sf("PATCH", "/sobjects/Account/Accelo_Id__c/77", json={"Name": "Keyed"}).status_code == 201
    sandbox.switch(salesforce_external_ids="off")
    assert not {"Accelo_Id__c", "Ext_Id__c"} & fields_of(sandbox, "Account")
    assert sandbox.sf("PATCH", "/sobjects/Account/Accelo_Id__c/77", json={"Name": "Keyed"}).status_code == 404


@about("salesforce_audit_fields")
def test_created_date_may_be_set_by_permission_only(sandbox: Running) -> None:
    old = {"Name": "From 2019", "CreatedDate": "2019-05-06T07:08:09Z"}
    refused = sandbox.sf("POST", "/sobjects/Account", json=old)
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    sandbox.switch(salesforce_audit_fields="on")
    account = sandbox.sf("POST", "/sobjects/Account", json=old).json()["id"]
    row = sandbox.query(f"SELECT CreatedDate FROM Account WHERE Id = '{account}'")[0]
    assert row["CreatedDate"] == "2019-05-06T07:08:09.000+0000"


@about("salesforce_bulk_seconds")
def test_a_bulk_job_may_take_its_time(sandbox: Running) -> None:
    sandbox.switch(salesforce_bulk_seconds=1)
    spec = {"operation": "query", "query": "SELECT Id FROM Account"}
    job = sandbox.sf("POST", "/jobs/query", json=spec).json()["id"]
    start = time.monotonic()
    while sandbox.sf("GET", f"/jobs/query/{job}").json()["state"] != "JobComplete":
        time.sleep(0.05)
    assert 0.8 <= time.monotonic() - start < 5


@about("salesforce_inactive_owners")
def test_an_inactive_owner_needs_a_permission(sandbox: Running) -> None:
    gone = sandbox.query("SELECT Id FROM User WHERE IsActive = false")[0]["Id"]
    account = {"Name": "Orphan", "OwnerId": gone}
    refused = sandbox.sf("POST", "/sobjects/Account", json=account)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INACTIVE_OWNER_OR_USER")
    sandbox.switch(salesforce_inactive_owners="on")
    assert sandbox.sf("POST", "/sobjects/Account", json=account).status_code == 201


# Accelo: limits


@about("accelo_hourly_limit", "accelo_429_body", "accelo_retry_after")
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


@about("accelo_rate_window")
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


@about("accelo_lockout_status")
@pytest.mark.parametrize("status", [429, 401])
def test_a_hundred_failures_lock_the_address_out(sandbox: Running, status: int) -> None:
    sandbox.switch(accelo_lockout_status=str(status))
    bad = {"Authorization": "Bearer nonsense"}
    for _ in range(100):
        assert sandbox.http.get(sandbox.accelo["url"] + "/api/v0/staff", headers=bad, timeout=5).status_code == 401
    locked = sandbox.ac("GET", "/staff")
    assert (locked.status_code, locked.json()["meta"]["status"]) == (status, "too_many_failed_logins")
    assert int(locked.headers["Retry-After"]) > 0


# Accelo: reading


@about("accelo_limit_over_100")
def test_a_limit_above_100(sandbox: Running) -> None:
    assert sandbox.ac("GET", "/companies?_limit=500").status_code == 200
    sandbox.switch(accelo_limit_over_100="reject")
    assert sandbox.ac("GET", "/companies?_limit=500").status_code == 400
    assert sandbox.ac("GET", "/companies?_limit=100").status_code == 200


@about("accelo_page_past_end")
def test_a_page_past_the_end(sandbox: Running) -> None:
    assert sandbox.ac("GET", "/companies?_page=99").json()["response"] == []
    sandbox.switch(accelo_page_past_end="reject")
    assert sandbox.ac("GET", "/companies?_page=99").status_code == 400


@about("accelo_unknown_filter")
def test_an_unknown_filter_is_ignored_or_refused(sandbox: Running) -> None:
    wrong = {"_filters": "nmae(Tui Dairy Ltd)", "_limit": 100}
    assert len(sandbox.ac("GET", "/companies", params=wrong).json()["response"]) == 25
    sandbox.switch(accelo_unknown_filter="reject")
    assert sandbox.ac("GET", "/companies", params=wrong).status_code == 400


@about("accelo_unknown_fields")
def test_an_unknown_field_is_ignored_or_refused(sandbox: Running) -> None:
    assert sandbox.ac("GET", "/companies/3?_fields=colour").status_code == 200
    assert sandbox.ac("PUT", "/companies/3", json={"colour": "red"}).status_code == 200
    sandbox.switch(accelo_unknown_fields="reject")
    assert sandbox.ac("GET", "/companies/3?_fields=colour").status_code == 400
    assert sandbox.ac("PUT", "/companies/3", json={"colour": "red"}).status_code == 400


@about("accelo_filter_special_characters")
def test_an_at_sign_in_a_filter_text(sandbox: Running) -> None:
    filters = {"_filters": "email(tui@example.com)"}
    assert sandbox.ac("GET", "/affiliations", params=filters).status_code == 200
    sandbox.switch(accelo_filter_special_characters="reject")
    assert sandbox.ac("GET", "/affiliations", params=filters).status_code == 400
    body = {"_method": "get", "_filters": {"email": ["tui@example.com"]}}
    assert sandbox.ac("POST", "/affiliations", json=body).status_code == 200


@about("accelo_contact_link")
def test_what_the_contact_of_a_sale_shows(sandbox: Running) -> None:
    # A second affiliation, so that its id differs from the contact's.
    link = made(sandbox.ac("POST", "/affiliations", json={"company_id": 4, "contact_id": 2}))
    sale = made(sandbox.ac("POST", "/prospects", json={"title": "Linked", "affiliation_id": link, "type_id": 1}))
    assert one(sandbox, f"/prospects/{sale}")["contact"] == link
    sandbox.switch(accelo_contact_link="contact")
    assert one(sandbox, f"/prospects/{sale}")["contact"] == "2"


@about("accelo_unknown_path")
def test_an_unknown_path(sandbox: Running) -> None:
    assert sandbox.ac("GET", "/nonsense").json()["meta"]["status"] == "invalid_request"
    sandbox.switch(accelo_unknown_path="html_404")
    page = sandbox.ac("GET", "/nonsense")
    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")


# Accelo: writing


@about("accelo_readonly_fields")
def test_a_write_to_a_read_only_field(sandbox: Running) -> None:
    assert sandbox.ac("PUT", "/companies/3", json={"date_created": "1"}).status_code == 200
    assert one(sandbox, "/companies/3")["date_created"] != "1"
    sandbox.switch(accelo_readonly_fields="reject")
    assert sandbox.ac("PUT", "/companies/3", json={"date_created": "1"}).status_code == 400


@about("accelo_duplicate_names")
def test_a_name_that_exists(sandbox: Running) -> None:
    assert company(sandbox).status_code == 200
    assert company(sandbox).status_code == 200
    sandbox.switch(accelo_duplicate_names="on")
    refused = company(sandbox)
    assert (refused.status_code, refused.json()["meta"]["status"]) == (400, "duplicate")


@about("accelo_parent_stamp")
@pytest.mark.parametrize("path", ["/addresses/1", "/affiliations/1"])
def test_whether_the_edit_of_a_part_moves_the_whole(sandbox: Running, path: str) -> None:
    parent = "/companies/1" if "addresses" in path else "/contacts/1"
    edit = {"street1": "1 New Street"} if "addresses" in path else {"phone": "1"}
    before = one(sandbox, parent)["date_modified"]
    sandbox.ac("PUT", path, json=edit)
    assert one(sandbox, parent)["date_modified"] == before
    sandbox.switch(accelo_parent_stamp="on")
    sandbox.ac("PUT", path, json=dict.fromkeys(edit, "2"))
    assert int(one(sandbox, parent)["date_modified"]) > int(before)


@about("accelo_stamp_unchanged")
def test_whether_a_write_that_changes_nothing_moves_the_stamp(sandbox: Running) -> None:
    before = one(sandbox, "/companies/3")
    sandbox.switch(accelo_stamp_unchanged="off")
    sandbox.ac("PUT", "/companies/3", json={"phone": before["phone"]})
    assert one(sandbox, "/companies/3")["date_modified"] == before["date_modified"]
    sandbox.switch(accelo_stamp_unchanged="on")
    sandbox.ac("PUT", "/companies/3", json={"phone": before["phone"]})
    assert int(one(sandbox, "/companies/3")["date_modified"]) > int(before["date_modified"])


@about("accelo_profile_on_contact_post")
def test_a_profile_value_in_the_post_of_a_contact(sandbox: Running) -> None:
    for setting, expected in (("on", ["003xyz"]), ("off", [])):
        sandbox.switch(accelo_profile_on_contact_post=setting)
        person = made(contact(sandbox, **{"profile.4": "003xyz"}))
        values = sandbox.ac("GET", f"/contacts/{person}/profiles/values").json()["response"]
        assert [value["value"] for value in values] == expected


@about("accelo_mobile_on_contact_post")
def test_a_mobile_number_in_the_post_of_a_contact(sandbox: Running) -> None:
    for setting, expected in (("on", "0412 555 000"), ("off", "")):
        sandbox.switch(accelo_mobile_on_contact_post=setting)
        person = one(sandbox, f"/contacts/{made(contact(sandbox, mobile='0412 555 000'))}")
        assert (one(sandbox, f"/affiliations/{person['default_affiliation']}")["mobile"] or "") == expected


@about("accelo_standalone_contacts")
def test_a_contact_without_a_company(sandbox: Running) -> None:
    alone = {"firstname": "Solo", "surname": "Person"}
    assert sandbox.ac("POST", "/contacts", json=alone).status_code == 400
    sandbox.switch(accelo_standalone_contacts="on")
    assert sandbox.ac("POST", "/contacts", json=alone).status_code == 200


@about("accelo_custom_id_writable")
def test_when_the_custom_id_of_a_company_is_honoured(sandbox: Running) -> None:
    for setting, after_post, after_put in (("post", "A-1", "A-1"), ("both", "A-1", "A-2"), ("off", None, None)):
        sandbox.switch(accelo_custom_id_writable=setting)
        path = f"/companies/{made(company(sandbox, custom_id='A-1'))}"
        assert (one(sandbox, path)["custom_id"] or None) == after_post
        sandbox.ac("PUT", path, json={"custom_id": "A-2"})
        assert (one(sandbox, path)["custom_id"] or None) == after_put


@about("accelo_postal_address")
def test_whether_the_first_postal_address_becomes_the_company_s(sandbox: Running) -> None:
    for setting in ("first", "off"):
        sandbox.switch(accelo_postal_address=setting)
        path = f"/companies/{made(company(sandbox))}"
        address = made(sandbox.ac("POST", path + "/addresses", json={"street1": "1 First Street", "postal": "yes"}))
        assert one(sandbox, path)["postal_address"] == (address if setting == "first" else None)


@about("accelo_unknown_place")
def test_a_country_that_is_not_known(sandbox: Running) -> None:
    address = {"street1": "1 Deep Street", "country": "Atlantis", "postal": "yes"}
    kept = one(sandbox, f"/addresses/{made(sandbox.ac('POST', '/companies/3/addresses', json=address))}")
    assert (kept["street1"], kept["country"]) == ("1 Deep Street", None)
    sandbox.switch(accelo_unknown_place="reject")
    assert sandbox.ac("POST", "/companies/3/addresses", json=address).status_code == 400


@about("accelo_refused_write_status")
def test_the_http_status_of_a_refused_write(sandbox: Running) -> None:
    for setting in ("400", "200"):
        sandbox.switch(accelo_refused_write_status=setting)
        answer = sandbox.ac("POST", "/companies", json={"phone": "1"})
        assert (answer.status_code, answer.json()["meta"]["status"]) == (int(setting), "invalid_request")


@about("accelo_company_delete_cascades")
def test_what_a_deleted_company_takes_with_it(sandbox: Running) -> None:
    against = {"against_type": "company", "type_id": 1, "title": "Stays?"}
    for setting, status in (("off", 200), ("on", 400)):
        sandbox.switch(accelo_company_delete_cascades=setting)
        owner = made(company(sandbox))
        ticket = made(sandbox.ac("POST", "/issues", json={**against, "against_id": owner}))
        assert sandbox.ac("DELETE", f"/companies/{owner}").status_code == 200
        assert sandbox.ac("GET", f"/issues/{ticket}").status_code == status


@about("accelo_iso_dates")
def test_where_iso_dates_are_read(sandbox: Running) -> None:
    ticket = {"against_type": "company", "against_id": 3, "type_id": 1, "title": "Dated", "date_due": "2027-02-03"}
    documented = sandbox.ac("POST", "/issues", json=ticket)
    sandbox.switch(accelo_iso_dates="everywhere")
    due = one(sandbox, f"/issues/{made(sandbox.ac('POST', '/issues', json=ticket))}")["date_due"]
    assert int(due) > 1_800_000_000
    if documented.ok:
        assert one(sandbox, f"/issues/{made(documented)}")["date_due"] != due
    else:
        assert documented.status_code == 400


@about("accelo_line_ends")
def test_line_ends_of_long_texts(sandbox: Running) -> None:
    for setting, expected in (("crlf", "a\r\nb"), ("kept", "a\nb")):
        sandbox.switch(accelo_line_ends=setting)
        assert (
            one(sandbox, f"/companies/{made(company(sandbox, comments='a' + chr(10) + 'b'))}")["comments"] == expected
        )


@about("accelo_timezone")
def test_the_time_zone_of_the_deployment(sandbox: Running) -> None:
    sale = {"title": "Zoned", "affiliation_id": 1, "type_id": 1, "date_due": "2027-01-15"}
    midnights = {}
    for zone in ("Australia/Sydney", "America/New_York", "UTC"):
        sandbox.switch(accelo_timezone=zone)
        assert sandbox.ac("GET", "/user").json()["response"]["locale"]["timezone"] == zone
        midnights[zone] = int(
            one(sandbox, f"/prospects/{made(sandbox.ac('POST', '/prospects', json=sale))}")["date_due"]
        )
    assert midnights["UTC"] - midnights["Australia/Sydney"] == 11 * 3600
    assert midnights["America/New_York"] - midnights["UTC"] == 5 * 3600


# Accelo: tokens


@about("accelo_scope_violation")
def test_a_call_outside_the_scope(sandbox: Running) -> None:
    narrow = token(sandbox, grant_type="client_credentials", scope="read(companies)").json()["access_token"]
    head = {"Authorization": f"Bearer {narrow}"}
    url = sandbox.accelo["url"] + "/api/v0/staff"
    assert requests.get(sandbox.accelo["url"] + "/api/v0/companies", headers=head, timeout=5).status_code == 200
    assert requests.get(url, headers=head, timeout=5).status_code == 403
    sandbox.switch(accelo_scope_violation="401")
    assert requests.get(url, headers=head, timeout=5).status_code == 401


@about("accelo_refresh_rotation")
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


@about("accelo_webhook_hmac", "accelo_webhook_prefix")
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


@about("accelo_webhook_own_writes")
def test_whether_webhooks_fire_for_writes_of_the_api(sandbox: Running, ear: Ear) -> None:
    subscribe(sandbox, ear, "update_company")
    sandbox.switch(accelo_webhook_own_writes="off")
    sandbox.ac("PUT", "/companies/3", json={"phone": "1"})
    sandbox.edit("accelo", "companies", "update", "3", phone="2")
    assert len(ear.wait(1)) == 1
    sandbox.switch(accelo_webhook_own_writes="on")
    sandbox.ac("PUT", "/companies/3", json={"phone": "3"})
    assert len(ear.wait(2)) == 2


@about("accelo_webhook_child_events")
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


def test_every_switch_has_settings_and_a_meaning_and_is_shown_above(sandbox: Running) -> None:
    listed = sandbox.control("GET", "/switches").json()
    assert listed == Switches.of_parts().all()
    for name, switch in listed.items():
        assert switch["value"] == switch["settings"][0], name
        assert len(switch["settings"]) >= 2
        assert len(switch["meaning"]) > 10
    assert set(listed) == SHOWN
