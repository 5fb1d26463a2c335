"""The decision tables in the docstrings, walked row by row."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from situations import table
from toy import ToyField

from toolkit.model import Address, Base, Change, Flag, QuestionKind
from toolkit.sync.reconcile import Decision, Terms, allows, decided, reconcile
from toolkit.sync.settle import reshaped, settle

TEXT = ToyField("phone")
TO_ACCELO = ToyField("type", direction="salesforce-to-accelo")
TO_SALESFORCE = ToyField("note", direction="accelo-to-salesforce")
BASE = Base("old", "old as Accelo spells it")


def situation(s, a, equal):
    """Values and base for a row's words."""
    if s == "no base":
        ours, theirs = {
            "equal": ("x", "x"),
            "only S filled": ("x", " "),
            "only A filled": (None, "y"),
            "different": ("x", "y"),
        }[equal]
        return None, ours, theirs
    ours = "old" if s == "same" else "new"
    theirs = "old as Accelo spells it" if a == "same" else "new" if equal == "equal" else "other"
    return BASE, ours, theirs


def outcome(decision):
    if decision.ask:
        return "ask"
    if decision.write:
        return f"write {decision.write}"
    if decision.rule == "held-back":
        return "hold"
    return "base" if decision.base else "nothing"


@pytest.mark.parametrize("row", table(reconcile), ids=" ".join)
def test_the_three_way_decision_is_what_its_table_says(row):
    s, a, equal, two_way, read_only = row
    base, ours, theirs = situation(s, a, equal)
    assert outcome(reconcile(TEXT, base, ours, theirs)) == two_way
    assert outcome(reconcile(TEXT, base, ours, theirs, Terms(read_only=True))) == read_only


@pytest.mark.parametrize("row", table(reconcile, 1), ids=" ".join)
@pytest.mark.parametrize("flag_or_time", ["flag", "time"])
def test_p1_what_was_held_back_is_asked_about_when_read_only_is_off_again(row, flag_or_time):
    s, a, equal, held, _ = row
    base, ours, theirs = situation(s, a, equal)
    if flag_or_time == "flag":
        decision = reconcile(TEXT, Base(base.salesforce, base.accelo, Flag.HELD), ours, theirs)
    else:
        decision = reconcile(TEXT, base, ours, theirs, Terms(held=True))
    assert outcome(decision) == held
    expected = QuestionKind.CONFLICT if s == "changed" else QuestionKind.HELD_BACK
    assert decision.ask == expected


@pytest.mark.parametrize("row", table(decided), ids=" ".join)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_choice_means_what_its_table_says(row, read_only):
    for choice in row[0].split(", "):
        decision = decided(choice, TEXT, "s", "a", read_only=read_only)
        if choice in ("keep", "leave"):
            assert decision.base == Base("s", "a", Flag.KEPT)
        elif choice in ("accelo", "push"):
            assert decision is None if read_only else (decision.write, decision.value) == ("salesforce", "a")
        else:
            assert (decision.write, decision.value) == ("accelo", "s")


def test_an_unknown_choice_decides_nothing():
    assert decided("perhaps", TEXT, "s", "a", read_only=False) is None


@pytest.mark.parametrize(
    ("policy", "newer", "expected"),
    [
        ("ask", None, "ask"),
        ("salesforce", None, "write accelo"),
        ("accelo", None, "write salesforce"),
        ("newest", "salesforce", "write accelo"),
        ("newest", "accelo", "write salesforce"),
        ("newest", None, "ask"),
    ],
)
def test_a_conflict_is_decided_by_policy_and_a_tie_is_asked(policy, newer, expected):
    assert outcome(reconcile(TEXT, BASE, "new", "other", Terms(policy=policy, newer=newer))) == expected
    in_read_only = "ask" if expected == "write salesforce" else expected
    assert (
        outcome(reconcile(TEXT, BASE, "new", "other", Terms(policy=policy, newer=newer, read_only=True)))
        == in_read_only
    )


@pytest.mark.parametrize(
    ("rule", "first_link", "s", "a", "expected"),
    [
        (TEXT, "ask", "x", "y", "ask"),
        (TEXT, "accelo", "x", "y", "write salesforce"),
        (TEXT, "salesforce", "x", "y", "write accelo"),
        (TO_ACCELO, "salesforce", "x", "y", "write accelo"),
        (TO_ACCELO, "accelo", "x", "y", "base"),
        (TO_ACCELO, "salesforce", "", "y", "base"),
        (TO_SALESFORCE, "salesforce", "x", "", "base"),
        (TO_SALESFORCE, "accelo", "x", "y", "write salesforce"),
    ],
)
def test_the_first_link_follows_policy_and_direction(rule, first_link, s, a, expected):
    decision = reconcile(rule, None, s, a, Terms(first_link=first_link))
    assert outcome(decision) == expected
    assert decision.base is None or decision.base.flag is Flag.KEPT


def test_one_way_fields_never_flow_back_and_keep_what_accelo_typed():
    assert reconcile(TO_ACCELO, BASE, "old", "typed in Accelo") == Decision("one-way")
    assert reconcile(TO_ACCELO, BASE, "old", "typed in Accelo", Terms(read_only=True)) == Decision("one-way")
    assert reconcile(TO_SALESFORCE, BASE, "new", "old as Accelo spells it") == Decision("one-way")
    assert allows(TO_ACCELO, "accelo") and not allows(TO_ACCELO, "salesforce") and allows(TEXT, "salesforce")


def test_what_was_held_back_and_taken_back_by_hand_is_forgotten():
    held = Base("old", "old", Flag.HELD)
    assert reconcile(TEXT, held, "old", "old").base == Base("old", "old", Flag.AGREED)
    assert reconcile(TEXT, held, "old", "new", Terms(read_only=True)) == Decision("held-back")


def test_p20_an_address_whose_row_is_gone_from_accelo_never_blanks_salesforce():
    base = Base("1 High St", "1 High St")
    assert outcome(reconcile(TEXT, base, "1 High St", None, Terms(row_gone=True))) == "ask"
    assert (
        outcome(reconcile(TEXT, base, "1 High St", None, Terms(row_gone=True, policy="salesforce"))) == "write accelo"
    )
    assert outcome(reconcile(TEXT, base, None, None, Terms(row_gone=True))) == "base"


def test_an_edit_of_what_accelo_had_shortened_is_asked_about_because_the_rest_would_be_lost():
    lossy = Base("a very long name", "a very", Flag.LOSSY)
    assert outcome(reconcile(TEXT, lossy, "a very long name", "a vary")) == "ask"
    assert outcome(reconcile(TEXT, lossy, "a very long name", "a vary", Terms(policy="accelo"))) == "write salesforce"
    assert outcome(reconcile(TEXT, lossy, "a longer name yet", "a very")) == "write accelo"


def test_every_decision_that_writes_has_a_reason_for_a_person():
    for rule, first_link, s, a in product((TEXT,), ("salesforce", "accelo"), ("x", None), ("y", None)):
        decision = reconcile(rule, None, s, a, Terms(first_link=first_link))
        assert decision.reason or not decision.write


values = st.one_of(st.none(), st.text(max_size=5), st.builds(Address, street=st.text(max_size=3)))
bases = st.one_of(st.none(), st.builds(Base, values, values, st.sampled_from(list(Flag))))
terms = st.builds(
    Terms,
    st.sampled_from(["ask", "salesforce", "accelo", "newest"]),
    st.sampled_from(["salesforce", "accelo", "ask"]),
    st.booleans(),
    st.booleans(),
    st.just(""),
    st.sampled_from([None, "salesforce", "accelo"]),
    st.frozensets(st.sampled_from(["salesforce", "accelo"])),
    st.booleans(),
)


@given(st.sampled_from([TEXT, TO_ACCELO, TO_SALESFORCE]), bases, values, values, terms)
def test_it_is_total_and_writes_only_what_the_other_side_holds(rule, base, s, a, terms):
    decision = reconcile(rule, base, s, a, terms)
    if decision.write:
        assert allows(rule, decision.write)
        assert decision.value == (s if decision.write == "accelo" else a)
        assert not (terms.read_only and decision.write == "salesforce")
    assert not (decision.write and decision.ask)


# after the write

SENT = Change("phone", None, "a long value", "salesforce-changed", "")
ADDRESS = Address("1 High St", "York", "", "YO1", "Ruritania")


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("a long value", Base("a long value", "a long value")),
        (" a long  value", Base("a long value", " a long  value")),
        ("a long", Base("a long value", "a long", Flag.LOSSY)),
        ("A-LONG-VALUE", Base("a long value", "A-LONG-VALUE", Flag.LOSSY)),
        ("typed by somebody else", Base("old", "a long value")),
        (None, Base("old", "a long value")),
        ("old as Accelo spells it", Base("old", "a long value")),
    ],
)
def test_the_base_moves_only_to_what_the_read_back_shows(held, expected):
    assert settle(TEXT, SENT, "accelo", held, BASE) == expected


def test_a_read_back_that_is_nothing_like_what_was_sent_leaves_a_question_for_the_next_run():
    for held in ("else", "old as Accelo spells it", None):
        assert outcome(reconcile(TEXT, settle(TEXT, SENT, "accelo", held, BASE), "a long value", held)) == "ask"
        assert outcome(reconcile(TEXT, settle(TEXT, SENT, "salesforce", held, BASE), held, "a long value")) == "ask"
    assert settle(TEXT, SENT, "accelo", "else", None) == Base(None, "a long value")
    assert outcome(reconcile(TEXT, Base(None, "a long value"), "a long value", "else")) == "ask"
    blanked = Change("phone", "old", None, "salesforce-changed", "")
    put_back = settle(TEXT, blanked, "accelo", "old as Accelo spells it", BASE)
    assert outcome(reconcile(TEXT, put_back, None, "old as Accelo spells it")) == "ask"


def test_a_write_to_salesforce_puts_what_is_held_on_its_side():
    assert settle(TEXT, SENT, "salesforce", "a long", None) == Base("a long", "a long value", Flag.LOSSY)


def test_a_placeholder_is_never_written_back():
    base = settle(TEXT, Change("first_name", None, "-", "placeholder", ""), "accelo", "-", None)
    assert base == Base(None, "-", Flag.KEPT)
    assert outcome(reconcile(TEXT, base, None, "-")) == "nothing"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (Address("1 High St", "York", "", "YO1", ""), True),
        (Address("1 High", "York", "", "YO1", "Ruritania"), True),
        (Address("1 High St", "York", "Yorkshire", "YO1", "Ruritania"), False),
        (Address("", "York", "", "YO1", "Ruritania"), False),
        (Address("1 High St", "York", "", "YO1", "Freedonia"), False),
        (None, False),
    ],
)
def test_an_address_may_lose_a_country_that_is_not_known_and_nothing_else(held, expected):
    assert reshaped(ADDRESS, held) is expected


def test_a_state_may_come_back_as_the_system_s_own_list_spells_it():
    sent = Address("1 Main St", "Fresno", "CA")
    held = Address("1 Main St", "Fresno", "California")
    assert reshaped(sent, held) and not reshaped(sent, Address("1 Main St", "Clovis", "California"))


def test_an_address_of_which_the_system_keeps_nothing_is_no_edit():
    """Only a country was sent, and the system does not know it: the row stays empty, and is not written for ever."""
    assert reshaped(Address(country="Philipines"), None)
    assert not reshaped(Address("1 Main St", country="Philipines"), None) and not reshaped(Address(), "text")
