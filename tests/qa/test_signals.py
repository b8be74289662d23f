import numpy as np
import pytest

from corpus.sentences import body_sentences
from corpus.types import Passage
from embeddings.analyzer import query_terms
from qa.evidence import Evidence
from qa.signals import RankedPassage, signals

TEXT = (
    "The bridge at Lindow was closed in the winter. Anna Frey reopened it in May 1931. "
    "It had carried 40 carts a day."
)


def found(text=TEXT, sentence=1, similarity=0.6, dense=0.5, context=""):
    passage = Passage(0, len(text), text, context)
    span = body_sentences(text, 0)[sentence]
    return RankedPassage(passage, Evidence(span, similarity, 0.5, 0.5), dense)


def of(question, *passages):
    terms = list(query_terms(question))
    return signals(question, terms, np.ones(len(terms), np.float32), passages or [found()])


def test_numbers_of_the_evidence_are_taken_over():
    (one,) = of("When was it reopened?", found(similarity=0.7, dense=0.4))
    assert (one.similarity, one.coverage, one.dense) == (0.7, 0.5, 0.4)


def test_the_first_passage_is_told_from_the_others_by_rank_and_margin():
    first, second, third = of("x", *(found(similarity=s) for s in (0.8, 0.5, 0.6)))
    assert [one.first for one in (first, second, third)] == [1, 0, 0]
    margins = [one.margin for one in (first, second, third)]
    assert margins == pytest.approx([0.3, -0.3, -0.2])
    (alone,) = of("x")
    assert (alone.first, alone.margin) == (1, 0)


def test_the_window_covers_the_sentences_beside_the_evidence():
    (one,) = of("bridge carts reopened moon")
    assert one.window_coverage == pytest.approx(3 / 4)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Who reopened the bridge at Lindow?", 0),
        ("Who reopened the bridge at Marlow?", 1),
        ("Marlow had which bridge?", 0),  # the first word has a capital in any case
    ],
)
def test_a_name_that_the_passage_lacks(question, missing):
    assert of(question)[0].name_missing == missing


def test_a_name_in_the_context_is_not_missing():
    question = "Who reopened the bridge at Marlow?"
    assert of(question, found(context="Bridges of Marlow"))[0].name_missing == 0


@pytest.mark.parametrize(("year", "missing"), [("1931", 0), ("1932", 1), ("40", 0)])
def test_a_number_that_the_evidence_lacks(year, missing):
    assert of(f"What happened in {year}?")[0].number_missing == missing


@pytest.mark.parametrize(
    ("question", "sentence", "missing"),
    [
        ("When was the bridge reopened?", 1, 0),
        ("When was the bridge closed?", 0, 1),
        ("When was it reopened in May 1931?", 1, 1),  # the question's own words do not count
        ("How many carts did it carry?", 2, 0),
        ("How many carts did it carry?", 0, 1),
        ("Who reopened it?", 1, 0),
        ("Who reopened it after Anna Frey?", 0, 0),
        ("Where did carts go?", 2, 1),
        ("Which colour had it?", 2, 0),  # nothing is known of what this asks for
    ],
)
def test_the_kind_that_is_asked_for(question, sentence, missing):
    assert of(question, found(sentence=sentence))[0].kind_missing == missing


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("Which bridge was not closed?", "The bridge was closed.", 1),
        ("Which bridge was not closed?", "The bridge was never closed.", 0),
        ("Which bridge wasn’t closed?", "The bridge was closed.", 1),
        ("Which bridge was closed?", "The bridge was not closed.", 0),
        ("Which United Nations office discussed it?", "The bridge was closed.", 0),
    ],
)
def test_a_negation_that_the_evidence_lacks(question, text, missing):
    assert of(question, found(text, 0))[0].negation_missing == missing


def test_nothing_found_has_no_signals():
    assert signals("x", ["x"], np.ones(1, np.float32), []) == []
