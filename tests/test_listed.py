"""Names on one line: what a person may write, and that every name comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.listed import as_line, names_in

NAMES = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1).map(str.strip)


@pytest.mark.parametrize(
    "text, names",
    [
        ("", ()),
        (" , ,", ()),
        ("Renewal, Services", ("Renewal", "Services")),
        ('"Closed, Won"', ("Closed, Won",)),
        ('New , "Closed, Won" , Lost', ("New", "Closed, Won", "Lost")),
        ('"The ""big"" ones, old"', ('The "big" ones, old',)),
        ('Pipes of 5", New', ('Pipes of 5"', "New")),
        ("New,Lost,New", ("New", "Lost")),
        ("New\nLost", ("New", "Lost")),
    ],
)
def test_names_are_parted_at_commas_unless_they_stand_in_double_quotes(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names


@given(st.lists(NAMES.filter(bool), unique=True))
def test_every_list_of_names_comes_back_from_its_line(names: list[str]) -> None:
    assert names_in(as_line(names)) == names_in(as_line(names, ", ")) == tuple(names)
