"""A writer that dies before or after any of its writes loses and doubles nothing."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from qa.milvus import lease
from qa.milvus.connection import Collection
from tests.fakes import DIMENSION, bags, put_texts, record_of
from tests.milvus import open_store

pytestmark = [pytest.mark.slow, pytest.mark.long]

SETTINGS = {"model": "bag-of-words", "fingerprint": "f", "dimension": str(DIMENSION)}
WORDS = ["tower", "keeper", "oil", "granite", "lens"]
WRITES = ("upsert", "delete", "delete_where")


class Died(BaseException):
    """The process is gone."""


def contents(store):
    """Return all that a store holds, as plain values."""
    with store.view() as view:
        rows = view.rows_after(0)
        stored = view.stored(rows.tolist())
        candidates = view.candidates(rows, WORDS)
        return {
            "passages": sorted((p.file.path, p.passage.start, p.passage.text) for p in stored),
            "files": sorted(view.files("/first")),
            "documents": [file.path for _, file in view.documents()],
            "texts": [view.document(root, file.path).text for root, file in view.documents()],
            "roots": list(view.roots()),
            "settings": view.settings(),
            "count": (view.passages, len(rows)),
            "frequencies": view.statistics(WORDS).frequencies.tolist(),
            "length": view.statistics([]).average_length,
            "counts": np.sort(candidates.counts, axis=0).tolist(),
            "keys": sorted(key.hex() for key in store.known_keys(p.key for p in stored)),
            "with sentences": int((candidates.sentence_counts > 0).sum()),
        }


def put(store):
    put_texts(store, "/first", "new.txt", ["granite lens", "oil tower"])


def put_again(store):
    put_texts(store, "/first", "a.txt", ["tower keeper", "granite", "oil oil"])


def put_failed(store):
    store.put_file("/first", replace(record_of("a.txt"), status="failed", reason="it broke"))


def remove(store):
    store.remove_file("/first", "a.txt")


def remove_root(store):
    store.remove_root("/first")


def set_colour(store):
    store.put_setting("colour", "red")


def complete(store):
    waiting = store.without_sentences(9)
    store.put_sentences({key: bags([text]) for key, text, _ in waiting})


OPERATIONS = (put, put_again, put_failed, remove, remove_root, set_colour, complete)


def filled(folder):
    store = open_store(folder, SETTINGS)
    store.add_root("/first")
    put_texts(store, "/first", "a.txt", ["tower keeper", "oil"])
    put_texts(store, "/first", "b.txt", ["tower keeper", "lens lens"])
    return store


def die_at(monkeypatch, number, *, is_done):
    """Let the process die at a write: before it, or when it ``is_done`` and not yet answered."""
    writes = itertools.count()

    def dying(method):
        def write(self, *arguments, **options):
            if self.name.endswith("_meta") and "lease" in str(arguments)[:40]:
                return method(self, *arguments, **options)
            at = next(writes)
            if at == number and is_done:
                method(self, *arguments, **options)
            if at >= number:
                raise Died
            return method(self, *arguments, **options)

        return write

    for name in WRITES:
        monkeypatch.setattr(Collection, name, dying(getattr(Collection, name)))


def bury(store):
    """End what a dead process would not go on with."""
    store._writer._lease._ended.set()
    lease._held.clear()


def dies(store, number, operation, *, is_done):
    """Do something that dies at a write, or after it; tell whether it came so far."""
    with pytest.MonkeyPatch.context() as patch:
        die_at(patch, number, is_done=is_done)
        try:
            operation(store)
        except Died:
            bury(store)
            return True
    return False


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
def test_at_every_step_it_is_as_before_or_as_after(operation, is_done, tmp_path):
    whole = filled(tmp_path / "whole")
    before = contents(whole)
    operation(whole)
    after = contents(whole)
    whole.close()
    seen = []
    for number in itertools.count():
        folder = tmp_path / str(number)
        store = filled(folder)
        if not dies(store, number, operation, is_done=is_done):
            break
        assert contents(store) in (before, after), "a reader saw half a change"
        survivor = open_store(folder, SETTINGS)
        survivor.collect_garbage()
        survivor.put_setting("trigger", "a write mends what is left")
        survivor.put_setting("trigger", None)
        found = contents(survivor)
        assert found in (before, after)
        seen.append(found == after)
        assert survivor.damage() == []
        operation(survivor)
        assert contents(survivor) == after
        survivor.collect_garbage()
        assert survivor.damage() == []
        survivor.close()
    store.close()
    assert number >= 2
    assert seen == sorted(seen), "published by one write, and before it not at all"


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
def test_deleting_what_died_may_end_at_every_step(is_done, tmp_path):
    def tidy(store):
        with store.view() as view:
            change = view.change
        store.collect_garbage()
        store.forget_removed(change)
        store.shrink()

    for number in itertools.count():
        folder = tmp_path / str(number)
        store = filled(folder)
        remove(store)
        before = contents(store)
        if not dies(store, number, tidy, is_done=is_done):
            break
        survivor = open_store(folder, SETTINGS)
        tidy(survivor)
        assert contents(survivor) == before
        assert survivor.damage() == []
        assert_nothing_left(survivor)
        survivor.close()
    assert number >= 5
    assert_nothing_left(store)
    store.close()


def assert_nothing_left(store):
    """What died has left no row, and no word."""
    count = {
        name: one.count(everything)
        for (name, one), everything in zip(
            sorted(store.collections.items()),
            ("changed >= 0", "name != ''", "row >= 0", "changed >= 0", "version >= 0", "row >= -1"),
            strict=True,
        )
    }
    assert count["files"] == 1
    assert count["passages"] == count["vectors"] == 2
    assert count["texts"] == 1
    words = sorted(row["term"] for row in store.collections["terms"].scan("changed >= 0", ["term"]))
    assert words == ["keeper", "len", "tower"]
    assert not store.has_loose_ends()
