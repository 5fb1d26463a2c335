"""What carries no stamp of change: addresses, and what was deleted in Accelo. Read whole,
or a page of ids at a time."""

from __future__ import annotations

from itertools import islice
from typing import Any

from toolkit.runs.keep import Keeper, Reading
from toolkit.runs.setting import iso
from toolkit.runs.streams import ADDRESSES, BY_NAME, OWN, record_of, seen_row

PAGE = 100


class Unstamped(Keeper):
    """The part of the reading that polls cannot do."""

    def _addresses(self, reading: Reading) -> None:
        """All addresses of companies and contacts; whose they are is asked only for those that were not known."""
        shown: set[str] = set()
        for kind in ("company", "contact"):
            owner = {row.id: (row.owner or "").partition(":")[2] for row in self._seen.all(ADDRESSES.name)}
            rows = list(self._accelo.addresses(kind, None, owner))
            new = [str(row["id"]) for row in rows if not row.get("against_id")]
            found = self._accelo.owners(kind, new, self._seen.ids(OWN["accelo", kind].name)) if new else {}
            named = {str(row["id"]): row.get("against_id") or found.get(str(row["id"])) for row in rows}
            whose = {id: f"{kind}:{each}" for id, each in named.items() if each}
            self._keep(ADDRESSES, [seen_row(ADDRESSES, _bare(row), whose.get(str(row["id"]))) for row in rows], reading)
            shown |= {str(row["id"]) for row in rows}
            self._beat("read", stream=ADDRESSES.name, done=len(shown))
        self._drop_addresses(self._seen.ids(ADDRESSES.name) - shown, reading)

    def _drop_addresses(self, ids: set[str], reading: Reading) -> None:
        """Addresses that the listing did not show and that are refused when asked for by their ids."""
        if not ids:
            return
        still = self._accelo.get_many("addresses", sorted(ids), ("id",))
        gone = self._seen.get(ADDRESSES.name, sorted(ids - set(still)))
        keys = [key for row in gone.values() if (key := record_of(ADDRESSES, row))]
        with self._state.transaction():
            self._seen.forget(ADDRESSES.name, gone)
            self._seen.soil(sorted(set(keys)), "address gone", iso(self._setting.clock()))

    def take_addresses(self, rows: list[dict[str, Any]], reading: Reading) -> None:
        """Addresses as a page showed them; whose a new one is, is asked."""
        ids = [str(row["id"]) for row in rows]
        whose = {id: row.owner for id, row in self._seen.get(ADDRESSES.name, ids).items()}
        for kind in ("company", "contact"):
            new = [id for id in ids if id not in whose]
            found = self._accelo.owners(kind, new, self._seen.ids(OWN["accelo", kind].name)) if new else {}
            whose |= {id: f"{kind}:{owner}" for id, owner in found.items()}
        self._keep(ADDRESSES, [seen_row(ADDRESSES, row, whose.get(str(row["id"]))) for row in rows], reading)

    def sweep_group(self, name: str, after: int, most: int, reading: Reading) -> tuple[int, int]:
        """Look at a stream behind the id ``after`` with some ``most`` requests. Returns the id reached (0: the end) and
        the requests used. Rows that we knew and the pages did not show are asked for by their ids
        before they count as gone."""
        stream, resource = BY_NAME[name], BY_NAME[name].resource
        fields = self._shape.accelo_fields["addresses"] if stream is ADDRESSES else ("id",)
        known = sorted(int(id) for id in self._seen.live_ids(name))
        used = 0
        while used < most:
            bounds: dict[str, list[Any]] = {"id_greater_than": [after]}
            rows = list(islice(self._accelo.list(resource, fields, bounds), PAGE))
            used += 1 + (0 < len(rows) < PAGE)  # a list ends with an empty page, whose request counts
            shown = {int(row["id"]) for row in rows}
            end = max(shown) if len(rows) == PAGE else None
            missing = [str(id) for id in known if id > after and (end is None or id <= end) and id not in shown]
            if stream is ADDRESSES:
                self.take_addresses(rows, reading)
                self._drop_addresses(set(missing), reading)
            elif missing:
                self._confirm_gone(stream, missing, reading)
            if end is None:
                return 0, used
            after = end
        return after, used


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    """An address without what is kept beside it."""
    return {name: value for name, value in row.items() if name not in ("against_id", "against_type")}
