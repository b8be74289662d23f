"""From thumbs on passages to measures: the quality tab, over the fake library and the real one."""

import json
import os
import subprocess
import sys

import pytest

from qa.library import Library
from qa.places import sample_documents, sample_questions

pytestmark = pytest.mark.browser

QUESTION = "When was the lighthouse built?"
RUN = 300  # seconds that asking 60 questions three times may take


@pytest.fixture
def fresh(serving, window):
    """Open a window on a page of its own, where nothing is labelled."""

    def open_page(**size):
        return window(url=serving().url, **size).open()

    return open_page


def judge(turn, number, answers):
    """Press a thumb on a card."""
    card = turn.locator(".qa-card").nth(number - 1)
    button = card.locator(f'.qa-judge[data-answers="{str(answers).lower()}"]')
    button.click()
    turn.page.wait_for_function(
        "(button) => button.ariaPressed === 'true'", arg=button.element_handle()
    )


def quality(opened):
    """Go to the quality tab."""
    opened.page.get_by_role("tab", name="Quality").click()
    return opened.page.locator("#qa-labels")


def run(opened, name, title):
    """Press a button and wait for what comes of it."""
    opened.page.get_by_role("button", name=name).click()
    outcome = opened.page.locator("#qa-outcome")
    outcome.locator(".qa-outcome:focus").filter(has_text=title).wait_for(timeout=RUN * 1_000)
    return outcome


def test_thumbs_become_measures_and_a_file_for_qa_evaluate(fresh, tmp_path):
    opened = fresh()
    labels = quality(opened)
    labels.get_by_text("Nothing is labelled yet").wait_for()
    assert labels.get_by_role("button").count() == 0

    opened.page.get_by_role("tab", name="Ask").click()
    turn = opened.ask(QUESTION)
    judge(turn, 1, True)
    judge(turn, 2, False)
    quality(opened).get_by_text("1 question: 1 with a passage that answers").wait_for()
    labels.get_by_text("fewer than 20 questions").wait_for()
    assert labels.get_by_role("button", name="Tune").is_disabled()
    assert labels.get_by_role("button", name="Calibrate").is_disabled()

    outcome = run(opened, "Evaluate", "Evaluation")
    table = outcome.locator("table").first
    assert table.locator("th").all_inner_texts() == ["measure", "hybrid", "dense", "sparse"]
    row = table.locator("tr", has_text="RR@10")
    assert row.locator("td").all_inner_texts()[1:] == ["1.000 (1.000–1.000)"] * 3
    assert outcome.locator("svg .bar").count() > 3
    opened.screenshot("quality")

    with opened.page.expect_download() as download:
        labels.get_by_role("button", name="Download").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    right, wrong = map(json.loads, file.read_text("utf-8").splitlines())
    assert (right["question"], right["doc"], right["answers"]) == (QUESTION, "guide.pdf", True)
    assert not wrong["answers"]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "guide.pdf.txt").write_text(right["evidence"], encoding="utf-8")
    file.write_text(json.dumps({**right, "doc": "guide.pdf.txt"}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "qa", "evaluate", file, "--docs", tmp_path / "docs", "--json"],
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["metrics"]["hit@1"] == 1.0


def test_labels_are_removed_by_keyboard_and_by_their_names_alone(fresh):
    opened = fresh(width=390, height=844, scheme="dark")
    turn = opened.ask(QUESTION)
    judge(turn, 1, True)
    judge(turn, 2, False)
    labels = quality(opened)
    labels.get_by_text("2 labels").press("Enter")
    assert labels.locator("li").count() == 2
    opened.screenshot("quality-phone-dark")
    first = labels.get_by_role("button", name="Remove").first
    named = first.get_attribute("data-label")
    for sent in ("", "../questions", "0" * 16, "[]"):  # what is sent is anybody's
        first.evaluate("(button, sent) => { button.dataset.label = sent }", sent)
        first.press("Enter")
    first.evaluate("(button, sent) => { button.dataset.label = sent }", named)
    first.press("Enter")
    labels.get_by_text("1 label", exact=True).wait_for()
    assert labels.get_by_text("Answered by guide.pdf").is_visible()
    assert opened.page.evaluate("document.activeElement.tagName") == "SUMMARY"
    labels.get_by_role("button", name="Remove").press("Enter")
    labels.get_by_text("Nothing is labelled yet").wait_for()


@pytest.fixture(scope="module")
def samples(chat, tmp_path_factory):
    """`qa chat` over the samples, with their questions where labels are kept."""
    folder = tmp_path_factory.mktemp("library")
    with Library.open(folder) as library:
        library.index(sample_documents())
        kept = sample_questions().read_text("utf-8").splitlines()
        library.questions.write_text("\n".join(kept), encoding="utf-8")
    return chat("--library", folder)


def test_a_real_library_is_measured_and_fitted(samples, window):
    opened = window(url=samples.url).open()
    quality(opened).get_by_text("60 questions: ").wait_for()
    outcome = run(opened, "Evaluate", "Evaluation")
    opened.screenshot("quality-real")
    hit = outcome.locator("table").first.locator("tr", has_text="hit@1").locator("td").nth(1)
    assert float(hit.inner_text().split()[0]) > 0.7
    outcome = run(opened, "Tune", "Tuning")
    outcome.get_by_text("each measured with weights fitted to others").wait_for()
    opened.screenshot("quality-tuned")
    outcome = run(opened, "Calibrate", "Calibration")
    outcome.get_by_text("Brier score").first.wait_for()
    opened.screenshot("quality-calibrated")
