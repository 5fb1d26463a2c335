"""Accelo's way of asking: fields, filters, pages. What the server might ignore is checked again here.

Filters are ``{name: values}``: ``{"id": ["12", "13"], "date_modified_after": [1498175480]}``. Rows stay as on the wire.
Source: Accelo API docs, _configuring_responses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests

from toolkit.clients.transport import Transport
from toolkit.errors import RecordRejected, Unavailable, UsageError

Row = dict[str, Any]
Filters = Mapping[str, Sequence[Any]]
PAGE = 100
API = "/api/v0"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def ask(transport: Transport, path: str, fields: Sequence[str] = (), filters: Filters | None = None,
        search: str | None = None, **paging: int) -> Any:
    """The ``response`` of one read. Values that a filter's text form cannot hold safely travel as JSON."""
    filters = {name: [str(value) for value in values] for name, values in (filters or {}).items()}
    params: dict[str, Any] = {f"_{name}": str(value) for name, value in paging.items()}
    if fields:
        params["_fields"] = ",".join(fields)
    texts = [value for values in filters.values() for value in values]
    plain = all(set(value) <= _PLAIN for value in texts) and search is None
    if plain and sum(len(value) + 1 for value in texts) < 3000:
        if filters:
            params["_filters"] = ",".join(f"{name}({','.join(values)})" for name, values in filters.items())
        return content(transport.request("GET", API + path, params=params))
    body = {"_method": "get", **params, **({"_filters": filters} if filters else {}),
            **({"_search": search} if search is not None else {})}
    return content(transport.request("POST", API + path, json=body, idempotent=True))


def content(response: requests.Response) -> Any:
    """What the envelope holds; some lists are wrapped in an object of one key (contracts/types and the like)."""
    said = response.json().get("response")
    if isinstance(said, Mapping) and len(said) == 1:
        (inner,) = said.values()
        if isinstance(inner, list):
            return inner
    return said


def page(transport: Transport, path: str, fields: Sequence[str], filters: Filters, search: str | None = None,
         **paging: int) -> list[Row]:
    """One page of a list as it came. Unavailable when the server did not apply the bounds by which we page."""
    said = ask(transport, path, fields, filters, search, limit=PAGE, **paging)
    if not isinstance(said, list):
        raise Unavailable("Accelo", "a list was answered with something else.")
    for name, values in filters.items():
        for suffix, holds in _COMPARISONS.items():
            field = name.removesuffix(suffix)
            if name.endswith(suffix) and any(
                    (have := number(row.get(field))) is not None and not holds(have, int(values[0])) for row in said):
                raise Unavailable("Accelo", f"it did not apply the filter {name}, so its list cannot be read in pages.")
    return said


def fits(row: Row, filters: Filters) -> bool:
    """Does a row fulfil the filters by equality, as far as its own fields tell: a server may ignore what it does not
    know. E-mail is left to the caller: a contact's own is not the one of its affiliation."""
    for name, values in filters.items():
        told = name in row and name != "email" and not isinstance(row[name], (dict, list))
        if told and str(row[name]).casefold() not in {str(value).casefold() for value in values}:
            return False
    return True


_COMPARISONS = {
    "_after": lambda have, bound: have > bound,
    "_before": lambda have, bound: have < bound,
    "_greater_than": lambda have, bound: have > bound,
    "_less_than": lambda have, bound: have < bound,
    "_greater_than_or_equal": lambda have, bound: have >= bound,
    "_less_than_or_equal": lambda have, bound: have <= bound,
}


def keyset(transport: Transport, path: str, fields: Sequence[str], filters: Filters, search: str | None = None,
           *, until_empty: bool = True) -> Iterator[Row]:
    """A whole list by ascending id. Page numbers shift while others write, ids do not; and a page that is shorter than
    asked proves nothing (a server may cut it), so the end is an *empty* page: one request more for each list."""
    last = int((filters.get("id_greater_than") or [0])[0])
    while True:
        rows = page(transport, path, fields, {**filters, "id_greater_than": [last], "order_by_asc": ["id"]}, search)
        yield from (row for row in rows if fits(row, filters))
        if not rows or (not until_empty and len(rows) < PAGE):
            return
        last = max(int(row["id"]) for row in rows)


def offsets(transport: Transport, path: str, fields: Sequence[str], filters: Filters | None = None) -> list[Row]:
    """A short list that has no filter on ranges of ids (statuses, types): by offset, until an empty page. A deployment
    may refuse an offset behind the end; that is the end too."""
    found: dict[str, Row] = {}
    count = 0
    while True:
        try:
            rows = page(transport, path, fields, filters or {}, offset=count)
        except RecordRejected as error:
            if not count or error.code != "invalid_request":
                raise
            return list(found.values())
        if not rows or {str(row["id"]) for row in rows} <= set(found):
            return list(found.values())
        count += len(rows)
        found |= {str(row["id"]): row for row in rows}


def number(value: Any) -> int | None:
    """Ids, stamps and counts are texts on the wire."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def checked_number(id: str, what: str = "id") -> str:
    """An id as a part of an address: digits and nothing else."""
    if not (str(id).isascii() and str(id).isdigit()):
        raise UsageError(f"That is no {what} of Accelo.")
    return str(id)


def checked_resource(name: str) -> str:
    if not (name.isascii() and name.replace("_", "").isalpha() and name.islower()):
        raise UsageError(f"{name[:40]!r} is no resource of Accelo.")
    return name
