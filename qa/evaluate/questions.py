"""Questions with known answers, read from a file of one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import UsageError

HOW_TO_WRITE = (
    'each line is an object with "question", and "doc" with "evidence" (an exact piece of that '
    "document's text), both null for a question without an answer"
)


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with the evidence that answers it; both None when nothing does.

    ``doc`` is the document's path within its root, or the end of it.
    """

    question: str
    doc: str | None
    evidence: str | None

    @property
    def answerable(self) -> bool:
        """Whether the documents hold the answer."""
        return self.doc is not None


def load_questions(path: Path) -> list[LabelledQuestion]:
    """Read a questions file. Raises `UsageError` that names the line at fault."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"{path} cannot be read ({reason}); give a JSONL file") from error
    questions = [
        _parsed(line, f"{path}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not questions:
        raise UsageError(f"{path} holds no questions; {HOW_TO_WRITE}")
    return questions


def _parsed(line: str, where: str) -> LabelledQuestion:
    try:
        entry: Any = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{where} is not JSON ({error}); {HOW_TO_WRITE}") from error
    if not isinstance(entry, dict):
        raise UsageError(f"{where} is not an object; {HOW_TO_WRITE}")
    question, doc, evidence = (entry.get(name) for name in ("question", "doc", "evidence"))
    if not isinstance(question, str) or not question.strip():
        raise UsageError(f'{where} has no "question"; {HOW_TO_WRITE}')
    if doc is None and evidence is None:
        return LabelledQuestion(question, None, None)
    if not (isinstance(doc, str) and isinstance(evidence, str) and doc and evidence.strip()):
        raise UsageError(f'{where} needs both "doc" and "evidence"; {HOW_TO_WRITE}')
    return LabelledQuestion(question, doc, evidence)
