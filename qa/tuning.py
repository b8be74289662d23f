"""Fitting the weights of the hybrid to questions whose answers are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from corpus.errors import UsageError
from embeddings.types import Flags
from qa.evaluate.gold import InText, Place, require_documents
from qa.evaluate.measures import SEED, bootstrap_interval, paired_p_value
from qa.evaluate.questions import LabelledQuestion
from qa.progress import OnProgress, Progress
from qa.retrieval import Hybrid, best_first
from qa.searching import ScoredPassages
from qa.types import DocumentInfo
from qa.weights import DEFAULT_WEIGHTS, Weights

METRIC = "RR@10"
LEAST_QUESTIONS = 20
_DEPTH = 10
_FOLDS = 5
_STEPS = 10  # of the grid, from 0 to 1
# A gain that is kept: not too small to be noticed, and so large by chance once in twenty times (the
# test has two sides, of which a gain is one).
_LEAST_GAIN = 0.005
_LARGEST_P = 0.1

Values = npt.NDArray[np.float64]


class Tunable(Protocol):
    """What is tuned."""

    def scored(self, question: str) -> ScoredPassages:
        """Return the candidates for a question with their scores."""
        ...

    def documents(self) -> Sequence[DocumentInfo]:
        """Return all documents."""
        ...


@dataclass(frozen=True, slots=True)
class Tuning:
    """Weights fitted to questions, and what they are worth on questions they were not fitted to.

    ``before`` is the mean reciprocal rank (0..1) of the first right passage among ten with the
    default weights, ``after`` that of each fifth of the questions with the weights that fit the
    other four best; ``confidence`` is the 95% bootstrap interval of the difference and ``p`` the
    two-sided p-value of a paired randomisation test. ``weights`` fit all questions best.
    """

    questions: int
    weights: Weights
    before: float
    after: float
    confidence: tuple[float, float]
    p: float

    @property
    def is_better(self) -> bool:
        """Whether the gain is large enough to matter, and hardly luck."""
        return self.after - self.before >= _LEAST_GAIN and self.p < _LARGEST_P

    def to_dict(self) -> dict[str, Any]:
        """Return the tuning as ``qa tune --json`` prints it."""
        return {
            "questions": self.questions,
            "metric": METRIC,
            "before": {"weights": asdict(DEFAULT_WEIGHTS), METRIC: round(self.before, 4)},
            "after": {"weights": asdict(self.weights), METRIC: round(self.after, 4)},
            "difference": round(self.after - self.before, 4),
            "confidence": [round(end, 4) for end in self.confidence],
            "p": round(self.p, 4),
            "better": self.is_better,
        }


def tune(
    library: Tunable,
    questions: Sequence[LabelledQuestion],
    *,
    on_progress: OnProgress | None = None,
) -> Tuning:
    """Find the weights that rank right passages highest; nothing is kept.

    Passages are ranked by their fused scores, copies too; dates asked for are not preferred.
    Questions without an answer are left out; one whose answer is in no candidate counts 0. Raises
    `UsageError` for fewer than 20 others, or for a document that is not in the library.
    """
    golds = [(q.question, q.gold) for q in questions if isinstance(q.gold, InText)]
    if len(golds) < LEAST_QUESTIONS:
        raise UsageError(
            f"{len(golds)} questions with an answer are too few to fit weights to; "
            f"write at least {LEAST_QUESTIONS}"
        )
    paths = list(dict.fromkeys(info.document for info in library.documents()))
    named = require_documents((doc for _, gold in golds for doc in gold.docs), paths)
    grid = _grid()
    values = np.zeros((len(golds), len(grid)))
    for at, (question, gold) in enumerate(golds):
        found = library.scored(question)
        places = map(Place.of, found.stored)
        right = np.array([gold.is_hit(place, named) for place in places])
        hybrid = Hybrid(found.scored)
        values[at] = [_reciprocal_rank(found, hybrid, right, weights) for weights in grid]
        if on_progress is not None:
            on_progress(Progress("asking", at + 1, len(golds), "questions"))
    before, after = values[:, 0], _held_out(values)
    return Tuning(
        questions=len(golds),
        weights=grid[_best(values)],
        before=float(before.mean()),
        after=float(after.mean()),
        confidence=bootstrap_interval((after - before).tolist()),
        p=paired_p_value((after - before).tolist()),
    )


def _grid() -> list[Weights]:
    """Return all weights in steps of .1, those nearest to the defaults, which are first, first."""
    steps = range(_STEPS + 1)
    shares = [(i, j, _STEPS - i - j) for i in steps for j in steps[: _STEPS - i + 1] if i + j]
    grid = [Weights(*(part / _STEPS for part in parts)) for parts in shares]
    return sorted(grid, key=_distance)


def _distance(weights: Weights) -> float:
    parts = zip(astuple(weights), astuple(DEFAULT_WEIGHTS), strict=True)
    return round(math.fsum((a - b) ** 2 for a, b in parts), 6)


def _reciprocal_rank(
    found: ScoredPassages, hybrid: Hybrid, right: Flags, weights: Weights
) -> float:
    """Return 1 / rank of the first right passage among ten, 0 without one."""
    if not found.in_known_script:
        weights = weights.for_unknown_script()
    order = best_first(found.scored, hybrid.fused(weights))
    ranks = np.flatnonzero(right[order[:_DEPTH]])
    return 1.0 / (1 + int(ranks[0])) if len(ranks) else 0.0


def _held_out(values: Values) -> Values:
    """Return the value of each question with the weights that are best for the other folds.

    ``values`` has shape (questions, weights).
    """
    folds = np.random.default_rng(SEED).permutation(len(values)) % _FOLDS
    held_out = np.zeros(len(values))
    for fold in range(_FOLDS):
        held_out[folds == fold] = values[folds == fold, _best(values[folds != fold])]
    return held_out


def _best(values: Values) -> int:
    """Return the column of the highest mean; of equal ones the first."""
    return int(values.mean(axis=0).round(9).argmax())
