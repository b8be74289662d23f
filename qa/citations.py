"""Hits made citations: everything a reader needs to check a passage against its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from qa.evidence import Evidence
from qa.relevance import RelevanceModel, features
from qa.store import StoredPassage
from qa.types import Citation, Scores


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with its raw scores and its best sentence."""

    stored: StoredPassage
    scores: Scores
    evidence: Evidence


def cite(number: int, hit: Hit, model: RelevanceModel) -> Citation:
    """Return the citation of a hit under a number, counted from 1."""
    passage, file = hit.stored.passage, hit.stored.file
    start, end = hit.evidence.span
    return Citation(
        number=number,
        id=citation_id(file.sha256, passage.start, passage.end, passage.text),
        document=file.path,
        path=source_path(hit.stored.root, file.path),
        title=title_of(file.title, file.path),
        section=passage.section,
        location=f"{PurePosixPath(file.path).name}, {passage.location}",
        page=passage.page,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        highlights=((passage.start + start, passage.start + end),),
        relevance=round(model.probability(features(hit.evidence)), 4),
        scores=hit.scores,
        sha256=file.sha256,
    )


def citation_id(sha256: str, start: int, end: int, text: str) -> str:
    """Return ``<16 hex of the file's sha256>.<start>-<end>.<8 hex of the text's sha256>``."""
    return f"{sha256[:16]}.{start}-{end}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def source_path(root: str, path: str) -> str:
    """Return a document's file on disk from its root and its path within it.

    A root that is a file is its own only document.
    """
    base = Path(root)
    return root if base.name == path and not base.is_dir() else str(base / path)


def title_of(title: str, path: str) -> str:
    """Return what a document calls itself, or its file's name made readable."""
    stem = PurePosixPath(path).stem
    return title or stem.replace("_", " ").replace("-", " ").strip() or path
