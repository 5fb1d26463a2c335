"""An import long after the first: values that came, values that went, and what a scope leaves alone."""

import time
from dataclasses import replace

import pytest

from tests.sync.test_imports import CHOICES, PLACE, SALE, TICKET, UPDATING, imported, plan_one
from toolkit.mapping.item_wire import held
from toolkit.model import Base
from toolkit.sync.sample import choose_sample, facets
from toolkit.sync.wanted import OWN, STAND_IN, TITLE_LENGTH

EARLY = replace(SALE, amount=None, probability=None)


def test_an_amount_that_was_blank_at_the_import_is_filled_where_accelo_has_none():
    plan, row, fields = plan_one(SALE, imported(EARLY, value="0.00", probability=None), UPDATING)
    assert row.reason == "changed since its import" and fields == {"value": "1234.50", "probability": "2"}
    assert plan.actions[0].expected["probability"] is None, "what somebody types there after the plan is seen"


def test_what_somebody_typed_where_salesforce_had_nothing_is_not_written_over():
    place = imported(EARLY, value="700.00", probability="3")
    assert plan_one(SALE, place, UPDATING)[2] == {}, "nothing was kept of it: what is there is not ours"
    place.bases[SALE.id]["value"] = Base(None, "0.00")
    assert plan_one(SALE, place, UPDATING)[1].reason.endswith("but somebody worked on it in Accelo")


def test_what_accelo_filled_in_by_itself_is_ours_to_change_and_nothing_that_somebody_worked_on():
    place = imported(EARLY, value="0.00", probability="1")
    place.bases[SALE.id].update(held({}, {"probability": "1", "value": "0.00"}))
    assert plan_one(SALE, place, UPDATING)[2] == {"value": "1234.50", "probability": "2"}
    other = replace(EARLY, title="Relaunch, phase two")
    place.current["900"]["probability"] = "3"
    assert plan_one(other, place, UPDATING)[2] == {"title": "Relaunch, phase two"}


def test_an_amount_that_is_gone_becomes_none_once():
    gone = replace(SALE, amount=None)
    _, row, fields = plan_one(gone, imported(SALE), UPDATING)
    assert fields == {"value": "0.00"} and row.state == "updated"
    place = imported(SALE, value="0.00")
    place.bases[SALE.id]["value"] = Base("0.00", "0.00")
    assert plan_one(gone, place, UPDATING)[1].reason == "imported before"


def test_any_other_value_that_is_gone_is_said_and_left_to_accelo():
    gone = replace(TICKET, priority=None, people=())
    said = "; without a value now, Accelo keeps its own: affiliation, priority"
    assert plan_one(gone, imported(TICKET), UPDATING)[1].reason == f"imported before{said}"
    _, row, fields = plan_one(replace(gone, title="Smoke"), imported(TICKET), UPDATING)
    assert row.reason == f"changed since its import{said}" and fields == {"title": "Smoke"}


@pytest.mark.parametrize("item", [replace(SALE, owner="nobody", title="Other"), replace(SALE, company="unknown")])
def test_an_imported_item_that_could_not_go_over_now_stays_as_it_is(item):
    assert plan_one(item, imported(SALE), UPDATING)[1].reason == "imported before"


def test_a_scope_leaves_alone_what_was_imported_before_too():
    other = replace(SALE, title="Other")
    plan, row, _ = plan_one(other, imported(SALE), UPDATING, outside=frozenset({SALE.id}))
    assert not plan.actions and row.reason == "imported before; it would be another now, outside the chosen scope"


def test_a_found_sale_of_which_nothing_is_kept_is_left_as_it_is():
    place = replace(imported(SALE), bases={})
    assert plan_one(replace(SALE, title="Other"), place, UPDATING)[1].reason == "imported before"


def test_a_title_made_of_a_description_is_never_too_long():
    address = "https://example.com/" + "x" * 400
    assert plan_one(replace(TICKET, title="", text=address))[2]["title"] == address[:TITLE_LENGTH]


def test_the_plan_says_whether_the_contact_is_the_records_own():
    def why(item):
        plan, _, _ = plan_one(item, PLACE, CHOICES)
        return next((c.reason for c in plan.actions[0].changes if c.field == "affiliation"), None)

    assert why(SALE) == OWN and why(replace(SALE, company="account-2")) == STAND_IN
    assert why(replace(TICKET, company="account-2")) is None


def test_a_ticket_whose_case_went_to_another_company_keeps_company_and_contact():
    """A contact of that company on a ticket of this one would be told what is not theirs."""
    said = "; at another company now, Accelo keeps company and contact"
    for people in (("person-2",), ("person-1",)):
        moved = replace(TICKET, company="account-2", people=people)
        plan, row, _ = plan_one(moved, imported(TICKET), UPDATING)
        assert not plan.actions and row.reason == f"imported before{said}"
    _, row, fields = plan_one(replace(moved, title="Smoke"), imported(TICKET), UPDATING)
    assert fields == {"title": "Smoke"} and row.reason == f"changed since its import{said}"


def test_p19_a_large_sample_is_the_same_as_step_by_step_and_does_not_take_hours():
    items = [replace(SALE, id=f"{n:018d}", status=f"Stage {n % 7}", owner=f"owner-{n % 50}") for n in range(20_000)]
    remaining, seen, slowly = {item.id: frozenset(facets(item)) for item in items}, frozenset(), []
    while len(slowly) < 80:
        slowly.append(min(remaining, key=lambda id_: (-len(remaining[id_] - seen), id_)))
        seen |= remaining.pop(slowly[-1])
    assert choose_sample(items, 80) == tuple(slowly)
    began = time.process_time()
    assert len(set(choose_sample(items, 15_000))) == 15_000 and time.process_time() - began < 10
