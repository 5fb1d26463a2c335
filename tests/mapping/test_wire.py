"""Actions as single writes to Accelo: each endpoint gets only what it takes, in an order that is safe to stop at."""

import pytest
from actions import ADDRESS, CREATE, RULES, SITE, TEMPLATES, UPDATE, action, wire

from toolkit.mapping.rules import read_rules
from toolkit.mapping.wire import NEW, NEW_AFFILIATION, Site, predicted, steps
from toolkit.model import ActionType


def test_an_action_on_our_own_links_writes_nothing():
    assert steps(action(ActionType.RETIRE, None), RULES, {}, SITE) == ()


def test_a_company_is_created_with_marker_and_profile_in_one_request_then_its_addresses():
    made = steps(
        action(
            CREATE,
            "accelo",
            acc=None,
            name=" Acme",
            phone="1",
            fax=None,
            type="Customer",
            billing=ADDRESS,
            shipping=None,
        ),
        RULES,
        {},
        SITE,
    )
    first, second = made
    assert (first.op, first.resource, first.marker) == ("create", "companies", True)
    assert first.payload == {"name": " Acme", "phone": "1", "profile.12": "Customer", "profile.11": "001A"}
    assert predicted(first) == {"name": "Acme", "phone": "1", "type": "Customer"} and first.want == ("name", "phone")
    assert (second.op, second.resource, second.target) == ("address", "companies", NEW)
    assert second.payload == {
        "title": "Billing",
        "street1": "1 High St",
        "street2": "Floor 2, Room 3",
        "city": "San Francisco",
        "zipcode": "94107",
        "state": "CA",
        "country": "United States",
    }
    assert not {"overwrite", "postal", "physical"} & set(second.payload)
    assert second.fields["billing"].street == "1 High St\nFloor 2, Room 3"


def test_a_company_where_accelo_lacks_the_profile_fields_or_keeps_custom_ids():
    made = action(CREATE, "accelo", acc=None, name="Acme", type="Customer")
    assert wire(made, Site()) == [("create", "companies", None, {"name": "Acme"})]
    assert not steps(made, RULES, {}, Site())[0].marker
    text = (TEMPLATES / "companies.toml").read_text(encoding="utf-8").replace('"profile:Salesforce ID"', '"custom_id"')
    rules = type(RULES)(read_rules(text, "company"), RULES.contacts)
    assert wire(made, Site(), rules) == [("create", "companies", None, {"name": "Acme", "custom_id": "001A"})]
    assert wire(action(ActionType.LINK, "accelo"), Site(), rules) == [
        ("update", "companies", "45", {"custom_id": "001A"})
    ]
    assert Site().marked(rules) == {"company"} and SITE.marked(RULES) == {"company", "contact"}


@pytest.mark.parametrize(("profile", "mobile"), [(None, None), (True, True), (False, False)])
def test_p3_a_contact_carries_its_marker_whether_accelo_honours_it_on_post_or_not(profile, mobile):
    site = Site(SITE.profile_fields, contact_post_profile=profile, contact_post_mobile=mobile)
    made = steps(
        action(
            CREATE,
            "accelo",
            "contact",
            acc=None,
            first_name="Ann",
            last_name="Lee",
            email="a@x.org",
            mobile="3",
            mailing=ADDRESS,
        ),
        RULES,
        {"parent": "45"},
        site,
    )
    first = made[0]
    basic = {"company_id": "45", "firstname": "Ann", "surname": "Lee", "email": "a@x.org"}
    assert first.payload == basic | ({"mobile": "3"} if mobile else {}) | (
        {"profile.21": "001A"} if profile is not False else {}
    )
    assert first.want == ("default_affiliation", "firstname", "surname") and first.marker is (profile is not False)
    later = [(step.op, step.resource, step.target) for step in made[1:]]
    assert later == [
        *([] if profile else [("profile", "contacts", NEW)]),
        *([] if mobile else [("update", "affiliations", NEW_AFFILIATION)]),
        ("address", "contacts", NEW),
    ]
    if not profile:
        assert made[1].marker and made[1].if_missing is (profile is None)
        assert made[1].payload == {"field_id": "21", "value": "001A", "value_id": None, "field_type": "text"}


def test_a_contact_where_accelo_has_no_place_for_the_marker():
    assert [
        step.op
        for step in steps(
            action(CREATE, "accelo", "contact", acc=None, last_name="Lee"), RULES, {"parent": "45"}, Site()
        )
    ] == ["create"]


def test_an_update_sends_each_field_to_the_endpoint_that_takes_it():
    made = action(
        UPDATE,
        "accelo",
        name="Acme",
        phone=None,
        type="Prospect",
        industry="Energy",
        billing=ADDRESS,
        shipping=ADDRESS,
        refs={"profile.type": "91", "address.billing": "7"},
    )
    found = wire(made)
    assert found[0] == ("update", "companies", "45", {"name": "Acme", "phone": ""})
    assert found[1] == (
        "profile",
        "companies",
        "45",
        {"field_id": "12", "value": "Prospect", "value_id": "91", "field_type": "select"},
    ) or found[1][:3] == ("update", "addresses", "7")
    assert sorted(each[:3] for each in found[1:]) == [
        ("address", "companies", "45"),
        ("profile", "companies", "45"),
        ("profile", "companies", "45"),
        ("update", "addresses", "7"),
    ]
    assert all(step.fields for step in steps(made, RULES, {}, SITE))
    assert wire(action(UPDATE, "accelo", type="Prospect"), Site()) == []


def test_details_of_a_contact_go_to_its_affiliation():
    made = action(
        UPDATE, "accelo", "contact", acc="70", last_name="Li", phone="2", position="CEO", refs={"affiliation": "7"}
    )
    assert wire(made) == [
        ("update", "contacts", "70", {"surname": "Li"}),
        ("update", "affiliations", "7", {"phone": "2", "position": "CEO"}),
    ]


def test_links_and_merges_write_the_marker_where_its_value_is():
    assert wire(action(ActionType.LINK, "accelo")) == [
        ("profile", "companies", "45", {"field_id": "11", "value": "001A", "value_id": None, "field_type": "text"})
    ]
    (step,) = steps(action(ActionType.REPOINT, "accelo", refs={"marker": "90"}), RULES, {}, SITE)
    assert step.payload["value_id"] == "90" and step.marker
    assert wire(action(ActionType.LINK, "accelo"), Site()) == []


def test_a_moved_contact_gets_the_new_place_before_the_old_one_is_made_inactive():
    made = action(
        ActionType.MOVE,
        "accelo",
        "contact",
        acc="70",
        company="46",
        email="new@x.org",
        last_name="Li",
        expected={"phone": "2", "email": "old@x.org", "last_name": "Lee"},
        refs={"affiliation": "7"},
    )
    assert wire(made, parent="46") == [
        ("create", "affiliations", None, {"phone": "2", "email": "new@x.org", "company_id": "46", "contact_id": "70"}),
        ("update", "affiliations", "7", {"standing": "inactive"}),
        ("update", "contacts", "70", {"surname": "Li"}),
    ]
    there = wire(made, parent="46", **{"affiliation@46": "8"})
    assert there[0] == ("update", "affiliations", "8", {"phone": "2", "email": "new@x.org", "standing": "active"})
    active = wire(made, parent="46", **{"affiliation@46": "8", "active@46": "8"})
    assert active[0] == ("update", "affiliations", "8", {"standing": "active"})  # what stands there was typed there
    assert wire(made, parent="46", leaves="6")[0] == ("update", "affiliations", "6", {"standing": "inactive"})
    alone = action(ActionType.MOVE, "accelo", "contact", acc="70", company="46")
    assert wire(alone, parent="46") == [("create", "affiliations", None, {"company_id": "46", "contact_id": "70"})]


def test_only_contacts_are_made_inactive():
    assert wire(action(ActionType.DEACTIVATE, "accelo", "contact", acc="70")) == [
        ("update", "contacts", "70", {"standing": "inactive"})
    ]
    assert wire(action(ActionType.DEACTIVATE, "accelo")) == []


def test_an_emptied_address_is_sent_with_empty_parts():
    (step,) = steps(action(UPDATE, "accelo", billing=None, refs={"address.billing": "7"}), RULES, {}, SITE)
    assert set(step.payload.values()) == {"Billing", ""} and step.fields == {"billing": None}
