"""TREC run files: rankings made here or elsewhere, one ranked document a line.

The six columns are question, ``Q0``, document, rank, score and the name of the run; what counts is
the score, higher being better, as for trec_eval.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import UsageError
from qa.evaluate.evaluation import Evaluation

_COLUMNS = "a line of a TREC run is: question Q0 document rank score name"


@dataclass(frozen=True, slots=True)
class Run:
    """Documents with scores, by question."""

    name: str
    scores: Mapping[str, Mapping[str, float]]

    def ranking(self, question: str) -> tuple[str, ...]:
        """Return the documents of a question, highest score first; ties by name, from the end."""
        ranked = self.scores.get(question, {})
        return tuple(
            sorted(
                ranked,
                key=lambda name: (ranked[name], name.encode("utf-8", "surrogatepass")),
                reverse=True,
            )
        )


def read_run(path: str | Path) -> Run:
    """Read a run file; its name is that of its first line. Raises `UsageError`."""
    scores: dict[str, dict[str, float]] = {}
    name = ""
    for where, (question, _, document, _, score, tag) in _rows(Path(path)):
        name = name or tag
        ranked = scores.setdefault(question, {})
        if document in ranked:
            raise UsageError(f"{where} ranks {document!r} a second time for {question!r}")
        ranked[document] = _score(score, where)
    if not scores:
        raise UsageError(f"{path} is empty; {_COLUMNS}")
    return Run(name, scores)


def write_run(path: str | Path, evaluation: Evaluation) -> None:
    """Write the documents that an evaluation ranked; the score is 1 / rank.

    Raises `UsageError` when documents were not judged, when an id holds white space, which the
    format cannot hold, or when the file cannot be written.
    """
    place = Path(path).expanduser()
    lines = list(_lines(evaluation))
    if not lines:
        raise UsageError("a run file needs judged documents: evaluate a folder in BEIR layout")
    try:
        replace_text(place, "".join(lines))
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); name another") from error


def replace_text(place: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    scratch = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        scratch.write_text(text, encoding="utf-8", errors="replace", newline="")
        scratch.replace(place)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def _lines(evaluation: Evaluation) -> Iterator[str]:
    for outcome in evaluation.outcomes:
        for rank, document in enumerate(outcome.ranking, start=1):
            columns: Sequence[str] = (
                outcome.question.id,
                "Q0",
                document,
                str(rank),
                f"{1 / rank:.6f}",
                evaluation.method,
            )
            if any(len(column.split()) != 1 for column in columns):
                raise UsageError(
                    f"the id {document!r} or {outcome.question.id!r} holds white space, which a "
                    "TREC run file cannot hold"
                )
            yield " ".join(columns) + "\n"


def _rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    try:
        with path.expanduser().open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                columns = line.split()
                if len(columns) != 6:
                    raise UsageError(f"{path}, line {number} is not of six columns; {_COLUMNS}")
                yield f"{path}, line {number}", columns
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); {_COLUMNS}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text; {_COLUMNS}") from error


def _score(text: str, where: str) -> float:
    with suppress(ValueError):
        score = float(text)
        if math.isfinite(score):
            return score
    raise UsageError(f"{where} has the score {text!r}, which is no number")
