"""One contract for both engines of the real model, and their agreement."""

import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelError
from embeddings import load_encoder
from embeddings.compiled import CompiledEncoder

ROOT = Path(__file__).parents[2]

# Eight subjects, seven things said of each: enough alike that rankings are worth comparing.
SUBJECTS = [
    *("the parliament of Norway", "a violin concerto", "photosynthesis in algae", "bread"),
    *("the price of copper", "the 1974 final", "Mount Kilimanjaro", "the French Revolution"),
]
SAYINGS = [
    "Who first described {}?",
    "A short note on {}.",
    "In 1987, 12,500 people were asked about {}, and 3.5% had an opinion.",
    "{} (see S/PRST/2018/1, https://example.org/a?b=c) — “quoted”, naïve, façade.",
    "关于 {} 的说明。 Кое-что ещё. كلمة",
    "What is known of {} comes from few sources, of which the oldest is lost. "
    + "Others copied. " * 40,
    "{}",
]
TEXTS = [saying.format(subject) for subject, saying in product(SUBJECTS, SAYINGS)]
QUESTIONS = [f"What do we know about {subject}?" for subject in SUBJECTS]

engines = ["compiled", pytest.param("plain", marks=pytest.mark.slow)]


@pytest.fixture(scope="session")
def plain(model):
    from embeddings.encoder import SentenceTransformerEncoder

    return SentenceTransformerEncoder.load(model)


@pytest.fixture(params=engines)
def encoder(request):
    return request.getfixturevalue(request.param)


def cosines(one, other):
    return (one * other).sum(axis=1)


def test_an_encoder_says_which_model_it_runs(encoder, model):
    assert (encoder.name, encoder.fingerprint) == (model.name, model.fingerprint)
    assert (encoder.dimension, encoder.max_tokens) == (384, 256)


def test_vectors_are_rows_of_float32_and_of_length_one(encoder):
    for vectors in (encoder.encode_documents(TEXTS[:9]), encoder.encode_queries(TEXTS[:9])):
        assert vectors.shape == (9, 384)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_no_texts_give_no_rows(encoder):
    assert encoder.encode_documents([]).shape == (0, 384)
    assert encoder.encode_queries([]).shape == (0, 384)
    assert encoder.count_tokens([]) == []


def test_each_row_belongs_to_its_text_whatever_stands_beside_it(encoder):
    """Batches are made by length: rows must find their way back."""
    texts = TEXTS[:10]
    together = encoder.encode_documents(texts)
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = encoder.encode_documents([texts[at] for at in order])
    alone = np.vstack([encoder.encode_documents([text]) for text in texts])
    assert cosines(shuffled, together[order]).min() > 0.999
    assert cosines(alone, together).min() > 0.999
    assert np.argmax(shuffled @ together.T, axis=1).tolist() == order.tolist()


def test_texts_of_one_meaning_are_nearer_than_others(encoder):
    texts = ["The cat sleeps on the sofa.", "A kitten naps on the couch.", "Steel prices rose."]
    cat, kitten, steel = encoder.encode_documents(texts)
    assert cat @ kitten > 0.4 > cat @ steel


def test_tokens_are_counted_with_the_two_special_ones(encoder):
    assert encoder.count_tokens(["", "hello", "hello world", "hello, world!"]) == [2, 3, 4, 6]


def test_a_document_at_the_limit_is_read_and_one_above_it_refused(encoder):
    at_limit = "word " * (256 - 2)
    assert encoder.count_tokens([at_limit]) == [256]
    assert encoder.encode_documents([at_limit]).shape == (1, 384)
    with pytest.raises(ModelError, match=r"a text of 257 tokens is above .* limit of 256") as late:
        encoder.encode_documents(["short", at_limit + "more", "short"])
    assert "\n" not in str(late.value)


def test_a_question_above_the_limit_is_read_up_to_it(encoder):
    at_limit = "word " * (256 - 2)
    read, cut = encoder.encode_queries([at_limit, at_limit + "Geneva " * 300])
    assert read @ cut > 0.9999


def test_progress_counts_every_text_once(encoder):
    told: list[int] = []
    encoder.encode_documents(TEXTS[:50], told.append)
    assert sum(told) == 50
    assert min(told) > 0


def test_white_space_and_odd_characters_are_texts_too(encoder):
    texts = ["", " ", "\n", "\u200b", "\x00", "\ud7ff", "😀", "\u0301", "a\u0301"]
    vectors = encoder.encode_documents(texts)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_contributions_sum_to_the_cosine(encoder):
    vector = encoder.encode_queries([QUESTIONS[0]])[0]
    split = encoder.contributions(TEXTS, vector)
    sums = [shares.sum() for _, shares in split]
    np.testing.assert_allclose(sums, encoder.encode_documents(TEXTS) @ vector, atol=1e-3)


def test_contributions_lie_in_their_text_and_special_tokens_nowhere(encoder):
    texts = ["", "The keeper slept.", "Das Öl, naïve: 漢字", "word " * 200]
    vector = encoder.encode_queries(["Who slept?"])[0]
    split = encoder.contributions(texts, vector)
    lengths = [len(spans) for spans, _ in split]
    assert lengths == encoder.count_tokens(texts) == [len(shares) for _, shares in split]
    for text, (spans, shares) in zip(texts, split, strict=True):
        assert (spans.dtype, shares.dtype) == (np.int64, np.float32)
        assert spans[0].tolist() == spans[-1].tolist() == [0, 0]
        read = spans[1:-1]
        assert (read[:, 0] < read[:, 1]).all()
        assert (read[:-1, 1] <= read[1:, 0]).all()
        assert "".join(text[a:b] for a, b in read.tolist()) == "".join(text.split())


def test_the_word_that_a_question_asks_of_adds_most(encoder):
    text = "The keeper slept beside the old harbour."
    [(spans, shares)] = encoder.contributions([text], encoder.encode_queries(["harbour"])[0])
    start, end = spans[shares.argmax()].tolist()
    assert text[start:end] == "harbour"


def test_contributions_of_nothing_are_none_of_a_long_text_refused(encoder):
    vector = encoder.encode_queries(["Who?"])[0]
    assert encoder.contributions([], vector) == []
    with pytest.raises(ModelError, match=r"a text of 257 tokens is above .* limit of 256"):
        encoder.contributions(["word " * 255], vector)


def test_a_model_that_does_not_pool_by_the_mean_has_no_contributions(encoder, model, monkeypatch):
    monkeypatch.setattr(encoder, "_model", replace(model, mean_pooled=False))
    assert encoder.contributions(["The keeper slept."], np.zeros(384, dtype=np.float32)) is None


def test_a_prompt_shifts_no_span(encoder, model, monkeypatch):
    vector = encoder.encode_queries(["Who slept?"])[0]
    monkeypatch.setattr(encoder, "_model", replace(model, document_prompt="passage: "))
    [(spans, shares)] = encoder.contributions(["The keeper slept."], vector)
    assert spans.tolist() == [[0, 0]] * 3 + [[0, 3], [4, 10], [11, 16], [16, 17], [0, 0]]
    [cosine] = encoder.encode_documents(["The keeper slept."]) @ vector
    assert shares.sum() == pytest.approx(cosine, abs=1e-3)


def test_many_long_texts_are_encoded_in_batches_of_bounded_size(compiled):
    texts = ["word " * 254] * 17 + ["short"] * 5  # 17 x 256 tokens is more than one batch holds
    told: list[int] = []
    vectors = compiled.encode_documents(texts, told.append)
    assert len(told) > 1
    assert sum(told) == 22
    assert cosines(vectors[:16], vectors[1:17]).min() > 0.999


def test_the_compiled_engine_is_the_one_that_is_loaded(model, compiled):
    assert isinstance(load_encoder(model), CompiledEncoder)


def test_a_question_is_encoded_without_torch(compiled):
    code = (
        "import sys; from embeddings import find_model, load_encoder\n"
        "encoder = load_encoder(find_model())\n"
        "print((asked := encoder.encode_queries(['Who?'])).shape)\n"
        "assert encoder.contributions(['The keeper.'], asked[0])\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["(1, 384)", "[]"], done.stderr


# Agreement of the engines, by the arithmetic of this processor: bf16 rounds to three digits.

LEAST_MEAN_COSINE = {"f32": 0.999999, "bf16": 0.9999}
TIES = {"f32": 1e-5, "bf16": 3e-3}


@pytest.mark.slow
def test_both_engines_count_the_same_tokens(compiled, plain):
    texts = [*TEXTS, "", " ", "😀" * 9, "x" * 300, "word " * 400]
    assert compiled.count_tokens(texts) == plain.count_tokens(texts)


@pytest.mark.slow
def test_both_engines_give_the_same_vectors(compiled, plain):
    documents = cosines(compiled.encode_documents(TEXTS), plain.encode_documents(TEXTS))
    questions = cosines(compiled.encode_queries(QUESTIONS), plain.encode_queries(QUESTIONS))
    assert documents.mean() >= LEAST_MEAN_COSINE[compiled.precision]
    assert questions.mean() >= LEAST_MEAN_COSINE[compiled.precision]


@pytest.mark.slow
def test_both_engines_rank_alike_up_to_ties(compiled, plain):
    """The five best of one are, by the scores of the other, as good as its own five."""
    ours = compiled.encode_queries(QUESTIONS) @ compiled.encode_documents(TEXTS).T
    theirs = plain.encode_queries(QUESTIONS) @ plain.encode_documents(TEXTS).T
    for mine, reference in zip(ours, theirs, strict=True):
        best = np.argsort(-mine, kind="stable")[:5]
        expected = -np.sort(-reference)[:5]
        np.testing.assert_allclose(reference[best], expected, atol=TIES[compiled.precision])
