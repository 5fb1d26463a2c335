"""Records without a link: linked, created, asked about, or waiting with a reason."""

import pytest
from toy import ToyWorld, acc, sf

from toolkit.model import ActionType, Address, Base, Flag, Link, QuestionKind, RecordState
from toolkit.sync.inputs import Capabilities, Policy


def seen(plan):
    return (
        [f"{action.type} {action.kind} {action.side or 'links'}" for action in plan.actions],
        [str(each.kind) for each in plan.questions],
    )


def rows(plan):
    return {row.id: (row.state.value, row.reason) for row in plan.ledger}


def with_company(*records):
    world = ToyWorld().put(sf("001A", name="Acme"), acc("45", name="Acme"))
    world.links["P"] = Link("P", "company", "001A", "45")
    world.bases["P"] = dict.fromkeys(world.rules.company.fields, Base(None, None)) | {"name": Base("Acme", "Acme")}
    return world.put(*records)


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


# doubt


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


def test_one_record_given_to_two_is_asked_about_again():
    world = ToyWorld().put(
        sf("001A", name="Acme"), sf("001B", name="Acme"), acc("45", name="Acme"), acc("46", name="Acme")
    )
    keys = [question.key for question in world.plan().questions]
    plan = world.plan(decisions=dict.fromkeys(keys, "45"))
    assert seen(plan)[0] == ["link company accelo"]
    assert [question.key for question in plan.questions if question.kind is QuestionKind.AMBIGUOUS] == keys[1:]


# markers without their record


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


# contacts that wait


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([sf("003A", "contact", **ANN)], "It has no account."),
        ([sf("003A", "contact", **ANN, parent="001Z")], "Its account is not linked yet."),
        (
            [sf("001B", skip="person account"), sf("003A", "contact", **ANN, parent="001B")],
            "Its account is not linked yet.",
        ),
        (
            [sf("001B", name="Acme"), acc("46", name="Acme"), sf("003A", "contact", **ANN, parent="001B")],
            "Its account is not linked yet.",
        ),
        (
            [sf("003A", "contact", last_name="Lee", parent="001A")],
            "It has no first name; Accelo takes no contact without one.",
        ),
    ],
)
def test_a_contact_waits_with_its_reason(records, reason):
    plan = with_company(*records).plan()
    assert rows(plan)["003A"] == ("waiting", reason) and not [
        action for action in plan.actions if action.kind == "contact"
    ]


def test_a_contact_waits_when_its_company_is_retired_in_the_same_plan():
    world = with_company(sf("003A", "contact", **ANN, parent="001A"))
    world.edit("accelo", "company", "45", deleted=True)
    assert rows(world.plan())["003A"][1] == "Its account is not linked yet."


def test_a_placeholder_for_all_contacts_without_a_first_name_at_once():
    world = with_company(*(sf(f"003{n}", "contact", last_name="Lee", email=f"{n}@x", parent="001A") for n in range(3)))
    assert seen(world.plan())[1] == ["incomplete"] * 3
    plan = world.sync(decision_rules={"incomplete:first_name": "placeholder"})
    assert len(plan.actions) == 3 and world.bases["contact:0030"]["first_name"] == Base(None, "-", Flag.KEPT)
    assert plan.actions[0].bases["company"] == Base("001A", "45") and seen(world.plan()) == ([], [])
    assert world.salesforce["contact"]["0030"].fields["first_name"] is None


def test_a_contact_may_be_skipped():
    world = with_company(sf("003A", "contact", last_name="Lee", parent="001A"), sf("003B", "contact", **ANN))
    plan = world.plan(decision_rules={"incomplete": "skip"})
    assert {rows(plan)[id][0] for id in ("003A", "003B")} == {"skipped"} and seen(plan) == ([], [])


def test_contacts_are_matched_within_companies_that_this_plan_links():
    world = ToyWorld().put(
        sf("001A", name="Acme", website="a"),
        acc("45", name="Acme", website="a"),
        sf("003A", "contact", **ANN, parent="001A"),
        acc("70", "contact", **ANN, parent="45"),
    )
    assert seen(world.plan())[0] == ["link company accelo", "link contact accelo"]
    assert seen(world.sync()) and seen(world.plan()) == ([], [])


def test_a_marked_contact_in_another_company_moves_to_its_own():
    world = with_company(
        sf("003A", "contact", **ANN, parent="001A"), acc("70", "contact", **ANN, parent="46", marker="003A")
    )
    assert seen(world.sync())[0] == ["link contact links", "move contact accelo"] and seen(world.plan()) == ([], [])


# what cannot be created whole


def test_a_field_that_cannot_be_carried_is_left_out_and_asked_about():
    world = ToyWorld().put(sf(name="Acme", phone="1234567890123", website="a"))
    plan = world.plan()
    assert seen(plan) == (["create company accelo"], ["cannot-carry"]) and "phone" not in plan.actions[0].bases
    left = world.plan(decisions={plan.questions[0].key: "leave"})
    assert left.actions[0].bases["phone"] == Base("1234567890123", None, Flag.KEPT)


def test_a_name_that_cannot_be_carried_keeps_the_record_waiting():
    world = ToyWorld().put(sf(name="A name of more than twenty characters"))
    plan = world.plan()
    assert seen(plan) == ([], ["cannot-carry"]) and rows(plan)["001A"][0] == "waiting"
    assert rows(world.plan(decisions={plan.questions[0].key: "leave"}))["001A"][0] == "skipped"


def test_a_field_that_one_side_does_not_show_is_not_created():
    plan = ToyWorld().put(sf(name="Acme", phone="absent")).plan()
    assert "phone" not in plan.actions[0].bases and len(plan.actions[0].changes) == 1


# new in Accelo


def test_new_in_accelo_is_asked_about_and_created_with_what_may_flow():
    world = ToyWorld().put(acc(name="Acme", phone="1", type="Customer", billing=Address("1 High St")))
    plan = world.plan()
    (question,) = plan.questions
    assert seen(plan) == ([], ["new-in-accelo"]) and question.choices == ("create", "never")
    created = world.sync(decisions={question.key: "create"})
    (action,) = created.actions
    assert (action.side, action.pair, action.salesforce_id, action.accelo_id) == (
        "salesforce",
        "company:accelo-45",
        None,
        "45",
    )
    assert action.bases["type"] == Base(None, "Customer", Flag.KEPT) and action.bases["website"] == Base(None, None)
    assert world.salesforce["company"]["001101"].marker == "45" and seen(world.plan()) == ([], [])
    assert rows(world.plan())["001101"][0] == "unchanged"


def test_new_in_accelo_may_never_be_created_or_always():
    world = ToyWorld().put(acc(name="Acme"), acc("70", "contact", **ANN, parent="45"))
    key = world.plan().questions[0].key
    assert rows(world.plan(decisions={key: "never"}))["45"][0] == "skipped"
    assert rows(world.plan(policy=Policy(new_in_accelo="never")))["45"][0] == "skipped"
    plan = world.sync(policy=Policy(new_in_accelo="always"))
    assert seen(plan) == (["create company salesforce", "create contact salesforce"], [])
    assert "company" not in plan.actions[1].bases
    assert world.plan().base_moves == {"contact:accelo-70": {"company": Base("001101", "45")}}


def test_p1_new_in_accelo_waits_while_read_only_is_on_and_nobody_is_asked():
    plan = ToyWorld().put(acc(name="Acme")).plan(read_only=True, policy=Policy(new_in_accelo="always"))
    assert seen(plan) == ([], []) and rows(plan)["45"] == ("waiting", "It is in Accelo only, and read-only is on.")


def test_a_person_may_link_it_to_a_salesforce_record_instead():
    world = ToyWorld().put(sf(name="Acme"), acc(name="Something else"))
    key = next(question.key for question in world.plan().questions)
    plan = world.plan(decisions={key: "link:001A"})
    assert seen(plan)[0] == ["link company accelo", "update company accelo"] and plan.actions[0].decided_by == key
    missing = world.plan(decisions={key: "link:001Z"})
    assert seen(missing)[1] == ["new-in-accelo"]


def test_deleted_and_skipped_records_without_a_link_have_their_row():
    world = ToyWorld().put(
        sf("001A", deleted=True), acc("45", deleted=True), sf("001B", name="Lee", skip="It is a person account.")
    )
    plan = world.plan()
    assert seen(plan) == ([], []) and {state for state, _ in rows(plan).values()} == {"skipped"}
    assert rows(plan)["001B"][1] == "It is a person account."


def test_sales_and_tickets_are_none_of_its_business():
    world = ToyWorld()
    world.links["S"] = Link("S", "sale", "006A", "9")
    assert seen(world.plan()) == ([], [])


def test_a_plan_names_its_inputs():
    plan = ToyWorld().plan(inputs={"settings": "abc"}, read_only=True)
    assert (
        set(plan.inputs) == {"decisions", "mapping", "policy", "read_only", "settings"}
        and plan.inputs["read_only"] == "true"
    )
    assert plan.hash != ToyWorld().plan(inputs={"settings": "abc"}).hash
