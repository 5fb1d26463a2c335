"""Links over the years: retired, revived, gone, created again."""

import pytest
from situations import linked, seen, table
from toy import ToyWorld, sf

from toolkit.model import Link, LinkState, RecordState
from toolkit.sync.linked import plan_link

ACTIONS = {
    "compare": ([], []),
    "nothing": ([], []),
    "retire": (["retire links"], []),
    "repoint": (["repoint accelo"], []),
    "revive": (["revive links"], []),
    "waits": ([], []),
}


@pytest.mark.parametrize("row", table(plan_link), ids=" ".join)
def test_a_pair_is_treated_as_its_table_says(row):
    state, salesforce, accelo, does = row
    world = linked()
    world.links["P"] = Link("P", "company", "001A", "45", LinkState(state))
    if salesforce in ("deleted", "merged"):
        world.edit(
            "salesforce", "company", "001A", deleted=True, merged_into="001B" if salesforce == "merged" else None
        )
        world.put(sf("001B", name="Acme"))
    if salesforce == "not read":
        world.salesforce["company"].clear()
    if accelo == "gone":
        world.edit("accelo", "company", "45", deleted=True)
    if accelo == "not read":
        world.accelo["company"].clear()
    plan = world.plan(touched=frozenset([("salesforce", "company", "001A"), ("accelo", "company", "45")]))
    actions = [action for action in plan.actions if action.pair == "P"]
    expected, asks = ACTIONS.get(does.split(",")[0], ([], [])), "ask" in does
    assert [f"{action.type} {action.side or 'links'}" for action in actions] == expected[0]
    assert bool(plan.questions) is asks


def test_a_deleted_account_retires_the_link_and_touches_nothing():
    world = linked()
    world.edit("salesforce", "company", "001A", deleted=True)
    plan = world.sync()
    assert seen(plan) == (["retire links"], ["deleted-in-salesforce"]) and plan.questions[0].choices == ("leave",)
    again = world.plan()
    assert seen(again) == ([], ["deleted-in-salesforce"]) and again.ledger[0].state is RecordState.SKIPPED
    assert seen(world.plan(decisions={plan.questions[0].key: "leave"})) == ([], [])


def test_a_deleted_contact_may_be_made_inactive_by_a_person_once():
    world = linked("contact")
    world.edit("salesforce", "contact", "001A", deleted=True)
    world.salesforce["contact"]["001A"].fields.clear()  # a trace of a deletion shows no fields
    (question,) = world.sync().questions
    assert question.title == "Ann Lee"
    plan = world.sync(decisions={question.key: "deactivate"})
    assert seen(plan) == (["deactivate accelo"], []) and plan.actions[0].decided_by == question.key
    assert seen(world.plan(decisions={question.key: "deactivate"})) == ([], [])


def test_deleted_on_both_sides_is_the_end_of_it():
    world = linked()
    world.edit("salesforce", "company", "001A", deleted=True)
    world.edit("accelo", "company", "45", deleted=True)
    assert seen(world.sync()) == (["retire links"], []) and seen(world.plan()) == ([], [])


def test_gone_in_accelo_is_never_created_again_by_itself():
    world = linked(name="Acme", phone="1")
    world.edit("accelo", "company", "45", deleted=True)
    plan = world.sync()
    (question,) = plan.questions
    assert seen(plan) == (["retire links"], ["gone-in-accelo"])
    assert world.plan().ledger[0].state is RecordState.WAITING
    assert world.plan(decisions={question.key: "leave"}).ledger[0].state is RecordState.SKIPPED
    world.sync(decisions={question.key: "create-again"})
    assert world.links["P"].accelo_id == "101" and world.accelo["company"]["101"].fields["phone"] == "1"
    assert seen(world.plan(decisions={question.key: "create-again"})) == ([], [])


def test_gone_in_accelo_while_salesforce_was_not_read_retires_the_link_only():
    world = linked()
    world.edit("accelo", "company", "45", deleted=True)
    world.salesforce["company"].clear()
    assert seen(world.plan()) == (["retire links"], [])


def test_undeleted_revives_the_link_and_compares_with_the_kept_base():
    world = linked(name="Acme", phone="1")
    world.edit("salesforce", "company", "001A", deleted=True)
    world.sync()
    world.edit("salesforce", "company", "001A", deleted=False, phone="2")
    plan = world.sync()
    assert seen(plan) == (["revive links", "update accelo"], []) and seen(world.plan()) == ([], [])


def test_an_undeleted_contact_is_revived_too():
    world = linked("contact")
    world.links["P"] = Link("P", "contact", "001A", "45", LinkState.RETIRED)
    assert seen(world.plan()) == (["revive links"], [])


def test_a_record_that_became_a_person_account_is_skipped_with_the_reason():
    world = linked()
    world.put(sf(name="Acme", phone="2", skip="It is a person account."))
    plan = world.plan()
    assert seen(plan) == ([], []) and plan.ledger[0].reason == "It is a person account."


def test_a_link_that_lost_its_record_is_nobody_s():
    world = ToyWorld()
    world.links["P"] = Link("P", "company", None, "45", LinkState.RETIRED)
    world.links["Q"] = Link("Q", "company", "001A", None, LinkState.RETIRED)
    world.put(sf(name="Acme"))
    plan = world.plan()
    assert seen(plan) == ([], []) and plan.ledger[0].reason == "Its link is retired."


def test_an_untouched_pair_is_not_looked_at():
    world = linked(name="Acme", phone="1")
    world.edit("salesforce", "company", "001A", phone="2")
    assert not world.plan(touched=frozenset([("accelo", "company", "99"), ("salesforce", "contact", "001A")])).ledger
    assert world.plan(touched=frozenset([("accelo", "company", "45")])).actions
