import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.sentences import split_sentences
from corpus.types import Passage
from embeddings.analyzer import query_terms
from qa.evidence import encode_sentences, find_evidence, term_coverage
from tests.fakes import BagOfWords, bags, fake_model

TEXT = "The tower was built in 1844. Its keeper was Agnes Orr. Nobody lives there now."
words = st.sampled_from(
    "tower keeper granite lens oil Geneva. built. now! 1844. Orr? \n\n".split(" ")
)
texts = st.lists(words, min_size=1, max_size=30).map(" ".join).filter(str.strip)


def passage(text, body=0):
    return Passage(0, len(text), text, body=body)


def weights(*values):
    return np.array(values, dtype=np.float32)


def test_coverage_by_hand():
    terms = query_terms("tower keeper castle")
    # found: tower (1 of 6) and keeper (2 of 6); castle (3 of 6) does not stand in the text
    assert term_coverage(TEXT, terms, weights(1, 2, 3)) == pytest.approx(0.5)


def test_coverage_of_all_terms_is_1_and_of_none_0():
    assert term_coverage(TEXT, query_terms("keepers of towers"), weights(2, 5)) == 1
    assert term_coverage(TEXT, ["castle"], weights(2)) == 0
    assert term_coverage(TEXT, [], weights()) == 0


def test_the_sentence_that_is_near_and_shares_words_is_the_evidence():
    found = find_evidence(
        passage(TEXT), weights(0.1, 0.7, 0.2), query_terms("tower keeper"), weights(1, 3)
    )
    assert TEXT[slice(*found.span)] == "Its keeper was Agnes Orr."
    assert found.similarity == pytest.approx(0.7)
    assert found.coverage == pytest.approx(0.75)
    assert found.passage_coverage == 1


def test_of_equally_near_sentences_the_one_that_shares_words_is_the_evidence():
    found = find_evidence(passage(TEXT), weights(0.5, 0.5, 0.5), query_terms("keeper"), weights(1))
    assert TEXT[slice(*found.span)] == "Its keeper was Agnes Orr."


def test_without_words_in_common_the_nearest_sentence_is_the_evidence():
    found = find_evidence(passage(TEXT), weights(0.1, 0.2, 0.9), ["castle"], weights(1))
    assert TEXT[slice(*found.span)] == "Nobody lives there now."
    assert (found.coverage, found.passage_coverage) == (0, 0)


def test_of_equal_sentences_the_first_is_the_evidence():
    found = find_evidence(
        passage("One here. One here. One here."), weights(0.5, 0.5, 0.5), [], weights()
    )
    assert found.span == (0, 9)


def test_headings_introduce_and_are_never_the_evidence():
    text = "# The keeper\n\nAgnes Orr kept the light. It was oil."
    body = text.index("Agnes")
    [matrix] = encode_sentences(BagOfWords(fake_model()), [(text, body)])
    assert np.array_equal(matrix, bags(["Agnes Orr kept the light.", "It was oil."]))
    found = find_evidence(passage(text, body), weights(0.9, 0.1), ["keeper"], weights(1))
    assert text[slice(*found.span)] == "Agnes Orr kept the light."


def test_a_date_that_is_asked_for_is_worth_more_than_a_little_nearness():
    cosines = weights(0.4, 0.6, 0.5)
    asked = find_evidence(passage(TEXT), cosines, [], weights(), question="When was it begun?")
    assert TEXT[slice(*asked.span)] == "The tower was built in 1844."
    unasked = find_evidence(passage(TEXT), cosines, [], weights(), question="Who was it?")
    assert TEXT[slice(*unasked.span)] == "Its keeper was Agnes Orr."


def test_a_date_that_the_question_itself_says_is_none_that_it_asks_for():
    found = find_evidence(
        passage(TEXT), weights(0.4, 0.6, 0.5), [], weights(), question="When after 1844?"
    )
    assert TEXT[slice(*found.span)] == "Its keeper was Agnes Orr."


def test_a_sentence_profits_from_what_the_one_before_it_names():
    terms, text = ["castl"], "It rained. The castle fell. It was sold. The end came."
    found = find_evidence(passage(text), weights(0, 0, 0.8, 0), terms, weights(1))
    # the castle's own sentence has 2 * .75, the next one .8 + .75
    assert text[slice(*found.span)] == "It was sold."
    assert (found.coverage, found.passage_coverage) == (0, 1)


def test_a_sentence_that_is_nearly_as_good_is_evidence_too():
    alone = find_evidence(passage(TEXT), weights(0.88, 1, 0.1), [], weights())
    assert (alone.second, alone.sentences) == (None, ((29, 54),))
    with_another = find_evidence(passage(TEXT), weights(0.92, 1, 0.91), [], weights())
    assert (with_another.span, with_another.second) == ((29, 54), (0, 28))
    assert with_another.sentences == ((0, 28), (29, 54))


def test_where_nothing_matches_one_sentence_is_enough():
    found = find_evidence(passage(TEXT), weights(0, 0, 0), ["castle"], weights(1))
    assert (found.span, found.second) == ((0, 28), None)


@settings(max_examples=40, deadline=None)
@given(texts, texts)
def test_the_evidence_is_made_of_sentences_and_covers_no_more_than_the_text(text, question):
    [matrix] = encode_sentences(BagOfWords(fake_model()), [(text, 0)])
    terms = query_terms(question)
    cosines = matrix @ bags([question])[0]
    idf = np.ones(len(terms), dtype=np.float32)
    found = find_evidence(passage(text), cosines, terms, idf, question=question)
    spans = split_sentences(text)
    assert found.similarity == pytest.approx(cosines[spans.index(found.span)])
    assert found.coverage == pytest.approx(term_coverage(text[slice(*found.span)], terms, idf))
    assert 0 <= found.coverage <= found.passage_coverage <= 1
    assert set(found.sentences) <= set(spans)
    assert len(set(found.sentences)) == 1 + (found.second is not None)


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=1, max_size=6))
def test_each_text_gets_the_vectors_of_its_own_sentences(several):
    encoder = BagOfWords(fake_model())
    matrices = encode_sentences(encoder, [(text, 0) for text in several])
    assert len(matrices) == len(several)
    for text, matrix in zip(several, matrices, strict=True):
        own = [text[start:end] for start, end in split_sentences(text)]
        assert np.array_equal(matrix, bags(own))
