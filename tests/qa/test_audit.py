"""Every row against its checksum and its neighbours, at the store itself."""

import sqlite3
from contextlib import closing

import pytest

from qa.sqlite import SQLiteStore
from tests.fakes import DIMENSION, bags, put_texts

ROOT = "/docs"
SETTINGS = {"model": "bag-of-words", "fingerprint": "f", "dimension": str(DIMENSION)}


@pytest.fixture
def store(tmp_path):
    SQLiteStore.create(tmp_path / "library.sqlite", SETTINGS)
    opened = SQLiteStore(tmp_path / "library.sqlite", DIMENSION)
    opened.add_root(ROOT)
    put_texts(opened, ROOT, "a.txt", ["The tower of granite.", "Oil burns in the lamp."])
    put_texts(opened, ROOT, "b.txt", ["A reef lies north."])
    texts = opened.without_sentences(9)
    opened.put_sentences({key: bags([text]) for key, text, _ in texts})
    yield opened
    opened.close()


def told(store):
    return [(damage.path, damage.what) for damage in store.damage()]


def execute(tmp_path, statement):
    with closing(sqlite3.connect(tmp_path / "library.sqlite")) as connection, connection:
        connection.execute(statement)
    connection.close()


def test_a_sound_store_has_no_damage(store):
    assert told(store) == []
    store.remove_file(ROOT, "a.txt")
    assert told(store) == []
    store.collect_garbage()
    assert told(store) == []


@pytest.mark.parametrize(
    ("statement", "path", "words"),
    [
        ("UPDATE texts SET text = x'61' WHERE file = 1", "a.txt", "fails its checksum"),
        ("UPDATE passages SET text = x'61' WHERE file = 1", "a.txt", "fails its checksum"),
        ("UPDATE files SET title = 'x' WHERE id = 1", "a.txt", "fails its checksum"),
        ("DELETE FROM passages WHERE id = 1", "a.txt", "1 passages, not 2"),
        ("DELETE FROM vectors WHERE id = 1", "a.txt", "passage 0-21 has no vector"),
        (
            "UPDATE vectors SET vector = zeroblob(1024) WHERE id = 2",
            "a.txt",
            "the vector of passage 23-45 fails",
        ),
        (
            "UPDATE vectors SET sentences = zeroblob(512) WHERE id = 3",
            "b.txt",
            "the sentence vectors of passage 0-18 fail",
        ),
        ("UPDATE terms SET frequency = 9", "", "frequencies"),
        ("UPDATE terms SET term = term || 'x'", "", "frequencies"),
        ("UPDATE passages SET file = 77 WHERE file = 2", "", "passages of no document"),
        ("UPDATE passages SET terms = x'01' WHERE file = 2", "", "cannot be read"),
        ("UPDATE counters SET value = 9 WHERE name = 'terms'", "", "malformed"),
    ],
)
def test_each_kind_of_damage_is_named_with_its_document(store, tmp_path, statement, path, words):
    execute(tmp_path, statement)
    found = told(store)
    assert any(where == path and words in what for where, what in found), found
    assert all("\n" not in what for _, what in found)


def test_counts_that_are_wrong_under_a_right_checksum_are_found(store):
    """What a fault of ours, not of the disk, would leave."""
    from qa import schema

    with store._writing() as connection:
        schema.seal(connection, passages=1)
    assert told(store) == [("", "the counters are not those of the passages")]
    store.recount()
    assert told(store) == []


def test_damaged_terms_are_counted_again_from_the_passages(store, tmp_path):
    execute(tmp_path, "UPDATE terms SET frequency = 9 WHERE term = 'tower'")
    execute(tmp_path, "UPDATE terms SET term = 'lamb' WHERE term = 'lamp'")
    execute(tmp_path, "DELETE FROM terms WHERE term = 'reef'")
    store.recount()
    assert told(store) == []
    with store.view() as view:
        terms = ["tower", "lamp", "lamb", "reef", "oil"]
        assert view.statistics(terms).frequencies.tolist() == [1, 1, 0, 1, 1]
        counts = view.candidates(view.rows_after(0), terms).counts
        assert counts.tolist() == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 1, 0]]
