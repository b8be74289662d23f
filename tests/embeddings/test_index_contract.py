"""One contract for every index, against brute force in numpy."""

from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.bm25 import bm25
from embeddings.dense import DenseIndex
from embeddings.sparse import SparseIndex

VOCABULARY = [f"t{number}" for number in range(12)]


class Dense:
    """Vectors of 24 numbers; every row can be found; the truth is the inner product."""

    dimension = 24
    tolerance = 2e-3  # rows are kept as 16-bit floats

    def empty(self):
        return DenseIndex.empty(self.dimension)

    def rows(self, rng, count):
        rows = rng.standard_normal((count, self.dimension)).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def query(self, rng):
        return self.rows(rng, 1)[0]

    def levels(self, levels):
        """Return rows of which a higher level is nearer to `level_query`, and equal ones equal."""
        rows = np.zeros((len(levels), self.dimension), dtype=np.float32)
        rows[:, 0] = np.array(levels) / 8
        rows[:, 1] = np.sqrt(1 - rows[:, 0] ** 2)
        return rows

    level_query = np.eye(1, dimension, dtype=np.float32)[0]

    def take(self, rows, which):
        return rows[which]

    def truth(self, rows, query):
        return rows @ query

    def save_and_load(self, index, folder):
        index.save(folder)
        return DenseIndex.load(folder)


class Clustered(Dense):
    """Vectors that are moved to clusters, all of them visited by a search, as they are added."""

    tolerance = 2e-2  # rows are kept as 8-bit numbers

    def empty(self):
        return _Settling.empty(self.dimension)

    def save_and_load(self, index, folder):
        index.save(folder)
        return _Settling.load(folder)


class _Settling(DenseIndex):
    """A dense index in which three rows are many."""

    def add(self, ids, contents):
        super().add(ids, contents)
        with patch("embeddings.dense.EXACT_ROWS", 2):
            self.settle()


class Sparse:
    """Rows of 12 terms; rows without a term of the query are not found; the truth is BM25."""

    length = 12
    tolerance = 1e-4

    def __init__(self, folder):
        self.folder = folder
        self.made = 0

    def empty(self):
        self.made += 1
        self.latest = self.folder / f"index{self.made}"
        return SparseIndex.empty(self.latest)

    def rows(self, rng, count):
        return [rng.choice(VOCABULARY, size=self.length).tolist() for _ in range(count)]

    def query(self, rng):
        return rng.choice(VOCABULARY, size=2, replace=False).tolist()

    def levels(self, levels):
        """Return rows of one length that hold the term of `level_query` once a level."""
        return [["level"] * level + ["other"] * (self.length - level) for level in levels]

    level_query = ("level",)

    def take(self, rows, which):
        return [rows[at] for at in which]

    def truth(self, rows, query):
        tallies = [Counter(row) for row in rows]
        counts = np.array([[tally[term] for term in query] for tally in tallies], dtype=np.float32)
        counts = counts.reshape(len(rows), len(query))
        lengths = np.array([len(row) for row in rows], dtype=np.float32)
        frequencies = (counts > 0).sum(axis=0).astype(np.float32)
        scores = bm25(counts, lengths, frequencies, len(rows), float(self.length))
        return np.where(counts.any(axis=1), scores, -np.inf)

    def save_and_load(self, index, folder):
        return SparseIndex.load(self.latest)


class DenseOnServer(Dense):
    """Vectors that are kept and searched by Milvus."""

    tolerance = 1e-5

    def empty(self):
        from tests.milvus import DenseInMilvus

        return DenseInMilvus(self.dimension)

    def save_and_load(self, index, folder):
        return index


class SparseOnServer(Sparse):
    """Term vectors that are kept and searched by Milvus."""

    def empty(self):
        from tests.milvus import SparseInMilvus

        return SparseInMilvus(self.length)

    def save_and_load(self, index, folder):
        return index


EMBEDDED = ["dense", "clustered", "sparse"]
ON_SERVER = [
    pytest.param(name, marks=pytest.mark.slow) for name in ("dense-on-server", "sparse-on-server")
]


@pytest.fixture(params=[*EMBEDDED, *ON_SERVER])
def kind(request, tmp_path):
    if request.param not in EMBEDDED:
        pytest.importorskip("pymilvus")
        pytest.importorskip("milvus_lite")
    kinds = {
        "dense": Dense,
        "clustered": Clustered,
        "sparse": lambda: Sparse(tmp_path),
        "dense-on-server": DenseOnServer,
        "sparse-on-server": lambda: SparseOnServer(tmp_path),
    }
    return kinds[request.param]()


def ids_of(*numbers):
    return np.array(numbers, dtype=np.int64)


def assert_ranking(ranking, truth, k, tolerance):
    """The ranking is that of `truth` (id -> score, -inf: not to be found), within a tolerance."""
    findable = {row: score for row, score in truth.items() if score > -np.inf}
    ids, scores = ranking.ids.tolist(), ranking.scores.tolist()
    assert len(ids) == len(set(ids)) == min(k, len(findable))
    assert set(ids) <= set(findable)
    assert [(-score, row) for row, score in zip(ids, scores, strict=True)] == sorted(
        (-score, row) for row, score in zip(ids, scores, strict=True)
    ), "not best first, ties in order of id"
    np.testing.assert_allclose(scores, [findable[row] for row in ids], atol=tolerance, rtol=0)
    left_out = [score for row, score in findable.items() if row not in ids]
    if left_out and ids:
        assert max(left_out) <= min(scores) + tolerance, "a better row was left out"


def filled(kind, seed=0, count=60):
    """Return an index of random rows, their ids (neither dense nor in order), and the rows."""
    rng = np.random.default_rng(seed)
    rows = kind.rows(rng, count)
    ids = rng.choice(10 * count, size=count, replace=False).astype(np.int64)
    index = kind.empty()
    index.add(ids, rows)
    return index, ids, rows, rng


def truth_of(kind, ids, rows, query):
    return dict(zip(ids.tolist(), kind.truth(rows, query).tolist(), strict=True))


@pytest.mark.parametrize("k", [1, 7, 60, 1000])
@pytest.mark.parametrize("seed", range(2))
def test_a_search_gives_what_brute_force_gives(kind, k, seed):
    index, ids, rows, rng = filled(kind, seed)
    for _ in range(5):
        query = kind.query(rng)
        assert_ranking(index.search(query, k), truth_of(kind, ids, rows, query), k, kind.tolerance)


def test_a_ranking_is_two_arrays_of_fixed_types(kind):
    index, _, _, rng = filled(kind)
    for found in (index.search(kind.query(rng), 3), kind.empty().search(kind.query(rng), 3)):
        assert found.ids.dtype == np.int64
        assert found.scores.dtype == np.float32
        assert found.ids.shape == found.scores.shape


@pytest.mark.parametrize("k", [0, -1])
def test_nothing_asked_for_is_nothing_found(kind, k):
    index, _, _, rng = filled(kind)
    assert index.search(kind.query(rng), k).ids.tolist() == []


def test_an_empty_index_finds_nothing_and_can_be_removed_from(kind):
    index = kind.empty()
    query = kind.query(np.random.default_rng(0))
    assert len(index) == 0
    assert index.search(query, 5).ids.tolist() == []
    index.remove(ids_of(1, 2))
    index.remove(ids_of())
    assert len(index) == 0


def test_adding_no_rows_changes_nothing(kind):
    index, ids, _, _ = filled(kind)
    index.add(ids_of(), kind.rows(np.random.default_rng(0), 0))
    assert len(index) == len(ids)


def test_rows_come_best_first_and_equal_rows_in_order_of_id(kind):
    index = kind.empty()
    index.add(ids_of(9, 3, 7, 1, 5, 2), kind.levels([2, 7, 2, 5, 7, 2]))
    assert index.search(kind.level_query, 6).ids.tolist() == [3, 5, 1, 2, 7, 9]
    assert index.search(kind.level_query, 3).ids.tolist() == [3, 5, 1]


def test_equal_rows_have_equal_scores(kind):
    index = kind.empty()
    index.add(np.arange(100, dtype=np.int64), kind.levels([5] * 100))
    assert len(set(index.search(kind.level_query, 100).scores.tolist())) == 1


def test_an_id_that_is_there_is_replaced(kind):
    index = kind.empty()
    index.add(ids_of(1, 2, 3), kind.levels([7, 5, 3]))
    index.add(ids_of(1, 4), kind.levels([2, 6]))
    assert len(index) == 4
    assert index.search(kind.level_query, 9).ids.tolist() == [4, 2, 3, 1]


def test_removed_rows_are_found_no_more_and_the_others_as_before(kind):
    index, ids, rows, rng = filled(kind)
    gone = ids[::3]
    kept = np.array([at for at in range(len(ids)) if at % 3], dtype=np.int64)
    query = kind.query(rng)
    truth = truth_of(kind, ids[kept], kind.take(rows, kept), query)
    index.remove(gone)
    assert len(index) == len(kept)
    found = index.search(query, len(ids)).ids.tolist()
    assert sorted(found) == sorted(row for row, score in truth.items() if score > -np.inf)


def test_the_order_stays_right_after_removing(kind):
    index = kind.empty()
    index.add(np.arange(1, 8, dtype=np.int64), kind.levels([1, 2, 3, 4, 5, 6, 7]))
    index.remove(ids_of(7, 1, 4))
    assert index.search(kind.level_query, 9).ids.tolist() == [6, 5, 3, 2]
    index.add(ids_of(4, 9), kind.levels([7, 1]))
    assert index.search(kind.level_query, 9).ids.tolist() == [4, 6, 5, 3, 2, 9]


def test_all_rows_can_be_removed_and_added_again(kind):
    index, ids, rows, rng = filled(kind)
    query = kind.query(rng)
    before = index.search(query, 10)
    index.remove(ids)
    assert len(index) == 0
    assert index.search(query, 10).ids.tolist() == []
    index.add(ids, rows)
    assert index.search(query, 10).ids.tolist() == before.ids.tolist()


def test_unknown_ids_are_ignored_when_removed(kind):
    index, ids, _, rng = filled(kind)
    query = kind.query(rng)
    before = index.search(query, 100)
    index.remove(ids_of(10_000, -1, 2**40))
    assert len(index) == len(ids)
    assert index.search(query, 100).ids.tolist() == before.ids.tolist()


def test_ids_of_any_size_come_back_as_they_were(kind):
    index = kind.empty()
    index.add(ids_of(2**53 + 1, 0, 2**31), kind.levels([3, 5, 7]))
    assert index.search(kind.level_query, 9).ids.tolist() == [2**31, 0, 2**53 + 1]


def test_the_order_of_adding_is_irrelevant(kind):
    index, ids, rows, rng = filled(kind)
    other = kind.empty()
    mixed = rng.permutation(len(ids))
    other.add(ids[mixed], kind.take(rows, mixed))
    for _ in range(5):
        query = kind.query(rng)
        one, two = index.search(query, 100), other.search(query, 100)
        assert one.ids.tolist() == two.ids.tolist()
        np.testing.assert_array_equal(one.scores, two.scores)


def test_adding_in_parts_finds_what_adding_at_once_finds(kind):
    _, ids, rows, rng = filled(kind)
    query = kind.query(rng)
    index = kind.empty()
    for part in np.array_split(np.arange(len(ids)), 7):
        index.add(ids[part], kind.take(rows, part))
    assert len(index) == len(ids)
    assert_ranking(index.search(query, 10), truth_of(kind, ids, rows, query), 10, kind.tolerance)


def test_a_saved_index_answers_as_before_and_can_be_changed(kind, tmp_path):
    index, ids, _, rng = filled(kind)
    index.remove(ids[:5])
    query = kind.query(rng)
    before = index.search(query, 20)
    loaded = kind.save_and_load(index, tmp_path)
    after = loaded.search(query, 20)
    assert len(loaded) == len(index)
    assert after.ids.tolist() == before.ids.tolist()
    np.testing.assert_array_equal(after.scores, before.scores)
    loaded.remove(ids[5:10])
    loaded.add(ids[:1], kind.levels([7]))
    assert len(loaded) == len(ids) - 9
    assert loaded.search(kind.level_query, 1).ids.tolist() == ids[:1].tolist()


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(1, 7)), max_size=12),
    st.integers(1, 12),
)
@pytest.mark.parametrize("make", [Dense, lambda: Sparse(None)], ids=["dense", "sparse"])
def test_after_any_changes_it_holds_what_a_dictionary_would(make, changes, k):
    kind = make()
    index = DenseIndex.empty(kind.dimension) if isinstance(kind, Dense) else SparseIndex.empty()
    held: dict[int, int] = {}
    for is_added, row, level in changes:
        if is_added:
            index.add(ids_of(row), kind.levels([level]))
            held[row] = level
        else:
            index.remove(ids_of(row))
            held.pop(row, None)
    best_first = sorted(held, key=lambda row: (-held[row], row))
    assert len(index) == len(held)
    assert index.search(kind.level_query, 99).ids.tolist() == best_first
    found = index.search(kind.level_query, k).ids.tolist()
    assert [held[row] for row in found] == [held[row] for row in best_first[:k]]


# Within some rows alone


@pytest.mark.parametrize("k", [1, 7, 1000])
@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_within_some_rows_it_finds_what_brute_force_finds_there(kind, k, share):
    index, ids, rows, rng = filled(kind)
    for _ in range(5):
        query = kind.query(rng)
        chosen = rng.choice(len(ids), size=int(share * len(ids)), replace=False)
        truth = truth_of(kind, ids, rows, query)  # statistics are those of all rows
        of_these = {row: truth[row] for row in ids[chosen].tolist()}
        found = index.search(query, k, within=ids[chosen])
        assert_ranking(found, of_these, k, kind.tolerance)


def test_within_no_rows_unknown_ones_or_one_twice(kind):
    index = kind.empty()
    index.add(ids_of(1, 2, 3), kind.levels([2, 7, 5]))
    assert index.search(kind.level_query, 9, within=ids_of()).ids.tolist() == []
    assert index.search(kind.level_query, 9, within=ids_of(8, 2**40)).ids.tolist() == []
    assert index.search(kind.level_query, 9, within=ids_of(8, 3)).ids.tolist() == [3]
    assert index.search(kind.level_query, 9, within=ids_of(1, 3, 3, 1)).ids.tolist() == [3, 1]
    assert kind.empty().search(kind.level_query, 9, within=ids_of(1)).ids.tolist() == []


def test_within_rows_that_were_removed_or_replaced(kind):
    index = kind.empty()
    index.add(ids_of(1, 2, 3, 4), kind.levels([2, 7, 5, 3]))
    index.remove(ids_of(2))
    index.add(ids_of(1), kind.levels([6]))
    assert index.search(kind.level_query, 9, within=ids_of(1, 2, 4)).ids.tolist() == [1, 4]
    assert index.search(kind.level_query, 1, within=ids_of(1, 2, 4)).ids.tolist() == [1]


def test_within_does_not_last(kind):
    index, ids, _, rng = filled(kind)
    query = kind.query(rng)
    before = index.search(query, 20)
    index.search(query, 20, within=ids[:3])
    assert index.search(query, 20).ids.tolist() == before.ids.tolist()


def test_a_saved_index_searches_within_rows_too(kind, tmp_path):
    index, ids, _, rng = filled(kind)
    query = kind.query(rng)
    before = index.search(query, 20, within=ids[:30])
    after = kind.save_and_load(index, tmp_path).search(query, 20, within=ids[:30])
    assert after.ids.tolist() == before.ids.tolist()
    np.testing.assert_array_equal(after.scores, before.scores)


def test_more_rows_than_memory_could_hold_may_be_asked_for(kind):
    index, ids, _, rng = filled(kind)
    query = kind.query(rng)
    asked = index.search(query, len(ids)), index.search(query, 10**12)
    assert asked[0].ids.tolist() == asked[1].ids.tolist()


# What only one of them promises


def test_dense_refuses_vectors_of_another_shape():
    index = DenseIndex.empty(4)
    with pytest.raises(ValueError, match=r"2 ids need vectors of shape \(2, 4\), not \(2, 5\)"):
        index.add(ids_of(1, 2), np.zeros((2, 5), dtype=np.float32))
    with pytest.raises(ValueError, match=r"2 ids need vectors of shape \(2, 4\), not \(3, 4\)"):
        index.add(ids_of(1, 2), np.zeros((3, 4), dtype=np.float32))
    assert len(index) == 0


def test_sparse_refuses_another_number_of_rows_than_ids():
    index = SparseIndex.empty()
    with pytest.raises(ValueError, match="2 ids for 1 rows of terms"):
        index.add(ids_of(1, 2), [["a"]])
    assert len(index) == 0


def test_sparse_finds_nothing_for_no_terms_or_unknown_ones():
    index = SparseIndex.empty()
    index.add(ids_of(1), [["a", "b"]])
    assert index.search([], 5).ids.tolist() == []
    assert index.search(["c"], 5).ids.tolist() == []
    assert index.search(["c", "b"], 5).ids.tolist() == [1]


def test_sparse_takes_any_term_that_has_no_white_space():
    terms = ["s/prst/2018/1", "1⁄2", "汉字", "co'op", "a" * 64, "AND", "id:7", "*", "हिनदी"]
    index = SparseIndex.empty()
    index.add(np.arange(len(terms), dtype=np.int64), [[term] for term in terms])
    for row, term in enumerate(terms):
        assert index.search([term], 9).ids.tolist() == [row]


def test_sparse_keeps_a_row_without_terms_but_never_finds_it():
    index = SparseIndex.empty()
    index.add(ids_of(1, 2), [[], ["a"]])
    assert len(index) == 2
    assert index.search(["a"], 5).ids.tolist() == [2]


ROWS = {
    1: ["tower", "keeper"],
    2: ["tower", "tower", "lens"],
    3: ["keeper", "lens"],
    4: ["tower", "keeper", "lens"],
}


@pytest.mark.parametrize(
    ("required", "expected"),
    [
        ([], {1, 2, 3, 4}),
        (["tower"], {1, 2, 4}),
        (["tower", "keeper"], {1, 4}),
        (["tower", "tower"], {1, 2, 4}),
        (["lens", "keeper", "tower"], {4}),
        (["lens", "unheard"], set()),
    ],
)
def test_sparse_finds_rows_that_hold_all_required_terms(required, expected):
    index = SparseIndex.empty()
    index.add(ids_of(*ROWS), list(ROWS.values()))
    found = index.search(["tower", "keeper", "lens"], 9, required=required)
    assert set(found.ids.tolist()) == expected
    within = index.search(["tower", "keeper", "lens"], 9, ids_of(2, 3, 4), required)
    assert set(within.ids.tolist()) == expected - {1}
    if expected:
        assert len(index.search(["tower", "keeper", "lens"], 1, required=required).ids) == 1


def test_sparse_finds_the_few_rows_that_hold_all_required_terms_among_many():
    index = SparseIndex.empty()
    rows = [["tower"] * 9] * 200 + [["keeper"] * 9] * 200 + [["tower", "keeper", *["oil"] * 20]]
    index.add(np.arange(len(rows), dtype=np.int64), rows)
    terms = ["tower", "keeper"]
    assert 400 not in index.search(terms, 100).ids
    assert index.search(terms, 100, required=terms).ids.tolist() == [400]
