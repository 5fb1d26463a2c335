"""Normal forms and their laws."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from toolkit.mapping.fields import FieldRule
from toolkit.mapping.places import country_code, country_name, state_code
from toolkit.mapping.transforms import LONG, TRANSFORMS, get_lines, kept, normal, phone, place, put_lines
from toolkit.model import Address

countries = st.sampled_from(["", "US", "GB", "DE", "AU", "XX"])
near_phones = st.text(alphabet="0123456789+()-. x#extABC;=,/", max_size=24)
texts = st.one_of(
    st.text(max_size=40),
    near_phones,
    st.emails(),
    st.sampled_from(
        [
            " HTTP://Example.COM/ ",
            "https://http://x/",
            "Café\u0301",
            "ＡＢＣ",
            "a\r\nb\u2028c",
            "+1 (212) 555-0123 ext. 7",
            "1-800-FLOWERS",
            "０２０７",
        ]
    ),
)
places_ = st.sampled_from(
    ["", "California", "ca", "USA", "uk", "England", "NSW", "nowhere", "US", "Bayern", "Holland", " united  states "]
)
addresses = st.builds(
    Address,
    street=st.text(max_size=30),
    city=st.text(max_size=10),
    state=places_,
    postal_code=st.text(max_size=8),
    country=places_,
)
transforms = st.sampled_from(sorted(TRANSFORMS))


@given(transforms, texts, countries)
@example("phone", "+1 212 555 0123;ext=12", "")
@example("url", "http:// /", "")
def test_l1_a_normal_form_is_its_own_normal_form(transform, value, country):
    once = normal(transform, value, country)
    assert normal(transform, once, country) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Anna +1 212 736 5000", "Eva +1 212 736 5000"),
        ("no calls +1 212 736 5000", "+1 212 736 5000"),
        ("+1 212 736 5000 (home)", "+1 212 736 5000 (work)"),
        ("+1 212 736 5000 / +1 212 736 5001", "+1 212 736 5000 / +1 212 736 5002"),
        ("212 736 5000 ext 123456789", "212 736 5000 ext 123456780"),
        ("212 736 5000 anexo 12", "212 736 5000 anexo 13"),
        ("212 736 5000 int 12", "212 736 5000"),
    ],
)
def test_what_a_person_changed_beside_the_number_is_an_edit(before, after):
    assert phone(before, "US") != phone(after, "US")


@given(addresses)
def test_l1_so_is_that_of_an_address(address):
    assert place(place(address)) == place(address)
    assert normal("address", place(address)) == normal("address", address)


@given(transforms, texts, countries)
def test_l2_l3_what_is_kept_of_a_value_has_its_normal_form(transform, value, country):
    assert normal(transform, kept(value), country) == normal(transform, value, country)


@given(addresses)
def test_l2_l3_a_street_survives_two_lines_in_normal_form(address):
    there = get_lines(*put_lines(address.street))
    assert place(Address(street=there)).street == place(Address(street=address.street)).street
    assert normal("address", kept(address)) == normal("address", address)


@given(st.one_of(texts, addresses))
def test_l4_at_most_one_bounce(value):
    assert kept(kept(value)) == kept(value)
    if isinstance(value, Address):
        there = get_lines(*put_lines(value.street))
        assert get_lines(*put_lines(there)) == there


@given(
    st.one_of(transforms, st.just("address"), st.just("unknown")),
    st.one_of(st.none(), st.text(), addresses),
    st.text(max_size=3),
)
def test_l5_nothing_raises(transform, value, country):
    assert isinstance(normal(transform, value, country), str)
    rule = FieldRule(
        "x", "X", "X*", "address:X", transform="address" if isinstance(value, Address) else "text", salesforce_length=5
    )
    rule.problem("salesforce", value)
    rule.problem("accelo", value)


@pytest.mark.parametrize("blank", [None, "", " \t\n", Address(), Address(street=" , \n")])
@pytest.mark.parametrize("transform", sorted(TRANSFORMS))
def test_l6_there_is_one_blank(transform, blank):
    assert normal(transform, blank) == ""
    assert not kept(blank) or isinstance(blank, Address)


@pytest.mark.parametrize(
    ("transform", "a", "b"),
    [
        ("text", " Café  au lait", "Cafe\u0301 au lait"),
        ("multiline", "a \r\nb\rc", "a\nb\nc\n"),
        ("email", " Ann@EXAMPLE.com", "Ann@example.com"),
        ("url", "https://WWW.Acme.com/", "www.acme.com"),
        ("url", "acme.com/A", "http://Acme.com/A/"),
    ],
)
def test_these_are_the_same(transform, a, b):
    assert normal(transform, a) == normal(transform, b)


@pytest.mark.parametrize(
    ("transform", "a", "b"),
    [
        ("text", "acme", "Acme"),
        ("email", "ann@x.org", "Ann@x.org"),
        ("url", "x.org/a", "x.org/A"),
        ("text", "①", "1"),
        ("multiline", "a\nb", "a b"),
    ],
)
def test_these_are_not_for_a_correction_is_an_edit(transform, a, b):
    assert normal(transform, a) != normal(transform, b)


@pytest.mark.parametrize(
    ("given_", "country", "expected"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("+1 212.555.0123", "", "+12125550123"),
        ("(212) 555-0123", "", "2125550123"),
        ("020 7946 0958 x 12", "GB", "+442079460958;ext=12"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("call Bob 5", "US", "call Bob 5"),
        ("see website", "US", "see website"),
        ("12345", "US", "12345"),
        ("+999 12", "", "+99912"),
        ("０２０ ７９４６ ０９５８", "GB", "+442079460958"),
    ],
)
def test_telephone_numbers(given_, country, expected):
    assert phone(given_, country) == expected


def test_an_address_is_compared_by_iso_codes_and_street_lines():
    a = Address("1 High St\r\nFloor 2", " New  York ", "New York", "10001", "USA")
    b = Address("1 High St, Floor 2", "New York", "NY", "10001", "United States")
    assert normal("address", a) == normal("address", b)
    assert normal("address", Address(state="Bayern", country="Nowhere")) == "\x1f\x1fBayern\x1f\x1fNowhere"


def test_very_long_texts_are_compared_and_not_remembered():
    assert normal("text", "x " * LONG) == ("x " * LONG).strip()


def test_places():
    assert [country_code(name) for name in ("", "uk", "Holland", "deu", "Nowhere")] == ["", "GB", "NL", "DE", ""]
    assert [state_code(*pair) for pair in (("california", "US"), ("CA", "US"), ("CA", ""), ("Nowhere", "US"))] == [
        "CA",
        "CA",
        "",
        "",
    ]
    assert (country_name("US"), country_name("ZZ")) == ("United States", "")
