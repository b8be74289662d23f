"""A question as the indexes see it: its vector, and its terms in each language of the passages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np

from corpus.types import Passage
from embeddings.analyzer import passage_language, query_terms, quoted_phrases, stemmer_for
from embeddings.languages import ENGLISH, language_of
from embeddings.types import Flags, Scores, Vectors


@dataclass(frozen=True, slots=True)
class Wording:
    """What a question asks for in passages of one language.

    Passages that hold all the ``phrases``, each a sequence of terms, come before others.
    """

    terms: frozenset[str]
    phrases: tuple[tuple[str, ...], ...] = ()

    @property
    def required(self) -> list[str]:
        """The terms that stand in a phrase."""
        return list(dict.fromkeys(term for phrase in self.phrases for term in phrase))


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the indexes see it: unit vector (dimension,) and distinct terms.

    ``times`` says how often it has each term. Passages in several languages are stemmed each by its
    own, so the terms are those of all ``wordings``, one for each language.
    """

    vector: Vectors
    terms: list[str]
    times: Scores
    wordings: Mapping[str, Wording]

    @classmethod
    def of(cls, text: str, vector: Vectors, languages: Iterable[str] = ()) -> Question:
        """Return the question of a text to passages in its own language, English and others."""
        stemmers = dict.fromkeys(map(stemmer_for, (language_of(text), ENGLISH, *languages)))
        counts = {stemmer: query_terms(text, stemmer) for stemmer in stemmers}
        terms = reduce(or_, counts.values())
        return cls(
            vector,
            list(terms),
            np.fromiter(terms.values(), dtype=np.float32),
            {one: Wording(frozenset(counts[one]), quoted_phrases(text, one)) for one in stemmers},
        )

    def language_for(self, passage: Passage) -> str:
        """Return in which of its languages the question is held against a passage."""
        language = stemmer_for(passage_language(passage))
        return language if language in self.wordings else ENGLISH

    def has(self, language: str) -> Flags:
        """Tell which terms (terms,) the question has in one of its languages."""
        wanted = self.wordings[language].terms
        return np.array([term in wanted for term in self.terms], dtype=bool)
