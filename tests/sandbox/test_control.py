"""The control address and the ready file: what a test or a demo relies on."""

from __future__ import annotations

import smtplib
import socket
import time
from email.message import EmailMessage
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Running

LOOPBACK = "http://127.0.0.1:"


def test_the_ready_file_has_every_key_of_the_contract(sandbox: Running) -> None:
    ready = sandbox.ready
    assert set(ready) == {"pid", "salesforce", "accelo", "control", "smtp"}
    login = {"url", "username", "password", "client_id", "client_secret", "access_token", "refresh_token"}
    assert set(ready["salesforce"]) == login | {"org_id", "user_id"}
    assert set(ready["accelo"]) == login | {"deployment"}
    assert set(ready["control"]) == {"url"}
    assert set(ready["smtp"]) == {"host", "port"}
    for url in (ready["salesforce"]["url"], ready["accelo"]["url"], ready["control"]["url"]):
        assert url.startswith(LOOPBACK)


def test_the_samples_of_both_apis_answer(sandbox: Running) -> None:
    versions = requests.get(sandbox.salesforce["url"] + "/services/data/", timeout=5)
    assert versions.json()[-1]["version"] == "68.0"
    companies = sandbox.ac("GET", "/companies", params={"_limit": 1})
    assert companies.json()["meta"]["status"] == "ok"
    assert sandbox.query("SELECT Id, Name FROM Account LIMIT 1")[0]["attributes"]["type"] == "Account"


def test_a_request_is_logged_with_its_writes(sandbox: Running) -> None:
    sandbox.ac("GET", "/companies", params={"_limit": 2})
    made = sandbox.ac("POST", "/companies", json={"name": "Logged Ltd"}).json()["response"]["id"]
    read, write = sandbox.requests()
    assert (read["system"], read["method"], read["path"], read["status"]) == ("accelo", "GET", "/api/v0/companies", 200)
    assert read["query"] == "_limit=2"
    assert read["writes"] == []
    assert read["fault"] is None
    change = write["writes"][0]
    assert (change["object"], change["id"], change["op"]) == ("companies", made, "create")
    assert change["fields"]["name"] == "Logged Ltd"
    assert write["n"] == read["n"] + 1
    assert sandbox.requests(since=read["n"]) == [write]


def test_salesforce_writes_are_logged_by_object_and_operation(sandbox: Running) -> None:
    made = sandbox.sf("POST", "/sobjects/Account", json={"Name": "Logged Inc"}).json()["id"]
    sandbox.sf("PATCH", f"/sobjects/Account/{made}", json={"Phone": "1"})
    sandbox.sf("DELETE", f"/sobjects/Account/{made}")
    found = [(write["object"], write["id"], write["op"]) for write in sandbox.writes()]
    assert found == [("Account", made, op) for op in ("create", "update", "delete")]


def test_the_log_forgets_on_request_and_counts_on(sandbox: Running) -> None:
    sandbox.ac("GET", "/staff")
    last = sandbox.requests()[-1]["n"]
    sandbox.control("DELETE", "/requests")
    assert sandbox.requests() == []
    sandbox.ac("GET", "/staff")
    assert [line["n"] for line in sandbox.requests()] == [last + 1]


def test_the_effective_method_is_what_the_log_says(sandbox: Running) -> None:
    """Accelo API docs: _method overrides the method, from the query or the body."""
    sandbox.ac("POST", "/companies", json={"_method": "GET"})
    sandbox.ac("GET", "/companies/24?_method=delete")
    assert [line["method"] for line in sandbox.requests()] == ["GET", "DELETE"]


def test_token_requests_are_logged_too(sandbox: Running) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": sandbox.salesforce["refresh_token"]}
    form |= {key: sandbox.salesforce[key] for key in ("client_id", "client_secret")}
    answer = requests.post(sandbox.salesforce["url"] + "/services/oauth2/token", data=form, timeout=5)
    assert answer.status_code == 200
    assert sandbox.requests()[-1]["path"] == "/services/oauth2/token"


def test_world_shows_both_systems_under_their_own_names(sandbox: Running) -> None:
    world = sandbox.world()
    assert {"Account", "Contact", "Opportunity", "OpportunityContactRole", "OpportunityStage", "Case", "CaseStatus",
            "User", "Group", "Organization", "Task"} <= set(world["salesforce"])  # fmt: skip
    expected = """companies contacts affiliations addresses staff prospects issues prospect_statuses issue_statuses
        prospect_types issue_types issue_priorities issue_classes prospect_probabilities profile_fields profile_values
        webhooks"""
    assert set(expected.split()) <= set(world["accelo"])
    assert {"against_type", "against_id"} <= set(world["accelo"]["addresses"][0])


def test_a_deleted_salesforce_row_stays_in_the_world_as_deleted(sandbox: Running) -> None:
    contact = sandbox.edit("salesforce", "Contact", "create", LastName="Soon gone")
    sandbox.edit("salesforce", "Contact", "delete", contact)
    found = {row["Id"]: row for row in sandbox.world()["salesforce"]["Contact"]}
    assert found[contact]["IsDeleted"] is True
    sandbox.edit("salesforce", "Contact", "undelete", contact)
    found = {row["Id"]: row for row in sandbox.world()["salesforce"]["Contact"]}
    assert found[contact]["IsDeleted"] is False


def test_an_edit_moves_stamps_and_is_no_api_request(sandbox: Running) -> None:
    before = sandbox.query("SELECT Id, Phone, SystemModstamp FROM Account ORDER BY Id LIMIT 1")[0]
    sandbox.control("DELETE", "/requests")
    sandbox.edit("salesforce", "Account", "update", before["Id"], Phone="+61 3 9555 9999")
    assert sandbox.requests() == []
    after = sandbox.query(f"SELECT Phone, SystemModstamp FROM Account WHERE Id = '{before['Id']}'")[0]
    assert after["Phone"] == "+61 3 9555 9999"
    assert after["SystemModstamp"] > before["SystemModstamp"]


def test_a_contact_typed_into_accelo_gets_its_affiliation(sandbox: Running) -> None:
    made = sandbox.edit(
        "accelo", "contacts", "create", firstname="Typed", surname="In", company_id=3, email="t@in.example"
    )
    world = sandbox.world()["accelo"]
    link = next(row for row in world["affiliations"] if row["contact"] == made)
    assert link["company"] == "3"
    assert link["email"] == "t@in.example"


def test_a_merge_names_the_loser_and_the_winner(sandbox: Running) -> None:
    winner, loser = (row["Id"] for row in sandbox.query("SELECT Id FROM Account ORDER BY Id LIMIT 2"))
    sandbox.edit("salesforce", "Account", "merge", loser, MasterRecordId=winner)
    found = {row["Id"]: row for row in sandbox.world()["salesforce"]["Account"]}
    assert found[loser]["IsDeleted"] is True
    assert found[loser]["MasterRecordId"] == winner
    assert not sandbox.query(f"SELECT Id FROM Contact WHERE AccountId = '{loser}'")


def test_an_edit_that_cannot_be_is_refused_with_a_sentence(sandbox: Running) -> None:
    for item in (
        {"system": "salesforce", "object": "Nonsense", "op": "create", "fields": {}},
        {"system": "accelo", "object": "companies", "op": "update", "id": "999999", "fields": {"name": "x"}},
        {"system": "salesforce", "object": "Contact", "op": "create", "fields": {"FirstName": "Nobody"}},
        {"system": "sap", "object": "Account", "op": "create", "fields": {}},
        {"system": "accelo", "object": "companies", "op": "explode", "id": "1"},
    ):
        answer = sandbox.control("POST", "/edit", json=item)
        assert answer.status_code == 400, item
        assert len(answer.json()["error"]) > 10


def test_clock_skew_moves_dates_and_stamps(sandbox: Running) -> None:
    sandbox.clock("salesforce", 7200)
    made = sandbox.sf("POST", "/sobjects/Account", json={"Name": "From the future"})
    row = sandbox.query(f"SELECT CreatedDate FROM Account WHERE Id = '{made.json()['id']}'")[0]
    ahead = time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + 7200))
    assert row["CreatedDate"].startswith(ahead)
    skewed = time.strptime(made.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")
    assert skewed.tm_hour == time.gmtime(time.time() + 7200).tm_hour
    plain = sandbox.ac("GET", "/companies/count").headers["Date"]
    assert time.strptime(plain, "%a, %d %b %Y %H:%M:%S GMT").tm_hour == time.gmtime().tm_hour
    assert sandbox.control("POST", "/clock", json={"system": "x", "skew_seconds": 1}).status_code == 400


def test_mail_is_kept_and_shown(sandbox: Running) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "robot@fernleigh.example", "nora@fernleigh.example", "Grüße"
    message.set_content("2 conflicts wait")
    message.add_alternative("<p>2 conflicts wait</p>", subtype="html")
    with smtplib.SMTP(sandbox.ready["smtp"]["host"], sandbox.ready["smtp"]["port"], timeout=5) as server:
        server.send_message(message)
    (kept,) = sandbox.control("GET", "/mail").json()
    assert (kept["from"], kept["to"], kept["subject"]) == (
        "robot@fernleigh.example",
        ["nora@fernleigh.example"],
        "Grüße",
    )
    assert kept["text"].strip() == "2 conflicts wait"
    assert "<p>" in kept["html"]


def test_reset_gives_back_the_world_and_keeps_the_tokens(sandbox: Running) -> None:
    start = sandbox.world()
    sandbox.ac("DELETE", "/companies/3")
    sandbox.sf("POST", "/sobjects/Account", json={"Name": "Not for long"})
    sandbox.switch(latency_ms=1)
    sandbox.clock("accelo", 99)
    sandbox.fault("accelo", "unauthorized")
    sandbox.reset()
    assert sandbox.world() == start
    assert sandbox.requests() == []
    assert sandbox.control("GET", "/switches").json()["latency_ms"]["value"] == "0"
    assert sandbox.ac("GET", "/companies/3").status_code == 200
    assert sandbox.query("SELECT COUNT() FROM Account") == []


def test_reset_puts_the_ready_tokens_in_force_again_and_spares_other_tokens(sandbox: Running) -> None:
    base = sandbox.salesforce["url"] + "/services/oauth2"
    form = {"grant_type": "refresh_token", "refresh_token": sandbox.salesforce["refresh_token"]}
    form |= {key: sandbox.salesforce[key] for key in ("client_id", "client_secret")}
    other = requests.post(base + "/token", data=form, timeout=5).json()["access_token"]
    sandbox.reset()
    head = {"Authorization": f"Bearer {other}"}
    assert (
        requests.get(sandbox.salesforce["url"] + "/services/data/v68.0/limits", headers=head, timeout=5).status_code
        == 200
    )
    requests.post(base + "/revoke", data={"token": sandbox.salesforce["refresh_token"]}, timeout=5)
    assert sandbox.sf("GET", "/limits").status_code == 401
    sandbox.reset()
    assert sandbox.sf("GET", "/limits").status_code == 200
    assert requests.post(base + "/token", data=form, timeout=5).status_code == 200


def test_accelo_ready_tokens_are_in_force_again_after_reset(sandbox: Running) -> None:
    login = (sandbox.accelo["client_id"], sandbox.accelo["client_secret"])
    url = sandbox.accelo["url"] + "/oauth2/v0/revoke"
    assert requests.post(url, data={"token": sandbox.accelo["access_token"]}, auth=login, timeout=5).status_code == 200
    assert sandbox.ac("GET", "/companies").status_code == 401
    sandbox.reset()
    assert sandbox.ac("GET", "/companies").status_code == 200


def test_a_body_that_arrives_incomplete_changes_nothing(sandbox: Running) -> None:
    port = int(sandbox.accelo["url"].rsplit(":", 1)[1])
    before = sandbox.ac("GET", "/companies/count").json()["response"]["count"]
    with socket.create_connection(("127.0.0.1", port)) as half:
        head = (
            f"POST /api/v0/companies HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {sandbox.accelo['access_token']}\r\nContent-Length: 40\r\n\r\n"
        )
        half.sendall(head.encode() + b'{"name": "Half a company"}')
    time.sleep(0.1)
    assert sandbox.ac("GET", "/companies/count").json()["response"]["count"] == before
    assert sandbox.writes() == []


def test_gzip_goes_both_ways(sandbox: Running) -> None:
    import gzip
    import json

    body = gzip.compress(json.dumps({"Name": "Packed Ltd"}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert sandbox.sf("POST", "/sobjects/Account", data=body, headers=headers).status_code == 201
    answer = sandbox.sf("GET", "/sobjects/Account/describe", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = sandbox.sf("GET", "/sobjects/Account/describe", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    broken = sandbox.sf("POST", "/sobjects/Account", data=b"no gzip", headers=headers)
    assert broken.status_code == 400


def test_the_control_address_is_not_on_the_api_ports_and_answers_loopback_names_only(sandbox: Running) -> None:
    for base in (sandbox.salesforce["url"], sandbox.accelo["url"]):
        for path in ("/world", "/requests", "/faults"):
            assert requests.get(base + path, timeout=5).status_code in (400, 401, 404)
    foreign = requests.get(sandbox.ready["control"]["url"] + "/world", headers={"Host": "evil.example"}, timeout=5)
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    "item",
    [
        {"system": "accelo", "object": "companies", "op": "create", "fields": "name"},
        {"system": "accelo", "object": "companies", "op": "delete", "id": 10**30},
        {"system": "accelo", "object": "companies", "op": "update", "id": "²", "fields": {"phone": "1"}},
        {"system": "salesforce", "object": "Account", "op": "create", "fields": [1]},
        {"system": "salesforce", "object": "Account", "op": "update", "id": "x", "fields": {"Phone": "1"}},
    ],
)
def test_an_edit_that_makes_no_sense_is_refused_in_words(sandbox: Running, item: dict[str, Any]) -> None:
    answer = sandbox.control("POST", "/edit", json=item)
    assert answer.status_code == 400
    assert answer.json()["error"]
