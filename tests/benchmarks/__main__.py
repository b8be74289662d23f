"""Measure document-qa beside plain sentence-transformers and FAISS, in one run.

Usage: python -m tests.benchmarks [FOLDER]

FOLDER (default: the sample documents) is indexed afresh by both with the same model; the plain
recipe gets the same passages, already cut. Contenders alternate and medians are printed as JSON,
with the ratio of the recipe's time to ours: above 1, we are faster.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from embeddings import find_model
from qa import Library
from qa.places import sample_documents

ROUNDS = 3
QUESTIONS = (
    "When did Kazakhstan join the United Nations?",
    "Who helped to pay for the dam that saved the northern Aral Sea?",
    "By when does Kazakhstan want to be carbon neutral?",
)
COLD_RECIPE = """
import sys, faiss
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
index = faiss.read_index(sys.argv[2])
print(index.search(model.encode([sys.argv[3]], normalize_embeddings=True), 5))
"""


def main(folder: Path) -> None:
    """Run every measurement and print one JSON object."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        recipe = Recipe(place / "recipe.faiss")
        indexing = _alternate(
            lambda: _index(folder, place), lambda: recipe.index(_passages(folder, place))
        )
        with Library.open(place / "library") as library:
            library.index(folder)
            unchanged = [_seconds(lambda: library.index(folder)) for _ in range(ROUNDS)]
            asking = _alternate(
                lambda: [library.ask(question) for question in QUESTIONS],
                lambda: [recipe.ask(question) for question in QUESTIONS],
            )
        cold = _alternate(lambda: _cold_ask(place / "library"), recipe.cold_ask)
        report = {
            "machine": {"cores": os.cpu_count(), "processor": platform.processor()},
            "passages": len(_passages(folder, place)),
            "index": indexing,
            "warm ask, three questions": asking,
            "cold ask": cold,
            "sync of an unchanged folder": {"seconds": round(median(unchanged), 4)},
        }
    print(json.dumps(report, indent=2))


class Recipe:
    """What a tutorial does: sentence-transformers vectors in a flat FAISS index."""

    def __init__(self, path: Path) -> None:
        """Load the model; the import is not counted."""
        from sentence_transformers import SentenceTransformer

        self._path = path
        self._folder = str(find_model().path)
        self._model = SentenceTransformer(self._folder, device="cpu")

    def index(self, passages: list[str]) -> None:
        """Encode and index passages, and write the index."""
        import faiss

        vectors = self._model.encode(passages, normalize_embeddings=True, show_progress_bar=False)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)
        faiss.write_index(self._index, str(self._path))

    def ask(self, question: str) -> Any:
        """Return the five nearest passages: no words, no evidence, no relevance."""
        return self._index.search(self._model.encode([question], normalize_embeddings=True), 5)

    def cold_ask(self) -> None:
        """Ask in a new process."""
        arguments = [self._folder, str(self._path), QUESTIONS[0]]
        subprocess.run([sys.executable, "-c", COLD_RECIPE, *arguments], check=True, stdout=-3)


def _index(folder: Path, place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=place) as fresh, Library.open(fresh) as library:
        library.index(folder)


def _passages(folder: Path, place: Path) -> list[str]:
    """Return the strings that we embed, for the recipe to embed as well."""
    with Library.open(place / "library") as library:
        library.index(folder)
        with library._store.view() as view:
            rows = view.rows_after(0).tolist()
            return [stored.passage.encoded for stored in view.stored(rows)]


def _cold_ask(library: Path) -> None:
    command = [sys.executable, "-m", "qa", "ask", QUESTIONS[0], "--library", str(library)]
    subprocess.run(command, check=True, stdout=-3)


def _alternate(ours: Callable[[], Any], recipe: Callable[[], Any]) -> dict[str, float]:
    """Time both in turn; the first round, which warms caches, is not counted."""
    rounds = [(_seconds(ours), _seconds(recipe)) for _ in range(ROUNDS + 1)][1:]
    mine, theirs = (median(times) for times in zip(*rounds, strict=True))
    return {
        "seconds": round(mine, 4),
        "recipe_seconds": round(theirs, 4),
        "ratio": round(theirs / mine, 2),
    }


def _seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else sample_documents())
