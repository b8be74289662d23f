"""The benchmark's own arithmetic, and the page that is made of what it measured."""

import json
import math
import time
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.benchmarks import load
from tests.benchmarks.chart import log_chart
from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.load import at_rate, saturated, under_load
from tests.benchmarks.machine import flops
from tests.benchmarks.performance import PAGE, best_peer, newest, rendered
from tests.benchmarks.runner import _index_figures, _last_json, _spread
from tests.benchmarks.texts import load_texts, made_up

SPREAD = {"p50": 0.004, "p95": 0.009}
MANY = {
    "askers": 20,
    "cpu_seconds": 0.05,
    "rate": 36.0,
    "possible": 40.0,
    "share": 0.9,
    "half_load": {"asked": 270, "p50": 0.06, "p99": 0.18, "ratio": 3.0},
    "errors": 0,
}
BENCH = {
    "commit": "0123456789",
    "date": "2026-01-02T03:04:05+00:00",
    "rounds": 3,
    "machine": {
        "processor": "Abacus",
        "cores": 2,
        "memory_bytes": 8 * 2**30,
        "system": "Linux 6",
        "python": "3.12",
        "instructions": ["avx2"],
    },
    "versions": {"txtai": "9.0"},
    "contenders": CONTENDERS,
    "texts": {
        "name": "lamps",
        "documents": 250,
        "passages": 480,
        "tokens": 96000,
        "longest": 254,
        "asked_passages": 5001,
    },
    "index": {
        name: {
            "passages_per_second": rate,
            "tokens_per_second": 200 * rate,
            "searchable": 480 / rate,
            "seconds": 480 / rate,
            "process": 500 / rate,
            "peak_bytes": 5e8,
        }
        for name, rate in zip(CONTENDERS, (48.0, 16.0, 12.0, 10.0, 8.0), strict=True)
    },
    "encoder": {
        "precision": "f32",
        "products": {"f32": 1e11, "OpenVINO f32": 1.1e11},
        "encoder": 8.8e10,
        "share": 0.8,
        "tokens_per_second": 9800.0,
        "passages_per_second": 49.0,
    },
    "warm": {
        name: {"dense": SPREAD} if at else {"hybrid": SPREAD, "ask": {"p50": 0.01, "p95": 0.02}}
        for at, name in enumerate(CONTENDERS)
    },
    "cold": {
        name: {"seconds": seconds}
        for name, seconds in zip(CONTENDERS, (1.0, 8.0, 9.0, 10.0, 11.0), strict=True)
    },
    "together": {"threads": MANY, "http": MANY},
}
SIZE = {
    "rank": {"p50": 0.01, "p95": 0.02},
    "ask": {"p50": 0.05, "p95": 0.08},
    "recall@10": 0.995,
    "opening_seconds": 0.5,
    "resident_bytes_a_passage": 800,
}
SCALE = {"sizes": {"10000": SIZE, "1000000": {**SIZE, "rank": {"p50": 0.02, "p95": 0.03}}}}


def test_the_page_is_what_the_generator_makes_of_the_newest_results():
    for name, text in rendered(newest("bench"), newest("scale")).items():
        assert (PAGE.parent / name).read_text(encoding="utf-8") == text, (
            "make it anew: python -m tests.benchmarks.performance"
        )


def test_the_page_shows_every_contender_and_the_ratios_to_the_best_peer():
    page = rendered(BENCH, None)["performance.md"]
    assert all(name in page for name in CONTENDERS.values())
    assert "Ours is 3.00 times the best peer." in page
    assert "`hybrid` takes 1.00 times as long, and `ask` 2.50 times" in page
    assert "ours takes 1/8.0 of the best peer's time" in page
    assert "at 80% of what the machine can do" in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert all(row.endswith("|") for row in rows)
    assert "performance.svg" not in page


def test_results_by_size_add_a_chart():
    files = rendered(BENCH, SCALE)
    assert "| 1,000,000 | 20.0 | 50.0 | 0.995 | 0.50 | 800 |" in files["performance.md"]
    assert "(performance.svg)" in files["performance.md"]
    ElementTree.fromstring(files["performance.svg"])


def test_without_results_there_is_no_page():
    assert rendered(None, SCALE) == {}


def test_our_own_figure_is_no_peers():
    assert best_peer({"ours": 9.0, "a": 2.0, "b": 3.0}, highest=True) == 3.0
    assert best_peer({"ours": 1.0, "a": 2.0, "b": 3.0}, highest=False) == 2.0


def test_a_chart_puts_equal_ratios_at_equal_distances():
    chart = ElementTree.fromstring(
        log_chart("Cost & size", "x", "y", {"a": [(1, 1), (10, 10), (100, 100)]})
    )
    (line,) = chart.iter("{http://www.w3.org/2000/svg}polyline")
    places = np.array(
        [[float(n) for n in point.split(",")] for point in line.attrib["points"].split()]
    )
    steps = np.diff(places, axis=0)
    np.testing.assert_allclose(steps[0], steps[1], atol=0.2)
    assert steps[0][0] > 0 > steps[0][1], "to the right, and up"


def test_operations_are_those_of_the_matrices():
    # One layer for one token: four projections, two matrices of the feed-forward, and attention.
    a_token = 2 * (4 * 384 * 384 + 2 * 384 * 1536)
    assert flops([1]) == 6 * (a_token + 4 * 384)
    assert flops([10, 10]) == 2 * flops([10])
    assert flops([20]) == 6 * (20 * a_token + 4 * 384 * 20 * 20) > 2 * flops([10])


def test_rates_are_of_what_can_be_searched_and_medians_of_rounds():
    runs = [{"searchable": s, "seconds": 2 * s, "peak_bytes": 7.0} for s in (4.0, 2.0, 100.0)]
    figures = _index_figures(runs, [10, 30])
    assert figures["searchable"] == 4.0
    assert figures["seconds"] == 8.0
    assert figures["passages_per_second"] == 0.5
    assert figures["tokens_per_second"] == 10.0


def test_spreads_are_medians_of_each_rounds_percentiles():
    runs = [{"ask": [1.0, 2.0, 3.0]}, {"ask": [4.0, 5.0, 6.0]}, {"ask": [0.0, 0.0, 99.0]}]
    assert _spread(runs, "ask")["p50"] == 2.0


def test_the_last_line_counts_whatever_libraries_print():
    assert _last_json('loading…\n{"a": 1}\n') == {"a": 1}


def test_askers_at_once_are_all_counted(monkeypatch):
    monkeypatch.setattr(load, "SECONDS", 0.2)
    asked = []

    def ask(question):
        asked.append(question)
        if question == "bad":
            raise ValueError
        time.sleep(0.001)

    rate, errors = saturated(ask, ["good", "bad"], askers=4)
    assert rate > 0
    assert errors == asked.count("bad") > 0


def test_who_waits_for_an_asker_waits_from_when_he_came(monkeypatch):
    monkeypatch.setattr(load, "SECONDS", 0.1)
    latencies, errors = at_rate(lambda question: time.sleep(0.02), ["one"], askers=1, rate=200)
    assert (len(latencies), errors) == (20, 0)
    assert max(latencies) > 0.1, "those who came last stood in a queue"


def test_the_share_is_of_what_all_cores_could_answer(monkeypatch):
    monkeypatch.setattr(load, "SECONDS", 0.1)
    monkeypatch.setattr(load, "usable_cores", lambda: 4)
    found = under_load(lambda question: time.sleep(0.001), ["one"], askers=2, cost=0.5)
    assert found["possible"] == 8.0
    assert math.isclose(found["share"], found["rate"] / 8.0)


@pytest.mark.parametrize("number", [1, 5])
def test_made_up_texts_are_the_same_every_time_and_all_differ(number):
    texts = made_up(number)
    assert texts == made_up(number)
    assert len(set(texts.documents)) == number
    assert texts.questions


def test_a_folder_gives_its_first_documents_and_all_questions(tmp_path):
    rows = [{"_id": str(n), "title": f"Lamp {n}", "text": "It burns."} for n in range(3)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "Who?"}\n', encoding="utf-8")
    texts = load_texts(tmp_path, 2)
    assert texts.documents == ["Lamp 0\n\nIt burns.", "Lamp 1\n\nIt burns."]
    assert texts.questions == ["Who?"]
