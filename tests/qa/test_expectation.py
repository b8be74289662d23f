"""A question that asks for a date or a number prefers passages that have one, a little."""

import pytest

from qa.expectation import expected, holds_expected

DATE = "on 3 March 1823"
NUMBER = "of forty seals"
NEITHER = "by the keeper"


@pytest.mark.parametrize(
    "question",
    [
        "When was the tower built?",
        "when did it burn",
        "In what year did the keeper die?",
        "Which year was it?",
        "On which exact date was it signed?",
        "What month is it open in?",
        "In which century was it built?",
    ],
)
def test_what_asks_for_a_date(question):
    assert holds_expected(question, [DATE, NUMBER, NEITHER]).tolist() == [True, False, False]


@pytest.mark.parametrize(
    "question",
    [
        "How many seals are there?",
        "how much oil did the lamp burn",
        "How long is the reef?",
        "How old was the keeper?",
        "What percentage of the boats sank?",
        "What number of boats sank?",
    ],
)
def test_what_asks_for_a_number(question):
    assert holds_expected(question, [DATE, NUMBER, NEITHER]).tolist() == [True, True, False]


@pytest.mark.parametrize(
    "question",
    [
        "Who was the first keeper?",
        "Where is the tower?",
        "Why did it burn?",
        "How did the keeper die?",
        "How is the lamp lit?",
        "What is the number seven to sailors?",
        "Who was the second keeper?",
        "What did the keeper do when leaving the tower?",
        "Whenever it storms, who lights the lamp?",
        "What do seals eat?",
        "Когда была построена башня?",
        "",
    ],
)
def test_what_asks_for_neither(question):
    assert expected(question) is None
    assert holds_expected(question, [DATE, NUMBER]).tolist() == [False, False]


@pytest.mark.parametrize(
    "text",
    [
        "in 1823",
        "(1823)",
        "2024-02-29",
        "29.02.2024",
        "29/2/24",
        "March 3",
        "Sept. 12",
        "3 March",
        "3rd march",
        "May 3, when",
        "the 3rd May",
        "in the 19th century",
    ],
)
def test_a_date(text):
    assert holds_expected("When?", [text]).all()


@pytest.mark.parametrize(
    "text",
    [
        "one may see it",
        "of the 12 may be lost",
        "it may 3 times",
        "the second of marching",
        "in May",
        "a march of 3",
        "12345",
        "10,000 seals",
        "3.14",
        "for 200 years",
        "a decade",
        "second",
    ],
)
def test_no_date(text):
    assert not holds_expected("When?", [text]).any()


@pytest.mark.parametrize("text", ["7", "-3.5", "two", "Thousands", "a dozen", "half", "COP26"])
def test_a_number(text):
    assert holds_expected("How many?", [text]).all()


@pytest.mark.parametrize("text", ["second", "one may", "often", "tension", "weights", "anyone", ""])
def test_no_number(text):
    assert not holds_expected("How many?", [text]).any()


# Asking

PLAIN = "Granite tower, built by keepers."
DATED = "Granite tower, built by 1823."  # as near to the questions as the other


def first(library, question, **options):
    return library.ask(question, **options).citations[0].document


@pytest.fixture
def shelf(library, docs):
    (docs / "a.txt").write_text(PLAIN, encoding="utf-8")
    (docs / "b.txt").write_text(DATED, encoding="utf-8")
    for at in range(5):
        text = f"Seals sleep on the tower's stone {at}, in 1900."
        (docs / f"far{at}.txt").write_text(text, encoding="utf-8")
    library.index(docs)
    return library


def test_the_passage_with_a_date_comes_first_where_one_is_asked_for(shelf):
    for question in ("Who built the granite tower?", "granite tower"):
        assert first(shelf, question) == "a.txt"
    assert first(shelf, "When was the granite tower built?") == "b.txt"
    assert first(shelf, "How many built the granite tower?") == "b.txt"


def test_a_date_cannot_lift_what_is_far_from_the_question(shelf):
    cited = shelf.ask("When was the granite tower built?", k=7).citations
    assert {c.document for c in cited[:2]} == {"a.txt", "b.txt"}


@pytest.mark.parametrize("method", ["dense", "sparse"])
def test_the_other_methods_are_left_pure(shelf, method):
    cited = shelf.ask("When was the granite tower built?", method=method).citations
    assert [c.document for c in cited[:2]] == ["a.txt", "b.txt"]
