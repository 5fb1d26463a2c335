"""Composite requests: several calls in one, with references between them, as a batch without, or as graphs.

Sources: REST guide, "Composite", "Batch", "Composite Graph" and its limits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.salesforce.wire import ApiError, Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce.org import SalesforceOrg

MOST, MOST_QUERIES, MOST_GRAPHS, MOST_NODES, MOST_FAILED = 25, 5, 75, 500, 14
Handle = Callable[[Call, Sequence[str]], Reply]
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_PATH = re.compile(r"/services/data/v(\d+\.0)/(.*)")
HALTED = {
    "errorCode": "PROCESSING_HALTED",
    "message": "The transaction was rolled back since another operation in the same transaction failed.",
}


class _Failed(Exception):
    """A part failed and all or none was asked for."""


class _Unresolved(Exception):
    """A reference to a part that failed, or to a place that its body does not have."""


def composite(org: SalesforceOrg, call: Call, handle: Handle) -> Reply:
    """POST /composite."""
    data = call.record()
    parts = _objects(data, "compositeRequest")
    _check(parts)
    results = _run(org, call, handle, parts, bool(data.get("allOrNone", False)))
    return Reply(body={"compositeResponse": results})


def _check(parts: Sequence[Mapping[str, Any]]) -> None:
    if len(parts) > MOST:
        raise ApiError(
            "LIMIT_EXCEEDED", f"Composite API supports only up to {MOST} subrequests, {len(parts)} were sent"
        )
    _check_names(parts)
    queries = sum(1 for part in parts if re.search(r"/(query|queryAll|composite/sobjects)\b", str(part.get("url"))))
    if queries > MOST_QUERIES:
        raise ApiError("LIMIT_EXCEEDED", f"At most {MOST_QUERIES} subrequests may be queries or sObject collections")


def _objects(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of JSON objects that a body must hold."""
    found = data.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(item, dict) for item in found):
        raise ApiError("JSON_PARSER_ERROR", f"{name} is required, a list of objects, at [line:1, column:1]")
    return found


def _check_names(parts: Sequence[Mapping[str, Any]]) -> None:
    names = [part.get("referenceId") for part in parts]
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_]+", name):
            raise ApiError("INVALID_INPUT", f"Provided referenceId ({name}) must be letters, digits and underscores")
        if names.count(name) > 1:
            raise ApiError("INVALID_INPUT", f"Duplicate ReferenceId provided in the request: {name}")


def _run(
    org: SalesforceOrg, call: Call, handle: Handle, parts: Sequence[Mapping[str, Any]], all_or_none: bool
) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    bodies: dict[str, Any] = {}
    try:
        with org.writing():
            for part in parts:
                name = part["referenceId"]
                reply = _one(org, call, handle, part, bodies)
                results.append(_result(reply, referenceId=name))
                if reply.status < 300:
                    bodies[name] = reply.body if reply.raw is None else json.loads(reply.raw)
                elif all_or_none:
                    raise _Failed
    except _Failed:
        failed = results[-1]
        halted = [
            {"body": [HALTED], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": part["referenceId"]}
            for part in parts
        ]
        results = [failed if part["referenceId"] == failed["referenceId"] else part for part in halted]
    return results


def _one(org: SalesforceOrg, call: Call, handle: Handle, part: Mapping[str, Any], bodies: Mapping[str, Any]) -> Reply:
    """One part, in a transaction of its own; its error is its answer."""
    try:
        url = _filled(str(part.get("url", "")), bodies)
        body = _filled(part.get("body"), bodies)
        given = part.get("httpHeaders")
        headers = {str(k).lower(): str(v) for k, v in given.items()} if isinstance(given, dict) else {}
    except _Unresolved as error:
        return Reply(400, [{"errorCode": "PROCESSING_HALTED", "message": str(error)}])
    try:
        with org.writing():
            return _sub(call, handle, str(part.get("method", "GET")).upper(), str(url), body, headers)
    except ApiError as error:
        return Reply(error.status, error.body())


def _sub(call: Call, handle: Handle, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Reply:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ApiError("NOT_FOUND", "The requested resource does not exist") from None
    found = _PATH.fullmatch(
        parts.path if parts.path.startswith("/services") else f"/services/data/{parts.path.strip('/')}"
    )
    if found is None:
        raise ApiError("NOT_FOUND", "The requested resource does not exist")
    segments = found[2].strip("/").split("/")
    if segments[:1] in (["jobs"], ["composite"]) and segments[:2] != ["composite", "sobjects"]:
        raise ApiError("INVALID_INPUT", f"{'/'.join(segments[:2])} cannot be part of a composite request")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    kept = {k: v for k, v in call.headers.items() if k.startswith("sforce-")}
    sub = Call(method, parts.path, found[1], query, {**kept, **headers}, b"", body, call.user_id)
    return handle(sub, segments)


def _result(reply: Reply, **more: Any) -> dict[str, Any]:
    body = reply.body if reply.raw is None else json.loads(reply.raw)
    headers = {k: v for k, v in reply.headers.items() if k in ("Location", "ETag", "Last-Modified")}
    return {"body": body, "httpHeaders": headers, "httpStatusCode": reply.status, **more}


def _filled(value: Any, bodies: Mapping[str, Any]) -> Any:
    """The value with its `@{ref.field}` replaced; raises _Unresolved."""
    if isinstance(value, dict):
        return {k: _filled(v, bodies) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, bodies) for v in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _referred(whole, bodies)
    return _REFERENCE.sub(lambda m: str(_referred(m, bodies)), value)


def _referred(found: re.Match[str], bodies: Mapping[str, Any]) -> Any:
    name, steps = found[1], found[2]
    if name not in bodies:
        raise _Unresolved(f"Invalid reference specified. No value for {found[0][2:-1]} found in {name}")
    here = bodies[name]
    for key, index in _STEP.findall(steps):
        try:
            here = here[key] if key else here[int(index)]
        except (KeyError, IndexError, TypeError):
            raise _Unresolved(f"Invalid reference specified. No value for {found[0][2:-1]} found in {name}") from None
    return here


def batch(org: SalesforceOrg, call: Call, handle: Handle) -> Reply:
    """POST /composite/batch: independent parts."""
    data = call.record()
    parts = _objects(data, "batchRequests")
    if len(parts) > MOST:
        raise ApiError("LIMIT_EXCEEDED", f"Batch supports only up to {MOST} subrequests, {len(parts)} were sent")
    halt = bool(data.get("haltOnError", False))
    results: list[dict[str, Any]] = []
    failed = False
    for part in parts:
        if failed and halt:
            message = "The request was halted because of an error in an earlier one."
            results.append(
                {"statusCode": 412, "result": [{"errorCode": "BATCH_PROCESSING_HALTED", "message": message}]}
            )
            continue
        try:
            with org.writing():
                method, url = str(part.get("method", "GET")).upper(), str(part.get("url", ""))
                reply = _sub(call, handle, method, url, part.get("richInput"), {})
        except ApiError as error:
            reply = Reply(error.status, error.body())
        failed = failed or reply.status >= 400
        body = reply.body if reply.raw is None else json.loads(reply.raw)
        results.append({"statusCode": reply.status, "result": body})
    return Reply(body={"hasErrors": failed, "results": results})


def graph(org: SalesforceOrg, call: Call, handle: Handle) -> Reply:
    """POST /composite/graph: each graph is all or none."""
    graphs = _objects(call.record(), "graphs")
    nodes = 0
    for one in graphs:
        _check_names(_objects(one, "compositeRequest"))
        nodes += len(one["compositeRequest"])
    if len(graphs) > MOST_GRAPHS or nodes > MOST_NODES:
        raise ApiError("LIMIT_EXCEEDED", f"A payload may hold {MOST_GRAPHS} graphs and {MOST_NODES} nodes")
    answers: list[dict[str, Any]] = []
    failures = 0
    for one in graphs:
        parts = one["compositeRequest"]
        if failures >= MOST_FAILED:
            results = [
                {"body": [HALTED], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": p.get("referenceId")}
                for p in parts
            ]
        else:
            results = _run(org, call, handle, parts, all_or_none=True)
        good = all(r["httpStatusCode"] < 300 for r in results)
        failures += not good
        answers.append(
            {"graphId": one.get("graphId"), "graphResponse": {"compositeResponse": results}, "isSuccessful": good}
        )
    return Reply(body={"graphs": answers})
