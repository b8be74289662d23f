"""Methods side by side: is the difference more than chance?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from qa.evaluate.evaluation import Evaluation
from qa.evaluate.measures import bootstrap_interval, paired_p_value


@dataclass(frozen=True, slots=True)
class Comparison:
    """The mean difference of a measure, question by question: that of ``a`` less that of ``b``.

    ``confidence`` is its 95% bootstrap interval, ``p`` the two-sided p-value of a paired
    randomisation test, not corrected for the number of comparisons.
    """

    metric: str
    a: str
    b: str
    difference: float
    confidence: tuple[float, float]
    p: float

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as ``qa evaluate --json`` prints it."""
        return {
            "metric": self.metric,
            "a": self.a,
            "b": self.b,
            "difference": self.difference,
            "confidence": [round(end, 4) for end in self.confidence],
            "p": self.p,
        }


def compare(evaluations: Sequence[Evaluation]) -> list[Comparison]:
    """Compare evaluations of the same questions in pairs, on every measure both have."""
    return [
        comparison
        for a, b in combinations(evaluations, 2)
        for metric in a.metrics
        if (comparison := _compared(metric, a, b)) is not None
    ]


def _compared(metric: str, a: Evaluation, b: Evaluation) -> Comparison | None:
    of_b = {o.question.id: found for o, found in zip(b.outcomes, b.values, strict=True)}
    differences = [
        found[metric] - other[metric]
        for outcome, found in zip(a.outcomes, a.values, strict=True)
        if metric in found and metric in (other := of_b.get(outcome.question.id, {}))
    ]
    if not differences:
        return None
    return Comparison(
        metric=metric,
        a=a.method,
        b=b.method,
        difference=round(float(np.mean(differences)), 4),
        confidence=bootstrap_interval(differences),
        p=round(paired_p_value(differences), 4),
    )
