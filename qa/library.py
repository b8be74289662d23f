"""A library: a folder on disk that holds what was indexed, and answers questions from it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from corpus.errors import UsageError
from corpus.limits import DEFAULT_LIMITS, Limits
from corpus.remote import is_remote
from corpus.types import FileReport, Receipt
from qa.agreement import disagreement, statements
from qa.backends import Backend
from qa.checkup import CitationCheck, Finding, check_citation, findings
from qa.citations import Hit, cite
from qa.documents import find_document, list_documents, list_unread
from qa.drawings import Drawings
from qa.feedback import Feedback
from qa.files import FileInfo, known_files
from qa.labels import Label
from qa.languages import unknown_language
from qa.models import Models
from qa.opening import open_backend
from qa.progress import OnProgress, Progress
from qa.relevance import JUDGED, RELEVANCE, RelevanceModel, kept_relevance
from qa.scope import scope
from qa.searching import ScoredPassages, Searcher, check_count
from qa.store import StoredDocument, StoredPassage
from qa.types import Answer, Citation, DocumentInfo, Method
from qa.upkeep import RootSettings, Upkeep
from qa.uploads import Uploads
from qa.weights import SETTING, Weights, kept_weights

PathLike: TypeAlias = str | os.PathLike[str]


class Library:
    """A folder with documents' texts, passages and vectors; use it as a context manager.

    Many processes and threads may ask one library while one of them indexes.
    """

    def __init__(self, folder: Path, settings: dict[str, str], backend: Backend) -> None:
        """Store finished parts; `open` makes or finds them."""
        self.folder = folder
        self.settings = settings
        self._fingerprint = settings["fingerprint"]
        self._store, self._snapshots = backend.open(settings)
        self._models = Models(folder, settings)
        self._feedback = Feedback(folder)
        self.uploads = Uploads(folder)
        self.drawings = Drawings()
        self._searcher = Searcher(folder, self._store, self._snapshots, self._models.encoder)
        self._upkeep = Upkeep(
            folder,
            self._store,
            self._snapshots,
            self._fingerprint,
            self._models.encoder,
            self.uploads,
        )

    @classmethod
    def open(
        cls,
        folder: PathLike,
        *,
        model: str | None = None,
        create: bool = True,
        store: str | None = None,
    ) -> Library:
        """Open the library in a folder; make it when absent, unless ``create`` is false.

        ``store`` is where its documents, passages and indexes are kept, as ``qa --store`` takes it;
        the folder itself unless given, or wherever they were kept the last time. ``model`` is a
        sentence-transformers model by name or folder. Raises `LibraryError` when the library was
        made with another model, by a newer version, or cannot be used, `ModelError` for an unknown
        model, and `UsageError` for what is no store.
        """
        path = Path(folder).expanduser().absolute()
        backend, settings = open_backend(path, store, model, create=create)
        return cls(path, settings, backend)

    def close(self) -> None:
        """Close the files; the library may be opened again."""
        self.drawings.close()
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
        ocr: bool | None = None,
        prune: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        ray: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Receipt:
        """Add roots (files or folders) and make the library equal to what lies under them.

        Other roots stay as they are; without paths, all roots are brought up to date. A path inside
        a root means that part of it; a URL such as ``s3://bucket/folder`` is opened by fsspec.
        ``exclude`` are patterns as in a ``.gitignore`` file, and ``ocr`` says whether text in
        images is recognised; both are kept for the roots named. ``prune`` removes the documents of
        a root that is gone from the disk. A file that cannot be read, or not within ``limits``, is
        in the receipt and stops nothing. With ``ray`` a Ray cluster reads and embeds: ``auto``
        joins or starts one here, ``HOST:PORT`` and ``ray://HOST:PORT`` join another. Raises
        `UsageError` for a path that is not there, and `LibraryError` while another process writes.
        """
        given = [paths] if isinstance(paths, (str, os.PathLike)) else paths
        names = [os.fspath(path) for path in given]
        settings = RootSettings(exclude, ocr)
        return self._upkeep.index(names, settings, prune, limits, ray, on_progress or _ignore)

    def forget(self, name: str) -> list[str]:
        """Remove a document, a folder or a root, and pass it over until it is indexed by name.

        An upload's file is deleted; all others stay on the disk. Return the documents removed.
        Nothing of their text stays in the library's files. Raises
        `UsageError` when nothing of that name is there.
        """
        return self._upkeep.forget(name)

    def verify(self) -> list[Finding]:
        """Hold everything against what was written: files, rows, vectors, indexes.

        Return what is off, each with its fix; nothing is changed.
        """
        return list(findings(self.folder, self._store, self._snapshots))

    def notes(self) -> list[str]:
        """Return what is worth knowing, such as a language that the model was not trained on."""
        with self._store.view() as view:
            note = unknown_language(view, self._models.encoder)
        return [note] if note else []

    def check_citation(self, identifier: str) -> CitationCheck:
        """Say whether a citation still stands in today's file; `UsageError` for no such id."""
        return check_citation(self._store, identifier)

    def mend(self, *, on_progress: OnProgress | None = None) -> None:
        """Make right what `verify` finds, from the documents; vanished roots are left alone."""
        self._upkeep.mend(on_progress or _ignore)

    def roots(self) -> list[Path | str]:
        """Return the files and folders whose documents are in the library; URLs of remote ones."""
        with self._store.view() as view:
            roots = self.uploads.with_root(view.roots())
        return [root if is_remote(root) else Path(root) for root in roots]

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        method: Method = "hybrid",
        within: str | Sequence[str] = (),
        types: str | Sequence[str] = (),
        since: str | date | None = None,
        until: str | date | None = None,
        rerank: str | None = None,
        min_relevance: float | None = None,
        explain: bool = False,
    ) -> Answer:
        """Return the ``k`` passages nearest to a question, best first, and whether they answer it.

        ``within``, ``types``, ``since`` and ``until`` choose documents as `qa.scope.Scope` says.
        ``rerank`` is a sentence-transformers cross-encoder, by name or folder, that orders the best
        passages anew. The answer counts as one from a relevance of ``min_relevance`` on; unless
        given, from where the relevance model says. Raises `UsageError` for an empty question, ``k``
        below 1, or when there are no such documents.
        """
        started = time.perf_counter()
        check_count(k)
        _check_relevance(min_relevance)
        model = self.relevance_model()
        hits = self.search(
            question,
            k=max(k, JUDGED),
            method=method,
            within=within,
            types=types,
            since=since,
            until=until,
            rerank=rerank,
        )
        citations = tuple(
            cite(number, hit, model, explain=explain)
            for number, hit in enumerate(hits[:k], start=1)
        )
        relevance = round(model.of_answer(hit.signals for hit in hits), 4)
        answered = relevance >= (model.threshold if min_relevance is None else min_relevance)
        return Answer(
            question=question,
            answered=answered,
            relevance=relevance,
            seconds=round(time.perf_counter() - started, 4),
            citations=citations,
            calibrated=model.fingerprint == self._fingerprint,
            disagreement=disagreement(question, statements(hits[:k])) if answered else None,
        )

    def search(
        self,
        question: str,
        *,
        k: int = 5,
        method: Method = "hybrid",
        within: str | Sequence[str] = (),
        types: str | Sequence[str] = (),
        since: str | date | None = None,
        until: str | date | None = None,
        rerank: str | None = None,
    ) -> list[Hit]:
        """Return the ``k`` passages nearest to a question, best first; takes what `ask` does.

        Passages that say the same are one hit.
        """
        chosen = scope(within, types, since, until)
        return self._searcher.search(question, k, method, chosen, self._models.reranker(rerank))

    def rank(
        self,
        question: str,
        *,
        k: int = 100,
        method: Method = "hybrid",
        within: str | Sequence[str] = (),
        rerank: str | None = None,
    ) -> list[StoredPassage]:
        """Return passages in the order of `search`, copies too, without finding evidence."""
        chosen = scope(within)
        return self._searcher.rank(question, k, method, chosen, self._models.reranker(rerank))

    def scored(self, question: str) -> ScoredPassages:
        """Return all candidates for a question, scored, before scores are made one ranking."""
        return self._searcher.scored(question)

    def weights(self) -> Weights:
        """Return what dense, lexical and sentence scores weigh in this library's hybrid."""
        with self._store.view() as view:
            return kept_weights(view.settings())

    def set_weights(self, weights: Weights | None) -> None:
        """Keep weights for the hybrid from here on, as `qa.tuning.tune` finds them; None: defaults.

        Raises `LibraryError` while another process writes.
        """
        self._upkeep.put_setting(SETTING, None if weights is None else weights.to_json())

    def relevance_model(self) -> RelevanceModel:
        """Return what turns signals into relevance here: this library's own, or the one shipped."""
        with self._store.view() as view:
            return kept_relevance(view.settings())

    def set_relevance_model(self, model: RelevanceModel | None) -> None:
        """Keep a relevance model from here on, as `qa.calibration` fits it; None: the one shipped.

        Raises `LibraryError` while another process writes.
        """
        kept = None if model is None else json.dumps(model.to_dict())
        self._upkeep.put_setting(RELEVANCE, kept)

    @property
    def questions(self) -> Path:
        """The file of labelled questions, for `qa.evaluate.load_questions`; made by the first."""
        return self._feedback.path

    def labels(self) -> list[Label]:
        """Return what was said of passages and kept with `add_feedback`, the oldest first."""
        return self._feedback.labels()

    def add_feedback(self, question: str, citation: Citation | None, answers: bool | None) -> None:
        """Keep that a citation answers a question, or does not; None takes back what was said.

        Without a citation, False says that nothing in the documents answers. The last word counts.
        Raises `UsageError` when the document has changed since it was cited or is no more, and
        `LibraryError` when the label cannot be written.
        """
        self._feedback.add(question, citation, answers, self.document)

    def withdraw(self, label: Label) -> None:
        """Take back what was said. Raises `LibraryError` when that cannot be written."""
        self._feedback.withdraw(label)

    def documents(self) -> list[DocumentInfo]:
        """Return the indexed documents that have text, ordered by path."""
        with self._store.view() as view:
            return list_documents(view)

    def unread(self) -> list[FileReport]:
        """Return the files under the roots that gave no text, each with the reason."""
        with self._store.view() as view:
            return list_unread(view)

    def files(self) -> list[FileInfo]:
        """Return every file that is known, with what became of it, in order of their paths."""
        with self._store.view() as view:
            return known_files(view, self.uploads)

    def document(self, document: str) -> StoredDocument:
        """Return a document by its path within its root, or by its full path.

        Raises `NotThere` when there is none, `UsageError` when several roots have one of that name.
        """
        with self._store.view() as view:
            return find_document(view, document)

    def text(self, document: str) -> str:
        """Return the canonical text of a document, which every offset refers to."""
        return self.document(document).text


def _check_relevance(min_relevance: float | None) -> None:
    if min_relevance is not None and not 0.0 <= min_relevance <= 1.0:
        raise UsageError(f"the least relevance is {min_relevance}; give a number from 0 to 1")


def _ignore(progress: Progress) -> None:
    """Show nothing."""
