"""What every `Store` keeps to, checked against dictionaries; and damage to the embedded one."""

import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import LibraryError
from corpus.types import Document, Page, Passage
from embeddings.analyzer import count_terms
from qa.cutting import key_of
from qa.schema import FORMAT
from qa.sqlite import SQLiteStore
from qa.store import IndexedPassage
from tests.fakes import DIMENSION, bags, put_texts, record_of

ROOTS = ("/first", "/second")
SETTINGS = {"model": "bag-of-words", "fingerprint": "f", "dimension": str(DIMENSION)}


def sqlite_store(folder):
    path = Path(folder) / "library.sqlite"
    if not path.exists():
        SQLiteStore.create(path, SETTINGS)
    return SQLiteStore(path, DIMENSION)


def milvus_store(folder):
    """Open a store in Milvus: Milvus Lite, or the cluster that tests.milvus names."""
    pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite")
    from tests.milvus import open_store

    return open_store(folder, SETTINGS)


STORES = pytest.mark.parametrize(
    "open_store", [sqlite_store, pytest.param(milvus_store, marks=pytest.mark.slow)]
)
STORES_AT_LENGTH = pytest.mark.parametrize(
    "open_store",
    [sqlite_store, pytest.param(milvus_store, marks=[pytest.mark.slow, pytest.mark.long])],
)


@pytest.fixture
def store(tmp_path):
    opened = sqlite_store(tmp_path)
    opened.add_root(ROOTS[0])
    yield opened
    opened.close()


def rows_of(view):
    return view.rows_after(0).tolist()


def everything(view):
    """Return root, path, start and text of every passage."""
    stored = view.stored(rows_of(view))
    return sorted((p.root, p.file.path, p.passage.start, p.passage.text) for p in stored)


# A sequence of changes: what is done, to which of two roots, to which file, with which passages.
passage_texts = st.lists(
    st.sampled_from("tower keeper oil 1844".split()), min_size=1, max_size=4
).map(" ".join)
steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "remove", "touch", "sentences", "tidy", "reopen"]),
        st.sampled_from(ROOTS),
        st.sampled_from(["a.txt", "b/c.txt"]),
        st.lists(passage_texts, max_size=3),
    ),
    max_size=12,
)


class Expected:
    """What a store should hold, as plain dictionaries."""

    def __init__(self):
        self.texts = {}  # (root, path) -> texts of its passages
        self.sizes = {}
        self.rows_gone = set()
        self.keys = set()
        self.with_sentences = set()

    def key(self, text):
        return key_of("", Passage(0, len(text), text, "context"))

    @property
    def live_keys(self):
        return {self.key(text) for texts in self.texts.values() for text in texts}

    @property
    def passages(self):
        return [text for texts in self.texts.values() for text in texts]


def apply(store, expected, step):
    action, root, path, texts = step
    known = (root, path) in expected.texts
    if action in ("put", "remove"):
        with store.view() as view:
            mine = [p.row for p in view.stored(rows_of(view)) if (p.root, p.file.path) == step[1:3]]
        expected.rows_gone.update(mine)
    if action == "put":
        put_texts(store, root, path, texts)
        expected.texts[root, path] = texts
        expected.sizes[root, path] = sum(map(len, texts)) + 2 * max(len(texts) - 1, 0)
        expected.keys |= expected.live_keys
    elif action == "remove":
        store.remove_file(root, path)
        expected.texts.pop((root, path), None)
        expected.sizes.pop((root, path), None)
    elif action == "touch" and known:
        with store.view() as view:
            store.touch_files([(root, replace(view.files(root)[path], size=12_345))])
        expected.sizes[root, path] = 12_345
    elif action == "sentences":
        waiting = store.without_sentences(2)
        assert {key for key, _, _ in waiting} <= expected.live_keys - expected.with_sentences
        assert bool(waiting) == bool(expected.live_keys - expected.with_sentences)
        store.put_sentences({key: bags([text]) for key, text, _ in waiting})
        expected.with_sentences |= {key for key, _, _ in waiting}
    elif action == "tidy":
        store.collect_garbage()
        expected.keys = expected.live_keys
        expected.with_sentences &= expected.keys
        assert store.count_without_sentences() == len(expected.keys - expected.with_sentences)


def check(store, expected):
    terms = ["tower", "keeper", "oil", "1844", "castle"]
    counts = [count_terms(text) for text in expected.passages]
    with store.view() as view:
        rows = rows_of(view)
        assert rows == sorted(set(rows))
        assert not expected.rows_gone & set(rows)
        assert view.passages == len(rows) == len(expected.passages)
        assert set(view.removed_after(0).tolist()) == expected.rows_gone
        assert everything(view) == sorted(
            (root, path, start, text)
            for (root, path), texts in expected.texts.items()
            for start, text in zip(starts(texts), texts, strict=True)
        )
        statistics = view.statistics(terms)
        assert statistics.documents == len(counts)
        assert statistics.frequencies.tolist() == [sum(t in c for c in counts) for t in terms]
        assert statistics.average_length * max(len(counts), 1) == pytest.approx(
            sum(sum(c.values()) for c in counts)
        )
        check_candidates(view, expected, rows, terms)
        check_files(view, expected)
    every_key = expected.keys | {b"\0" * 16}
    assert store.known_keys(every_key) == expected.keys


def starts(texts):
    return [sum(len(text) + 2 for text in texts[:at]) for at in range(len(texts))]


def check_candidates(view, expected, rows, terms):
    found = view.candidates(np.array([*rows, *expected.rows_gone, 10**9]), terms)
    assert set(found.rows.tolist()) == set(rows)
    stored = view.stored(found.rows.tolist())
    places = [(p.file.path, p.passage.start) for p in stored]
    assert places == sorted(places)
    texts = [p.passage.text for p in stored]
    assert np.array_equal(found.vectors, bags(texts).reshape(-1, DIMENSION))
    own = [count_terms(text) for text in texts]
    assert found.counts.tolist() == [[c[term] for term in terms] for c in own]
    assert found.lengths.tolist() == [sum(c.values()) for c in own]
    for text, matrix in zip(texts, found.by_row(found.sentences), strict=True):
        assert (matrix is not None) == (expected.key(text) in expected.with_sentences)
        if matrix is not None:
            assert np.allclose(matrix, bags([text]), atol=1e-3)
    vectors, contents = view.contents(np.array(rows, dtype=np.int64))
    in_order = [p.passage.text for p in view.stored(rows)]
    assert np.array_equal(vectors, bags(in_order).reshape(-1, DIMENSION))
    assert list(map(Counter, contents)) == list(map(count_terms, in_order))


def check_files(view, expected):
    for root in ROOTS:
        files = view.files(root)
        assert set(files) == {path for at, path in expected.texts if at == root}
        for path, record in files.items():
            assert record.passages == len(expected.texts[root, path])
            assert record.size == expected.sizes[root, path]
            text = view.document(root, path).text
            assert text == "\n\n".join(expected.texts[root, path])
    assert [(root, file.path) for root, file in view.documents()] == sorted(
        (place for place, texts in expected.texts.items() if texts), key=lambda p: (p[1], p[0])
    )


@STORES_AT_LENGTH
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_a_store_holds_what_dictionaries_would_after_any_changes(open_store, changes):
    with tempfile.TemporaryDirectory() as folder:
        store, expected = open_store(folder), Expected()
        for root in ROOTS:
            store.add_root(root)
        for step in changes:
            if step[0] == "reopen":
                store.close()
                store = open_store(folder)
            apply(store, expected, step)
            check(store, expected)
        store.close()


@STORES
def test_every_write_moves_the_change_on_and_touching_does_not(open_store, tmp_path):
    store = open_store(tmp_path)
    store.add_root("/first")
    seen = []
    for write in (
        lambda: put_texts(store, "/first", "a.txt", ["tower"]),
        lambda: put_texts(store, "/first", "a.txt", ["tower"]),
        lambda: store.remove_file("/first", "a.txt"),
    ):
        write()
        with store.view() as view:
            seen.append(view.change)
    assert seen == sorted(set(seen))
    store.touch_files([("/first", record_of("a.txt"))])
    store.collect_garbage()
    with store.view() as view:
        assert view.change == seen[-1]
    store.close()


@STORES
def test_rows_removed_are_told_from_the_change_asked_for(open_store, tmp_path):
    store = open_store(tmp_path)
    store.add_root("/first")
    put_texts(store, "/first", "a.txt", ["tower", "oil"])
    put_texts(store, "/first", "b.txt", ["keeper"])
    store.remove_file("/first", "b.txt")
    with store.view() as view:
        between = view.change
    store.remove_file("/first", "a.txt")
    with store.view() as view:
        assert sorted(view.removed_after(0).tolist()) == [1, 2, 3]
        assert sorted(view.removed_after(between).tolist()) == [1, 2]
        assert view.removed_after(view.change).tolist() == []
    store.forget_removed(between)
    with store.view() as view:
        assert sorted(view.removed_after(0).tolist()) == [1, 2]
    put_texts(store, "/first", "c.txt", ["lens"])
    with store.view() as view:
        assert rows_of(view) == [4], "a row id was used again"
    store.close()


@STORES
def test_rows_after_counts_from_the_row_asked_for(open_store, tmp_path):
    store = open_store(tmp_path)
    store.add_root("/first")
    put_texts(store, "/first", "a.txt", ["tower", "oil", "lens"])
    with store.view() as view:
        assert view.rows_after(1).tolist() == [2, 3]
        assert view.rows_after(3).tolist() == []
    store.close()


@STORES
def test_roots_keep_their_order_and_are_there_once(open_store, tmp_path):
    store = open_store(tmp_path)
    for root in ("/second", "/first", "/second"):
        store.add_root(root)
    with store.view() as view:
        assert list(view.roots()) == ["/second", "/first"]
        assert view.files("/first") == view.files("/unknown") == {}
    store.close()


@STORES
def test_pages_and_passages_come_back_as_they_were_put(open_store, tmp_path):
    store = open_store(tmp_path)
    store.add_root("/first")
    text = "Ärger\r\n\0 \U0001f5fc tower"
    pages = (Page(1, 0, 5), Page(2, 7, len(text), "sheet", "Q3 “x”"))
    document = Document(text, "A title", pages, encoding="utf-8")
    passage = Passage(7, len(text), text[7:], "A title > B", "B", 2, "sheet Q3", body=2)
    record = replace(record_of("ü/a.txt", 1, text), title="A title", pages=2, encoding="utf-8")
    indexed = IndexedPassage(passage, key_of("", passage), count_terms(passage.text))
    store.put_file("/first", record, document, [indexed], {indexed.key: bags([passage.text])[0]})
    with store.view() as view:
        [stored] = view.stored(rows_of(view))
        assert (stored.passage, stored.file, stored.root) == (passage, record, "/first")
        kept = view.document("/first", "ü/a.txt")
        assert (kept.text, kept.pages, kept.file) == (text, pages, record)
        assert kept.span_of_page(2) == (7, len(text))
    store.close()


@STORES
def test_an_unknown_document_is_said_plainly(open_store, tmp_path):
    store = open_store(tmp_path)
    store.add_root("/first")
    with store.view() as view, pytest.raises(LibraryError, match=r"nowhere\.txt"):
        view.document("/first", "nowhere.txt")
    with store.view() as view:  # the store goes on
        assert view.passages == 0
    store.close()


@STORES
def test_a_failed_write_leaves_nothing_behind(open_store, tmp_path):
    store = open_store(tmp_path)
    store.add_root("/first")
    put_texts(store, "/first", "a.txt", ["tower", "oil"])
    good, bad = Passage(0, 4, "lens"), Passage(4, 5, "\ud800")  # which no UTF-8 can hold
    passages = [IndexedPassage(p, key_of("", good), {"len": 1}) for p in (good, bad)]
    with pytest.raises(UnicodeEncodeError):
        store.put_file("/first", record_of("a.txt", 2), Document("lens"), passages)
    with store.view() as view:
        assert [text for *_, text in everything(view)] == ["tower", "oil"]
        assert view.statistics(["tower", "len"]).frequencies.tolist() == [1, 0]
        assert view.document("/first", "a.txt").text == "tower\n\noil"
        assert view.removed_after(0).tolist() == []
    store.close()


@STORES
def test_a_view_is_one_state_while_another_store_writes(open_store, tmp_path):
    writer, reader = open_store(tmp_path), open_store(tmp_path)
    writer.add_root("/first")
    put_texts(writer, "/first", "a.txt", ["tower", "oil"])
    with reader.view() as view:
        before = (view.change, everything(view), view.statistics(["tower"]).frequencies.tolist())
        put_texts(writer, "/first", "a.txt", ["lens"])
        put_texts(writer, "/first", "b.txt", ["tower", "tower keeper"])
        writer.collect_garbage()
        after = (view.change, everything(view), view.statistics(["tower"]).frequencies.tolist())
        assert after == before
        assert view.document("/first", "a.txt").text == "tower\n\noil"
        assert len(view.candidates(np.array([1, 2, 3]), ["tower"]).rows) == 2
    with reader.view() as view:
        assert [text for *_, text in everything(view)] == ["lens", "tower", "tower keeper"]
    writer.close()
    reader.close()


READER = """
import sys
from pathlib import Path
from tests.qa import test_store
from tests.qa.test_store import everything
store = getattr(test_store, sys.argv[2])(Path(sys.argv[1]))
print("ready", flush=True)
seen = set()
while True:
    with store.view() as view:
        texts = [text for *_, text in everything(view)]
        assert len(texts) == 3, texts
        assert len(set(texts)) == 1, texts      # all of one generation
        assert view.statistics([texts[0]]).frequencies.tolist() == [3]
    seen.add(texts[0])
    if texts[0] == "generation39":
        break
print(len(seen))
"""


@STORES
def test_processes_and_threads_read_whole_states_while_one_writes(open_store, tmp_path):
    store = open_store(tmp_path)
    store.add_root("/first")
    put_texts(store, "/first", "a.txt", ["generation0"] * 3)
    repository = Path(__file__).parents[2]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(tmp_path), open_store.__name__],
            cwd=repository,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    faults, done = [], threading.Event()

    def read():
        while not done.is_set():
            with store.view() as view:
                texts = {text for *_, text in everything(view)}
            if len(texts) != 1:
                faults.append(texts)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for generation in range(1, 40):
            put_texts(store, "/first", "a.txt", [f"generation{generation}"] * 3)
    finally:
        done.set()
        for thread in threads:
            thread.join()
        outputs = [reader.communicate(timeout=60) for reader in readers]
    assert faults == []
    assert [reader.returncode for reader in readers] == [0, 0], outputs
    store.close()


def test_settings_come_back(tmp_path):
    SQLiteStore.create(tmp_path / "library.sqlite", SETTINGS)
    assert SQLiteStore.read_settings(tmp_path / "library.sqlite") == SETTINGS
    SQLiteStore.create(tmp_path / "library.sqlite", {"model": "late"})
    assert SQLiteStore.read_settings(tmp_path / "library.sqlite") == SETTINGS, "the first one stays"


@STORES
def test_settings_change_and_a_view_keeps_to_its_own(open_store, tmp_path):
    store, other = open_store(tmp_path), open_store(tmp_path)
    store.put_setting("colour", "red")
    with other.view() as view:
        assert view.settings() == {**SETTINGS, "colour": "red"}
        store.put_setting("colour", "green")
        store.put_setting("model", "another")
        assert view.settings() == {**SETTINGS, "colour": "red"}
    with other.view() as view:
        assert view.settings() == {**SETTINGS, "colour": "green", "model": "another"}
    store.put_setting("colour", None)
    store.put_setting("never there", None)
    with other.view() as view:
        assert view.settings() == {**SETTINGS, "model": "another"}
    assert store.damage() == []
    store.close()
    other.close()


def test_a_newer_format_is_refused_in_one_clear_line(tmp_path):
    path = tmp_path / "library.sqlite"
    SQLiteStore.create(path, SETTINGS)
    change(path, f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(LibraryError, match=r"newer version.*update document-qa") as refused:
        SQLiteStore.read_settings(path)
    assert str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"no database, only text\n" * 100, b"\0" * 5000])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "library.sqlite"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match=r"library\.sqlite"):
        SQLiteStore.read_settings(path)
    store = SQLiteStore(path, DIMENSION)
    with pytest.raises(LibraryError, match=r"library\.sqlite"), store.view():
        pass
    with pytest.raises(LibraryError, match=r"library\.sqlite"):
        store.add_root("/first")
    with pytest.raises(LibraryError, match=r"library\.sqlite"):
        store.known_keys([b"key"])
    with pytest.raises(LibraryError, match=r"library\.sqlite"):
        store.without_sentences(1)
    store.close()


def test_a_database_cut_short_is_refused(tmp_path):
    store = sqlite_store(tmp_path)
    store.add_root("/first")
    put_texts(store, "/first", "a.txt", [f"tower {n} keeper {n * n}" for n in range(300)])
    store.close()
    path = tmp_path / "library.sqlite"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(LibraryError, match=r"library\.sqlite"), store.view() as view:
        everything(view)


def test_no_connection_to_a_damaged_database_stays_open(tmp_path, monkeypatch):
    store = sqlite_store(tmp_path)
    store.close()
    (tmp_path / "library.sqlite").write_bytes(b"no database" * 1_000)
    opened = []
    connect = sqlite3.connect

    def remember(*arguments, **options):
        opened.append(connect(*arguments, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", remember)
    with pytest.raises(LibraryError, match=r"library\.sqlite"), store.view():
        pass
    assert len(opened) == 1
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


def change(path, statement, *values):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


def flipped(blob):
    middle = len(blob) // 2
    return blob[:middle] + bytes([blob[middle] ^ 1]) + blob[middle + 1 :]


def flip(path, table, column):
    connection = sqlite3.connect(path)
    [blob] = connection.execute(f'SELECT "{column}" FROM {table} LIMIT 1').fetchone()
    connection.close()
    damaged = flipped(blob) if isinstance(blob, bytes) else other_value(blob)
    change(path, f'UPDATE {table} SET "{column}" = ?', damaged)


def other_value(value):
    return value + 1 if isinstance(value, int) else f"{value}x"


def read_passages(view):
    return view.stored(rows_of(view))


def read_candidates(view):
    return view.candidates(view.rows_after(0), ["tower"])


def read_contents(view):
    return view.contents(view.rows_after(0))


def read_document(view):
    return view.document(ROOTS[0], "a.txt")


READS = (read_passages, read_candidates, read_contents, read_document)


@pytest.mark.parametrize(
    ("table", "column", "read"),
    [
        *(
            ("passages", column, read_passages)
            for column in ("text", "terms", "length", "start", "end", "section", "location", "body")
        ),
        ("vectors", "vector", read_candidates),
        ("vectors", "vector", read_contents),
        ("vectors", "sentences", read_candidates),
        ("texts", "text", read_document),
    ],
)
def test_a_flipped_byte_is_never_read_as_if_it_were_sound(store, tmp_path, table, column, read):
    put_texts(store, ROOTS[0], "a.txt", ["The tower of granite"])
    store.put_sentences({key: bags([text]) for key, text, _ in store.without_sentences(9)})
    with store.view() as view:
        for sound in READS:
            sound(view)
    flip(tmp_path / "library.sqlite", table, column)
    with store.view() as view, pytest.raises(LibraryError, match="fails its checksum"):
        read(view)


def test_keys_tell_passages_of_different_text_apart():
    whole = Passage(0, 18, "Alpha\nOne. Two.")
    titled = Passage(6, 18, "One. Two.", context="Alpha")
    assert whole.encoded == titled.encoded
    assert key_of("f", whole) != key_of("f", titled), "they would share sentence vectors"
    assert key_of("f", whole) == key_of("f", replace(whole, start=9, section="other", page=3))
    assert key_of("f", whole) != key_of("another model", whole)
