"""`qa evaluate` from the command line, and the page it writes."""

import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from rich.console import Console

from qa.cli import main
from qa.evaluate import compare, evaluate, load_questions
from qa.evaluate.evaluation import Evaluation
from qa.evaluate.page import report_page
from qa.evaluate.plots import Bar, bar_chart, histogram, line_chart
from qa.evaluate.report import MISJUDGED, print_evaluations

LIGHT = "The lighthouse was built of granite.\n\nIts first keeper was Agnes Orr.\n"
HOSTILE = (
    "The keeper says <script>alert(1)</script> and \x1b[2J\u202egnp.exe\u2066 & "
    "<img src=//evil.test> every night.\n"
)
METRICS = {"nDCG@10", "R@10", "R@100", "RR@10", "hit@1", "hit@5"}
EVALUATION = {
    *("method", "queries", "answerable", "metrics", "confidence", "abstention", "calibration"),
    "seconds_per_query",
}
COMPARISON = {"metric", "a", "b", "difference", "confidence", "p"}


@pytest.fixture
def asked(docs, tmp_path):
    """A questions file about the documents."""
    (docs / "light.txt").write_text(LIGHT, encoding="utf-8")
    (docs / "hostile.txt").write_text(HOSTILE, encoding="utf-8")
    questions = tmp_path / "questions.jsonl"
    entries = [
        {"question": "first keeper", "doc": "light.txt", "evidence": "Agnes Orr"},
        {"question": "keeper </h3><script>", "doc": "hostile.txt", "evidence": "<b>not there</b>"},
        {"question": "quantum lagrangian", "doc": None, "evidence": None},
        {"question": "keeper says every night", "doc": None, "evidence": None},
    ]
    questions.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    return questions


@pytest.fixture
def beir(tmp_path):
    """A set in BEIR layout."""
    place = tmp_path / "tiny"
    (place / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": "d1", "title": "Lighthouse", "text": "It was built of granite."},
        {"_id": "d2", "text": "Ships rust on the sand."},
    ]
    queries = [{"_id": "q1", "text": "granite lighthouse"}, {"_id": "q2", "text": "ships"}]
    for name, entries in (("corpus", corpus), ("queries", queries)):
        (place / f"{name}.jsonl").write_text("\n".join(map(json.dumps, entries)))
    (place / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td1\t1\n")
    return place


def run(capsys, *arguments):
    """Return the exit code, stdout and stderr of `qa evaluate`."""
    code = main(["evaluate", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def said_wrong(capsys, *arguments):
    """Return the one line that a wrong command is answered with."""
    code, out, err = run(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert "please report it" not in err
    return err


# The command


def test_json_of_one_method_is_one_object_of_the_contract(encoder, asked, docs, capsys):
    code, out, err = run(capsys, asked, "--docs", docs, "--json")
    assert (code, err.count("\n"), out.count("\n")) == (0, 1, 1)
    assert "evidence of 1 question stands in no document named with it" in err
    found = json.loads(out)
    assert found.keys() == EVALUATION
    assert (found["method"], found["queries"], found["answerable"]) == ("hybrid", 4, 2)
    assert found["metrics"].keys() == METRICS | {"hit@10"}
    assert found["metrics"]["hit@1"] == 0.5
    assert found["metrics"]["nDCG@10"] is None
    assert found["confidence"]["hit@1"] == [0.0, 1.0]
    assert found["abstention"].keys() == {"auroc", "precision", "recall"}
    assert found["calibration"].keys() == {"ece", "brier", "brier_constant"}
    assert found["seconds_per_query"].keys() == {"p50", "p95"}


def test_all_methods_stand_side_by_side(encoder, asked, docs, capsys):
    code, out, _ = run(capsys, asked, "--docs", docs, "--method", "all", "--json")
    assert code == 0
    found = json.loads(out)
    assert [one["method"] for one in found["methods"]] == ["hybrid", "dense", "sparse"]
    assert all(one.keys() == EVALUATION for one in found["methods"])
    assert all(one.keys() == COMPARISON for one in found["comparisons"])
    pairs = {(one["a"], one["b"]) for one in found["comparisons"]}
    assert pairs == {("hybrid", "dense"), ("hybrid", "sparse"), ("dense", "sparse")}
    _, shown, _ = run(capsys, asked, "--docs", docs, "--method", "all")
    assert "4 questions, 2 with an answer" in shown
    assert "RR@10: hybrid less dense +0.000" in shown


@pytest.mark.parametrize(
    ("queries", "brier", "abstention", "said"),
    [
        (40, 0.21, {"auroc": 0.6}, True),
        (40, 0.2, {"auroc": 0.6}, False),
        (39, 0.21, {"auroc": 0.6}, False),
        (40, 0.21, None, False),
    ],
)
def test_relevance_that_is_far_off_is_said(queries, brier, abstention, said):
    calibration = {"ece": 0.3, "brier": brier, "brier_constant": 0.2}
    evaluation = Evaluation(
        "hybrid", queries, 30, {}, {}, abstention, calibration, {}, 10, outcomes=(), values=()
    )
    out = io.StringIO()
    print_evaluations(Console(file=out, width=200), [evaluation])
    assert (MISJUDGED in out.getvalue()) is said


def test_a_folder_in_beir_layout_is_embedded_once(encoder, home, beir, tmp_path, capsys):
    out = tmp_path / "run.trec"
    code, first, err = run(capsys, beir, "--json", "--run-out", out)
    assert (code, err) == (0, "")
    assert len(encoder.documents) > 0
    encoder.documents.clear()
    _, second, _ = run(capsys, beir, "--json", "--run-in", out)
    _, third, _ = run(capsys, beir, "--json")
    assert encoder.documents == []
    metrics = [json.loads(text)["metrics"] for text in (first, second, third)]
    assert metrics[0] == metrics[2]
    assert {name: metrics[0][name] for name in METRICS} == metrics[1]
    assert metrics[0]["RR@10"] == 0.75


def test_a_run_file_is_written_for_each_method(encoder, home, beir, tmp_path, capsys):
    run(capsys, beir, "--method", "all", "--run-out", tmp_path / "run.trec")
    files = sorted(file.name for file in tmp_path.glob("run*"))
    assert files == ["run.dense.trec", "run.hybrid.trec", "run.sparse.trec"]
    pair = [part for name in files[:2] for part in ("--run-in", tmp_path / name)]
    found = json.loads(run(capsys, beir, *pair, "--json")[1])
    assert [one["method"] for one in found["methods"]] == ["dense", "hybrid"]


def test_wrong_usage_is_said_in_one_line(encoder, home, asked, beir, docs, tmp_path, capsys):
    assert "leave out --docs" in said_wrong(capsys, beir, "--docs", docs)
    assert "BEIR layout as SET" in said_wrong(capsys, asked, "--run-out", tmp_path / "run")
    assert "BEIR layout as SET" in said_wrong(capsys, asked, "--run-in", tmp_path / "run")
    assert "no folder" in said_wrong(capsys, asked, "--report", tmp_path / "no" / "page.html")
    assert "test.tsv cannot be read" in said_wrong(capsys, docs)
    assert "best" in said_wrong(capsys, asked, "--method", "best")
    assert "no question names" in said_wrong(capsys, beir, "--within-document")


def test_the_help_says_how_to_write_questions(capsys):
    _, out, _ = run(capsys, "--help")
    paragraphs = [" ".join(part.split()) for part in out.split("\n\n")]
    [how] = [part for part in paragraphs if part.startswith("To measure your own documents")]
    example = json.loads(how[how.index("{") : how.index("}") + 1])
    assert example.keys() == {"question", "doc", "pages"}
    assert "null" in how


def test_asking_imports_nothing_of_evaluation():
    code = (
        "import sys; from qa.cli import main; main(['ask', '--help']); import qa.library; "
        "print([name for name in sys.modules if name.startswith(('ir_measures', 'qa.evaluate'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


# The page


class Page(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def page(library, docs, asked):
    """The page about all methods."""
    library.index(docs)
    questions = load_questions(asked)
    evaluations = [evaluate(library, questions, method=m) for m in ("hybrid", "dense", "sparse")]
    return report_page("a <b>set</b>", evaluations, compare(evaluations))


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(page):
    parsed = Page(page)
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(parsed.tags)
    assert not {name for name, _ in parsed.attributes} & {"src", "href", "onload", "style"}
    assert ("http-equiv", "Content-Security-Policy") in parsed.attributes
    assert "url(" not in page
    assert "@import" not in page


def test_what_documents_and_questions_hold_stays_text(page):
    assert "<script>" not in page
    assert "\x1b" not in page
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)
    text = Page(page).text
    assert "<script>alert(1)</script>" in text
    assert "keeper </h3><script>" in text
    assert "a <b>set</b>" in text


def test_the_page_shows_measures_charts_and_the_worst_questions(page):
    parsed = Page(page)
    assert parsed.tags.count("svg") == 3
    assert "prefers-color-scheme:dark" in page
    assert "hit@5" in parsed.text
    assert "p is not corrected" in parsed.text
    worst = page.split("<details")[1]
    assert worst.startswith(" open")
    assert "Expected: hostile.txt: &lt;b&gt;not there" in worst
    assert "RR@10 0.00" in worst
    assert '<h3 dir="auto">first keeper' not in worst
    assert "hostile.txt, line 1" in worst


def test_questions_wrongly_answered_are_shown(page):
    answered = page.split("Answered, though the documents hold no answer")[1]
    assert "keeper says every night" in answered.split("</details>")[0]


def test_a_page_of_judged_documents_has_their_curve(encoder, home, beir, tmp_path, capsys):
    file = tmp_path / "page.html"
    code, _, err = run(capsys, beir, "--report", file)
    assert (code, err) == (0, "")
    text = file.read_text(encoding="utf-8")
    assert text.count("<svg") == 4
    assert "Expected: d1" in text
    assert "<bdi>d2</bdi>" in text
    assert [name.name for name in tmp_path.glob(".page*")] == []
    run(capsys, beir, "--run-out", tmp_path / "run")
    assert run(capsys, beir, "--run-in", tmp_path / "run", "--report", file)[0] == 0
    assert "Evaluation of tiny" in file.read_text(encoding="utf-8")


# Charts


def parts(figure, tag):
    """Return the elements of a chart."""
    return [one for one in ElementTree.fromstring(figure).iter() if one.tag == tag]


def test_bars_are_as_high_as_their_values():
    one: list[Bar | None] = [Bar(0.5, 0.25, 0.75), None]
    other: list[Bar | None] = [Bar(1.0, 1.0, 1.0), Bar(0.0, 0.0, 0.0)]
    figure = bar_chart("measures <x>", ["m", "n"], [("a", one), ("b & c", other)])
    heights = [float(r.get("height")) for r in parts(figure, "rect") if r.get("y") != "6"]
    assert heights == [pytest.approx(heights[1] / 2), heights[1], 0.0]
    whiskers = [mark for mark in parts(figure, "line") if mark.get("class") == "whisker"]
    spans = [float(mark.get("y1")) - float(mark.get("y2")) for mark in whiskers]
    assert spans[0] == pytest.approx(heights[1] / 2, abs=0.2)
    assert parts(figure, "figcaption")[0].text == "measures <x>"


def test_a_line_goes_through_its_points():
    figure = line_chart("t", "k", [("a", [(0.0, 0.0), (10.0, 1.0)])], x_max=10.0)
    [line] = parts(figure, "polyline")
    (x0, y0), (x1, y1) = (map(float, point.split(",")) for point in line.get("points").split())
    grid = [one for one in parts(figure, "line") if one.get("class") == "grid"]
    assert (x0, x1) == (float(grid[0].get("x1")), float(grid[0].get("x2")))
    assert (y0, y1) == (float(grid[0].get("y1")), float(grid[-1].get("y1")))


def test_a_histogram_counts_shares_with_both_ends():
    figure = histogram("t", "relevance", [("a", [0.0, 0.0, 1.0, 0.999]), ("none", [])])
    bars = [one for one in parts(figure, "rect") if one.get("y") != "6"]
    heights = [float(one.get("height")) for one in bars]
    assert len(heights) == 2
    assert heights[0] == heights[1] > 0
