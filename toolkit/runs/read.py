"""Reading both systems: everything, or only what changed since the cursors, into what the state has last seen.

Rows, the records that they make dirty and the new cursor are one transaction, so that a change once read is never
forgotten. A row whose content is the one already known makes nothing dirty: that is what suppresses echoes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from toolkit.model import Kind, Side
from toolkit.runs import streams
from toolkit.runs.addresses import owners
from toolkit.runs.setting import Setting, iso
from toolkit.runs.streams import ADDRESSES, ALL, OWN, VALUES, Shape, Stream, record_of, seen_row
from toolkit.store.evidence import Evidence
from toolkit.store.seen import SeenRow

CROWD = 80
"""More known rows than this within the overlap, and the overlap is counted instead of read (a page holds 100)."""
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
        self._seen.set_cursor("sweep", {"done_at": now, "after": {}})
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
        """All addresses; whose they are is asked only for those that were not known."""
        rows = list(self._accelo.list("addresses", self._shape.accelo_fields["addresses"]))
        self.take_addresses(rows, reading)
        self._seen.forget(ADDRESSES.name, self._seen.ids(ADDRESSES.name) - {str(row["id"]) for row in rows})

    def take_addresses(self, rows: list[dict[str, Any]], reading: Reading) -> None:
        known = {id: row.owner for id, row in self._seen.get(ADDRESSES.name, [str(row["id"]) for row in rows]).items()}
        new = sorted({str(row["id"]) for row in rows} - known.keys(), key=int)
        whose: dict[str, str | None] = dict(known)
        if new:
            candidates = {"company": self._candidates("company"), "contact": self._candidates("contact")}
            whose |= owners(self._accelo, new, candidates)
        self._keep(ADDRESSES, [seen_row(ADDRESSES, row, whose.get(str(row["id"]))) for row in rows], reading)

    def _candidates(self, kind: Kind) -> list[str]:
        return sorted(self._seen.ids(OWN["accelo", kind].name), key=int)

    def changes(self) -> Reading:
        """What changed since the cursors, with the overlap read again: one request a stream, whatever the size."""
        reading = Reading(full=False)
        crowded: list[Stream] = []
        for stream in self._shape.polled():
            upto = int(self._seen.cursor(stream.name).get("upto", 0))
            low = max(0, upto - self._overlap)
            if stream.side == "accelo" and self._seen.count(stream.name, since=low) > CROWD:
                crowded.append(stream)
                low = upto
            self._poll(stream, low, upto, reading)
            self._beat("read", stream=stream.name)
        if crowded:
            self._count_overlap(crowded, reading)
        return reading

    def _poll(self, stream: Stream, low: int, upto: int, reading: Reading) -> None:
        if stream.side == "salesforce":
            asked = self._shape.salesforce_fields[stream.kind or "company"]
            changes = self._salesforce.changed(stream.resource, asked, datetime.fromtimestamp(low, UTC))
            new, rows = int(changes.upto.timestamp()), changes.rows
        elif stream in VALUES.values():
            rows = self._accelo.profile_values(stream.resource, since=low)
            new = max((seen_row(stream, row).stamp or 0 for row in rows), default=upto)
        else:
            changes = self._accelo.changed(stream.resource, low, self._shape.accelo_fields[stream.resource])
            new, rows = int(changes.upto or upto), changes.rows
        with self._state.transaction():
            self._keep(stream, [seen_row(stream, row) for row in rows], reading)
            self._seen.set_cursor(stream.name, {"upto": max(upto, new)})

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
