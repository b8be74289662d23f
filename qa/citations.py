"""Hits made citations: everything a reader needs to check a passage against its file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from corpus.remote import is_remote
from corpus.types import SEPARATOR
from qa.evidence import Evidence
from qa.relevance import RelevanceModel
from qa.signals import Signals
from qa.store import FileRecord, StoredPassage
from qa.types import Citation, Copy, Explanation, Scores, Span


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found: its raw scores, its evidence, and what says the same.

    ``words`` are spans of the passage's text inside its evidence.
    """

    stored: StoredPassage
    scores: Scores
    evidence: Evidence
    signals: Signals
    explain: Callable[[], Explanation]
    words: tuple[Span, ...] = ()
    copies: tuple[StoredPassage, ...] = ()

    @property
    def explanation(self) -> Explanation:
        """Why the passage stands where it stands, worked out when it is asked for."""
        return self.explain()


def cite(number: int, hit: Hit, model: RelevanceModel, *, explain: bool = False) -> Citation:
    """Return the citation of a hit under a number, counted from 1; explained when asked for."""
    passage, file = hit.stored.passage, hit.stored.file
    return Citation(
        number=number,
        id=_id_of(hit.stored),
        document=file.path,
        path=source_path(hit.stored.root, file.path),
        title=title_of(file),
        section=passage.section,
        location=_location_of(hit.stored),
        page=passage.page,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        highlights=_moved(hit.evidence.sentences, passage.start),
        relevance=round(model.probability(hit.signals), 4),
        scores=hit.scores,
        sha256=file.sha256,
        copies=tuple(Copy(_id_of(copy), copy.file.path, _location_of(copy)) for copy in hit.copies),
        explanation=hit.explanation if explain else None,
        words=_moved(hit.words, passage.start),
    )


def _moved(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in spans)


def _id_of(stored: StoredPassage) -> str:
    passage = stored.passage
    return citation_id(stored.file.sha256, passage.start, passage.end, passage.text)


def _location_of(stored: StoredPassage) -> str:
    return f"{stored.file.path}, {stored.passage.location}"


def citation_id(sha256: str, start: int, end: int, text: str) -> str:
    """Return ``<16 hex of the file's sha256>.<start>-<end>.<8 hex of the text's sha256>``."""
    return f"{sha256[:16]}.{start}-{end}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def source_path(root: str, path: str) -> str:
    """Return a document's file on disk from its root and its path within it.

    A root that is a file is its own only document, but for those inside it. A file inside another
    has that one's path before its own, and ``!`` between them. What lies beyond this machine has a
    URL; a root there that is a folder ends with a slash.
    """
    if is_remote(root):
        return root + (path if root.endswith("/") else path.removeprefix(root.rpartition("/")[2]))
    base = Path(root)
    inside = path.removeprefix(base.name)
    if inside != path and inside[:1] in ("", SEPARATOR) and not base.is_dir():
        return root + inside
    return str(base / path)


def paths_meant(root: str, document: str) -> set[str]:
    """Return the paths within a root that a name of a document may mean, as such or in full."""
    beyond = document.removeprefix(root)
    name = root.rpartition("/")[2] if is_remote(root) else Path(root).name
    full = {beyond.replace(os.sep, "/").removeprefix("/"), name + beyond}
    return {document} | {path for path in full if path and source_path(root, path) == document}


def title_of(file: FileRecord) -> str:
    """Return what a document calls itself, or its file's name made readable."""
    path = file.path.rpartition(SEPARATOR)[2] if file.container else file.path
    stem = PurePosixPath(path).stem
    return file.title or stem.replace("_", " ").replace("-", " ").strip() or file.path
