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


@settings(max_examples=40, deadline=None)
@given(texts, texts)
def test_the_evidence_is_a_sentence_of_the_text_and_covers_no_more_than_the_text(text, question):
    [matrix] = encode_sentences(BagOfWords(fake_model()), [(text, 0)])
    terms = query_terms(question)
    cosines = matrix @ bags([question])[0]
    found = find_evidence(passage(text), cosines, terms, np.ones(len(terms), dtype=np.float32))
    spans = split_sentences(text)
    assert found.similarity == pytest.approx(cosines[spans.index(found.span)])
    for (start, end), cosine in zip(spans, cosines, strict=True):
        coverage = term_coverage(text[start:end], terms, np.ones(len(terms), dtype=np.float32))
        assert cosine <= found.similarity + 1e-6 or coverage <= found.coverage
    assert 0 <= found.coverage <= found.passage_coverage <= 1


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=1, max_size=6))
def test_each_text_gets_the_vectors_of_its_own_sentences(several):
    encoder = BagOfWords(fake_model())
    matrices = encode_sentences(encoder, [(text, 0) for text in several])
    assert len(matrices) == len(several)
    for text, matrix in zip(several, matrices, strict=True):
        own = [text[start:end] for start, end in split_sentences(text)]
        assert np.array_equal(matrix, bags(own))
