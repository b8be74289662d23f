import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.fusion import convex_combination, distinctness, min_max, nearest_others, supported

numbers = st.floats(-1e3, 1e3, width=32)
score_lists = st.lists(numbers, min_size=1, max_size=20).map(
    lambda values: np.array(values, dtype=np.float32)
)


def scores(*values):
    return np.array(values, dtype=np.float32)


@given(score_lists)
def test_min_max_keeps_to_0_and_1_and_keeps_the_order(raw):
    mapped = min_max(raw)
    assert mapped.dtype == np.float32
    assert ((mapped >= 0) & (mapped <= 1)).all()
    order = np.argsort(raw, kind="stable")
    assert (np.diff(mapped[order]) >= 0).all()
    if raw.max() > raw.min():
        assert mapped[raw.argmax()] == 1
        assert mapped[raw.argmin()] == 0


def test_min_max_by_hand():
    assert min_max(scores(2, 4, 3)).tolist() == [0, 1, 0.5]


def test_equal_scores_say_nothing_and_become_0():
    assert min_max(scores(7, 7, 7)).tolist() == [0, 0, 0]
    assert min_max(scores(-3)).tolist() == [0]


def test_no_scores_stay_none():
    assert len(min_max(scores())) == 0
    assert len(convex_combination([scores(), scores()], [1, 1])) == 0


def test_the_combination_by_hand():
    dense, sparse = scores(0, 1, 0.5), scores(1, 0, 0.5)
    assert convex_combination([dense, sparse], [1, 3]).tolist() == pytest.approx([0.75, 0.25, 0.5])


@given(score_lists, st.floats(0.01, 100), st.data())
def test_only_the_proportion_of_weights_and_the_shape_of_scores_count(first, factor, data):
    second = scores(*data.draw(st.lists(numbers, min_size=len(first), max_size=len(first))))
    parts = [min_max(first), min_max(second)]
    plain = convex_combination(parts, [0.3, 0.7])
    scaled = convex_combination(parts, [0.3 * factor, 0.7 * factor])
    assert scaled == pytest.approx(plain, abs=1e-5)
    assert ((plain >= 0) & (plain <= 1 + 1e-6)).all()
    again = convex_combination([min_max(4 * first), parts[1]], [0.3, 0.7])
    assert again == pytest.approx(plain, abs=1e-5)


def test_one_list_alone_is_itself():
    assert convex_combination([scores(1, 0, 0.5)], [5]).tolist() == [1, 0, 0.5]


def test_a_weight_of_0_silences_a_list():
    dense = scores(0, 0.5, 1)
    assert convex_combination([dense, scores(1, 0, 0.25)], [1, 0]) == pytest.approx(dense)


def test_weights_and_lists_must_be_as_many():
    with pytest.raises(ValueError, match="2 score lists for 1 weights"):
        convex_combination([scores(1), scores(2)], [1])


def test_lists_must_be_of_the_same_rows():
    with pytest.raises(ValueError, match="shape"):
        convex_combination([scores(1, 2), scores(1, 2, 3)], [1, 1])


# How plainly one row is the best


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], 0),
        ([0.7], 0),
        ([0.7] * 20, 0),
        ([1, 0], 1),  # .5 above the mean, of which .5 is a deviation
        ([1, 0, 0, 0], 3**0.5),
        ([1] + [0] * 99, 0.9 / 0.0099**0.5),
        ([1] * 10 + [0] * 10, 0),
    ],
)
def test_distinctness_worked_by_hand(given, expected):
    assert distinctness(scores(*given)) == pytest.approx(expected, rel=1e-5)


@given(score_lists)
def test_distinctness_depends_on_neither_order_nor_unit(some):
    found = distinctness(some)
    assert found >= 0
    assert distinctness(some[::-1].copy()) == pytest.approx(found, rel=1e-4, abs=1e-4)
    assert distinctness(4 * some) == pytest.approx(found, rel=1e-4, abs=1e-4)


# Support


def on_circle(*degrees):
    """Return unit vectors at these angles."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


EVERY = np.arange(5)


def test_the_nearest_others_by_hand():
    nearest = nearest_others(on_circle(0, 30, 70, 120, 300), EVERY, 2)
    assert nearest.tolist() == [[1, 4], [0, 2], [1, 3], [2, 1], [0, 1]]


def test_others_are_only_of_those_asked_among():
    nearest = nearest_others(on_circle(0, 30, 70, 120, 300), np.array([0, 3]), 1)
    assert nearest[:, 0].tolist() == [3, 0, 3, 0, 0]


def test_a_copy_is_no_other():
    nearest = nearest_others(on_circle(0, 1, 0, 40, 200), EVERY, 2)
    assert nearest[:3].tolist() == [[3, 4]] * 3
    assert nearest[3].tolist() == [1, 0]


def test_a_row_stands_for_others_that_are_missing():
    assert nearest_others(on_circle(0, 50), np.arange(2), 3).tolist() == [[1, 0, 0], [0, 1, 1]]
    assert nearest_others(on_circle(10), np.arange(1), 3).tolist() == [[0, 0, 0]]
    assert nearest_others(on_circle(0, 1, 2), np.arange(3), 1).tolist() == [[0], [1], [2]]
    assert nearest_others(on_circle(), np.arange(0), 3).shape == (0, 3)
    assert nearest_others(on_circle(0, 50), np.arange(0), 2).tolist() == [[0, 0], [1, 1]]


def test_the_first_of_equally_near_rows_is_the_nearest():
    vectors = np.eye(4, dtype=np.float32)
    assert nearest_others(vectors, np.arange(4), 2).tolist() == [[1, 2], [0, 2], [0, 1], [0, 1]]


def test_a_row_without_content_is_near_to_none_and_none_of_its_own():
    vectors = np.concatenate([on_circle(0, 60), np.zeros((1, 2), dtype=np.float32)])
    assert nearest_others(vectors, np.arange(3), 1).tolist() == [[1], [0], [0]]


def test_support_by_hand():
    raw = scores(1, 0.5, 0)
    nearest = np.array([[1, 2], [0, 0], [2, 2]])
    assert supported(raw, nearest, 0.4).tolist() == pytest.approx([0.7, 0.7, 0])
    assert supported(raw, nearest, 0.0).tolist() == raw.tolist()
    assert supported(raw, nearest, 0.4).dtype == np.float32


@given(score_lists, st.floats(0, 1), st.data())
def test_support_keeps_scores_within_their_bounds(raw, share, data):
    places = st.lists(st.integers(0, len(raw) - 1), min_size=3, max_size=3)
    nearest = np.array([data.draw(places) for _ in raw])
    mixed = supported(raw, nearest, share)
    slack = 1e-5 * np.abs(raw).max()
    assert mixed.min() >= raw.min() - slack
    assert mixed.max() <= raw.max() + slack


def test_equal_rows_have_the_same_nearest_wherever_they_stand():
    generator = np.random.default_rng(8)
    different = generator.normal(size=(60, 100)).astype(np.float32)
    different /= np.linalg.norm(different, axis=1, keepdims=True)
    which = generator.integers(60, size=300)
    nearest = which[nearest_others(different[which], np.arange(300), 3)]
    for one in range(60):
        assert len(np.unique(nearest[which == one], axis=0)) <= 1
