"""Why a passage stands where it stands: scores and ranks that are those of all candidates."""

import numpy as np
import pytest

from embeddings.analyzer import count_terms
from tests.fakes import bags

METHODS = ("hybrid", "dense", "sparse")
WORDS = "tower keeper granite lens oil storm reef island clock stair".split()
QUESTION = "Was the keeper on the reef in the storm?"


@pytest.fixture
def shelf(library, docs):
    """A library of a passage a file."""
    generator = np.random.default_rng(4)
    for at in range(20):
        text = " ".join(generator.choice(WORDS, generator.integers(4, 12)))
        (docs / f"{at:02}.txt").write_text(f"{text} number{at}.", encoding="utf-8")
    library.index(docs)
    return library


def ranks(scores):
    """Return where each score stands, counted from 1; equal ones in their order."""
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    return {at: order.index(at) + 1 for at in range(len(scores))}


@pytest.mark.parametrize("method", METHODS)
def test_scores_and_ranks_are_those_of_all_passages(shelf, method):
    hits = shelf.search(QUESTION, k=20, method=method)
    hits.sort(key=lambda hit: hit.stored.file.path)
    assert len(hits) == 20
    told = [hit.explanation for hit in hits]
    dense = [float(vector @ bags([QUESTION])[0]) for vector in bags(texts_of(hits))]
    assert [one.dense.score for one in told] == pytest.approx(dense, abs=1e-3)
    for name in ("dense", "sparse", "sentence"):
        scores = [getattr(one, name).score for one in told]
        by_rank = sorted(told, key=lambda one: getattr(one, name).rank)
        assert [getattr(one, name).rank for one in by_rank] == list(range(1, 21))
        assert [getattr(one, name).score for one in by_rank] == sorted(scores, reverse=True)
    keeper = [count_terms(text)["keeper"] > 0 for text in texts_of(hits)]
    assert any(keeper)
    assert all(one.sparse.score > 0 for one, is_there in zip(told, keeper, strict=True) if is_there)


def texts_of(hits):
    return [hit.stored.passage.text for hit in hits]


@pytest.mark.parametrize("method", METHODS)
def test_the_order_is_that_of_the_fused_score(shelf, method):
    hits = shelf.search(QUESTION, k=20, method=method)
    fused = [hit.explanation.fused for hit in hits]
    assert fused == sorted(fused, reverse=True)
    if method == "hybrid":
        assert 0 <= fused[-1] < fused[0] <= 1
    else:
        told = [getattr(hit.explanation, method) for hit in hits]
        assert [one.score for one in told] == fused
        assert [one.rank for one in told] == list(range(1, 21))


def test_scores_are_told_also_where_the_method_asked_for_none(shelf):
    for method, silent in (("dense", "sparse"), ("sparse", "dense")):
        [citation] = shelf.ask(QUESTION, k=1, method=method, explain=True).citations
        assert getattr(citation.scores, silent) is None
        assert getattr(citation.explanation, silent).rank >= 1


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        (
            "The KEEPERS keep it; keepers' boats.",
            "Who is the keeper?",
            ("KEEPERS", "keepers"),
        ),
        ("Café noir. CAFE au lait.", "Which café?", ("Café", "CAFE")),
        ("A co-operation.", "What co-operation?", ("co", "operation", "co-operation")),
        ("The tower is on it.", "Is the tower on it?", ("tower",)),
        ("Nothing of it here.", "Who was the keeper?", ()),
        ("他住在日内瓦。", "日内瓦在哪里", ("日内", "内瓦")),
    ],
)
def test_matched_words_are_as_the_passage_writes_them(library, docs, text, question, expected):
    (docs / "a.txt").write_text(text, encoding="utf-8")
    library.index(docs)
    [citation] = library.ask(question, explain=True).citations
    assert citation.explanation.matched == expected


def test_it_is_left_out_unless_asked_for(shelf):
    assert all(c.explanation is None for c in shelf.ask(QUESTION).citations)
    assert all(c["explanation"] is None for c in shelf.ask(QUESTION).to_dict()["citations"])
    told = shelf.ask(QUESTION, explain=True).to_dict()["citations"][0]["explanation"]
    assert told.keys() == {"fused", "dense", "sparse", "sentence", "matched"}
    assert told["sentence"].keys() == {"score", "rank"}


def test_sentences_without_vectors_have_no_rank(library, docs, monkeypatch):
    monkeypatch.setattr("qa.sync.Sync.complete_sentences", lambda sync: None)
    (docs / "a.txt").write_text("The keeper of the tower.", encoding="utf-8")
    library.index(docs)
    [citation] = library.ask("keeper", explain=True).citations
    assert citation.explanation.sentence is None
    assert citation.scores.sentence is not None
