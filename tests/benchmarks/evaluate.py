"""Evaluate sets of questions with every method, and write what was reached under this commit.

Usage: python -m tests.benchmarks.evaluate DATA [SET]...   (or: make evaluate DATA=FOLDER SETS="…")

DATA holds any of ``retrieval/<set>`` (BEIR layout), ``seeds`` with ``seeds-questions.jsonl``,
``spans/chunking_evaluation`` (``corpora`` and ``questions.jsonl``) and ``spans/financebench``
(``pdfs`` and ``questions.jsonl``). Without SET all that is there is evaluated, and the samples.
Libraries are kept under the user's data directory, so a second run embeds nothing. The results go
to ``tests/benchmarks/results/evaluate-<commit>.json``, one set after another; sets that the file
already has are measured again, and the others in it are kept.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from qa import Library
from qa.evaluate import (
    LabelledQuestion,
    compare,
    evaluate,
    load_beir,
    load_questions,
    write_documents,
)
from qa.places import evaluated_documents_for, library_for, sample_documents
from qa.types import Method

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Task:
    """Questions about documents; ``ids`` are those of judged documents."""

    documents: Path
    questions: Sequence[LabelledQuestion]
    ids: Mapping[str, str] = field(default_factory=dict)
    within_document: bool = False


def main(data: Path, names: Sequence[str]) -> None:
    """Evaluate the sets that are named, or all, and write the file after each."""
    there = dict(places(data))
    if unknown := set(names) - there.keys():
        sys.exit(f"no such sets: {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    file = RESULTS / f"evaluate-{commit()}.json"
    report = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"sets": {}}
    report["machine"] = {"cores": os.cpu_count(), "processor": platform.processor()}
    for name in names or there:
        for label, task in tasks(name, there[name]):
            print(label, flush=True)
            report["sets"][label] = measured(task)
            RESULTS.mkdir(exist_ok=True)
            file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(file)


def places(data: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the place of each set that is there."""
    yield "samples", sample_documents().parent
    for folder in sorted((data / "retrieval").glob("*/corpus.jsonl")):
        yield folder.parent.name, folder.parent
    if (data / "seeds-questions.jsonl").is_file():
        yield "seeds", data
    for name in ("chunking_evaluation", "financebench"):
        if (data / "spans" / name / "questions.jsonl").is_file():
            yield name, data / "spans" / name


def tasks(name: str, place: Path) -> Iterator[tuple[str, Task]]:
    """Yield the tasks of a set: one, or two where documents may be asked one by one."""
    if (place / "corpus.jsonl").is_file():
        beir = load_beir(place)
        documents = evaluated_documents_for(place)
        yield name, Task(documents, beir.questions, write_documents(beir, documents))
        return
    documents, questions = {
        "samples": (place / "documents", place / "questions.jsonl"),
        "seeds": (place / "seeds", place / "seeds-questions.jsonl"),
        "chunking_evaluation": (place / "corpora", place / "questions.jsonl"),
        "financebench": (place / "pdfs", place / "questions.jsonl"),
    }[name]
    labelled = load_questions(questions)
    yield name, Task(documents, labelled)
    if name in ("chunking_evaluation", "financebench"):
        yield f"{name}, within the document", Task(documents, labelled, within_document=True)


def measured(task: Task) -> dict[str, Any]:
    """Return the evaluations of all methods and their comparisons."""
    with Library.open(library_for([task.documents])) as library:
        receipt = library.index(task.documents)
        evaluations = [
            evaluate(
                library,
                task.questions,
                method=method,
                within_document=task.within_document,
                ids=task.ids,
            )
            for method in get_args(Method)
        ]
    return {
        "passages": receipt.passages,
        "indexing_seconds": round(receipt.seconds, 1),
        "methods": [evaluation.to_dict() for evaluation in evaluations],
        "comparisons": [comparison.to_dict() for comparison in compare(evaluations)],
    }


def commit() -> str:
    """Return the short name of the commit, marked where files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    run = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
