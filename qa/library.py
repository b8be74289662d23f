"""A library: a folder on disk that holds what was indexed, and answers questions from it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

import numpy as np

from corpus.errors import LibraryError, UsageError
from corpus.types import Receipt
from embeddings import Encoder, Model, find_model, load_encoder
from embeddings.analyzer import query_terms
from embeddings.types import Scores
from qa.checkup import CitationCheck, Finding, check_citation, findings
from qa.citations import Hit, cite, source_path, title_of
from qa.evidence import Evidence, encode_sentences, find_evidence
from qa.lock import LOCK_FILES, writer_lock
from qa.relevance import load_relevance_model
from qa.retrieval import Question, Ranked, search
from qa.snapshots import Snapshot, Snapshots
from qa.sqlite import SQLiteStore
from qa.store import StoredDocument, StoredPassage, View
from qa.sync import OnProgress, Progress
from qa.types import Answer, DocumentInfo, Method
from qa.types import Scores as CitationScores
from qa.upkeep import Upkeep

PathLike: TypeAlias = str | os.PathLike[str]

DATABASE = "library.sqlite"


class Library:
    """A folder with documents' texts, passages and vectors; use it as a context manager.

    Many processes and threads may ask one library while one of them indexes.
    """

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        """Store finished parts; `open` makes or finds them."""
        self.folder = folder
        self.settings = settings
        self._model_name = settings["model"]
        self._fingerprint = settings["fingerprint"]
        dimension = int(settings["dimension"])
        self._store = SQLiteStore(folder / DATABASE, dimension)
        self._snapshots = Snapshots(folder / "snapshots", self._fingerprint, dimension)
        self._encoder: Encoder | None = None
        self._loading = threading.Lock()
        self._upkeep = Upkeep(folder, self._store, self._snapshots, settings, self._load_encoder)

    @classmethod
    def open(cls, folder: PathLike, *, model: str | None = None, create: bool = True) -> Library:
        """Open the library in a folder; make it when absent, unless ``create`` is false.

        ``model`` is a sentence-transformers model by name or folder. Raises `LibraryError` when the
        library was made with another model, by a newer version, or cannot be used, and `ModelError`
        for an unknown model.
        """
        path = Path(folder).expanduser().absolute()
        database = path / DATABASE
        settings = SQLiteStore.read_settings(database) if database.is_file() else {}
        if not settings:
            if not create:
                raise LibraryError(
                    f"there is no library in {path}; make one: qa index PATH --library {path}"
                )
            _create(path, find_model(model))
            settings = SQLiteStore.read_settings(database)
        if model is not None:
            _require_same_model(path, settings, find_model(model))
        return cls(path, settings)

    def close(self) -> None:
        """Close the files; the library may be opened again."""
        self._store.close()

    def __enter__(self) -> Library:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the library."""
        self.close()

    def index(
        self,
        paths: PathLike | Iterable[PathLike] = (),
        *,
        exclude: Sequence[str] | None = None,
        prune: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Receipt:
        """Add roots (files or folders) and make the library equal to what lies under them.

        Other roots stay as they are; without paths, all roots are brought up to date. A path inside
        a root means that part of it. ``exclude`` are patterns as in a ``.gitignore`` file, kept for
        the roots named; ``prune`` removes the documents of a root that is gone from the disk. A
        file that cannot be read is in the receipt and stops nothing. Raises `UsageError` for a path
        that is not there, and `LibraryError` while another process writes.
        """
        given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
        places = [Path(path).expanduser() for path in given]
        return self._upkeep.index(places, exclude, prune, on_progress or _ignore)

    def forget(self, name: str) -> list[str]:
        """Remove a document, a folder or a root, and pass it over until it is indexed by name.

        Return the documents removed. Nothing of their text stays in the library's files. Raises
        `UsageError` when nothing of that name is there.
        """
        return self._upkeep.forget(name)

    def verify(self) -> list[Finding]:
        """Hold everything against what was written: files, rows, vectors, indexes.

        Return what is off, each with its fix; nothing is changed.
        """
        return list(findings(self.folder, self._store, self._snapshots))

    def check_citation(self, identifier: str) -> CitationCheck:
        """Say whether a citation still stands in today's file; `UsageError` for no such id."""
        return check_citation(self._store, identifier)

    def mend(self, *, on_progress: OnProgress | None = None) -> None:
        """Make right what `verify` finds, from the documents; vanished roots are left alone."""
        self._upkeep.mend(on_progress or _ignore)

    def roots(self) -> list[Path]:
        """Return the files and folders whose documents are in the library."""
        with self._store.view() as view:
            return [Path(root) for root in view.roots()]

    def ask(self, question: str, *, k: int = 5, method: Method = "hybrid") -> Answer:
        """Return the ``k`` passages nearest to a question, best first, and whether they answer it.

        Raises `UsageError` for an empty question, ``k`` below 1, or a library without documents.
        """
        started = time.perf_counter()
        model = load_relevance_model()
        hits = self.search(question, k=k, method=method)
        citations = tuple(cite(number, hit, model) for number, hit in enumerate(hits, start=1))
        relevance = max(citation.relevance for citation in citations)
        return Answer(
            question=question,
            answered=relevance >= model.threshold,
            relevance=relevance,
            seconds=round(time.perf_counter() - started, 4),
            citations=citations,
        )

    def search(self, question: str, *, k: int = 5, method: Method = "hybrid") -> list[Hit]:
        """Return the ``k`` passages nearest to a question, best first; raises as `ask` does."""
        _check_question(question, k, method)
        encoder = self._load_encoder()
        asked = Question(encoder.encode_queries([question])[0], query_terms(question))
        with self._consistent() as (view, snapshot):
            if not view.passages:
                raise UsageError(
                    f"there is nothing to search in {self.folder}: no document with text was "
                    "indexed; add some with qa index PATH"
                )
            ranked = search(view, snapshot, asked, k, method)
            passages = view.stored(ranked.rows.tolist())
        evidence = self._evidence(asked, ranked, passages)
        return [
            Hit(passage, _scores(method, ranked, at, found), found)
            for at, (passage, found) in enumerate(zip(passages, evidence, strict=True))
        ]

    @contextmanager
    def _consistent(self) -> Iterator[tuple[View, Snapshot]]:
        """Give a view, and a snapshot that is not newer: it may lack rows, never know others.

        A snapshot is published after what it holds was committed. One that is newer than a view
        begun after it was seen is of commits that the database lost: it is left unused.
        """
        seen = ""
        while True:
            with self._store.view() as view:
                snapshot = self._snapshots.current()
                if snapshot.change > view.change and snapshot.name == seen:
                    snapshot = self._snapshots.empty()
                if snapshot.change <= view.change:
                    yield view, snapshot
                    return
                seen = snapshot.name

    def documents(self) -> list[DocumentInfo]:
        """Return the indexed documents that have text, ordered by path."""
        with self._store.view() as view:
            return [
                DocumentInfo(
                    document=file.path,
                    root=root,
                    path=source_path(root, file.path),
                    title=title_of(file.title, file.path),
                    pages=file.pages,
                    passages=file.passages,
                    characters=file.characters,
                    sha256=file.sha256,
                )
                for root, file in view.documents()
            ]

    def document(self, document: str) -> StoredDocument:
        """Return a document by its path within its root, or by its full path.

        Raises `UsageError` when there is none, or when several roots have one of that name.
        """
        with self._store.view() as view:
            paths = [(root, file.path) for root, file in view.documents()]
            matches = [
                (root, path)
                for root, path in paths
                if path == document or source_path(root, path) == document
            ]
            if not matches:
                raise UsageError(f"there is no document {document!r}; qa list shows what there is")
            if len(matches) > 1:
                full = ", ".join(source_path(root, path) for root, path in matches)
                raise UsageError(f"{document!r} is in several roots; give one of {full}")
            return view.document(*matches[0])

    def text(self, document: str) -> str:
        """Return the canonical text of a document, which every offset refers to."""
        return self.document(document).text

    def _load_encoder(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                model = find_model(self._model_name)
                if model.fingerprint != self._fingerprint:
                    raise LibraryError(
                        f"{self.folder} was made with another version of the model "
                        f"{self._model_name!r}: its vectors cannot be compared with new ones; "
                        "index into a new folder with --library"
                    )
                self._encoder = load_encoder(model)
            return self._encoder

    def _evidence(
        self, asked: Question, ranked: Ranked, passages: Sequence[StoredPassage]
    ) -> list[Evidence]:
        cosines = list(ranked.sentences)
        missing = [at for at, known in enumerate(cosines) if known is None]
        if missing:
            bodies = [(passages[at].passage.text, passages[at].passage.body) for at in missing]
            matrices = encode_sentences(self._load_encoder(), bodies)
            for at, matrix in zip(missing, matrices, strict=True):
                cosines[at] = np.asarray(matrix @ asked.vector)
        return [
            find_evidence(passage.passage, known, asked.terms, ranked.idf)
            for passage, known in zip(passages, cosines, strict=True)
            if known is not None
        ]


def _create(path: Path, model: Model) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        names = [entry.name for entry in path.iterdir()]
    except OSError as error:
        raise LibraryError(
            f"{path} cannot hold a library ({error.strerror}); choose another folder"
        ) from error
    ours = DATABASE in names  # another process was first, or died early
    if not ours and any(name not in LOCK_FILES for name in names):
        raise LibraryError(f"{path} holds other files; give an empty or a new folder as --library")
    with writer_lock(path, lambda who: None):
        SQLiteStore.create(
            path / DATABASE,
            {
                "model": str(model.path) if Path(model.name).is_dir() else model.name,
                "fingerprint": model.fingerprint,
                "dimension": str(model.dimension),
            },
        )


def _require_same_model(path: Path, settings: dict[str, str], model: Model) -> None:
    if model.fingerprint != settings["fingerprint"]:
        raise LibraryError(
            f"{path} was made with the model {settings['model']!r}; another model means embedding "
            "everything again: index into a new folder with --library"
        )


def _check_question(question: str, k: int, method: str) -> None:
    if not question.strip():
        raise UsageError('the question is empty; ask something: qa ask "Who …?"')
    if k < 1:
        raise UsageError(f"k is {k}; at least one passage must be asked for")
    if method not in ("hybrid", "dense", "sparse"):
        raise UsageError(f"unknown method {method!r}; choose hybrid, dense or sparse")


def _scores(method: Method, ranked: Ranked, at: int, evidence: Evidence) -> CitationScores:
    return CitationScores(
        dense=_rounded(ranked.dense, at) if method != "sparse" else None,
        sparse=_rounded(ranked.sparse, at) if method != "dense" else None,
        sentence=round(evidence.similarity, 4),
    )


def _rounded(scores: Scores, at: int) -> float:
    return round(float(scores[at]), 4)


def _ignore(progress: Progress) -> None:
    """Show nothing."""
