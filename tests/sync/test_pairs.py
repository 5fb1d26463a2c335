"""Linked pairs, field by field: carried over, asked about, held back, or not to be carried."""

from datetime import UTC, datetime, timedelta

import pytest
from situations import linked, seen
from toy import toy_rules

from toolkit.model import Address, Base, Flag, QuestionKind, RecordState
from toolkit.sync.inputs import Policy

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_each_side_gets_what_the_other_changed():
    world = linked(name="Acme", phone="1", website="a")
    world.edit("salesforce", "company", "001A", phone="2")
    world.edit("accelo", "company", "45", website="b")
    plan = world.sync()
    assert [(action.side, [change.field for change in action.changes]) for action in plan.actions] == [
        ("accelo", ["phone"]),
        ("salesforce", ["website"]),
    ]
    first = plan.actions[0]
    assert (
        first.expected == {"phone": "1"}
        and first.changes[0].before == "1"
        and first.reason == "Changed in Salesforce, not in Accelo."
    )
    assert plan.ledger[0].state is RecordState.UPDATED and plan.ledger[0].action == first.id
    assert not world.plan().actions


def test_p4_a_conflict_waits_with_base_ours_and_theirs():
    world = linked(name="Acme", phone="1")
    world.edit("salesforce", "company", "001A", phone="2", modified=NOON)
    world.edit("accelo", "company", "45", phone="3", modified=NOON)
    plan = world.plan()
    (question,) = plan.questions
    assert not plan.actions and plan.ledger[0].state is RecordState.WAITING
    assert (question.base, question.ours, question.theirs, question.choices) == (
        "1",
        "2",
        "3",
        ("salesforce", "accelo", "keep"),
    )
    assert question.facts["salesforce_modified"] == NOON and question.facts["base_accelo"] == "1"


@pytest.mark.parametrize(
    ("choice", "side", "value"), [("salesforce", "accelo", "2"), ("accelo", "salesforce", "3"), ("keep", None, None)]
)
def test_a_decision_is_an_input_of_the_next_plan(choice, side, value):
    world = linked(name="Acme", phone="1")
    world.edit("salesforce", "company", "001A", phone="2")
    world.edit("accelo", "company", "45", phone="3")
    (question,) = world.plan().questions
    plan = world.sync(decisions={question.key: choice})
    assert [(action.side, action.changes[0].after, action.decided_by) for action in plan.actions] == (
        [(side, value, question.key)] if side else []
    )
    assert not plan.questions
    after = world.plan(decisions={question.key: choice})
    assert not after.actions and not after.questions and not after.base_moves
    world.edit("salesforce", "company", "001A", phone="4")
    world.edit("accelo", "company", "45", phone="5")
    assert (
        world.plan(decisions={question.key: choice}).questions[0].key != question.key
    )  # about two values, not about the next two


@pytest.mark.parametrize("rules", [{"conflict": "salesforce"}, {"conflict:phone": "salesforce", "conflict": "keep"}])
def test_a_decision_can_be_a_rule_for_a_kind_or_a_field(rules):
    world = linked(name="Acme", phone="1")
    world.edit("salesforce", "company", "001A", phone="2")
    world.edit("accelo", "company", "45", phone="3")
    (action,) = world.plan(decision_rules=rules).actions
    assert action.side == "accelo"


def test_a_choice_that_is_not_offered_decides_nothing():
    world = linked(name="Acme", phone="1")
    world.edit("salesforce", "company", "001A", phone="2")
    world.edit("accelo", "company", "45", phone="3")
    plan = world.plan(decision_rules={"conflict": "accelo"}, read_only=True)
    assert not plan.actions and plan.questions[0].choices == ("salesforce", "keep")


def test_the_newest_wins_and_a_field_may_have_its_own_policy():
    world = linked(name="Acme", phone="1", website="a")
    world.rules = toy_rules(website={"policy": "accelo"})
    world.edit("salesforce", "company", "001A", phone="2", website="b", modified=NOON + timedelta(seconds=9))
    world.edit("accelo", "company", "45", phone="3", website="c", modified=NOON)
    plan = world.plan(policy=Policy(conflicts="newest"))
    assert [(action.side, action.changes[0].after) for action in plan.actions] == [("accelo", "2"), ("salesforce", "c")]
    world.edit("salesforce", "company", "001A", modified=NOON - timedelta(seconds=9))
    assert {action.side for action in world.plan(policy=Policy(conflicts="newest")).actions} == {"salesforce"}
    world.edit("salesforce", "company", "001A", modified=NOON + timedelta(seconds=1))
    assert world.plan(policy=Policy(conflicts="newest")).questions[0].field == "phone"


def test_p1_an_accelo_edit_is_held_back_and_sent_only_by_a_confirmed_plan_or_a_decision():
    world = linked(name="Acme", phone="1")
    world.edit("accelo", "company", "45", phone="2")
    plan = world.sync(read_only=True)
    assert not plan.actions and world.bases["P"]["phone"] == Base("1", "1", Flag.HELD)
    by_schedule = world.plan(include_held=False)
    assert seen(by_schedule) == ([], ["held-back"])
    listed = world.plan()
    assert [action.id for action in listed.actions] == ["update:salesforce:P:held"] and listed.questions
    (question,) = by_schedule.questions
    assert question.choices == ("push", "revert", "keep")
    for choice, side in (("push", "salesforce"), ("revert", "accelo"), ("keep", None)):
        decided = world.plan(include_held=False, decisions={question.key: choice})
        assert [action.side for action in decided.actions] == ([side] if side else [])
    world.apply(listed)
    assert world.salesforce["company"]["001A"].fields["phone"] == "2" and seen(world.plan()) == ([], [])


def test_p1_edits_that_nobody_saw_while_read_only_was_on_are_held_back_too():
    world = linked(name="Acme", phone="1")
    world.edit("accelo", "company", "45", phone="2", modified=NOON)
    assert seen(world.plan(held_before=NOON, include_held=False)) == ([], ["held-back"])
    assert seen(world.plan(held_before=NOON - timedelta(seconds=1))) == (["update salesforce"], [])


def test_p4_a_value_that_a_request_put_back_late_is_no_edit():
    """Both sides had moved on from "1" to "2" when a request that was given up on carried out its "1" after all."""
    world = linked(name="Acme", phone="2", website="a")
    late = {("accelo", "company", "45", "phone"): ("0", "1 "), ("salesforce", "company", "001A", "website"): ("b",)}
    world.edit("accelo", "company", "45", phone="1")
    assert seen(world.plan()) == (["update salesforce"], [])
    (question,) = world.plan(late=late).questions
    assert "carried out late" in question.reason and question.choices == ("salesforce", "accelo", "keep")
    assert seen(world.plan(late=late, decisions={question.key: "salesforce"})) == (["update accelo"], [])
    assert world.plan(late=late, policy=Policy(conflicts="newest")).questions  # no policy decides it
    world.edit("salesforce", "company", "001A", website="b")
    assert seen(world.plan(late=late)) == ([], ["conflict", "conflict"])
    world.edit("accelo", "company", "45", phone="3")
    world.edit("salesforce", "company", "001A", website="c")
    assert seen(world.plan(late=late)) == (["update accelo", "update salesforce"], [])


def test_p1_an_address_carries_no_stamp_and_is_held_back_until_all_were_looked_at():
    world = linked(name="Acme", billing=Address("1 High Street"))
    world.edit("accelo", "company", "45", billing=Address("2 High Street"), phone="2", modified=NOON)
    held = world.plan(held_rows=True, include_held=False)
    assert [(action.side, [change.field for change in action.changes]) for action in held.actions] == [
        ("salesforce", ["phone"])
    ]
    assert [question.field for question in held.questions] == ["billing"]
    assert world.plan(include_held=False).questions == ()


def test_a_field_that_may_not_go_to_accelo_offers_no_revert():
    world = linked(name="Acme", phone="1")
    world.rules = toy_rules(phone={"direction": "accelo-to-salesforce"})
    world.edit("accelo", "company", "45", phone="2")
    assert world.plan(held_before=NOON).questions == ()
    world.edit("accelo", "company", "45", modified=NOON)
    assert world.plan(held_before=NOON).questions[0].choices == ("push", "keep")
    world.edit("salesforce", "company", "001A", phone="3")
    assert world.plan().questions[0].choices == ("accelo", "keep")


def test_a_value_that_is_too_long_waits_with_its_length_and_is_never_cut():
    world = linked(name="Acme", phone="1")
    world.edit("salesforce", "company", "001A", phone="1234567890123")
    plan = world.plan()
    (question,) = plan.questions
    assert not plan.actions and question.kind is QuestionKind.CANNOT_CARRY and "13 characters" in question.reason
    assert (question.facts["length"], question.facts["limit"], question.facts["to"]) == (13, 12, "accelo")
    world.sync(decisions={question.key: "leave"})
    assert world.bases["P"]["phone"] == Base("1234567890123", "1", Flag.KEPT) and seen(world.plan()) == ([], [])


def test_an_address_emptied_in_salesforce_cannot_be_carried():
    world = linked(name="Acme", billing=Address("1 High St", "York"))
    world.edit("salesforce", "company", "001A", billing=None)
    assert seen(world.plan()) == ([], ["cannot-carry"])


def test_p20_an_address_that_lost_its_title_is_asked_about():
    world = linked(name="Acme", billing=Address("1 High St", "York"))
    world.edit("accelo", "company", "45", billing=None, refs={})
    plan = world.plan()
    assert seen(plan) == ([], ["conflict"]) and "another title" in plan.questions[0].reason
    (action,) = world.plan(decisions={plan.questions[0].key: "salesforce"}).actions
    assert action.side == "accelo" and action.changes[0].before is None


def test_two_addresses_with_one_title_are_a_question_and_untouched():
    world = linked(name="Acme")
    world.edit("accelo", "company", "45", refs={"ambiguous.billing": "2"})
    del world.accelo["company"]["45"].fields["billing"]
    plan = world.plan()
    assert (
        seen(plan) == ([], ["ambiguous"])
        and plan.questions[0].field == "billing"
        and "2 addresses" in plan.questions[0].reason
    )
    assert seen(world.plan(decisions={plan.questions[0].key: "leave"})) == ([], [])


def test_p20_a_hidden_field_is_not_read_as_a_blank():
    world = linked(name="Acme", phone="1")
    del world.salesforce["company"]["001A"].fields["phone"]
    assert seen(world.plan()) == ([], [])


def test_p18_without_bases_nothing_is_overwritten_without_asking():
    world = linked(name="Acme", phone="1", website="")
    world.bases.clear()
    world.edit("accelo", "company", "45", phone="2", website="b")
    plan = world.plan()
    assert seen(plan) == (["update salesforce"], ["conflict"]) and plan.questions[0].field == "phone"
