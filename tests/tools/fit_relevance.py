"""Fit the coefficients of qa/relevance.json.

Usage: python -m tests.tools.fit_relevance DATA

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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa import Library
from qa.calibration import KEPT, Example, fitted, measured
from qa.citations import Hit
from qa.evaluate.measures import auroc
from qa.relevance import RelevanceModel

OFF_TOPIC = ("hotpotqa", "scifact", "cisi", "cranfield")
QUESTIONS, OFF_TOPIC_QUESTIONS = 3000, 100  # of SQuAD, and of each other set
TARGET = Path(__file__).parents[2] / "qa" / "relevance.json"


def main(data: Path) -> None:
    """Fit, write the file and print what was reached on the questions held out."""
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder) / "library") as library:
        examples = list(_examples(data / "retrieval", Path(folder), library))
        fingerprint = library.settings["fingerprint"]
    fitted_on, held_out = examples[::2], examples[1::2]
    model = fitted([example for _, example in fitted_on], fingerprint)
    reached = _report(model, held_out)
    _write(model, reached)
    print(json.dumps(reached, indent=2))


def _examples(data: Path, folder: Path, library: Library) -> Iterator[tuple[str, Example]]:
    """Yield each question's kind and its example."""
    names = _write_paragraphs(data / "squad2", folder / "documents")
    library.index(folder / "documents")
    gold = dict(_gold(data / "squad2", names))
    rng = random.Random(1)
    for entry in rng.sample(_lines(data / "squad2" / "queries.jsonl"), QUESTIONS):
        hits = library.search(entry["text"], k=5)
        right = tuple(_is_right(hit, gold.get(entry["_id"]), entry["answers"]) for hit in hits)
        kind = "answerable" if entry["answerable"] else "adversarial"
        yield kind, Example(tuple(hit.signals for hit in hits), right, entry["answerable"])
    for name in OFF_TOPIC:
        others = _lines(data / name / "queries.jsonl")
        for entry in rng.sample(others, min(OFF_TOPIC_QUESTIONS, len(others))):
            found = tuple(hit.signals for hit in library.search(entry["text"], k=5))
            yield "off-topic", Example(found, (False,) * len(found), False)


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


def _report(model: RelevanceModel, examples: Sequence[tuple[str, Example]]) -> dict[str, float]:
    by_kind: dict[str, list[float]] = {}
    for kind, example in examples:
        by_kind.setdefault(kind, []).append(example.relevance(model))
    reached: dict[str, float] = {}
    for kind, values in by_kind.items():
        answered = float(np.mean([value >= model.threshold for value in values]))
        reached[f"answered, {kind}"] = round(answered, 3)
        if kind != "answerable":
            reached[f"AUROC, {kind}"] = round(auroc(by_kind["answerable"], values), 3)
    of_squad = [example for kind, example in examples if kind != "off-topic"]
    for name, some in (("SQuAD", of_squad), ("mixed", [example for _, example in examples])):
        found = measured(model, some, (example.relevance(model) for example in some))
        reached[f"ECE, {name}"] = round(found.error, 3)
        reached[f"Brier below a constant's, {name}"] = round(1 - found.brier / found.constant, 3)
    return reached


def _write(model: RelevanceModel, reached: dict[str, float]) -> None:
    kept = {
        "source": "tests/tools/fit_relevance.py on half of SQuAD 2.0 dev and on questions of "
        "HotpotQA, SciFact, CISI and Cranfield as off-topic ones, with all-MiniLM-L6-v2",
        "threshold_rule": f"keeps {KEPT:.0%} of the questions it was fitted on whose answer is "
        "among the first five citations",
        "held_out": reached,
        **model.to_dict(),
    }
    TARGET.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
