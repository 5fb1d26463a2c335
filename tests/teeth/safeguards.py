"""The safeguards, how each is taken out, and the scene or test that must then fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest import MonkeyPatch

from tests.machine.history import History
from tests.sync import test_plan_properties as properties
from tests.teeth import removals, scenes


@dataclass(frozen=True)
class Safeguard:
    """``remove`` takes it out; ``proof`` passes with it and fails without.
    A proof without history is a test of its own."""

    name: str
    removed: str
    remove: Callable[[MonkeyPatch], None]
    proof: Callable[[History], None]
    caught_by: str = ""

    @property
    def test(self) -> str:
        return self.caught_by or self.proof.__name__


SAFEGUARDS = (
    Safeguard("journal", "no intent is written before a request", removals.no_journal, scenes.an_edit_goes_over),
    Safeguard(
        "two bases",
        "one base for both sides",
        removals.one_base,
        lambda history: properties.test_p6_a_value_that_accelo_shortens_is_never_written_back(),
        "test_p6_a_value_that_accelo_shortens_is_never_written_back",
    ),
    Safeguard(
        "normal form", "values are compared as typed", removals.no_normal_form, scenes.the_same_number_spelt_otherwise
    ),
    Safeguard(
        "marker look-up",
        "a lost creation is not looked for",
        removals.no_marker_search,
        scenes.a_lost_answer_of_a_creation_without_marker,
    ),
    Safeguard(
        "grace",
        "a lost answer is looked up at once",
        removals.no_grace,
        scenes.a_zombie_creation_lands_within_the_grace,
    ),
    Safeguard(
        "overlap", "each reading begins where the last one ended", removals.no_overlap, scenes.a_row_committed_late
    ),
    Safeguard(
        "one transaction",
        "rows, what they make dirty and the cursor are committed apart",
        removals.rows_and_dirt_apart,
        scenes.a_death_at_every_point_of_the_reading,
    ),
    Safeguard(
        "read-back",
        "the base takes what was sent for what is there",
        removals.believe_what_was_sent,
        scenes.somebody_edits_between_our_write_and_the_read_back,
    ),
    Safeguard(
        "base after a write",
        "bases do not move when we write",
        removals.bases_never_move,
        scenes.an_edit_and_then_one_back,
    ),
    Safeguard(
        "read-only asked at each request",
        "it is asked once a run",
        removals.read_only_once_a_run,
        scenes.read_only_is_turned_on_at_every_request,
    ),
    Safeguard("relink by marker", "markers are not seen", removals.no_relink_by_marker, scenes.the_state_is_lost),
    Safeguard(
        "done before",
        "a plan does not know what it did already",
        removals.no_done_before,
        scenes.a_plan_carried_out_again_after_a_death,
    ),
    Safeguard(
        "stale check",
        "the target is not compared with the plan",
        removals.no_stale_check,
        scenes.the_target_was_edited_after_the_plan,
    ),
    Safeguard(
        "inbox", "conflicts are decided without asking", removals.conflicts_decided_alone, scenes.both_sides_typed
    ),
    Safeguard(
        "deletion needs evidence",
        "what a page does not show is gone",
        removals.absence_is_deletion,
        scenes.a_short_page_of_the_sweep,
    ),
    Safeguard(
        "lease epoch", "a run that was stopped is not fenced off", removals.no_epoch, scenes.a_stopped_run_wakes_up
    ),
    Safeguard("brake", "no brake", removals.no_brake, scenes.too_much_at_once),
    Safeguard(
        "conditional write",
        "Salesforce is not asked to refuse what changed",
        removals.unconditional,
        scenes.edited_in_salesforce_between_our_reading_and_our_write,
    ),
    Safeguard(
        "rest of an action",
        "after a lost answer the rest is sent unseen",
        removals.no_second_look,
        scenes.typed_while_a_lost_answer_was_waited_for,
    ),
    Safeguard(
        "given up",
        "what a request carries out late is taken for an edit",
        removals.late_is_an_edit,
        scenes.a_zombie_puts_back_an_older_value,
    ),
    Safeguard(
        "held back",
        "what was held back is forgotten when read-only ends",
        removals.held_back_forgotten,
        scenes.held_back_is_not_pushed,
    ),
)
