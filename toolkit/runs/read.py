"""Reading both systems: everything, or only what changed since the cursors, into what the state has last seen.

Rows, the records that they make dirty and the new cursor are one transaction, so that a change once read is never
forgotten. A row whose content is the one already known makes nothing dirty: that is what suppresses echoes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from toolkit.clients.salesforce_rows import select, since_clause
from toolkit.model import Kind, Side
from toolkit.runs import streams
from toolkit.runs.setting import Setting, iso
from toolkit.runs.streams import ADDRESSES, BY_NAME, OWN, VALUES, Shape, Stream, record_of, seen_row
from toolkit.store.evidence import Evidence
from toolkit.store.seen import SeenRow

CROWD = 80
"""More known rows than this within the overlap, and the overlap is counted instead of read (a page holds 100)."""
PAGE = 100
Key = tuple[Side, Kind, str]


@dataclass
class Reading:
    """What a run read: rows and changed rows by stream; ``full`` when everything was read."""

    full: bool
    rows: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    gone: list[Key] = field(default_factory=list)

    def table(self) -> Any:
        import pandas as pd

        return pd.DataFrame([{"stream": name, "rows": count, "changed": self.changed.get(name, 0)}
                             for name, count in sorted(self.rows.items())], columns=["stream", "rows", "changed"])


class Reader:
    """Reads for one run. ``beat(step, **numbers)`` tells progress and raises when the run was cancelled."""

    def __init__(self, setting: Setting, run: str, shape: Shape, evidence: Evidence, beat: Callable[..., None]) -> None:
        self._setting, self._run, self._shape, self._evidence, self._beat = setting, run, shape, evidence, beat
        self._state, self._seen = setting.state, setting.state.seen
        self._salesforce, self._accelo = setting.salesforce_reader, setting.accelo_reader
        self._overlap = int(setting.settings.sync.overlap_minutes * 60)

    def everything(self) -> Reading:
        """Both systems whole; memory stays bounded, rows go to the stores in batches."""
        reading = Reading(full=True)
        for stream in streams.SALESFORCE:
            began = self._salesforce.server_now()
            asked = self._shape.salesforce_fields[stream.kind or "company"]
            self._take_all(stream, self._salesforce.rows(stream.resource, asked), reading, int(began.timestamp()))
        for stream in streams.ROWS:
            began = self._accelo.server_now()
            rows = self._accelo.list(stream.resource, self._shape.accelo_fields[stream.resource])
            self._take_all(stream, rows, reading, int(began.timestamp()))
        for kind in self._shape.values:
            self._values(kind, reading)
        self._addresses(reading)
        now = iso(self._setting.clock())
        self._seen.set_cursor("sweep", {"at": now, "after": {}, "turn": 0})
        return reading

    def _take_all(self, stream: Stream, rows: Iterable[dict[str, Any]], reading: Reading, began: int) -> None:
        ids: set[str] = set()
        newest = 0

        def passing() -> Iterable[SeenRow]:
            nonlocal newest
            for row in rows:
                seen = seen_row(stream, row)
                ids.add(seen.id)
                newest = max(newest, seen.stamp or 0)
                if len(ids) % 1000 == 0:
                    self._beat("read", stream=stream.name, done=len(ids))
                yield seen

        self._keep(stream, passing(), reading)
        upto = began if stream.side == "salesforce" else min(newest or began, began)
        self._seen.set_cursor(stream.name, {"upto": upto})
        self._beat("read", stream=stream.name, done=len(ids))
        if stream.side == "accelo":
            self._missing(stream, self._seen.ids(stream.name) - ids, reading)

    def _keep(self, stream: Stream, rows: Iterable[SeenRow], reading: Reading) -> list[SeenRow]:
        """Store rows in batches; each batch with the records that it makes dirty."""
        changed_rows: list[SeenRow] = []
        batch: list[SeenRow] = []

        def store() -> None:
            with self._state.transaction():
                changed = self._seen.put(batch, self._run)
                dirty = {key for row in changed if (key := record_of(stream, row))}
                self._seen.soil(sorted(dirty), "changed", iso(self._setting.clock()))
            known = {row.id for row in changed}
            self._evidence.add("raw", [{"stream": row.stream, "id": row.id, "owner": row.owner, "stamp": row.stamp,
                                        "changed": row.id in known, "body": row.row} for row in batch])
            reading.rows[stream.name] = reading.rows.get(stream.name, 0) + len(batch)
            reading.changed[stream.name] = reading.changed.get(stream.name, 0) + len(changed)
            changed_rows.extend(SeenRow(row.stream, row.id, row.owner, row.stamp, {}) for row in changed)
            batch.clear()

        for row in rows:
            batch.append(row)
            if len(batch) >= 500:
                store()
        store()
        return changed_rows

    def _missing(self, stream: Stream, ids: set[str], reading: Reading) -> None:
        """Rows that we knew and that the whole listing did not show. Gone only if the count agrees with the listing and
        the row is refused when asked for by its id: a short page or a lost permission is no deletion."""
        if not ids:
            return
        if self._accelo.count(stream.resource) != self._seen.count(stream.name) - len(ids):
            return
        self._confirm_gone(stream, sorted(ids), reading)

    def _confirm_gone(self, stream: Stream, ids: list[str], reading: Reading) -> None:
        still = self._accelo.get_many(stream.resource, ids, ("id",))
        gone = [id for id in ids if id not in still and self._accelo.get(stream.resource, id, ("id",)) is None]
        with self._state.transaction():
            for row in self._seen.get(stream.name, gone).values():
                if stream in OWN.values():
                    self._seen.put([SeenRow(row.stream, row.id, row.owner, row.stamp, row.row | {"_gone": True})], self._run)
                else:
                    self._seen.forget(stream.name, [row.id])
                key = record_of(stream, row)
                if key:
                    reading.gone.append(key)
                    self._seen.soil([key], "gone", iso(self._setting.clock()))

    def _values(self, kind: Kind, reading: Reading) -> None:
        stream = VALUES[kind]
        began = int(self._accelo.server_now().timestamp())
        rows = [seen_row(stream, row) for row in self._accelo.profile_values(stream.resource)]
        self._keep(stream, rows, reading)
        newest = max((row.stamp or 0 for row in rows), default=0)
        self._seen.set_cursor(stream.name, {"upto": min(newest or began, began)})
        self._seen.forget(stream.name, self._seen.ids(stream.name) - {row.id for row in rows})

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

    def sweep_group(self, name: str, after: int, most: int, reading: Reading) -> tuple[int, int]:
        """Look at up to ``most`` pages of a stream behind the id ``after``. Returns the id reached (0: the end) and the
        pages used. Rows that we knew and the pages did not show are asked for by their ids before they count as gone."""
        stream, resource = BY_NAME[name], BY_NAME[name].resource
        fields = self._shape.accelo_fields["addresses"] if stream is ADDRESSES else ("id",)
        known = sorted(int(id) for id in self._seen.ids(name))
        used = 0
        while used < most:
            bounds: dict[str, list[Any]] = {"id_greater_than": [after]}
            rows = list(islice(self._accelo.list(resource, fields, bounds), PAGE))
            used += 1
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

    def take_addresses(self, rows: list[dict[str, Any]], reading: Reading) -> None:
        """Addresses as a page showed them; whose a new one is, is asked."""
        ids = [str(row["id"]) for row in rows]
        whose = {id: row.owner for id, row in self._seen.get(ADDRESSES.name, ids).items()}
        for kind in ("company", "contact"):
            new = [id for id in ids if id not in whose]
            found = self._accelo.owners(kind, new, self._seen.ids(OWN["accelo", kind].name)) if new else {}
            whose |= {id: f"{kind}:{owner}" for id, owner in found.items()}
        self._keep(ADDRESSES, [seen_row(ADDRESSES, row, whose.get(str(row["id"]))) for row in rows], reading)

    def changes(self) -> Reading:
        """What changed since the cursors, with the overlap read again: one request a stream, whatever the size."""
        reading = Reading(full=False)
        crowded: list[Stream] = []
        self._poll_salesforce(reading)
        for stream in self._shape.polled():
            if stream.side == "salesforce":
                continue
            upto = int(self._seen.cursor(stream.name).get("upto", 0))
            low = max(0, upto - self._overlap)
            if self._seen.count(stream.name, since=low) > CROWD:
                crowded.append(stream)
                low = max(upto, int(self._seen.cursor(stream.name).get("calm", 0)))
            self._poll(stream, low, upto, reading)
            self._beat("read", stream=stream.name)
        if crowded:
            self._count_overlap(crowded, reading)
        return reading

    def closing(self) -> Reading:
        """After many writes: what changed since this run's own reading, ours and others'; the next run may go on from
        here even where the overlap is crowded. Call it two seconds after the last write."""
        reading = Reading(full=False)
        for stream in self._shape.polled():
            if stream.side == "accelo":
                calm = int(self._accelo.server_now().timestamp()) - 1
                self._poll(stream, int(self._seen.cursor(stream.name).get("upto", 0)), 0, reading)
                self._seen.set_cursor(stream.name, self._seen.cursor(stream.name) | {"calm": calm})
                self._beat("check", stream=stream.name)
        if "contact" in self._shape.values:
            self._poll(VALUES["contact"], int(self._seen.cursor(VALUES["contact"].name).get("upto", 0)), 0, reading)
        return reading

    def _poll(self, stream: Stream, low: int, upto: int, reading: Reading) -> None:
        if stream in VALUES.values():
            rows = self._accelo.profile_values(stream.resource, since=low)
            new = max((seen_row(stream, row).stamp or 0 for row in rows), default=upto)
        else:
            changes = self._accelo.changed(stream.resource, low, self._shape.accelo_fields[stream.resource])
            new, rows = int(changes.upto or upto), changes.rows
        with self._state.transaction():
            self._keep(stream, [seen_row(stream, row) for row in rows], reading)
            self._seen.set_cursor(stream.name, self._seen.cursor(stream.name) | {"upto": max(upto, new)})

    def _poll_salesforce(self, reading: Reading) -> None:
        """Both objects in one request. The cursor is the server's clock when the query began, not the newest stamp seen."""
        queries = []
        for stream in streams.SALESFORCE:
            low = int(self._seen.cursor(stream.name).get("upto", 0)) - self._overlap
            fields = self._shape.salesforce_fields[stream.kind or "company"]
            since = since_clause(datetime.fromtimestamp(max(0, low), UTC))
            queries.append(select(fields, stream.resource, since, "SystemModstamp, Id"))
        before = self._setting.clock()
        answers = self._salesforce.batch(queries, all_rows=True)
        offset = self._salesforce.server_now() - self._setting.clock()
        upto = int((before + offset).timestamp()) - 1
        for stream, rows in zip(streams.SALESFORCE, answers, strict=True):
            with self._state.transaction():
                self._keep(stream, [seen_row(stream, row) for row in rows], reading)
                self._seen.set_cursor(stream.name, {"upto": max(upto, int(self._seen.cursor(stream.name).get("upto", 0)))})

    def _count_overlap(self, crowded: list[Stream], reading: Reading) -> None:
        """One of the streams whose overlap is full of what we know is counted; if the count differs, it is read.

        A different stream each run: a row committed late into a crowd is found within as many runs.
        """
        turn = int(self._seen.cursor("overlap").get("turn", 0))
        stream = crowded[turn % len(crowded)]
        self._seen.set_cursor("overlap", {"turn": turn + 1})
        upto = int(self._seen.cursor(stream.name)["upto"])
        low = max(0, upto - self._overlap)
        if stream in VALUES.values():
            return
        there = self._accelo.count(stream.resource, {"date_modified_after": [low - 1]})
        if there != self._seen.count(stream.name, since=low):
            self._poll(stream, low, upto, reading)


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    """An address without what is kept beside it."""
    return {name: value for name, value in row.items() if name not in ("against_id", "against_type")}
