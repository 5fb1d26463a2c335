"""Every kind of fault, shown from outside with plain requests; the last test counts that none was left out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox.faults import KINDS
from tests.sandbox.conftest import Running

CUT = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
SHOWN: set[str] = set()
"""The kinds that a test of this file is about."""


def about(*kinds: str) -> Callable[[Any], Any]:
    """Mark a test as showing these kinds."""
    SHOWN.update(kinds)
    return lambda test: test


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


@about("refused", "reset_before")
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


@about("refused")
def test_refused_with_seconds_lets_nothing_listen(sandbox: Running) -> None:
    sandbox.fault("accelo", "refused", seconds=0.3)
    with pytest.raises(CUT):
        read(sandbox, "accelo")
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(sandbox.accelo["url"], timeout=2)
    assert read(sandbox, "salesforce").ok
    time.sleep(0.5)
    assert read(sandbox, "accelo").ok


@about("reset_after_commit")
@both
def test_a_reset_after_the_commit_leaves_the_row_there(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "reset_after_commit", method="POST")
    with pytest.raises(CUT):
        create(sandbox, system, "Committed unseen")
    assert named(sandbox, system, "Committed unseen") == 1
    (line,) = sandbox.requests()
    assert line["fault"] == "reset_after_commit"
    assert [write["op"] for write in line["writes"]] == ["create"]


@about("timeout", "timeout_after_commit")
@both
@pytest.mark.parametrize(("kind", "rows"), [("timeout", 0), ("timeout_after_commit", 1)])
def test_a_timeout_says_nothing_until_the_client_gives_up(sandbox: Running, system: str, kind: str, rows: int) -> None:
    sandbox.fault(system, kind, method="POST", seconds=5)
    with pytest.raises(requests.exceptions.ReadTimeout):
        create(sandbox, system, "Patience", timeout=0.2)
    assert named(sandbox, system, "Patience") == rows
    assert last_fault(sandbox) == kind


@about("applied_late")
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


@about("applied_late")
def test_a_zombie_write_does_not_survive_a_reset(sandbox: Running) -> None:
    sandbox.fault("accelo", "applied_late", seconds=0.2)
    with pytest.raises(CUT):
        create(sandbox, "accelo", "Zombie")
    sandbox.reset()
    time.sleep(0.3)
    assert named(sandbox, "accelo", "Zombie") == 0


@about("delivered_twice")
@both
def test_a_request_delivered_twice_makes_two_rows_and_one_answer(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "delivered_twice", method="POST")
    assert create(sandbox, system, "Double").ok
    assert named(sandbox, system, "Double") == 2
    assert len(sandbox.requests()) == 1


@about("slow")
@both
def test_a_slow_answer_is_right_but_late(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "slow", seconds=0.3)
    start = time.monotonic()
    assert read(sandbox, system).ok
    assert time.monotonic() - start >= 0.3


@about("truncated")
@both
def test_a_truncated_answer_was_carried_out(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "truncated", method="POST")
    with pytest.raises(CUT):
        create(sandbox, system, "Half told")
    assert named(sandbox, system, "Half told") == 1


@about("html")
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


@about("unauthorized_once", "unauthorized", "limit_403", "too_many_429", "server_error_500")
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


@about("unavailable_503")
def test_a_burst_of_503_ends_after_its_times(sandbox: Running) -> None:
    for system in ("salesforce", "accelo"):
        sandbox.fault(system, "unavailable_503", times=3)
        assert [read(sandbox, system).status_code for _ in range(4)] == [503, 503, 503, 200]


@about("server_error_after_commit")
@both
def test_a_500_may_have_been_carried_out(sandbox: Running, system: str) -> None:
    sandbox.fault(system, "server_error_after_commit", method="POST")
    assert create(sandbox, system, "Done all the same").status_code == 500
    assert named(sandbox, system, "Done all the same") == 1


@about("token_expired")
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


@about("refresh_rotated")
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
    ],
)
def test_a_fault_that_cannot_be_is_refused_and_none_is_set(sandbox: Running, item: dict[str, Any]) -> None:
    good = {"system": "accelo", "kind": "server_error_500"}
    answer = sandbox.control("POST", "/faults", json=[good, item])
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert read(sandbox, "accelo").status_code == 200


# Faults of Salesforce's own rules


def refusal(answer: requests.Response) -> dict[str, Any]:
    """The one error of a refused row."""
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()
    found: dict[str, Any] = error
    return found


@about("row_lock", "validation_rule", "required_custom_field", "restricted_picklist", "duplicate_rule")
@pytest.mark.parametrize(
    ("kind", "options", "code", "fields"),
    [
        ("row_lock", {}, "UNABLE_TO_LOCK_ROW", None),
        ("validation_rule", {"message": "No!", "fields": ["Phone"]}, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Phone"]),
        ("required_custom_field", {"fields": ["Region__c"]}, "REQUIRED_FIELD_MISSING", ["Region__c"]),
        ("restricted_picklist", {"fields": ["Industry"]}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Industry"]),
        ("duplicate_rule", {}, "DUPLICATES_DETECTED", None),
    ],
)
def test_a_rule_of_the_org_refuses_a_record(
    sandbox: Running, kind: str, options: dict[str, Any], code: str, fields: list[str] | None
) -> None:
    sandbox.fault("salesforce", kind, **options)
    error = refusal(sandbox.sf("POST", "/sobjects/Account", json={"Name": "Refused", "Industry": "Energy"}))
    assert error["errorCode"] == code
    assert fields is None or error["fields"] == fields
    assert kind != "validation_rule" or error["message"] == "No!"
    assert kind != "duplicate_rule" or error["duplicateResult"]["matchResults"]
    assert named(sandbox, "salesforce", "Refused") == 0
    assert last_fault(sandbox) == kind
    assert create(sandbox, "salesforce", "Taken").ok


@about("row_lock")
def test_a_row_lock_may_strike_one_row_of_a_collection(sandbox: Running) -> None:
    sandbox.fault("salesforce", "row_lock", path="/composite/sobjects", rows=[1])
    records = [{"attributes": {"type": "Account"}, "Name": f"Row {n}"} for n in range(3)]
    results = sandbox.sf("POST", "/composite/sobjects", json={"allOrNone": False, "records": records}).json()
    assert [result["success"] for result in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"


@about("field_hidden", "field_removed")
@pytest.mark.parametrize("kind", ["field_hidden", "field_removed"])
def test_a_field_is_gone_from_describe_and_query(sandbox: Running, kind: str) -> None:
    sandbox.fault("salesforce", kind, fields=["Fax"], times=0)
    fields = sandbox.sf("GET", "/sobjects/Account/describe").json()["fields"]
    assert "Fax" not in {field["name"] for field in fields}
    answer = sandbox.sf("GET", "/query", params={"q": "SELECT Id, Fax FROM Account LIMIT 1"})
    assert refusal(answer)["errorCode"] == "INVALID_FIELD"
    assert refusal(sandbox.sf("POST", "/sobjects/Account", json={"Name": "x", "Fax": "1"}))["errorCode"].startswith(
        "INVALID_FIELD"
    )
    sandbox.control("DELETE", "/faults")
    assert sandbox.query("SELECT Id, Fax FROM Account LIMIT 1")


@about("record_deleted")
def test_a_salesforce_record_is_deleted_just_before_the_write(sandbox: Running) -> None:
    account = sandbox.query("SELECT Id FROM Account WHERE Name = 'Kererū Wines'")[0]["Id"]
    sandbox.fault("salesforce", "record_deleted")
    answer = sandbox.sf("PATCH", f"/sobjects/Account/{account}", json={"Phone": "1"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    assert not sandbox.query(f"SELECT Id FROM Account WHERE Id = '{account}'")
    assert last_fault(sandbox) is None
    assert "record_deleted" in {line["fault"] for line in sandbox.requests()}


@about("record_edited")
def test_somebody_edits_the_record_just_before_the_write(sandbox: Running) -> None:
    account = sandbox.query("SELECT Id FROM Account WHERE Name = 'Kererū Wines'")[0]["Id"]
    before = sandbox.sf("GET", f"/sobjects/Account/{account}").headers["Date"]
    sandbox.fault("salesforce", "record_edited", edit={"Fax": "typed"}, times=0)
    answer = sandbox.sf("PATCH", f"/sobjects/Account/{account}", json={"Phone": "1"})
    assert answer.status_code == 204
    row = sandbox.sf("GET", f"/sobjects/Account/{account}").json()
    assert (row["Phone"], row["Fax"]) == ("1", "typed")
    time.sleep(1.05)  # stamps have whole seconds
    head = {"If-Unmodified-Since": before}
    assert sandbox.sf("PATCH", f"/sobjects/Account/{account}", json={"Phone": "2"}, headers=head).status_code == 412
    assert [line["fault"] for line in sandbox.requests() if line["method"] == "PATCH"] == ["record_edited"] * 2
    sandbox.fault("accelo", "record_edited")
    assert sandbox.ac("PUT", "/companies/4", json={"fax": "1"}).status_code == 200
    company = next(row for row in sandbox.world()["accelo"]["companies"] if row["id"] == "4")
    assert (company["fax"], company["phone"]) == ("1", "+61 3 9555 0666")
    assert [write["fields"] for write in sandbox.requests()[-1]["writes"]] == [{"fax": "1"}]


@about("record_merged")
def test_somebody_merges_the_record_just_before_the_write(sandbox: Running) -> None:
    winner, loser = (row["Id"] for row in sandbox.query("SELECT Id FROM Account ORDER BY Id LIMIT 2"))
    sandbox.fault("salesforce", "record_merged", winner=winner)
    answer = sandbox.sf("PATCH", f"/sobjects/Account/{loser}", json={"Phone": "1"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    rows = {row["Id"]: row for row in sandbox.world()["salesforce"]["Account"]}
    assert rows[loser]["MasterRecordId"] == winner
    assert last_fault(sandbox) == "record_merged"


@about("late_commit")
def test_a_late_commit_is_seen_later_with_its_earlier_stamp(sandbox: Running) -> None:
    sandbox.fault("salesforce", "late_commit", method="POST", seconds=1.2)
    made = sandbox.sf("POST", "/sobjects/Account", json={"Name": "Late"})
    assert made.status_code == 201
    stamped = time.time()
    soql = f"SELECT Id, SystemModstamp FROM Account WHERE Id = '{made.json()['id']}'"
    assert sandbox.query(soql) == []
    time.sleep(1.4)
    (row,) = sandbox.query(soql)
    assert row["SystemModstamp"] <= time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(stamped))


@about("late_commit")
def test_a_struck_read_does_not_see_the_last_seconds(sandbox: Running) -> None:
    create(sandbox, "salesforce", "Just now")
    soql = "SELECT Id FROM Account WHERE Name = 'Just now'"
    sandbox.fault("salesforce", "late_commit", method="GET", seconds=60)
    assert sandbox.query(soql) == []
    assert len(sandbox.query(soql)) == 1


@about("short_page")
def test_a_salesforce_page_may_be_short_and_the_rest_follows(sandbox: Running) -> None:
    sandbox.fault("salesforce", "short_page", count=7)
    first = sandbox.sf("GET", "/query?q=SELECT+Id+FROM+Account").json()
    assert (len(first["records"]), first["done"], first["totalSize"]) == (7, False, 60)
    rest = sandbox.sf("GET", first["nextRecordsUrl"]).json()
    ids = {row["Id"] for row in first["records"] + rest["records"]}
    assert (len(ids), rest["done"]) == (60, True)


@about("expired_locator")
def test_a_locator_expires(sandbox: Running) -> None:
    options = {"Sforce-Query-Options": "batchSize=200"}
    sandbox.fault("salesforce", "short_page", count=7)
    first = sandbox.sf("GET", "/query?q=SELECT+Id+FROM+Account", headers=options).json()
    sandbox.fault("salesforce", "expired_locator")
    assert refusal(sandbox.sf("GET", first["nextRecordsUrl"]))["errorCode"] == "INVALID_QUERY_LOCATOR"


@about("delete_log_purged")
def test_the_delete_log_may_be_purged(sandbox: Running) -> None:
    window = {
        "start": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600)),
        "end": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60)),
    }
    assert sandbox.sf("GET", "/sobjects/Account/deleted/", params=window).status_code == 200
    sandbox.fault("salesforce", "delete_log_purged")
    error = refusal(sandbox.sf("GET", "/sobjects/Account/deleted/", params=window))
    assert error["errorCode"] == "INVALID_REPLICATION_DATE"


def bulk_ingest(sandbox: Running, rows: list[str]) -> tuple[dict[str, Any], str]:
    """A whole insert job of accounts: its end and its address."""
    spec = {"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    job = sandbox.sf("POST", "/jobs/ingest", json=spec).json()
    where = f"/jobs/ingest/{job['id']}"
    body = "\n".join(["Name", *rows]) + "\n"
    assert sandbox.sf("PUT", where + "/batches", data=body, headers={"Content-Type": "text/csv"}).status_code == 201
    sandbox.sf("PATCH", where, json={"state": "UploadComplete"})
    for _ in range(100):
        found: dict[str, Any] = sandbox.sf("GET", where).json()
        if found["state"] in ("JobComplete", "Failed", "Aborted"):
            return found, where
        time.sleep(0.05)
    raise AssertionError(found)


@about("bulk_failed")
def test_a_bulk_job_fails_with_rows_unprocessed(sandbox: Running) -> None:
    sandbox.fault("salesforce", "bulk_failed", path="/jobs/ingest", times=0, count=1)
    job, where = bulk_ingest(sandbox, [f"Bulk {n}" for n in range(4)])
    assert job["state"] == "Failed"
    unprocessed = sandbox.sf("GET", where + "/unprocessedrecords/").text.strip().splitlines()
    assert len(unprocessed) == 1 + 3
    assert sum(named(sandbox, "salesforce", f"Bulk {n}") for n in range(4)) == 1


@about("row_lock")
def test_a_row_lock_may_strike_one_row_of_a_bulk_job(sandbox: Running) -> None:
    sandbox.fault("salesforce", "row_lock", path="/jobs/ingest", times=0, rows=[2])
    job, where = bulk_ingest(sandbox, [f"Bulk {n}" for n in range(4)])
    assert (job["state"], job["numberRecordsFailed"]) == ("JobComplete", 1)
    failed = sandbox.sf("GET", where + "/failedResults/").text
    assert "UNABLE_TO_LOCK_ROW" in failed
    assert "Bulk 2" in failed


# Faults of Accelo's own rules


@about("invalid_permission", "duplicate")
@pytest.mark.parametrize(("kind", "status"), [("invalid_permission", 403), ("duplicate", 400)])
def test_accelo_refuses_in_its_envelope(sandbox: Running, kind: str, status: int) -> None:
    sandbox.fault("accelo", kind, method="POST")
    says(create(sandbox, "accelo", "Not taken"), status, kind)
    assert last_fault(sandbox) == kind
    assert named(sandbox, "accelo", "Not taken") == 0


@about("short_page")
def test_an_accelo_page_may_be_short_although_more_exist(sandbox: Running) -> None:
    sandbox.fault("accelo", "short_page", count=4)
    assert len(sandbox.ac("GET", "/companies?_limit=20").json()["response"]) == 4
    assert len(sandbox.ac("GET", "/companies?_limit=20").json()["response"]) == 20


@about("record_deleted")
def test_an_accelo_record_is_gone_before_the_write(sandbox: Running) -> None:
    sandbox.fault("accelo", "record_deleted")
    assert sandbox.ac("GET", "/companies").ok
    says(sandbox.ac("PUT", "/companies/4", json={"phone": "1"}), 400, "invalid_request")
    assert "4" not in {row["id"] for row in sandbox.world()["accelo"]["companies"]}


def test_every_kind_is_listed_with_a_line_and_shown_above(sandbox: Running) -> None:
    listed = sandbox.control("GET", "/faults").json()
    assert listed == KINDS
    assert all(len(line) > 20 for line in listed.values())
    assert set(listed) == SHOWN
