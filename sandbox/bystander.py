"""Somebody else at a screen: the faults in which a person changes the named record just before the request is handled.

Only single records are named by a path; for collections the fault says the object and the id itself.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from sandbox.exchange import Exchange

_SALESFORCE = re.compile(r"/sobjects/(?P<object>\w+)/(?P<id>[0-9A-Za-z]{15,18})(/|$)")
_ACCELO = re.compile(r"^/api/v0/(?P<object>[a-z]+)/(?P<id>\d+)(/|$)")
_TYPED = {"salesforce": {"Phone": "+61 3 9555 0666"}, "accelo": {"phone": "+61 3 9555 0666"}}
_NO_PHONE = {
    "Opportunity": {"NextStep": "Somebody was here"},
    "Case": {"Subject": "Somebody was here"},
    "contacts": {"comments": "Somebody was here"},
    "prospects": {"comments": "Somebody was here"},
    "issues": {"description": "Somebody was here"},
    "addresses": {"title": "Somebody was here"},
}


class Part(Protocol):
    """What a person can do in a system's own screens."""

    def edit(self, obj: str, op: str, id: str | None, fields: dict[str, Any]) -> str:
        """Change one record; raises the system's EditError."""

    def world(self) -> dict[str, list[dict[str, Any]]]:
        """All records."""


def meddle(part: Part, exchange: Exchange) -> None:
    """Carry out record_edited and record_merged for a struck request that names a record."""
    for kind in ("record_edited", "record_merged"):
        named = {fault.kind for fault in exchange.domain_faults}
        if kind not in named:
            continue
        options = next(fault.options for fault in exchange.domain_faults if fault.kind == kind)
        found = (_SALESFORCE if exchange.system == "salesforce" else _ACCELO).search(exchange.path)
        obj = options.get("object") or (found and found["object"])
        record = options.get("id") or (found and found["id"])
        if not obj or not record:
            continue
        try:
            if kind == "record_edited":
                part.edit(obj, "update", record, options.get("edit") or _NO_PHONE.get(obj) or _TYPED[exchange.system])
            else:
                part.edit(
                    obj, "merge", record, {"MasterRecordId": options.get("winner") or _another(part, obj, record)}
                )
        except Exception as error:
            # The record may be gone, or be none that a person can edit: then nobody edits it.
            if type(error).__name__ != "EditError":
                raise
            continue
        exchange.struck(kind)


def _another(part: Part, obj: str, record: str) -> str:
    rows = part.world()[obj]
    return next((row["Id"] for row in rows if row["Id"][:15] != record[:15] and not row.get("IsDeleted")), "")
