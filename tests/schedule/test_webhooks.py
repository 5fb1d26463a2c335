"""Accelo's webhooks: signed deliveries make the poll come sooner, and nothing else; what is not signed does nothing."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from typing import Any

import pytest
import requests

from tests.runs.bed import Bed
from tests.schedule.conftest import Watched
from toolkit.clients import accelo_webhooks as hooks
from toolkit.runs.receiver import Receiver

SECRET = "a secret of thirty-two characters"


@pytest.fixture
def nudges() -> list[float]:
    return []


@pytest.fixture
def listening(nudges: list[float]) -> Any:
    held = {"secret": SECRET}
    receiver = Receiver("127.0.0.1:0", lambda: held["secret"], lambda: nudges.append(time.monotonic()))
    yield receiver.start() + "/accelo", held
    receiver.stop()


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("prefix", ["on", "off"])
def test_a_signed_delivery_of_the_deployment_nudges_within_a_second(
    new_bed: Any, listening: Any, nudges: list[float], algorithm: str, prefix: str
) -> None:
    bed: Bed = new_bed(accelo_webhook_hmac=algorithm, accelo_webhook_prefix=prefix)
    url, held = listening
    transport = bed.workspace.transport("accelo")
    made = hooks.subscribe(transport, url, SECRET)
    assert sorted(each.event for each in made) == sorted(hooks.EVENTS)
    assert len(hooks.subscribe(transport, url, SECRET)) == 4 == len(hooks.subscriptions(transport)), "never twice"
    bed.served.edit("accelo", "companies", None, {"name": "Harbour Metrology"}, op="create")
    until = time.monotonic() + 5
    while not nudges and time.monotonic() < until:
        time.sleep(0.02)
    assert len(nudges) == 1
    held["secret"] = ""
    bed.served.edit("accelo", "companies", None, {"name": "Second"}, op="create")
    until = time.monotonic() + 5
    while len(hooks.subscriptions(transport)) == 4 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(nudges) == 1 and len(hooks.subscriptions(transport)) == 3, "410 ended that subscription"
    assert hooks.unsubscribe(transport, url) == 3 and hooks.subscriptions(transport) == []


def test_what_is_not_signed_by_us_is_401_and_does_nothing(listening: Any, nudges: list[float]) -> None:
    url, held = listening
    body = b'{"id": "1", "resource_url": "https://x.api.accelo.com/api/v0/companies/1"}'
    good = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    for signature in (
        "",
        "sha1=",
        "x" * 40,
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good[:40],
        "sha256=" + "0" * 64,
    ):
        answer = requests.post(url, data=body, headers={"X-Hub-Signature": signature}, timeout=5)
        assert answer.status_code == 401, signature
    assert requests.post(url, data=body + b" ", headers={"X-Hub-Signature": good}, timeout=5).status_code == 401
    assert requests.post(url, data=b"x" * 20_000, headers={"X-Hub-Signature": good}, timeout=5).status_code == 413
    assert requests.get(url, timeout=5).status_code == 405 and nudges == []
    assert requests.post(url, data=body, headers={"X-Hub-Signature": good}, timeout=5).status_code == 204
    held["secret"] = ""
    assert requests.post(url, data=body, headers={"X-Hub-Signature": good}, timeout=5).status_code == 410
    assert len(nudges) == 1


def test_a_burst_of_deliveries_is_one_early_poll_and_the_service_stops_cleanly(bed: Bed) -> None:
    watched = Watched(bed, gap=1.0, debounce=0.3)
    service = watched.service
    polled: list[float] = []
    once = service.once
    service.once = lambda: (polled.append(time.monotonic()), once())[1]  # type: ignore[method-assign]  # counted
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        _until(lambda: len(polled) == 1 and not service.health.polling)
        for _ in range(50):
            service.nudge()
        _until(lambda: len(polled) == 2)
        time.sleep(1.5)
        assert len(polled) == 2 and polled[1] - polled[0] >= 0.9
    finally:
        service.stop()
        thread.join(20)
    assert not thread.is_alive() and service.health.state == "stopped"


def _until(true: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
