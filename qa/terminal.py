"""Answers and receipts as text for a terminal; nothing a document holds can steer the terminal."""

from __future__ import annotations

import re
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from corpus.types import FileReport, Receipt
from qa.checkup import CitationCheck, Finding
from qa.sync import OnProgress, Progress
from qa.types import Answer, Citation, DocumentInfo

if TYPE_CHECKING:
    from rich.progress import TaskID

    from qa.doctor import Examination

# Control characters (but for tab and newline) and the marks that turn the direction of writing.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WIDEST = 100
_REPORTED = 20  # files named one by one before the rest is counted
_QUIET_SECONDS = 1.0
_AROUND = 200  # characters shown before and after the evidence


def safe(text: str) -> str:
    """Return text whose control and direction characters are shown as a replacement mark."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def safe_line(text: str) -> str:
    """Return text as `safe` does, on one line."""
    return safe(" ".join(text.splitlines()))


def print_answer(console: Console, answer: Answer) -> None:
    """Print the citations of an answer, the evidence of each behind a bar."""
    if not answer.answered:
        console.print(Text("No passage answers this. The nearest passages are:", style="bold"))
    for citation in answer.citations:
        console.print()
        for line in _citation_lines(citation, min(console.width, _WIDEST)):
            console.print(line, soft_wrap=True)
    console.print()
    count = len(answer.citations)
    summary = f"{count} passage{'s' * (count != 1)} in {answer.seconds:.2f} s"
    console.print(Text(f"{summary}; relevance {answer.relevance:.0%}", style="dim"))


def print_receipt(console: Console, receipt: Receipt) -> None:
    """Print what became of the files: problems by name, the rest by number."""
    for line in problem_lines(receipt.files, ("failed", "empty", "skipped")):
        console.print(Text(line, style="yellow"), soft_wrap=True)
    counts = ", ".join(f"{number} {status}" for status, number in sorted(receipt.counts.items()))
    console.print(
        f"{counts or 'no files found'}; {receipt.passages} passages in the library; "
        f"{receipt.seconds:.1f} s",
        highlight=False,
        soft_wrap=True,
    )


def problem_lines(files: Sequence[FileReport], statuses: Sequence[str]) -> Iterator[str]:
    """Yield a line for each file of some statuses with the reason, and one for the rest."""
    problems = [file for file in files if file.status in statuses]
    for file in problems[:_REPORTED]:
        yield safe_line(f"{file.status}: {file.path}: {file.reason}")
    if len(problems) > _REPORTED:
        yield f"… and {len(problems) - _REPORTED} more; --json lists them all"


def print_documents(console: Console, documents: Sequence[DocumentInfo]) -> None:
    """Print one line a document: path, title, pages, passages."""
    for info in documents:
        pages = f", {info.pages} pages" if info.pages else ""
        line = Text(safe_line(info.document), style="bold")
        line.append(f"  {safe_line(info.title)} ({info.passages} passages{pages})", style="dim")
        console.print(line, soft_wrap=True)
    console.print(f"{len(documents)} documents", highlight=False)


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print what is off, each with its fix, or that nothing is."""
    for finding in findings:
        line = f"{finding.where}: {finding.what}; {finding.fix}"
        console.print(Text(safe(line), style="yellow"), soft_wrap=True)
    if not findings:
        console.print("everything is as it was written", highlight=False)


def print_citation_check(console: Console, check: CitationCheck) -> None:
    """Print whether a citation still stands."""
    said = {
        "stands": "stands",
        "moved": f"has moved to {check.start}-{check.end}",
        "changed": "no longer stands: the file does not hold this text any more",
        "unknown": "is not known: no document of this library holds its text",
    }
    where = f" in {check.path}" if check.path else ""
    console.print(Text(safe(f"{check.id} {said[check.status]}{where}")), soft_wrap=True)


def print_examination(console: Console, examination: Examination) -> None:
    """Print the facts about a library, then what is off."""
    facts = {
        "library": examination.library,
        "format": examination.format,
        "model": f"{examination.model} ({examination.fingerprint})",
        "documents": examination.documents,
        "passages": examination.passages,
        "size": f"{examination.size / 1e6:.1f} MB",
        "free space": f"{examination.free / 1e9:.1f} GB",
        **examination.versions,
    }
    for name, value in facts.items():
        console.print(Text(safe(f"{name:>22}  {value}")), soft_wrap=True)
    print_findings(console, examination.findings)


@contextmanager
def progress_bar() -> Iterator[OnProgress | None]:
    """Give a callback that draws a bar on stderr once work has gone on for a second."""
    if not sys.stderr.isatty():
        yield None
        return
    with _Bar() as bar:
        yield bar.update


class _Bar:
    """A bar that appears late and goes when the work is done."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._begin = time.monotonic()

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def update(self, progress: Progress) -> None:
        """Show how far a stage is, once the work has gone on for a while."""
        if time.monotonic() - self._begin < _QUIET_SECONDS:
            return
        self._bar.start()
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = self._bar.add_task(
                progress.stage, total=progress.total, unit=progress.unit
            )
        task = self._tasks[progress.stage]
        self._bar.update(task, completed=progress.done, total=progress.total)


def _citation_lines(citation: Citation, width: int) -> Iterator[Text]:
    number = f"[{citation.number}] "
    percent = f" {citation.relevance:.0%}"
    title = textwrap.shorten(
        safe_line(citation.title), max(width - len(number) - len(percent), 20), placeholder="…"
    )
    head = Text(number, style="bold cyan")
    head.append(title.ljust(width - len(number) - len(percent)), style="bold")
    head.append(percent, style="cyan")
    yield head
    yield Text("    " + safe_line(citation.location), style="dim")
    for part, is_evidence in _parts(citation):
        mark, style = ("  ▌ ", "bold") if is_evidence else ("    ", "")
        for line in textwrap.wrap(safe(part), max(width - 4, 20)):
            yield Text(mark + line, style=style)


def _parts(citation: Citation) -> Iterator[tuple[str, bool]]:
    """Yield the highlights, told apart from what stands around them; the rest is left out."""
    edges = [citation.start, *(edge for span in citation.highlights for edge in span), citation.end]
    for at, (start, end) in enumerate(pairwise(edges)):
        text = " ".join(citation.text[start - citation.start : end - citation.start].split())
        if at % 2:
            yield text, True
        elif text:
            yield _around(text, at > 0, at < len(edges) - 2), False


def _around(text: str, follows: bool, precedes: bool) -> str:
    """Shorten text beside the evidence at its far side, or in the middle between two pieces."""
    tail = text if len(text) <= _AROUND else "… " + text[-_AROUND:].partition(" ")[2]
    head = text if len(text) <= _AROUND else text[:_AROUND].rpartition(" ")[0] + " …"
    if follows and precedes:
        return text if len(text) <= 2 * _AROUND else f"{head} {tail[2:]}"
    return head if follows else tail
