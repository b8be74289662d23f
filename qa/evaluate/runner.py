"""Asking every question of a set and measuring what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from corpus.errors import UsageError
from qa.evaluate.measures import (
    Ranks,
    auroc,
    bootstrap_interval,
    hit_at,
    precision_and_recall,
    reciprocal_rank_at,
)
from qa.evaluate.questions import LabelledQuestion
from qa.types import Answer, Citation, DocumentInfo, Method

_METRICS: dict[str, Callable[[Ranks], float]] = {
    "RR@10": lambda ranks: reciprocal_rank_at(ranks, 10),
    "hit@1": lambda ranks: hit_at(ranks, 1),
    "hit@5": lambda ranks: hit_at(ranks, 5),
}
# Measures of graded judgments, which a set of spans does not have.
_NOT_FOR_SPANS = ("nDCG@10", "R@10", "R@100")


class Asked(Protocol):
    """What is measured."""

    def ask(self, question: str, *, k: int = 5, method: Method = "hybrid") -> Answer:
        """Return the ``k`` passages nearest to the question."""
        ...

    def documents(self) -> list[DocumentInfo]:
        """Return all documents."""
        ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures of one run; a measure that does not apply is None."""

    method: str
    queries: int
    metrics: dict[str, float | None]
    confidence: dict[str, tuple[float, float]]
    abstention: dict[str, float | None] | None
    seconds_per_query: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the evaluation as ``qa evaluate --json`` prints it."""
        return {
            "method": self.method,
            "queries": self.queries,
            "metrics": self.metrics,
            "confidence": {name: list(pair) for name, pair in self.confidence.items()},
            "abstention": self.abstention,
            "seconds_per_query": self.seconds_per_query,
        }


def evaluate(
    library: Asked,
    questions: Sequence[LabelledQuestion],
    *,
    method: Method = "hybrid",
    k: int = 10,
) -> Evaluation:
    """Ask every question and compare its citations with the evidence.

    A hit is one citation of the right document that contains the whole evidence, white space
    folded. Raises `UsageError` for a document that is not in the library.
    """
    if k < 5:
        raise UsageError(f"k is {k}; hit@5 needs at least 5 citations")
    _require_documents(library, questions)
    answers: list[Answer] = []
    seconds: list[float] = []
    for question in questions:
        started = time.perf_counter()
        answers.append(library.ask(question.question, k=k, method=method))
        seconds.append(time.perf_counter() - started)
    ranks = [
        _rank_of_first_hit(question, answer)
        for question, answer in zip(questions, answers, strict=True)
        if question.answerable
    ]
    return Evaluation(
        method=method,
        queries=len(questions),
        metrics=_metrics(ranks),
        confidence=_confidence(ranks),
        abstention=_abstention(questions, answers),
        seconds_per_query={
            "p50": round(float(np.quantile(seconds, 0.5)), 4),
            "p95": round(float(np.quantile(seconds, 0.95)), 4),
        },
    )


def is_hit(question: LabelledQuestion, citation: Citation) -> bool:
    """Tell whether a citation holds the whole evidence, white space folded."""
    if question.doc is None or question.evidence is None:
        return False
    return _names(question.doc, citation.document) and _fold(question.evidence) in _fold(
        citation.text
    )


def _rank_of_first_hit(question: LabelledQuestion, answer: Answer) -> int | None:
    hits = (citation.number for citation in answer.citations if is_hit(question, citation))
    return next(hits, None)


def _metrics(ranks: Ranks) -> dict[str, float | None]:
    metrics: dict[str, float | None] = dict.fromkeys(_NOT_FOR_SPANS)
    metrics.update({name: round(f(ranks), 4) if ranks else None for name, f in _METRICS.items()})
    return metrics


def _confidence(ranks: Ranks) -> dict[str, tuple[float, float]]:
    if not ranks:
        return {}
    return {
        name: bootstrap_interval([measure([rank]) for rank in ranks])
        for name, measure in _METRICS.items()
    }


def _abstention(
    questions: Sequence[LabelledQuestion], answers: Sequence[Answer]
) -> dict[str, float | None] | None:
    """Measure refusing; None unless some questions have an answer and some have none."""
    labels = [question.answerable for question in questions]
    if all(labels) or not any(labels):
        return None
    pairs = list(zip(labels, answers, strict=True))
    precision, recall = precision_and_recall(
        [not answer.answered for answer in answers], [not label for label in labels]
    )
    return {
        "auroc": auroc(
            [answer.relevance for label, answer in pairs if label],
            [answer.relevance for label, answer in pairs if not label],
        ),
        "precision": precision,
        "recall": recall,
    }


def _require_documents(library: Asked, questions: Sequence[LabelledQuestion]) -> None:
    there = [info.document for info in library.documents()]
    for doc in {question.doc for question in questions if question.doc is not None}:
        if not any(_names(doc, document) for document in there):
            raise UsageError(
                f"the questions name {doc!r}, which is not among the documents; "
                "name its folder with --docs"
            )


def _names(doc: str, document: str) -> bool:
    return document == doc or document.endswith("/" + doc)


def _fold(text: str) -> str:
    return " ".join(text.split())
