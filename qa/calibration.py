"""Fitting relevance to questions whose answers are known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np

from corpus.errors import UsageError
from qa.citations import Hit
from qa.evaluate.gold import InText, Place, require_documents
from qa.evaluate.measures import auroc, brier_score, expected_calibration_error
from qa.evaluate.questions import LabelledQuestion, load_questions
from qa.library import Library
from qa.places import sample_documents, sample_questions
from qa.progress import OnProgress, Progress
from qa.relevance import JUDGED, RelevanceModel, fit
from qa.signals import Signals
from qa.types import DocumentInfo

LEAST_QUESTIONS = 40
#: The share of answerable questions that the threshold lets through.
KEPT = 0.97
_FOLDS = 5


class Calibrated(Protocol):
    """What is calibrated."""

    def search(self, question: str, *, k: int = 5) -> list[Hit]:
        """Return the passages nearest to a question."""
        ...

    def documents(self) -> Sequence[DocumentInfo]:
        """Return all documents."""
        ...


@dataclass(frozen=True, slots=True)
class Example:
    """A question's first citations, which of them are right, and whether there is an answer."""

    signals: tuple[Signals, ...]
    right: tuple[bool, ...]
    answerable: bool

    def relevance(self, model: RelevanceModel) -> float:
        """Return the relevance (0..1) of the answer."""
        return model.of_answer(self.signals)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A relevance model, and how it does on questions that it was not fitted to.

    ``error`` is the expected calibration error and ``brier`` the Brier score of an answer's
    relevance, ``constant`` that of the best constant; ``auroc`` how well answerable questions are
    told from others, None where there are not both.
    """

    model: RelevanceModel
    questions: int
    error: float
    brier: float
    constant: float
    auroc: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the calibration as ``qa calibrate --json`` prints it."""
        return {
            "questions": self.questions,
            "held_out": {
                "ece": round(self.error, 4),
                "brier": round(self.brier, 4),
                "brier_constant": round(self.constant, 4),
                "auroc": None if self.auroc is None else round(self.auroc, 4),
            },
            "model": self.model.to_dict(),
        }


def collect(
    library: Calibrated,
    questions: Sequence[LabelledQuestion],
    on_progress: OnProgress | None = None,
) -> list[Example]:
    """Ask the questions. Raises `UsageError` for a document that is not in the library."""
    golds = [q.gold if isinstance(q.gold, InText) else None for q in questions]
    paths = list(dict.fromkeys(info.document for info in library.documents()))
    named = require_documents((doc for question in questions for doc in question.docs), paths)
    examples: list[Example] = []
    for at, (question, gold) in enumerate(zip(questions, golds, strict=True), start=1):
        hits = library.search(question.question, k=JUDGED)
        right = [gold is not None and gold.is_hit(Place.of(hit.stored), named) for hit in hits]
        found = tuple(hit.signals for hit in hits)
        examples.append(Example(found, tuple(right), gold is not None))
        if on_progress is not None:
            on_progress(Progress("asking", at, len(questions), "questions"))
    return examples


def collect_samples(model: str, on_progress: OnProgress | None = None) -> list[Example]:
    """Ask the bundled questions of the bundled documents, with a model by name or folder."""
    with TemporaryDirectory() as folder, Library.open(folder, model=model) as library:
        library.index(sample_documents(), on_progress=on_progress)
        return collect(library, load_questions(sample_questions()), on_progress)


def calibrate(examples: Sequence[Example], fingerprint: str) -> Calibration:
    """Fit a relevance model to examples, for an encoder's fingerprint, and measure it by folds.

    Raises `UsageError` for fewer than 40 questions, or when no citation is right or none wrong.
    """
    labels = [label for example in examples for label in example.right]
    if len(examples) < LEAST_QUESTIONS or len(set(labels)) < 2:
        raise UsageError(
            f"{len(examples)} questions with {sum(labels)} right citations are too few to fit "
            f"relevance to; write at least {LEAST_QUESTIONS}, most of them with an answer"
        )
    folds = np.random.default_rng(0).permutation(len(examples)) % _FOLDS
    held_out = np.zeros(len(examples))
    for fold in range(_FOLDS):
        model = fitted([e for e, f in zip(examples, folds, strict=True) if f != fold], fingerprint)
        for at in np.flatnonzero(folds == fold).tolist():
            held_out[at] = examples[at].relevance(model)
    return measured(fitted(examples, fingerprint), examples, held_out)


def measured(
    model: RelevanceModel, examples: Sequence[Example], relevance: Iterable[float]
) -> Calibration:
    """Return how the relevance of examples, (examples,), fits what is right of them."""
    found = np.fromiter(relevance, dtype=np.float64)
    right = np.array([any(example.right) for example in examples])
    answerable = np.array([example.answerable for example in examples])
    told = bool(answerable.any() and not answerable.all())
    return Calibration(
        model=model,
        questions=len(examples),
        error=expected_calibration_error(found.tolist(), right.tolist()),
        brier=brier_score(found.tolist(), right.tolist()),
        constant=float(right.var()),
        auroc=auroc(found[answerable].tolist(), found[~answerable].tolist()) if told else None,
    )


def fitted(examples: Sequence[Example], fingerprint: str) -> RelevanceModel:
    """Return the relevance model of most likely labels.

    Its threshold lets `KEPT` of the questions through that a citation answers.
    """
    features = [signals.to_dict() for example in examples for signals in example.signals]
    names = list(features[0])
    rows = np.array([[one[name] for name in names] for one in features])
    labels = np.array([label for example in examples for label in example.right])
    intercept, weights = fit(rows, labels)
    rounded = {name: round(w, 3) for name, w in zip(names, weights, strict=True)}
    model = RelevanceModel(round(intercept, 3), rounded, 0.5, fingerprint)
    at, slope = _answer_scale(model, examples)
    model = replace(model, answer_intercept=at, answer_slope=slope)
    answered = [example.relevance(model) for example in examples if any(example.right)]
    threshold = math.floor(100 * float(np.quantile(answered, 1.0 - KEPT))) / 100  # never above
    return replace(model, threshold=threshold)


def _answer_scale(model: RelevanceModel, examples: Sequence[Example]) -> tuple[float, float]:
    """Return the intercept and slope that set the relevance of answers right, on its logit."""
    relevance = np.array([example.relevance(model) for example in examples])
    logits = np.log(relevance / (1.0 - relevance))[:, None]
    right = np.array([any(example.right) for example in examples])
    if right.all() or not right.any():
        return 0.0, 1.0
    intercept, (slope,) = fit(logits, right)
    return round(intercept, 3), round(slope, 3)
