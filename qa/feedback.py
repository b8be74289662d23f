"""What readers say of passages: labelled questions kept with a library, for measuring and fitting.

They stand in one file, a JSON object a line, which `qa evaluate`, `qa tune` and `qa calibrate` read
as it is. Every change writes the file anew under a lock and puts it in the place of the old one in
one step, so that no reader sees half a line whoever else writes. Lines in other forms, such as
questions that somebody added by hand, stay as they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.errors import LibraryError, UsageError
from qa.labels import Label, Revision, following, label_in, label_of, line_of, placed
from qa.store import StoredDocument, View
from qa.types import Citation

QUESTIONS = "questions.jsonl"
MOST = 10_000  # lines of one library
_LOCK = "questions.lock"
_PATIENCE = 20.0  # seconds


class Feedback:
    """The labels in one library's folder. Many processes and threads may read and write them."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; the file is made with the first label."""
        self._folder = folder
        self.path = folder / QUESTIONS

    def labels(self) -> list[Label]:
        """Return all labels, the oldest first. Raises `LibraryError` for an unreadable file."""
        return [label for _, label in self._lines() if label]

    def add(
        self,
        question: str,
        citation: Citation | None,
        answers: bool | None,
        read: Callable[[str], StoredDocument],
    ) -> None:
        """Keep whether a citation answers a question; see `qa.library.Library.add_feedback`.

        ``read`` returns the document at a path, or raises `UsageError` when it is no more.
        """
        label = label_of(question, citation, bool(answers))
        with self._writing():
            if answers is not None and citation is not None:
                label = placed(label, citation, read)
            self._put(label, is_kept=answers is not None)

    def withdraw(self, label: Label) -> None:
        """Take a label back; one that is not there is none that has to be."""
        with self._writing():
            self._put(label, is_kept=False)

    def is_behind(self, view: View) -> bool:
        """Tell whether the documents have changed in a way that labels have yet to follow."""
        labels = self.labels()
        revision = following(view) if labels else None
        return any(revision and revision(label) != label for label in labels)

    def follow(self, view: View) -> str:
        """Make labels follow what became of their documents; return what is to be said of it."""
        if not self.is_behind(view):
            return ""
        with self._writing():
            lines = self._lines()
            kept = list(_revised(lines, following(view)))
            self._replace(kept)
        dropped = len(lines) - len(kept)
        said = "label of a passage was" if dropped == 1 else "labels of passages were"
        return f"{dropped:,} {said} dropped: the text is no longer there" if dropped else ""

    def _put(self, label: Label, *, is_kept: bool) -> None:
        """Take out what was said of the same, and put ``label`` last if it is to be kept."""
        lines = self._lines()
        kept = [
            line
            for line, old in lines
            if old is None or not (label.is_about(old) or (is_kept and label.contradicts(old)))
        ]
        if is_kept:
            if len(kept) >= MOST:
                raise UsageError(f"{self.path} holds {MOST:,} lines already; remove some first")
            kept.append(line_of(label))
        self._replace(kept)

    def _lines(self) -> list[tuple[bytes, Label | None]]:
        """Return each line that is not blank, and the label in it, if it is one."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise LibraryError(
                f"{self.path} cannot be read ({error.strerror}); check its permissions"
            ) from error
        return [(line, label_in(line)) for line in lines if line.strip()]

    def _replace(self, lines: Sequence[bytes]) -> None:
        scratch = self._folder / f".{QUESTIONS}"
        try:
            if not lines:
                self.path.unlink(missing_ok=True)
                return
            with scratch.open("wb") as file:
                file.writelines(line + b"\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, self.path)
        except OSError as error:
            raise LibraryError(
                f"{self.path} cannot be written ({error.strerror}); "
                "check the disk's room and permissions"
            ) from error
        finally:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the labels' own lock: that of the library's writer is held as long as it reads."""
        try:
            lock = FileLock(self._folder / _LOCK, timeout=_PATIENCE)
            lock.acquire()
        except Timeout:
            raise LibraryError(f"{self.path} is being written; try again when it is done") from None
        except OSError as error:
            raise LibraryError(
                f"{self._folder} cannot be written ({error.strerror}); check its permissions"
            ) from error
        try:
            yield
        finally:
            lock.release()


def _revised(lines: Iterable[tuple[bytes, Label | None]], revision: Revision) -> Iterator[bytes]:
    for line, label in lines:
        new = revision(label) if label else None
        if label == new:
            yield line
        elif new:
            yield line_of(new)
