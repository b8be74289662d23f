"""Questions to try: made of sentences, checked by asking, never silly."""

from dataclasses import replace

import pytest

from qa.examples import ENOUGH, Examples, candidates, example_questions
from qa.places import sample_documents
from qa.types import DocumentInfo


def asked(text):
    return [candidate.question for candidate in candidates(text)]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        (
            "The Northgate Bridge was built in 1874.",
            "When was the Northgate Bridge built?",
        ),
        (
            "The Bass Brewery was first founded in 1777 by William Bass.",
            "When was the Bass Brewery founded?",
        ),
        ("Anna Orr was elected mayor on 9 May 1931.", "When was Anna Orr elected?"),
        (
            "The Northgate and Sons\nLetters were published between 1901 and 1907.",
            None,
        ),
        ("The Skerry Lighthouses were closed in 1987.", "When were the Skerry Lighthouses closed?"),
        (
            "The Skerry Lantern is a lamp of many old prisms.",
            "What is the Skerry Lantern?",
        ),
        ("It was built in 1874.", None),
        ("The first was built in 1874.", None),
        ("This Bridge was built in 1874.", None),
        ("The Northgate Bridge was built long ago.", None),
        ("The Northgate Bridge was built. In 1874 it was closed.", None),
        ("Agnes Orr is a writer of many books.", None),
        ("The Shinnston tornado was and is the only one of its kind here.", None),
        ("There is a house in the north.", None),
        ("The Bridge (1874) was built in 1874.", None),
        ("", None),
    ],
)
def test_a_sentence_that_dates_or_defines_is_turned_round(sentence, question):
    assert asked(sentence) == ([question] if question else [])


def test_dates_are_asked_for_first_and_the_sentence_is_known():
    text = "The Skerry Lantern is a lamp of many old prisms. The Skerry Tower was built in 1844."
    first, second = candidates(text)
    assert (first.question, second.question) == (
        "When was the Skerry Tower built?",
        "What is the Skerry Lantern?",
    )
    start, end = first.evidence
    assert text[start:end] == "The Skerry Tower was built in 1844."


def test_long_lines_take_no_long_time():
    assert asked("The " + "A b " * 200_000) == []
    assert asked("word " * 200_000 + "was built in 1874.") == []


TOWER = "The Skerry Tower was built in 1844. Its granite came from quarries on the mainland.\n"
DIARY = "# The keeper's diary\n\nA list of things to do when it rains.\n"


@pytest.fixture
def filled(library, docs):
    """A library whose answers all count, over a text that dates something and one that does not."""
    (docs / "tower.txt").write_text(TOWER, encoding="utf-8")
    (docs / "diary.md").write_text(DIARY, encoding="utf-8")
    library.index(docs)
    library.set_relevance_model(replace(library.relevance_model(), threshold=0.0))
    return library


def test_questions_are_those_the_library_answers_then_titles(filled):
    questions = example_questions(filled, filled.documents())
    assert questions[0] == "When was the Skerry Tower built?"
    assert "What does “The keeper's diary” say?" in questions
    assert len(questions) <= ENOUGH


def test_a_question_that_is_not_answered_is_not_offered(filled):
    filled.set_relevance_model(replace(filled.relevance_model(), threshold=1.0))
    questions = example_questions(filled, filled.documents())
    assert questions
    assert all(question.startswith("What does “") for question in questions)


def test_questions_are_found_again_when_documents_change(filled, docs):
    examples = Examples(filled)
    assert "When was the Skerry Tower built?" in examples()
    (docs / "tower.txt").write_text(TOWER.replace("Tower", "Bridge"), encoding="utf-8")
    filled.index()
    assert "When was the Skerry Bridge built?" in examples()


def test_a_title_of_no_word_is_none_to_ask_about(library, docs):
    (docs / "000_829c62145e78.txt").write_text("Nothing is dated here.\n", encoding="utf-8")
    library.index(docs)
    assert example_questions(library, library.documents()) == []


def test_a_library_of_nothing_has_no_questions(library):
    assert Examples(library)() == []


def test_the_samples_keep_their_own(library):
    info = DocumentInfo("a", str(sample_documents()), "/a", "", None, 1, 1, "0" * 64)
    questions = example_questions(library, [info])
    assert len(questions) == ENOUGH
    assert all(question.endswith("?") for question in questions)
