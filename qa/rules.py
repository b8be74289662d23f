"""How the files of one root are read, and whether what is kept of one was read just so."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from corpus import chunking, readers
from corpus.discovery import FoundFile
from corpus.limits import Limits
from corpus.types import SEPARATOR
from corpus.workers.wire import Task
from embeddings import analyzer
from qa.citations import source_path
from qa.roots import exclusion
from qa.store import FileRecord, RootOptions

PIPELINE = " ".join((readers.PIPELINE, chunking.PIPELINE, analyzer.PIPELINE))
"""What reads, cuts and analyses documents here: another one may give other passages."""

_LIMITED = " limits:"


class Rules:
    """The options of a root, what is forgotten in it, and the limits of a run."""

    def __init__(
        self,
        root: str,
        options: RootOptions,
        forgotten: Iterable[str],
        fingerprint: str,
        limits: Limits,
    ) -> None:
        """Store them; ``forgotten`` are files and folders, and files inside others."""
        self.root = root
        self.excludes = exclusion(options.exclude)
        self._options = options
        self._forgotten = sorted(forgotten)
        self._limits = limits
        self._pipeline = f"{PIPELINE} {fingerprint}"

    def pipeline(self, path: str, *, members: int = 0, is_limited: bool = False) -> str:
        """Return what that which is kept of a file depends on, besides its bytes.

        For one that holds ``members`` this is also what is passed over inside it, and for one that
        met a limit (``is_limited``), or a file inside it did, those limits.
        """
        parts = [self._pipeline]
        if self._options.ocr:
            parts.append("ocr")
        if is_limited:
            parts.append(_LIMITED.strip() + str(self._limits))
        if members and (passed_over := self._passed_over_inside(path)):
            parts.append(f"without:{zlib.crc32(repr(passed_over).encode()):08x}")
        return " ".join(parts)

    def is_current(self, record: FileRecord) -> bool:
        """Tell whether a file would be read today as it was then."""
        is_limited = _LIMITED in record.pipeline
        expected = self.pipeline(record.path, members=record.members, is_limited=is_limited)
        return record.pipeline == expected

    def passes_over(self, path: str) -> bool:
        """Tell whether a file inside another is excluded or forgotten, or what it lies in is.

        For exclusion a container is a folder.
        """
        source = source_path(self.root, path)
        return self.excludes(path.replace(SEPARATOR, "/")) or any(
            source == forgotten or source.startswith((forgotten + SEPARATOR, forgotten + "/"))
            for forgotten in self._forgotten
        )

    def task(self, file: FoundFile, records: Iterable[FileRecord]) -> Task:
        """Return the task to read a file, with what is known of it and of what is inside it."""
        known = {record.path: record.sha256 for record in records if self.is_current(record)}
        return Task(file.absolute, file.path, self._options.ocr, self._limits, known)

    def _passed_over_inside(self, path: str) -> list[str]:
        inside = source_path(self.root, path) + SEPARATOR
        forgotten = [source for source in self._forgotten if source.startswith(inside)]
        return [*self._options.exclude, *forgotten]


def task_for_check(root: str, options: RootOptions, record: FileRecord, size: int) -> Task:
    """Return the task to read again one document of a file that has ``size`` bytes today."""
    return Task(
        source_path(root, record.on_disk),
        record.on_disk,
        options.ocr,
        Limits(size=size),
        only=record.path if record.container else "",
    )
