"""Sets in BEIR layout: a folder of documents, questions, and judgments of documents.

Thakur et al., "BEIR: A Heterogenous Benchmark for Zero-shot Evaluation of Information Retrieval
Models" (2021, https://arxiv.org/abs/2104.08663): corpus.jsonl, queries.jsonl and qrels/test.tsv.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import UsageError
from qa.evaluate.gold import Judgments
from qa.evaluate.jsonl import json_objects
from qa.evaluate.questions import LabelledQuestion
from qa.evaluate.runs import replace_text

LAYOUT = "a folder in BEIR layout holds corpus.jsonl, queries.jsonl and qrels/test.tsv"
_FORM = "1"  # of the files that are written for documents
_A_FOLDER = 1000  # files in one folder
_LARGEST_GAIN = 1000  # the time and memory that trec_eval's code takes grow with gains


@dataclass(frozen=True, slots=True)
class BeirSet:
    """The questions of a set that are judged, or have no answer; its documents stay on disk."""

    folder: Path
    questions: tuple[LabelledQuestion, ...]


def load_beir(folder: str | Path) -> BeirSet:
    """Read questions and judgments.

    A question with ``"answerable": false`` has no answer; another without judgments is left out.
    Raises `UsageError` that names the file and line at fault.
    """
    place = Path(folder).expanduser()
    judgments = _judgments(place / "qrels" / "test.tsv")
    questions: dict[str, LabelledQuestion] = {}
    for where, entry in json_objects(place / "queries.jsonl", LAYOUT):
        name, text = _id(entry, where), entry.get("text")
        if not isinstance(text, str):
            raise UsageError(f'{where} has no "text"; {LAYOUT}')
        unanswerable = entry.get("answerable") is False
        if not unanswerable and name not in judgments:
            continue
        if name in questions:
            raise UsageError(f"{where} has the _id of another question, {name!r}")
        if not text.strip():
            raise UsageError(f'{where} has an empty "text", which cannot be asked')
        gold = None if unanswerable else Judgments(judgments[name])
        questions[name] = LabelledQuestion(name, text, gold)
    if missing := judgments.keys() - questions.keys():
        raise UsageError(
            f"{place / 'qrels' / 'test.tsv'} judges the question {min(missing)!r}, which "
            "queries.jsonl does not hold"
        )
    return BeirSet(place, tuple(questions.values()))


def write_documents(beir: BeirSet, place: Path) -> dict[str, str]:
    """Write each document of a set as an HTML file under ``place``; return ids by file.

    That is done again only when the corpus has changed, and a file that stays the same is left
    alone. Raises `UsageError` for a corpus that cannot be read, or files that cannot be written.
    """
    place = place.resolve()
    corpus = beir.folder / "corpus.jsonl"
    stamp = place.with_name(place.name + ".sha256")
    ids: dict[str, str] = {}
    try:
        digest = f"{_FORM} {_digest(corpus)}"
        fresh = place.is_dir() and stamp.is_file() and stamp.read_text() == digest
        for at, (name, page) in enumerate(_documents(corpus)):
            file = place / f"{at // _A_FOLDER:03}" / f"{at % _A_FOLDER:03}.html"
            ids[str(file)] = name
            if not fresh:
                _write(file, page)
        if not fresh:
            _remove_others(place, ids)
            replace_text(stamp, digest)
    except OSError as error:
        where = error.filename or place
        raise UsageError(
            f"{where} cannot be written ({error.strerror}); make room for it"
        ) from error
    return ids


def _documents(corpus: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the id of each document, and its title and text as a page of HTML."""
    seen: set[str] = set()
    for where, entry in json_objects(corpus, LAYOUT):
        name, title, text = _id(entry, where), entry.get("title") or "", entry.get("text")
        if not isinstance(text, str) or not isinstance(title, str):
            raise UsageError(f'{where} has no "text"; {LAYOUT}')
        if name in seen:
            raise UsageError(f"{where} has the _id of another document, {name!r}")
        seen.add(name)
        yield name, _page(title, text).encode("utf-8", "replace")
    if not seen:
        raise UsageError(f"{corpus} holds no documents; {LAYOUT}")


def _page(title: str, text: str) -> str:
    title, body = html.escape(title), "<br>".join(html.escape(text).splitlines())
    head = f"<title>{title}</title><h1>{title}</h1>" if title.strip() else ""
    return f"<!doctype html><meta charset=utf-8>{head}<p>{body}\n"


def _write(file: Path, page: bytes) -> None:
    if not file.is_file() or file.read_bytes() != page:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(page)


def _remove_others(place: Path, kept: Container[str]) -> None:
    for file in place.rglob("*.html"):
        if str(file) not in kept:
            file.unlink()


def _digest(corpus: Path) -> str:
    digest = hashlib.sha256()
    try:
        with corpus.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise UsageError(f"{corpus} cannot be read ({error.strerror}); {LAYOUT}") from error
    return digest.hexdigest()


def _judgments(path: Path) -> dict[str, dict[str, int]]:
    """Return the gain of each judged document, by question."""
    judgments: dict[str, dict[str, int]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, start=1):
                columns = line.rstrip("\r\n").split("\t")
                if not line.strip() or (number == 1 and columns[-1] == "score"):
                    continue
                question, document, gain = _judgment(columns, f"{path}, line {number}")
                judgments.setdefault(question, {})[document] = gain
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); {LAYOUT}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text; {LAYOUT}") from error
    if not judgments:
        raise UsageError(f"{path} holds no judgments; {LAYOUT}")
    return judgments


def _judgment(columns: list[str], where: str) -> tuple[str, str, int]:
    if len(columns) == 3:
        with suppress(ValueError):
            gain = int(columns[2])
            if abs(gain) <= _LARGEST_GAIN:
                return columns[0], columns[1], gain
    raise UsageError(
        f"{where} is not a question's id, a document's id and a whole number of at most "
        f"{_LARGEST_GAIN}, with tabs between them"
    )


def _id(entry: dict[str, Any], where: str) -> str:
    name = entry.get("_id")
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise UsageError(f'{where} has no "_id"; {LAYOUT}')
    return str(name)
