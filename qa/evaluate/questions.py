"""Questions with known answers, read from a file of one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeGuard

from corpus.errors import UsageError
from qa.evaluate.gold import AnyOf, Excerpts, Gold, Judgments, Pages, Quote
from qa.evaluate.jsonl import json_objects
from qa.labels import same_question

HOW_TO_WRITE = (
    'each line is an object with "question", and "doc" with "evidence" (an exact piece of that '
    'document\'s text) or "pages" (their numbers), all null for a question without an answer'
)


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with what answers it; ``gold`` is None when nothing does.

    ``id`` tells questions of one set apart. A document is named by its path within its root, or by
    the end of that path.
    """

    id: str
    question: str
    gold: Gold | None

    @property
    def answerable(self) -> bool:
        """Whether the documents hold the answer."""
        return self.gold is not None

    @property
    def docs(self) -> tuple[str, ...]:
        """The documents that are named as those that answer; most questions name one."""
        return () if self.gold is None or isinstance(self.gold, Judgments) else self.gold.docs


def load_questions(path: str | Path) -> list[LabelledQuestion]:
    """Read a questions file, in any of three forms.

    ``{"question", "doc", "evidence"}``; ``{"question", "doc", "pages"}``; or that of chunking
    evaluations, ``{"text", "corpus_id", "references": [{"content", "start_index", "end_index"}]}``.
    Lines with ``"answers"`` are what readers said of passages (`qa.labels`): of one question, any
    passage that answers is right. One that does not says nothing of what does, nor that nothing
    does, and is passed over. Raises `UsageError` that names the line at fault.
    """
    questions: list[LabelledQuestion] = []
    lines: dict[str, str] = {}
    labelled: dict[str, int] = {}
    unnamed = 0
    for where, entry in json_objects(Path(path), HOW_TO_WRITE):
        question = _question(entry, where, str(len(questions) + 1))
        if entry.get("answers") is False and question.answerable:
            unnamed += 1
            continue
        if entry.get("answers") is True and isinstance(question.gold, Quote):
            at = labelled.setdefault(same_question(question.question), len(questions))
            if at < len(questions):
                questions[at] = _joined(questions[at], question.gold)
                continue
            question = _joined(question, question.gold)
        if question.id in lines:
            raise UsageError(f"{where} has the id {question.id!r} of {lines[question.id]}")
        lines[question.id] = where
        questions.append(question)
    if not questions and unnamed:
        raise UsageError(f"no line of {path} names a passage that answers, or says that none does")
    if not questions:
        raise UsageError(f"{path} holds no questions; {HOW_TO_WRITE}")
    return questions


def _question(entry: dict[str, Any], where: str, number: str) -> LabelledQuestion:
    text = entry.get("question", entry.get("text"))
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f'{where} has no "question"; {HOW_TO_WRITE}')
    name = entry.get("id", entry.get("_id"))
    return LabelledQuestion(number if name is None else str(name), text, _gold(entry, where))


def _joined(question: LabelledQuestion, quote: Quote) -> LabelledQuestion:
    """Return a labelled question with one more passage that answers it."""
    known = question.gold.quotes if isinstance(question.gold, AnyOf) else ()
    return replace(question, gold=AnyOf((*known, quote)))


def _gold(entry: dict[str, Any], where: str) -> Gold | None:
    doc = entry.get("doc", entry.get("corpus_id"))
    evidence, pages, references = (entry.get(name) for name in ("evidence", "pages", "references"))
    if doc is None and evidence is None and not pages and not references:
        return None
    if not isinstance(doc, str) or not doc:
        raise UsageError(f'{where} has no "doc"; {HOW_TO_WRITE}')
    if isinstance(evidence, str) and evidence.strip():
        return Quote(doc, evidence)
    if isinstance(pages, list) and pages and all(_is_count(page) and page for page in pages):
        return Pages(doc, frozenset(pages))
    if isinstance(references, list) and references:
        spans = tuple(_span(reference, where) for reference in references)
        contents = tuple(str(reference.get("content") or "") for reference in references)
        return Excerpts(doc, spans, contents)
    raise UsageError(f'{where} needs "evidence" or "pages" beside "doc"; {HOW_TO_WRITE}')


def _span(reference: Any, where: str) -> tuple[int, int]:
    if isinstance(reference, dict):
        start, end = reference.get("start_index"), reference.get("end_index")
        if _is_count(start) and _is_count(end) and start < end:
            return start, end
    raise UsageError(
        f'{where}: each of "references" needs "start_index" and a greater "end_index", counted in '
        "characters"
    )


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
