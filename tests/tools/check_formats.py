"""Read every file of a folder as a sync would, and hold what comes out against the invariants.

Usage: python -m tests.tools.check_formats FOLDER [--ocr]

Prints a line a file (status, pages, passages, characters, seconds, reason), the files inside others
too; then the totals. Exits 1 where an invariant of documents or passages does not hold. The encoder
is the fake one, whose tokens are words.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from corpus.chunking import Chunker
from corpus.discovery import FoundFile, find_files
from corpus.errors import UnsupportedFormat
from corpus.invariants import faults
from corpus.types import Document
from corpus.workers.pool import Pool
from corpus.workers.wire import Reading, Task
from tests.fakes import BagOfWords, fake_model


def main(folder: Path, ocr: bool) -> int:
    """Read the folder and print what came of it; return the exit code."""
    encoder = BagOfWords(fake_model())
    chunker = Chunker(encoder.count_tokens, 256)
    files = [file for file in find_files(folder) if isinstance(file, FoundFile)]
    tasks = (Task(file.absolute, file.path, ocr) for file in files)
    counts: Counter[str] = Counter()
    wrong = 0
    started = before = time.perf_counter()
    with Pool() as pool:
        for _, reading in pool.read(tasks):
            now = time.perf_counter()
            status = _status(reading)
            counts[status] += 1
            print(f"{status:<8} {_facts(reading, chunker, now - before)}  {reading.name}")
            before = now
            for fault in _faults(reading.document, chunker):
                wrong += 1
                print(f"  WRONG: {fault}")
    seconds = time.perf_counter() - started
    print(f"\n{len(files)} files and {counts.total() - len(files)} inside them: {dict(counts)}")
    print(f"{seconds:.1f} s, {len(files) / seconds:.1f} files/s; {wrong} invariants do not hold")
    return 1 if wrong else 0


def _status(reading: Reading) -> str:
    if reading.error is not None:
        return "skipped" if isinstance(reading.error, UnsupportedFormat) else "failed"
    has_text = reading.document is not None and reading.document.text.strip()
    return "added" if has_text or reading.members else "empty"


def _facts(reading: Reading, chunker: Chunker, seconds: float) -> str:
    document = reading.document
    if document is None:
        return f"{seconds:7.2f} s  {reading.error}"
    passages = len(chunker.split(document))
    facts = f"{len(document.pages)} pages, {passages} passages, {len(document.text)} characters"
    inside = f", {reading.members} files inside" if reading.members else ""
    return f"{seconds:7.2f} s  {facts}{inside}  {document.note}"


def _faults(document: Document | None, chunker: Chunker) -> Iterator[str]:
    """Yield the invariants that a document, or its passages, do not keep."""
    if document is None:
        return
    yield from faults(document)
    end = 0
    for passage in chunker.split(document):
        place = f"passage {passage.start}-{passage.end}"
        if document.text[passage.start : passage.end] != passage.text:
            yield f"{place} is not its slice"
        if document.text[end : passage.start].strip():
            yield f"text before {place} is in no passage"
        if passage.page is not None and document.page_at(passage.start) is None:
            yield f"{place} names a page and lies on none"
        end = max(end, passage.end)
    if document.text[end:].strip():
        yield "text at the end is in no passage"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--ocr", action="store_true", help="recognise text in images")
    given = parser.parse_args()
    sys.exit(main(given.folder, given.ocr))
