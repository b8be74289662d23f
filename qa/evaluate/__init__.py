"""How good are the answers? Measured on questions whose evidence is known."""

from __future__ import annotations

from qa.evaluate.questions import LabelledQuestion, load_questions
from qa.evaluate.runner import Evaluation, evaluate

__all__ = ["Evaluation", "LabelledQuestion", "evaluate", "load_questions"]
