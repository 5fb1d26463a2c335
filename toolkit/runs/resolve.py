"""Writes whose answer was lost: looked up, never guessed and never repeated blindly.

| written | is looked for by | none | one | several |
|---|---|---|---|---|
| new in Salesforce | the Accelo id in the unique external-id field | not applied | adopted | – |
| new in Accelo | the Salesforce id in its marker; else made since, same names | not applied | adopted | a question |
| – without marker | made at that moment in the same company, called otherwise | not applied | a question | a question |
| address | owner and title | not applied | applied | applied |
| change | the fields as they are now: as sent, as before, or neither | | applied | superseded |
"""

from __future__ import annotations

from typing import Any

from toolkit.mapping.item_wire import zone_of
from toolkit.mapping.rules import Rules
from toolkit.model import ImportKind, Kind, Question, QuestionKind
from toolkit.runs.import_resolve import ItemResolver
from toolkit.runs.outcome import looked_up
from toolkit.runs.records import Observed
from toolkit.runs.setting import Setting, iso
from toolkit.runs.settle import adopted_bases, bases_after, changes_of
from toolkit.runs.streams import ADDRESSES, AFFILIATIONS, OWN, VALUES, Shape, seen_row
from toolkit.runs.targets import Targets
from toolkit.runs.twins import Twins, squeezed
from toolkit.runs.written import relink
from toolkit.store.journal import Intent, IntentState


class Resolver:
    """Reads only; works the same in read-only mode, in the run that lost the answer and in a later one."""

    def __init__(self, setting: Setting, rules: Rules, shape: Shape, observed: Observed, targets: Targets) -> None:
        self._setting, self._state, self._rules, self._shape = setting, setting.state, rules, shape
        self._observed, self._targets = observed, targets
        self._twins = Twins(setting, rules, shape.site)
        self._fresh: set[tuple[Kind, str]] = set()  # Salesforce records that were read for this look-up

    def resolve(self, run: str) -> dict[str, int]:
        """Settle every unresolved intent; call only when the grace has passed.
        Returns how many ended in which state."""
        ended: dict[str, int] = {}
        intents = self._state.journal.unresolved()
        self._look_ahead([intent for intent in intents if intent.side == "salesforce"])
        for intent in intents:
            state = self._item(intent, run) if intent.kind in ("sale", "ticket") else self._one(intent, run)
            ended[state] = ended.get(state, 0) + 1
        return ended

    def _look_ahead(self, intents: list[Intent]) -> None:
        """A lost group is up to 200 writes: what they touched is read 200 to a request, not one by one."""
        self._twins.look_ahead(intents)
        wanted: dict[Kind, list[str]] = {}
        for intent in intents:
            ids = [intent.target] if intent.target else self._twins.of(intent) if intent.marker else []
            wanted.setdefault(intent.kind, []).extend(id for id in ids if id)
        self._targets.salesforce(wanted)
        self._fresh = {(kind, id) for kind, ids in wanted.items() for id in ids}

    def _again(self, kind: Kind, id: str) -> None:
        """Read a Salesforce record, unless that was just done."""
        if (kind, id) not in self._fresh:
            self._targets.salesforce({kind: [id]})

    def _item(self, intent: Intent, run: str) -> IntentState:
        """A sale or ticket: a run of any kind finishes what an import left."""
        kind: ImportKind = "sale" if intent.kind == "sale" else "ticket"
        zone = zone_of(self._state.get(f"import:{kind}", {}).get("zone"))
        return ItemResolver(self._setting, kind, zone).one(intent, run)

    def _one(self, intent: Intent, run: str) -> IntentState:
        own = OWN[intent.side, intent.kind].resource
        if intent.op == "create" and intent.resource == own:
            return self._created(intent, run)
        if intent.op == "create":
            return self._affiliation(intent, run)
        if intent.op == "address":
            return self._address(intent, run)
        return self._changed(intent, run)

    def _created(self, intent: Intent, run: str) -> IntentState:
        found = self._twins.of(intent)
        if intent.side == "accelo" and not intent.marker and len(found) != 1:
            found = found or self._twins.perhaps(intent)
            if found:  # the next plan asks which of them it is
                note = "A record that was made at that moment may be the one that was being created."
                return self._end(intent, "ambiguous", run, result=" ".join(found), note=note)
        if not found:
            return self._end(intent, "not_applied", run, note="It was looked for and is not there.")
        if len(found) > 1 and not intent.marker:
            self._ask(intent, found, run)
            return self._end(intent, "ambiguous", run, note="Several records could be the one that was being created.")
        id = found[0]  # the lowest; others that carry the marker are found as its twins when the next plan is made
        self._read_whole(intent, id)
        return self._end(intent, "applied", run, result=id, adopted=True)

    def _read_whole(self, intent: Intent, id: str) -> None:
        """Everything of an adopted record, so that its bases can be set by what it holds."""
        if intent.side == "salesforce":
            self._again(intent.kind, id)
            return
        self._targets.accelo_rows(self._rules.of(intent.kind).accelo, [id])
        if intent.kind == "contact":
            self._targets.affiliations_of([id])
        if intent.kind in self._shape.values:
            self._targets.values(intent.kind, [id])

    def _affiliation(self, intent: Intent, run: str) -> IntentState:
        payload = intent.body["payload"]
        self._targets.affiliations_of([str(payload["contact_id"])])
        rows = self._state.seen.owned(AFFILIATIONS.name, [str(payload["contact_id"])]).get(
            str(payload["contact_id"]), []
        )
        here = [row.id for row in rows if str(row.row.get("company")) == str(payload["company_id"])]
        if not here:
            return self._end(intent, "not_applied", run, note="It was looked for and is not there.")
        return self._end(intent, "applied", run, result=min(here, key=int))

    def _address(self, intent: Intent, run: str) -> IntentState:
        owner, title = str(intent.target), str(intent.body["payload"]["title"])
        rows = [
            row
            for row in self._setting.accelo_reader.list(
                "addresses",
                self._shape.accelo_fields["addresses"],
                {"against_type": [intent.kind], "against_id": [owner]},
            )
            if row.get("title") == title
        ]
        self._state.seen.put([seen_row(ADDRESSES, row, f"{intent.kind}:{owner}") for row in rows], run)
        if not rows:
            return self._end(intent, "not_applied", run, note="It was looked for and is not there.")
        return self._end(intent, "applied", run, result=min((str(row["id"]) for row in rows), key=int))

    def _changed(self, intent: Intent, run: str) -> IntentState:
        """Read the target again; the fields say whether the change was applied."""
        target, payload = str(intent.target), intent.body["payload"]
        if intent.side == "salesforce":
            self._again(intent.kind, target)
            row = self._state.seen.get(OWN["salesforce", intent.kind].name, [target]).get(target)
            held = {name: (row.row.get(name) if row else None) for name in payload}
        elif intent.op == "profile":
            self._targets.values(intent.kind, [target])
            values = self._state.seen.owned(VALUES[intent.kind].name, [target]).get(target, [])
            value = next((each for each in values if str(each.row.get("field_id")) == str(payload["field_id"])), None)
            held, target = {"value": value.row.get("value") if value else None}, value.id if value else target
            payload = {"value": payload["value"]}
        else:
            self._targets.accelo_rows(intent.resource, [target])
            got = (
                self._setting.accelo_reader.get(intent.resource, target, tuple(payload))
                if not changes_of(intent)
                else None
            )
            held = {name: (got or {}).get(name) for name in payload}
        changes = changes_of(intent)
        if not changes:
            same = all(squeezed(held.get(name)) == squeezed(value) for name, value in payload.items())
            return self._end(intent, "applied" if same else "not_applied", run, result=target if same else None)
        link = self._state.links.get(intent.pair)
        id = (link.accelo_id if intent.side == "accelo" else link.salesforce_id) if link else None
        record = self._observed.record(intent.side, intent.kind, id) if id else None
        if record is None:
            return self._end(intent, "superseded", run, note="The record is not there any more.")
        own = self._rules.of(intent.kind)
        country = own.country([record])

        def equal(name: str, value: Any) -> bool:
            rule = own.fields.get(name)
            return rule is None or rule.normal(record.fields.get(name), country) == rule.normal(value, country)

        if all(equal(change.field, change.after) for change in changes):
            return self._end(intent, "applied", run, result=target)
        if all(equal(change.field, change.before) for change in changes):
            return self._end(intent, "not_applied", run, note="It was looked for and had not been applied.")
        return self._end(
            intent, "superseded", run, note="The record holds something else now; the next run decides again."
        )

    def _end(
        self,
        intent: Intent,
        state: IntentState,
        run: str,
        *,
        result: str | None = None,
        note: str = "",
        adopted: bool = False,
    ) -> IntentState:
        now = iso(self._setting.clock())
        side, kind = intent.side, intent.kind
        with self._state.transaction():
            looked_up(self._setting, intent, state, result=result, note=note)
            if state == "applied":
                self._applied(intent, result, run, adopted)
            source = (("salesforce", intent.body["salesforce_id"]), ("accelo", intent.body["accelo_id"]))
            self._state.seen.soil([(where, kind, id) for where, id in source if id], f"resolved: {state}", now)  # type: ignore[misc]  # the two sides
            if state == "applied" and result and intent.op == "create" and intent.resource == OWN[side, kind].resource:
                self._state.seen.soil([(side, kind, result)], f"resolved: {state}", now)
        return state

    def _applied(self, intent: Intent, result: str | None, run: str, adopted: bool) -> None:
        rows = self._state.seen.get(OWN[intent.side, intent.kind].name, [result or ""])
        row = rows[result].row if result in rows else None
        relink(self._state, intent, result, row, run)
        link = self._state.links.get(intent.pair)
        id = (link.accelo_id if intent.side == "accelo" else link.salesforce_id) if link else None
        record = self._observed.record(intent.side, intent.kind, id) if id else None
        changes = changes_of(intent)
        if record is not None and changes:
            before = self._state.links.bases(intent.pair)
            bases = (
                adopted_bases(self._rules, intent.kind, intent.side, changes, record)
                if adopted
                else bases_after(self._rules, intent.kind, intent.side, changes, record, before)
            )
            self._state.links.move_bases(intent.pair, bases, run)
        self._state.journal.settle([intent.id])

    def _ask(self, intent: Intent, found: list[str], run: str) -> None:
        """Several records could be the one whose creation was not answered, and no marker tells them apart."""
        body = intent.body
        self._state.inbox.ask(
            [
                Question(
                    key=":".join(
                        [
                            QuestionKind.AMBIGUOUS.value,
                            intent.kind,
                            body["salesforce_id"] or "-",
                            body["accelo_id"] or "-",
                            "lost",
                        ]
                    ),
                    kind=QuestionKind.AMBIGUOUS,
                    record_kind=intent.kind,
                    title=body["title"],
                    salesforce_id=body["salesforce_id"],
                    accelo_id=body["accelo_id"],
                    choices=("leave",),
                    facts={"candidates": found},
                    reason="An answer was lost while this record was created, "
                    "and several records could be the new one.",
                )
            ],
            run,
            iso(self._setting.clock()),
        )
