"""Several rankings of the same rows made one, in which alike rows support each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embeddings.types import Ids, Scores, Vectors

# From this cosine on two rows say the same: a copy is no second witness.
_COPY = 0.95


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


def nearest_others(vectors: Vectors, among: Ids, k: int) -> Ids:
    """Return (n, k) for each of n rows (n, dimension) the ``k`` nearest of the rows ``among``.

    Vectors have length 1. The row itself and its copies are passed over; where fewer than ``k``
    others are left, the row stands for those that are missing. Ties go to the earlier row.
    """
    rows = np.arange(len(vectors))
    # No BLAS: it rounds by where a row stands, and its threads spin on while the encoder's begin.
    cosines = np.einsum("ij,kj->ik", vectors, vectors[among])
    cosines[(cosines >= _COPY) | (rows[:, None] == among)] = -np.inf
    nearest = np.repeat(rows[:, None], k, axis=1)
    for place in range(min(k, len(among))):
        best = cosines.argmax(axis=1)
        is_other = cosines[rows, best] > -np.inf
        nearest[is_other, place] = among[best[is_other]]
        cosines[rows, best] = -np.inf
    return nearest


def supported(scores: Scores, nearest: Ids, share: float) -> Scores:
    """Return scores (n,) of which a ``share`` is the mean score of each row's ``nearest`` (n, k).

    Diaz, "Regularizing Ad Hoc Retrieval Scores" (CIKM 2005, https://doi.org/10.1145/1099554.1099722):
    what is relevant lies among its like, so a high score that no neighbour shares is less sure.
    """
    of_nearest = scores[nearest].mean(axis=1)
    return np.asarray((1.0 - share) * scores + share * of_nearest, dtype=np.float32)
