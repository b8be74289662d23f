"""One question asked, and what came back held against what answers it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from corpus.errors import UsageError
from qa.citations import source_path
from qa.evaluate.evaluation import Outcome, Returned
from qa.evaluate.gold import Excerpts, Judgments, require_documents
from qa.evaluate.measures import character_measures
from qa.evaluate.questions import LabelledQuestion
from qa.store import StoredPassage
from qa.types import Answer, Citation, DocumentInfo, Method, Span

JUDGED_DEPTH = 100  # documents ranked where documents are judged, for R@100
_DEEPEST = 6_400  # passages that are ranked at most to find so many documents
SHOWN = 5  # citations kept of each answer
_QUOTED = 400  # characters kept of each


class Asked(Protocol):
    """What is measured."""

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        method: Method = "hybrid",
        within: str | Sequence[str] = (),
    ) -> Answer:
        """Return the ``k`` passages nearest to the question, of the documents ``within``."""
        ...

    def rank(
        self, question: str, *, k: int = 100, method: Method = "hybrid"
    ) -> list[StoredPassage]:
        """Return passages in the order in which they would be cited."""
        ...

    def documents(self) -> Sequence[DocumentInfo]:
        """Return all documents."""
        ...

    def text(self, document: str) -> str:
        """Return the canonical text of a document."""
        ...


class Asker:
    """Asks the questions of one set with one method."""

    def __init__(
        self,
        library: Asked,
        questions: Sequence[LabelledQuestion],
        method: Method,
        k: int,
        within_document: bool,
        ids: Mapping[str, str],
    ) -> None:
        """Find the documents that questions name; raises `UsageError` for one that is not there."""
        self._library, self._method, self._k = library, method, k
        self._within_document, self._ids = within_document, ids
        self._paths: dict[str, list[str]] = {}
        for info in library.documents():
            self._paths.setdefault(info.document, []).append(info.path)
        docs = (doc for question in questions for doc in question.docs)
        self._named = require_documents(docs, list(self._paths))
        self._check_excerpts(questions)

    def ask(self, question: LabelledQuestion) -> Outcome:
        """Ask one question; its time is that of the answer alone."""
        documents = {document for doc in question.docs for document in self._named[doc]}
        paths = [path for document in sorted(documents) for path in self._paths[document]]
        started = time.perf_counter()
        answer = self._library.ask(
            question.question,
            k=self._k,
            method=self._method,
            within=paths if self._within_document else (),
        )
        seconds = time.perf_counter() - started
        right = [self._is_right(question, citation) for citation in answer.citations]
        outcome = Outcome(
            question=question,
            returned=tuple(
                _returned(citation, is_right, self._ids.get(citation.path))
                for citation, is_right in zip(answer.citations[:SHOWN], right, strict=False)
            ),
            hit=any(right),
            relevance=answer.relevance,
            answered=answer.answered,
            seconds=seconds,
        )
        match question.gold:
            case None:
                return outcome
            case Judgments(gains):
                return with_ranking(
                    outcome, gains, self._ranked_documents(question.question, gains)
                )
            case Excerpts() as gold:
                return replace(outcome, hit=None, characters=self._characters(gold, answer))
        ranks = tuple(rank for rank, is_right in enumerate(right, start=1) if is_right)
        return replace(outcome, relevant=1, relevant_ranks=ranks)

    def _is_right(self, question: LabelledQuestion, citation: Citation) -> bool:
        gold = question.gold
        if gold is None:
            return False
        if isinstance(gold, Judgments):
            return gold.gains.get(self._ids.get(citation.path, citation.path), 0) > 0
        return gold.is_hit(citation, self._named)

    def _characters(self, gold: Excerpts, answer: Answer) -> dict[str, float]:
        retrieved: dict[str, list[Span]] = {}
        for citation in answer.citations:
            retrieved.setdefault(citation.document, []).append((citation.start, citation.end))
        [document] = self._named[gold.doc]
        measured = character_measures({document: gold.spans}, retrieved)
        names = (f"char_{name}@{self._k}" for name in ("R", "P", "IoU"))
        return dict(zip(names, measured, strict=True))

    def _ranked_documents(self, question: str, gains: Mapping[str, int]) -> Iterator[str]:
        """Yield distinct documents in the order of their best passages.

        The first are those that would be cited. Where there are fewer than are looked at, and a
        relevant one is not among them, a deeper ranking follows, of which only what is new counts.
        """
        missing = {name for name, gain in gains.items() if gain > 0}
        seen: set[str] = set()
        depth = JUDGED_DEPTH
        while True:
            passages = self._library.rank(question, k=depth, method=self._method)
            for stored in passages:
                path = source_path(stored.root, stored.file.path)
                name = self._ids.get(path, path)
                if name not in seen and len(seen) < JUDGED_DEPTH:
                    seen.add(name)
                    yield name
            is_enough = len(seen) >= JUDGED_DEPTH or missing <= seen
            if is_enough or len(passages) < depth or depth >= _DEEPEST:
                return
            depth *= 4

    def _check_excerpts(self, questions: Sequence[LabelledQuestion]) -> None:
        """Raise `UsageError` unless each excerpt's document is one, and holds it where it says."""
        texts: dict[str, str] = {}
        for question in questions:
            if not isinstance(gold := question.gold, Excerpts):
                continue
            documents = self._named[gold.doc]
            if len(documents) > 1:
                raise UsageError(
                    f"{gold.doc!r} is the name of {len(documents)} documents ({documents[0]}, "
                    f"{documents[1]}); give more of the path"
                )
            if gold.doc not in texts:
                texts[gold.doc] = self._library.text(documents[0])
            text = texts[gold.doc]
            for (start, end), content in zip(gold.spans, gold.contents, strict=True):
                if end > len(text) or (content and text[start:end] != content):
                    raise UsageError(
                        f"question {question.id}: {documents[0]} holds other text at characters "
                        f"{start} to {end}; count characters in what qa show prints"
                    )


def with_ranking(outcome: Outcome, gains: Mapping[str, int], ranking: Iterable[str]) -> Outcome:
    """Return an outcome with judged documents, best first, and the ranks of relevant ones."""
    ranked = tuple(ranking)
    ranks = (rank for rank, name in enumerate(ranked, start=1) if gains.get(name, 0) > 0)
    return replace(
        outcome,
        ranking=ranked,
        relevant_ranks=tuple(ranks),
        relevant=sum(gain > 0 for gain in gains.values()),
    )


def _returned(citation: Citation, right: bool, name: str | None) -> Returned:
    """Shorten a citation; a judged document goes by its id, under which its set knows it."""
    quote = " … ".join(
        citation.text[start - citation.start : end - citation.start]
        for start, end in citation.highlights
    )
    return Returned(
        document=name or citation.document,
        location=name or citation.location,
        quote=quote if len(quote) <= _QUOTED else quote[:_QUOTED] + "…",
        relevance=citation.relevance,
        right=right,
    )
