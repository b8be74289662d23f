"""The nouns of answering: scores, citations, answers.

Every offset is a count of Unicode code points into the document's canonical text, start included,
end excluded; for a text file those are the file's own characters.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Method = Literal["hybrid", "dense", "sparse"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scores:
    """Raw scores of one passage; None where the method did not ask for one.

    ``dense`` and ``sentence`` are cosines (-1..1) of the whole passage and of its best sentence
    with the question; ``sparse`` is BM25 (0 and above, no upper end).
    """

    dense: float | None = None
    sparse: float | None = None
    sentence: float | None = None


@dataclass(frozen=True, slots=True)
class RankedScore:
    """A score, and its place among all candidates, counted from 1."""

    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a passage stands where it stands.

    ``fused`` (0..1 in the hybrid) is the score that orders passages, before a date or a number that
    the question asks for adds a little. ``matched`` are the words of the passage, as they are
    written, that the question's terms stand for.
    """

    fused: float
    dense: RankedScore
    sparse: RankedScore
    sentence: RankedScore | None
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """Another passage that says the same as the one cited."""

    id: str
    document: str
    location: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that bears on the question, with all that is needed to check it.

    ``text`` is the document's canonical text from ``start`` to ``end``; ``highlights`` are spans of
    the same text that lie inside it, of the sentences that bear the answer, and ``words`` spans
    inside these, of what carries the match. ``document`` is the path within its root, ``path`` the
    file on disk, ``sha256`` the file's digest when it was read, ``relevance`` the probability
    (0..1) that this passage answers. ``copies`` say the same elsewhere; ``explanation`` is there
    when asked for.
    """

    number: int
    id: str
    document: str
    path: str
    title: str
    section: str
    location: str
    page: int | None
    start: int
    end: int
    text: str
    highlights: tuple[Span, ...]
    relevance: float
    scores: Scores
    sha256: str
    copies: tuple[Copy, ...] = ()
    explanation: Explanation | None = None
    words: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class StatedValue:
    """A date or a number as it is written, and the numbers of the citations that state it."""

    value: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The passages nearest to a question, best first, and whether they answer it.

    ``relevance`` is the probability (0..1) that any of the citations answers; ``answered`` compares
    it with the threshold the library was asked with. Citations are given in either case.
    ``calibrated`` is false while relevance was never fitted for the library's model.
    ``disagreement`` holds the values in which citations of several documents differ, if they do.
    """

    question: str
    answered: bool
    relevance: float
    seconds: float
    citations: tuple[Citation, ...]
    calibrated: bool = True
    disagreement: tuple[StatedValue, ...] | None = None

    @property
    def documents(self) -> int:
        """The number of documents that the citations are from."""
        return len({citation.path for citation in self.citations})

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as ``qa ask --json`` prints it: plain dicts, lists and numbers."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """One indexed document, as ``qa list`` shows it; ``pages`` is None where it has none."""

    document: str
    root: str
    path: str
    title: str
    pages: int | None
    passages: int
    characters: int
    sha256: str
