"""document-qa: reads and cuts the files, and finds by meaning, by words and by sentences."""

from __future__ import annotations

import time
from pathlib import Path

from embeddings import find_model, load_encoder
from qa import Library
from qa.progress import Progress
from tests.benchmarks.contenders import Material, Ways


class Contender:
    """A library: ``hybrid`` ranks only, ``ask`` finds evidence and relevance too."""

    def __init__(self, model: str) -> None:
        """Load the model."""
        self._model = model
        self._encoder = load_encoder(find_model(model))

    def index(self, material: Material, folder: Path) -> float | None:
        """Index and write to a folder; all can be searched before the sentences are encoded."""
        begun: list[float] = []

        def tell(progress: Progress) -> None:
            if progress.stage == "sentences" and not begun:
                begun.append(time.perf_counter())

        started = time.perf_counter()
        with self._opened(folder) as library:
            library.index(material.files, on_progress=tell)
        return begun[0] - started

    def open(self, folder: Path) -> None:
        """Open what `index` has written."""
        self._library = self._opened(folder)

    def ways(self, k: int) -> Ways:
        """Return both ways to ask."""
        library = self._library
        return {
            "hybrid": lambda question: library.rank(question, k=k),
            "ask": lambda question: library.ask(question, k=k),
        }

    def _opened(self, folder: Path) -> Library:
        library = Library.open(folder, model=self._model)
        library._models._encoder = self._encoder
        return library
