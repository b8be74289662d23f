"""What the scores weigh: shares of a whole, kept by a library, halved for unknown scripts."""

import json

import numpy as np
import pytest

from corpus.errors import Damaged, UsageError
from qa.library import Library
from qa.retrieval import Scored, fuse
from qa.weights import DEFAULT_WEIGHTS, Weights, kept_weights
from tests.fakes import BagOfWords

SEMANTIC = "Скалистый остров лежит к северу."
LEXICAL = "Смотритель маяка маяка маяка"


@pytest.mark.parametrize(
    "parts",
    [
        (0.5, 0.5, 0.5),
        (0, 0, 0),
        (-0.1, 0.8, 0.3),
        (1.2, 0, -0.2),
        (0, 0, 1),
        (float("nan"), 0.5, 0.5),
        (0.5, float("inf"), 0.5),
    ],
)
def test_weights_are_shares_of_a_whole(parts):
    with pytest.raises(ValueError, match="no shares that add up to 1"):
        Weights(*parts)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (Weights(), (3 / 22, 16 / 22, 3 / 22)),
        (Weights(0, 1, 0), (0, 1, 0)),
        (Weights(0.5, 0, 0.5), (0.5, 0, 0.5)),
        (Weights(0.8, 0.2, 0), (1 / 2, 1 / 2, 0)),
    ],
)
def test_vectors_weigh_a_quarter_in_an_unknown_script(weights, expected):
    lessened = weights.for_unknown_script()
    assert (lessened.dense, lessened.sparse, lessened.sentence) == pytest.approx(expected)


def test_weights_are_kept_as_they_are():
    for weights in (Weights(), Weights(0.1, 0.2, 0.7), Weights().for_unknown_script()):
        assert kept_weights({"weights": weights.to_json()}) == weights
    assert kept_weights({}) == DEFAULT_WEIGHTS


@pytest.mark.parametrize(
    "kept",
    ["", "[]", "{", '{"dense": 1}', '{"dense": "much"}', '{"colour": 1}', "null", "7"],
)
def test_what_are_no_weights_is_said(kept):
    with pytest.raises(Damaged, match="qa tune --reset"):
        kept_weights({"weights": kept})


# Made one score


def scored(dense, sparse, sentence, vectors=None):
    """Candidates that are no support to each other, unless they are given vectors."""
    return Scored(
        rows=np.arange(len(dense), dtype=np.int64),
        dense=np.array(dense, dtype=np.float32),
        sparse=np.array(sparse, dtype=np.float32),
        sentence=np.array(sentence, dtype=np.float32),
        sentences=[None] * len(dense),
        holds=np.zeros(len(dense), dtype=np.bool_),
        idf=np.ones(1, dtype=np.float32),
        vectors=np.ones((len(dense), 1), dtype=np.float32) if vectors is None else vectors,
    )


def test_the_fused_score_is_the_weighted_mean_of_scores_from_0_to_1():
    candidates = scored([0.2, 0.6, 0.4], [0, 3, 12], [np.nan, 0.1, 0.2])
    expected = [0, 0.6 * 1 + 0.4 * 0.25, 0.6 * 0.5 + 0.4 * 1]
    fused = fuse(candidates, "hybrid", Weights(0.3, 0.2, 0.5))  # some have no sentences yet
    assert fused.tolist() == pytest.approx(expected)
    assert fuse(candidates, "dense").tolist() == candidates.dense.tolist()
    assert fuse(candidates, "sparse").tolist() == candidates.sparse.tolist()


def test_the_sentence_weighs_as_much_as_its_best_stands_out():
    dense, sparse = [0.0, 1.0] + [0.5] * 18, [0.0, 1.0] + [0.5] * 18
    weights = Weights(0.25, 0.25, 0.5)
    alone = fuse(scored(dense, sparse, [1.0] + [0.0] * 19), "hybrid", weights)
    assert alone[0] == pytest.approx(0.5), "it stands out, and weighs in full"
    assert alone[1] == pytest.approx(0.5)
    alike = fuse(scored(dense, sparse, [0.7] * 20), "hybrid", weights)
    assert alike[:2].tolist() == pytest.approx([0, 1]), "all are alike: it weighs nothing"
    sentence = np.repeat([0.9, 0.1], 10)  # the best ten are alike
    group = fuse(scored(dense, sparse, sentence), "hybrid", weights)
    assert group[:2].tolist() == pytest.approx([0, 1], abs=1e-6)
    sentence[0] = 0.95
    share = 0.5 * (0.95 - (0.95 + 9 * 0.9) / 10) / sentence.std() / 1.2
    little = fuse(scored(dense, sparse, sentence), "hybrid", weights)
    assert 0 < share < 0.1
    assert little[0] == pytest.approx(share, abs=1e-5)


def test_what_is_alike_supports_each_other_the_less_a_sentence_stands_out():
    dense = np.array([1.0, 0.9, 0.9, 0.9, 0.9] + [0.0] * 15, dtype=np.float32)
    vectors = np.eye(20, dtype=np.float32)
    for group in ([0, 17, 18, 19], [1, 2, 3, 4]):  # each has its three nearest in its group
        vectors[group] = 0.6 * vectors[group] + 0.8 * vectors[group[0]]
        vectors[group[0]] = np.eye(20)[group[0]]

    def fused(sentence):
        found = fuse(scored(dense, dense, sentence, vectors), "hybrid", Weights(0.5, 0.5, 0.0))
        return found[:5].tolist()

    alike = [0.7 * 1.0 + 0.3 * 0.0, *[0.9] * 4]
    assert fused([0.7] * 20) == pytest.approx(alike), "no sentence stands out"
    assert fused([0.0] * 19 + [1.0]) == pytest.approx(dense[:5]), "one plainly does"
    assert fused([np.nan] * 20) == pytest.approx(dense[:5]), "they are not known yet"
    sentence = np.repeat([0.9, 0.1], 10)
    sentence[0] = 0.95
    share = 1 - (0.95 - (0.95 + 9 * 0.9) / 10) / sentence.std() / 1.2
    assert 0 < share < 1
    assert fused(sentence)[0] == pytest.approx(1.0 - 0.3 * share), "one does a little"


def test_one_candidate_and_none():
    assert fuse(scored([0.3], [1.0], [0.2])).tolist() == [0]
    assert fuse(scored([], [], [])).tolist() == []


# Of a library


@pytest.fixture
def shelf(library, docs):
    """A library where vectors and words prefer different passages to "tower tower keeper"."""
    (docs / "words.txt").write_text(
        "Here oil and lens of granite tower are by sea keeper to storm of it all at sea by reef.",
        encoding="utf-8",
    )
    (docs / "vectors.txt").write_text("tower tower tower", encoding="utf-8")
    for at in range(9):
        (docs / f"other{at}.txt").write_text(f"The tower of oil number {at}.", encoding="utf-8")
    library.index(docs)
    return library


def first(library, **options):
    return library.ask("tower tower keeper", **options).citations[0].document


def test_a_library_ranks_by_the_weights_it_keeps(shelf):
    assert first(shelf, method="dense") == "vectors.txt"
    assert first(shelf, method="sparse") == "words.txt"
    for weights, expected in [
        (Weights(1, 0, 0), "vectors.txt"),
        (Weights(0, 1, 0), "words.txt"),
    ]:
        shelf.set_weights(weights)
        assert shelf.weights() == weights
        assert first(shelf) == expected
        assert first(shelf, method="dense") == "vectors.txt", "they are those of the hybrid"


def test_weights_last_and_another_that_has_the_library_open_uses_them(shelf, docs):
    with Library.open(shelf.folder) as other:
        assert other.weights() == DEFAULT_WEIGHTS
        shelf.set_weights(Weights(0, 1, 0))
        assert first(other) == "words.txt"
        other.set_weights(Weights(1, 0, 0))
    assert first(shelf) == "vectors.txt"
    (docs / "more.txt").write_text("A reef.", encoding="utf-8")
    shelf.index(docs)
    assert shelf.weights() == Weights(1, 0, 0)
    assert shelf.verify() == []
    shelf.set_weights(None)
    assert shelf.weights() == DEFAULT_WEIGHTS
    assert shelf.verify() == []


def test_weights_survive_a_database_that_is_lost(shelf):
    from qa import doctor

    shelf.set_weights(Weights(0, 1, 0))
    shelf.close()
    (shelf.folder / "library.sqlite").write_bytes(b"no database any more")
    doctor.repair(shelf.folder, None)
    with Library.open(shelf.folder) as mended:
        assert mended.weights() == Weights(0, 1, 0)
        assert first(mended) == "words.txt"


# A script that the encoder spells letter by letter


class Speller(BagOfWords):
    """Counts a token a letter of any script but Latin, as a tokenizer of English does."""

    def count_tokens(self, texts):
        words = super().count_tokens(texts)
        spelled = (sum(c.isalpha() and not c.isascii() for c in text) for text in texts)
        return [max(n, letters + 2) for n, letters in zip(words, spelled, strict=True)]


@pytest.mark.parametrize("spells", [True, False])
def test_vectors_weigh_less_for_a_question_that_is_spelled(encoder, library, docs, spells):
    if spells:
        encoder.__class__ = Speller
    for at, text in enumerate(["маяк остров", "море море остров", "маяк", "лодка порт"]):
        (docs / f"{at}.txt").write_text(text, encoding="utf-8")
    library.index(docs)
    found = library.scored("маяк остров")
    assert found.in_known_script is not spells
    fused = [hit.explanation.fused for hit in library.search("маяк остров", k=4)]
    weights = DEFAULT_WEIGHTS.for_unknown_script() if spells else DEFAULT_WEIGHTS
    expected = np.sort(fuse(found.scored, "hybrid", weights))[::-1]
    assert fused == pytest.approx(expected.tolist(), abs=1e-4)
    other = DEFAULT_WEIGHTS if spells else DEFAULT_WEIGHTS.for_unknown_script()
    assert np.sort(fuse(found.scored, "hybrid", other))[::-1].tolist() != pytest.approx(
        fused, abs=1e-3
    ), "the two ways of weighing differ"


def test_nothing_can_be_scored_in_an_empty_library(library):
    with pytest.raises(UsageError, match="nothing to search"):
        library.scored("tower")


def test_kept_weights_are_readable_json():
    assert json.loads(Weights().to_json()) == {"dense": 0.3, "sparse": 0.4, "sentence": 0.3}
