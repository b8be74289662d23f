"""The bundled documents and the questions about them fit together."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import corpus
from corpus.readers import read

SAMPLES = Path(corpus.__file__).parent / "samples"
DOCUMENTS = sorted((SAMPLES / "documents").iterdir())
LINES = (SAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines()
QUESTIONS = [json.loads(line) for line in LINES]
ANSWERABLE = [question for question in QUESTIONS if question["doc"]]


@cache
def document_of(name):
    return read((SAMPLES / "documents" / name).read_bytes(), name)


def folded(text):
    return " ".join(text.split())


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_the_evidence_stands_in_its_document_and_in_no_other(question):
    evidence = folded(question["evidence"])
    holders = [path.name for path in DOCUMENTS if evidence in folded(document_of(path.name).text)]
    assert holders == [question["doc"]]
    assert len(evidence.split()) >= 3, "too little to tell where it stands"


def test_there_are_60_questions_of_which_15_have_no_answer():
    assert (len(QUESTIONS), len(QUESTIONS) - len(ANSWERABLE)) == (60, 15)
    for question in QUESTIONS:
        assert question.keys() >= {"id", "question", "doc", "evidence"}
        assert (question["doc"] is None) == (question["evidence"] is None)
        assert question["question"].strip().endswith(("?", "."))
    for name in ("id", "question"):
        assert len({question[name] for question in QUESTIONS}) == 60


def test_every_document_is_asked_about():
    assert {question["doc"] for question in ANSWERABLE} == {path.name for path in DOCUMENTS}


def test_there_are_at_least_twelve_documents_in_five_formats():
    assert len(DOCUMENTS) >= 12
    suffixes = Counter(path.suffix for path in DOCUMENTS)
    assert suffixes.keys() == {".md", ".txt", ".html", ".docx", ".pdf"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_has_a_title_and_text_worth_asking_about(path):
    document = document_of(path.name)
    assert document.title
    assert len(document.text.split()) > 300
    assert "\ufffd" not in document.text
    assert bool(document.pages) == (path.suffix == ".pdf")
