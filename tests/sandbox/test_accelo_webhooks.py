"""Webhook subscriptions of the Accelo deployment and what a receiver gets.

Source: Accelo API docs, _webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.sandbox.conftest import Running


class Receiver:
    """Keeps what is posted to it; answers with `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def wait(self, count: int, seconds: float = 5) -> list[tuple[dict[str, str], bytes]]:
        """What came, when so many came (or the time is over)."""
        end = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < end:
            time.sleep(0.01)
        return list(self.got)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def box(empty_sandbox: Running) -> Running:
    return empty_sandbox


def _subscribe(box: Running, receiver: Receiver, event: str, **more: str) -> dict[str, Any]:
    answer = box.ac("POST", "/webhooks/subscriptions", data={"trigger_url": receiver.url, "event_id": event, **more})
    assert answer.status_code == 201, answer.text
    assert answer.json()["meta"]["status"] == "ok_created"
    assert answer.json()["meta"]["message"] == "A resource was successfully created."
    return dict(answer.json()["response"]["subscription"])


def test_a_subscription_is_made_listed_and_deleted(box: Running, receiver: Receiver) -> None:
    """201 ok_created and wrapped lists."""
    made = _subscribe(box, receiver, "update_company")
    assert (
        len(made["subscription_id"]) == 24 and made["trigger_table"] == "company" and made["trigger_type"] == "update"
    )
    assert made["content_type"] == "application/x-www-form-urlencoded" and "secret" not in made
    listed = box.ac("GET", "/webhooks/subscriptions").json()["response"]
    assert listed["subscriptions"] == [made] and "subscriptions_users" in listed
    assert box.world()["accelo"]["webhooks"][0]["trigger_url"] == receiver.url
    gone = box.ac("DELETE", f"/webhooks/subscriptions/{made['subscription_id']}")
    assert gone.status_code == 200 and "response" not in gone.json()
    assert box.ac("GET", "/webhooks/subscriptions").json()["response"]["subscriptions"] == []


def test_the_events_are_listed(box: Running) -> None:
    types = box.ac("GET", "/webhooks/subscriptions/types").json()["response"]
    assert {"create_company", "update_contact", "create_sale", "update_issue"} <= {row["event_id"] for row in types}
    assert set(types[0]) == {"event_id", "event_title", "trigger_table", "trigger_type"}


def test_a_form_delivery_names_the_object(box: Running, receiver: Receiver) -> None:
    _subscribe(box, receiver, "create_company")
    id_ = box.ac("POST", "/companies", data={"name": "New"}).json()["response"]["id"]
    headers, body = receiver.wait(1)[0]
    url = f"{box.accelo['url']}/api/v0/companies/{id_}"
    assert parse_qs(body.decode()) == {"id": [id_], "resource_url": [url]}
    assert headers["X-Accelo-Event"] == "create_company" and "X-Hub-Signature" not in headers


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("prefix", ["on", "off"])
def test_a_delivery_is_signed_with_the_secret(box: Running, receiver: Receiver, algorithm: str, prefix: str) -> None:
    box.switch(accelo_webhook_hmac=algorithm, accelo_webhook_prefix=prefix)
    _subscribe(box, receiver, "create_company", secret="s3cret", content_type="application/json")
    id_ = box.ac("POST", "/companies", data={"name": "New"}).json()["response"]["id"]
    headers, body = receiver.wait(1)[0]
    assert json.loads(body)["id"] == id_
    digest = hmac.new(b"s3cret", body, getattr(hashlib, algorithm)).hexdigest()
    assert headers["X-Hub-Signature"] == (f"{algorithm}={digest}" if prefix == "on" else digest)


def test_each_kind_of_write_fires_its_event(box: Running, receiver: Receiver) -> None:
    events = ["create_company", "update_company", "create_contact", "update_contact", "create_sale", "update_sale",
              "create_issue", "update_issue", "create_task"]  # fmt: skip
    for event in events:
        _subscribe(box, receiver, event)
    company = box.ac("POST", "/companies", data={"name": "C"}).json()["response"]["id"]
    box.ac("PUT", f"/companies/{company}", data={"phone": "1"})
    person = {"firstname": "A", "surname": "B", "company_id": company, "_fields": "default_affiliation"}
    contact = box.ac("POST", "/contacts", data=person).json()["response"]
    box.ac("PUT", f"/contacts/{contact['id']}", data={"title": "Dr"})
    sale = {"title": "S", "affiliation_id": contact["default_affiliation"], "type_id": 1}
    sale_id = box.ac("POST", "/prospects", data=sale).json()["response"]["id"]
    box.ac("PUT", f"/prospects/{sale_id}", data={"value": "1"})
    against = {"against_type": "company", "against_id": company}
    issue = box.ac("POST", "/issues", data={"title": "T", "type_id": 1, **against}).json()["response"]["id"]
    box.ac("PUT", f"/issues/{issue}", data={"standing": "open"})
    box.ac("POST", "/tasks", data={"title": "T", "date_started": 1, **against})
    got = receiver.wait(len(events))
    assert sorted(headers["X-Accelo-Event"] for headers, _ in got) == sorted(events)


def test_410_unsubscribes_at_once(box: Running, receiver: Receiver) -> None:
    _subscribe(box, receiver, "create_company")
    receiver.status = 410
    box.ac("POST", "/companies", data={"name": "One"})
    receiver.wait(1)
    end = time.monotonic() + 5
    while box.ac("GET", "/webhooks/subscriptions").json()["response"]["subscriptions"] and time.monotonic() < end:
        time.sleep(0.02)
    assert box.ac("GET", "/webhooks/subscriptions").json()["response"]["subscriptions"] == []


def test_dispatch_answers_the_receivers_status_and_trigger_says_nothing(box: Running, receiver: Receiver) -> None:
    one, _other = _subscribe(box, receiver, "update_sale"), _subscribe(box, receiver, "update_sale")
    receiver.status = 503
    path = f"/webhooks/subscriptions/{one['subscription_id']}"
    assert box.ac("POST", f"{path}/dispatch", data={"object_id": 7}).json()["response"] == {"status": 503}
    assert len(receiver.got) == 1
    answer = box.ac("POST", f"/webhooks/subscription/{one['subscription_id']}/trigger", data={"object_id": 7})
    assert answer.status_code == 200 and answer.json()["response"] is None
    assert len(receiver.wait(3)) == 3, "to all subscriptions of the event"


def test_a_persons_edit_fires_and_own_writes_may_not(box: Running, receiver: Receiver) -> None:
    box.switch(accelo_webhook_own_writes="off")
    _subscribe(box, receiver, "update_company")
    id_ = box.ac("POST", "/companies", data={"name": "New"}).json()["response"]["id"]
    box.ac("PUT", f"/companies/{id_}", data={"phone": "1"})
    box.edit("accelo", "companies", "update", id_, phone="2")
    time.sleep(0.1)
    assert len(receiver.wait(1)) == 1
    box.switch(accelo_webhook_own_writes="on")
    box.ac("PUT", f"/companies/{id_}", data={"phone": "3"})
    assert len(receiver.wait(2)) == 2


@pytest.mark.parametrize(("setting", "expected"), [("off", 0), ("on", 2)])
def test_edits_of_children_fire_by_switch(box: Running, receiver: Receiver, setting: str, expected: int) -> None:
    box.switch(accelo_webhook_child_events=setting)
    company = box.ac("POST", "/companies", data={"name": "C"}).json()["response"]["id"]
    person = {"firstname": "A", "surname": "B", "company_id": company, "_fields": "default_affiliation"}
    affiliation = box.ac("POST", "/contacts", data=person).json()["response"]["default_affiliation"]
    for event in ("update_company", "update_contact"):
        _subscribe(box, receiver, event)
    box.ac("PUT", f"/affiliations/{affiliation}", data={"phone": "1"})
    time.sleep(0.15)
    assert len(receiver.wait(expected)) == expected


@pytest.mark.parametrize(
    "sent", [{"event_id": "delete_company"}, {"trigger_url": "http://example.com/"}, {"trigger_url": "http://127.0.0.1.example.com/"},
             {"content_type": "text/xml"}]
)  # fmt: skip
def test_only_known_events_and_loopback_addresses(box: Running, receiver: Receiver, sent: dict[str, str]) -> None:
    answer = box.ac(
        "POST", "/webhooks/subscriptions", data={"trigger_url": receiver.url, "event_id": "create_sale", **sent}
    )
    assert (answer.status_code, answer.json()["meta"]["status"]) == (400, "invalid_request")
