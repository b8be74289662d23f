"""Example questions for the chat page."""

from __future__ import annotations

import json

from qa.library import Library
from qa.places import sample_documents, sample_questions

_ENOUGH = 4


def example_questions(library: Library) -> list[str]:
    """Return questions to try: those kept with the samples, or ones made of a library's titles."""
    documents = library.documents()
    if any(info.root == str(sample_documents()) for info in documents):
        kept = sample_questions().read_text(encoding="utf-8")
        questions = [json.loads(line) for line in kept.splitlines()]
        return [entry["question"] for entry in questions if entry["doc"]][::12][:_ENOUGH]
    return [f"What does “{info.title}” say?" for info in documents[:_ENOUGH]]
