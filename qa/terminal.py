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
from qa.progress import OnProgress, Progress
from qa.types import Answer, Citation, DocumentInfo, Span, StatedValue
from qa.wording import count

if TYPE_CHECKING:
    from rich.progress import TaskID

    from qa.calibration import Calibration
    from qa.doctor import Examination
    from qa.tuning import Tuning
    from qa.weights import Weights

# Control characters (but for tab and newline) and the marks that turn the direction of writing.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")
_WIDEST = 100
_REPORTED = 20  # reasons given before the rest is counted
_NAMED = 3  # files named for one reason
_QUIET_SECONDS = 1.0
_AROUND = 200  # characters shown before and after the evidence


def safe(text: str) -> str:
    """Return text whose control and direction characters are shown as a replacement mark.

    So are lone surrogates, which no output can hold.
    """
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def safe_line(text: str) -> str:
    """Return text as `safe` does, on one line."""
    return safe(" ".join(text.splitlines()))


def print_answer(console: Console, answer: Answer) -> None:
    """Print the citations of an answer, the evidence of each behind a bar, its words in bold."""
    if not answer.answered:
        console.print(Text("No passage answers this. The nearest passages are:", style="bold"))
    for citation in answer.citations:
        console.print()
        for line in _citation_lines(console, citation):
            console.print(line, soft_wrap=True)
        for text in _notes(citation):
            console.print(Text(f"    {safe_line(text)}", style="dim"), soft_wrap=True)
    console.print()
    if answer.disagreement:
        stated = "; ".join(map(_stated, answer.disagreement))
        console.print(Text(f"Sources differ: {stated}", style="bold"), soft_wrap=True)
    passages = count(len(answer.citations), "passage")
    documents = f" from {answer.documents} documents" if answer.documents > 1 else ""
    summary = f"{passages}{documents} in {answer.seconds:.2f} s"
    relevance = f"relevance {answer.relevance:.0%}"
    if not answer.calibrated:
        relevance += " (uncalibrated for this model: qa calibrate)"
    console.print(Text(f"{summary}; {relevance}", style="dim"), soft_wrap=True)


def _stated(stated: StatedValue) -> str:
    """Return a value with the numbers of the citations that state it, as in ``1931 [1] [3]``."""
    return " ".join([safe_line(stated.value), *(f"[{number}]" for number in stated.citations)])


def print_receipt(console: Console, receipt: Receipt) -> None:
    """Print what became of the files: those with a reason by name, the rest by number."""
    for line in problem_lines(receipt.files, ("failed", "empty", "skipped")):
        console.print(Text(line, style="yellow"), soft_wrap=True)
    for line in problem_lines(receipt.files, ("added", "updated")):
        console.print(Text(line, style="dim"), soft_wrap=True)
    console.print(receipt_line(receipt), highlight=False, soft_wrap=True)
    for note in receipt.notes:
        console.print(Text(safe_line(note), style="yellow"), soft_wrap=True)


def receipt_line(receipt: Receipt) -> str:
    """Return how many files came to what, and what the library holds now."""
    counts = ", ".join(f"{number} {status}" for status, number in sorted(receipt.counts.items()))
    return (
        f"{counts or 'no files found'}; {count(receipt.passages, 'passage')} in the library; "
        f"{receipt.seconds:.1f} s"
    )


def problem_lines(
    files: Sequence[FileReport], statuses: Sequence[str], more: str = "--json lists them all"
) -> Iterator[str]:
    """Yield a line for each reason given for files of some statuses, in the order of statuses.

    After many lines the files left are counted, and ``more`` says where they are named.
    """
    groups: dict[tuple[int, str], list[str]] = {}
    for file in files:
        if file.status in statuses and file.reason:
            groups.setdefault((statuses.index(file.status), file.reason), []).append(file.path)
    ordered = sorted(groups.items(), key=lambda group: group[0][0])
    for (status, reason), paths in ordered[:_REPORTED]:
        yield safe_line(f"{statuses[status]}: {_named(paths)}: {reason}")
    if left := sum(len(paths) for _, paths in ordered[_REPORTED:]):
        yield f"… and {left} more; {more}"


def _named(paths: Sequence[str]) -> str:
    """Return the names of a few files, or the number of many with the first of them."""
    first = ", ".join(paths[:_NAMED])
    return first if len(paths) <= _NAMED else f"{len(paths)} files ({first}, …)"


def print_documents(console: Console, documents: Sequence[DocumentInfo]) -> None:
    """Print one line a document: path, title, pages, passages, and its root among several."""
    has_several_roots = len({info.root for info in documents}) > 1
    for info in documents:
        parts = [count(info.passages, "passage")]
        parts += [count(info.pages, "page")] if info.pages else []
        parts += [f"in {safe_line(info.root)}"] if has_several_roots else []
        line = Text(safe_line(info.document), style="bold")
        line.append(f"  {safe_line(info.title)} ({', '.join(parts)})", style="dim")
        console.print(line, soft_wrap=True)
    console.print(count(len(documents), "document"), highlight=False)


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
        "weights": examination.weights or "unknown",
        "documents": examination.documents,
        "passages": examination.passages,
        "size": f"{examination.size / 1e6:.1f} MB",
        "free space": f"{examination.free / 1e9:.1f} GB",
        **{f"store {name}": value for name, value in examination.store.items()},
        **examination.versions,
    }
    for name, value in facts.items():
        console.print(Text(safe(f"{name:>22}  {value}")), soft_wrap=True)
    for note in examination.notes:
        console.print(Text(safe_line(note), style="yellow"), soft_wrap=True)
    print_findings(console, examination.findings)


def print_tuning(console: Console, tuning: Tuning | None, weights: Weights) -> None:
    """Print what weights fitted to questions are worth, and which are used from now on."""
    if tuning is not None:
        low, high = tuning.confidence
        lines = (
            f"{tuning.questions} questions; best: {tuning.weights}",
            f"RR@10 of held-out questions: {tuning.before:.3f} before, {tuning.after:.3f} after",
            f"difference {tuning.after - tuning.before:+.3f} ({low:+.3f} to {high:+.3f}), "
            f"p = {tuning.p:.4f}: "
            + ("better, and kept" if tuning.is_better else "not surely better; nothing is changed"),
        )
        for line in lines:
            console.print(line, highlight=False, soft_wrap=True)
    console.print(f"weights: {weights}", highlight=False, soft_wrap=True)


def print_calibration(console: Console, calibration: Calibration | None) -> None:
    """Print how well a fitted relevance holds on other questions, or that there is none."""
    if calibration is None:
        console.print("relevance is the one that is shipped", highlight=False)
        return
    told = calibration.auroc
    for line in (
        f"relevance fitted to {calibration.questions} questions; on held-out ones:",
        f"expected calibration error {calibration.error:.3f}",
        f"Brier score {calibration.brier:.3f} (a constant has {calibration.constant:.3f})",
        f"answerable told from others: AUROC {'–' if told is None else f'{told:.3f}'}",
        f"answered from a relevance of {calibration.model.threshold:.2f} on",
    ):
        console.print(line, highlight=False, soft_wrap=True)


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
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, tuple[float, int]] = {}  # when a stage was first shown, how far
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
            self._begun[progress.stage] = time.monotonic(), progress.done
            self._tasks[progress.stage] = self._bar.add_task(
                progress.stage, total=progress.total, unit=progress.unit, rate=""
            )
        begun, before = self._begun[progress.stage]
        seconds = time.monotonic() - begun
        rate = f"{(progress.done - before) / seconds:.1f}/s" if progress.done > before else ""
        self._bar.update(
            self._tasks[progress.stage], completed=progress.done, total=progress.total, rate=rate
        )


def _citation_lines(console: Console, citation: Citation) -> Iterator[Text]:
    width = min(console.width, _WIDEST)
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
        for line in part.wrap(console, max(width - 4, 20)):
            line.rstrip()
            yield Text("  ▌ " if is_evidence else "    ").append_text(line)


def _notes(citation: Citation) -> Iterator[str]:
    """Yield where else the passage stands, and why it stands here, if that was asked for."""
    for copy in citation.copies:
        yield f"the same in {copy.location}"
    if told := citation.explanation:
        scores = {"dense": told.dense, "sparse": told.sparse, "sentence": told.sentence}
        ranks = ", ".join(f"{n} {s.score:.3f} (rank {s.rank})" for n, s in scores.items() if s)
        yield f"score {told.fused:.3f}: {ranks}"
        yield f"matched words: {', '.join(told.matched) or 'none'}"


def _parts(citation: Citation) -> Iterator[tuple[Text, bool]]:
    """Yield the highlights, told apart from what stands around them; the rest is left out."""
    edges = [citation.start, *(edge for span in citation.highlights for edge in span), citation.end]
    for at, (start, end) in enumerate(pairwise(edges)):
        if at % 2:
            yield _evidence(citation, (start, end)), True
        elif text := _quoted(citation, start, end).strip():
            yield Text(_around(text, at > 0, at < len(edges) - 2), style="dim"), False


def _evidence(citation: Citation, highlight: Span) -> Text:
    """Return a highlight with the words in bold that carry the match; all of it without such."""
    start, end = highlight
    words = [word for word in citation.words if start <= word[0] and word[1] <= end]
    edges = [start, *(edge for word in words or [highlight] for edge in word), end]
    evidence = Text()
    for at, (left, right) in enumerate(pairwise(edges)):
        evidence.append(_quoted(citation, left, right), style="bold" if at % 2 else "")
    return evidence


def _quoted(citation: Citation, start: int, end: int) -> str:
    """Return a part of a citation, each stretch of white space as one space."""
    return safe(_SPACE.sub(" ", citation.text[start - citation.start : end - citation.start]))


def _around(text: str, follows: bool, precedes: bool) -> str:
    """Shorten text beside the evidence at its far side, or in the middle between two pieces."""
    tail = text if len(text) <= _AROUND else "… " + text[-_AROUND:].partition(" ")[2]
    head = text if len(text) <= _AROUND else text[:_AROUND].rpartition(" ")[0] + " …"
    if follows and precedes:
        return text if len(text) <= 2 * _AROUND else f"{head} {tail[2:]}"
    return head if follows else tail
