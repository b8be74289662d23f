"""From signals to one probability: how likely is it that this passage answers the question?"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.errors import Damaged
from qa.signals import Signals

Features = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]

#: The name under which a library keeps a relevance model of its own.
RELEVANCE = "relevance"
#: The relevance of an answer is that of its first so many citations, however many are shown.
JUDGED = 5
_RIDGE = 0.1
_STEPS = 50


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """A logistic model of named features; ``threshold`` divides answered from not answered.

    ``fingerprint`` is that of the encoder whose cosines it was fitted on. Citations of one answer
    are not independent of each other: ``answer_intercept`` and ``answer_slope`` set right, on the
    logit, what comes of taking them as if they were (Platt scaling).
    """

    intercept: float
    weights: Mapping[str, float]
    threshold: float
    fingerprint: str = ""
    answer_intercept: float = 0.0
    answer_slope: float = 1.0

    def probability(self, signals: Signals) -> float:
        """Return the probability (0..1): 1 / (1 + exp(-(intercept + weights * features)))."""
        features = signals.to_dict()
        logit = self.intercept + sum(
            weight * features[name] for name, weight in self.weights.items()
        )
        return _logistic(logit)

    def of_answer(self, citations: Iterable[Signals]) -> float:
        """Return the probability (0..1) that any of the first `JUDGED` citations answers."""
        likely = min(max(any_of(map(self.probability, citations)), 1e-9), 1.0 - 1e-9)
        return _logistic(
            self.answer_intercept + self.answer_slope * math.log(likely / (1.0 - likely))
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the model as it is kept in JSON."""
        return {**asdict(self), "weights": dict(self.weights)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> RelevanceModel:
        """Return the model that `to_dict` gave."""
        return cls(**{field.name: kept[field.name] for field in fields(cls)})


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def any_of(probabilities: Iterable[float]) -> float:
    """Return the probability that any of the first `JUDGED` passages answers, as if independent."""
    missed = 1.0
    for probability in list(probabilities)[:JUDGED]:
        missed *= 1.0 - probability
    return 1.0 - missed


def fit(features: Features, labels: Labels) -> tuple[float, list[float]]:
    """Return intercept and weights of the logistic model of most likely ``labels``.

    ``features`` (examples, features) and ``labels`` (examples,). Newton's method with a small ridge
    on the weights, which keeps them finite where the labels can be told apart without fault.
    """
    x = np.column_stack([np.ones(len(features)), features])
    ridge = np.full(x.shape[1], _RIDGE)
    ridge[0] = 0.0
    weights = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - labels) + ridge * weights
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return float(weights[0]), [float(weight) for weight in weights[1:]]


def kept_relevance(settings: Mapping[str, str]) -> RelevanceModel:
    """Return the relevance model among a library's settings, or the one shipped.

    Raises `Damaged` for what is none.
    """
    kept = settings.get(RELEVANCE)
    if kept is None:
        return load_relevance_model()
    try:
        return RelevanceModel.of(json.loads(kept))
    except (ValueError, LookupError, TypeError) as error:
        raise Damaged(
            "the library is damaged: its relevance model cannot be read; "
            "qa calibrate --reset goes back to the one shipped"
        ) from error


@lru_cache(maxsize=1)
def load_relevance_model() -> RelevanceModel:
    """Read the coefficients kept beside this module, with their source, in relevance.json."""
    kept = json.loads(files("qa").joinpath("relevance.json").read_text(encoding="utf-8"))
    return RelevanceModel.of(kept)
