"""From evidence to one probability: how likely is it that this passage answers the question?"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from qa.evidence import Evidence


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """A logistic model of named features; ``threshold`` divides answered from not answered."""

    intercept: float
    weights: dict[str, float]
    threshold: float

    def probability(self, features: dict[str, float]) -> float:
        """Return the probability (0..1): 1 / (1 + exp(-(intercept + weights * features)))."""
        logit = self.intercept + sum(
            weight * features[name] for name, weight in self.weights.items()
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def features(evidence: Evidence) -> dict[str, float]:
    """Return the features the model is fitted on, each within about 0..1."""
    return {
        "similarity": evidence.similarity,
        "coverage": evidence.coverage,
        "passage_coverage": evidence.passage_coverage,
    }


@lru_cache(maxsize=1)
def load_relevance_model() -> RelevanceModel:
    """Read the coefficients kept beside this module, with their source, in relevance.json."""
    kept = json.loads(files("qa").joinpath("relevance.json").read_text(encoding="utf-8"))
    return RelevanceModel(kept["intercept"], kept["weights"], kept["threshold"])
