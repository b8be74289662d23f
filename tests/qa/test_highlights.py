"""The words that carry the match: whole ones, in order, readable, and not too many."""

import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.types import Passage
from embeddings import find_model, load_encoder
from embeddings.analyzer import query_terms, split_words
from embeddings.types import Contributions
from qa.evidence import Evidence
from qa.expectation import expected_spans, name_spans, words_within
from qa.highlights import Marking, find_words, mark_words
from tests.fakes import BagOfWords, bags, fake_model

SENTENCE = "The keeper Agnes Orr kept the light from 1844 to 1871, and nobody thanked her for it."


def contributions(sentence, shares):
    """Return the contributions of a sentence's words, those not named adding .1."""
    spans = split_words(sentence)
    values = [shares.get(sentence[start:end], 0.1) for start, end in spans]
    whole = [(0, 0), *spans, (0, 0)]
    return Contributions(np.array(whole), np.array([0.1, *values, 0.1], dtype=np.float32))


def words(sentence, question, shares=None):
    split = None if shares is None else contributions(sentence, shares)
    found = find_words(sentence, question, query_terms(question), split)
    return [sentence[start:end] for start, end in found]


def test_the_words_of_the_question_are_marked_as_the_sentence_has_them():
    asked = "Was a light of thanks in the keepers' eyes?"
    assert words(SENTENCE, asked) == ["keeper", "light", "thanked"]


def test_a_date_or_number_that_is_asked_for_is_marked():
    assert words(SENTENCE, "When did it begin?") == ["1844 to 1871"]
    assert words("She left in 1871.", "When did she leave?") == ["1871"]
    assert words("It took 12,500 men.", "How many were there?") == ["12,500"]


def test_a_name_that_is_asked_for_is_marked():
    assert words(SENTENCE, "Who founded it?") == ["Agnes Orr"]
    assert words("Agnes Orr kept it for many long years.", "Who founded it?") == ["Agnes Orr"]
    assert words("It was she.", "Who founded it?") == []
    crowd = "It was Ann, Ben, Cat, Dan, Eve, Flo, Gus, and many a hand that they had hired abroad."
    assert words(crowd, "Who founded the society?") == []


def test_words_that_add_much_to_the_cosine_are_marked_and_function_words_are_not():
    shares = {"nobody": 0.3, "thanked": 0.3, "the": 0.9}
    assert words(SENTENCE, "Is anyone grateful?", shares) == ["nobody thanked"]
    assert words(SENTENCE, "Is anyone grateful?", dict.fromkeys(shares, 0.1)) == []


def test_a_word_counts_by_the_mean_of_its_tokens_not_by_their_number():
    split = Contributions(
        np.array([(0, 3), (3, 6), (6, 9), (10, 14), (15, 19), (20, 24)]),
        np.array([0.1, 0.1, 0.1, 0.3, 0.1, 0.1], dtype=np.float32),
    )
    assert find_words("quarrying lamp crew wind", "?", [], split) == [(10, 14)]


def test_function_words_between_two_marked_words_are_marked_with_them():
    text = "In the long and stormy winters the price of the oil, and of wicks, was never so high."
    assert words(text, "price oil wick") == ["price of the oil, and of wicks"]
    assert words(text, "winter price") == ["winters the price"]
    assert words("The price, by all accounts, was high – oil was dear, dear.", "price oil") == [
        "price",
        "oil",
    ]


def test_at_most_half_of_a_sentence_is_marked_what_is_asked_for_first():
    text = "Big red boats sank in 1871."
    assert words(text, "When did big red boats sink?") == ["Big red", "1871"]
    assert words("Harbour", "Harbour?") == ["Harbour"]


def test_nothing_is_marked_where_nothing_matches():
    assert words(SENTENCE, "Quantum lagrangian?") == []
    assert words(SENTENCE, "Quantum lagrangian?", {}) == []
    assert words("…", "…?") == []
    assert words("", "") == []


@pytest.mark.parametrize(
    ("sentence", "question", "expected"),
    [
        ("Смотритель маяка жил на острове один.", "Где жил смотритель?", ["Смотритель", "жил"]),
        ("كان حارس المنارة يعيش وحيدا في الجزيرة.", "أين كان يعيش الحارس؟", ["حارس", "يعيش"]),
        ("灯塔的看守人独自住在岛上很多年了。", "看守人是谁？", ["看守人"]),
        ("Der Leuchtturmwärter wohnte allein auf der Insel.", "Leuchtturmwärter?", None),
        ("कि\u200dला बहुत पुराना और बड़ा है।", "पुराना कहाँ?", ["पुराना"]),
    ],
)
def test_words_are_whole_in_other_scripts(sentence, question, expected):
    assert words(sentence, question) == (expected or ["Leuchtturmwärter"])


pieces = st.sampled_from(
    [
        *"aB1é漢字かไ",
        "\u0301",
        "ำ",
        "ि",
        "כ",
        " ",
        " ",
        ", ",
        "-",
        "'",
        ".",
        "\n",
        "1844",
        "The ",
        "of ",
    ]
)
odd_texts = st.lists(pieces, max_size=40).map("".join)
shares = st.lists(st.floats(-1, 1, width=32), min_size=40, max_size=40)


@settings(max_examples=200, deadline=None)
@given(odd_texts, odd_texts, shares)
@example("a-b c", "When? a", [0.0] * 40)
def test_marked_spans_are_whole_words_in_order_and_apart(sentence, question, values):
    tokens = [(at, min(at + 2, len(sentence))) for at in range(0, len(sentence), 2)][:40]
    split = Contributions(
        np.array(tokens, dtype=np.int64).reshape(-1, 2),
        np.array(values[: len(tokens)], dtype=np.float32),
    )
    question = f"When, where, how many: {question}"
    found = find_words(sentence, question, query_terms(question), split)
    starts, ends = ({edge[n] for edge in split_words(sentence)} for n in (0, 1))
    assert all(start in starts and end in ends for start, end in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert len(found) == 1 or sum(end - start for start, end in found) <= len(sentence) / 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40) | odd_texts)
@example("Ar\u030ager")
def test_no_word_ends_where_letters_of_a_spaced_script_go_on(text):
    for start, end in split_words(text):
        assert start < end
        for at in (start, end):
            inside = 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
            assert not inside or not (text[at - 1] + text[at]).isascii()
        known = text[end : end + 1] < "\u3100"  # the analyzer knows no marks of rarer scripts
        assert end == len(text) or not (known and unicodedata.combining(text[end]))


def test_the_encoder_reads_all_that_is_near_in_one_call_and_words_lie_in_their_passages():
    texts = [
        "Nothing here. The keeper slept.",
        "A keeper kept lenses. The keeper swept.",
        "Far off, a whale.",
    ]
    question = "Where did the keeper sleep?"
    vector = bags([question])[0]
    evidence = [
        Evidence((14, 31), 0.5, 1, 1),
        Evidence((0, 21), 0.4, 1, 1, second=(22, 39)),
        Evidence((0, 17), 0.1, 0, 0),
    ]
    encoder = Reading()
    found = mark_words(
        encoder,
        question,
        vector,
        [
            Marking(Passage(9, 9 + len(text), text), of_text, query_terms(question))
            for text, of_text in zip(texts, evidence, strict=True)
        ],
    )
    assert encoder.read == [["The keeper slept.", "A keeper kept lenses.", "The keeper swept."]]
    marked = [[t[a:b] for a, b in spans] for t, spans in zip(texts, found, strict=True)]
    assert marked == [["keeper"], ["keeper", "keeper"], []]


def test_however_many_passages_there_are_the_encoder_reads_three():
    encoder = Reading()
    markings = [
        Marking(Passage(0, 7, text := f"Keep {n}."), Evidence((0, len(text)), 0.5, 1, 1), [])
        for n in range(9)
    ]
    assert len(mark_words(encoder, "keep", bags(["keep"])[0], markings)) == 9
    assert encoder.read == [["Keep 0.", "Keep 1.", "Keep 2."]]


def test_without_contributions_terms_decide_alone():
    encoder = Reading(mean_pooled=False)
    [found] = mark_words(
        encoder,
        "keeper?",
        bags(["keeper?"])[0],
        [Marking(Passage(0, len(SENTENCE), SENTENCE), Evidence((0, 85), 0.5, 1, 1), ["keeper"])],
    )
    assert found == ((4, 10),)
    assert mark_words(encoder, "keeper?", bags(["keeper?"])[0], []) == []


class Reading(BagOfWords):
    """An encoder that keeps what contributions it was asked for."""

    def __init__(self, *, mean_pooled=True):
        super().__init__(fake_model())
        self.mean_pooled = mean_pooled
        self.read = []

    def contributions(self, texts, vector):
        self.read.append(list(texts))
        return super().contributions(texts, vector) if self.mean_pooled else None


def test_expected_spans_are_whole_words_of_what_is_asked_and_not_said():
    text = "On 3 March 1823, some 1,500 of 40 boats."
    told = {
        question: [text[a:b] for a, b in expected_spans(question, text)]
        for question in ("When was it?", "How many of the 40 boats?", "Who?")
    }
    assert told == {
        "When was it?": ["3", "March", "1823"],
        "How many of the 40 boats?": ["3", "1823", "1,500"],
        "Who?": [],
    }  # fmt: skip


def test_name_spans_are_names_that_are_asked_for_and_not_said():
    text = "Rollo met Agnes Orr in Rouen."
    assert [text[a:b] for a, b in name_spans("Where did Agnes meet him?", text)] == ["Orr", "Rouen"]
    assert name_spans("What did Agnes do?", text) == []
    assert name_spans("Who?", "") == []


def test_words_within_are_those_that_a_span_touches():
    assert words_within([(0, 2), (3, 5), (6, 9)], [(1, 4), (9, 12)]) == [(0, 2), (3, 5)]
    assert words_within([(0, 2)], []) == []


@pytest.mark.slow
def test_the_real_model_finds_words_that_say_the_same_in_other_words():
    encoder = load_encoder(find_model())
    sentence = (
        "A progressive decline in hormone levels is partially responsible for weakened immune "
        "responses in people who are no longer young."
    )
    question = "Why do the elderly fall ill more often?"
    evidence = Evidence((0, len(sentence)), 0.5, 0, 0)
    passage = Passage(0, len(sentence), sentence)
    [found] = mark_words(
        encoder,
        question,
        encoder.encode_queries([question])[0],
        [Marking(passage, evidence, query_terms(question))],
    )
    marked = [sentence[start:end] for start, end in found]
    assert "young" in marked
    assert "responsible" not in " ".join(marked)
