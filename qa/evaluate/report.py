"""Evaluations as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa.calibration import LEAST_QUESTIONS
from qa.evaluate.comparison import Comparison
from qa.evaluate.evaluation import Evaluation
from qa.wording import count

MISJUDGED = "relevance is a worse guess here than the mean; qa calibrate fits it to these questions"


def print_evaluations(
    console: Console, evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison] = ()
) -> None:
    """Print the measures that apply, a column a method, each with its 95% interval."""
    first = evaluations[0]
    table = Table(title=count_of(first))
    table.add_column("measure, 95% interval")
    for evaluation in evaluations:
        table.add_column(Text(evaluation.method), justify="right")
    for cells in measure_rows(evaluations):
        table.add_row(*map(Text, cells))
    console.print(table)
    for line in comparison_lines(comparisons, first.main_metric):
        console.print(Text(line), soft_wrap=True)
    if any(map(_misjudges, evaluations)):
        console.print(Text(MISJUDGED), soft_wrap=True)


def count_of(evaluation: Evaluation) -> str:
    """Say of how many questions an evaluation is."""
    return f"{count(evaluation.queries, 'question')}, {evaluation.answerable} with an answer"


def measure_rows(evaluations: Sequence[Evaluation]) -> Iterator[tuple[str, ...]]:
    """Yield a name and, for each evaluation, what it reached; what none has is left out."""
    rows = [_cells(evaluation) for evaluation in evaluations]
    for name in dict.fromkeys(name for row in rows for name in row):
        yield name, *(row.get(name, "–") for row in rows)


def comparison_lines(comparisons: Sequence[Comparison], metric: str | None) -> Iterator[str]:
    """Yield a line for each pair of methods on one measure."""
    for comparison in comparisons:
        if comparison.metric == metric:
            low, high = comparison.confidence
            yield (
                f"{metric}: {comparison.a} less {comparison.b} {comparison.difference:+.3f} "
                f"({low:+.3f} to {high:+.3f}), p = {comparison.p:.4f}"
            )


def _misjudges(evaluation: Evaluation) -> bool:
    """Tell whether relevance is a worse guess than the share of questions answered rightly.

    Of few questions, or of none without an answer, that says little.
    """
    found = evaluation.calibration
    if found is None or evaluation.abstention is None or evaluation.queries < LEAST_QUESTIONS:
        return False
    return found["brier"] > found["brier_constant"]


def _cells(evaluation: Evaluation) -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, value in evaluation.metrics.items():
        if value is not None:
            low, high = evaluation.confidence[name]
            cells[name] = f"{value:.3f} ({low:.3f}–{high:.3f})"
    for group, values in (
        ("refusing", evaluation.abstention),
        ("relevance", evaluation.calibration),
    ):
        for name, part in (values or {}).items():
            cells[f"{group}: {name}"] = "–" if part is None else f"{part:.3f}"
    for name, seconds in evaluation.seconds_per_query.items():
        if seconds is not None:
            cells[f"{name} a question"] = f"{seconds * 1000:.0f} ms"
    return cells
