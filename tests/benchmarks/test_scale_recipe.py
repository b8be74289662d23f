"""What the benchmark of large libraries makes of a small one."""

import numpy as np
import pytest

from corpus.sentences import body_sentences
from embeddings.analyzer import passage_terms
from tests.benchmarks.scale_recipe import ROOT, Recipe, write

REAL, MADE = 16, 60


@pytest.fixture
def real(library, docs):
    """A library of sixteen passages, all sentences encoded."""
    for at in range(REAL):
        text = f"The old keeper of tower {at} climbs up the stair. A lamp of oil burns all night."
        (docs / f"{at}.txt").write_text(text, encoding="utf-8")
    library.index(docs)
    return library


def made(real, count=REAL + MADE):
    return list(Recipe.of_library(real.folder).rows(count))


def test_real_passages_come_first_and_as_they_are(real):
    with real._store.view() as view:
        texts = {stored.passage.text for stored in view.stored(view.rows_after(0).tolist())}
    rows = made(real)
    assert len(rows) == REAL + MADE
    assert {row.passage.text for row in rows[:REAL]} == texts
    assert len(made(real, 3)) == 3


def test_mixes_differ_and_are_as_real_ones_would_be_read(real):
    mixes = made(real)[REAL:]
    assert len({row.passage.text for row in mixes}) > MADE // 2
    for row in mixes:
        passage = row.passage
        assert row.terms == passage_terms(passage)
        assert len(row.sentences) == len(body_sentences(passage.text, passage.body))
        for rows in (row.vector[None], row.sentences):
            np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-3)


def test_mixes_lie_near_the_real_ones_and_are_none_of_them(real):
    rows = made(real)
    nearest = (
        np.stack([row.vector for row in rows[REAL:]])
        @ np.stack([row.vector for row in rows[:REAL]]).T
    )
    assert nearest.max(axis=1).min() > 0.7
    assert nearest.max() < 0.99


def test_the_same_is_made_each_time(real):
    one, two = made(real), made(real)
    assert [row.passage for row in one] == [row.passage for row in two]
    np.testing.assert_array_equal(one[-1].vector, two[-1].vector)


def test_what_is_written_is_a_sound_library(real, monkeypatch):
    monkeypatch.setattr("tests.benchmarks.scale_recipe.PASSAGES_A_FILE", 7)
    rows = made(real)
    real._store.add_root(ROOT)
    write(real._store, iter(rows), 0)
    assert real._store.damage() == []
    assert real._store.without_sentences(1) == []
    with real._store.view() as view:
        assert view.passages == 2 * REAL + MADE
        assert len(view.files(ROOT)) == -(-(REAL + MADE) // 7)
    assert real.ask("Who climbs up the stair of tower 7?").citations
