"""The nouns of evaluation: what came back for each question, and what that amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qa.evaluate.measures import (
    auroc,
    bootstrap_interval,
    brier_score,
    expected_calibration_error,
    precision_and_recall,
)
from qa.evaluate.questions import LabelledQuestion

METRICS = ("nDCG@10", "R@10", "R@100", "RR@10", "hit@1", "hit@5")
"""Reported in every evaluation; None where a set of questions does not say what they need."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One passage that came back, or one document of a run; ``relevance`` is 0..1 or unknown."""

    document: str
    location: str
    quote: str
    relevance: float | None
    right: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back for one question.

    ``relevant_ranks`` are the ranks, from 1, of all that is relevant and was found, out of
    ``relevant``; ``ranking`` are documents by id, best first, where documents are judged;
    ``characters`` measures retrieved characters. ``hit`` tells whether any citation of the answer
    is right; None where there is no yes or no.
    """

    question: LabelledQuestion
    returned: tuple[Returned, ...] = ()
    relevant_ranks: tuple[int, ...] = ()
    relevant: int = 0
    ranking: tuple[str, ...] = ()
    characters: dict[str, float] = field(default_factory=dict)
    hit: bool | None = None
    relevance: float | None = None
    answered: bool | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures of one run over ``queries`` questions, ``answerable`` of which have an answer.

    ``metrics`` are means over the answerable questions, each with its 95% bootstrap interval in
    ``confidence``; a measure that does not apply is None. ``abstention`` measures refusing:
    ``auroc`` of relevance, ``precision`` and ``recall`` of refusing the unanswerable.
    ``calibration`` compares relevance with whether a citation was right: ``ece``, ``brier``, and
    ``brier_constant``, which always giving the share of right ones would reach. ``depth`` is how
    many citations, or judged documents, were looked at; ``values`` holds the measures of each
    question in the order of ``outcomes``.
    """

    method: str
    queries: int
    answerable: int
    metrics: dict[str, float | None]
    confidence: dict[str, tuple[float, float]]
    abstention: dict[str, float | None] | None
    calibration: dict[str, float] | None
    seconds_per_query: dict[str, float | None]
    depth: int
    outcomes: tuple[Outcome, ...] = field(repr=False)
    values: tuple[dict[str, float], ...] = field(repr=False)

    @classmethod
    def of(
        cls,
        method: str,
        outcomes: Sequence[Outcome],
        values: Sequence[dict[str, float]],
        depth: int,
    ) -> Evaluation:
        """Sum up outcomes with the measures of each."""
        names = dict.fromkeys((*METRICS, *(name for found in values for name in found)))
        columns = {name: [found[name] for found in values if name in found] for name in names}
        return cls(
            method=method,
            queries=len(outcomes),
            answerable=sum(outcome.question.answerable for outcome in outcomes),
            metrics={
                name: round(float(np.mean(column)), 4) if column else None
                for name, column in columns.items()
            },
            confidence={
                name: bootstrap_interval(column) for name, column in columns.items() if column
            },
            abstention=_abstention(outcomes),
            calibration=_calibration(outcomes),
            seconds_per_query=_seconds(outcomes),
            depth=depth,
            outcomes=tuple(outcomes),
            values=tuple(values),
        )

    @property
    def main_metric(self) -> str | None:
        """The measure by which questions are called worst: the first that says most."""
        order = ("nDCG@10", "RR@10", "hit@5", "hit@1", *self.metrics)
        return next((name for name in order if self.metrics.get(name) is not None), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the evaluation as ``qa evaluate --json`` prints it."""
        return {
            "method": self.method,
            "queries": self.queries,
            "answerable": self.answerable,
            "metrics": self.metrics,
            "confidence": {
                name: [round(low, 4), round(high, 4)]
                for name, (low, high) in self.confidence.items()
            },
            "abstention": self.abstention,
            "calibration": self.calibration,
            "seconds_per_query": self.seconds_per_query,
        }


def _abstention(outcomes: Sequence[Outcome]) -> dict[str, float | None] | None:
    """Measure refusing; None unless some questions have an answer and some have none."""
    asked = [(o, o.relevance) for o in outcomes if o.relevance is not None]
    answerable = [relevance for o, relevance in asked if o.question.answerable]
    unanswerable = [relevance for o, relevance in asked if not o.question.answerable]
    if not answerable or not unanswerable:
        return None
    precision, recall = precision_and_recall(
        [not o.answered for o, _ in asked], [not o.question.answerable for o, _ in asked]
    )
    measured = {
        "auroc": auroc(answerable, unanswerable),
        "precision": precision,
        "recall": recall,
    }
    return {name: None if value is None else round(value, 4) for name, value in measured.items()}


def _calibration(outcomes: Sequence[Outcome]) -> dict[str, float] | None:
    pairs = [
        (o.relevance, o.hit) for o in outcomes if o.relevance is not None and o.hit is not None
    ]
    if not pairs:
        return None
    relevance, hits = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    share = sum(hits) / len(hits)
    return {
        "ece": round(expected_calibration_error(relevance, hits), 4),
        "brier": round(brier_score(relevance, hits), 4),
        "brier_constant": round(share * (1 - share), 4),
    }


def _seconds(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    seconds = [outcome.seconds for outcome in outcomes if outcome.seconds is not None]
    if not seconds:
        return {"p50": None, "p95": None}
    p50, p95 = np.quantile(seconds, [0.5, 0.95])
    return {"p50": round(float(p50), 4), "p95": round(float(p95), 4)}
