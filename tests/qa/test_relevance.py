import json
import math
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evidence import Evidence
from qa.relevance import RelevanceModel, features, load_relevance_model

unit = st.floats(0, 1)


def evidence(similarity=0.0, coverage=0.0, passage_coverage=0.0):
    return Evidence((0, 1), similarity, coverage, passage_coverage)


def test_probability_by_hand():
    model = RelevanceModel(-1.0, {"similarity": 2.0, "coverage": 4.0}, 0.5)
    given_features = {"similarity": 0.5, "coverage": 0.25, "passage_coverage": 1.0}
    # -1 + 2 * .5 + 4 * .25 = 1; what has no weight is left out
    assert model.probability(given_features) == pytest.approx(1 / (1 + math.exp(-1)))


def test_even_odds_are_one_half():
    assert RelevanceModel(0.0, {}, 0.5).probability({}) == 0.5


@pytest.mark.parametrize("intercept", [-1e9, 1e9])
def test_extreme_logits_neither_overflow_nor_leave_0_and_1(intercept):
    probability = RelevanceModel(intercept, {}, 0.5).probability({})
    assert 0 < probability < 1
    assert probability == pytest.approx(float(intercept > 0))


@given(unit, unit, unit, st.sampled_from(["similarity", "coverage", "passage_coverage"]), unit)
def test_more_of_a_feature_moves_the_probability_the_way_its_weight_points(s, c, p, name, step):
    model = load_relevance_model()
    before = features(evidence(s, c, p))
    after = {**before, name: before[name] + step}
    difference = model.probability(after) - model.probability(before)
    assert difference * model.weights.get(name, 0.0) >= 0
    assert 0 <= model.probability(after) <= 1


def test_the_coefficients_on_file_are_whole_and_name_existing_features():
    kept = json.loads(files("qa").joinpath("relevance.json").read_text(encoding="utf-8"))
    model = load_relevance_model()
    assert (model.intercept, model.weights) == (kept["intercept"], kept["weights"])
    assert 0 < model.threshold < 1
    assert model.weights
    assert model.weights.keys() <= features(evidence()).keys()
    assert all(math.isfinite(weight) for weight in (model.intercept, *model.weights.values()))


def test_a_perfect_passage_answers_and_a_foreign_one_does_not():
    model = load_relevance_model()
    assert model.probability(features(evidence(1, 1, 1))) > model.threshold
    assert model.probability(features(evidence(0, 0, 0))) < model.threshold


def test_features_are_the_numbers_of_the_evidence():
    found = features(evidence(0.1, 0.2, 0.3))
    assert found["similarity"] == 0.1
    assert found["coverage"] == 0.2
    assert found["passage_coverage"] == 0.3
