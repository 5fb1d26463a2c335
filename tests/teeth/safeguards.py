"""The safeguards, how each is taken out by replacing one function, and the scene or test that must then fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from pytest import MonkeyPatch

from tests.machine.history import History
from tests.sync import test_plan_properties as properties
from tests.teeth import scenes
from toolkit.clients.salesforce import SalesforceWriter
from toolkit.mapping.rules import FieldRule
from toolkit.model import Base
from toolkit.runs import apply, engine, keep, recover, settle, write
from toolkit.runs.keep import Keeper
from toolkit.runs.lease import Lease
from toolkit.runs.records import Observed
from toolkit.runs.twins import Twins
from toolkit.store.journal import Journal
from toolkit.store.state import State
from toolkit.sync import pairs
from toolkit.sync.reconcile import Decision, reconcile


@dataclass(frozen=True)
class Safeguard:
    """``remove`` takes it out; ``proof`` passes with it and fails without. A proof without history is a test of its own."""

    name: str
    removed: str
    remove: Callable[[MonkeyPatch], None]
    proof: Callable[[History], None]
    caught_by: str = ""

    @property
    def test(self) -> str:
        return self.caught_by or self.proof.__name__


def _no_journal(patch: MonkeyPatch) -> None:
    patch.setattr(Journal, "intend", lambda *given, **named: None)


def _one_base(patch: MonkeyPatch) -> None:
    def settled(field: Any, change: Any, side: Any, held: Any, previous: Any, country: str = "") -> Base:
        return Base(change.after, change.after)

    patch.setattr(properties.ToyWorld.apply.__globals__["settle"].__module__ + ".settle", settled)
    patch.setitem(properties.ToyWorld.apply.__globals__, "settle", settled)


def _no_normal_form(patch: MonkeyPatch) -> None:
    patch.setattr(FieldRule, "normal", lambda self, value, country="": str(value or ""))


def _no_marker_search(patch: MonkeyPatch) -> None:
    patch.setattr(Twins, "of", lambda self, intent: [])


def _no_grace(patch: MonkeyPatch) -> None:
    for module in (apply, recover):
        patch.setattr(module, "wait_for_grace", lambda *given: None)


def _no_overlap(patch: MonkeyPatch) -> None:
    made = Keeper.__init__

    def make(self: Keeper, *given: Any) -> None:
        made(self, *given)
        self._overlap = 0

    patch.setattr(Keeper, "__init__", make)


def _rows_and_dirt_apart(patch: MonkeyPatch) -> None:
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


def _believe_what_was_sent(patch: MonkeyPatch) -> None:
    def settled(field: Any, change: Any, side: Any, held: Any, previous: Any, country: str = "") -> Base:
        return Base(change.after, held) if side == "accelo" else Base(held, change.after)

    patch.setattr(settle, "settle", settled)


def _read_only_once_a_run(patch: MonkeyPatch) -> None:
    asked: dict[int, bool] = {}
    begun = engine.Run.__init__
    live = State.read_only.fget  # type: ignore[attr-defined]  # a property has one

    def begin(self: Any, setting: Any, *given: Any, **named: Any) -> None:
        asked[id(setting.state)] = live(setting.state)
        begun(self, setting, *given, **named)

    patch.setattr(engine.Run, "__init__", begin)
    patch.setattr(State, "read_only", property(lambda self: asked.get(id(self), live(self))))


def _no_relink_by_marker(patch: MonkeyPatch) -> None:
    found = Observed.records

    def blind(self: Observed, *given: Any) -> Any:
        return {id: replace(record, marker=None) for id, record in found(self, *given).items()}

    patch.setattr(Observed, "records", blind)


def _no_stale_check(patch: MonkeyPatch) -> None:
    patch.setattr(apply, "moved", lambda *given: "")


def _no_done_before(patch: MonkeyPatch) -> None:
    patch.setattr(apply, "done_before", lambda *given: False)
    patch.setattr(apply, "stale", lambda *given: "")


def _conflicts_decided_alone(patch: MonkeyPatch) -> None:
    def decide(field: Any, base: Any, s: Any, a: Any, terms: Any) -> Decision:
        decision = reconcile(field, base, s, a, terms)
        return Decision("salesforce-changed", write="accelo", value=s) if decision.ask else decision

    patch.setattr(pairs, "reconcile", decide)


def _absence_is_deletion(patch: MonkeyPatch) -> None:
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


def _no_epoch(patch: MonkeyPatch) -> None:
    patch.setattr(Lease, "check", lambda self: None)


def _no_brake(patch: MonkeyPatch) -> None:
    patch.setattr("toolkit.runs.confirm.check_brakes", lambda *given: [])


def _unconditional(patch: MonkeyPatch) -> None:
    update = SalesforceWriter.update
    patch.setattr(
        SalesforceWriter, "update", lambda self, obj, id, fields, unmodified_since=None: update(self, obj, id, fields)
    )


def _held_back_forgotten(patch: MonkeyPatch) -> None:
    def decide(field: Any, base: Any, s: Any, a: Any, terms: Any) -> Decision:
        forgotten = replace(base, flag="agreed") if base and base.flag == "held" else base
        return reconcile(field, forgotten, s, a, replace(terms, held=False))

    patch.setattr(pairs, "reconcile", decide)


def _bases_never_move(patch: MonkeyPatch) -> None:
    for module in (write, settle):
        patch.setattr(module, "bases_after", lambda *given, **named: {})


SAFEGUARDS = (
    Safeguard("journal", "no intent is written before a request", _no_journal, scenes.an_edit_goes_over),
    Safeguard(
        "two bases",
        "one base for both sides",
        _one_base,
        lambda history: properties.test_p6_a_value_that_accelo_shortens_is_never_written_back(),
        "test_p6_a_value_that_accelo_shortens_is_never_written_back",
    ),
    Safeguard("normal form", "values are compared as typed", _no_normal_form, scenes.the_same_number_spelt_otherwise),
    Safeguard(
        "marker look-up",
        "a lost creation is not looked for",
        _no_marker_search,
        scenes.a_lost_answer_of_a_creation_without_marker,
    ),
    Safeguard(
        "grace", "a lost answer is looked up at once", _no_grace, scenes.a_zombie_creation_lands_within_the_grace
    ),
    Safeguard("overlap", "each reading begins where the last one ended", _no_overlap, scenes.a_row_committed_late),
    Safeguard(
        "one transaction",
        "rows, what they make dirty and the cursor are committed apart",
        _rows_and_dirt_apart,
        scenes.a_death_at_every_point_of_the_reading,
    ),
    Safeguard(
        "read-back",
        "the base takes what was sent for what is there",
        _believe_what_was_sent,
        scenes.somebody_edits_between_our_write_and_the_read_back,
    ),
    Safeguard(
        "base after a write", "bases do not move when we write", _bases_never_move, scenes.an_edit_and_then_one_back
    ),
    Safeguard(
        "read-only asked at each request",
        "it is asked once a run",
        _read_only_once_a_run,
        scenes.read_only_is_turned_on_at_every_request,
    ),
    Safeguard("relink by marker", "markers are not seen", _no_relink_by_marker, scenes.the_state_is_lost),
    Safeguard(
        "done before",
        "a plan does not know what it did already",
        _no_done_before,
        scenes.a_plan_carried_out_again_after_a_death,
    ),
    Safeguard(
        "stale check",
        "the target is not compared with the plan",
        _no_stale_check,
        scenes.the_target_was_edited_after_the_plan,
    ),
    Safeguard("inbox", "conflicts are decided without asking", _conflicts_decided_alone, scenes.both_sides_typed),
    Safeguard(
        "deletion needs evidence",
        "what a page does not show is gone",
        _absence_is_deletion,
        scenes.a_short_page_of_the_sweep,
    ),
    Safeguard("lease epoch", "a run that was stopped is not fenced off", _no_epoch, scenes.a_stopped_run_wakes_up),
    Safeguard("brake", "no brake", _no_brake, scenes.too_much_at_once),
    Safeguard(
        "conditional write",
        "Salesforce is not asked to refuse what changed",
        _unconditional,
        scenes.edited_in_salesforce_between_our_reading_and_our_write,
    ),
    Safeguard(
        "held back",
        "what was held back is forgotten when read-only ends",
        _held_back_forgotten,
        scenes.held_back_is_not_pushed,
    ),
)
