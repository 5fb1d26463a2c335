"""Small scenes, each about one safeguard: with it they pass, without it they must fail (AssertionError)."""

from __future__ import annotations

from tests.machine.faults import FAULTS
from tests.machine.history import History
from toolkit.errors import BrakeHit, LeaseHeld
from toolkit.settings import BrakeSettings

SEARCH = {(name, how.get("seconds")): index for index, (name, how) in enumerate(FAULTS)}
LOST = SEARCH["reset_after_commit", None]
LATE = SEARCH["applied_late", 30]
HIDDEN = SEARCH["late_commit", 300]
ZOMBIE = SEARCH["applied_late", 400]
PHONE, WEBSITE, FIRST_NAME, POSITION = 1, 2, 4, 6


def companies(history: History) -> int:
    return len(history.town.records("accelo", "company"))


def phone(history: History, side: str, who: int = 0) -> str:
    return str(history.town.records(side, "company")[who]["Phone" if side == "salesforce" else "phone"] or "")


def an_edit_goes_over(history: History) -> None:
    history.edit("salesforce", 0, PHONE)
    history.sync()
    history.settle()


def a_lost_answer_of_a_creation_without_marker(history: History) -> None:
    history.create("salesforce", "company", 0)
    history.sync(faults=(("accelo", LOST, 1),))
    history.settle()
    assert companies(history) == 4, f"P3: {companies(history)} companies"


def a_zombie_creation_lands_within_the_grace(history: History) -> None:
    history.create("salesforce", "company", 0)
    history.sync(faults=(("accelo", LATE, 1),))
    history.settle()
    assert not history.windows and companies(history) == 4, f"P3: {companies(history)} companies {history.windows}"


def a_row_committed_late(history: History) -> None:
    """Hidden from one poll, with the stamp that it had; the next ones must find it."""
    history.edit("salesforce", 0, PHONE)
    history.wait(60)
    history.sync(faults=(("salesforce", HIDDEN, 1),))
    history.wait(300)
    history.sync()
    assert phone(history, "accelo") == phone(history, "salesforce"), "a row that was committed late was not found"


def a_death_at_every_point_of_the_reading(history: History) -> None:
    for point in range(1, 45):
        history.edit("salesforce", 0, PHONE)
        history.sync(die_at=point)
        history.sync()
        assert phone(history, "accelo") == phone(history, "salesforce"), (
            f"an edit was forgotten by a death at point {point}"
        )


def the_same_number_spelt_otherwise(history: History) -> None:
    world = history.town.records("salesforce", "company")[0]
    history.lab.edit("salesforce", "Account", world["Id"], {"Phone": "(202) 555-0001"})
    _, result, _ = history.sync()
    assert not sum(result.counts["writes"].values()), "P5: another spelling of the same number was written"


def somebody_edits_between_our_write_and_the_read_back(history: History) -> None:
    """What the read-back shows is not what was sent: it must be asked or carried over, never taken as agreed."""
    history.edit("accelo", 0, PHONE)
    history.sync(amid=((9, "edit", ("salesforce", 0, PHONE)),))
    history.sync()
    same = phone(history, "salesforce") == phone(history, "accelo")
    assert same or history.desk.state.inbox.items(), "P6: two values differ and nobody was told"


def read_only_is_turned_on_at_every_request(history: History) -> None:
    for request in range(1, 14):
        history.edit("accelo", 0, PHONE)
        history.sync(amid=((request, "read_only", (True,)),))
        history.read_only(False)
        history.sync()
        for item in history.desk.state.inbox.items():
            history.desk.state.inbox.decide(
                item.id, "push" if "push" in item.question.choices else "leave", "a person", history.desk.now
            )
        history.sync()


def the_state_is_lost(history: History) -> None:
    """Renamed in Accelo beyond recognition, then the state is gone: only the marker tells which company it is."""
    history.edit("accelo", 0, 0)
    history.edit("accelo", 0, PHONE)
    history.edit("accelo", 0, WEBSITE)
    history.lose_state()
    history.sync()
    history.sync()
    assert companies(history) == 3, f"P18: {companies(history)} companies"


def a_plan_carried_out_again_after_a_death(history: History) -> None:
    history.create("salesforce", "company", 0)
    history.create("salesforce", "company", 0)
    history.plan()
    history.apply(0, amid=((8, "die", ()),))
    history.apply(0)
    assert companies(history) == 5, f"P3: {companies(history)} companies"


def the_target_was_edited_after_the_plan(history: History) -> None:
    history.edit("salesforce", 0, PHONE)
    history.plan()
    history.edit("accelo", 0, PHONE)
    history.apply(0)


def both_sides_typed(history: History) -> None:
    history.edit("salesforce", 0, PHONE)
    history.edit("accelo", 0, PHONE)
    history.sync()


def a_short_page_of_the_sweep(history: History) -> None:
    history.wait(400)
    history.lab.fault("accelo", "short_page", 1, 0, path="/api/v0/(companies|contacts)$", count=0)
    history.sync()


def a_stopped_run_wakes_up(history: History) -> None:
    """Its lock was taken from it, another run went by; what it still meant to send must not go out."""
    history.edit("salesforce", 0, PHONE)
    history.edit("salesforce", 1, PHONE)
    workspace = history.desk.workspace
    run = workspace.open_run("run-900-stopped", "sync", yes=True)
    run.read()
    run.match()
    run.plan()
    run.confirm()
    history.desk.state.next_epoch("another run", history.desk.now)
    before = history.lab.last
    try:
        run.apply()
    except LeaseHeld:
        return
    assert not [row for row in history.lab.requests(before) if row["writes"]], (
        "P17: a stopped run wrote when it woke up"
    )


def too_much_at_once(history: History) -> None:
    settings = history.desk.workspace.settings
    strict = settings.model_copy(update={"brakes": BrakeSettings(updates=0, updates_share=0.0)})
    history.desk.workspace.kept[history.desk.folder] = (strict, history.desk.workspace.rules)
    history.edit("salesforce", 0, PHONE)
    _, _, error = history.sync()
    assert isinstance(error, BrakeHit), "P14: more than the brake allows was written without asking"


def edited_in_salesforce_between_our_reading_and_our_write(history: History) -> None:
    """Salesforce can refuse such a write (If-Unmodified-Since); Accelo cannot, that is window R1."""
    for who, request in enumerate((7, 8, 9)):
        history.edit("accelo", who, PHONE)
        history.sync(amid=((request, "later_edit", ("salesforce", who, PHONE)),))
    assert not history.windows["R1"], "P4: a conditional write was not"


def held_back_is_not_pushed(history: History) -> None:
    history.read_only(True)
    history.edit("accelo", 0, PHONE)
    history.sync()
    history.read_only(False)
    before = phone(history, "salesforce")
    history.sync()
    assert phone(history, "salesforce") == before, "P1: what was held back was pushed by a sync"


def an_edit_and_then_one_back(history: History) -> None:
    """Carried over, then typed over on the other side: an edit like any other, not a conflict."""
    history.edit("salesforce", 0, PHONE)
    history.sync()
    history.edit("accelo", 0, PHONE)
    history.sync()
    assert not history.desk.state.inbox.items() and phone(history, "accelo") == phone(history, "salesforce"), (
        "P5: an echo"
    )


def typed_while_a_lost_answer_was_waited_for(history: History) -> None:
    """The first of two writes for a contact is lost; meanwhile somebody types into the field of the second."""
    history.edit("salesforce", 0, FIRST_NAME)
    history.edit("salesforce", 0, POSITION)
    history.sync(faults=(("accelo", LOST, 1),), amid=((10, "edit", ("accelo", 0, POSITION)),))
    history.settle()


def a_zombie_landed_late(history: History) -> None:
    """Both sides had agreed on a later value by then."""
    history.edit("salesforce", 0, PHONE)
    history.sync(faults=(("accelo", ZOMBIE, 1),))
    history.edit("accelo", 0, PHONE)
    history.sync()
    history.wait(500)
    history.sync()


def a_zombie_puts_back_an_older_value(history: History) -> None:
    a_zombie_landed_late(history)
    history.settle()
    assert not history.windows
