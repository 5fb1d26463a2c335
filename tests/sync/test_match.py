"""Who is linked, who is asked about, who is left alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from situations import table

from toolkit.model import MatchKeys
from toolkit.sync.match import CROWD, _strength, candidates, match

ACME = MatchKeys("acme", domains=("acme.com",), phones=("+1555",), postcodes=("US 10001",))


def one(kind, ours, theirs, s=(), a=(), markers=()):
    """Match S1 and 1, and whoever else is named."""
    pairs, doubts = match(kind, {"S1": ours, **dict(s)}, {"1": theirs, **dict(a)}, markers)
    return [(pair.salesforce_id, pair.accelo_id) for pair in pairs], doubts


@pytest.mark.parametrize("row", table(_strength), ids=" ".join)
def test_evidence_is_as_strong_as_its_table_says(row):
    kind, shared, strength = row
    words = shared.replace(", within one company", "").replace(", elsewhere", "").split(" and ")
    scope = {"scope": "P"} if "within" in shared else {}
    values = {
        "name": {"name": "n"},
        "email": {"email": "e@x"},
        "domain": {"domains": ("d.com",)},
        "telephone": {"phones": ("+1",)},
        "postcode": {"postcodes": ("1",)},
    }
    keys = {name: value for word in words for name, value in values[word].items()}
    found = candidates(kind, {"S": MatchKeys(**keys, **scope)}, {"1": MatchKeys(**keys, **scope)})
    assert [each.strength for each in found.get("S", [])] == ([] if strength == "none" else [strength])


def test_a_company_with_the_same_name_and_domain_is_linked():
    assert one("company", ACME, MatchKeys("acme", domains=("acme.com",)))[0] == [("S1", "1")]


def test_the_same_name_and_nothing_else_is_a_question_with_its_reason():
    pairs, (doubt,) = one("company", ACME, MatchKeys("acme"))
    assert not pairs and doubt.candidates[0].reasons == ("same name",) and "too weak" in doubt.reason


def test_two_candidates_of_equal_strength_are_a_question():
    pairs, (doubt,) = one("company", ACME, ACME, a={"2": MatchKeys("acme", postcodes=("US 10001",))})
    assert (
        not pairs and [each.accelo_id for each in doubt.candidates] == ["1", "2"] and "equally likely" in doubt.reason
    )


def test_two_salesforce_records_for_one_are_a_question_for_both():
    pairs, doubts = one("company", ACME, ACME, s={"S2": ACME})
    assert (
        not pairs
        and [doubt.salesforce_id for doubt in doubts] == ["S1", "S2"]
        and "Another Salesforce record" in doubts[0].reason
    )


def test_weak_company_does_not_stand_in_the_way_of_a_strong_one():
    pairs, doubts = one(
        "company", ACME, ACME, s={"S2": MatchKeys("acme")}, a={"2": MatchKeys("other", domains=("acme.com",))}
    )
    assert pairs == [("S1", "1")] and not doubts


def test_a_telephone_number_that_everybody_shares_says_nothing():
    crowd = {f"T{n}": MatchKeys(f"name {n}", phones=("+1555",)) for n in range(CROWD + 1)}
    assert one("company", ACME, MatchKeys("other", phones=("+1555",)), s=crowd) == ([], [])


def test_a_crowd_with_one_name_or_mailbox_is_asked_about_and_costs_little():
    ours = {f"S{n}": MatchKeys("test", "P", email="info@x") for n in range(3000)}
    theirs = {str(n): keys for n, keys in enumerate(ours.values())}
    start = time.process_time()
    pairs, doubts = match("contact", ours, theirs)
    assert not pairs and len(doubts) == 3000 and len(doubts[0].candidates) == CROWD + 1
    assert time.process_time() - start < 10


def test_a_crowded_domain_still_tells_two_firms_of_one_name_apart():
    group = {f"T{n}": MatchKeys(f"branch {n}", domains=("acme.com",)) for n in range(CROWD + 1)}
    pairs, _ = one("company", ACME, MatchKeys("acme", domains=("acme.com",)), s=group, a={"2": MatchKeys("acme")})
    assert pairs == [("S1", "1")]


def test_contacts_with_the_same_mailbox_are_told_apart_by_name():
    ann, bob = (MatchKeys(name, scope="P", email="info@acme.com") for name in ("ann", "bob"))
    pairs, _ = match("contact", {"S1": ann, "S2": bob}, {"1": ann, "2": bob})
    assert [(pair.salesforce_id, pair.accelo_id) for pair in pairs] == [("S1", "1"), ("S2", "2")]


def test_a_name_links_contacts_only_within_one_company():
    ann = MatchKeys("ann", scope="P")
    assert one("contact", ann, ann)[0] == [("S1", "1")]
    assert one("contact", ann, MatchKeys("ann", scope="Q")) == ([], [])
    assert one("contact", MatchKeys("ann"), MatchKeys("ann")) == ([], [])


def test_the_same_mail_elsewhere_is_a_question():
    pairs, (doubt,) = one("contact", MatchKeys("ann", "P", email="a@x"), MatchKeys("ann", "Q", email="a@x"))
    assert not pairs and doubt.candidates[0].strength == "weak"


def test_a_pair_that_was_found_leaves_its_rival_without_doubt_in_the_same_plan():
    ann, other = MatchKeys("ann", "P", email="a@x"), MatchKeys("ann", "P", email="b@x")
    assert one("contact", ann, ann, s={"S2": other}, a={"2": MatchKeys("ann", "P")})[0] == [("S1", "1"), ("S2", "2")]


def test_a_person_with_the_mail_goes_before_one_with_the_name():
    mail, name = MatchKeys("ann", "P", email="a@x"), MatchKeys("ann", "P")
    assert one("contact", mail, mail, s={"S2": name})[0] == [("S1", "1")]


def test_p3_markers_link_whatever_else_is_said_and_the_lowest_id_is_the_one():
    pairs, doubts = one(
        "company",
        MatchKeys("a"),
        MatchKeys("b"),
        a={"10": MatchKeys("b"), "9": MatchKeys("b")},
        markers=[("S1", "10"), ("S1", "9"), ("S9", "1"), ("S1", "77")],
    )
    assert pairs == [("S1", "9")] and not doubts


keys = st.builds(
    MatchKeys,
    st.sampled_from("abc"),
    st.sampled_from(["", "P", "Q"]),
    st.sampled_from([(), ("d.com",)]),
    st.sampled_from([(), ("+1",)]),
    st.just(()),
    st.sampled_from(["", "a@x", "b@x"]),
)


@given(st.sampled_from(["company", "contact"]), st.lists(keys, max_size=5), st.lists(keys, max_size=5), st.randoms())
def test_p19_order_does_not_matter_and_nobody_is_linked_twice(kind, ours, theirs, chance):
    s, a = {f"S{n}": key for n, key in enumerate(ours)}, {str(n): key for n, key in enumerate(theirs)}
    first = match(kind, s, a)
    assert len({pair.accelo_id for pair in first[0]}) == len({pair.salesforce_id for pair in first[0]}) == len(first[0])
    shuffled = [list(items) for items in (s.items(), a.items())]
    for items in shuffled:
        chance.shuffle(items)
    assert match(kind, dict(shuffled[0]), dict(shuffled[1])) == first


def test_100000_records_a_side_take_seconds():
    s = {f"S{n}": MatchKeys(f"firm {n}", domains=(f"firm{n}.com",), phones=(f"+{n % 20_000}",)) for n in range(100_000)}
    a = {str(n): keys for n, keys in enumerate(s.values())}
    start = time.process_time()
    pairs, doubts = match("company", s, a)
    assert len(pairs) == 100_000 and not doubts
    assert time.process_time() - start < 40
