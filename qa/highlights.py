"""Which words of the evidence carry the match."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from corpus.types import Passage
from embeddings.analyzer import analyze, is_function_word, split_words
from embeddings.languages import ENGLISH, language_of
from embeddings.types import Contributions, Encoder, Scores, Vectors
from qa.evidence import Evidence
from qa.expectation import expected_spans, name_spans, words_within
from qa.types import Span

# The tokens of evidence count where its cosine is at least this share of the best one's: what adds
# up to little tells little, and the encoder's time is saved. Of SQuAD's right passages .98 have it.
_NEAR = 0.75
_READ = 3  # passages, at most, whose evidence the encoder reads again: it costs more than to search
# A word is marked from so many times the mean share of its sentence's words. Lower, marks lie on
# whatever is near a name; higher, little is marked but what the terms find anyway.
_STANDS_OUT = 1.25
_MOST = 0.5  # share of a sentence that may be marked: where all is bold, nothing is
_MANY_NAMES = 6  # words of names; of more, being a name tells nothing
_LONGEST_BRIDGE = 2  # function words between two marked ones that are marked with them
_STEP = 2  # characters from word to word, at most, in what is marked as one: ", " but not " – "


@dataclass(frozen=True, slots=True)
class Marking:
    """A passage whose evidence is to be marked, and the question's terms in its language."""

    passage: Passage
    evidence: Evidence
    terms: Collection[str]
    language: str = ENGLISH


def mark_words(
    encoder: Encoder, question: str, vector: Vectors, passages: Sequence[Marking]
) -> list[tuple[Span, ...]]:
    """Return for each passage the spans of its text, inside its evidence, that carry the match.

    The encoder reads the evidence of the first three that are about as near as the nearest, all in
    one call. In others, and with a model that does not pool by the mean, the terms and what the
    question asks for decide alone.
    """
    known = _contributions(encoder, vector, passages)
    return [
        tuple(
            (start + first, start + last)
            for start, end in one.evidence.sentences
            for first, last in find_words(
                one.passage.text[start:end],
                question,
                one.terms,
                known.get((at, (start, end))),
                one.language,
            )
        )
        for at, one in enumerate(passages)
    ]


def _contributions(
    encoder: Encoder, vector: Vectors, passages: Sequence[Marking]
) -> dict[tuple[int, Span], Contributions]:
    """Return what the tokens add of sentences that are worth it, by passage and span in it."""
    nearest = max((one.evidence.similarity for one in passages), default=0.0)
    near = [at for at, one in enumerate(passages) if one.evidence.similarity >= _NEAR * nearest]
    places = [(at, span) for at in near[:_READ] for span in passages[at].evidence.sentences]
    sentences = [passages[at].passage.text[start:end] for at, (start, end) in places]
    split = encoder.contributions(sentences, vector)
    return {} if split is None else dict(zip(places, split, strict=True))


def find_words(
    sentence: str,
    question: str,
    terms: Collection[str],
    contributions: Contributions | None = None,
    language: str = ENGLISH,
) -> list[Span]:
    """Return the spans of a sentence that carry its match with a question, in order and apart.

    They are whole words: the date or number that the question asks for; then the words of its
    ``terms``, stemmed as ``language`` has it, and the names it asks for; then those whose tokens
    add much to the cosine, as far as ``contributions`` are known. At most half of the sentence is
    marked, but for a single word. Words with nothing but function words between them are one span.
    """
    words = split_words(sentence)
    shares = _word_shares(words, contributions)
    lexical = sorted((t.start, t.end) for t in analyze(sentence, language) if t.text in terms)
    names = name_spans(question, sentence)
    matched = set(words_within(words, _apart(lexical)))
    matched.update(names if len(names) <= _MANY_NAMES else ())
    expected = set(expected_spans(question, sentence))
    spoken = language_of(sentence) or language
    functional = [is_function_word(sentence[start:end], spoken) for start, end in words]
    usual = max(float(shares.mean()), 0.0) if words else 0.0
    ranks = [
        3 if word in expected else 2 if word in matched else int(stands and not functions)
        for word, stands, functions in zip(
            words, (shares > _STANDS_OUT * usual).tolist(), functional, strict=True
        )
    ]
    budget = int(_MOST * len(sentence))
    marked = _affordable(words, ranks, shares, budget)
    left = budget - sum(words[at][1] - words[at][0] for at in marked)
    return _joined(words, marked, functional, left)


def _word_shares(words: Sequence[Span], contributions: Contributions | None) -> Scores:
    """Return the mean share of each word's tokens, 0 where none is known."""
    sums, tokens = np.zeros((2, len(words)), dtype=np.float32)
    if contributions is None:
        return sums
    at = 0
    for (start, end), share in zip(
        contributions.spans.tolist(), contributions.shares.tolist(), strict=True
    ):
        while at < len(words) and words[at][1] <= start:
            at += 1
        touched = at
        while touched < len(words) and words[touched][0] < end:
            sums[touched] += share
            tokens[touched] += 1
            touched += 1
    return np.asarray(sums / np.maximum(tokens, 1), dtype=np.float32)


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Return ordered spans with those that overlap as one."""
    merged: list[Span] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def _affordable(
    words: Sequence[Span], ranks: Sequence[int], shares: Scores, budget: int
) -> list[int]:
    """Return the places of the best words that have at most ``budget`` characters, or of one."""
    wanted = [at for at, rank in enumerate(ranks) if rank]
    wanted.sort(key=lambda at: (-ranks[at], -shares[at]))
    lengths = np.cumsum([words[at][1] - words[at][0] for at in wanted])
    return sorted(wanted[: max(1, int((lengths <= budget).sum()))])


def _joined(
    words: Sequence[Span], marked: Sequence[int], functional: Sequence[bool], budget: int
) -> list[Span]:
    """Return marked words as spans, made one where little stands between them.

    Little is at most two function words, all a character or two apart; ``budget`` characters are
    there for all that lies between.
    """
    spans = [words[at] for at in marked[:1]]
    for at, following in pairwise(marked):
        gap = words[following][0] - words[at][1]
        steps = pairwise(words[at : following + 1])
        near = all(after[0] - before[1] <= _STEP for before, after in steps)
        if (
            near
            and gap <= budget
            and following - at - 1 <= _LONGEST_BRIDGE
            and all(functional[at + 1 : following])
        ):
            spans[-1] = spans[-1][0], words[following][1]
            budget -= gap
        else:
            spans.append(words[following])
    return spans
