"""Measures of rankings, of retrieved characters, of refusing, and of how sure they are.

nDCG, R, RR and Success are those of ir-measures, which computes them with trec_eval's code: nDCG
with linear gains and a logarithmic discount of base 2; judgments below 1 are not relevant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import ir_measures
import numpy as np
import numpy.typing as npt

from qa.types import Span

Floats = npt.NDArray[np.float64]

SEED = 0
_DRAWS = 1_000_000  # random numbers held in memory at a time
_BINS = 10


def ranking_measures(
    gains: Mapping[str, Mapping[str, int]],
    rankings: Mapping[str, Sequence[str]],
    names: Collection[str],
) -> dict[str, dict[str, float]]:
    """Return each measure (0..1) of each question: question -> name -> value.

    ``gains`` judge documents by question, ``rankings`` are distinct documents, best first; a
    question without ranked documents counts 0. Names are ``nDCG@k``, ``R@k``, ``RR@k`` and
    ``hit@k``, the last being Success@k: whether anything relevant is among the first k.
    """
    measures = {ir_measures.parse_measure(name.replace("hit@", "Success@")): name for name in names}
    values: dict[str, dict[str, float]] = {question: {} for question in gains}
    if not gains:
        return values
    # Numbers stand for names: trec_eval's code ends the process at one that is not valid Unicode.
    judged: dict[str, dict[str, int]] = {}
    scores: dict[str, dict[str, float]] = {}
    for number, question in enumerate(gains):
        ranking = rankings.get(question, ())
        numbers = {name: str(at) for at, name in enumerate((*ranking, *gains[question]))}
        judged[str(number)] = {numbers[name]: gain for name, gain in gains[question].items()}
        scores[str(number)] = {numbers[name]: -rank for rank, name in enumerate(ranking)}
    numbered = list(gains)
    for found in ir_measures.iter_calc(list(measures), judged, scores):
        values[numbered[int(found.query_id)]][measures[found.measure]] = float(found.value)
    return values


def character_measures(
    gold: Mapping[str, Iterable[Span]], retrieved: Mapping[str, Iterable[Span]]
) -> tuple[float, float, float]:
    """Return recall, precision and intersection over union (0..1) of retrieved characters.

    Spans are given by document. A character that several spans hold counts once; one of another
    document counts as retrieved and not wanted.
    """
    wanted = {document: _union(spans) for document, spans in gold.items()}
    got = {document: _union(spans) for document, spans in retrieved.items()}
    both = sum(_common(spans, got.get(document, [])) for document, spans in wanted.items())
    gold_size, got_size = (sum(map(_length, spans.values())) for spans in (wanted, got))
    return (
        both / gold_size if gold_size else 0.0,
        both / got_size if got_size else 0.0,
        both / (gold_size + got_size - both) if gold_size else 0.0,
    )


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return the probability (0..1) that an answerable question scores above an unanswerable one.

    Ties count half: the Mann-Whitney U statistic divided by the number of pairs.
    """
    bad = np.sort(np.asarray(unanswerable))
    below = np.searchsorted(bad, answerable, side="left")
    not_above = np.searchsorted(bad, answerable, side="right")
    return float(np.mean((below + not_above) / 2) / len(bad))


def precision_and_recall(
    refused: Sequence[bool], unanswerable: Sequence[bool]
) -> tuple[float | None, float | None]:
    """Return precision and recall (0..1) of refusing; None where nothing was refused or asked."""
    right = sum(r and u for r, u in zip(refused, unanswerable, strict=True))
    precision = right / sum(refused) if any(refused) else None
    recall = right / sum(unanswerable) if any(unanswerable) else None
    return precision, recall


def brier_score(probabilities: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the mean squared difference (0..1, 0 is best) of probability and outcome."""
    return float(np.mean((np.asarray(probabilities) - np.asarray(labels, dtype=np.float64)) ** 2))


def expected_calibration_error(probabilities: Sequence[float], labels: Sequence[bool]) -> float:
    """Return how far (0..1) probabilities are from the share of outcomes, in ten equal bins.

    Guo et al., "On Calibration of Modern Neural Networks" (2017, https://arxiv.org/abs/1706.04599):
    the mean over bins, weighted by size, of the difference between mean probability and share.
    """
    given = np.asarray(probabilities, dtype=np.float64)
    outcome = np.asarray(labels, dtype=np.float64)
    bins = np.minimum((given * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=given - outcome, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(given))


def bootstrap_interval(
    values: Sequence[float], *, level: float = 0.95, samples: int = 1000
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean of per-question ``values``."""
    rng = np.random.default_rng(SEED)
    array = np.asarray(values, dtype=np.float64)
    means = np.concatenate(
        [
            array[rng.integers(len(array), size=(rows, len(array)))].mean(axis=1)
            for rows in _batches(samples, len(array))
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_p_value(differences: Sequence[float], *, samples: int = 10_000) -> float:
    """Return the two-sided p-value of paired ``differences`` by a randomisation test.

    Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for Information
    Retrieval Evaluation" (2007, https://doi.org/10.1145/1321440.1321528): were two methods alike,
    each question's difference could as well have the other sign. The observed signs count as one of
    the samples.
    """
    rng = np.random.default_rng(SEED)
    array = np.asarray(differences, dtype=np.float64)
    observed = abs(float(array.sum()))
    tolerance = 1e-9 * float(np.abs(array).sum())
    extreme = 0
    for rows in _batches(samples, len(array)):
        signs = rng.integers(2, size=(rows, len(array)), dtype=np.int8) * 2.0 - 1.0
        extreme += int((np.abs(signs @ array) >= observed - tolerance).sum())
    return (extreme + 1) / (samples + 1)


def _batches(samples: int, width: int) -> Iterable[int]:
    """Split ``samples`` rows of ``width`` numbers into parts that fit in memory."""
    rows = max(1, _DRAWS // max(1, width))
    return (min(rows, samples - start) for start in range(0, samples, rows))


def _union(spans: Iterable[Span]) -> list[Span]:
    """Return the same characters as spans that are in order and do not touch."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _common(one: Sequence[Span], other: Sequence[Span]) -> int:
    """Return how many characters two unions share."""
    shared, i, j = 0, 0, 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        shared += max(0, end - start)
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return shared


def _length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)
