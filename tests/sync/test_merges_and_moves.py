"""Accounts that were merged, and contacts that moved to another account."""

from dataclasses import replace

import pytest
from situations import linked, seen, table
from toy import acc, sf

from toolkit.model import ActionType, Base, Flag, Link, QuestionKind, RecordState
from toolkit.sync.draft import question_key
from toolkit.sync.inputs import Capabilities
from toolkit.sync.moves import follow


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
        world.edit("accelo", "contact", "70", parent="46" if company == "any" else None)
    elif account == "changed":
        world.edit("salesforce", "contact", "003A", parent="001Z" if company == "not linked" else "001B")
        if company.startswith("where the contact is"):
            twin = {"twin@45": "6"} if "twin" in company else {}
            world.edit("accelo", "contact", "70", parent="46", refs={"affiliation": "7", **twin})
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


def test_a_contact_that_is_active_in_the_company_already_keeps_what_stands_there():
    """What was agreed was about the place that it leaves: of its fields nothing is written,
    and no agreement is left."""
    world = people()
    kind = world.rules.contact
    kind.fields["email"] = replace(kind.fields["email"], moves=True)
    world.edit("accelo", "contact", "70", refs={"affiliation": "7", "active@46": "9"})
    world.edit("salesforce", "contact", "003A", parent="001B", email="ann@bolt.example", last_name="Ng")
    (move,) = world.plan().actions
    assert [change.field for change in move.changes] == ["company", "last_name"]
    assert move.bases == {"company": Base("001B", "46"), "email": Base(None, None)}


def test_what_is_left_of_a_move_that_was_cut_off_goes_apart_from_other_changes():
    world = people()
    world.edit("salesforce", "contact", "003A", parent="001B", email="ann@bolt.example")
    world.edit("accelo", "contact", "70", parent="46", refs={"affiliation": "7", "twin@45": "6"})
    move, update = world.plan().actions
    assert (move.type, dict(move.refs), move.bases) == ("move", {"leaves": "6"}, {"company": Base("001B", "46")})
    assert [(each.field, each.before, each.after) for each in move.changes] == [("company", "45", "46")]
    assert [each.field for each in update.changes] == ["email"]


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


def test_a_contact_that_is_in_no_company_any_more_is_told_its_new_place_what_salesforce_holds():
    """Its company was deleted in Accelo. The fields of a place are not blank there: they are not there at all."""
    world = people()
    kind = world.rules.contact
    kind.fields["email"] = replace(kind.fields["email"], moves=True)
    kind.fields["fax"] = replace(kind.fields["email"], name="fax")
    kind.fields["code"] = replace(kind.fields["email"], name="code", limit={"accelo": 2})
    world.bases["C"] |= {"email": Base("ann@x.example", "ann@x.example"), "fax": Base(None, None)}
    world.edit("salesforce", "contact", "003A", parent="001B", email="ann@x.example", fax=None, code="long")
    gone = world.accelo["contact"]["70"]
    fields = {name: value for name, value in gone.fields.items() if name not in ("email", "fax", "code")}
    world.accelo["contact"]["70"] = replace(gone, fields=fields, parent=None, refs={})
    (move,) = world.plan().actions
    assert [(each.field, each.after) for each in move.changes] == [("company", "46"), ("email", "ann@x.example")]
    unsaid = Base(None, None)
    assert move.bases == {"company": Base("001B", "46"), "fax": unsaid, "code": unsaid}


def test_another_affiliation_that_stands_in_for_the_linked_one_is_no_edit():
    """Blanks are filled, and where both are filled a person is asked; then the link goes by that affiliation."""
    world = people()
    kind = world.rules.contact
    kind.fields["email"] = replace(kind.fields["email"], moves=True)
    kind.fields["fax"] = replace(kind.fields["email"], name="fax")
    world.links["C"] = replace(world.links["C"], refs={"affiliation": "7"})
    world.bases["C"] |= {"email": Base("ann@x.example", "ann@x.example"), "fax": Base(None, None)}
    world.edit("salesforce", "contact", "003A", email="ann@x.example", fax=None)
    world.edit("accelo", "contact", "70", email="ann@y.example", fax="1", refs={"affiliation": "9"})
    plan = world.plan()
    assert [(each.type.value, dict(each.refs)) for each in plan.actions if not each.side] == [
        ("repoint", {"affiliation": "9"})
    ]
    assert seen(plan) == (["repoint links", "update salesforce"], ["conflict"])
    assert plan.base_moves["C"]["email"] == Base(None, None)
