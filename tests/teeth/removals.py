"""How each safeguard is taken out of a build: one function is replaced."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from pytest import MonkeyPatch

from tests.sync import test_plan_properties as properties
from toolkit.clients.salesforce import SalesforceWriter
from toolkit.mapping.rules import FieldRule
from toolkit.model import Base
from toolkit.runs import apply, engine, keep, planning, recover, settle, together, write
from toolkit.runs.keep import Keeper
from toolkit.runs.lease import Lease
from toolkit.runs.records import Observed
from toolkit.runs.twins import Twins
from toolkit.store.journal import Journal
from toolkit.store.state import State
from toolkit.sync import pairs
from toolkit.sync.reconcile import Decision, reconcile


def no_journal(patch: MonkeyPatch) -> None:
    patch.setattr(Journal, "intend", lambda *given, **named: None)


def one_base(patch: MonkeyPatch) -> None:
    def settled(field: Any, change: Any, side: Any, held: Any, previous: Any, country: str = "") -> Base:
        return Base(change.after, change.after)

    patch.setattr(properties.ToyWorld.apply.__globals__["settle"].__module__ + ".settle", settled)
    patch.setitem(properties.ToyWorld.apply.__globals__, "settle", settled)


def no_normal_form(patch: MonkeyPatch) -> None:
    patch.setattr(FieldRule, "normal", lambda self, value, country="": str(value or ""))


def no_marker_search(patch: MonkeyPatch) -> None:
    patch.setattr(Twins, "of", lambda self, intent: [])


def no_grace(patch: MonkeyPatch) -> None:
    for module in (apply, recover):
        patch.setattr(module, "wait_for_grace", lambda *given: None)


def no_overlap(patch: MonkeyPatch) -> None:
    made = Keeper.__init__

    def make(self: Keeper, *given: Any) -> None:
        made(self, *given)
        self._overlap = 0

    patch.setattr(Keeper, "__init__", make)


def rows_and_dirt_apart(patch: MonkeyPatch) -> None:
    kept = Keeper._keep

    def keeps(self: Keeper, *given: Any) -> Any:
        state, self._state = self._state, _Loose(self._state)  # type: ignore[assignment]  # a state that cannot hold things together
        try:
            return kept(self, *given)
        finally:
            self._state = state

    patch.setattr(keep.Keeper, "_keep", keeps)
    patch.setattr(State, "transaction", lambda self: nullcontext())


class _Loose:
    def __init__(self, state: State) -> None:
        self._state = state

    def transaction(self) -> Any:
        return nullcontext()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)


def believe_what_was_sent(patch: MonkeyPatch) -> None:
    def settled(field: Any, change: Any, side: Any, held: Any, previous: Any, country: str = "") -> Base:
        return Base(change.after, held) if side == "accelo" else Base(held, change.after)

    patch.setattr(settle, "settle", settled)


def read_only_once_a_run(patch: MonkeyPatch) -> None:
    asked: dict[int, bool] = {}
    begun = engine.Run.__init__
    live = State.read_only.fget  # type: ignore[attr-defined]  # a property has one

    def begin(self: Any, setting: Any, *given: Any, **named: Any) -> None:
        asked[id(setting.state)] = live(setting.state)
        begun(self, setting, *given, **named)

    patch.setattr(engine.Run, "__init__", begin)
    patch.setattr(State, "read_only", property(lambda self: asked.get(id(self), live(self))))


def no_relink_by_marker(patch: MonkeyPatch) -> None:
    found = Observed.records

    def blind(self: Observed, *given: Any) -> Any:
        return {id: replace(record, marker=None) for id, record in found(self, *given).items()}

    patch.setattr(Observed, "records", blind)


def no_stale_check(patch: MonkeyPatch) -> None:
    patch.setattr(together, "moved", lambda *given: "")


def no_done_before(patch: MonkeyPatch) -> None:
    patch.setattr(apply, "done_before", lambda *given: False)
    patch.setattr(apply, "stale", lambda *given: "")


def conflicts_decided_alone(patch: MonkeyPatch) -> None:
    def decide(field: Any, base: Any, s: Any, a: Any, terms: Any) -> Decision:
        decision = reconcile(field, base, s, a, terms)
        return Decision("salesforce-changed", write="accelo", value=s) if decision.ask else decision

    patch.setattr(pairs, "reconcile", decide)


def absence_is_deletion(patch: MonkeyPatch) -> None:
    confirmed = Keeper._confirm_gone

    class Believes:
        def get_many(self, *given: Any) -> dict[str, Any]:
            return {}

        def get(self, *given: Any) -> None:
            return None

    def believe(self: Keeper, *given: Any) -> None:
        reader, self._accelo = self._accelo, Believes()  # type: ignore[assignment]  # the listing is the truth
        try:
            confirmed(self, *given)
        finally:
            self._accelo = reader

    patch.setattr(Keeper, "_confirm_gone", believe)


def no_epoch(patch: MonkeyPatch) -> None:
    patch.setattr(Lease, "check", lambda self: None)


def no_brake(patch: MonkeyPatch) -> None:
    patch.setattr("toolkit.runs.confirm.check_brakes", lambda *given: [])


def unconditional(patch: MonkeyPatch) -> None:
    update = SalesforceWriter.update
    patch.setattr(
        SalesforceWriter, "update", lambda self, obj, id, fields, unmodified_since=None: update(self, obj, id, fields)
    )


def held_back_forgotten(patch: MonkeyPatch) -> None:
    def decide(field: Any, base: Any, s: Any, a: Any, terms: Any) -> Decision:
        forgotten = replace(base, flag="agreed") if base and base.flag == "held" else base
        return reconcile(field, forgotten, s, a, replace(terms, held=False))

    patch.setattr(pairs, "reconcile", decide)


def bases_never_move(patch: MonkeyPatch) -> None:
    for module in (write, settle):
        patch.setattr(module, "bases_after", lambda *given, **named: {})


def no_second_look(patch: MonkeyPatch) -> None:
    overtaken = together.Together._overtaken

    def only_once(self: Any, action: Any, planned: Any) -> bool:
        return action.id not in self._done and overtaken(self, action, planned)

    patch.setattr(together.Together, "_overtaken", only_once)


def late_is_an_edit(patch: MonkeyPatch) -> None:
    patch.setattr(planning, "given_up", lambda *given: {})
