"""BM25 by hand: one formula, so every value can be worked out."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.bm25 import bm25, inverse_document_frequencies, products


def floats(*values):
    return np.array(values, dtype=np.float32)


def score(count, length=10, frequency=3, documents=100, average=10.0, **options):
    """Return the score of one row for one term."""
    (value,) = bm25(
        floats(count).reshape(1, 1),
        floats(length),
        floats(frequency),
        documents,
        average,
        **options,
    )
    return float(value)


def test_the_idf_is_lucenes():
    # N = 10, df = 1, 5, 10: ln(1 + 9.5 / 1.5), ln(1 + 5.5 / 5.5), ln(1 + 0.5 / 10.5)
    expected = [log(1 + 9.5 / 1.5), log(2), log(1 + 0.5 / 10.5)]
    found = inverse_document_frequencies(floats(1, 5, 10), 10)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_row_of_average_length_with_one_occurrence_scores_its_idf():
    # tf (k1 + 1) / (tf + k1) = 2.2 / 2.2 = 1
    assert score(1, frequency=5, documents=10) == pytest.approx(log(2), rel=1e-6)


def test_values_worked_by_hand():
    # k1 = 1.2, b = .75, two terms of idf ln 2 and ln(1 + 8.5 / 2.5), average length 10
    # row 1: length 20, norm 1.2 (.25 + 1.5) = 2.1; counts 3, 0: 6.6 / 5.1
    # row 2: length 5, norm 1.2 (.25 + .375) = .75; counts 1, 2: 2.2 / 1.75, 4.4 / 2.75
    counts = floats(3, 0, 1, 2).reshape(2, 2)
    found = bm25(counts, floats(20, 5), floats(5, 2), 10, 10.0)
    rare = log(1 + 8.5 / 2.5)
    expected = [log(2) * 6.6 / 5.1, log(2) * 2.2 / 1.75 + rare * 4.4 / 2.75]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == np.float32


def test_without_length_normalisation_length_is_no_matter():
    assert score(2, length=1, b=0.0) == score(2, length=1000, b=0.0)
    assert score(2, b=0.0, k1=1.0) == pytest.approx(
        log(1 + 97.5 / 3.5) * 4 / 3, rel=1e-6
    )  # 2 (1 + 1) / (2 + 1)


def test_no_common_term_scores_zero():
    found = bm25(floats(0, 0, 0, 0).reshape(2, 2), floats(7, 0), floats(3, 0), 10, 5.0)
    assert found.tolist() == [0.0, 0.0]


def test_no_rows_and_no_terms_have_scores_of_their_shape():
    assert bm25(np.zeros((0, 2), np.float32), floats(), floats(1, 1), 5, 1.0).shape == (0,)
    assert bm25(np.zeros((3, 0), np.float32), floats(1, 2, 3), floats(), 5, 1.0).tolist() == [0] * 3


def test_an_empty_collection_divides_by_nothing():
    assert np.isfinite(bm25(floats(1).reshape(1, 1), floats(1), floats(0), 0, 0.0)).all()


@given(st.integers(0, 50), st.integers(1, 200))
def test_more_occurrences_score_higher_with_no_more_than_their_bound(count, length):
    assert score(count, length) < score(count + 1, length)
    assert score(count, length) < log(1 + 97.5 / 3.5) * 2.2  # idf (k1 + 1)


@given(st.integers(1, 50), st.integers(1, 200))
def test_longer_rows_score_lower(count, length):
    assert score(count, length) > score(count, length + 1)


@given(st.integers(1, 10_000))
def test_the_idf_is_above_zero_and_falls_with_frequency(documents):
    idf = inverse_document_frequencies(np.arange(documents + 1, dtype=np.float32), documents)
    assert (idf > 0).all()
    assert (np.diff(idf) < 0).all()


def test_a_frequency_above_the_number_of_documents_is_still_positive():
    """Statistics of two moments may disagree by a few rows."""
    assert (inverse_document_frequencies(floats(11, 20), 10) > 0).all()


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_row_scores_the_same_wherever_it_stands(terms, rows, seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 9, (rows, terms)).astype(np.float32)
    lengths = rng.integers(1, 99, rows).astype(np.float32)
    frequencies = rng.integers(1, 99, terms).astype(np.float32)
    whole = bm25(counts, lengths, frequencies, 100, 50.0)
    alone = [
        bm25(counts[at : at + 1], lengths[at : at + 1], frequencies, 100, 50.0)[0]
        for at in range(rows)
    ]
    assert whole.tolist() == [float(value) for value in alone]


@given(st.integers(0, 2**32 - 1))
def test_products_are_those_of_matrix_and_vector(seed):
    rng = np.random.default_rng(seed)
    rows, vector = rng.standard_normal((7, 33)), rng.standard_normal(33)
    found = products(rows.astype(np.float32), vector.astype(np.float32))
    np.testing.assert_allclose(found, rows @ vector, atol=1e-5)
