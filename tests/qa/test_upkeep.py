"""Keeping a library true: roots, parts of them, what is passed over, forgotten, left over."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from corpus.errors import LibraryError, UsageError
from qa import doctor, schema
from qa.checkup import PRUNE
from qa.library import Library
from qa.progress import Progress
from tests.fakes import DIMENSION

TOWER = "The keeper of the tower wrote a diary. Oil burned in the lamp.\n"
REEF = "A reef lies north of the island. Seals sleep on it.\n"


@pytest.fixture
def write(docs):
    def write(name, text=TOWER):
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def statuses(receipt):
    return {report.path: report.status for report in receipt.files}


def found(library, question="keeper of the tower"):
    """Return the file of every passage that an answer cites."""
    return sorted(citation.path for citation in library.ask(question, k=1000).citations)


def names(library):
    return [info.document for info in library.documents()]


def count(library, table):
    with closing(sqlite3.connect(library.folder / "library.sqlite")) as connection, connection:
        number = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    connection.close()
    return number


# Roots


def test_a_folder_in_a_root_is_a_part_of_it_not_a_root(library, write, docs):
    write("sub/a.txt")
    write("b.txt", REEF)
    library.index(docs)
    receipt = library.index(docs / "sub")
    assert statuses(receipt) == {"sub/a.txt": "unchanged"}
    assert library.roots() == [docs]
    assert found(library) == [str(docs / "b.txt"), str(docs / "sub" / "a.txt")]


def test_an_outer_root_leaves_the_inner_one_its_documents(library, write, docs):
    inside = write("sub/a.txt")
    outside = write("b.txt", TOWER + REEF)
    library.index(docs / "sub")
    assert statuses(library.index(docs)) == {"b.txt": "added"}
    assert library.roots() == [docs / "sub", docs]
    assert found(library) == [str(outside), str(inside)]
    inside.write_text(REEF)
    library.index()
    assert found(library, "reef") == [str(outside), str(inside)]
    assert names(library) == ["a.txt", "b.txt"]


def test_nested_roots_in_one_call_are_one(library, write, docs):
    write("sub/a.txt")
    library.index([docs / "sub", docs])
    assert library.roots() == [docs]
    assert names(library) == ["sub/a.txt"]


def test_a_file_in_a_root_is_brought_up_to_date_alone(library, write, docs):
    write("a.txt")
    write("b.txt")
    library.index(docs)
    write("a.txt", REEF)
    write("b.txt", REEF)
    assert statuses(library.index(docs / "a.txt")) == {"a.txt": "updated"}
    assert library.text("a.txt") == REEF
    assert library.text("b.txt") == TOWER


def test_a_deleted_file_or_folder_may_be_named(library, write, docs):
    gone = write("a.txt")
    write("sub/b.txt")
    write("sub/deep/c.txt")
    write("subs/d.txt")
    library.index(docs)
    gone.unlink()
    assert statuses(library.index(gone)) == {"a.txt": "removed"}
    for path in (docs / "sub" / "b.txt", docs / "sub" / "deep" / "c.txt"):
        path.unlink()
    (docs / "sub" / "deep").rmdir()
    (docs / "sub").rmdir()
    assert set(statuses(library.index(docs / "sub"))) == {"sub/b.txt", "sub/deep/c.txt"}
    assert names(library) == ["subs/d.txt"]
    with pytest.raises(UsageError, match="there is no file or folder"):
        library.index(docs / "sub")


def test_a_new_file_may_be_named_before_its_root_knows_it(library, write, docs):
    write("a.txt")
    library.index(docs)
    write("sub/b.txt")
    write("c.txt")
    assert statuses(library.index(docs / "sub" / "b.txt")) == {"sub/b.txt": "added"}
    assert names(library) == ["a.txt", "sub/b.txt"]


def test_a_vanished_root_is_said_and_keeps_its_documents(library, write, docs, tmp_path):
    write("a.txt")
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text(REEF)
    library.index([docs, other])
    docs.rename(tmp_path / "away")
    (other / "c.txt").write_text(REEF)
    receipt = library.index()
    [said] = receipt.failed
    assert said.path == str(docs)
    assert f"qa index {docs} --prune --library {library.folder}" in said.reason
    assert {finding.fix for finding in library.verify()} == {PRUNE}
    assert names(library) == ["a.txt", "b.txt", "c.txt"], "the other root is brought up to date"
    (tmp_path / "away").rename(docs)
    assert library.index().failed == ()


def test_prune_removes_a_vanished_root_and_no_other(library, write, docs, tmp_path):
    write("a.txt")
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text(REEF)
    library.index([docs, other])
    docs.rename(tmp_path / "away")
    assert statuses(library.index(docs, prune=True)) == {"a.txt": "removed"}
    assert (names(library), library.roots()) == (["b.txt"], [other])
    library.index(prune=True)
    assert names(library) == ["b.txt"]
    assert library.verify() == []


def test_prune_of_a_part_leaves_the_rest_of_the_root(library, write, docs, tmp_path):
    write("a.txt")
    write("sub/b.txt")
    library.index(docs)
    docs.rename(tmp_path / "away")
    library.index(docs / "sub", prune=True)
    assert names(library) == ["a.txt"]
    assert library.roots() == [docs]


def test_a_vanished_root_without_documents_blocks_nothing_and_can_be_pruned(
    library, write, docs, tmp_path
):
    empty = tmp_path / "empty"
    empty.mkdir()
    library.index([docs, empty])
    empty.rmdir()
    write("a.txt")
    assert statuses(library.index()) == {"a.txt": "added", str(empty): "failed"}
    library.index(empty, prune=True)
    assert library.roots() == [docs]


def test_a_library_in_its_own_root_reads_nothing_of_itself(encoder, write, docs):
    write("a.txt")
    with Library.open(docs / "kept") as library:
        library.index(docs)
        library.index(docs)
        assert names(library) == ["a.txt"]
        doctor.repair(library.folder, None)
        assert names(library) == ["a.txt"]
        assert library.verify() == []


# What is passed over


def test_exclusions_are_remembered_and_replaced(library, write, docs):
    for name in ("a.txt", "b.md", "drafts/c.txt", "sub/drafts/d.txt"):
        write(name)
    library.index(docs, exclude=["*.md", "drafts/"])
    assert names(library) == ["a.txt"]
    write("e.md")
    assert set(statuses(library.index(docs))) == {"a.txt"}
    assert set(statuses(library.index())) == {"a.txt"}
    receipt = library.index(docs, exclude=["/a.txt"])
    assert statuses(receipt) == {
        **dict.fromkeys(["b.md", "drafts/c.txt", "sub/drafts/d.txt", "e.md"], "added"),
        "a.txt": "removed",
    }
    library.index(docs, exclude=[])
    assert len(names(library)) == 5


def test_a_bad_pattern_is_refused_and_changes_nothing(library, write, docs):
    write("a.txt")
    library.index(docs, exclude=["*.md"])
    with pytest.raises(UsageError, match="--exclude"):
        library.index(docs, exclude=["!"])
    write("b.md")
    library.index(docs)
    assert names(library) == ["a.txt"]


def test_a_folder_that_cannot_be_listed_keeps_its_documents(library, write, docs, monkeypatch):
    write("a.txt")
    write("locked/b.txt")
    write("locked/deep/c.txt")
    library.index(docs)
    listing = os.scandir

    def refuse(folder):
        if str(folder) == str(docs / "locked"):
            raise PermissionError(13, "Permission denied")
        return listing(folder)

    (docs / "a.txt").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        receipt = library.index(docs)
    assert statuses(receipt) == {"a.txt": "removed", "locked/": "failed"}
    [folder] = receipt.failed
    assert "Permission denied" in folder.reason
    assert names(library) == ["locked/b.txt", "locked/deep/c.txt"]


def test_a_root_that_cannot_be_listed_keeps_its_documents(library, write, docs, monkeypatch):
    write("a.txt")
    library.index(docs)

    def refuse(folder):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        assert statuses(library.index(docs)) == {"./": "failed"}
    assert names(library) == ["a.txt"]


# Forgetting


@pytest.mark.parametrize("by", ["name", "path"])
def test_a_forgotten_document_stays_away_until_it_is_indexed_by_its_path(library, write, docs, by):
    path = write("sub/a.txt")
    write("sub/b.txt")
    library.index(docs)
    assert library.forget("sub/a.txt" if by == "name" else str(path)) == ["sub/a.txt"]
    write("sub/a.txt", REEF)
    for again in ([docs], [], [docs / "sub"]):
        assert set(statuses(library.index(again))) == {"sub/b.txt"}
    assert statuses(library.index(path)) == {"sub/a.txt": "added"}
    library.index(docs)
    assert names(library) == ["sub/a.txt", "sub/b.txt"]


def test_a_forgotten_folder_stays_away_until_it_is_indexed_by_its_path(library, write, docs):
    write("sub/a.txt")
    write("sub/deep/b.txt")
    write("subs/c.txt")
    library.index(docs)
    assert sorted(library.forget(str(docs / "sub"))) == ["sub/a.txt", "sub/deep/b.txt"]
    write("sub/new.txt")
    library.index(docs)
    assert names(library) == ["subs/c.txt"]
    library.index(docs / "sub")
    assert names(library) == ["sub/a.txt", "sub/deep/b.txt", "sub/new.txt", "subs/c.txt"]


def test_a_forgotten_root_is_gone_until_it_is_indexed_again(library, write, docs, tmp_path):
    write("a.txt")
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text(REEF)
    library.index([docs, other])
    assert library.forget(str(docs)) == ["a.txt"]
    library.index()
    assert (names(library), library.roots()) == (["b.txt"], [other])
    library.index(docs)
    assert names(library) == ["a.txt", "b.txt"]


def test_what_is_not_there_cannot_be_forgotten(library, write, docs):
    write("a.txt")
    library.index(docs)
    with pytest.raises(UsageError, match=r"there is no document or root 'b\.txt'"):
        library.forget("b.txt")
    assert names(library) == ["a.txt"]


def test_after_forgetting_no_word_is_left_in_any_file(library, write, docs):
    secret = "Xylopharmacon"
    write("a.txt", f"{TOWER} The {secret} is hidden below the stairs. " * 30)
    write("b.txt", REEF)
    library.index(docs)
    write("c.txt", f"{secret} again")
    library.index(docs)
    assert traces(library.folder, secret), "it is there to be found"
    library.forget("a.txt")
    library.forget("c.txt")
    assert not traces(library.folder, secret)
    assert names(library) == ["b.txt"]
    assert library.verify() == []
    library.close()
    assert not traces(library.folder, secret)


def traces(folder, word):
    """Return the files of a folder that hold a word, or the stem of it."""
    wanted = word[:-3].lower().encode()
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if wanted in path.read_bytes().lower()]


# Nothing is done twice, nothing is left over


def test_renaming_and_copying_embed_nothing(library, encoder, write, docs):
    write("a.txt")
    library.index(docs)
    encoder.documents.clear()
    (docs / "a.txt").rename(docs / "renamed.txt")
    write("copy.txt")
    assert statuses(library.index(docs)) == {
        "a.txt": "removed",
        "renamed.txt": "added",
        "copy.txt": "added",
    }
    assert encoder.documents == []
    assert names(library) == ["copy.txt", "renamed.txt"]


def test_what_an_edit_leaves_behind_is_gone_after_the_sync(library, write, docs):
    write("a.txt", TOWER)
    write("b.txt", REEF)
    library.index(docs)
    assert count(library, "vectors") == count(library, "passages") == 2
    terms = count(library, "terms")
    write("a.txt", f"{REEF}Whales pass by.")
    library.index(docs)
    assert count(library, "vectors") == 2
    assert count(library, "terms") < terms + 3
    (docs / "a.txt").unlink()
    library.index(docs)
    assert count(library, "vectors") == count(library, "passages") == 1
    assert count(library, "loose") == count(library, "removed") == 0
    with library._store.view() as view:
        rows = view.rows_after(0).tolist()
    snapshot = library._snapshots.current()
    assert snapshot.dense.ids().tolist() == snapshot.sparse.ids().tolist() == rows


def test_a_shared_passage_keeps_its_vector_while_one_document_has_it(library, write, docs):
    write("a.txt")
    write("b.txt")
    library.index(docs)
    assert (count(library, "passages"), count(library, "vectors")) == (2, 1)
    (docs / "a.txt").unlink()
    library.index(docs)
    assert (count(library, "passages"), count(library, "vectors")) == (1, 1)
    assert found(library) == [str(docs / "b.txt")]


def cut_short(library, monkeypatch, method):
    """Let the next run die at a method of the store or of the snapshots."""

    class Killed(BaseException):
        pass

    def die(*arguments, **options):
        raise Killed

    with monkeypatch.context() as patch:
        owner = library._store if hasattr(library._store, method) else library._snapshots
        patch.setattr(owner, method, die)
        with pytest.raises(Killed):
            library.index()


@pytest.mark.parametrize("method", ["collect_garbage", "publish", "forget_removed"])
def test_the_next_run_tidies_up_after_one_that_died(library, write, docs, monkeypatch, method):
    write("a.txt")
    write("b.txt", REEF)
    library.index(docs)
    (docs / "a.txt").unlink()
    cut_short(library, monkeypatch, method)
    assert library.verify() == []
    assert statuses(library.index()) == {"b.txt": "unchanged"}
    assert count(library, "vectors") == 1
    assert count(library, "loose") == count(library, "removed") == 0
    snapshot = library._snapshots.current()
    assert len(snapshot.dense) == len(snapshot.sparse) == 1


def test_many_unpublished_rows_of_a_run_that_died_are_published_by_the_next(
    library, write, docs, monkeypatch
):
    write("a.txt")
    library.index(docs)
    monkeypatch.setattr("qa.upkeep._PENDING_ROWS", 3)
    write("b.txt", "\n\n".join(f"{TOWER} number {at}. {REEF}" for at in range(12)))
    cut_short(library, monkeypatch, "publish")
    library.index()
    with library._store.view() as view:
        assert len(library._snapshots.current().dense) == view.passages


def test_rows_are_published_while_a_long_run_goes_on(library, write, docs, monkeypatch):
    monkeypatch.setattr("qa.upkeep._ROWS_AMID", 5)
    monkeypatch.setattr("qa.intake._FILES_A_BATCH", 2)
    for at in range(20):
        write(f"{at}.txt", f"{TOWER} number {at}.")
    covered = []

    def look(progress):
        covered.append(library._snapshots.current().last_row)

    library.index(docs, on_progress=look)
    assert any(0 < rows < 20 for rows in covered)
    assert library.verify() == []
    assert len(library.documents()) == 20


@pytest.mark.parametrize("name", ["sub", "sub/", "./sub", "sub/deep"])
def test_a_folder_is_forgotten_by_its_path_within_its_root(library, write, docs, name):
    for path in ("a.txt", "sub/deep/b.txt", "subway/c.txt"):
        write(path)
    library.index(docs)
    assert library.forget(name) == ["sub/deep/b.txt"]
    assert names(library) == ["a.txt", "subway/c.txt"]
    assert statuses(library.index(docs)) == {"a.txt": "unchanged", "subway/c.txt": "unchanged"}


def test_a_folder_of_several_roots_is_forgotten_by_its_full_path(library, write, docs, tmp_path):
    write("sub/a.txt")
    other = tmp_path / "other" / "sub"
    other.mkdir(parents=True)
    (other / "b.txt").write_text(REEF)
    library.index([docs, other.parent])
    with pytest.raises(UsageError, match="in several roots; give one of"):
        library.forget("sub")
    assert library.forget(str(other)) == ["sub/b.txt"]
    assert library.forget("sub") == ["sub/a.txt"]


def test_forgetting_that_died_is_gone_on_with_by_the_next_sync(library, write, docs, monkeypatch):
    write("sub/a.txt")
    write("sub/b.txt")
    library.index(docs)
    calls = iter([None])
    remove = library._store.remove_file

    def die_second(*arguments):
        if next(calls, "die") == "die":
            raise KeyboardInterrupt
        remove(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(library._store, "remove_file", die_second)
        with pytest.raises(KeyboardInterrupt):
            library.forget(str(docs / "sub"))
    library.index(docs)
    assert names(library) == []


def test_a_database_that_lost_its_last_commits_is_believed_and_its_snapshot_is_not(
    library, write, docs, encoder
):
    """A loss of power may undo commits whose snapshot is on disk already."""
    database = library.folder / "library.sqlite"
    write("a.txt")
    library.index(docs)
    library.close()
    earlier = database.read_bytes()
    with Library.open(library.folder) as other:
        (docs / "a.txt").unlink()
        write("b.txt", REEF)
        write("c.txt", REEF * 2)
        other.index(docs)
    database.write_bytes(earlier)
    with Library.open(library.folder) as other:
        assert found(other) == [str(docs / "a.txt")]
        assert {f.fix for f in other.verify()} == {"qa index brings it up to date"}
        (docs / "c.txt").unlink()
        write("d.txt", "Whales pass by the tower.")
        other.index(docs)
        assert found(other, "whales") == [str(docs / "b.txt"), str(docs / "d.txt")]
        assert other.verify() == []


# One writer


def test_a_second_writer_waits_and_is_told_for_whom(library, write, docs, monkeypatch):
    monkeypatch.setattr("qa.lock._SOON", 0.05)
    monkeypatch.setattr("qa.lock.writer_lock.__wrapped__.__defaults__", (0.2,), raising=False)
    write("a.txt")
    hold = (
        "import sys; from pathlib import Path; from qa.lock import writer_lock\n"
        "with writer_lock(Path(sys.argv[1]), print):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    told: list[Progress] = []
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(library.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(LibraryError, match=f"being written by process {process.pid} "):
            library.index(docs, on_progress=told.append)
        process.kill()
    assert [p.stage for p in told if p.stage.startswith(f"waiting for process {process.pid} ")]
    library.index(docs)
    assert names(library) == ["a.txt"]


# Older and newer formats

FORMAT_1 = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root INTEGER NOT NULL REFERENCES roots (id),
    path TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, read_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL, pipeline TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT, encoding TEXT, title TEXT NOT NULL,
    pages INTEGER, passages INTEGER NOT NULL, characters INTEGER NOT NULL,
    UNIQUE (root, path)
);
CREATE TABLE texts (
    file INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    text BLOB NOT NULL, pages TEXT NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    key BLOB NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text BLOB NOT NULL, context TEXT NOT NULL, section TEXT NOT NULL,
    page INTEGER, location TEXT NOT NULL, body INTEGER NOT NULL,
    length INTEGER NOT NULL, terms BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE INDEX passages_of_file ON passages (file);
CREATE INDEX passages_of_key ON passages (key);
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,
    vector BLOB NOT NULL, checksum INTEGER NOT NULL,
    sentences BLOB, sentences_checksum INTEGER
);
CREATE INDEX vectors_without_sentences ON vectors (id) WHERE sentences IS NULL;
CREATE TABLE terms (id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, frequency INTEGER NOT NULL);
CREATE TABLE removed (passage INTEGER PRIMARY KEY, change INTEGER NOT NULL);
PRAGMA user_version = 1;
"""


def as_format_1(database):
    """Write a library's rows as format 1 kept them."""
    import zlib

    old = database.with_name("old.sqlite")
    new = sqlite3.connect(old)
    new.execute("PRAGMA journal_mode = WAL")
    new.executescript(FORMAT_1)
    new.execute("ATTACH ? AS today", (str(database),))
    tables = "settings counters roots files texts passages vectors terms removed".split()
    for table in tables:
        columns = [f'"{row[1]}"' for row in new.execute(f"PRAGMA main.table_info({table})")]
        named = ", ".join(columns)
        new.execute(f"INSERT INTO main.{table} ({named}) SELECT {named} FROM today.{table}")
    new.create_function("crc32", 1, lambda blob: blob and zlib.crc32(blob))
    new.execute("DELETE FROM main.counters WHERE name NOT IN ('change', 'passages', 'terms')")
    new.execute("UPDATE main.texts SET checksum = crc32(text)")
    new.execute(
        "UPDATE main.vectors SET checksum = crc32(vector), sentences_checksum = crc32(sentences)"
    )
    new.commit()
    new.close()
    os.replace(old, database)


def test_a_library_of_format_1_is_brought_to_todays_when_it_is_opened(library, write, docs):
    write("a.txt")
    write("b.txt", REEF)
    library.index(docs)
    answers = [library.ask(q).citations for q in ("keeper", "seals on a reef")]
    library.close()
    as_format_1(library.folder / "library.sqlite")
    (library.folder / "library.json").unlink()
    with Library.open(library.folder) as opened:
        assert opened.verify() == []
        assert [opened.ask(q).citations for q in ("keeper", "seals on a reef")] == answers
        (docs / "a.txt").unlink()
        write("c.txt", "Whales pass by the island.")
        assert statuses(opened.index(docs)) == {
            "a.txt": "removed",
            "b.txt": "unchanged",
            "c.txt": "added",
        }
        assert opened.verify() == []
        opened.forget("b.txt")
        opened.index(docs, exclude=["*.md"])
        assert names(opened) == ["c.txt"]
    assert json.loads((library.folder / "library.json").read_text())["forgotten"]


def as_format_2(database):
    """Write a library's rows as format 2 kept them."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection, connection:
        connection.execute("ALTER TABLE roots DROP COLUMN ocr")
        connection.execute("ALTER TABLE files DROP COLUMN container")
        connection.execute("ALTER TABLE files DROP COLUMN members")
        rows = connection.execute(
            f"SELECT files.id, roots.path, {schema._CHECKED} "
            "FROM files JOIN roots ON roots.id = files.root"
        ).fetchall()
        for number, root, *columns in rows:
            checksum = schema.file_checksum(root, columns)
            connection.execute("UPDATE files SET checksum = ? WHERE id = ?", (checksum, number))
        schema.seal(connection)
        connection.execute("PRAGMA user_version = 2")
    connection.close()


def test_a_library_of_format_2_is_brought_to_todays_when_it_is_opened(library, write, docs):
    write("a.txt")
    write("b.txt", REEF)
    library.index(docs, exclude=["*.md"])
    library.close()
    as_format_2(library.folder / "library.sqlite")
    with Library.open(library.folder) as opened:
        assert opened.verify() == []
        assert statuses(opened.index()) == {"a.txt": "unchanged", "b.txt": "unchanged"}
        write("c.md")
        assert "c.md" not in statuses(opened.index())


@pytest.mark.parametrize("table", ["files SET title = 'other'", "roots SET exclude = '[\"x\"]'"])
def test_damage_in_a_library_of_format_2_is_not_sealed_as_sound(library, write, docs, table):
    write("a.txt")
    library.index(docs)
    library.close()
    database = library.folder / "library.sqlite"
    as_format_2(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"UPDATE {table}")
    connection.close()
    assert doctor.verify(library.folder)


def test_damage_in_a_library_of_format_1_is_not_sealed_as_sound(library, write, docs):
    write("a.txt")
    library.index(docs)
    library.close()
    database = library.folder / "library.sqlite"
    as_format_1(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE vectors SET vector = zeroblob(?)", (4 * DIMENSION,))
    connection.close()
    with Library.open(library.folder) as opened:
        assert "a.txt" in {finding.where for finding in opened.verify()}
        with pytest.raises(LibraryError, match="damaged"):
            opened.ask("keeper")


def test_a_newer_format_is_refused_and_left_as_it_is(library, write, docs):
    write("a.txt")
    library.index(docs)
    library.close()
    database = library.folder / "library.sqlite"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = database.read_bytes()
    for refuse in (
        lambda: Library.open(library.folder),
        lambda: doctor.examine(library.folder),
        lambda: doctor.repair(library.folder, None),
    ):
        with pytest.raises(LibraryError, match=r"newer version.*update document-qa"):
            refuse()
    assert database.read_bytes() == before
