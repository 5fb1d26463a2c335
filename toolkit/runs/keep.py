"""Rows into what was last seen, with the records that they make dirty; and rows that are gone, on evidence only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from toolkit.model import Kind, Side
from toolkit.runs.missed import overlooked
from toolkit.runs.setting import Setting, iso
from toolkit.runs.streams import OWN, Shape, Stream, record_of
from toolkit.store.evidence import Evidence
from toolkit.store.seen import SeenRow

BATCH = 500  # rows in one transaction
Key = tuple[Side, Kind, str]


@dataclass
class Reading:
    """What a run read: rows and changed rows by stream; ``full`` when everything was read. ``since``: the Unix second
    from which a stream's changes were asked for. ``missed`` and ``unshown``: see toolkit/runs/missed.py."""

    full: bool
    rows: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    gone: list[Key] = field(default_factory=list)
    missed: dict[str, list[str]] = field(default_factory=dict)
    unshown: dict[str, list[str]] = field(default_factory=dict)

    def table(self) -> Any:
        """Each stream: what it was asked for, and how many of the rows that came were known already."""
        import pandas as pd

        rows = [
            (name, self._asked(name), count, count - self.changed.get(name, 0), self.changed.get(name, 0))
            for name, count in sorted(self.rows.items())
        ]
        return pd.DataFrame(rows, columns=["stream", "asked for", "rows read", "known already", "new or changed"])

    def _asked(self, name: str) -> str:
        if self.since.get(name, 0) > 0:
            return f"changes since {datetime.fromtimestamp(self.since[name], UTC):%Y-%m-%d %H:%M:%S} UTC"
        return "everything" if self.full or name in self.since else "a part, in turn"


class Keeper:
    """Keeps rows for one run. ``beat(step, **numbers)`` tells progress and raises when the run was cancelled."""

    def __init__(self, setting: Setting, run: str, shape: Shape, evidence: Evidence, beat: Callable[..., None]) -> None:
        self._setting, self._run, self._shape, self._evidence, self._beat = setting, run, shape, evidence, beat
        self._state, self._seen = setting.state, setting.state.seen
        self._salesforce, self._accelo = setting.salesforce_reader, setting.accelo_reader
        self._overlap = int(setting.settings.sync.overlap_minutes * 60)

    def _keep(
        self, stream: Stream, rows: Iterable[SeenRow], reading: Reading, low: int | None = None
    ) -> list[SeenRow]:
        """Store rows in batches; each batch with the records that it makes dirty. ``low``: the stamp from which the
        next poll would have asked, where this is a whole reading."""
        changed_rows: list[SeenRow] = []
        batch: list[SeenRow] = []

        def store() -> None:
            with self._state.transaction():
                reading.missed.setdefault(stream.name, []).extend(overlooked(self._seen, stream.name, batch, low))
                changed = self._seen.put(batch, self._run)
                dirty = {key for row in changed if (key := record_of(stream, row))}
                self._seen.soil(sorted(dirty), "changed", iso(self._setting.clock()))
            known = {row.id for row in changed}
            self._evidence.add(
                "raw",
                [
                    {
                        "stream": row.stream,
                        "id": row.id,
                        "owner": row.owner,
                        "stamp": row.stamp,
                        "changed": row.id in known,
                        "body": row.row,
                    }
                    for row in batch
                ],
            )
            reading.rows[stream.name] = reading.rows.get(stream.name, 0) + len(batch)
            reading.changed[stream.name] = reading.changed.get(stream.name, 0) + len(changed)
            changed_rows.extend(SeenRow(row.stream, row.id, row.owner, row.stamp, {}) for row in changed)
            batch.clear()

        for row in rows:
            batch.append(row)
            if len(batch) >= BATCH:
                store()
        store()
        return changed_rows

    def _missing(self, stream: Stream, ids: set[str], reading: Reading) -> None:
        """Rows that we knew and that the whole listing did not show. Gone only if the count agrees with the listing and
        the row is refused when asked for by its id: a short page or a lost permission is no deletion."""
        if not ids:
            return
        if self._accelo.count(stream.resource) != self._seen.count_live(stream.name) - len(ids):
            return
        self._confirm_gone(stream, sorted(ids), reading)

    def _confirm_gone(self, stream: Stream, ids: list[str], reading: Reading) -> None:
        still = self._accelo.get_many(stream.resource, ids, ("id",))
        gone = [id for id in ids if id not in still and self._accelo.get(stream.resource, id, ("id",)) is None]
        with self._state.transaction():
            for row in self._seen.get(stream.name, gone).values():
                if stream in OWN.values():
                    self._seen.put(
                        [SeenRow(row.stream, row.id, row.owner, row.stamp, row.row | {"_gone": True})], self._run
                    )
                else:
                    self._seen.forget(stream.name, [row.id])
                key = record_of(stream, row)
                if key:
                    reading.gone.append(key)
                    self._seen.soil([key], "gone", iso(self._setting.clock()))
