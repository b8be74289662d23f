import json
import math
from dataclasses import fields, replace
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Damaged
from qa.relevance import (
    JUDGED,
    RelevanceModel,
    any_of,
    fit,
    kept_relevance,
    load_relevance_model,
)
from qa.signals import Signals

NAMES = [field.name for field in fields(Signals)]
unit = st.floats(0, 1)


def signals(**known):
    return Signals(**{**dict.fromkeys(NAMES, 0.0), **known})


def test_probability_by_hand():
    model = RelevanceModel(-1.0, {"similarity": 2.0, "coverage": 4.0}, 0.5)
    found = signals(similarity=0.5, coverage=0.25, dense=1.0)
    # -1 + 2 * .5 + 4 * .25 = 1; what has no weight is left out
    assert model.probability(found) == pytest.approx(1 / (1 + math.exp(-1)))


def test_even_odds_are_one_half():
    assert RelevanceModel(0.0, {}, 0.5).probability(signals()) == 0.5


@pytest.mark.parametrize("intercept", [-1e9, 1e9])
def test_extreme_logits_neither_overflow_nor_leave_0_and_1(intercept):
    probability = RelevanceModel(intercept, {}, 0.5).probability(signals())
    assert 0 < probability < 1
    assert probability == pytest.approx(float(intercept > 0))


@given(st.lists(unit, min_size=len(NAMES), max_size=len(NAMES)), st.sampled_from(NAMES), unit)
def test_more_of_a_signal_moves_the_probability_the_way_its_weight_points(values, name, step):
    model = load_relevance_model()
    before = Signals(*values)
    after = replace(before, **{name: getattr(before, name) + step})
    difference = model.probability(after) - model.probability(before)
    assert difference * model.weights.get(name, 0.0) >= 0
    assert 0 <= model.probability(after) <= 1


def test_the_coefficients_on_file_are_whole_and_name_signals():
    kept = json.loads(files("qa").joinpath("relevance.json").read_text(encoding="utf-8"))
    model = load_relevance_model()
    assert (model.intercept, model.weights) == (kept["intercept"], kept["weights"])
    assert 0 < model.threshold < 1
    assert model.weights
    assert model.weights.keys() <= set(NAMES)
    assert all(math.isfinite(weight) for weight in (model.intercept, *model.weights.values()))


def test_a_perfect_passage_answers_and_a_foreign_one_does_not():
    model = load_relevance_model()
    perfect = signals(similarity=0.9, coverage=1, window_coverage=1, dense=0.8, margin=0.4, first=1)
    foreign = signals(similarity=0.1, kind_missing=1, name_missing=1)
    assert model.probability(perfect) > 0.7
    assert model.probability(foreign) < model.threshold


def test_any_of_several_is_the_chance_that_not_all_miss():
    assert any_of([]) == 0
    assert any_of([0.5]) == 0.5
    assert any_of([0.5, 0.5]) == 0.75
    assert any_of([0.1] * JUDGED + [0.9]) == pytest.approx(1 - 0.9**JUDGED)


def certain(chance):
    """Return a model that gives every passage the same chance."""
    return RelevanceModel(math.log(chance / (1 - chance)), {}, 0.5)


def test_an_answer_is_any_of_its_citations_unless_it_was_set_right():
    assert certain(0.5).of_answer([signals()] * 2) == pytest.approx(0.75)
    assert certain(0.1).of_answer([signals()] * 9) == pytest.approx(1 - 0.9**JUDGED)


def test_an_answer_is_set_right_on_the_logit_by_hand():
    model = replace(certain(0.5), answer_intercept=-1.0, answer_slope=2.0)
    # any of two is .75, with odds of 3 : 1
    logit = -1 + 2 * math.log(3)
    assert model.of_answer([signals()] * 2) == pytest.approx(1 / (1 + math.exp(-logit)))


def test_an_answer_is_never_quite_impossible_nor_quite_certain():
    assert certain(0.5).of_answer([]) == pytest.approx(1e-9)
    sure = RelevanceModel(1e9, {}, 0.5)
    assert sure.of_answer([signals()] * 5) == pytest.approx(1 - 1e-9, abs=1e-12)
    assert sure.probability(signals()) == 1 / (1 + math.exp(-30))
    assert RelevanceModel(-1e9, {}, 0.5).probability(signals()) == 1 / (1 + math.exp(30))


def test_fit_balances_each_weight_with_its_ridge_and_leaves_the_intercept_free():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(200, 2)) + 3.0
    labels = features[:, 0] > 3.4  # told apart without fault: only the ridge holds the weights
    intercept, weights = fit(features, labels)
    missed = 1 / (1 + np.exp(-(intercept + features @ weights))) - labels
    assert missed.sum() == pytest.approx(0, abs=1e-6)
    assert features.T @ missed + 0.1 * np.array(weights) == pytest.approx([0, 0], abs=1e-6)


def test_fit_finds_the_weights_that_made_the_labels():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 2))
    chances = 1 / (1 + np.exp(-(-1 + features @ [2.0, -0.5])))
    intercept, weights = fit(features, rng.random(len(features)) < chances)
    assert intercept == pytest.approx(-1, abs=0.1)
    assert weights == pytest.approx([2.0, -0.5], abs=0.1)


def test_fit_stays_finite_where_labels_can_be_told_apart_without_fault():
    features = np.array([[0.0], [0.1], [0.9], [1.0]])
    intercept, (weight,) = fit(features, np.array([False, False, True, True]))
    assert math.isfinite(intercept)
    assert 0 < weight < 1000


def test_a_model_survives_being_kept():
    model = RelevanceModel(-1.5, {"dense": 2.0}, 0.25, "f")
    assert kept_relevance({"relevance": json.dumps(model.to_dict())}) == model
    assert kept_relevance({}) == load_relevance_model()
    assert model.to_dict().keys() == {field.name for field in fields(RelevanceModel)}


@pytest.mark.parametrize("kept", ["", "{}", "[]", '{"intercept": 1}', "null"])
def test_a_kept_model_that_cannot_be_read_is_damage(kept):
    with pytest.raises(Damaged, match="qa calibrate --reset"):
        kept_relevance({"relevance": kept})
