"""Properties of the planner on random histories: applied once it is empty, order does not matter, no edit is lost."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import ToyWorld, acc, sf

from toolkit.model import Address, Flag, QuestionKind, canonical
from toolkit.sync.inputs import Policy

NAMES = ["Acme", "Bolt", "Coil", "Dune"]
words = st.sampled_from(["", "x", "y", "long long long", "z"])
addresses = st.one_of(
    st.none(), st.builds(Address, street=st.sampled_from(["1 High St", "2 Low St"]), city=st.just("York"))
)


@st.composite
def worlds(draw):
    """A few companies and contacts on both sides, some alike, some with markers, some linked already."""
    world = ToyWorld()
    for number in range(draw(st.integers(0, 4))):
        world.put(
            sf(
                f"001{number}",
                name=draw(st.sampled_from(NAMES)),
                phone=draw(words),
                website=draw(words),
                billing=draw(addresses),
                type=draw(words),
                skip=draw(st.sampled_from([None, None, None, "person account"])),
            )
        )
    for number in range(draw(st.integers(0, 4))):
        world.put(
            acc(
                str(40 + number),
                name=draw(st.sampled_from(NAMES)),
                phone=draw(words),
                website=draw(words),
                billing=draw(addresses),
                type=draw(words),
                marker=draw(st.sampled_from([None, None, "0010", "0019"])),
            )
        )
    for number in range(draw(st.integers(0, 4))):
        world.put(
            sf(
                f"003{number}",
                "contact",
                first_name=draw(words),
                last_name=draw(st.sampled_from(NAMES)),
                email=draw(words),
                parent=draw(st.sampled_from([None, "0010", "0011", "0012"])),
            )
        )
    for number in range(draw(st.integers(0, 3))):
        world.put(
            acc(
                str(70 + number),
                "contact",
                first_name="Ann",
                last_name=draw(st.sampled_from(NAMES)),
                email=draw(words),
                parent=draw(st.sampled_from(["40", "41"])),
            )
        )
    return world


policies = st.builds(
    Policy,
    conflicts=st.sampled_from(["ask", "salesforce", "accelo", "newest"]),
    new_in_accelo=st.sampled_from(["ask", "never", "always"]),
    first_link=st.sampled_from(["salesforce", "accelo", "ask"]),
)


@given(worlds(), policies, st.booleans())
@settings(max_examples=300, deadline=None)
def test_p5_a_plan_that_was_applied_leaves_nothing_to_do(world, policy, read_only):
    world.sync(policy=policy, read_only=read_only)
    plan = world.plan(policy=policy, read_only=read_only)
    assert not plan.actions and not plan.base_moves


@given(worlds(), policies, st.randoms())
@settings(max_examples=200, deadline=None)
def test_p19_the_order_of_the_input_does_not_matter(world, policy, chance):
    plan = world.plan(policy=policy)
    for records in (*world.salesforce.values(), *world.accelo.values()):
        items = list(records.items())
        chance.shuffle(items)
        records.clear()
        records.update(items)
    again = world.plan(policy=policy)
    assert canonical(again) == canonical(plan) and again.hash == plan.hash


@given(worlds(), policies, st.booleans())
@settings(max_examples=200, deadline=None)
def test_p7_every_salesforce_record_has_exactly_one_row(world, policy, read_only):
    plan = world.plan(policy=policy, read_only=read_only)
    seen = [(row.kind, row.id) for row in plan.ledger if row.side == "salesforce"]
    assert sorted(seen) == sorted((kind, id) for kind, records in world.salesforce.items() for id in records)
    assert len({action.id for action in plan.actions}) == len(plan.actions)


@given(worlds(), policies)
@settings(max_examples=200, deadline=None)
def test_p1_a_plan_made_in_read_only_never_writes_to_salesforce(world, policy):
    for _ in range(3):
        before = canonical(world.salesforce)
        plan = world.sync(policy=policy, read_only=True)
        assert all(action.side != "salesforce" for action in plan.actions)
        assert canonical(world.salesforce) == before


edits = st.lists(
    st.tuples(
        st.sampled_from(["salesforce", "accelo"]), st.sampled_from(["name", "phone", "website"]), st.integers(0, 10**6)
    ),
    max_size=6,
)


@pytest.mark.promise
@given(st.lists(st.tuples(edits, st.booleans()), min_size=1, max_size=5), st.booleans())
@settings(max_examples=400, deadline=None)
def test_p4_no_edit_is_lost(rounds, cut):
    """Two editors type unique values between runs. Each value is live, was typed over on its own side, was carried over
    and then typed over on the other side, is held back, or is in the inbox with both values."""
    world = ToyWorld(keep={"website": 4} if cut else {})
    world.put(sf("0010", name="Acme", phone="1", website="acme.example"))
    world.sync()
    (accelo_id,) = world.accelo["company"]
    typed = {}  # (side, field) -> last typed value that nobody typed over
    for number, (changes, read_only) in enumerate(rounds):
        for side, name, salt in changes:
            value = f"{name[0]}{number}{salt}"
            world.edit(side, "company", "0010" if side == "salesforce" else accelo_id, **{name: value})
            typed[side, name] = value
        plan = world.sync(read_only=read_only, include_held=False)  # nobody confirms what is held back
        asked = {
            question.field
            for question in plan.questions
            if question.kind in (QuestionKind.CONFLICT, QuestionKind.HELD_BACK, QuestionKind.CANNOT_CARRY)
        }
        for (side, name), value in list(typed.items()):
            ours = world.salesforce["company"]["0010"].fields[name]
            theirs = world.accelo["company"][accelo_id].fields[name]
            live = {"salesforce": ours, "accelo": theirs}[side]
            assert live == value, "a typed value was overwritten without a word"
            flag = world.bases["company:0010"][name].flag
            settled = ours == theirs or name in asked or flag in (Flag.HELD, Flag.LOSSY) or (cut and name == "website")
            assert settled, "two values differ and nobody was told"
            if ours == theirs:
                typed.pop((side, name), None)
    quiet = world.plan(read_only=rounds[-1][1], include_held=False)
    assert not quiet.actions


def test_p6_a_value_that_accelo_shortens_is_never_written_back():
    world = ToyWorld(keep={"website": 4}).put(sf("0010", name="Acme", website="acme.example"))
    world.sync()
    (accelo,) = world.accelo["company"].values()
    assert accelo.fields["website"] == "acme"
    for _ in range(3):
        assert not world.sync().actions
    assert world.salesforce["company"]["0010"].fields["website"] == "acme.example"
    world.edit("salesforce", "company", "0010", website="bolt.example")
    world.sync()
    assert world.accelo["company"][accelo.id].fields["website"] == "bolt"


class Counted(dict[str, Any]):
    """Bases that count how often somebody looks at one."""

    looks = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.looks += 1
        return super().__getitem__(key)


def test_p5_of_100000_linked_records_only_the_touched_ones_are_looked_at():
    from toolkit.model import Base, Link

    links = [Link(f"company:001{n}", "company", f"001{n}", str(n)) for n in range(100_000)]
    random.Random(7).shuffle(links)
    touched = frozenset(("salesforce", "company", f"001{n}") for n in range(100))
    world = ToyWorld()
    for n in range(100):
        world.put(sf(f"001{n}", name="New name"), acc(str(n), name="Name"))
    bases = Counted(
        (
            f"company:001{n}",
            dict.fromkeys(("name", "phone", "website", "billing", "type"), Base(None, None))
            | {"name": Base("Name", "Name")},
        )
        for n in range(100_000)
    )
    plan = world.plan(links=links, bases=bases, touched=touched)
    assert len(plan.actions) == 100
    assert 100 <= bases.looks <= 1_000
