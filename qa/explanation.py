"""Why a passage stands where it stands."""

from __future__ import annotations

import numpy as np

from corpus.types import Passage
from embeddings.analyzer import analyze
from embeddings.types import Scores
from qa.question import Question
from qa.retrieval import Ranked
from qa.types import Explanation, RankedScore


def explain(question: Question, ranked: Ranked, at: int, passage: Passage) -> Explanation:
    """Return the scores and places of the passage ranked ``at``, and the words that matched."""
    by_dense, by_sparse, by_sentence = ranked.ranks[at].tolist()
    return Explanation(
        fused=round(float(ranked.fused[at]), 4),
        dense=_ranked(ranked.dense, at, by_dense),
        sparse=_ranked(ranked.sparse, at, by_sparse),
        sentence=None
        if np.isnan(ranked.sentence[at])
        else _ranked(ranked.sentence, at, by_sentence),
        matched=_matched(question, passage),
    )


def _ranked(scores: Scores, at: int, rank: int) -> RankedScore:
    return RankedScore(round(float(scores[at]), 4), rank)


def _matched(question: Question, passage: Passage) -> tuple[str, ...]:
    """Return the words of a passage, as they are written, that a question's terms stand for."""
    language = question.language_for(passage)
    wanted = question.wordings[language].terms
    terms = analyze(passage.text, language)
    return tuple(dict.fromkeys(passage.text[t.start : t.end] for t in terms if t.text in wanted))
