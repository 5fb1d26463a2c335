"""Accelo's webhooks: subscriptions, and whether a delivery is signed with our secret.

A delivery names an event and a record, nothing more, and may be lost: it is a hint to look, never news by itself.
Source: Accelo API docs, _webhooks. The digest of X-Hub-Signature and its prefix are not documented there, so SHA-1 and
SHA-256 are taken, with and without the name before it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from toolkit.clients.accelo_query import API, content
from toolkit.clients.transport import Transport
from toolkit.errors import RecordRejected, Unavailable

EVENTS = ("create_company", "update_company", "create_contact", "update_contact")
SIGNATURE = "x-hub-signature"
_PATH = f"{API}/webhooks/subscriptions"
_DIGESTS = {40: hashlib.sha1, 64: hashlib.sha256}


@dataclass(frozen=True)
class Subscription:
    id: str
    event: str
    url: str


def subscriptions(transport: Transport) -> list[Subscription]:
    """Those of the connected user, ours and others'."""
    said = transport.request("GET", _PATH).json().get("response")
    rows = said.get("subscriptions", []) if isinstance(said, dict) else said or []
    return [Subscription(str(row["subscription_id"]), str(row["event_id"]), str(row["trigger_url"])) for row in rows]


def subscribe(transport: Transport, url: str, secret: str) -> list[Subscription]:
    """Subscribe to what changes companies and contacts; deliveries are JSON, signed with ``secret``. One that is there
    already for this address is replaced: its secret may be another. Returns what there is then."""
    unsubscribe(transport, url)
    made = []
    for event in EVENTS:
        fields = {"trigger_url": url, "event_id": event, "content_type": "application/json", "secret": secret}
        row = content(transport.request("POST", _PATH, data=fields))
        row = row.get("subscription", row) if isinstance(row, dict) else {}
        if not row.get("subscription_id"):
            raise Unavailable("Accelo", "it did not say which subscription it made.")
        made.append(Subscription(str(row["subscription_id"]), event, url))
    return made


def unsubscribe(transport: Transport, url: str) -> int:
    """End all subscriptions to this address; returns how many those were."""
    ended = 0
    for each in subscriptions(transport):
        if each.url == url:
            try:
                transport.request("DELETE", f"{_PATH}/{each.id}", idempotent=True)
                ended += 1
            except RecordRejected:
                continue  # it is gone already
    return ended


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Was this body signed with our secret. Compared in constant time; an empty secret signs nothing."""
    given = signature.strip().lower().rpartition("=")[2].encode()
    digest = _DIGESTS.get(len(given))
    if digest is None or not secret:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, digest).hexdigest().encode(), given)
