"""Salesforce rows in one plain form, whichever way they were read: flat, keyed by API name, text or None.

The query API gives nested JSON with typed values, Bulk gives CSV; both come out equal here. Also the checked building
of SOQL: names are verified, values go through simple-salesforce's ``format_soql`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from simple_salesforce import format_soql

from toolkit.clients.salesforce_wire import long_id
from toolkit.errors import UsageError

Row = dict[str, Any]
LONGEST_SOQL = 14_000  # characters when percent-encoded: a request's head may hold 16,384 bytes
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}")


def plain(value: Any) -> Any:
    """One JSON value as text, as Bulk would give it; blank is None."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def flat(record: Mapping[str, Any], prefix: str = "") -> Row:
    """A JSON record without attributes, parents dotted ("Owner.Name"), children as lists of such rows."""
    row: Row = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, Mapping) and "records" in value:
            row[prefix + name] = [flat(child) for child in value["records"]]
        elif isinstance(value, Mapping):
            row.update(flat(value, f"{prefix}{name}."))
        else:
            row[prefix + name] = instant(name, plain(value))
    return row


def instant(name: str, value: Any) -> Any:
    """System stamps in Bulk's spelling: the query API writes +0000, Bulk writes Z."""
    if isinstance(value, str) and value.endswith("+0000") and (name.endswith("Date") or name == "SystemModstamp"):
        return value[:-5] + "Z"
    return value


def exactly(row: Row, fields: Sequence[str]) -> Row:
    """The asked fields and no others: a parent that is absent has given no dotted names."""
    return {name: row.get(name) for name in fields}


def checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:60]!r} is no API name of Salesforce.")
    return name


def checked_id(id: str) -> str:
    """The id in its long form; UsageError when it cannot be one (it becomes a part of an address)."""
    if not re.fullmatch(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", id):
        raise UsageError("That is no id of a Salesforce record.")
    return long_id(id)


def select(fields: Iterable[str], obj: str, where: str = "", order: str = "") -> str:
    """A query. ``where`` and ``order`` are SOQL that the caller built with format_soql."""
    names = list(dict.fromkeys(checked_name(name) for name in fields))
    return (f"SELECT {', '.join(names)} FROM {checked_name(obj)}" + (f" WHERE {where}" if where else "")
            + (f" ORDER BY {order}" if order else ""))


def with_needed(fields: Sequence[str], *needed: str) -> list[str]:
    """The fields and what paging and cursors need, each once."""
    have = {name.lower() for name in fields}
    return [*dict.fromkeys(fields), *(name for name in needed if name.lower() not in have)]


def since_clause(since: datetime) -> str:
    return str(format_soql("SystemModstamp >= {}", since))


def too_long(soql: str) -> bool:
    return len(quote(soql)) > LONGEST_SOQL


def id_chunks(ids: Sequence[str], soql_length: int, at_most: int = 200) -> list[list[str]]:
    """Ids in groups that fit into one query beside the rest of it (an id costs 27 characters when encoded)."""
    room = max(1, min(at_most, (LONGEST_SOQL - soql_length * 2) // 27))
    return [list(ids[start:start + room]) for start in range(0, len(ids), room)]
