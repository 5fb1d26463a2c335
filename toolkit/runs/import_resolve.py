"""Sales and tickets whose answer was lost: looked up by the marker line in their text, never guessed, never repeated.

| written | is looked for by | none | one or more |
|---|---|---|---|
| new sale or ticket | its marker, among those made since | not applied | the lowest is adopted |
| change | the fields as they are now: as sent, or not | not applied | applied |
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from toolkit.mapping.item_wire import READS, TEXTS, held, item_values, same
from toolkit.model import ImportKind, Link, LinkState, Value
from toolkit.runs.outcome import looked_up
from toolkit.runs.setting import Setting
from toolkit.runs.settle import changes_of
from toolkit.store.journal import Intent, IntentState
from toolkit.sync.carry import marker_in

SKEW = timedelta(minutes=5)
"""How far the clock of Accelo's answers may be from that of its stamps, when "made since" is asked."""


class ItemResolver:
    """Reads Accelo only; the same in the run that lost the answer and in a later one."""

    def __init__(self, setting: Setting, kind: ImportKind, zone: ZoneInfo) -> None:
        self._setting, self._state, self._kind, self._zone = setting, setting.state, kind, zone

    def resolve(self, run: str) -> Iterator[tuple[Intent, IntentState]]:
        """Settle every unresolved intent of this kind; call only when the grace has passed."""
        for intent in self._state.journal.unresolved():
            if intent.kind == self._kind:
                yield intent, self.one(intent, run)

    def one(self, intent: Intent, run: str) -> IntentState:
        fields = tuple(sorted({"id", *READS[self._kind].values()}))
        if intent.op == "create":
            rows = [
                row
                for row in self._candidates(intent, fields)
                if marker_in(row.get(TEXTS[self._kind])) == intent.marker
            ]
            rows.sort(key=lambda row: int(row["id"]))
            if not rows:
                return self._end(intent, "not_applied", run, "It was looked for and is not there.")
            return self._end(intent, "applied", run, "", rows[0])
        row = self._setting.accelo_reader.get(intent.resource, intent.target or "", fields)
        if row is None:
            return self._end(intent, "superseded", run, "The record is not there any more.")
        now = item_values(self._kind, row, self._zone)
        sent = {change.field: change.after for change in changes_of(intent)}
        if all(same(name, value, now[name]) for name, value in sent.items() if name in now):
            return self._end(intent, "applied", run, "", row)
        return self._end(intent, "not_applied", run, "It was looked for and had not been applied.")

    def _candidates(self, intent: Intent, fields: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """Those made since the request left, whatever else they are: one short listing."""
        since = int((datetime.fromisoformat(intent.body.get("there") or intent.made_at) - SKEW).timestamp())
        stamp = "date_created_after" if self._kind == "sale" else "date_submitted_after"
        return self._setting.accelo_reader.list(intent.resource, fields, {stamp: [since - 1]})

    def _end(
        self, intent: Intent, state: IntentState, run: str, note: str, row: dict[str, Any] | None = None
    ) -> IntentState:
        with self._state.transaction():
            result = str(row["id"]) if row else None
            looked_up(self._setting, intent, state, result=result, note=note)
            if state == "applied" and row:
                read = item_values(self._kind, row, self._zone)
                body = intent.body
                link = Link(intent.pair, intent.kind, body["salesforce_id"], result, LinkState.LINKED)
                self._state.links.put(link, run)
                sent: dict[str, Value] = {change.field: change.after for change in changes_of(intent)}
                told = read if intent.op == "create" else {name: read[name] for name in sent if name in read}
                self._state.links.move_bases(intent.pair, held(sent, told), run)
                self._state.journal.settle([intent.id])
        return state
