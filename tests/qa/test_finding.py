"""Words found in a text, whatever their case, accents and line ends."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.finding import LONGEST_QUERY, find

TEXT = "Der Fluß ist groß. Café\ncrème, a ﬁne A\u0301rea.\u00a0\u00a0한국어 İstanbul"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("FLUSS", ["Fluß"]),
        ("ss", ["ß", "ß"]),
        ("cafe creme", ["Café\ncrème"]),
        ("café  \t CRÈME", ["Café\ncrème"]),
        ("fine", ["ﬁne"]),
        ("área", ["A\u0301rea"]),
        ("area. 한국어", ["A\u0301rea.\u00a0\u00a0한국어"]),
        ("istanbul", ["İstanbul"]),
        ("nowhere", []),
        ("", []),
        ("  \n", []),
        (".", [".", "."]),
        ("(", []),
    ],
)
def test_words_are_found_as_they_are_written(query, found):
    assert [TEXT[start:end] for start, end in find(TEXT, query, 9)] == found


def test_no_more_are_found_than_asked_for_and_none_overlap():
    assert find("aaaaaa", "aa", 2) == [(0, 2), (2, 4)]
    assert find("aaaaaa", "aa", 9) == [(0, 2), (2, 4), (4, 6)]


def test_a_query_is_cut_where_it_gets_too_long():
    text = "x" * (LONGEST_QUERY + 50)
    assert find(text, text, 9) == [(0, LONGEST_QUERY)]


@pytest.mark.parametrize("at", [4_090, 4_093, 4_095, 4_096, 4_097, 9_000])
@pytest.mark.parametrize("blank", [" ", "\n\n", " \u2003 "])
def test_words_are_found_wherever_in_a_long_text_they_stand(at, blank):
    text = "é" * at + f"b{blank}ß" + "é" * 9_000
    assert find(text, "B ss", 9) == [(at, at + len(blank) + 2)]


@given(st.text("abß \né\u0301A", max_size=60), st.text("ab sé", max_size=5))
def test_what_is_found_folds_to_what_was_asked_for(text, query):
    def plain(part):
        bare = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", part))
        return " ".join(bare.casefold().split())

    spans = find(text, query, 99)
    for start, end in spans:
        assert plain(query) in plain(text[start:end])
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert bool(spans) == bool(plain(query) and plain(query) in plain(text))


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text):
    for start, end in find(text, text[:3], 99):
        assert 0 <= start < end <= len(text)
