"""One writer at a time, wherever it runs."""

import threading
import time

import pytest

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from corpus.errors import LibraryError
from qa.milvus import lease
from tests.fakes import DIMENSION, put_texts
from tests.milvus import open_store

pytestmark = pytest.mark.slow

SETTINGS = {"model": "bag-of-words", "fingerprint": "f", "dimension": str(DIMENSION)}


def silently(who):
    """Say nothing."""


def test_a_second_writer_waits_and_is_told_for_whom(tmp_path):
    one, other = open_store(tmp_path, SETTINGS), open_store(tmp_path, SETTINGS)
    told: list[str] = []
    order: list[str] = []

    def write():
        with other.writing(told.append):
            order.append("second")

    with one.writing(silently):
        waiting = threading.Thread(target=write)
        waiting.start()
        time.sleep(0.3)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    [who] = told
    assert who.startswith("waiting for process ")
    one.close()
    other.close()


def test_who_waits_too_long_is_told_who_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "_PATIENCE", 0.2)
    one, other = open_store(tmp_path, SETTINGS), open_store(tmp_path, SETTINGS)
    with one.writing(silently):
        with pytest.raises(LibraryError, match=r"is being written by process \d+ on .*; try again"):
            other.add_root("/first")
        with other.view() as view:  # reading goes on
            assert view.passages == 0
    other.add_root("/first")
    one.close()
    other.close()


def test_a_lease_is_kept_up_for_as_long_as_it_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "LEASE", 0.5)
    monkeypatch.setattr(lease, "_BEAT", 0.1)
    monkeypatch.setattr(lease, "_PATIENCE", 1.5)
    one, other = open_store(tmp_path, SETTINGS), open_store(tmp_path, SETTINGS)
    with one.writing(silently), pytest.raises(LibraryError, match="is being written"):
        other.add_root("/first")
    one.close()
    other.close()


def test_who_sleeps_too_long_is_no_writer_any_more(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "LEASE", 0.3)
    monkeypatch.setattr(lease, "_BEAT", 1000)  # the thread sleeps with its process
    one, other = open_store(tmp_path, SETTINGS), open_store(tmp_path, SETTINGS)
    one.add_root("/first")
    put_texts(one, "/first", "a.txt", ["tower"])
    put_texts(other, "/first", "b.txt", ["keeper"])  # after it has waited
    with pytest.raises(LibraryError, match="taken over by another writer"):
        put_texts(one, "/first", "c.txt", ["oil"])
    with other.view() as view:
        assert [file.path for _, file in view.documents()] == ["a.txt", "b.txt"]
    assert other.damage() == []
    one.close()
    other.close()


def test_a_writer_that_ended_well_leaves_nothing_to_wait_for(tmp_path):
    told: list[str] = []
    for _ in range(3):
        store = open_store(tmp_path, SETTINGS)
        with store.writing(told.append):
            store.add_root("/first")
        store.close()
    assert told == []
