"""What programs may do with a library, over HTTP and MCP alike."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import DocumentQAError, UsageError
from corpus.limits import DEFAULT_LIMITS, Limits
from corpus.types import Receipt
from qa import doctor
from qa.checkup import CitationCheck
from qa.library import Library
from qa.progress import Progress
from qa.results import DocumentList, DocumentText, Verification
from qa.types import Answer
from qa.web.schemas import AskOptions

_OUTSIDE = "only what lies under the library's own roots can be indexed here; qa index adds others"


class Forbidden(UsageError):
    """The request is for what no program may do."""


class Busy(DocumentQAError):
    """The same is being done for someone else just now."""


class Stopped(DocumentQAError):
    """The server ends, and what was being done with it."""


class Operations:
    """A library as programs see it; many threads may use it.

    ``limits`` are what a file may cost that is indexed, and ``min_relevance`` (0..1) says from
    where on an answer counts as one, unless a question says; None is the library's own.
    """

    def __init__(
        self,
        library: Library,
        *,
        limits: Limits = DEFAULT_LIMITS,
        min_relevance: float | None = None,
    ) -> None:
        self._library = library
        self._limits = limits
        self._min_relevance = min_relevance
        self._indexing = threading.Lock()
        self._verifying = threading.Lock()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End what takes long as soon as the file in hand is done."""
        self._stopping.set()

    def health(self) -> None:
        """Raise `LibraryError` when the library cannot be read."""
        self._library.roots()

    def ask(self, options: AskOptions) -> Answer:
        """See `Library.ask`."""
        given = options.min_relevance
        return self._library.ask(
            options.question,
            k=options.k,
            method=options.method,
            within=options.within,
            types=options.types,
            since=options.since,
            until=options.until,
            min_relevance=self._min_relevance if given is None else given,
            explain=options.explain,
        )

    def documents(self) -> DocumentList:
        """See `Library.documents`."""
        return DocumentList(tuple(self._library.documents()))

    def show(self, document: str, page: int | None = None) -> DocumentText:
        """Return the text of a document or of its page. Raises `NotThere`."""
        return DocumentText.of(self._library.document(document), page)

    def index(self, paths: Sequence[str] = ()) -> Receipt:
        """Bring the library's roots up to date, or what of them lies under ``paths``.

        Raises `Forbidden` for a path outside the roots, whether it is there or not, and `Busy`
        while another call indexes.
        """
        with _alone(self._indexing, "the library is being indexed; try again when that is done"):
            places = [self._place(path) for path in paths]
            return self._library.index(places, limits=self._limits, on_progress=self._go_on)

    def verify(self) -> Verification:
        """See `Library.verify`; raises `Busy` while another call verifies."""
        with _alone(self._verifying, "the library is being verified; try again when that is done"):
            return Verification.of(doctor.verify(self._library.folder))

    def check_citation(self, identifier: str) -> CitationCheck:
        """See `Library.check_citation`."""
        return self._library.check_citation(identifier)

    def _place(self, path: str) -> Path:
        """Return a path with its links followed; it must lie in a root."""
        try:
            place = Path(path).resolve()
        except (OSError, ValueError, RuntimeError):  # too long, or of links that go in circles
            raise Forbidden(_OUTSIDE) from None
        if not any(place.is_relative_to(root) for root in self._library.roots()):
            raise Forbidden(_OUTSIDE)
        return place

    def _go_on(self, progress: Progress) -> None:
        if self._stopping.is_set():
            raise Stopped("the server ends; what was indexed is kept")


@contextmanager
def _alone(lock: threading.Lock, sentence: str) -> Iterator[None]:
    if not lock.acquire(blocking=False):
        raise Busy(sentence)
    try:
        yield
    finally:
        lock.release()
