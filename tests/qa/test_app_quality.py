"""The quality tab without a browser: what it shows of labels, runs, and what goes wrong."""

import json
import logging
import threading
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from corpus.errors import LibraryError
from qa.app.measuring import Quality
from qa.app.render import quality as render
from qa.app.running import running
from qa.calibration import Calibration
from qa.labels import Label
from qa.progress import Progress
from qa.relevance import RelevanceModel
from qa.tuning import Tuning
from qa.weights import DEFAULT_WEIGHTS, Weights

LIGHT = "The lighthouse was built of granite.\n\nIts first keeper was Agnes Orr.\n"
LAKE = "Ships rust on the sand of the dry lake.\n"
HOSTILE = "</p><script>alert(1)</script>\u202e\ud800${x}{{y}}<img src=x onerror=alert(2)>"
LEAST = (20, 40)


class Elements(HTMLParser):
    """The names of all elements, and of all attributes."""

    def __init__(self, text):
        super().__init__()
        self.found, self.attributes, self.text = [], [], ""
        text.encode()  # no lone surrogate is left
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)
        self.attributes.extend(name for name, _ in attrs)

    def handle_data(self, data):
        self.text += f" {data}"


@pytest.fixture
def filled(library, docs):
    """A library of two documents."""
    (docs / "light.txt").write_text(LIGHT, encoding="utf-8")
    (docs / "lake.txt").write_text(LAKE, encoding="utf-8")
    library.index(docs)
    return library


def add(library, questions):
    """Label the first passage of each question as the one that answers."""
    for question in questions:
        library.add_feedback(question, library.ask(question).citations[0], True)


def text_of(page):
    return " ".join(Elements(page).text.split())


# What is shown


def test_labels_are_text():
    said = [
        Label(HOSTILE, HOSTILE, HOSTILE, True, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        Label(HOSTILE),
    ]
    page = Elements(render.labels(said, 1, 1, HOSTILE, LEAST))
    assert not {"script", "img"} & set(page.found)
    assert not {name for name in page.attributes if name.startswith("on")}
    assert page.text.count("alert(1)") == 8
    assert page.found.count("li") == 2


def test_each_label_says_what_was_said_the_newest_first():
    said = [
        Label("Who?", "a.txt", "Agnes", True, date="2026-01-02"),
        Label("Who?", "b.txt", "Nobody"),
        Label("Why?"),
    ]
    items = render.labels(said, 1, 1, "", LEAST).split("<li>")[1:]
    assert [text_of(item).partition(" Remove")[0] for item in items] == [
        "Why? ✗ Answered by nothing",
        "Who? ✗ Not answered by b.txt Nobody",
        "Who? ✓ Answered by a.txt 2026-01-02 Agnes",
    ]
    assert [label.token in item for label, item in zip(said[::-1], items, strict=True)] == [
        True
    ] * 3


def test_long_lists_and_long_labels_are_cut():
    said = [Label(f"Question {at} {'x' * 1_000}") for at in range(render.MOST_LABELS + 2)]
    page = render.labels(said, 0, len(said), "", LEAST)
    assert page.count("<li>") == render.MOST_LABELS
    assert "And 2 older labels." in page
    assert "x" * 301 not in page


@pytest.mark.parametrize(
    ("answerable", "unanswerable", "enabled", "said"),
    [
        (0, 0, [], "tuning takes 20 questions with an answer and calibrating 40 questions"),
        (1, 0, ["measure"], "with fewer than 20 questions"),
        (19, 1, ["measure"], "tuning takes 20 questions with an answer and"),
        (20, 19, ["measure", "tune"], "calibrating 40 questions."),
        (19, 21, ["measure", "calibrate"], "tuning takes 20 questions with an answer."),
        (20, 20, ["measure", "tune", "calibrate"], ""),
    ],
)
def test_what_too_few_questions_allow(answerable, unanswerable, enabled, said):
    page = render.labels([Label("Why?")], answerable, unanswerable, "", LEAST)
    runs = [part.split('"')[0] for part in page.split('data-run="')[1:]]
    assert [run for run in runs if f'data-run="{run}">' in page] == enabled
    assert said in text_of(page).lower()
    assert ("one question more" in page) == (0 < answerable + unanswerable < render.FEW)


def test_results_say_whether_they_are_kept():
    better = Tuning(30, Weights(0.1, 0.2, 0.7), 0.5, 0.75, (0.1, 0.4), 0.01)
    assert "0.3, 0.4, 0.3 0.500" in text_of(render.tuned(better))
    assert "0.1, 0.2, 0.7 0.750" in text_of(render.tuned(better))
    assert "Difference +0.250 (+0.100 to +0.400), p = 0.0100" in text_of(render.tuned(better))
    assert "Better, and kept" in render.tuned(better)
    assert "Not surely better" in render.tuned(replace(better, p=0.5))
    fit = Calibration(RelevanceModel(0.0, {}, 0.25), 40, 0.1, 0.2, 0.3, None)
    page = text_of(render.calibrated(replace(fit, brier=0.4), fit, kept=True))
    assert "as it was 0.100 0.400 0.25 fitted, held out 0.100 0.200 0.25" in page
    assert "Better, and kept" in page
    assert "Not better" in render.calibrated(fit, fit, kept=False)


# Runs


def test_nothing_labelled(filled):
    assert "Nothing is labelled yet" in Quality(filled).labels()
    assert Quality(filled).file() == ""


def test_labels_are_measured_by_all_methods(filled):
    add(filled, ["Who was the first keeper?"])
    quality = Quality(filled)
    assert "1 question: 1 with a passage that answers, 0" in text_of(quality.labels())
    first, *_, last = quality.measure()
    assert "Starting" in first
    assert "RR@10 1.000 (1.000–1.000)" in text_of(last)
    assert Elements(last).found.count("svg") >= 2
    assert "The worst questions (sparse)" in last
    assert json.loads(quality.file())["doc"] == "light.txt"


def test_a_label_is_withdrawn_by_its_token_alone(filled):
    add(filled, ["Who was the first keeper?", "ships on the dry lake"])
    quality = Quality(filled)
    hostile: list[Any] = [None, [], {}, 3, "", "0" * 16]
    for token in hostile:
        quality.withdraw(token)
    assert len(filled.labels()) == 2
    page = quality.withdraw(filled.labels()[0].token)
    assert [label.doc for label in filled.labels()] == ["lake.txt"]
    assert "1 label" in page


def test_weights_are_kept_only_if_they_are_better(filled):
    add(filled, [f"first keeper {at}" for at in range(20)])
    *_, last = Quality(filled).tune()
    assert "Not surely better" in last
    assert filled.weights() == DEFAULT_WEIGHTS


def test_relevance_is_kept_if_it_is_better(filled):
    add(filled, [f"first keeper {at}" for at in range(20)])
    for at in range(20):
        filled.add_feedback(f"quantum lagrangian {at}", None, False)
    before = filled.relevance_model()
    *_, last = Quality(filled).calibrate()
    assert ("Better, and kept" in last) == (filled.relevance_model() != before)
    assert "on 40 questions" in last


def test_what_goes_wrong_is_a_sentence(filled, caplog):
    quality = Quality(filled)
    filled.add_feedback("Who?", filled.ask("keeper").citations[0], False)
    assert "no line of" in quality.labels()
    assert "names a passage that answers" in list(quality.measure())[-1]
    filled.questions.write_text("no JSON", encoding="utf-8")
    assert "line 1 is not JSON" in quality.labels()
    filled.questions.unlink()
    filled.questions.mkdir()
    assert 'role="alert"' in quality.labels()
    assert quality.file() == ""
    assert caplog.records == []


def test_a_failure_is_logged_and_not_shown(filled, monkeypatch, caplog):
    add(filled, ["Who was the first keeper?"])
    monkeypatch.setattr(filled, "rank", lambda *_, **__: 1 / 0)
    with caplog.at_level(logging.ERROR):
        last = list(Quality(filled).measure())[-1]
    assert "division" not in last
    assert "the terminal that runs qa says why" in last
    assert "ZeroDivisionError" in caplog.text


# Work in a thread


def test_work_is_told_of_and_returned():
    told, shown = threading.Event(), []

    def work(tell):
        tell(Progress("asking", 1, 2, "questions"))
        assert told.wait(30)
        return "done"

    def follow():
        shown.append((yield from running(work, render.progress)))

    for part in follow():
        assert "asking: 1 of 2 questions" in text_of(part)
        assert 'max="2" value="1"' in part
        told.set()
    assert shown == ["done"]
    assert told.is_set()


def test_what_work_raises_is_raised():
    def work(tell):
        raise LibraryError("no room")

    with pytest.raises(LibraryError, match="no room"):
        list(running(work, render.progress))


def test_work_that_nobody_waits_for_ends():
    is_ended = threading.Event()

    def work(tell):
        try:
            while True:
                tell(Progress("asking", 1, 2, "questions"))
        finally:
            is_ended.set()

    steps = running(work, render.progress)
    next(steps)
    steps.close()
    assert is_ended.is_set()
