"""Vectors one by one and in clusters: when which, and what of it is on the disk."""

import os
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import ivf
from embeddings.dense import EXACT_ROWS, DenseIndex
from embeddings.flat import FlatIndex
from embeddings.ivf import IVFIndex, visited

DIMENSION = 16
MANY = 40  # rows, while `few` holds
NEAR = 2e-2  # how far a score may be from the true one


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Let so many rows be too many to be searched one by one."""
    monkeypatch.setattr("embeddings.dense.EXACT_ROWS", MANY)


def rows_of(count, seed=0):
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def ids_of(*numbers):
    return np.array(numbers, dtype=np.int64)


def filled(count, folder=None):
    """Return an index of rows 0..count, settled, and loaded from a folder where one is given."""
    index = DenseIndex.empty(DIMENSION)
    index.add(np.arange(count, dtype=np.int64), rows_of(count))
    index.settle()
    return index if folder is None else again(index, folder)


def again(index, folder):
    folder.mkdir(exist_ok=True)
    index.save(folder)
    return DenseIndex.load(folder)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def states(folder):
    return {path.name: (path.stat().st_ino, path.read_bytes()) for path in folder.iterdir()}


def linked(folder, target):
    """Return a folder that starts as links to the files of another, as a snapshot does."""
    target.mkdir()
    for path in folder.iterdir():
        os.link(path, target / path.name)
    return target


def assert_holds(index, held, query, k=10):
    """The index finds the ``k`` best of ``held`` (id -> vector), scores near the true ones."""
    assert len(index) == len(held)
    assert sorted(index.ids().tolist()) == sorted(held)
    found = index.search(query, k)
    true = {row: float(vector @ query) for row, vector in held.items()}
    assert len(set(found.ids.tolist())) == len(found.ids) == min(k, len(held))
    for row, score in zip(found.ids.tolist(), found.scores.tolist(), strict=True):
        assert abs(true.pop(row) - score) < NEAR
    assert max(true.values(), default=-1.0) <= min(found.scores, default=1.0) + NEAR


# One by one, or in clusters


def test_a_few_rows_are_kept_in_one_file_and_are_exact(tmp_path):
    index = filled(MANY, tmp_path / "index")
    assert names(tmp_path / "index") == ["dense.faiss"]
    true = rows_of(MANY) @ rows_of(1, seed=1)[0]
    found = index.search(rows_of(1, seed=1)[0], MANY)
    assert found.ids.tolist() == np.argsort(-true).tolist()


def test_one_row_more_and_they_are_kept_in_clusters(tmp_path):
    index = filled(MANY + 1, tmp_path / "index")
    assert set(names(tmp_path / "index")) == {"dense.faiss", "dense-removed.npy", *ivf.FILES}
    assert_holds(index, dict(enumerate(rows_of(MANY + 1))), rows_of(1, seed=1)[0])


def test_what_has_become_few_leaves_its_clusters(tmp_path):
    index = filled(100, tmp_path / "index")
    index.remove(np.arange(MANY // 2, 100, dtype=np.int64))
    index.settle()
    kept = again(index, tmp_path / "index")
    assert names(tmp_path / "index") == ["dense.faiss"]
    assert_holds(kept, dict(enumerate(rows_of(100)[: MANY // 2])), rows_of(1, seed=1)[0])


def test_rows_are_merged_once_enough_are_added_or_removed(tmp_path):
    index = filled(200, tmp_path / "index")
    more = rows_of(MANY + 1, seed=2)
    index.add(np.arange(200, 200 + MANY, dtype=np.int64), more[:MANY])
    index.remove(np.arange(50, dtype=np.int64))
    index.settle()
    assert len(index._added) == MANY
    assert len(index._removed) == 50
    index.add(ids_of(999), more[MANY:])
    index.settle()
    assert (len(index._added), len(index._removed), len(index)) == (0, 0, 191)
    index.remove(np.arange(50, 98, dtype=np.int64))
    index.settle()
    assert len(index._removed) == 0
    assert len(index) == 143


def test_clusters_are_made_anew_when_the_rows_have_doubled():
    rows = rows_of(900)
    ids = np.arange(900, dtype=np.int64)
    base = IVFIndex.build(DIMENSION, 200, lambda: [(ids[:200], rows[:200])])  # 14 clusters
    assert base.is_made_for(2 * 14**2)
    assert not base.is_made_for(2 * 14**2 + 1)
    index = DenseIndex(FlatIndex.empty(DIMENSION), base, ids[:0])
    index.add(ids[200:], rows[200:])
    index.settle()
    assert isinstance(index._base, IVFIndex)
    assert index._base.is_made_for(2 * 30**2)
    assert not index._base.is_made_for(2 * 30**2 + 1)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 60), st.integers(1, 40)),
            st.tuples(st.just("remove"), st.integers(0, 60), st.integers(1, 40)),
            st.tuples(st.sampled_from(["settle", "reopen"]), st.just(0), st.just(0)),
        ),
        max_size=14,
    )
)
def test_after_any_changes_it_finds_what_exact_search_does(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("index")
    index = DenseIndex.empty(DIMENSION)
    held: dict[int, np.ndarray] = {}
    with patch("embeddings.dense.EXACT_ROWS", 12):
        for seed, (step, first, count) in enumerate(steps):
            ids = np.arange(first, first + count, dtype=np.int64)
            if step == "add":
                rows = rows_of(count, seed)
                index.add(ids, rows)
                held |= dict(zip(ids.tolist(), rows, strict=True))
            elif step == "remove":
                index.remove(ids)
                held = {row: vector for row, vector in held.items() if row not in ids}
            elif step == "settle":
                index.settle()
            else:
                index = again(index, folder)
            assert_holds(index, held, rows_of(1, seed=99)[0], k=7)
    blocks = list(index.blocks())
    kept = {row: vector for ids, rows in blocks for row, vector in zip(ids, rows, strict=True)}
    assert kept.keys() == held.keys()
    assert all(np.linalg.norm(kept[row] - held[row]) < NEAR for row in held)


# Recall


def gathered(count, seed=0):
    """Return rows around 20 centres, as passages gather around topics."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(42).standard_normal((20, 64))
    rows = centres[random.integers(20, size=count)] + random.standard_normal((count, 64))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_most_of_the_best_are_found_though_some_clusters_alone_are_visited():
    rows, queries = gathered(12_000), gathered(50, seed=1)
    index = DenseIndex.empty(64)
    index.add(np.arange(len(rows), dtype=np.int64), rows)
    index.settle()
    clusters = round(len(rows) ** 0.5)
    assert visited(clusters) < clusters
    best = np.argsort(-(queries @ rows.T), axis=1)[:, :10]
    found = [index.search(query, 100).ids for query in queries]
    hits = [np.isin(true, ids).mean() for true, ids in zip(best, found, strict=True)]
    assert np.mean(hits) >= 0.99


def test_within_rows_that_lie_in_clusters_far_off_nothing_is_missed():
    rows = gathered(12_000)
    index = DenseIndex.empty(64)
    index.add(np.arange(len(rows), dtype=np.int64), rows)
    index.settle()
    query = gathered(1, seed=1)[0]
    farthest = np.argsort(rows @ query)[:30]
    found = index.search(query, 10, within=farthest)
    assert set(found.ids.tolist()) <= set(farthest.tolist())
    assert found.scores.min() >= np.sort(rows[farthest] @ query)[-10] - NEAR


@pytest.mark.parametrize("k", [100, 3000, 12_000])
def test_as_many_are_found_as_are_asked_for(k):
    rows = gathered(12_000)
    index = DenseIndex.empty(64)
    index.add(np.arange(len(rows), dtype=np.int64), rows)
    index.settle()
    assert len(index.search(gathered(1, seed=1)[0], k).ids) == k


def test_however_many_of_the_best_are_removed_the_next_ones_are_found():
    rows, query = gathered(12_000), gathered(1, seed=1)[0]
    index = DenseIndex.empty(64)
    index.add(np.arange(len(rows), dtype=np.int64), rows)
    index.settle()
    best_first = np.argsort(-(rows @ query))
    for removed in (7, 60, 900):
        index.remove(best_first[:removed])
        found = index.search(query, 10).ids
        assert len(found) == 10
        assert np.isin(best_first[removed : removed + 10], index.search(query, 100).ids).all()
        assert not np.isin(found, best_first[:removed]).any()


@pytest.mark.parametrize(("clusters", "expected"), [(1, 1), (50, 50), (256, 112), (1024, 160)])
def test_few_clusters_are_all_visited_and_of_many_some(clusters, expected):
    assert visited(clusters) == expected


# On the disk


def test_what_is_saved_again_without_a_merge_leaves_the_base_as_it_is(tmp_path):
    filled(100, tmp_path / "one")
    before = states(tmp_path / "one")
    other = linked(tmp_path / "one", tmp_path / "two")
    index = DenseIndex.load(other)
    index.add(ids_of(500), rows_of(1, seed=5))
    index.remove(ids_of(3))
    index.save(other)
    after = states(other)
    assert states(tmp_path / "one") == before, "a file was written in place"
    assert all(after[name] == before[name] for name in ivf.FILES)
    assert after["dense.faiss"] != before["dense.faiss"]


def test_a_merge_replaces_the_base_and_leaves_the_one_before_to_its_readers(tmp_path):
    reader = filled(100, tmp_path / "one")
    before, query = states(tmp_path / "one"), rows_of(1, seed=1)[0]
    expected = reader.search(query, 100)
    index = DenseIndex.load(linked(tmp_path / "one", tmp_path / "two"))
    index.add(np.arange(100, 200, dtype=np.int64), rows_of(100, seed=6))
    index.settle()
    index.save(tmp_path / "two")
    assert states(tmp_path / "one") == before
    for path in (tmp_path / "one").iterdir():
        path.unlink()
    np.testing.assert_array_equal(reader.search(query, 100).scores, expected.scores)
    assert len(DenseIndex.load(tmp_path / "two")) == 200


def test_an_index_may_be_saved_to_another_folder(tmp_path):
    index = filled(100, tmp_path / "one")
    copy = again(index, tmp_path / "two")
    query = rows_of(1, seed=1)[0]
    assert copy.search(query, 9).ids.tolist() == index.search(query, 9).ids.tolist()


def test_a_base_is_mapped_and_can_be_changed_all_the_same(tmp_path):
    index = filled(100, tmp_path / "index")
    index.remove(np.arange(50, dtype=np.int64))
    index.add(ids_of(7), rows_of(1, seed=8))
    index.settle()
    held = dict(enumerate(rows_of(100)))
    held = {row: held[row] for row in range(50, 100)} | {7: rows_of(1, seed=8)[0]}
    assert_holds(again(index, tmp_path / "index"), held, rows_of(1, seed=8)[0])


def test_without_a_base_there_is_none_to_load(tmp_path):
    assert IVFIndex.load(tmp_path) is None


def test_the_limit_is_one_that_small_libraries_never_reach():
    assert EXACT_ROWS == 20_000
