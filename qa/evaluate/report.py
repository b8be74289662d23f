"""An evaluation as lines for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from qa.evaluate.runner import Evaluation


def print_evaluation(console: Console, evaluation: Evaluation) -> None:
    """Print the measures that apply with their 95% intervals."""
    table = Table(title=f"{evaluation.queries} questions, method {evaluation.method}")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("95% interval", justify="right")
    for name, value in evaluation.metrics.items():
        if value is not None:
            low, high = evaluation.confidence[name]
            table.add_row(name, f"{value:.3f}", f"{low:.3f} – {high:.3f}")
    for name, value in (evaluation.abstention or {}).items():
        table.add_row(f"refusing: {name}", "–" if value is None else f"{value:.3f}", "")
    for name, seconds in evaluation.seconds_per_query.items():
        table.add_row(f"{name} a question", f"{seconds * 1000:.0f} ms", "")
    console.print(table)
