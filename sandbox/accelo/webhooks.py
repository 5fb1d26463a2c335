"""Webhook subscriptions, and their delivery to loopback addresses, signed, in the background.

Source: Accelo API docs, _webhooks; the 201 answer and the wrapped lists from the older wiki pages.
Nothing is sent off this machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.accelo.call import NOTHING, Call, Reply, envelope
from sandbox.accelo.catalogue import RESOURCES, against_path
from sandbox.accelo.errors import invalid
from sandbox.accelo.records import Records
from sandbox.accelo.tokens import Tokens
from sandbox.core import Core

Row = dict[str, Any]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TIMEOUT_SECONDS = 10
_TIMEOUTS_ALLOWED = 10
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# event: the table that triggers it, the kind of trigger, the title
EVENTS = {
    "assign_task": ("task", "update", "Task assigned"),
    "unassign_task": ("task", "update", "Task unassigned"),
    "create_task": ("task", "create", "Task created"),
    "create_invoice": ("invoice", "create", "Invoice created"),
    "update_invoice": ("invoice", "update", "Invoice updated"),
    "delete_invoice": ("invoice", "delete", "Invoice deleted"),
    "create_invoice_pdf": ("invoice", "create", "Invoice PDF created"),
    "create_purchase_pdf": ("purchase", "create", "Purchase PDF created"),
    "create_quote": ("quote", "create", "Quote created"),
    "create_request": ("request", "create", "Request created"),
    "update_request_status": ("request", "update", "Request status updated"),
    "create_issue": ("issue", "create", "Ticket created"),
    "update_issue": ("issue", "update", "Ticket updated"),
    "create_company": ("company", "create", "Company created"),
    "update_company": ("company", "update", "Company updated"),
    "create_contact": ("contact", "create", "Contact created"),
    "update_contact": ("contact", "update", "Contact updated"),
    "create_sale": ("prospect", "create", "Sale created"),
    "update_sale": ("prospect", "update", "Sale updated"),
    "delete_activity": ("activity", "delete", "Activity deleted"),
}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could lead off this machine."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Message, newurl: str) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def is_loopback(address: str) -> bool:
    """May a webhook go there."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
    except ValueError:
        return False


def _post(address: str, body: bytes, headers: dict[str, str]) -> int:
    """The receiver's HTTP status; 0 when it did not answer in time, or not at all."""
    request = urllib.request.Request(address, body, headers, method="POST")
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return 0


class Webhooks:
    """Subscriptions of the deployment."""

    def __init__(self, core: Core, records: Records, tokens: Tokens) -> None:
        self.core = core
        self.records = records
        self.tokens = tokens
        self.resource = RESOURCES["webhooks"]
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="webhook")
        self._tasks: set[asyncio.Task[None]] = set()

    # the endpoints

    def answer(self, call: Call, rest: list[str]) -> Reply:
        """Serve what is under /webhooks; raises AcceloError."""
        if not rest or rest[0] not in ("subscriptions", "subscription"):
            raise invalid()
        rest = rest[1:]
        if call.method == "GET" and rest == ["types"]:
            return envelope(call, [self._type(event) for event in EVENTS])
        if call.method == "GET" and not rest:
            rows = [self._shown(row) for row in self._rows("user_id = ?", call.staff_id)]
            return envelope(call, {"subscriptions": rows, "subscriptions_users": [{"id": str(call.staff_id)}]})
        if call.method == "POST" and not rest:
            return envelope(call, {"subscription": self._shown(self._subscribe(call))}, "ok_created", http=201)
        if not rest:
            raise invalid()
        found = self._rows("subscription_id = ?", rest[0])
        if not found:
            raise invalid()
        if call.method == "DELETE" and len(rest) == 1:
            self.records.delete(self.resource, found[0]["id"])
            return envelope(call, NOTHING)
        if call.method == "POST" and rest[1:] == ["trigger"]:
            self._object(call)
            event = found[0]["event_id"]
            for row in self._rows("event_id = ?", event):
                self._later(row, int(call.text("object_id")), call.base_url)
            return envelope(call, None)
        raise invalid()

    async def dispatch(self, call: Call, subscription_id: str) -> Reply:
        """POST …/dispatch: deliver now, and answer with the receiver's status; raises AcceloError."""
        found = self._rows("subscription_id = ?", subscription_id)
        if not found:
            raise invalid()
        self._object(call)
        status = await self._deliver(found[0], int(call.text("object_id")), call.base_url)
        return envelope(call, {"status": status})

    def _object(self, call: Call) -> None:
        if not call.text("object_id").isdigit():
            raise invalid("The field 'object_id' is required.")

    def _rows(self, condition: str, *values: Any) -> list[Row]:
        found = (self.records.find(self.resource, id_) for id_ in self.records.ids("webhooks", condition, *values))
        return [row for row in found if row is not None]

    def _type(self, event: str) -> Row:
        table, kind, title = EVENTS[event]
        return {"event_id": event, "event_title": title, "trigger_table": table, "trigger_type": kind}

    def _shown(self, row: Row) -> Row:
        names = (
            "subscription_id",
            "event_id",
            "trigger_url",
            "content_type",
            "trigger_table",
            "trigger_type",
            "user_deployment",
        )
        user = str(row["user_id"])
        return {**{name: row[name] for name in names}, "user": user, "user_id": user}

    def _subscribe(self, call: Call) -> Row:
        event, address = call.text("event_id"), call.text("trigger_url")
        content_type = call.text("content_type") or FORM
        if event not in EVENTS or content_type not in (FORM, JSON):
            raise invalid("The value of 'event_id' or 'content_type' is invalid.")
        if not is_loopback(address):
            raise invalid("The value of 'trigger_url' is invalid: the sandbox delivers to loopback addresses only.")
        table, kind, _ = EVENTS[event]
        row = {
            "subscription_id": secrets.token_hex(12),
            "event_id": event,
            "trigger_url": address,
            "content_type": content_type,
            "trigger_table": table,
            "trigger_type": kind,
            "user_id": call.staff_id,
            "user_deployment": self.tokens.ready()["deployment"],
            "secret": call.text("secret"),
            "timeouts": 0,
        }
        # For edits in the screens after a restart, before any request has told the address.
        self.core.store.set("keep:accelo:url", call.base_url)
        return {**row, "id": self.records.insert(self.resource, row)}

    # delivery

    def fire(self, events: list[tuple[str, int]], base_url: str) -> None:
        """Queue the deliveries of what just happened."""
        if not events or not self.records.ids("webhooks", "1"):
            return
        for event, id_ in dict.fromkeys(events):
            for row in self._rows("event_id = ?", event):
                self._later(row, id_, base_url)

    def _later(self, row: Row, id_: int, base_url: str) -> None:
        async def deliver() -> None:
            await self._deliver(row, id_, base_url)

        try:
            task = asyncio.get_running_loop().create_task(deliver())
        except RuntimeError:
            return  # no server runs (a unit test of the parts): nobody could receive it in the background
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _signed(self, row: Row, id_: int, base_url: str) -> tuple[bytes, dict[str, str]]:
        payload = {"id": str(id_), "resource_url": f"{base_url}/api/v0/{against_path(row['trigger_table'])}/{id_}"}
        body = (json.dumps(payload) if row["content_type"] == JSON else urlencode(payload)).encode()
        headers = {"Content-Type": row["content_type"], "X-Accelo-Event": row["event_id"]}
        if row["secret"]:
            algorithm = self.core.switches["accelo_webhook_hmac"]
            digest = hmac.new(str(row["secret"]).encode(), body, getattr(hashlib, algorithm)).hexdigest()
            prefix = f"{algorithm}=" if self.core.switches.on("accelo_webhook_prefix") else ""
            headers["X-Hub-Signature"] = prefix + digest
        return body, headers

    async def _deliver(self, row: Row, id_: int, base_url: str) -> int:
        body, headers = self._signed(row, id_, base_url)
        status = await asyncio.get_running_loop().run_in_executor(
            self._threads, _post, row["trigger_url"], body, headers
        )
        if status == 410:
            self.records.delete(self.resource, row["id"])
        elif status == 0:
            self._count_timeout(row["id"])
        return status

    def _count_timeout(self, id_: int) -> None:
        """Too many time-outs end the subscription."""
        self.records.db.execute("UPDATE ac_webhooks SET timeouts = timeouts + 1 WHERE id = ?", (id_,))
        if self.records.ids("webhooks", "id = ? AND timeouts >= ?", id_, _TIMEOUTS_ALLOWED):
            self.records.delete(self.resource, id_)

    def close(self) -> None:
        """Deliver nothing more."""
        for task in self._tasks:
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)
