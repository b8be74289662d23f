"""Sources that state different dates or numbers for the same question are told side by side."""

import json

import pytest

from qa.agreement import Statement, disagreement
from qa.cli import main

BUILT = "When was the Skerry lighthouse built?"
SEALS = "How many seals live on the reef?"


def differing(question, *sentences, coverage=1.0):
    """Return the values in which sentences differ, each from a document of its own."""
    statements = [
        Statement(number, f"{number}.txt", sentence, coverage)
        for number, sentence in enumerate(sentences, start=1)
    ]
    found = disagreement(question, statements)
    return None if found is None else [(one.value, *one.citations) for one in found]


@pytest.mark.parametrize(
    ("question", "sentences", "expected"),
    [
        (
            BUILT,
            ("The Skerry lighthouse was built in 1931.", "Skerry lighthouse, built 1932."),
            [("1931", 1), ("1932", 2)],
        ),
        (
            BUILT,
            (
                "The Skerry lighthouse was built in 1931.",
                "The Skerry lighthouse was built in 1932.",
                "The Skerry lighthouse was built on 12 May 1931.",
            ),
            [("12 May 1931", 1, 3), ("1932", 2)],
        ),
        (
            BUILT,
            (
                "The Skerry lighthouse was built in 1931 and painted in 1935.",
                "The Skerry lighthouse was built in 1932.",
            ),
            [("1931", 1), ("1932", 2)],
        ),
        (
            "In what year was the Skerry lighthouse built?",
            (
                "The Skerry lighthouse was built on 2 March 1992.",
                "The Skerry lighthouse was built in May 1993.",
            ),
            [("1992", 1), ("1993", 2)],
        ),
        (
            SEALS,
            ("Some 40 seals live on the reef.", "On the reef live twelve grey seals."),
            [("40", 1), ("twelve", 2)],
        ),
        (
            "How tall is the tower?",
            ("The tower is 38 metres tall.", "The tower is 41 m tall."),
            [("38", 1), ("41", 2)],
        ),
        (
            "What share of the seals are grey?",
            ("Of the seals, 12% are grey.", "A share of 15 per cent of 80 seals are grey."),
            [("12%", 1), ("15 per cent", 2)],
        ),
    ],
)
def test_what_differs_is_told(question, sentences, expected):
    assert differing(question, *sentences) == expected


@pytest.mark.parametrize(
    ("question", "sentences"),
    [
        # The same, in other words
        (
            BUILT,
            ("The Skerry lighthouse was built on March 2, 1992.", "It was built on 1992-03-02."),
        ),
        (BUILT, ("The Skerry lighthouse was built in 1931.", "It was built on 3 May 1931.")),
        (SEALS, ("On the reef live 1,000 seals.", "1000 seals live on the reef.")),
        (SEALS, ("On the reef live two seals.", "2 seals live on the reef.")),
        # A range, or several values beside each other
        (BUILT, ("Skerry lighthouse was built between 1838 and 1844.", "It was built in 1850.")),
        # Something else is counted, or in another unit
        (SEALS, ("40 seals live on the reef.", "Seals live on the reef with 12 keepers.")),
        ("How tall is the tower?", ("The tower is 38 metres tall.", "The tower is 125 feet tall.")),
        # Other places, other years
        (
            "When was the embassy opened?",
            ("The embassy in Paris opened in 1993.", "The embassy in London opened in 1996."),
        ),
        (SEALS, ("In 2017, 40 seals live on the reef.", "In 2018, 55 seals live on the reef.")),
        (
            "How many seals lived on the reef in 2017?",
            ("In 2017, 40 seals lived on the reef.", "55 seals lived on the reef."),
        ),
        # Nothing of the kind is asked for
        ("Who built the lighthouse?", ("Built in 1931 by Agnes Orr.", "Built in 1932 by Tom.")),
        ("Wann wurde der Turm gebaut?", ("Der Turm wurde 1931 gebaut.", "Gebaut wurde er 1932.")),
        # One source, or none
        (BUILT, ("The Skerry lighthouse was built in 1931.",)),
        (BUILT, ()),
        (BUILT, ("The lighthouse was built long ago.", "The Skerry lighthouse, built in 1932.")),
    ],
)
def test_what_does_not_differ_is_not_told(question, sentences):
    assert differing(question, *sentences) is None


def test_sentences_that_lack_much_of_the_question_are_not_compared():
    sentences = (
        "The Skerry lighthouse was built in 1931.",
        "The keeper's house was built in 1932.",
    )
    assert differing(BUILT, *sentences) is not None
    assert differing(BUILT, *sentences, coverage=0.7) is None


def test_one_document_does_not_disagree_with_itself():
    one, other = "The Skerry lighthouse was built in 1931.", "Skerry lighthouse, built in 1932."
    same = [Statement(1, "a.txt", one, 1.0), Statement(2, "a.txt", other, 1.0)]
    assert disagreement(BUILT, same) is None


def test_a_value_that_fits_two_others_is_left_with_neither():
    told = differing(
        BUILT,
        "The lighthouse was built in 1931.",
        "The lighthouse was built on 2 May 1931.",
        "The lighthouse was built on 3 May 1931.",
    )
    assert told == [("2 May 1931", 2), ("3 May 1931", 3)]


# Asking


@pytest.fixture
def shelf(library, docs):
    for name, text in {
        "almanac.txt": "The Skerry lighthouse was built in 1931.",
        "guide.txt": "After a long war the Skerry lighthouse was built in 1932, of granite.",
        "diary.txt": "Everybody says that the Skerry lighthouse was built in May 1931.",
    }.items():
        (docs / name).write_text(text, encoding="utf-8")
    for at in range(5):
        (docs / f"far{at}.txt").write_text(f"Seals sleep on stone {at}, in 1900.", encoding="utf-8")
    library.index(docs)
    return library


def test_an_answer_says_in_what_its_sources_differ(shelf):
    answer = shelf.ask(BUILT, k=3)
    stated = {
        c.number: "1932" if c.document == "guide.txt" else "May 1931" for c in answer.citations
    }
    told = {number: one.value for one in answer.disagreement for number in one.citations}
    assert told == stated
    assert json.loads(json.dumps(answer.to_dict()))["disagreement"] == [
        {"value": one.value, "citations": list(one.citations)} for one in answer.disagreement
    ]


def test_only_citations_that_are_shown_are_told_of(shelf):
    assert shelf.ask(BUILT, k=1).disagreement is None


def test_without_an_answer_nothing_is_said_to_differ(shelf):
    assert shelf.ask(BUILT, min_relevance=1.0).disagreement is None


def test_the_terminal_says_it_in_a_line(shelf, capsys):
    code = main(["ask", BUILT, "--library", str(shelf.folder), "-k", "3"])
    out = capsys.readouterr().out
    (guide,) = (c.number for c in shelf.ask(BUILT, k=3).citations if c.document == "guide.txt")
    assert code == 0
    assert out.count("Sources differ: ") == 1
    assert f"1932 [{guide}]" in out
    assert "3 passages from 3 documents in " in out
