"""Serve the chat page over a small library in memory: ``fake_page.py PORT [USER:PASSWORD]``.

Its answers can be predicted by hand. A passage is one paragraph; a question cites the paragraphs
that hold any of its words of five letters and more, those with most of them first; evidence is the
sentences with such words, relevance the share of such words that were found, and below
``THRESHOLD`` nothing is said to answer. The word ``break`` raises. The process may reach no other
machine: an attempt ends it with exit code 70.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.errors import LibraryError, NotThere
from corpus.limits import Limits
from corpus.types import FileReport, Receipt
from qa.agreement import Statement, disagreement
from qa.app import launch
from qa.citations import citation_id
from qa.feedback import Feedback
from qa.files import FileInfo
from qa.labels import Label
from qa.progress import OnProgress, Progress
from qa.relevance import RelevanceModel
from qa.store import FileRecord, StoredDocument
from qa.types import Answer, Citation, DocumentInfo, Method, Scores
from qa.uploads import Uploads
from qa.web.access import Access
from qa.web.application import create_application

HOSTILE = (
    "A hostile paragraph about zebras: ${alert(1)} ${(() => { throw 1 })()} {{value}} "
    "{{#each value}}x{{/each}} `backtick` <img src=x onerror=alert(1)> <script>alert(2)</script> "
    "</p></li></ol><svg onload=alert(3)> <a href='javascript:alert(4)'>click</a> **bold** "
    "$$\\frac{1}{2}$$ \u202eright to left override &lt;b&gt; &#x3c;i&#x3e; ]]> <!-- comment"
)
PAGES = [
    "The lighthouse at Skerry Point was built between 1838 and 1844, after three winters in which "
    "eleven vessels were lost on the reef below it. Its granite came from quarries on the mainland "
    "and was cut so that every block locks into its neighbours.\n\nThe first keeper, Agnes Orr, "
    "kept a weather diary for thirty-one years. It is the oldest unbroken record of wind and "
    "pressure on this coast, and meteorologists still use it.",
    "The lamp burned colza oil until 1871 and paraffin until electricity reached the island. Since "
    "the lighthouse was automated in 1987, a keeper visits twice a year to clean the lens and to "
    "check the batteries. The lens itself, a first-order Fresnel lens of one thousand and eight "
    "prisms, is the original one; it floats on a bath of mercury and a finger can turn it. "
    "A volunteer society opens the tower on Saturdays from May to September and pays for its "
    "upkeep with what visitors give. Children may climb all one hundred and forty-two steps when "
    "an adult goes with them; dogs wait below.",
]
FILLER = "\n\n".join(
    f"Entry {n}. Wind south-west, the glass steady, nothing seen." for n in range(900)
)
DOCUMENTS = {
    "guide.pdf": ("A Guide to Skerry Point", "\n\n".join(PAGES)),
    "diary.txt": (
        "",
        f"{FILLER}\n\nThe lighthouse keeper saw a green flash at sunset and wrote of nothing else "
        f"for a week.\n\n{FILLER}\n\nThe harbour museum opened in 1931 with nine ships in bottles.",
    ),
    "leaflet.txt": (
        "What to see",
        "The harbour museum was opened in 1932 by the mayor.\n\n"
        "The harbour museum was closed in 1987, and the ships in bottles were sold.",
    ),
    "notes/<b>evil</b> ${x} \u202etxt.exe": ("<script>alert('title')</script> {{title}}", HOSTILE),
    "arabic.txt": (
        "منارة الصخرة",
        "تقع منارة الصخرة (lighthouse) على الساحل الشمالي منذ عام 1844.",
    ),
}


THRESHOLD = 0.5
BROKEN = "the file is broken; open it in its own program and save it again"


class FakeLibrary:
    """The documents above, as the page needs them."""

    folder = Path("/library")
    settings: dict[str, str] = {"fingerprint": "0" * 16}  # noqa: RUF012

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._feedback = Feedback(Path(self._folder.name))
        self.uploads = Uploads(Path(self._folder.name))
        self._broken: set[str] = set()

    def documents(self) -> list[DocumentInfo]:
        """Return all documents."""
        return [
            DocumentInfo(name, "/library", f"/library/{name}", title, None, 3, len(text), "0" * 64)
            for name, (title, text) in DOCUMENTS.items()
        ]

    def unread(self) -> list[FileReport]:
        return []

    def roots(self) -> list[Path]:
        return [Path("/library"), self.uploads.folder]

    def files(self) -> list[FileInfo]:
        """Return all documents, uploads with the others, and the uploads that are broken."""
        return [
            FileInfo(
                info.document, info.root, info.path, info.title, "read", "", info.pages,
                info.passages, info.characters, info.characters, 1.7e9,
                info.document in self.uploads.names(),
            )
            for info in self.documents()
        ] + [
            FileInfo(
                name, "/library", f"/library/{name}", name, "failed", BROKEN, None, 0, 0, 9, 1.7e9,
                True,
            )
            for name in sorted(self._broken)
        ]  # fmt: skip

    def index(self, *, limits: Limits, on_progress: OnProgress) -> Receipt:
        """Take in the uploads, one every half second; those that begin as PDFs do are broken."""
        reports = []
        names = self.uploads.names()
        for done, name in enumerate(names, 1):
            text = (self.uploads.folder / name).read_text(errors="replace")
            if text.startswith("%PDF"):
                self._broken.add(name)
                reports.append(FileReport(name, "failed", BROKEN))
            else:
                reports.append(FileReport(name, "unchanged" if name in DOCUMENTS else "added"))
                DOCUMENTS[name] = ("", text)
            on_progress(Progress("reading", done, len(names), "files"))
            time.sleep(0.5)
        return Receipt(tuple(reports), 0.5 * len(names), 3 * len(DOCUMENTS))

    def forget(self, name: str) -> list[str]:
        """Remove a document; of uploads the file too."""
        document = name.removeprefix("/library/")
        self._broken.discard(document)
        self.uploads.delete(str(self.uploads.folder / document))
        return [document] if DOCUMENTS.pop(document, None) else []

    def document(self, document: str) -> StoredDocument:
        """Return a document; none has pages."""
        if document.removeprefix("/library/") not in DOCUMENTS:
            raise NotThere(f"there is no document {document!r}; qa list shows what there is")
        return _stored(document)

    def text(self, document: str) -> str:
        return self.document(document).text

    @property
    def questions(self) -> Path:
        return self._feedback.path

    def labels(self) -> list[Label]:
        return self._feedback.labels()

    def add_feedback(self, question: str, citation: Citation | None, answers: bool | None) -> None:
        self._feedback.add(question, citation, answers, _stored)

    def withdraw(self, label: Label) -> None:
        self._feedback.withdraw(label)

    def rank(self, question: str, *, k: int = 100, method: Method = "hybrid") -> list[Any]:
        return []

    def search(self, question: str, *, k: int = 5) -> list[Any]:
        raise LibraryError("this library has no signals to fit relevance to")

    def scored(self, question: str) -> Any:
        raise LibraryError("this library has no scores to fit weights to")

    def set_weights(self, weights: Any) -> None:
        """Keep nothing."""

    def set_relevance_model(self, model: Any) -> None:
        """Keep nothing."""

    def relevance_model(self) -> RelevanceModel:
        """Return a model of which only the threshold counts here."""
        return RelevanceModel(0.0, {}, THRESHOLD)

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        method: Method = "hybrid",
        within: Sequence[str] = (),
        min_relevance: float | None = None,
    ) -> Answer:
        """Return the paragraphs that hold most of the question's long words."""
        words = set(re.findall(r"\w{5,}", question.casefold()))
        if "break" in words:
            raise LibraryError("the library at /library is broken: run qa doctor --repair")
        found = [
            citation
            for citation in _citations(words)
            if citation.relevance > 0 and (not within or citation.path in within)
        ]
        found.sort(key=lambda citation: -citation.relevance)
        best = found[0].relevance if found else 0.0
        cited = [replace(citation, number=number) for number, citation in enumerate(found[:k], 1)]
        answered = best >= (THRESHOLD if min_relevance is None else min_relevance)
        return Answer(
            question,
            answered,
            best,
            0.01,
            tuple(cited),
            disagreement=disagreement(question, list(map(_statement, cited))) if answered else None,
        )


def _stored(path: str) -> StoredDocument:
    name = path.removeprefix("/library/")
    record = FileRecord(name, 1, 1, 1, "0" * 64, "", "added", title=DOCUMENTS[name][0])
    return StoredDocument("/library", record, DOCUMENTS[name][1], ())


def _statement(citation: Citation) -> Statement:
    return Statement(citation.number, citation.document, citation.text, citation.relevance)


def _citations(words: set[str]) -> list[Citation]:
    return [
        _citation(name, title, match, words)
        for name, (title, text) in DOCUMENTS.items()
        for match in re.finditer(r"\S.*", text)
    ]


def _citation(name: str, title: str, match: re.Match[str], words: set[str]) -> Citation:
    spans = [
        (match.start() + word.start(), match.start() + word.end())
        for word in re.finditer(r"\w{5,}", match[0])
        if word[0].casefold() in words
    ]
    found = {match.string[start:end].casefold() for start, end in spans}
    sentences = [
        (match.start() + one.start(), match.start() + one.end())
        for one in re.finditer(r"\S[^.]*\.?", match[0])
        if any(
            match.start() + one.start() <= start < match.start() + one.end() for start, _ in spans
        )
    ]
    place = f"character {match.start()}"
    if name == "guide.pdf":
        place = f"page {1 if match.start() < len(PAGES[0]) else 2}"
    identifier = citation_id("0" * 64, *match.span(), match[0])
    return Citation(
        0, identifier, name, f"/library/{name}", title, "", f"{name}, {place}", None, match.start(),
        match.end(), match[0], tuple(sentences), len(found) / max(1, len(words)), Scores(),
        "0" * 64, words=tuple(spans),
    )  # fmt: skip


def _offline(event: str, arguments: tuple[Any, ...]) -> None:
    """End the process when it looks up or connects to anything but this machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if host not in {None, "", "127.0.0.1", "::1", "localhost"}:
        print(f"tried to reach {host}", file=sys.stderr, flush=True)
        os._exit(70)


if __name__ == "__main__":
    access = Access.of("127.0.0.1", auth=sys.argv[2] if len(sys.argv) > 2 else None)
    library: Any = FakeLibrary()
    sys.addaudithook(_offline)
    launch(
        library,
        create_application(library, access),
        examples=lambda: [
            "When was the lighthouse built?",
            "Who was the first keeper of the lighthouse?",
            "How many prisms does the lens have?",
        ],
        port=int(sys.argv[1]),
        login=access.login is not None,
        open_browser=False,
    )
