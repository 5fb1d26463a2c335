"""Creating the other half of a record, and the reasons why it waits."""

import pytest
from situations import in_words as seen
from situations import rows
from toy import ToyWorld, acc, sf

from toolkit.model import Address, Base, Flag, Link
from toolkit.sync.inputs import Policy

ANN = {"first_name": "Ann", "last_name": "Lee"}


def with_company(*records):
    world = ToyWorld().put(sf("001A", name="Acme"), acc("45", name="Acme"))
    world.links["P"] = Link("P", "company", "001A", "45")
    world.bases["P"] = dict.fromkeys(world.rules.company.fields, Base(None, None)) | {"name": Base("Acme", "Acme")}
    return world.put(*records)


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
    assert seen(world.plan()) == ([], []) and not world.plan().base_moves


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
