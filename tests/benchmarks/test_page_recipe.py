"""The recipe that document-qa is measured beside cuts text as the well-known splitter does."""

from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.page_recipe import split


def test_text_is_cut_at_the_coarsest_separator_and_joined_up_to_the_size():
    text = "one two\n\nthree\n\nfour five six seven\n\neight"
    assert split(text, 16) == ["one two\n\nthree", "four five six", "seven", "eight"]
    assert split("abcdefgh", 3) == ["abc", "def", "gh"]
    assert split("", 3) == split(" \n\n \n", 3) == []


def test_a_piece_begins_with_the_end_of_the_one_before():
    assert split("a b c d e f", 5, 3) == ["a b c", "c d", "d e", "e f"]


@given(st.text("ab \n", max_size=80), st.integers(1, 12))
def test_nothing_but_white_space_is_lost(text, size):
    pieces = split(text, size)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(0 < len(piece) <= size for piece in pieces)
