"""Measures of rankings and of refusing, each one function."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Ranks = Sequence[int | None]
"""For each question the rank, from 1, of the first right citation; None when there is none."""


def hit_at(ranks: Ranks, k: int) -> float:
    """Return the share (0..1) of questions with a right citation among the first ``k``."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank_at(ranks: Ranks, k: int) -> float:
    """Return the mean of 1 / rank (RR@k, 0..1); a question without a right citation counts 0."""
    return sum(1.0 / rank for rank in ranks if rank is not None and rank <= k) / len(ranks)


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return the probability (0..1) that an answerable question scores above an unanswerable one.

    Ties count half: the Mann-Whitney U statistic divided by the number of pairs.
    """
    good, bad = np.asarray(answerable)[:, None], np.asarray(unanswerable)[None, :]
    return float(np.mean((good > bad) + 0.5 * (good == bad)))


def precision_and_recall(
    refused: Sequence[bool], unanswerable: Sequence[bool]
) -> tuple[float | None, float | None]:
    """Return precision and recall (0..1) of refusing; None where nothing was refused or asked."""
    right = sum(r and u for r, u in zip(refused, unanswerable, strict=True))
    precision = right / sum(refused) if any(refused) else None
    recall = right / sum(unanswerable) if any(unanswerable) else None
    return precision, recall


def bootstrap_interval(
    values: Sequence[float], *, level: float = 0.95, samples: int = 1000
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean of per-question ``values``."""
    rng = np.random.default_rng(0)
    array = np.asarray(values, dtype=np.float64)
    means = array[rng.integers(len(array), size=(samples, len(array)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
