"""Fit the coefficients of qa/relevance.json.

Usage: python tests/tools/fit_relevance.py DATA

DATA holds ``retrieval/squad2`` (half of SQuAD 2.0 dev in BEIR layout: paragraphs, questions with
answer spans, adversarial questions without an answer) and the questions of hotpotqa, scifact, cisi
and cranfield, which are off the topic of those paragraphs. Every question is asked of the
paragraphs; each of its five citations is one example, right when it holds the gold answer.
Coefficients are fitted on one half of the questions, and the other half is reported.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa import Library
from qa.citations import Hit
from qa.evaluate.measures import auroc
from qa.relevance import RelevanceModel, features

OFF_TOPIC = ("hotpotqa", "scifact", "cisi", "cranfield")
QUESTIONS, OFF_TOPIC_QUESTIONS = 3000, 100  # of SQuAD, and of each other set
ADVERSARIAL_WEIGHT = 0.25  # people seldom ask what was made up to look answerable
KEPT = 0.95  # share of answerable questions that the threshold lets through
TARGET = Path(__file__).parents[2] / "qa" / "relevance.json"


@dataclass(frozen=True)
class Example:
    """The features of a question's citations, which of them are right, and its kind."""

    kind: str
    features: list[dict[str, float]]
    right: list[bool]


def main(data: Path) -> None:
    """Fit, write the file and print what was reached on the questions held out."""
    with tempfile.TemporaryDirectory() as folder:
        examples = list(_examples(data, Path(folder)))
    fitted_on, held_out = examples[::2], examples[1::2]
    model = _fit(fitted_on)
    kept = np.quantile(
        [_relevance(model, e) for e in fitted_on if e.kind == "answerable"], 1 - KEPT
    )
    model = RelevanceModel(model.intercept, model.weights, round(float(kept), 2))
    reached = _report(model, held_out)
    _write(model, reached)
    print(json.dumps(reached, indent=2))


def _examples(data: Path, folder: Path) -> Iterator[Example]:
    names = _write_paragraphs(data / "retrieval" / "squad2", folder / "documents")
    gold = dict(_gold(data / "retrieval" / "squad2", names))
    rng = random.Random(1)
    with Library.open(folder / "library") as library:
        library.index(folder / "documents")
        questions = _lines(data / "retrieval" / "squad2" / "queries.jsonl")
        for entry in rng.sample(questions, QUESTIONS):
            hits = library.search(entry["text"], k=5)
            right = [_is_right(hit, gold.get(entry["_id"]), entry["answers"]) for hit in hits]
            kind = "answerable" if entry["answerable"] else "adversarial"
            yield Example(kind, [features(hit.evidence) for hit in hits], right)
        for name in OFF_TOPIC:
            others = _lines(data / "retrieval" / name / "queries.jsonl")
            for entry in rng.sample(others, min(OFF_TOPIC_QUESTIONS, len(others))):
                hits = library.search(entry["text"], k=5)
                found = [features(hit.evidence) for hit in hits]
                yield Example("off-topic", found, [False] * len(found))


def _write_paragraphs(source: Path, folder: Path) -> dict[str, str]:
    """Write each paragraph as a text file; return its file's name by its id."""
    folder.mkdir()
    names: dict[str, str] = {}
    for number, entry in enumerate(_lines(source / "corpus.jsonl")):
        names[entry["_id"]] = f"{number}.txt"
        (folder / f"{number}.txt").write_text(entry["text"], encoding="utf-8", newline="")
    return names


def _gold(source: Path, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for line in (source / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, paragraph, _ = line.split("\t")
        yield query, names[paragraph]


def _is_right(hit: Hit, document: str | None, answers: list[list[int]]) -> bool:
    passage = hit.stored.passage
    return hit.stored.file.path == document and any(
        passage.start <= start and end <= passage.end for start, end in answers
    )


def _fit(examples: list[Example]) -> RelevanceModel:
    names = list(examples[0].features[0])
    rows = [[found[name] for name in names] for e in examples for found in e.features]
    right = [label for e in examples for label in e.right]
    weights = [
        ADVERSARIAL_WEIGHT if e.kind == "adversarial" else 1.0 for e in examples for _ in e.right
    ]
    fitted = LogisticRegression(C=100.0, max_iter=1000).fit(rows, right, sample_weight=weights)
    coefficients = dict(zip(names, (round(float(w), 3) for w in fitted.coef_[0]), strict=True))
    return RelevanceModel(round(float(fitted.intercept_[0]), 3), coefficients, 0.5)


def _relevance(model: RelevanceModel, example: Example) -> float:
    return max(model.probability(found) for found in example.features)


def _report(model: RelevanceModel, examples: list[Example]) -> dict[str, float]:
    by_kind: dict[str, list[float]] = {}
    for example in examples:
        by_kind.setdefault(example.kind, []).append(_relevance(model, example))
    reached: dict[str, float] = {}
    for kind, values in by_kind.items():
        answered = float(np.mean([value >= model.threshold for value in values]))
        reached[f"answered, {kind}"] = round(answered, 3)
        if kind != "answerable":
            reached[f"AUROC, {kind}"] = round(auroc(by_kind["answerable"], values), 3)
    return reached


def _write(model: RelevanceModel, reached: dict[str, float]) -> None:
    kept = {
        "source": "tests/tools/fit_relevance.py on half of SQuAD 2.0 dev and on questions of "
        "HotpotQA, SciFact, CISI and Cranfield as off-topic ones, with all-MiniLM-L6-v2",
        "threshold_rule": f"keeps {KEPT:.0%} of the answerable questions it was fitted on",
        "held_out": reached,
        "intercept": model.intercept,
        "weights": model.weights,
        "threshold": model.threshold,
    }
    TARGET.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
