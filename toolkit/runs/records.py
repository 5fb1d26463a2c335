"""Records in the product's words, composed of the rows last seen; nothing is asked of either system here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from toolkit.mapping.rules import Rules
from toolkit.mapping.wire import (
    company_from_accelo,
    company_from_salesforce,
    contact_from_accelo,
    contact_from_salesforce,
)
from toolkit.model import Kind, Record, Side
from toolkit.runs.streams import ADDRESSES, AFFILIATIONS, OWN, VALUES
from toolkit.store.seen import SeenRow
from toolkit.store.state import State

CHUNK = 500
KINDS: tuple[Kind, Kind] = ("company", "contact")


class Observed:
    """Both systems as last seen."""

    def __init__(self, state: State, rules: Rules, values: Iterable[Kind]) -> None:
        self._state, self._rules, self._values = state, rules, frozenset(values)

    def record(self, side: Side, kind: Kind, id: str, *, affiliation: str | None = None) -> Record | None:
        """``affiliation``: as the contact stands there, whichever it is linked by."""
        return self.records(side, kind, [id], {id: affiliation} if affiliation else None).get(id)

    def records(
        self, side: Side, kind: Kind, ids: Iterable[str] | None = None, places: Mapping[str, str] | None = None
    ) -> dict[str, Record]:
        """By id; those that were never seen are left out. ``None``: all of them."""
        stream = OWN[side, kind].name
        found: dict[str, Record] = {}
        wanted = sorted(self._state.seen.ids(stream)) if ids is None else list(dict.fromkeys(ids))
        for start in range(0, len(wanted), CHUNK):
            rows = self._state.seen.get(stream, wanted[start : start + CHUNK])
            found |= self._salesforce(kind, rows) if side == "salesforce" else self._accelo(kind, rows, places)
        return found

    def _salesforce(self, kind: Kind, rows: Mapping[str, SeenRow]) -> dict[str, Record]:
        make = company_from_salesforce if kind == "company" else contact_from_salesforce
        return {id: make(row.row, self._rules) for id, row in rows.items()}

    def _accelo(
        self, kind: Kind, rows: Mapping[str, SeenRow], places: Mapping[str, str] | None
    ) -> dict[str, Record]:
        seen, ids = self._state.seen, list(rows)
        addresses = seen.owned(ADDRESSES.name, [f"{kind}:{id}" for id in ids])
        values = seen.owned(VALUES[kind].name, ids) if kind in self._values else None
        affiliations = seen.owned(AFFILIATIONS.name, ids) if kind == "contact" else {}
        linked = places or (self._affiliations(ids) if kind == "contact" else {})
        found = {}
        for id, row in rows.items():
            held = [each.row for each in addresses.get(f"{kind}:{id}", ())]
            profile = None if values is None else [each.row for each in values.get(id, ())]
            if kind == "company":
                record = company_from_accelo(row.row, held, profile, self._rules)
            else:
                own = [each.row for each in affiliations.get(id, ())]
                record = contact_from_accelo(row.row, own, held, profile, self._rules, linked.get(id))
            found[id] = replace(record, deleted=True) if row.row.get("_gone") else record
        return found

    def _affiliations(self, ids: Iterable[str]) -> dict[str, str]:
        links = self._state.links.of_many("contact", "accelo", ids)
        return {id: link.refs["affiliation"] for id, link in links.items() if "affiliation" in link.refs}
