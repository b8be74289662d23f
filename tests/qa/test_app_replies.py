"""What the page's script may ask, and what becomes of what it may not."""

import json
from typing import Any

import pytest

pytest.importorskip("gradio")

from corpus.errors import LibraryError
from qa.app.replies import Replies, cited
from qa.history import MOST_TURNS, Turn, citation_to, turn_to
from qa.relevance import RelevanceModel
from tests.showing import answer, cite, info

ASKED: dict[str, Any] = {
    "question": "Why?",
    "before": None,
    "k": 3,
    "method": "dense",
    "least": None,
    "within": [],
}


class Kept:
    """A library that notes what it is asked."""

    def __init__(self):
        self.asked, self.judged = [], []
        self.known = [info("a.txt"), info("b.txt", "Bees")]

    def ask(self, question, **options):
        self.asked.append((question, options))
        if question == "break?":
            raise LibraryError("it is broken: run qa doctor")
        if question == "crash?":
            raise RuntimeError("secret")
        return answer(cite("x"), question=question)

    def relevance_model(self):
        return RelevanceModel(0.0, {}, 0.25)

    def documents(self):
        return self.known

    def roots(self):
        return ["/r", "/s"]

    def add_feedback(self, question, citation, answers):
        if answers is False:
            raise LibraryError("it has changed")
        self.judged.append((question, citation, answers))


@pytest.fixture
def library():
    return Kept()


@pytest.fixture
def replies(library):
    return Replies(library, lambda: ["Which <b>?"])


def reply(method, data):
    return json.loads(method(json.dumps(data)))


def test_a_question_is_asked_with_its_settings(library, replies):
    got = reply(replies.answer_question, {**ASKED, "within": ["/r/a.txt"], "least": 0.4})
    assert library.asked == [
        ("Why?", {"k": 3, "method": "dense", "within": ("/r/a.txt",), "min_relevance": 0.4})
    ]
    assert got["turn"]["question"] == "Why?"
    assert "qa-card" in got["html"]


@pytest.mark.parametrize(("given", "least"), [(None, None), (0.3, 0.3)])
def test_unless_set_the_least_relevance_is_the_default(library, given, least):
    reply(Replies(library, list, given).answer_question, ASKED)
    assert library.asked[0][1]["min_relevance"] == least
    assert Replies(library, list, given).threshold == (given or 0.25)


def test_a_question_may_lean_on_the_one_before(library, replies):
    before = {"searched": "When was the Northgate bridge opened?", "title": ""}
    asked = {**ASKED, "question": "And when was it closed?"}
    got = reply(replies.answer_question, {**asked, "before": before})
    assert library.asked[0][0] == "When was the Northgate bridge closed?"
    assert got["turn"]["asked"] == "When was the Northgate bridge closed?"
    assert reply(replies.answer_question, asked)["turn"]["asked"] == ""


@pytest.mark.parametrize(
    ("question", "error"),
    [("break?", "it is broken: run qa doctor"), ("crash?", "the terminal that runs qa says why")],
)
def test_what_fails_is_said_in_a_sentence(replies, question, error, caplog):
    got = reply(replies.answer_question, {**ASKED, "question": question})
    assert error in got["turn"]["error"]
    assert "secret" not in json.dumps(got)
    assert ("secret" in caplog.text) == (question == "crash?")


@pytest.mark.parametrize(
    "change",
    [
        {"question": " "},
        {"question": None},
        {"question": "x" * 4_001},
        {"k": 0},
        {"k": 21},
        {"k": "5"},
        {"k": 2.5},
        {"k": True},
        {"method": "sql"},
        {"method": []},
        {"least": 2},
        {"least": "0.5"},
        {"within": "/etc"},
        {"within": [5]},
        {"within": ["x"] * 501},
        {"before": "x"},
        {"before": {}},
        {"before": {"searched": "x", "title": 5}},
    ],
)
def test_what_is_no_question_is_refused_and_not_asked(library, replies, change):
    assert "reload it" in reply(replies.answer_question, {**ASKED, **change})["error"]
    assert library.asked == []


HOSTILE = [
    "",
    "{",
    "null",
    "5",
    "[[]]",
    '{"turns": 5}',
    "[" * 100_000,
    "9" * 5_000,
    "[" + "1," * 60 + "1]",
]


@pytest.mark.parametrize("sent", HOSTILE)
@pytest.mark.parametrize("name", ["answer_question", "export_turns", "judge_passage"])
def test_anything_else_is_refused_in_a_sentence(replies, library, name, sent):
    assert set(json.loads(getattr(replies, name)(sent))) == {"error"}
    assert library.asked == library.judged == []


def test_turns_that_fit_come_back_and_others_do_not(replies):
    kept = [turn_to(Turn("One?", answer(cite("x")))), {"question": "<script>"}, 5]
    (shown,) = reply(replies.restore_turns, kept)["turns"]
    assert shown[0] == 0
    assert "One?" in shown[1]
    assert "error" in reply(replies.restore_turns, kept * MOST_TURNS)
    assert "error" in reply(replies.restore_turns, {"0": kept[0]})


def test_turns_are_exported(replies):
    kept = [turn_to(Turn("One?", answer(cite("x")))), 5]
    got = reply(replies.export_turns, {"turns": kept, "page": "http://x/"})
    assert "## One?" in got["markdown"]
    assert "(http://x/?document=guide.txt&start=0&end=1)" in got["markdown"]


def test_links_name_in_full_what_several_roots_have(library, replies):
    library.known = [info("guide.txt"), info("guide.txt")]
    got = reply(replies.answer_question, ASKED)
    assert 'data-document="/library/guide.txt"' in got["html"]


def test_a_passage_is_judged(library, replies):
    citation = cite("x")
    sent = {"question": "Why?", "citation": citation_to(citation), "answers": True}
    assert reply(replies.judge_passage, sent) == {}
    assert reply(replies.judge_passage, {**sent, "answers": None}) == {}
    assert library.judged == [("Why?", citation, True), ("Why?", citation, None)]
    assert reply(replies.judge_passage, {**sent, "answers": False}) == {"error": "it has changed"}
    unfit: dict[str, Any]
    for unfit in ({"answers": 1}, {"citation": {}}, {"question": 5}):
        assert "reload it" in reply(replies.judge_passage, {**sent, **unfit})["error"]


def test_documents_and_examples_are_html(replies):
    assert "Bees" in reply(replies.find_documents, "bee")["html"]
    assert "error" in reply(replies.find_documents, ["bee"])
    assert "Which &lt;b&gt;?" in json.loads(replies.list_examples(""))["html"]


def test_an_event_names_a_citation_as_text():
    citation = cite("x")
    assert cited({"citation": json.dumps(citation_to(citation))}) == citation
    others: list[Any] = [None, {}, [], {"citation": citation_to(citation)}, {"citation": "{}"}]
    assert [cited(data) for data in others] == [None] * 5


def test_a_name_that_is_no_unicode_reaches_the_browser_and_comes_back(replies):
    citation = cite("x", document="caf\udce9.txt")
    sent = json.dumps([turn_to(Turn("One?", answer(citation)))])
    assert sent.isascii()
    assert replies.restore_turns(sent).isascii()
    assert cited({"citation": json.dumps(citation_to(citation))}) == citation
