"""The import of sales and tickets, decided without any I/O: who is created, who waits, and with what."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.mapping.item_wire import same
from toolkit.model import ActionType, Base, Item, RecordState
from toolkit.sync.carry import cannot_carry, foreign, marker_in, marker_line, text_of
from toolkit.sync.imports import plan_import
from toolkit.sync.sample import choose_sample, facets
from toolkit.sync.seen import moved, seen
from toolkit.sync.wanted import Choices, Place, money, nearest

OPPORTUNITY, CASE = "006000000000001AAA", "500000000000001AAA"
SALE = Item(
    "sale", OPPORTUNITY, "Website relaunch", "Three phases", "Closed Won", "won", "owner-1", "account-1",
    people=("person-1",), amount="1234.5", currency="AUD", due="2026-03-31", probability="80",
    created="2025-11-02T09:00:00Z", closed="2026-03-30",
)  # fmt: skip
TICKET = Item(
    "ticket", CASE, "Printer on fire", "It burns", "New", "open", "queue-1", "account-1",
    people=("person-1",), priority="High", created="2026-01-01T00:00:00Z", number="00001001",
)  # fmt: skip
PLACE = Place(
    companies={"account-1": "10", "account-2": "20"},
    affiliations={"person-1": ("71", "10"), "person-2": ("72", "20")},
    fallbacks={"20": "72"},
)
CHOICES = Choices(
    type_id="1",
    staff={"owner-1": "5", "queue-1": "6"},
    statuses={"Closed Won": "3", "New": "1"},
    probabilities=(("1", "25"), ("2", "75"), ("3", "100")),
    priorities={"High": "2"},
    class_id="4",
    deployment_currency="AUD",
)


def plan_one(item, place=PLACE, choices=CHOICES, **kwargs):
    plan = plan_import(item.kind, [item], place, choices, same=same, inputs={}, **kwargs)
    assert len(plan.ledger) == 1
    return plan, plan.ledger[0], {c.field: c.after for a in plan.actions for c in a.changes}


def test_a_won_opportunity_becomes_a_sale_with_every_mapped_field():
    plan, row, fields = plan_one(SALE)
    assert row.state is RecordState.CREATED and row.amount == "1234.50"
    assert fields == {
        "affiliation": "71", "comments": text_of(SALE, "AUD"), "due": "2026-03-31", "probability": "2", "staff": "5",
        "status": "3", "success": "yes", "title": "Website relaunch", "type": "1", "value": "1234.50",
    }  # fmt: skip
    assert plan.actions[0].side == "accelo" and plan.actions[0].type is ActionType.CREATE


def test_a_case_becomes_a_ticket_against_its_company():
    _, row, fields = plan_one(TICKET)
    assert row.state is RecordState.CREATED
    assert fields == {
        "affiliation": "71", "class": "4", "company": "10", "description": text_of(TICKET, None), "priority": "2",
        "staff": "6", "status": "1", "title": "Printer on fire", "type": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "place", "state", "reason"),
    [
        (SALE, replace(PLACE, linked={OPPORTUNITY: "900"}), RecordState.UNCHANGED, "imported before"),
        (SALE, replace(PLACE, found={OPPORTUNITY: "900"}), RecordState.UNCHANGED, "found in Accelo by its marker"),
        (replace(SALE, deleted=True), PLACE, RecordState.SKIPPED, "deleted in Salesforce"),
        (replace(SALE, owner="nobody"), PLACE, RecordState.WAITING, "its owner is not mapped"),
        (replace(SALE, status="Odd"), PLACE, RecordState.WAITING, "its status “Odd” is not mapped"),
        (replace(SALE, company="unknown"), PLACE, RecordState.WAITING, "its company is not in Accelo yet"),
        (replace(SALE, company=None, people=()), PLACE, RecordState.WAITING,
         "it has neither a company nor a contact in Accelo"),
        (replace(SALE, people=()), PLACE, RecordState.WAITING, "no contact of its company is in Accelo"),
        (replace(SALE, people=(), company="account-2"), PLACE, RecordState.CREATED, "new sale from Salesforce"),
        (replace(SALE, company=None), PLACE, RecordState.CREATED, "new sale from Salesforce"),
        (replace(TICKET, people=()), PLACE, RecordState.CREATED, "new ticket from Salesforce"),
        (replace(SALE, title="x" * 256), PLACE, RecordState.WAITING,
         "cannot carry: title has 256 characters, Accelo takes 255"),
        (replace(TICKET, text="x" * 32_001), PLACE, RecordState.WAITING,
         f"cannot carry: text has {len(text_of(replace(TICKET, text='x' * 32_001), None))} characters, "
         "Accelo takes 32000"),
    ],
)  # fmt: skip
def test_every_item_ends_in_one_state_with_its_reason(item, place, state, reason):
    plan, row, _ = plan_one(item, place)
    assert (row.state, row.reason) == (state, reason)
    assert bool(plan.actions) == (state is RecordState.CREATED or reason.startswith("found"))


def test_a_contact_of_another_company_is_not_used():
    _, row, fields = plan_one(replace(SALE, company="account-2", people=("person-1",)))
    assert row.state is RecordState.CREATED and fields["affiliation"] == "72"


def test_a_slice_takes_the_chosen_and_leaves_the_others_waiting():
    other = replace(SALE, id="006000000000002AAA")
    plan = plan_import("sale", [other, SALE], PLACE, CHOICES, same=same, inputs={}, chosen=frozenset({SALE.id}))
    assert [(row.id, row.reason) for row in plan.ledger] == [
        (SALE.id, "new sale from Salesforce"), (other.id, "not in this slice")]  # fmt: skip


def test_a_case_without_subject_is_titled_by_its_first_words_and_one_without_any_by_its_number():
    words = " ".join(f"word{n}" for n in range(20))
    assert plan_one(replace(TICKET, title=" ", text=words))[2]["title"] == " ".join(words.split()[:12])
    assert plan_one(replace(TICKET, title="", text=""))[2]["title"] == "Ticket 00001001"


@given(st.permutations([SALE, replace(SALE, id="006000000000002AAA"), replace(SALE, id="006000000000003AAA")]))
def test_p19_the_order_of_the_items_does_not_matter(items):
    assert plan_import("sale", items, PLACE, CHOICES, same=same, inputs={}).hash == plan_import(
        "sale", sorted(items, key=lambda i: i.id), PLACE, CHOICES, same=same, inputs={}).hash  # fmt: skip


def test_p3_planning_again_after_the_import_creates_nothing():
    again = replace(PLACE, linked={SALE.id: "900"})
    assert not plan_import("sale", [SALE], again, CHOICES, same=same, inputs={}).actions


@given(st.text(max_size=200), st.sampled_from([OPPORTUNITY, CASE]))
def test_the_marker_is_found_again_in_any_text(text, id_):
    assert marker_in(text_of(replace(SALE, text=text, id=id_), None)) == id_


def test_text_without_marker_has_none_and_none_is_no_text():
    assert marker_in("Salesforce id: short") is None and marker_in(None) is None
    assert text_of(replace(SALE, text="", created=None, closed=None), None) == marker_line(SALE.id)


def test_a_second_currency_is_named_in_the_text_and_counted():
    euro = replace(SALE, currency="EUR")
    assert "Amount in Salesforce: 1234.5 EUR" in text_of(euro, "AUD")
    assert not foreign(SALE, "AUD") and not foreign(replace(SALE, currency=None), "AUD") and not foreign(euro, None)
    counts = {carry.name: carry.count for carry in cannot_carry([SALE, euro], "AUD")}
    assert counts == {"created-dates": 2, "closed-dates": 2, "second-currency": 1, "history": 2}
    assert cannot_carry([], "AUD") == ()


@pytest.mark.parametrize(
    ("amount", "text"),
    [("10", "10.00"), ("10.005", "10.00"), ("1e3", "1000.00"), (None, None), (" ", None), ("much", None)],
)
def test_money_has_two_places_or_is_nothing(amount, text):
    assert money(amount) == text


@pytest.mark.parametrize(("percent", "id_"), [("80", "2"), ("50", "1"), ("99", "3"), ("0", "1"), (None, None)])
def test_probability_is_the_nearest_listed_the_lower_of_two(percent, id_):
    assert nearest(percent, CHOICES.probabilities) == id_
    assert nearest("50", ()) is None


def test_the_sample_shows_every_status_before_it_shows_one_twice():
    items = [
        replace(SALE, id=f"{n:018d}", status=f"Stage {n % 7}", currency=None, type="New" if n % 2 else None)
        for n in range(50)
    ]
    chosen = choose_sample([*items, TICKET], 8)
    assert TICKET.id in chosen
    assert {item.status for item in items if item.id in chosen} == {f"Stage {n}" for n in range(7)}
    assert len(choose_sample(items, 500)) == 50 and choose_sample(items, 0) == ()


def test_a_record_type_is_worth_seeing_once():
    assert "record type Services" in set(facets(replace(SALE, record_type="Services")))


def test_oddities_are_facets():
    odd = replace(SALE, title="", company=None, people=(), amount=None, text="")
    assert {"no title", "no company", "no contact", "no amount", "no text"} <= set(facets(odd))
    assert {"other script", "line breaks", "several contacts"} <= set(
        facets(replace(SALE, title="株式会社", text="a\nb", people=("1", "2"))))  # fmt: skip


def imported(item, **current):
    """The place after this item was imported as it was."""
    _, _, sent = plan_one(item)
    bases = {name: Base(value, value) for name, value in sent.items()}
    held = None if current.get("unread") else {"900": sent | current} if "gone" not in current else {}
    return replace(PLACE, linked={item.id: "900"}, bases={item.id: bases}, current=held)


UPDATING = replace(CHOICES, updates=True)
RENAMED = replace(SALE, title="Relaunch, phase two", type="changes nothing")


@pytest.mark.parametrize(
    ("item", "place", "choices", "state", "reason"),
    [
        (SALE, imported(SALE), UPDATING, "unchanged", "imported before"),
        (replace(RENAMED, deleted=True), imported(SALE), UPDATING, "unchanged", "imported before"),
        (RENAMED, imported(SALE, unread=True), UPDATING, "unchanged", "imported before; it would be another now"),
        (RENAMED, imported(SALE, gone=True), UPDATING, "unchanged", "imported before; it is not in Accelo any more"),
        (RENAMED, imported(SALE, value="7"), UPDATING, "unchanged",
         "imported before; it would be another now, but somebody worked on it in Accelo"),
        (RENAMED, imported(SALE), CHOICES, "unchanged",
         "imported before; it would be another now, an update is offered"),
        (RENAMED, imported(SALE), UPDATING, "updated", "changed since its import"),
    ],
)  # fmt: skip
def test_a_later_run_updates_only_what_changed_there_and_nobody_touched_here(item, place, choices, state, reason):
    plan, row, fields = plan_one(item, place, choices)
    assert (row.state, row.reason) == (state, reason)
    assert fields == ({"title": RENAMED.title} if state == "updated" else {})
    if state == "updated":
        (action,) = plan.actions
        assert action.accelo_id == "900" and action.side == "accelo"
        assert action.expected["title"] == SALE.title and len(action.expected) > 1


def test_what_the_scope_leaves_out_is_skipped_and_what_was_imported_stays_accounted_for():
    _, row, _ = plan_one(SALE, outside=frozenset({SALE.id}))
    assert (row.state, row.reason) == (RecordState.SKIPPED, "outside the chosen scope")
    assert plan_one(SALE, imported(SALE), outside=frozenset({SALE.id}))[1].reason == "imported before"


def test_the_plan_remembers_what_it_saw_of_its_source():
    plan, _, _ = plan_one(SALE)
    remembered = plan.actions[0].refs["seen"]
    assert moved(remembered, SALE) == () and SALE.title not in remembered
    assert moved(remembered, replace(SALE, amount="1", people=())) == ("contacts", "amount")
    assert moved(remembered, replace(SALE, status="Closed Lost", nature="lost")) == ("status",)


def test_everything_that_a_plan_depends_on_is_remembered_but_for_the_kind_of_line_ends():
    """A field that is added to an item is either watched or named here."""
    apart = {"kind", "id", "deleted"}
    for field in fields(Item):
        other = ("x",) if field.name == "people" else "x"
        assert bool(moved(seen(SALE), replace(SALE, **{field.name: other}))) == (field.name not in apart), field.name
    assert moved(seen(replace(SALE, text="One\r\nTwo")), replace(SALE, text="One\nTwo ")) == ()
    assert len(moved("", SALE)) > 5, "a plan that remembers nothing is carried out for nobody"
