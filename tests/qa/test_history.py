"""A conversation survives the way to the browser and back; nothing else is taken for one."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.app import render
from qa.fitting import Unfit, parsed
from qa.history import (
    LONGEST_NAME,
    LONGEST_PASSAGE,
    LONGEST_QUESTION,
    MOST_CITATIONS,
    Turn,
    citation_from,
    citation_to,
    turn_from,
    turn_to,
)
from qa.transcript import markdown
from qa.types import Answer, Scores, StatedValue
from tests.showing import Tags, answer, cite

TEXT = "The first keeper was Agnes Orr. She kept a diary."
CITATION = replace(cite(TEXT, highlights=[(0, 31)]), words=((21, 30),))
TURN = Turn(
    "And who was it?",
    Answer(
        "Who was the keeper?",
        True,
        0.9,
        0.01,
        (CITATION, replace(CITATION, number=2, page=None)),
        disagreement=(StatedValue("1931", (1,)), StatedValue("1932", (2,))),
    ),
    asked="Who was the keeper?",
)


def sent(data):
    """Return data as it comes back from a browser."""
    return json.loads(json.dumps(data))


def as_shown(turn):
    """Return a turn less what is not kept."""
    if turn.answer is None:
        return turn
    cited = tuple(replace(one, scores=Scores()) for one in turn.answer.citations)
    return replace(turn, answer=replace(turn.answer, seconds=0.0, citations=cited))


def test_a_turn_comes_back_as_it_was():
    assert turn_from(sent(turn_to(TURN))) == as_shown(TURN)


def test_an_error_comes_back_as_it_was():
    turn = Turn("Why?", error="the library is broken", asked="Why is it so?")
    assert turn_from(sent(turn_to(turn))) == turn


def test_what_is_not_answered_stays_so():
    given = answer(answered=False)
    turn = Turn("Why?", given)
    assert turn_from(sent(turn_to(turn))) == replace(turn, answer=replace(given, seconds=0.0))


def test_a_name_that_is_no_unicode_survives():
    citation = cite("x", document="caf\udce9.txt", title="\ud800")
    assert citation_from(sent(citation_to(citation))) == citation


CITATIONS = st.builds(
    lambda text, start, spans, title, relevance: replace(
        cite("-" * start + text, start, highlights=[], title=title),
        highlights=tuple(
            sorted((start + min(s), start + max(s)) for s in spans if max(s) <= len(text))
        ),
        relevance=relevance,
    ),
    st.text(max_size=40),
    st.integers(0, 50),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=3),
    st.text(max_size=20),
    st.floats(0, 1),
)


@given(
    st.text(min_size=1, max_size=40).filter(str.strip),
    st.lists(CITATIONS, max_size=4),
    st.booleans(),
    st.floats(0, 1),
)
def test_every_turn_comes_back(question, citations, answered, relevance):
    numbered = tuple(replace(one, number=n) for n, one in enumerate(citations, 1))
    turn = Turn(question, Answer(question, answered, relevance, 0.0, numbered))
    assert turn_from(sent(turn_to(turn))) == turn


def without(data, *path, put=None):
    """Return a copy of data with something else at a place."""
    copy = sent(data)
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = put
    return copy


CITED = ("answer", "citations", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("question",), None),
        (("question",), "   "),
        (("question",), "x" * (LONGEST_QUESTION + 1)),
        (("asked",), 5),
        (("error",), "both an answer and an error"),
        (("answer",), None),
        (("answer",), []),
        (("answer", "answered"), 1),
        (("answer", "relevance"), float("nan")),
        (("answer", "relevance"), 1.01),
        (("answer", "relevance"), True),
        (("answer", "citations"), {}),
        (("answer", "citations"), [turn_to(TURN)["answer"]["citations"][0]] * (MOST_CITATIONS + 1)),
        (("answer", "citations", 1, "number"), 1),
        (("answer", "differ"), [["1931", [3]]]),
        (("answer", "differ"), [["1931"]]),
        ((*CITED, "number"), 0),
        ((*CITED, "number"), 1.0),
        ((*CITED, "page"), 0),
        ((*CITED, "page"), "3"),
        ((*CITED, "start"), -1),
        ((*CITED, "start"), True),
        ((*CITED, "end"), 10**400),
        ((*CITED, "text"), TEXT[1:]),
        ((*CITED, "text"), None),
        ((*CITED, "title"), "x" * (LONGEST_NAME + 1)),
        ((*CITED, "path"), ["/etc/passwd"]),
        ((*CITED, "highlights"), [[0, len(TEXT) + 1]]),
        ((*CITED, "highlights"), [[5, 4]]),
        ((*CITED, "highlights"), [[1, 2, 3]]),
        ((*CITED, "highlights"), "ab"),
        ((*CITED, "words"), [[0, 1]] * 100_000),
        ((*CITED, "relevance"), "0.5"),
    ],
)
def test_what_no_turn_was_written_as_is_refused(path, value):
    with pytest.raises(Unfit):
        turn_from(without(turn_to(TURN), *path, put=value))


@pytest.mark.parametrize("data", [None, 1, "x", [], {}, {"question": "Why?"}, [[]]])
def test_other_data_is_refused(data):
    with pytest.raises(Unfit):
        turn_from(data)
    with pytest.raises(Unfit):
        citation_from(data)


def test_a_passage_that_is_too_long_is_refused():
    with pytest.raises(Unfit):
        citation_from(citation_to(cite("x" * (LONGEST_PASSAGE + 1))))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        ("question",),
        ("answer",),
        ("answer", "citations"),
        (*CITED, "start"),
        (*CITED, "highlights"),
        (*CITED, "text"),
        (*CITED, "relevance"),
    ]
)


@given(KEYS, JSON)
def test_any_data_at_any_place_is_taken_or_refused(path, value):
    data = without(turn_to(TURN), *path, put=value) if value == value else turn_to(TURN)
    try:
        turn = turn_from(data)
    except Unfit:
        return
    assert turn_from(sent(turn_to(turn))) == turn
    assert Tags(render.turn(turn)).open == []
    assert markdown([turn])


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "1" * 6_000, "nul", 5, None, "x" * 101, b"{}"]
)
def test_text_that_is_no_json_is_refused(text):
    with pytest.raises(Unfit):
        parsed(text, 100 if text == "x" * 101 else 1_000_000)
