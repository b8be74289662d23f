"""Several rankings of the same rows made one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embeddings.types import Scores


def min_max(scores: Scores) -> Scores:
    """Map scores linearly to 0..1: the lowest to 0, the highest to 1; all equal, to 0."""
    if not len(scores):
        return scores
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.zeros_like(scores)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def convex_combination(scores: Sequence[Scores], weights: Sequence[float]) -> Scores:
    """Return the weighted mean of score lists over the same rows, each brought to 0..1 before.

    Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023,
    https://arxiv.org/abs/2210.11934): with exact scores on the union of candidates, min-max
    normalised, it beats reciprocal rank fusion and has no more parameters than lists less one.
    """
    if len(scores) != len(weights):
        raise ValueError(f"{len(scores)} score lists for {len(weights)} weights")
    total = sum(weights)
    fused = sum((weight / total) * part for weight, part in zip(weights, scores, strict=True))
    return np.asarray(fused, dtype=np.float32)


def distinctness(scores: Scores, among: int = 10) -> float:
    """Return by how many standard deviations the best score stands above the mean of the best few.

    0 where the best are all alike; about 1 and more where one row is plainly the best.
    """
    if not len(scores) or scores.min() == scores.max():
        return 0.0
    best = np.sort(scores)[::-1][:among]
    return float(best[0] - best.mean()) / float(scores.std(dtype=np.float64))
