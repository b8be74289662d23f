"""A folder of changing files, and what a library over it must hold and answer.

Everything random comes from one seed, which each test prints: `DOCUMENT_QA_SEED` repeats a failure.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, cast

import corpus
from qa.citations import citation_id
from qa.library import Library
from qa.question import Question
from qa.retrieval import search
from qa.snapshots import Snapshots
from qa.sqlite import SQLiteStore
from tests.fakes import bags

#: Fused scores nearer than this may change places: the dense index keeps 16-bit floats.
TOLERANCE = 1e-3
_LONG_AGO = 1_600_000_000
_SUFFIXES = (".txt", ".md", ".html")
_WORDS = 240


def rounds(short: int, long: int) -> int:
    """Return how often to do something: more where DOCUMENT_QA_SOAK is set, or what it says."""
    soak = os.environ.get("DOCUMENT_QA_SOAK", "")
    return short if soak in ("", "0") else long if soak == "1" else min(int(soak), long)


class Ranked(NamedTuple):
    """A passage by its document and its citation's id, with its fused score, 0..1."""

    document: str
    id: str
    score: float


class World:
    """Files that are added, edited, deleted and renamed at random; ``questions`` about them."""

    def __init__(self, folder: Path, seed: int, files: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.files = files
        self._clock = _LONG_AGO
        folder.mkdir()
        syllables = ["ka", "lo", "mi", "ster", "vun", "dra", "pel", "oth", "ri", "sen", "tag", "ul"]
        self._words = sorted({"".join(self.random.choices(syllables, k=3)) for _ in range(_WORDS)})
        for _ in range(files):
            self._add()
        self.questions = [" ".join(self.random.choices(self._words, k=4)) for _ in range(50)]

    def paths(self) -> list[Path]:
        """Return the files as they are now, by path."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of each file by its path within the folder."""
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in self.paths()}

    def change(self, times: int) -> None:
        """Add, edit, delete, rename or copy files; about as many stay as there were."""
        for _ in range(times):
            paths = self.paths()
            if len(paths) < self.files // 2:
                self._add()
                continue
            path = self.random.choice(paths)
            surplus = len(paths) - self.files
            weights = [4 - min(surplus, 3), 4, 2 + max(surplus, 0), 3, 1]
            match self.random.choices("add edit delete rename copy".split(), weights)[0]:
                case "add":
                    self._add()
                case "edit":
                    self._write(path, self._edited(path.read_text("utf-8")))
                case "delete":
                    path.unlink()
                case "rename":
                    target = self._place(path.suffix)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(path, target)
                case "copy":
                    self._write(self._place(path.suffix), path.read_text("utf-8"))

    def _add(self) -> None:
        suffix = self.random.choice(_SUFFIXES)
        self._write(self._place(suffix), self._text(suffix))

    def _place(self, suffix: str) -> Path:
        folder = self.random.choice(["", "sub", "sub/deep", "Ärger"])
        return self.folder / folder / f"{self.random.randrange(10**6)}{suffix}"

    def _write(self, path: Path, text: str) -> None:
        """Write a file; mostly it looks old, so that its time is trusted by the next sync."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if self.random.random() < 0.8:
            self._clock += 1
            os.utime(path, (self._clock, self._clock))

    def _sentence(self) -> str:
        words = self.random.choices(self._words, k=self.random.randint(4, 14))
        return " ".join(words).capitalize() + "."

    def _text(self, suffix: str) -> str:
        paragraphs = [
            " ".join(self._sentence() for _ in range(self.random.randint(1, 6)))
            for _ in range(self.random.randint(1, 5))
        ]
        if suffix == ".html":
            return "<title>Page</title>" + "".join(f"<p>{text}</p>\n" for text in paragraphs)
        title = f"# {self._sentence()}\n\n" if suffix == ".md" else ""
        return title + "\n\n".join(paragraphs) + "\n"

    def _edited(self, text: str) -> str:
        sentences = text.split(". ")
        sentences[self.random.randrange(len(sentences))] = self._sentence().rstrip(".")
        return ". ".join(sentences)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digests(contents: dict[str, bytes]) -> dict[str, str]:
    return {path: sha256(data) for path, data in contents.items()}


def held(library: Library) -> dict[str, str]:
    """Return the digest of each document that a library holds."""
    return {info.document: info.sha256 for info in library.documents()}


def ranking(library: Library, question: str, k: int = 10) -> list[Ranked]:
    """Return the ``k`` best passages of the hybrid search with their fused scores."""
    asked = Question.of(question, bags([question])[0])
    with library._store.view() as view:
        if not view.passages:
            return []
        ranked = search(view, library._snapshots.beside(view), asked, 10**6)
        passages = view.stored(ranked.rows[:k].tolist())
    return [
        Ranked(
            stored.file.path,
            citation_id(
                stored.file.sha256, stored.passage.start, stored.passage.end, stored.passage.text
            ),
            float(score),
        )
        for stored, score in zip(passages, ranked.fused, strict=False)
    ]


def identifiers(library: Library) -> list[tuple[str, str]]:
    """Return document and citation id of every passage."""
    with library._store.view() as view:
        return sorted(
            (
                p.file.path,
                citation_id(p.file.sha256, p.passage.start, p.passage.end, p.passage.text),
            )
            for p in view.stored(view.rows_after(0).tolist())
        )


def difference(ours: list[Ranked], theirs: list[Ranked]) -> str:
    """Say how a ranking is another than the true one, which is longer; empty where it is not.

    Rows may change places only where their true scores differ by less than `TOLERANCE`.
    """
    true = {(row.document, row.id): row.score for row in theirs}
    for at, row in enumerate(ours):
        score = true.get((row.document, row.id))
        if score is None or abs(score - row.score) >= TOLERANCE:
            return f"rank {at + 1} is {row}, which has {score}"
        if score <= theirs[at].score - TOLERANCE:
            return f"rank {at + 1} is {row}, not {theirs[at]}"
    return ""


def assert_equal(library: Library, fresh: Library, questions: list[str]) -> None:
    """Assert that two libraries hold the same and answer the same."""
    assert held(library) == held(fresh)
    assert identifiers(library) == identifiers(fresh)
    assert library.documents() == fresh.documents()
    for question in questions:
        ours, theirs = ranking(library, question), ranking(fresh, question, 10**6)
        assert len(ours) == min(10, len(theirs))
        assert not difference(ours, theirs), question


@contextmanager
def fresh_library(docs: Path) -> Iterator[Library]:
    """Give a library freshly built from a folder."""
    with TemporaryDirectory() as folder, Library.open(Path(folder) / "fresh") as library:
        library.index(docs)
        yield library


def assert_as_fresh(library: Library, docs: Path, questions: list[str]) -> None:
    """Assert that a library is as one freshly built from the folder, and that it verifies."""
    with fresh_library(docs) as fresh:
        assert_equal(library, fresh, questions)
    assert library.verify() == []
    assert_nothing_left_over(library)


def assert_nothing_left_over(library: Library) -> None:
    """Assert that vectors, terms and indexes hold the live passages and nothing else."""
    with cast(SQLiteStore, library._store).view() as view:
        rows = set(view.rows_after(0).tolist())
        keys = {stored.key for stored in view.stored(sorted(rows))}
        count = view._connection.execute
        assert {key for (key,) in count("SELECT key FROM vectors")} == keys
        assert count("SELECT count(*) FROM vectors WHERE sentences IS NULL").fetchone() == (0,)
        assert count("SELECT count(*) FROM terms WHERE frequency <= 0").fetchone() == (0,)
        assert count("SELECT count(*) FROM removed").fetchone() == (0,)
        assert count("SELECT count(*) FROM loose").fetchone() == (0,)
    snapshot = cast(Snapshots, library._snapshots).current()
    for index in (snapshot.dense, snapshot.sparse):
        assert set(index.ids().tolist()) <= rows


def assert_whole(
    library: Library, before: dict[str, bytes], now: dict[str, bytes], questions: list[str]
) -> None:
    """Assert that each document is wholly as it was ``before`` or wholly as it is ``now``."""
    old, new, found = digests(before), digests(now), held(library)
    for path in old.keys() | new.keys() | found.keys():
        assert found.get(path) in (old.get(path), new.get(path)), path
    for path, digest in found.items():
        data = before[path] if digest == old.get(path) else now[path]
        assert library.text(path) == corpus.read(data, path).text
    if found:
        for question in questions:
            for citation in library.ask(question).citations:
                assert found[citation.document] == citation.sha256
                text = library.text(citation.document)
                assert text[citation.start : citation.end] == citation.text
