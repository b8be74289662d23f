"""A library of any size out of a real one: its passages as they are, and mixes of neighbours.

A mix takes the text of a real passage, in which every second plain word is another of its length,
drawn as often as it occurs in all real passages: so terms are as frequent, sentences as many and
passages as long as real ones.
Its vector is that of the passage mixed with one of its ten nearest neighbours (weights .3 to .7),
with noise of a third of its length, brought to length 1; vectors of sentences are mixed with a
sentence of that neighbour in the same way. Everything follows from one seed.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from corpus.types import Document, Passage
from embeddings.analyzer import count_terms, passage_language, passage_terms, stemmer_for
from embeddings.types import Vectors
from qa.backends import DATABASE
from qa.cutting import key_of
from qa.sqlite import SQLiteStore
from qa.store import FileRecord, IndexedPassage, Store

ROOT = "/made"
PASSAGES_A_FILE = 500
_BATCH = 4000
_GAP = "\n\n"
_NEIGHBOURS = 10
_NOISE = 0.35
_PLAIN = re.compile(r"(?<= )[a-z]{3,}(?= )")  # words on which no other word's terms depend


@dataclass(frozen=True)
class Row:
    """A passage to be written, with its vector (dimension,) and those of its sentences."""

    passage: Passage
    terms: Counter[str]
    vector: Vectors
    sentences: Vectors


class Recipe:
    """Makes passages, the real ones first; ``vectors`` (real passages, dimension) are theirs."""

    def __init__(self, real: list[Row], seed: int = 0) -> None:
        """Find the neighbours of real passages and the words that they use."""
        self.real = real
        self.vectors = np.stack([row.vector for row in real])
        index = faiss.IndexFlatIP(self.vectors.shape[1])
        index.add(self.vectors)
        _, self._near = index.search(self.vectors, _NEIGHBOURS + 1)
        self._pieces = [_PLAIN.split(row.passage.text) for row in real]
        self._plain = [_PLAIN.findall(row.passage.text) for row in real]
        drawn_from = [word for words in self._plain for word in words]
        self._words = {
            length: [word for word in drawn_from if len(word) == length]
            for length in set(map(len, drawn_from))
        }
        self._stemmers = [stemmer_for(passage_language(row.passage)) for row in real]
        self._random = np.random.default_rng(seed)

    @classmethod
    def of_library(cls, folder: Path) -> Recipe:
        """Read the passages of a library whose sentences are all encoded; nothing is written."""
        settings = SQLiteStore.read_settings(folder / DATABASE)
        store = SQLiteStore(folder / DATABASE, int(settings["dimension"]))
        with store.view() as view:
            candidates = view.candidates(view.rows_after(0), [])
            stored = view.stored(candidates.rows.tolist())
        store.close()
        return cls(
            [
                Row(one.passage, passage_terms(one.passage), vector, sentences)
                for one, vector, sentences in zip(
                    stored,
                    candidates.vectors,
                    candidates.by_row(candidates.sentences),
                    strict=True,
                )
                if sentences is not None
            ]
        )

    def rows(self, count: int) -> Iterator[Row]:
        """Yield ``count`` passages: real ones, as far as they go, and then mixes without end."""
        yield from self.real[:count]
        left = count - len(self.real)
        while left > 0:
            yield from self._mixes(min(_BATCH, left))
            left -= _BATCH

    def _mixes(self, count: int) -> Iterator[Row]:
        random = self._random
        seeds = random.integers(len(self.real), size=count)
        others = self._near[seeds, random.integers(1, _NEIGHBOURS + 1, size=count)]
        weights = random.uniform(0.3, 0.7, size=count)
        vectors = self._mixed(self.vectors[seeds], self.vectors[others], weights)
        for seed, other, weight, vector in zip(seeds, others, weights, vectors, strict=True):
            row = self.real[seed]
            of_other = self.real[other].sentences
            drawn = of_other[random.integers(len(of_other), size=len(row.sentences))]
            sentences = self._mixed(row.sentences, drawn, np.full(len(drawn), weight))
            text, terms = self._worded_anew(seed)
            yield Row(replace(row.passage, text=text), terms, vector, sentences)

    def _mixed(self, one: Vectors, other: Vectors, weights: npt.NDArray[np.float64]) -> Vectors:
        share = weights[:, None].astype(np.float32)
        mixes = _unit(share * one + (1 - share) * other)
        noise = self._random.standard_normal(mixes.shape, dtype=np.float32)
        return _unit(mixes + _NOISE / np.sqrt(mixes.shape[1], dtype=np.float32) * noise)

    def _worded_anew(self, seed: int) -> tuple[str, Counter[str]]:
        """Return the text of a real passage with other words, and its terms."""
        words, terms = list(self._plain[seed]), self.real[seed].terms.copy()
        places = self._random.random(len(words))
        for at in np.flatnonzero(self._random.random(len(words)) < 0.5):
            alike = self._words[len(words[at])]
            drawn = alike[int(places[at] * len(alike))]
            terms[_term(words[at], self._stemmers[seed])] -= 1
            terms[_term(drawn, self._stemmers[seed])] += 1
            words[at] = drawn
        pieces = self._pieces[seed]
        text = "".join(piece + word for piece, word in zip(pieces, [*words, ""], strict=True))
        return text, +terms


@cache
def _term(word: str, stemmer: str) -> str:
    [term] = count_terms(word, stemmer)
    return term


def write(store: Store, rows: Iterator[Row], first: int) -> None:
    """Put passages into a store in files of `PASSAGES_A_FILE`, numbered from ``first`` on."""
    number = first
    while batch := [row for _, row in zip(range(PASSAGES_A_FILE), rows, strict=False)]:
        _write_file(store, f"{number // 1000:04}/{number:07}.txt", batch)
        number += 1


def _write_file(store: Store, path: str, rows: list[Row]) -> None:
    ends = list(accumulate(len(row.passage.text) + len(_GAP) for row in rows))
    passages = []
    for row, end in zip(rows, ends, strict=True):
        start = end - len(_GAP) - len(row.passage.text)
        passage = replace(row.passage, start=start, end=end - len(_GAP))
        passages.append(IndexedPassage(passage, key_of(path, passage), row.terms))
    text = _GAP.join(row.passage.text for row in rows)
    record = FileRecord(
        path, len(text), 1, 10, f"{zlib.crc32(path.encode()):064x}", "made", "added",
        passages=len(passages), characters=len(text),
    )  # fmt: skip
    vectors = {one.key: row.vector for one, row in zip(passages, rows, strict=True)}
    store.put_file(ROOT, record, Document(text), passages, vectors)
    store.put_sentences({one.key: row.sentences for one, row in zip(passages, rows, strict=True)})


def _unit(rows: npt.NDArray[Any]) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
