"""Which handler answers which resource under /services/data/vNN.N; composite requests come through here too.

The handlers themselves are in `rows`, `describe`, `collections`, `composite`, `replication`, `query` and `bulk`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sandbox.salesforce import collections, composite, describe, limits, replication, rows
from sandbox.salesforce.bulk.jobs import Bulk
from sandbox.salesforce.query import Queries
from sandbox.salesforce.schema import SObject, UnknownObject
from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

RESOURCES = ("composite", "jobs", "limits", "query", "queryAll", "recent", "sobjects")


def not_found() -> ApiError:
    return ApiError("NOT_FOUND", "The requested resource does not exist")


def allow(call: Call, *methods: str) -> None:
    """Refuse any other method."""
    if call.method not in methods:
        listed = ",".join(methods)
        raise ApiError("METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed. Allowed are {listed}")


class Rest:
    def __init__(self, org: SalesforceOrg) -> None:
        self.org = org
        self.queries = Queries(org)
        self.bulk = Bulk(org, self.queries)
        org.forgetters += [self.queries.forget, self.bulk.forget]

    def handle(self, call: Call, segments: Sequence[str]) -> Reply:
        """Answer; raises ApiError. A HEAD is answered as its GET, without the body."""
        if call.method == "HEAD":
            reply = self.handle(Call(**{**call.__dict__, "method": "GET"}), segments)
            return Reply(reply.status, None, reply.headers)
        parts = [unquote(s) for s in segments]
        while parts and parts[-1] == "":
            parts.pop()
        match parts:
            case []:
                allow(call, "GET")
                return Reply(body={name: call.url(f"/{name}") for name in RESOURCES})
            case ["limits"]:
                allow(call, "GET")
                return limits.limits(self.org)
            case ["limits", "recordCount"]:
                return limits.record_count(self.org, call)
            case ["recent"]:
                return rows.recent(self.org, call)
            case ["query" | "queryAll" as name]:
                allow(call, "GET")
                return self.queries.query_all(call) if name == "queryAll" else self.queries.query(call)
            case ["query" | "queryAll", locator]:
                allow(call, "GET")
                return self.queries.more(call, locator)
            case ["composite", *rest]:
                return self._composite(call, rest)
            case ["sobjects"]:
                allow(call, "GET")
                return describe.every(self.org, call)
            case ["sobjects", name, *rest]:
                return self._sobject(call, self._object(name), rest)
        raise not_found()

    def _object(self, name: str) -> SObject:
        try:
            return self.org.schema.object(name)
        except UnknownObject:
            raise not_found() from None

    def _sobject(self, call: Call, obj: SObject, rest: list[str]) -> Reply:
        org = self.org
        match rest:
            case []:
                if call.method == "POST":
                    return rows.create(org, call, obj)
                allow(call, "GET", "POST")
                return rows.about(org, call, obj)
            case ["describe"]:
                allow(call, "GET")
                return describe.one(org, call, obj)
            case ["updated"]:
                allow(call, "GET")
                return replication.updated(org, call, obj)
            case ["deleted"]:
                allow(call, "GET")
                return replication.deleted(org, call, obj)
            case [record_id]:
                if call.method == "POST" and record_id.lower() in obj.by_lower:
                    return rows.create(org, call, obj)
                allow(call, "GET", "PATCH", "DELETE")
                return rows.by_id(org, call, obj, record_id)
            case [first, second]:
                if first.lower() in obj.by_lower or call.method == "PATCH":  # an upsert by no field is NOT_FOUND
                    allow(call, "GET", "PATCH", "DELETE")
                    return rows.by_key(org, call, obj, first, second)
                allow(call, "GET")
                return rows.related(org, call, obj, first, second)
        raise not_found()

    def _composite(self, call: Call, rest: list[str]) -> Reply:
        org = self.org
        match rest:
            case []:
                allow(call, "POST")
                return composite.composite(org, call, self.handle)
            case ["batch"]:
                allow(call, "POST")
                return composite.batch(org, call, self.handle)
            case ["graph"]:
                allow(call, "POST")
                return composite.graph(org, call, self.handle)
            case ["sobjects"]:
                allow(call, "POST", "PATCH", "DELETE")
                return collections.many(org, call)
            case ["sobjects", name]:
                allow(call, "GET", "POST")
                return collections.retrieve(org, call, self._object(name))
            case ["sobjects", name, key]:
                allow(call, "PATCH")
                return collections.upsert(org, call, self._object(name), key)
        raise not_found()
