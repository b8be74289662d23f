"""Measures against values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluate.measures import (
    auroc,
    bootstrap_interval,
    brier_score,
    character_measures,
    expected_calibration_error,
    paired_p_value,
    precision_and_recall,
    ranking_measures,
)

NAMES = ("nDCG@10", "R@10", "R@100", "RR@10", "hit@1", "hit@5")
SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda pair: (pair[0], sum(pair))),
    max_size=6,
)


def measured(gains, ranking, names=NAMES):
    """Return the measures of one question."""
    return ranking_measures({"q": gains}, {"q": ranking}, names)["q"]


# Rankings


def test_gains_are_linear_and_the_discount_is_logarithmic():
    found = measured({"a": 3, "b": 1, "c": 0}, ["c", "b", "a"])
    ideal = 3 / math.log2(2) + 1 / math.log2(3)
    assert found == {
        "nDCG@10": pytest.approx((1 / math.log2(3) + 3 / math.log2(4)) / ideal),
        "R@10": 1.0,
        "R@100": 1.0,
        "RR@10": 0.5,
        "hit@1": 0.0,
        "hit@5": 1.0,
    }


def test_a_measure_looks_no_deeper_than_its_cutoff():
    ranking = [f"d{rank:03}" for rank in range(1, 121)]
    assert measured({"d011": 1, "d100": 1, "d101": 1, "d006": 1}, ranking) == {
        "nDCG@10": pytest.approx(
            (1 / math.log2(7)) / sum(1 / math.log2(i + 1) for i in range(1, 5))
        ),
        "R@10": 0.25,
        "R@100": 0.75,
        "RR@10": pytest.approx(1 / 6),
        "hit@1": 0.0,
        "hit@5": 0.0,
    }


def test_what_is_judged_below_one_is_not_relevant():
    found = measured({"bad": -1, "none": 0, "good": 1}, ["bad", "none", "good"])
    assert (found["RR@10"], found["R@10"], found["hit@1"]) == (pytest.approx(1 / 3), 1.0, 0.0)
    assert found["nDCG@10"] == pytest.approx(0.5)


def test_questions_without_an_answer_or_anything_relevant_count_zero():
    gains = {"answered": {"a": 1}, "not answered": {"a": 1}, "empty": {"a": 1}, "none": {"a": -1}}
    rankings = {"answered": ["a"], "empty": [], "none": ["a"], "of another set": ["a"]}
    values = ranking_measures(gains, rankings, NAMES)
    assert list(values) == list(gains)
    assert set(values["answered"].values()) == {1.0}
    for question in ("not answered", "empty", "none"):
        assert values[question] == dict.fromkeys(NAMES, 0.0)


@pytest.mark.parametrize("name", ["", " ", "a\tb", "\x00", "\ud800", "名", "x" * 10_000])
def test_no_name_is_too_strange(name):
    gains, rankings = {name: {name: 1}}, {name: [name, "other"]}
    assert ranking_measures(gains, rankings, ["RR@10"]) == {name: {"RR@10": 1.0}}


def test_no_questions_have_no_measures():
    assert ranking_measures({}, {}, NAMES) == {}


# Characters


def test_characters_are_counted_once_whatever_holds_them():
    recall, precision, iou = character_measures(
        {"a": [(10, 20), (15, 30)]}, {"a": [(0, 15), (5, 15), (25, 45)], "b": [(0, 10)]}
    )
    assert recall == pytest.approx(10 / 20)
    assert precision == pytest.approx(10 / 45)
    assert iou == pytest.approx(10 / 55)


def test_nothing_retrieved_measures_zero():
    assert character_measures({"a": [(0, 5)]}, {}) == (0.0, 0.0, 0.0)
    assert character_measures({"a": [(0, 5)]}, {"b": [(0, 5)]}) == (0.0, 0.0, 0.0)


@given(SPANS.filter(bool), SPANS)
def test_character_measures_are_those_of_sets_of_characters(gold, retrieved):
    wanted = {at for start, end in gold for at in range(start, end)}
    got = {at for start, end in retrieved for at in range(start, end)}
    recall, precision, iou = character_measures({"a": gold}, {"a": retrieved})
    assert recall == pytest.approx(len(wanted & got) / len(wanted))
    assert precision == pytest.approx(len(wanted & got) / len(got) if got else 0.0)
    assert iou == pytest.approx(len(wanted & got) / len(wanted | got))


# Refusing, and being sure


def test_auroc_counts_pairs_and_halves_of_ties():
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert auroc([0.1], [0.9]) == 0.0


def test_precision_and_recall_of_refusing():
    assert precision_and_recall([True, True, False], [True, False, False]) == (0.5, 1.0)
    assert precision_and_recall([False], [True]) == (None, 0.0)
    assert precision_and_recall([True], [False]) == (0.0, None)


def test_brier_score_is_the_mean_squared_difference():
    assert brier_score([1.0, 0.5, 0.2], [True, False, False]) == pytest.approx(0.29 / 3)


def test_calibration_error_compares_bins():
    assert expected_calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert expected_calibration_error([1.0, 0.0], [False, True]) == pytest.approx(1)
    in_two_bins = expected_calibration_error([0.9, 0.9, 0.1], [True, False, False])
    assert in_two_bins == pytest.approx((2 * 0.4 + 0.1) / 3)


# Chance


def test_an_interval_holds_the_mean_and_narrows_with_more_questions():
    few, many = [0.0, 1.0] * 10, [0.0, 1.0] * 1000
    for values in (few, many):
        low, high = bootstrap_interval(values)
        assert 0 < low < 0.5 < high < 1
    widths = [high - low for low, high in map(bootstrap_interval, (few, many))]
    # The standard error of a share of one half is 1 / (2 sqrt n); 1.96 of them on either side.
    assert widths == pytest.approx([1.96 / math.sqrt(20), 1.96 / math.sqrt(2000)], rel=0.15)
    assert bootstrap_interval(few) == bootstrap_interval(few)
    assert bootstrap_interval([0.25]) == (0.25, 0.25)


def test_the_paired_test_comes_near_the_exact_share_of_signs():
    # Of the 32 ways to set five signs, two are as extreme as all alike.
    assert paired_p_value([0.1] * 5) == pytest.approx(2 / 32, abs=0.01)
    # Of the eight ways to set these, six have an absolute sum of 2 at least.
    assert paired_p_value([3.0, -2.0, 1.0]) == pytest.approx(6 / 8, abs=0.02)


def test_no_difference_is_no_surprise_and_a_large_one_is():
    assert paired_p_value([0.0, 0.0]) == 1.0
    rng = np.random.default_rng(3)
    assert paired_p_value(rng.normal(1.0, 0.1, 50).tolist()) < 0.001
    assert paired_p_value([1.0, -1.0] * 50) == 1.0
