"""Serve the chat page over a small library in memory: ``fake_page.py PORT [USER:PASSWORD]``.

Its answers can be predicted by hand. A passage is one paragraph; a question cites the paragraphs
that hold any of its words of five letters and more, those with most of them first; relevance is the
share of such words that were found, and below ``THRESHOLD`` nothing is said to answer. The word
``break`` raises. The process may reach no other machine: an attempt ends it with exit code 70.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from typing import Any

from corpus.errors import LibraryError
from corpus.types import FileReport
from qa.agreement import Statement, disagreement
from qa.app import launch
from qa.relevance import RelevanceModel
from qa.types import Answer, Citation, DocumentInfo, Method, Scores

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


class FakeLibrary:
    """The documents above, as the page needs them."""

    def documents(self) -> list[DocumentInfo]:
        """Return all documents."""
        return [
            DocumentInfo(name, "/library", f"/library/{name}", title, None, 3, len(text), "0" * 64)
            for name, (title, text) in DOCUMENTS.items()
        ]

    def unread(self) -> list[FileReport]:
        return []

    def text(self, document: str) -> str:
        """Return the text of a document, given its path on disk."""
        return DOCUMENTS[document.removeprefix("/library/")][1]

    def relevance_model(self) -> RelevanceModel:
        """Return a model of which only the threshold counts here."""
        return RelevanceModel(0.0, {}, THRESHOLD)

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        method: Method = "hybrid",
        min_relevance: float | None = None,
    ) -> Answer:
        """Return the paragraphs that hold most of the question's long words."""
        words = set(re.findall(r"\w{5,}", question.casefold()))
        if "break" in words:
            raise LibraryError("the library at /library is broken: run qa doctor --repair")
        found = [citation for citation in _citations(words) if citation.relevance > 0]
        found.sort(key=lambda citation: -citation.relevance)
        best = found[0].relevance if found else 0.0
        cited = [
            replace(citation, number=number, id=str(number))
            for number, citation in enumerate(found[:k], 1)
        ]
        answered = best >= (THRESHOLD if min_relevance is None else min_relevance)
        return Answer(
            question,
            answered,
            best,
            0.01,
            tuple(cited),
            disagreement=disagreement(question, list(map(_statement, cited))) if answered else None,
        )


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
    place = f"character {match.start()}"
    if name == "guide.pdf":
        place = f"page {1 if match.start() < len(PAGES[0]) else 2}"
    return Citation(
        0, "", name, f"/library/{name}", title, "", f"{name}, {place}", None, match.start(),
        match.end(), match[0], tuple(spans), len(found) / max(1, len(words)), Scores(), "0" * 64,
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
    user, _, password = sys.argv[2].partition(":") if len(sys.argv) > 2 else ("", "", "")
    sys.addaudithook(_offline)
    launch(
        FakeLibrary(),
        examples=[
            "When was the lighthouse built?",
            "Who was the first keeper of the lighthouse?",
            "How many prisms does the lens have?",
        ],
        port=int(sys.argv[1]),
        auth=(user, password) if user else None,
        open_browser=False,
    )
