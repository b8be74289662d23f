"""The page over the bundled samples with the real model: what a new user sees."""

import pytest

from corpus import read
from qa.places import sample_documents

pytestmark = pytest.mark.browser

QUESTION = "What was the theme of EXPO 2017?"


def test_a_question_gets_a_cited_answer_whose_words_stand_in_the_file(window, real):
    opened = window(url=real.url).open()
    turn = opened.ask(QUESTION)

    card = turn.locator(".qa-card").filter(has_text="Future Energy").first
    evidence = card.locator("mark").first.inner_text()
    opened.screenshot("real-answer")

    path = sample_documents() / "africa-kazakhstan-partnership.docx"
    document = read(path.read_bytes(), path.name)
    assert "africa-kazakhstan-partnership.docx" in card.inner_text()
    assert " ".join(evidence.split()) in " ".join(document.text.split())


def test_a_card_opens_its_page_of_a_pdf(window, real):
    opened = window(url=real.url).open()
    turn = opened.ask("Which country did the other final candidate for the Geneva post come from?")
    card = turn.locator(".qa-card").filter(has_text="un-office-at-geneva.pdf").first
    card.locator("button").first.click()
    opened.source().get_by_text("un-office-at-geneva.pdf, page").wait_for()
    opened.screenshot("real-source")


def test_an_unanswerable_question_is_said_to_be_one(window, real):
    turn = window(url=real.url).open().ask("How long should sourdough bread prove?")
    assert "No passage answers this" in turn.inner_text()


def test_an_example_question_is_answered(window, real):
    opened = window(url=real.url).open()
    opened.page.locator("#qa-examples button").first.click()
    opened.page.locator(".qa-turn .qa-card").first.wait_for()
    assert "No passage answers this" not in opened.page.locator(".qa-turn").first.inner_text()
