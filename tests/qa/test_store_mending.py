"""What mending does to the embedded store: damaged documents leave, and counts are made anew."""

import sqlite3
from contextlib import closing

import pytest

from corpus.types import Document, Passage
from embeddings.analyzer import passage_terms
from qa.cutting import key_of
from qa.sqlite import SQLiteStore
from qa.store import IndexedPassage
from tests.fakes import DIMENSION, bags, record_of

ROOT = "/root"
SETTINGS = {"model": "bag-of-words", "fingerprint": "f", "dimension": str(DIMENSION)}
KEPT = ["The tower of granite", "The keeper of the tower"]
LEFT = ["The keeper of the tower", "Oil burns in the lamp"]


@pytest.fixture
def database(tmp_path):
    """The file of a store with two documents, one passage of which stands in both."""
    path = tmp_path / "library.sqlite"
    SQLiteStore.create(path, SETTINGS)
    with closing(SQLiteStore(path, DIMENSION)) as store:
        store.add_root(ROOT)
        put(store, "kept.txt", KEPT)
        put(store, "left.txt", LEFT)
    return path


def put(store, path, texts):
    """Put a file of one passage a text, its terms as they come out when it is analysed again."""
    whole = " ".join(texts)
    passages = [
        Passage(whole.index(text), whole.index(text) + len(text), text, "", "", None, "line 1")
        for text in texts
    ]
    indexed = [IndexedPassage(p, key_of("", p), passage_terms(p)) for p in passages]
    vectors = dict(zip((one.key for one in indexed), bags(texts), strict=True))
    store.put_file(ROOT, record_of(path, len(texts), whole), Document(whole), indexed, vectors)


def select(database, query):
    with closing(sqlite3.connect(database)) as connection:
        return sorted(connection.execute(query).fetchall())


def counts(database):
    """Return in how many passages each term stands, and the numbers of passages and terms."""
    frequencies = select(database, "SELECT term, frequency FROM terms WHERE frequency <> 0")
    counters = select(
        database, "SELECT name, value FROM counters WHERE name IN ('passages', 'terms')"
    )
    return dict(frequencies), dict(counters)


def mended(database, *discarded):
    with closing(SQLiteStore(database, DIMENSION)) as store:
        for path in discarded:
            store.discard(ROOT, path)
        store.recount()
        return list(store.damage())


def texts(database):
    return [text.decode() for (text,) in select(database, "SELECT text FROM passages")]


def test_a_document_that_is_discarded_leaves_with_its_passages_and_all_its_vectors(database):
    mended(database, "left.txt")
    assert select(database, "SELECT path FROM files") == [("kept.txt",)]
    assert texts(database) == sorted(KEPT)
    # the passage that both hold has lost its vector: it is encoded again when it is missed
    ((vectors,),) = select(database, "SELECT count(*) FROM vectors")
    assert vectors == 1


def test_after_a_recount_it_is_as_if_the_document_had_never_been_there(database, tmp_path):
    mended(database, "left.txt")
    alone = tmp_path / "alone.sqlite"
    SQLiteStore.create(alone, SETTINGS)
    with closing(SQLiteStore(alone, DIMENSION)) as store:
        store.add_root(ROOT)
        put(store, "kept.txt", KEPT)
    assert counts(database) == counts(alone)


def test_to_discard_what_is_not_there_takes_nothing(database):
    before = counts(database), texts(database)
    assert mended(database, "no such.txt") == []
    assert (counts(database), texts(database)) == before


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE terms SET frequency = frequency + 7",
        "UPDATE terms SET checksum = checksum + 1",
        "UPDATE terms SET term = term || 'x'",
        "DELETE FROM terms",
        "UPDATE counters SET value = value + 3 WHERE name = 'passages'",
        "UPDATE counters SET value = value * 2 WHERE name = 'terms'",
    ],
)
def test_a_recount_sets_right_whatever_was_counted_wrong(database, wrong):
    before = counts(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(wrong)
    assert mended(database) == []
    assert counts(database) == before
