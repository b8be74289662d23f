"""What the commands share: the library that options name, printing, exit codes."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import UsageError
from corpus.limits import DEFAULT_LIMITS, Limits
from corpus.types import Receipt

if TYPE_CHECKING:
    from qa.library import Library

DONE, NEEDS_ATTENTION, WRONG_USAGE, NO_ANSWER = 0, 1, 2, 3
INTERRUPTED = 130


@contextmanager
def open_library(
    docs: list[Path] | None,
    folder: Path | None,
    ocr: bool | None = None,
    limits: Limits = DEFAULT_LIMITS,
    store: str | None = None,
) -> Iterator[Library]:
    """Open the library the options name, brought up to date with ``docs``."""
    from qa.library import Library
    from qa.places import sample_documents
    from qa.terminal import problem_lines, progress_bar

    if not docs and folder is None and store is None:
        docs = [sample_documents()]
    for path in docs or ():
        if not path.expanduser().exists():
            raise UsageError(f"there is no file or folder {str(path)!r}; check --docs")
    with Library.open(place_of(docs, folder, store), create=bool(docs), store=store) as opened:
        if docs:
            with progress_bar() as bar:
                receipt: Receipt = opened.index(docs, ocr=ocr, limits=limits, on_progress=bar)
            for line in (*problem_lines(receipt.files, ("failed", "empty")), *receipt.notes):
                warn(line)
            if not receipt.passages:
                named = ", ".join(map(str, docs))
                raise UsageError(f"{named} holds no text that can be searched; name other --docs")
        yield opened


def place_of(
    docs: Sequence[Path | str] | None, folder: Path | None, store: str | None = None
) -> Path:
    """Return the folder of the library that the options name."""
    from qa.places import library_for, library_for_store, sample_documents

    if folder is not None:
        return folder.expanduser().absolute()
    if store is not None:
        return library_for_store(store)
    return library_for(docs or [sample_documents()])


def labelled_in(docs: list[Path] | None, folder: Path | None, store: str | None = None) -> Path:
    """Return the file of questions labelled in the library that the options name."""
    from qa.feedback import QUESTIONS

    place = place_of(docs, folder, store)
    if not (place / QUESTIONS).is_file():
        raise UsageError(
            f"no questions are labelled in {place}; name a file of them, or label passages in "
            "qa chat"
        )
    return place / QUESTIONS


def limits_of(size: float, seconds: float | None, memory: float) -> Limits:
    """Return the limits that options give, in bytes where those are in megabytes."""
    limits = Limits(size=int(size * 1e6), memory=int(memory * 1e6))
    return limits if seconds is None else replace(limits, seconds=seconds, ocr_seconds=seconds)


def console() -> Any:
    """Return a rich console for stdout, of a fixed width where that is no terminal."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=80)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on one line."""
    escaped = sys.stdout.isatty()  # no character of a document may steer the terminal
    sys.stdout.write(json.dumps(value, ensure_ascii=escaped) + "\n")


def warn(line: str) -> None:
    """Say something on stderr."""
    sys.stderr.write(f"qa: {line}\n")


class _SaidOnStderr(logging.Handler):
    """Says what the library tells of long work."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        warn(record.getMessage())


def say_what_is_told() -> None:
    """Say on stderr, from here on, what the encoder tells of itself."""
    told = logging.getLogger("embeddings")
    if not told.handlers:
        told.addHandler(_SaidOnStderr())
        told.setLevel(logging.INFO)
        told.propagate = False
