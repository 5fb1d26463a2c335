"""Reading both systems: everything, or only what changed since the cursors, into what the state has last seen.

Rows, the records that they make dirty and the new cursor are one transaction, so that a change once read is never
forgotten. A row whose content is the one already known makes nothing dirty: that is what suppresses echoes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from toolkit.clients.salesforce_rows import select, since_clause
from toolkit.model import SIDES, Kind
from toolkit.runs import streams
from toolkit.runs.keep import Reading
from toolkit.runs.missed import unseen
from toolkit.runs.setting import iso
from toolkit.runs.streams import VALUES, Stream, seen_row
from toolkit.runs.unstamped import Unstamped
from toolkit.store.seen import SeenRow

CROWD = 80
"""More known rows than this within the overlap, and the overlap is counted instead of read (a page holds 100)."""

SET_BACK = 120  # seconds; less than this is no clock that was set, and the overlap covers it


class Reader(Unstamped):
    """Reads for one run."""

    def everything(self) -> Reading:
        """Both systems whole; memory stays bounded, rows go to the stores in batches."""
        reading, start = Reading(full=True), iso(self._setting.clock())
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
        self._seen.set_cursor("sweep", {"at": now, "after": {}, "turn": 0, "whole": start})
        return reading

    def _take_all(self, stream: Stream, rows: Iterable[dict[str, Any]], reading: Reading, began: int) -> None:
        ids: set[str] = set()
        newest = 0
        before = self._seen.cursor(stream.name).get("upto")
        low = int(before) - self._overlap if before else None

        def passing() -> Iterable[SeenRow]:
            nonlocal newest
            for row in rows:
                seen = seen_row(stream, row)
                ids.add(seen.id)
                newest = max(newest, seen.stamp or 0)
                if len(ids) % 1000 == 0:
                    self._beat("read", stream=stream.name, done=len(ids))
                yield seen

        self._keep(stream, passing(), reading, low)
        upto = began if stream.side == "salesforce" else min(newest or began, began)
        self._seen.set_cursor(stream.name, {"upto": upto} | ({"calm": began - 2} if stream.side == "accelo" else {}))
        self._beat("read", stream=stream.name, done=len(ids))
        if stream.side == "accelo":
            self._missing(stream, self._seen.live_ids(stream.name) - ids, reading)
        else:
            reading.unshown[stream.name] = unseen(self._seen, stream.name, ids)

    def _values(self, kind: Kind, reading: Reading) -> None:
        stream = VALUES[kind]
        began = int(self._accelo.server_now().timestamp())
        rows = [seen_row(stream, row) for row in self._accelo.profile_values(stream.resource)]
        self._keep(stream, rows, reading)
        newest = max((row.stamp or 0 for row in rows), default=0)
        self._seen.set_cursor(stream.name, {"upto": min(newest or began, began), "calm": began - 2})
        self._seen.forget(stream.name, self._seen.ids(stream.name) - {row.id for row in rows})

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
                low = self._seen_all_until(stream)
            self._poll(stream, low, upto, reading)
            self._beat("read", stream=stream.name)
        if crowded:
            self._count_overlap(crowded, reading)
        return reading

    @property
    def set_back(self) -> bool:
        """Is a stream read further than its system's clock is now? Then that clock was ahead and is right again, and
        what was changed since is stamped with times that count as read."""
        systems = {"salesforce": self._salesforce, "accelo": self._accelo}
        now = {side: systems[side].server_now().timestamp() + SET_BACK for side in SIDES}
        return any(
            self._seen.cursor(stream.name).get("upto", 0) > now[stream.side] for stream in self._shape.polled()
        )

    def closing(self) -> Reading:
        """After many writes: what changed since this run's own reading, ours and others'; the next run may go on from
        here even where the overlap is crowded. Call it two seconds after the last write."""
        reading = Reading(full=False)
        for stream in self._shape.polled():
            if stream.side == "accelo":
                calm = int(self._accelo.server_now().timestamp()) - 1
                self._poll(stream, self._seen_all_until(stream), 0, reading)
                self._seen.set_cursor(stream.name, self._seen.cursor(stream.name) | {"calm": calm})
                self._beat("check", stream=stream.name)
        if "contact" in self._shape.values:
            self._poll(VALUES["contact"], self._seen_all_until(VALUES["contact"]), 0, reading)
        return reading

    def _seen_all_until(self, stream: Stream) -> int:
        """The newest stamp seen, or the time of a reading that saw all there was: many rows may share one old stamp (a
        bulk load), and reading that second again would cost requests by their number.
        Rows committed late are counted."""
        cursor = self._seen.cursor(stream.name)
        return max(int(cursor.get("upto", 0)), int(cursor.get("calm", 0)))

    def _poll(self, stream: Stream, low: int, upto: int, reading: Reading) -> None:
        reading.since[stream.name] = min(low, reading.since.get(stream.name, low))
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
        """Both objects in one request. The cursor is the server's clock when the query began,
        not the newest stamp seen."""
        queries = []
        for stream in streams.SALESFORCE:
            low = int(self._seen.cursor(stream.name).get("upto", 0)) - self._overlap
            reading.since[stream.name] = low
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
                self._seen.set_cursor(
                    stream.name, {"upto": max(upto, int(self._seen.cursor(stream.name).get("upto", 0)))}
                )

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


__all__ = ["CROWD", "Reader", "Reading"]
