"""How good are the answers? Measured on questions whose answers are known.

from qa.evaluate import evaluate, load_questions

evaluation = evaluate(library, load_questions("questions.jsonl"), method="hybrid")
print(evaluation.metrics, evaluation.confidence)
"""

from __future__ import annotations

from qa.evaluate.beir import BeirSet, load_beir, write_documents
from qa.evaluate.checking import misquoted
from qa.evaluate.comparison import Comparison, compare
from qa.evaluate.evaluation import Evaluation
from qa.evaluate.questions import LabelledQuestion, load_questions
from qa.evaluate.runner import evaluate, evaluate_run
from qa.evaluate.runs import Run, read_run, write_run

__all__ = [
    "BeirSet",
    "Comparison",
    "Evaluation",
    "LabelledQuestion",
    "Run",
    "compare",
    "evaluate",
    "evaluate_run",
    "load_beir",
    "load_questions",
    "misquoted",
    "read_run",
    "write_documents",
    "write_run",
]
