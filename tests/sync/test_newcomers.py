"""Records without a link: linked where it is certain, asked about where it is not, never made twice."""

import pytest
from situations import in_words as seen
from situations import rows
from toy import ToyWorld, acc, sf

from toolkit.model import ActionType, Base, Flag, QuestionKind, RecordState
from toolkit.sync.inputs import Capabilities, Policy

ANN = {"first_name": "Ann", "last_name": "Lee"}


def test_a_new_account_becomes_a_company_and_its_contact_follows_in_the_same_plan():
    world = ToyWorld().put(sf("001A", name="Acme", phone="1"), sf("003A", "contact", **ANN, parent="001A"))
    plan = world.sync()
    company, contact = plan.actions
    assert (company.type, company.side, company.pair, company.accelo_id) == (
        ActionType.CREATE,
        "accelo",
        "company:001A",
        None,
    )
    assert [(change.field, change.before, change.after) for change in company.changes] == [
        ("name", None, "Acme"),
        ("phone", None, "1"),
    ]
    assert company.bases["website"] == Base(None, None) and contact.parent == company.pair
    assert world.accelo["contact"]["102"].parent == "101" and world.accelo["company"]["101"].marker == "001A"
    assert {row.state for row in plan.ledger} == {RecordState.CREATED}


def test_alike_companies_are_linked_and_salesforce_wins_in_the_open():
    world = ToyWorld().put(
        sf(name="Acme", website="acme.example", phone="1"),
        acc(name="ACME", website="acme.example", phone="2", type="kept"),
    )
    plan = world.sync()
    assert seen(plan) == (["link company accelo", "update company accelo"], [])
    link, update = plan.actions
    assert "same name, same domain" in link.reason and link.bases["website"] == Base("acme.example", "acme.example")
    assert [(change.field, change.rule) for change in update.changes] == [
        ("name", "first-link-salesforce-wins"),
        ("phone", "first-link-salesforce-wins"),
    ]
    assert link.bases["type"] == Base(None, "kept", Flag.KEPT) and seen(world.plan()) == ([], [])


def test_a_blank_never_overwrites_a_filled_value_when_records_are_linked():
    world = ToyWorld().put(sf(name="Acme", website="a", phone=""), acc(name="Acme", website="a", phone="2"))
    assert [(action.side, action.changes[0].after) for action in world.plan().actions if action.changes] == [
        ("salesforce", "2")
    ]
    in_read_only = world.sync(read_only=True)
    assert seen(in_read_only) == (["link company accelo"], [])
    assert world.bases["company:001A"]["phone"].flag is Flag.HELD
    assert seen(world.plan(include_held=False)) == ([], ["held-back"])


@pytest.mark.parametrize(
    ("able", "marked", "read_only", "side"),
    [
        (Capabilities(), None, False, "accelo"),
        (Capabilities(), "001A", False, "links"),
        (Capabilities(frozenset(), frozenset(["company"])), None, False, "salesforce"),
        (Capabilities(frozenset(), frozenset(["company"])), None, True, "links"),
        (Capabilities(frozenset(), frozenset()), None, False, "links"),
    ],
)
def test_a_link_writes_one_marker_where_there_is_a_place_for_it(able, marked, read_only, side):
    world = ToyWorld().put(sf(name="Acme", website="a"), acc(name="Acme", website="a", marker=marked))
    assert seen(world.plan(capabilities=able, read_only=read_only))[0] == [f"link company {side}"]


def test_a_link_to_a_record_that_salesforce_marks_already_writes_nothing():
    world = ToyWorld().put(sf(name="Acme", marker="45"), acc(name="Other"))
    plan = world.plan(capabilities=Capabilities(frozenset(), frozenset(["company"])))
    assert seen(plan) == (["link company links"], ["conflict"])


def test_p18_a_pair_found_by_its_marker_asks_before_it_overwrites():
    world = ToyWorld().put(sf(name="Acme", phone="1"), acc(name="Acme", phone="2", marker="001A"))
    plan = world.plan()
    assert seen(plan) == (["link company links"], ["conflict"]) and rows(plan)["001A"][0] == "waiting"
    assert "phone" not in plan.actions[0].bases and plan.actions[0].bases["name"] == Base("Acme", "Acme")


def doubtful():
    return ToyWorld().put(sf(name="Acme", phone="1"), acc("45", name="Acme"), acc("46", name="Acme"))


def test_the_same_name_and_nothing_else_is_a_question_and_nothing_is_created():
    plan = doubtful().plan()
    (question,) = plan.questions
    assert seen(plan) == ([], ["ambiguous"]) and question.choices == ("45", "46", "new", "leave")
    assert question.facts["candidates"][0] == {
        "id": "45",
        "title": "Acme",
        "strength": "weak",
        "reasons": ["same name"],
    }
    assert {state for state, _ in rows(plan).values()} == {"waiting"}


@pytest.mark.parametrize(
    ("choice", "actions", "states"),
    [
        ("46", ["link company accelo", "update company accelo"], {"001A": "updated", "45": "waiting"}),
        ("new", ["create company accelo"], {"001A": "created", "45": "waiting", "46": "waiting"}),
        ("leave", [], {"001A": "skipped", "45": "waiting", "46": "waiting"}),
    ],
)
def test_a_person_says_which_one_it_is(choice, actions, states):
    world = doubtful()
    key = world.plan().questions[0].key
    plan = world.sync(decisions={key: choice})
    assert seen(plan)[0] == actions and {id: state for id, (state, _) in rows(plan).items()} == states
    assert seen(world.plan(decisions={key: choice}))[0] == []


def test_a_rule_links_nobody_where_only_a_person_can_know():
    plan = doubtful().plan(decision_rules={"ambiguous": "45"})
    assert seen(plan) == ([], ["ambiguous"]) and rows(plan)["001A"][0] == "waiting"


def test_one_record_given_to_two_is_asked_about_again():
    world = ToyWorld().put(
        sf("001A", name="Acme"), sf("001B", name="Acme"), acc("45", name="Acme"), acc("46", name="Acme")
    )
    keys = [question.key for question in world.plan().questions]
    plan = world.plan(decisions=dict.fromkeys(keys, "45"))
    assert seen(plan)[0] == ["link company accelo"]
    assert [question.key for question in plan.questions if question.kind is QuestionKind.AMBIGUOUS] == keys[1:]


def test_p3_the_one_of_two_that_gets_nothing_is_not_created_beside_it_where_nothing_else_is_left():
    world = ToyWorld().put(sf("001A", name="Acme"), sf("001B", name="Acme"), acc("45", name="Acme"))
    keys = [question.key for question in world.plan().questions if question.kind is QuestionKind.AMBIGUOUS]
    plan = world.plan(decisions=dict.fromkeys(keys, "45"))
    assert seen(plan)[0] == ["link company accelo"] and rows(plan)["001B"][0] == "waiting"
    (question,) = plan.questions
    assert question.key == keys[1] and question.choices == ("new", "leave")


def test_p3_a_second_record_with_the_same_marker_is_never_mirrored():
    world = ToyWorld().put(
        sf(name="Acme"), acc("45", name="Acme", marker="001A"), acc("46", name="Acme", marker="001A")
    )
    plan = world.sync()
    assert seen(plan) == (["link company links"], ["ambiguous"]) and rows(plan)["46"][0] == "waiting"
    again = world.plan(decisions={plan.questions[0].key: "leave"})
    assert seen(again) == ([], []) and rows(again)["46"][0] == "skipped"


def test_p18_a_record_that_carries_an_id_of_a_vanished_record_is_left_alone():
    plan = ToyWorld().put(acc(name="Acme", marker="001Z")).plan(policy=Policy(new_in_accelo="always"))
    assert seen(plan) == ([], []) and rows(plan)["45"][0] == "skipped"


def test_a_marker_of_a_merged_account_leads_to_the_winner():
    world = ToyWorld().put(
        sf("001A", deleted=True, merged_into="001B"), sf("001B", name="Acme"), acc(name="Acme", marker="001A")
    )
    assert seen(world.plan())[0] == ["link company accelo"]


def test_p3_an_account_whose_company_vanished_is_created_again_only_by_decision():
    world = ToyWorld().put(sf(name="Acme", marker="45"))
    plan = world.plan()
    assert seen(plan) == ([], ["gone-in-accelo"]) and rows(plan)["001A"][0] == "waiting"
    key = plan.questions[0].key
    assert rows(world.plan(decisions={key: "leave"}))["001A"][0] == "skipped"
    assert seen(world.plan(decisions={key: "create-again"})) == (["create company accelo"], [])


def test_p3_what_was_made_when_a_creation_was_not_answered_is_asked_about_and_nothing_is_created_beside_it():
    """It was renamed since, so no name finds it; only the journal knows that it may be the one."""
    world = ToyWorld().put(sf("001A", name="Acme"), acc("45", name="Renamed"), sf("001B", name="Beta"))
    perhaps = {("company", "001A"): ("45", "46")}
    plan = world.plan(perhaps=perhaps)
    (question,) = plan.questions
    assert seen(plan)[0] == ["create company accelo"] and plan.actions[0].salesforce_id == "001B"
    assert question.choices == ("45", "new", "leave") and "not answered" in question.reason
    assert {row.id: row.state.value for row in plan.ledger}["45"] == "waiting"
    chosen = world.plan(perhaps=perhaps, decisions={question.key: "45"})
    assert "link company accelo" in seen(chosen)[0] and seen(chosen)[0].count("create company accelo") == 1
    new = world.plan(perhaps=perhaps, decisions={question.key: "new"})
    assert seen(new)[0].count("create company accelo") == 2
    del world.accelo["company"]["45"]  # it is gone: there is nothing to ask about
    assert seen(world.plan(perhaps=perhaps))[0].count("create company accelo") == 2
