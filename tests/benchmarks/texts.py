"""What is indexed and asked: a folder in BEIR layout, or the samples' sentences recombined."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from corpus import read
from corpus.sentences import split_sentences
from qa import Library
from qa.places import sample_documents

_LEAST, _MOST = 6, 12  # sentences of a made-up document


@dataclass(frozen=True, slots=True)
class Texts:
    """Documents and questions, and what they are."""

    name: str
    documents: list[str]
    questions: list[str]


def load_texts(folder: Path | None, documents: int) -> Texts:
    """Return the first documents of a folder in BEIR layout; made-up ones without a folder."""
    if folder is None:
        return made_up(documents)
    rows = islice(_rows(folder / "corpus.jsonl"), documents)
    return Texts(
        folder.name,
        [f"{row.get('title', '')}\n\n{row['text']}".strip() for row in rows],
        [row["text"] for row in _rows(folder / "queries.jsonl")],
    )


def made_up(documents: int) -> Texts:
    """Return documents of random sentences of the samples, always the same, and their questions.

    Each holds its number, so that no two are equal.
    """
    samples = sample_documents()
    read_samples = [read(path.read_bytes(), path.name).text for path in sorted(samples.iterdir())]
    sentences = [text[a:b] for text in read_samples for a, b in split_sentences(text)]
    chance = random.Random(1)
    texts = [
        f"Report {number}\n\n"
        + " ".join(chance.choices(sentences, k=chance.randint(_LEAST, _MOST)))
        for number in range(documents)
    ]
    asked = [row["question"] for row in _rows(samples.parent / "questions.jsonl")]
    return Texts("sentences of the samples, recombined", texts, asked)


def write_files(documents: Sequence[str], folder: Path) -> Path:
    """Write each document as a text file, and return the folder."""
    folder.mkdir(parents=True)
    for number, text in enumerate(documents):
        (folder / f"{number:06}.txt").write_text(text, encoding="utf-8")
    return folder


def passages_of(library: Library) -> list[str]:
    """Return the strings that a library has embedded, in order, repeated where they repeat."""
    with library._store.view() as view:
        rows = view.rows_after(0).tolist()
        return [stored.passage.encoded for stored in view.stored(rows)]


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
