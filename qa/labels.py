"""What a reader said of a passage: a label, its line in a file, and what becomes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import lru_cache
from typing import Any

from corpus.errors import Damaged, UsageError
from qa.citations import citation_id
from qa.store import StoredDocument, View
from qa.types import Citation

LONGEST_QUESTION = 4_000  # characters
LONGEST_EVIDENCE = 2_000  # characters; what is longer is cut, and still stands in its passage


@dataclass(frozen=True, slots=True)
class Label:
    """A question with a passage that answers it, or does not; or with none: nothing answers it.

    ``doc`` is the path within ``root``, ``evidence`` an exact piece of the passage, ``passage`` the
    citation's id, ``sha256`` the digest of the file in which the evidence last stood, and ``date``
    the day on which it was said, in ISO 8601.
    """

    question: str
    doc: str | None = None
    evidence: str | None = None
    answers: bool = False
    passage: str = ""
    root: str = ""
    sha256: str = ""
    date: str = ""

    @property
    def token(self) -> str:
        """A name of 16 hexadecimal digits for what is said, and of what."""
        return hashlib.sha256(line_of(self)).hexdigest()[:16]

    def is_about(self, other: Label) -> bool:
        """Tell whether both are of one question, and of one passage or piece of evidence."""
        is_same = self.evidence == other.evidence or bool(
            self.passage and other.passage == self.passage
        )
        return self.doc == other.doc and is_same and self._asks(other)

    def contradicts(self, other: Label) -> bool:
        """Tell whether one says that a passage answers, the other that none does."""
        is_no_and_yes = (self.doc is None and other.answers) or (self.answers and other.doc is None)
        return is_no_and_yes and self._asks(other)

    def _asks(self, other: Label) -> bool:
        return same_question(self.question) == same_question(other.question)


Revision = Callable[[Label], Label | None]


def label_of(question: str, citation: Citation | None, answers: bool) -> Label:
    """Return what is said today of a citation, or of a question as a whole. Raises `UsageError`."""
    question = _valid_text(fold(question))
    if not question or len(question) > LONGEST_QUESTION:
        raise UsageError(f"a question to label has 1 to {LONGEST_QUESTION:,} characters")
    today = date.today().isoformat()
    if citation is not None:
        passage = citation_id(
            citation.sha256, citation.start, citation.end, _valid_text(citation.text)
        )
        return Label(question, citation.document, "", answers, passage, date=today)
    if answers:
        raise UsageError("name the passage that answers")
    return Label(question, date=today)


def placed(label: Label, citation: Citation, read: Callable[[str], StoredDocument]) -> Label:
    """Return a label with its evidence, and where that stands. Raises `UsageError`."""
    document = read(citation.path)
    if document.text[citation.start : citation.end] != citation.text:
        raise UsageError(f"{citation.document} has changed since it was cited; ask again")
    return replace(
        label,
        doc=document.file.path,
        evidence=evidence_of(citation, document.text),
        root=document.root,
        sha256=document.file.sha256,
    )


def evidence_of(citation: Citation, text: str) -> str:
    """Return the piece of a document's ``text`` that is to be found where a citation is right.

    It is the longest sentence of its evidence: passages end with sentences, so that one holds it
    also when documents are cut anew. It must stand nowhere else in the document, or a passage might
    be right by luck: otherwise it is the passage itself.
    """
    sentences = (text[start:end] for start, end in citation.highlights)
    longest = max(sentences, key=len, default="").strip()
    is_unique = bool(longest) and text.count(longest) == 1
    return (longest if is_unique else citation.text)[:LONGEST_EVIDENCE]


def following(view: View) -> Revision:
    """Return the revision by which labels follow their documents.

    A label stays while its evidence stands in its document, goes with the file that was renamed,
    and is dropped with text that is no more. While a document cannot be read, it is left alone.
    """
    present = {
        (root, path): file for root in view.roots() for path, file in view.files(root).items()
    }
    by_digest = {file.sha256: place for place, file in reversed(present.items()) if file.passages}

    @lru_cache(maxsize=8)
    def folded_text(root: str, path: str) -> str:
        """Return a document's text, white space folded."""
        text = view.document(root, path).text if present[root, path].passages else ""
        return fold(text)

    def revision(label: Label) -> Label | None:
        if not label.root or label.doc is None or label.evidence is None:
            return label
        file = present.get((label.root, label.doc))
        if file is None:
            root, doc = by_digest.get(label.sha256, ("", None))
            return None if doc is None else replace(label, root=root, doc=doc)
        if file.sha256 == label.sha256 or file.status == "failed":
            return label
        try:
            stands = fold(label.evidence) in folded_text(label.root, label.doc)
        except Damaged:  # nothing can be said of it
            return label
        return replace(label, sha256=file.sha256) if stands else None

    return revision


def same_question(question: str) -> str:
    """Return what questions that are told apart by case or white space alone have in common."""
    return fold(question).casefold()


def line_of(label: Label) -> bytes:
    """Return a label as a line of a file of questions, without what is empty.

    A lone surrogate, from a folder's name that is no Unicode, is written as JSON escapes it.
    """
    entry = {name: value for name, value in asdict(label).items() if value != ""}
    return json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace")


def label_in(line: bytes) -> Label | None:
    """Return the label in a line; None for a line in any other form, or cut off."""
    try:
        entry: Any = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("answers"), bool):
        return None
    known = {field.name: entry[field.name] for field in fields(Label) if field.name in entry}
    texts = {name: value for name, value in known.items() if name != "answers"}
    optional = {"doc", "evidence"}
    if not all(isinstance(v, str) or (v is None and n in optional) for n, v in texts.items()):
        return None
    label = Label(**{"question": "", **known})
    is_whole = (label.doc is None) == (label.evidence is None) and not (
        label.answers and label.doc is None
    )
    return label if label.question.strip() and is_whole else None


def fold(text: str) -> str:
    """Return text with each run of white space as one space."""
    return " ".join(text.split())


def _valid_text(text: str) -> str:
    """Return text without lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
