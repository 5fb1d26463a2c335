"""Pairs that are linked: compared, retired, revived, re-pointed, moved."""

from datetime import UTC, datetime, timedelta

import pytest
from test_reconcile import table
from toy import ToyWorld, acc, sf, toy_rules

from toolkit.model import ActionType, Address, Base, Flag, Link, LinkState, QuestionKind, RecordState
from toolkit.sync.draft import question_key
from toolkit.sync.inputs import Capabilities, Policy
from toolkit.sync.linked import plan_link
from toolkit.sync.moves import follow

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def linked(kind="company", **fields):
    """A world with one linked pair that agrees."""
    fields = fields or ({"name": "Acme"} if kind == "company" else {"first_name": "Ann", "last_name": "Lee"})
    world = ToyWorld().put(sf(kind=kind, **fields), acc(kind=kind, **fields))
    world.links["P"] = Link("P", kind, "001A", "45")
    world.bases["P"] = {
        name: Base(world.salesforce[kind]["001A"].fields[name], world.accelo[kind]["45"].fields[name])
        for name in world.rules.of(kind).fields
    }
    return world


def seen(plan):
    """A plan in words: its actions and its questions."""
    return (
        [f"{action.type} {action.side or 'links'}" for action in plan.actions],
        [str(question.kind) for question in plan.questions],
    )


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


# read-only


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


def test_a_field_that_may_not_go_to_accelo_offers_no_revert():
    world = linked(name="Acme", phone="1")
    world.rules = toy_rules(phone={"direction": "accelo-to-salesforce"})
    world.edit("accelo", "company", "45", phone="2")
    assert world.plan(held_before=NOON).questions == ()
    world.edit("accelo", "company", "45", modified=NOON)
    assert world.plan(held_before=NOON).questions[0].choices == ("push", "keep")
    world.edit("salesforce", "company", "001A", phone="3")
    assert world.plan().questions[0].choices == ("accelo", "keep")


# what cannot be carried


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


# deletions


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


# merges


def merged(**winner):
    world = linked(name="Acme", phone="1")
    world.edit("salesforce", "company", "001A", deleted=True, merged_into="001B")
    return world.put(sf("001B", name="Acme", phone="2", **winner))


def test_merged_accounts_re_point_the_link_to_the_winner_and_merge_by_field():
    world = merged()
    plan = world.sync()
    assert seen(plan) == (["repoint accelo", "update accelo"], []) and world.links["P"].salesforce_id == "001B"
    assert world.accelo["company"]["45"].fields["phone"] == "2" and seen(world.plan()) == ([], [])
    assert seen(merged().plan(capabilities=Capabilities(frozenset(), frozenset())))[0][0] == "repoint links"


def test_merged_contacts_re_point_too():
    world = linked("contact")
    world.edit("salesforce", "contact", "001A", deleted=True, merged_into="001B")
    world.put(sf("001B", "contact", first_name="Ann", last_name="Lee"))
    assert seen(world.plan()) == (["repoint accelo"], [])


def two_merged():
    world = merged()
    world.put(acc("46", name="Acme", phone="2"))
    world.links["Q"] = Link("Q", "company", "001B", "46")
    world.bases["Q"] = {
        name: Base(world.salesforce["company"]["001B"].fields[name], world.accelo["company"]["46"].fields[name])
        for name in world.rules.company.fields
    }
    return world


def test_two_linked_accounts_that_were_merged_are_a_question():
    world = two_merged()
    plan = world.plan()
    (question,) = plan.questions
    assert (
        seen(plan) == ([], ["merged"])
        and question.choices == ("leave", "repoint")
        and question.facts["winner_accelo"] == "46"
    )
    left = world.plan(decisions={question.key: "leave"})
    assert seen(left) == (["retire links"], [])
    world.apply(left)
    assert seen(world.plan(decisions={question.key: "leave"})) == ([], [])


def test_the_winner_may_take_the_other_one_as_its_counterpart():
    world = two_merged()
    key = question_key(QuestionKind.MERGED, "company", "001A", "45")
    plan = world.plan(decisions={key: "repoint"})
    assert [(action.type.value, action.pair) for action in plan.actions] == [
        ("retire", "Q"),
        ("repoint", "P"),
        ("update", "P"),
    ]
    assert plan.actions[0].refs == {"unlink": "salesforce"}
    world.apply(plan)
    assert world.links["Q"].salesforce_id is None and world.links["P"].salesforce_id == "001B"


def test_two_losers_of_one_merge_do_not_both_get_the_winner():
    world = merged()
    world.put(sf("001C", name="Third", deleted=True, merged_into="001B"), acc("47", name="Third"))
    world.links["R"] = Link("R", "company", "001C", "47")
    plan = world.plan()
    assert seen(plan) == (["repoint accelo", "update accelo"], ["merged"]) and plan.questions[0].choices == ("leave",)


@pytest.mark.parametrize("winner", ["missing", "deleted", "skipped", "circle"])
def test_a_merge_into_something_that_cannot_be_linked_retires_the_link(winner):
    world = merged(skip="person account") if winner == "skipped" else merged()
    if winner == "missing":
        del world.salesforce["company"]["001B"]
    if winner in ("deleted", "circle"):
        world.edit("salesforce", "company", "001B", deleted=True, merged_into="001A" if winner == "circle" else None)
    plan = world.sync()
    assert seen(plan)[0] == ["retire links"]
    assert next(row for row in world.plan().ledger if row.id == "001A").state is RecordState.SKIPPED


def test_a_chain_of_merges_is_followed_to_its_end():
    world = merged()
    world.edit("salesforce", "company", "001B", deleted=True, merged_into="001C")
    world.put(sf("001C", name="Acme"))
    world.sync()
    assert world.links["P"].salesforce_id == "001C"


# moves


def people(parent="001A"):
    """Two linked companies and a contact of the first one."""
    world = linked()
    world.put(sf("001B", name="Bolt"), acc("46", name="Bolt"))
    world.links["Q"] = Link("Q", "company", "001B", "46")
    world.bases["Q"] = dict(world.bases["P"]) | {"name": Base("Bolt", "Bolt")}
    world.put(
        sf("003A", "contact", first_name="Ann", last_name="Lee", parent=parent),
        acc("70", "contact", first_name="Ann", last_name="Lee", parent="45", refs={"affiliation": "7"}),
    )
    world.links["C"] = Link("C", "contact", "003A", "70")
    world.bases["C"] = {
        "first_name": Base("Ann", "Ann"),
        "last_name": Base("Lee", "Lee"),
        "email": Base(None, None),
        "company": Base("001A", "45"),
    }
    return world


@pytest.mark.parametrize("row", table(follow), ids=" ".join)
def test_a_contact_follows_its_account_as_the_table_says(row):
    account, company, does = row
    world = people()
    if account == "same as at the base":
        world.edit("accelo", "contact", "70", parent="46")
    elif account == "changed":
        world.edit("salesforce", "contact", "003A", parent="001Z" if company == "not linked" else "001B")
        if company == "where the contact is":
            world.edit("accelo", "contact", "70", parent="46")
    elif account == "taken away":
        world.edit("salesforce", "contact", "003A", parent=None)
    else:
        world.edit("salesforce", "contact", "003A", parent=None)
        del world.bases["C"]["company"]
    plan = world.plan()
    row_of = next(row for row in plan.ledger if row.id == "003A")
    assert [action.type.value for action in plan.actions] == (["move"] if does == "move" else [])
    assert bool(plan.base_moves) is (does == "base")
    assert bool(plan.questions) is does.startswith("question")
    assert (row_of.state is RecordState.WAITING) is (does == "waits" or does.startswith("question"))
    world.apply(plan)
    after = world.plan()
    assert not after.actions and not after.base_moves


def test_a_move_carries_the_other_changes_and_names_the_company_to_wait_for():
    world = people()
    world.edit("salesforce", "contact", "003A", parent="001B", email="ann@bolt.example")
    plan = world.sync()
    (move,) = plan.actions
    assert (
        move.type is ActionType.MOVE
        and move.parent == "Q"
        and [change.field for change in move.changes] == ["company", "email"]
    )
    assert move.refs == {"affiliation": "7"} and move.bases == {"company": Base("001B", "46")}
    assert seen(world.plan()) == ([], [])


def test_a_contact_moves_to_a_company_that_is_created_in_the_same_plan():
    world = people()
    world.put(sf("001C", name="Coil"))
    world.edit("salesforce", "contact", "003A", parent="001C")
    plan = world.sync()
    assert seen(plan)[0] == ["create accelo", "move accelo"] and plan.actions[1].parent == "company:001C"
    assert world.accelo["contact"]["70"].parent == "101" and seen(world.plan()) == ([], [])


def test_a_contact_without_an_account_may_be_left_in_its_company():
    world = people()
    world.edit("salesforce", "contact", "003A", parent=None)
    (question,) = world.plan().questions
    world.sync(decisions={question.key: "leave"})
    assert world.bases["C"]["company"] == Base(None, "45", Flag.KEPT) and seen(world.plan()) == ([], [])


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
