import json
import os
from pathlib import Path

import numpy as np
import pytest

from embeddings.dense import DenseIndex
from qa.question import Question
from qa.retrieval import search
from qa.snapshots import Snapshots, _digest, _digest_of, _state
from qa.sqlite import SQLiteStore
from tests.fakes import DIMENSION, bags, put_texts

TEXTS = ["tower keeper", "oil lens", "storm reef", "granite tower tower", "keeper of the clock"]


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "library.sqlite"
    SQLiteStore.create(path, {})
    opened = SQLiteStore(path, DIMENSION)
    opened.add_root("/root")
    put_texts(opened, "/root", "a.txt", TEXTS)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "snapshots"


def snapshots_in(folder, fingerprint="f", dimension=DIMENSION):
    return Snapshots(folder, fingerprint, dimension)


def publish(store, folder):
    with store.view() as view:
        return snapshots_in(folder).publish(view)


def ranking(store, snapshot, words="tower keeper", k=10):
    question = Question.of(words, bags([words])[0])
    with store.view() as view:
        found = search(view, snapshot, question, k)
    return found.rows.tolist(), found.dense.tolist(), found.sparse.tolist()


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")


def test_without_a_snapshot_there_is_an_empty_one(folder):
    empty = snapshots_in(folder).current()
    assert (empty.name, empty.change, empty.last_row) == ("", 0, 0)
    assert len(empty.dense) == len(empty.sparse) == 0
    assert not folder.exists(), "a reader writes nothing"


def test_a_snapshot_that_is_opened_again_ranks_as_brute_force_does(store, folder):
    without = ranking(store, snapshots_in(folder).current())
    published = publish(store, folder)
    opened = snapshots_in(folder).current()
    assert (opened.name, opened.change, opened.last_row) == (
        published.name,
        published.change,
        published.last_row,
    )
    assert len(opened.dense) == len(opened.sparse) == len(TEXTS)
    assert ranking(store, opened) == ranking(store, published) == without


def test_both_indexes_hold_every_row_of_the_view_and_no_other(store, folder):
    put_texts(store, "/root", "b.txt", ["island stair", "island"])
    publish(store, folder)
    store.remove_file("/root", "a.txt")
    put_texts(store, "/root", "b.txt", ["island"])
    put_texts(store, "/root", "c.txt", ["tower island", "oil"])
    publish(store, folder)
    opened = snapshots_in(folder).current()
    with store.view() as view:
        rows = view.rows_after(0).tolist()
        assert opened.change == view.change
        assert opened.last_row == rows[-1]
    assert len(opened.dense) == len(opened.sparse) == len(rows) == 3
    assert sorted(opened.dense.search(bags(["island"])[0], 99).ids.tolist()) == rows
    assert sorted(opened.sparse.search(["island", "oil"], 99).ids.tolist()) == rows
    assert opened.sparse.search(["keeper"], 99).ids.tolist() == []


def test_publishing_twice_without_a_change_does_nothing(store, folder):
    first = publish(store, folder)
    states = [(path, path.stat().st_mtime_ns) for path in files_of(folder)]
    assert publish(store, folder).name == first.name
    assert [(path, path.stat().st_mtime_ns) for path in files_of(folder)] == states


def test_rows_come_and_go_and_only_the_newest_folder_stays(store, folder):
    names = [publish(store, folder).name]
    for at in range(4):
        put_texts(store, "/root", f"{at}.txt", [f"island {at}", "stair"])
        if at % 2:
            store.remove_file("/root", f"{at - 1}.txt")
        names.append(publish(store, folder).name)
    assert names == sorted(set(names))
    assert [path.name for path in folder.iterdir() if path.is_dir()] == names[-1:]
    assert ranking(store, snapshots_in(folder).current(), "island stair") == ranking(
        store, snapshots_in(folder / "none").current(), "island stair"
    )


def test_removals_alone_make_a_snapshot_that_is_empty(store, folder):
    publish(store, folder)
    store.remove_file("/root", "a.txt")
    emptied = publish(store, folder)
    assert emptied.name
    assert len(emptied.dense) == len(emptied.sparse) == 0
    put_texts(store, "/root", "a.txt", ["tower"])
    assert ranking(store, publish(store, folder))[0] == [len(TEXTS) + 1]


def test_readers_follow_to_a_new_snapshot_and_may_finish_with_the_old(store, folder):
    reader = snapshots_in(folder)
    publish(store, folder)
    old = reader.current()
    put_texts(store, "/root", "b.txt", ["island"])
    expected = ranking(store, snapshots_in(folder / "none").current(), "island")
    publish(store, folder)
    assert ranking(store, old, "island") == expected  # its files are deleted by now
    assert reader.current().name != old.name
    assert reader.current() is reader.current()
    assert ranking(store, reader.current(), "island") == expected


def test_what_was_published_is_never_written_in_place(store, folder, tmp_path):
    publish(store, folder)
    [published] = [path for path in folder.iterdir() if path.is_dir()]
    kept = tmp_path / "kept"
    for path in files_of(published):
        target = kept / path.relative_to(published)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
    contents = {path: path.read_bytes() for path in files_of(kept)}
    put_texts(store, "/root", "b.txt", ["island"])
    store.remove_file("/root", "a.txt")
    publish(store, folder)
    assert {path: path.read_bytes() for path in files_of(kept)} == contents


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)


def empty(path):
    path.write_bytes(b"")


@pytest.fixture(params=["one by one", "in clusters"])
def kept(request, monkeypatch):
    """Keep the vectors one by one, as of few passages, or in clusters, as of many."""
    if request.param == "in clusters":
        monkeypatch.setattr("embeddings.dense.EXACT_ROWS", 2)
    return request.param


@pytest.mark.parametrize("damage", [cut, flip, empty, Path.unlink])
def test_every_damaged_file_makes_a_snapshot_as_good_as_missing(store, folder, damage, kept):
    expected = ranking(store, snapshots_in(folder).current())
    publish(store, folder)
    sound = {path: path.read_bytes() for path in files_of(folder)}
    assert len(sound) > 5
    for path, content in sound.items():
        damage(path)
        opened = snapshots_in(folder).current()
        assert opened.name == "", f"{path.name} was {damage.__name__} and nobody saw"
        assert ranking(store, opened) == expected
        path.write_bytes(content)
    assert snapshots_in(folder).current().name


def manifest_of(folder):
    [manifest] = folder.rglob("manifest.json")
    return manifest


@pytest.mark.parametrize("name", ["change", "last_row", "format", "fingerprint", "files"])
def test_an_edited_manifest_is_refused(store, folder, name):
    publish(store, folder)
    manifest = manifest_of(folder)
    body = json.loads(manifest.read_text())
    body[name] = {"format": 77, "change": 77, "last_row": 2, "files": {}}.get(name, "another")
    manifest.write_text(json.dumps(body))
    assert snapshots_in(folder).current().name == ""


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '"text"', "7", "{", "\x00"])
def test_a_manifest_that_is_none_is_refused(store, folder, content):
    publish(store, folder)
    manifest_of(folder).write_text(content)
    assert snapshots_in(folder).current().name == ""


@pytest.mark.parametrize("pointer", [b"", b"0000000000000099", b"../..", b"\xff\xfe", b"\0"])
def test_a_pointer_that_leads_nowhere_is_as_good_as_none(store, folder, pointer):
    publish(store, folder)
    (folder / "current").write_bytes(pointer)
    assert snapshots_in(folder).current().name == ""


def test_the_snapshot_of_another_model_is_not_opened(store, folder):
    publish(store, folder)
    assert snapshots_in(folder, fingerprint="another").current().name == ""
    assert snapshots_in(folder).current().name


def test_a_copied_snapshot_opens_though_its_times_and_inodes_are_others(store, folder, tmp_path):
    publish(store, folder)
    copy = tmp_path / "copy"
    for path in files_of(folder):
        target = copy / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    assert ranking(store, snapshots_in(copy).current()) == ranking(
        store, snapshots_in(folder).current()
    )
    assert snapshots_in(copy).current().name


@pytest.mark.parametrize("change_first", [False, True])
def test_publishing_replaces_a_damaged_snapshot(store, folder, change_first):
    name = publish(store, folder).name
    flip(folder / name / "dense.faiss")
    if change_first:
        put_texts(store, "/root", "b.txt", ["island"])
    repaired = publish(store, folder)
    assert repaired.name
    with store.view() as view:
        assert len(repaired.dense) == len(repaired.sparse) == view.passages
    assert snapshots_in(folder).current().name == repaired.name


def test_what_a_killed_publication_left_is_no_hindrance(store, folder):
    publish(store, folder)
    put_texts(store, "/root", "b.txt", ["island"])
    with store.view() as view:
        scratch = folder / f".{view.change:016d}"
        half_done = folder / f"{view.change:016d}"
    for left in (scratch, half_done):
        (left / "sparse").mkdir(parents=True)
        (left / "sparse" / "meta.json").write_text("{")
        (left / "dense.faiss").write_bytes(b"half")
    assert len(publish(store, folder).dense) == len(TEXTS) + 1
    assert not scratch.exists()


def test_a_view_older_than_the_snapshot_loses_none_of_its_rows(store, folder):
    publish(store, folder)
    other = SQLiteStore(folder.parent / "library.sqlite", DIMENSION)
    question = Question.of("tower keeper", bags(["tower keeper"])[0])
    with store.view() as view:
        before = search(view, snapshots_in(folder).current(), question, 10).rows.tolist()
        put_texts(other, "/root", "b.txt", ["tower keeper"] * 3)
        publish(other, folder)
        after = search(view, snapshots_in(folder).current(), question, 10).rows.tolist()
    other.close()
    assert np.array_equal(after, before)


# Vectors in clusters


@pytest.fixture
def clustered(store, folder, monkeypatch):
    """A published snapshot whose vectors are in clusters."""
    monkeypatch.setattr("embeddings.dense.EXACT_ROWS", 2)
    return publish(store, folder)


def base_of(folder):
    return [path for path in files_of(folder) if path.name.startswith("dense-base")]


def test_vectors_in_clusters_rank_as_brute_force_does(store, folder, clustered):
    assert len(base_of(folder)) == 2
    assert ranking(store, clustered) == ranking(store, snapshots_in(folder / "none").current())


def test_publishing_reads_and_writes_what_has_changed_and_links_the_rest(
    store, folder, clustered, monkeypatch
):
    before = {path.name: path.stat().st_ino for path in base_of(folder)}
    read = []

    def digest(path):
        read.append(path.name)
        return _digest(path)

    monkeypatch.setattr("qa.snapshots._digest", digest)
    put_texts(store, "/root", "b.txt", ["island"])
    published = publish(store, folder)
    assert {path.name: path.stat().st_ino for path in base_of(folder)} == before
    assert not set(before).intersection(read)
    assert "dense.faiss" in read
    assert len(published.dense) == len(TEXTS) + 1


def test_rows_come_and_go_beside_the_clusters_and_within_new_ones(store, folder, clustered):
    for at in range(6):
        put_texts(store, "/root", f"{at}.txt", [f"island {at}", "stair tower"])
        if at % 2:
            store.remove_file("/root", f"{at - 1}.txt")
        published = publish(store, folder)
        with store.view() as view:
            assert sorted(published.dense.ids().tolist()) == view.rows_after(0).tolist()
        assert list_damage(store, folder) == []
        assert ranking(store, published) == ranking(store, snapshots_in(folder / "no").current())


def list_damage(store, folder):
    with store.view() as view:
        return list(snapshots_in(folder).damage(view))


def test_clusters_of_other_vectors_than_the_passages_are_found(store, folder, clustered):
    wrong = DenseIndex.empty(DIMENSION)
    for ids, vectors in DenseIndex.load(folder / clustered.name).blocks():
        wrong.add(ids, -vectors)
    wrong.settle()
    wrong.save(folder / clustered.name)
    body = json.loads(manifest_of(folder).read_text())
    for name in body["files"]:
        path = folder / clustered.name / name
        body["files"][name] = {"state": _state(path), "digest": _digest(path)}
    rewrite_manifest(folder, body)
    assert list_damage(store, folder) == ["the dense index holds other vectors than the passages"]


def rewrite_manifest(folder, body):
    del body["digest"]
    manifest_of(folder).write_text(json.dumps({**body, "digest": _digest_of(body)}))


@pytest.mark.parametrize(("number", "is_read"), [(1, True), (3, False)])
def test_a_snapshot_of_the_format_before_clusters_is_read(store, folder, number, is_read):
    publish(store, folder)
    body = json.loads(manifest_of(folder).read_text())
    rewrite_manifest(folder, body | {"format": number})
    assert bool(snapshots_in(folder).current().name) == is_read
