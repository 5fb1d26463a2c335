"""The short form for a decision table of one field: each row is a record of its own,
and all are decided in two runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TELLS = {"Phone": ("Website", "website"), "Website": ("Phone", "phone")}
"""What the two companies of a first link have in common beside their name, when it must not be the field itself."""
COMMON = {"Phone": "+49 30 700{n:03d}", "Website": "row{n}.example"}


def steps_of(table: Mapping[str, Any]) -> tuple[list[tuple[str, dict[str, Any]]], list[dict[str, Any]]]:
    """Records at the start, and the steps: first link, the edits of all rows, a run, the expectations."""
    start: list[tuple[str, dict[str, Any]]] = []
    edits: dict[str, Any] = {"salesforce": {}, "accelo": {}}
    expect: dict[str, Any] = {"salesforce": {}, "accelo": {}, "inbox": []}
    contact = table["kind"] == "contact"
    ours, theirs = ("contact", "contact") if contact else ("account", "company")
    if contact:
        start.append(("salesforce.account.firm", {"Name": "Firm", "Website": "firm.example"}))
        start.append(("accelo.company.firm", {"name": "Firm", "website": "firm.example"}))
    for n, row in enumerate(table["rows"], 1):
        key = f"row{n}"
        start += _pair(table, row, key, n, contact)
        for side, obj, column in (("salesforce", ours, table["salesforce"]), ("accelo", theirs, table["accelo"])):
            if side in row:
                edits[side].setdefault(obj, {})[key] = put(column, row[side])
            both = row["becomes"] if isinstance(row["becomes"], list) else [row["becomes"]] * 2
            expect[side].setdefault(obj, {})[key] = put(column, both[side == "accelo"])
        for kind in row.get("asks", []):
            expect["inbox"].append(
                {"kind": kind, "record": key} | {name: row[name] for name in ("base", "ours", "theirs") if name in row}
            )
    steps: list[dict[str, Any]] = [{"setting": table["settings"]}] if "settings" in table else []
    if table.get("mode") == "read-only":
        steps.append({"read_only": True})
    steps += [
        {"run": "sync"},
        {"edit": edits},
        {"run": "sync full", "expect": expect | ({"writes": table["writes"]} if "writes" in table else {})},
    ]
    return start, steps


def put(column: str, value: Any) -> dict[str, Any]:
    """ "address.Billing" is a field within a table of fields."""
    outer, _, inner = column.partition(".")
    return {outer: {inner: value}} if inner else {column: value}


def _pair(
    table: Mapping[str, Any], row: Mapping[str, Any], key: str, n: int, contact: bool
) -> list[tuple[str, dict[str, Any]]]:
    """A row with a base begins in Salesforce and is created by the first run; one without begins on both sides."""
    ours, theirs = row["first"] if "first" in row else (row["base"], None)
    if contact:
        s = {"FirstName": "Row", "LastName": f"Number {n}", "account": "firm"}
        a = {"firstname": "Row", "surname": f"Number {n}", "company": "firm"}
    else:
        tell, their = TELLS.get(table["salesforce"], ("Website", "website"))
        same = COMMON[tell].format(n=n)
        s, a = {"Name": f"Row {n}", tell: same}, {"name": f"Row {n}", their: same}
    found = [
        (
            f"salesforce.{'contact' if contact else 'account'}.{key}",
            s | (put(table["salesforce"], ours) if ours else {}),
        )
    ]
    if "first" in row:
        found.append(
            (
                f"accelo.{'contact' if contact else 'company'}.{key}",
                a | (put(table["accelo"], theirs) if theirs else {}),
            )
        )
    return found
