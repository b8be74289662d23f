"""`search` against a ranking of all rows, worked out in plain Python and numpy."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from embeddings.analyzer import count_terms
from qa.fusion import nearest_others
from qa.question import Question
from qa.retrieval import DEPTH, search
from qa.snapshots import Snapshots
from qa.sqlite import SQLiteStore
from tests.fakes import DIMENSION, bags, put_texts

METHODS = ("hybrid", "dense", "sparse")
WORDS = "tower keeper granite lens oil storm reef island clock stair".split()


@dataclass
class Row:
    root: str
    path: str
    start: int
    text: str
    vector: np.ndarray
    row: int


class Shelf:
    """A store, its snapshots, and the same rows kept in a plain list."""

    def __init__(self, folder):
        path = folder / "library.sqlite"
        SQLiteStore.create(path, {})
        self.store = SQLiteStore(path, DIMENSION)
        self.snapshots = Snapshots(folder / "snapshots", "f", DIMENSION)
        self.rows = []
        self.store.add_root("/root")

    def put(self, path, texts, vectors=None):
        put_texts(self.store, "/root", path, texts, vectors)
        self._reread(path, dict(zip(texts, vectors, strict=True)) if vectors is not None else {})

    def remove(self, path):
        self.store.remove_file("/root", path)
        self._reread(path, {})

    def _reread(self, path, vectors):
        self.rows = [row for row in self.rows if row.path != path]
        with self.store.view() as view:
            for p in view.stored(view.rows_after(0).tolist()):
                if p.file.path == path:
                    text = p.passage.text
                    vector = vectors.get(text, bags([text])[0])
                    self.rows.append(Row(p.root, path, p.passage.start, text, vector, p.row))

    def add_sentences(self):
        while waiting := self.store.without_sentences(50):
            self.store.put_sentences({key: bags([text]) for key, text, _ in waiting})

    def publish(self):
        with self.store.view() as view:
            return self.snapshots.publish(view)

    def search(self, question, k, method="hybrid", snapshot=None):
        with self.store.view() as view:
            return search(view, snapshot or self.snapshots.current(), question, k, method)

    def in_order(self):
        return sorted(self.rows, key=lambda row: (row.path, row.start))


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path)
    yield made
    made.store.close()


def ask(text, vector=None):
    return Question.of(text, bags([text])[0] if vector is None else vector)


def lexical(rows, question):
    """BM25 of each row, term by term: k1 = 1.2, b = 0.75, Lucene's idf."""
    counts = [count_terms(row.text) for row in rows]
    average = sum(c.total() for c in counts) / len(counts)
    scores = []
    for own in counts:
        score = 0.0
        for term, times in zip(question.terms, question.times, strict=True):
            frequency = sum(term in other for other in counts)
            idf = math.log(1 + (len(counts) - frequency + 0.5) / (frequency + 0.5))
            norm = 1.2 * (0.25 + 0.75 * own.total() / average)
            score += times * idf * own[term] * 2.2 / (own[term] + norm)
        scores.append(score)
    return np.array(scores)


def brute_force(rows, question, method, sentences=None):
    """Return the scores of all rows, in their order."""
    dense = np.array([row.vector @ question.vector for row in rows], dtype=np.float64)
    sparse = lexical(rows, question)
    if method != "hybrid":
        return dense if method == "dense" else sparse
    lists, weights, support = [dense, sparse], [3 / 7, 4 / 7], 0.0
    if sentences is not None:
        lists.append(sentences)
        above = sentences.max() - np.sort(sentences)[-10:].mean()
        distinct = min(1.0, above / sentences.std() / 1.2)
        share, support = 0.3 * distinct, 0.3 * (1.0 - distinct)
        weights = [(1 - share) * 3 / 7, (1 - share) * 4 / 7, share]
    fused = np.zeros(len(rows))
    for weight, scores in zip(weights, lists, strict=True):
        spread = scores.max() - scores.min()
        fused += weight * (scores - scores.min()) / spread if spread else 0
    vectors = np.stack([row.vector for row in rows])
    best = [np.argsort(-scores, kind="stable")[:DEPTH] for scores in (dense, sparse)]
    nearest = nearest_others(vectors, np.union1d(*best), 3)
    return (1.0 - support) * fused + support * fused[nearest].mean(axis=1)


def assert_best(found, rows, scores, k):
    """The rows found are the k of the highest scores, best first; equal rows in their order."""
    place = {row.row: at for at, row in enumerate(rows)}
    assert len(set(found)) == len(found) == min(k, len(rows))
    best = np.sort(scores)[::-1][:k]
    assert scores[[place[row] for row in found]].tolist() == pytest.approx(best.tolist(), abs=2e-6)
    twins: dict[str, list[int]] = {}
    for row in found:
        twins.setdefault(rows[place[row]].text, []).append(place[row])
    for text, places in twins.items():
        assert places == sorted(places), f"the passages {text!r} are not in order"
        first = [at for at, row in enumerate(rows) if row.text == text]
        assert places == first[: len(places)], f"a later passage {text!r} is before an earlier one"


def texts_of(generator, count, longest=8):
    return [" ".join(generator.choice(WORDS, generator.integers(1, longest))) for _ in range(count)]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_ranking_is_that_of_all_rows(shelf, seed):
    generator = np.random.default_rng(seed)
    for at in (3, 1, 2):  # not in the order of their paths
        shelf.put(f"{at}.txt", texts_of(generator, 20))
    shelf.publish()
    question = ask("Was the keeper on the reef in the storm, keeper?")
    rows = shelf.in_order()
    for method in METHODS:
        check_ranking(shelf, question, method, rows, brute_force(rows, question, method))
    shelf.add_sentences()
    kept = [bags([row.text])[0].astype(np.float16) for row in rows]  # as sentence vectors are
    similar = np.array([vector.astype(np.float32) @ question.vector for vector in kept])
    for method in METHODS:
        check_ranking(shelf, question, method, rows, brute_force(rows, question, method, similar))


def check_ranking(shelf, question, method, rows, scores):
    for k in (1, 7, 60, 1000):
        assert_best(shelf.search(question, k, method).rows.tolist(), rows, scores, k)


def test_the_scores_told_are_exact(shelf):
    shelf.put("a.txt", ["tower keeper", "tower oil oil", "storm reef island"])
    shelf.add_sentences()
    shelf.publish()
    question = ask("tower oil")
    found = shelf.search(question, 3)
    by_id = {row.row: row for row in shelf.rows}
    rows = [by_id[row] for row in found.rows.tolist()]
    assert found.dense.tolist() == pytest.approx([float(r.vector @ question.vector) for r in rows])
    everything = lexical(shelf.rows, question)
    exact = {row.row: score for row, score in zip(shelf.rows, everything, strict=True)}
    assert found.sparse.tolist() == pytest.approx([exact[row.row] for row in rows], rel=1e-5)
    assert [len(cosines) for cosines in found.sentences] == [1, 1, 1]
    # tower stands in 2 passages and oil in 1 of three, which are weighed as of a thousand
    expected = [math.log(1 + 998.5 / 2.5), math.log(1 + 999.5 / 1.5)]
    assert found.idf.tolist() == pytest.approx(expected)


def test_equal_passages_score_equally_wherever_they_stand(shelf):
    question = ask("keeper of the tower in a storm")
    for files in range(1, 9):
        shelf.put(f"{files}.txt", ["the tower keeper and the lens of the tower", f"storm {files}"])
        shelf.add_sentences()
        found = shelf.search(question, files, "dense")
        for scores in (found.dense, found.sparse, np.concatenate(found.sentences)):
            assert len(set(scores.tolist())) == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("publish", [True, False])
def test_ties_go_by_path_then_start(shelf, method, publish):
    for path in ("b.txt", "c/a.txt", "a.txt", "B.txt"):
        shelf.put(path, ["tower keeper", "oil lens", "tower keeper"])
    if publish:
        shelf.publish()
    found = shelf.search(ask("tower"), 20, method)
    with shelf.store.view() as view:
        places = [(p.file.path, p.passage.start) for p in view.stored(found.rows.tolist())]
    files = ("B.txt", "a.txt", "b.txt", "c/a.txt")
    assert places == [(f, s) for f in files for s in (0, 24)] + [(f, 14) for f in files]


@pytest.mark.parametrize("method", METHODS)
def test_rows_newer_than_the_snapshot_and_rows_removed_since_are_right(shelf, method):
    generator = np.random.default_rng(5)
    for at in range(6):
        shelf.put(f"{at}.txt", texts_of(generator, 10))
    old = shelf.publish()
    shelf.remove("1.txt")
    shelf.put("2.txt", texts_of(generator, 4))  # replaced
    shelf.put("9.txt", ["granite granite clock", *texts_of(generator, 5)])
    shelf.remove("3.txt")
    question = ask("granite clock")
    rows = shelf.in_order()
    scores = brute_force(rows, question, method)
    for snapshot in (old, None, shelf.publish()):
        found = shelf.search(question, 12, method, snapshot)
        assert_best(found.rows.tolist(), rows, scores, 12)


def many(shelf, seed=3, files=10, rows=40):
    """Rows with vectors of their own, far more than are proposed by either index."""
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(files, rows, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    for at in range(files):
        texts = [f"{text} n{at}x{n}" for n, text in enumerate(texts_of(generator, rows))]
        shelf.put(f"{at}.txt", texts, vectors[at])
    query = generator.normal(size=DIMENSION).astype(np.float32)
    return generator, query / np.linalg.norm(query)


def test_dense_search_among_many_rows_is_exact(shelf):
    _, vector = many(shelf)
    shelf.publish()
    question = ask("tower", vector)
    rows = shelf.in_order()
    scores = brute_force(rows, question, "dense")
    for k in (5, 150, 390):
        assert_best(shelf.search(question, k, "dense").rows.tolist(), rows, scores, k)


def test_sparse_search_among_many_rows_is_exact_for_rows_that_hold_a_term(shelf):
    _, vector = many(shelf)
    shelf.publish()
    question = ask("tower keeper lens", vector)
    rows = shelf.in_order()
    scores = brute_force(rows, question, "sparse")
    found = shelf.search(question, 30, "sparse").rows.tolist()
    by_id = {row.row: score for row, score in zip(rows, scores, strict=True)}
    assert [by_id[row] for row in found] == pytest.approx(
        sorted(scores, reverse=True)[:30], abs=1e-5
    )


def test_a_snapshot_changes_speed_and_never_the_ranking(shelf):
    generator, vector = many(shelf)
    assert len(shelf.rows) > 2 * DEPTH
    questions = [ask(words, vector) for words in ("n1x7", "n1x7 n3x30 n9x2", "nowhere")]
    cases = [(q, k, method) for q in questions for k in (10, 120) for method in METHODS]
    without = [shelf.search(*case).rows.tolist() for case in cases]
    shelf.publish()
    shelf.put("late.txt", texts_of(generator, 60))
    shelf.remove("late.txt")
    for (question, k, method), expected in zip(cases, without, strict=True):
        found = shelf.search(question, k, method).rows.tolist()
        assert found == expected, f"{method}, k = {k}, {question.terms}"


@pytest.mark.parametrize("method", METHODS)
def test_a_term_that_stands_nowhere_takes_nothing_from_the_ranking(shelf, method):
    shelf.put("a.txt", ["tower keeper", "oil lens", "storm"])
    shelf.publish()
    vector = bags(["oil lens"])[0]
    with_it, without = ask("oil unheard", vector), ask("oil", vector)
    assert len(with_it.terms) == 2
    for question in (with_it, without):
        assert shelf.search(question, 3, method).rows.tolist()[0] == 2
    assert (
        shelf.search(with_it, 3, method).rows.tolist()
        == shelf.search(without, 3, method).rows.tolist()
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("terms", [[], ["unheard"]])
def test_without_a_known_term_the_nearest_still_come(shelf, method, terms):
    shelf.put("a.txt", ["tower keeper", "oil lens"])
    shelf.publish()
    found = shelf.search(
        Question(bags(["oil"])[0], terms, np.ones(len(terms), np.float32), {}), 5, method
    )
    assert len(found.rows) == 2
    assert found.sparse.tolist() == [0, 0]
    if method != "sparse":
        assert found.rows.tolist() == [2, 1]


@pytest.mark.parametrize("method", METHODS)
def test_a_single_row_is_found(shelf, method):
    shelf.put("a.txt", ["tower"])
    assert shelf.search(ask("keeper"), 5, method).rows.tolist() == [1]


def test_an_empty_store_gives_an_empty_ranking(shelf):
    assert len(shelf.search(ask("tower"), 5).rows) == 0
    shelf.put("a.txt", ["tower"])
    shelf.publish()
    shelf.remove("a.txt")
    for method in METHODS:
        assert len(shelf.search(ask("tower"), 5, method).rows) == 0
