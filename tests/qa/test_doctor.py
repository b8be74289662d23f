"""Damage of each kind is found and named with its document, and mended; nothing else changes."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from corpus.errors import Damaged, LibraryError
from qa import doctor
from qa.backends import DATABASE
from qa.checkup import REPAIR
from qa.cli import main
from qa.library import Library
from qa.sqlite import SQLiteStore

QUESTIONS = ("keeper of the tower", "seals on a reef", "oil")


@pytest.fixture
def kept(library, docs):
    """A library of three documents, closed."""
    (docs / "a.txt").write_text("The keeper of the tower wrote a diary.\n\nOil burned in the lamp.")
    (docs / "b.md").write_text("# Reef\n\nA reef lies north of the island.\n\nSeals sleep on it.")
    (docs / "copy.txt").write_text("The keeper of the tower wrote a diary.")
    library.index(docs)
    library.close()
    return library


def answers(library):
    with Library.open(library.folder) as opened:
        return [opened.ask(question, k=50).citations for question in QUESTIONS]


def findings(library):
    with Library.open(library.folder) as opened:
        return opened.verify()


def execute(library, statement, *values):
    with closing(sqlite3.connect(library.folder / DATABASE)) as connection, connection:
        connection.execute(statement, values)
    connection.close()


A = "(SELECT id FROM files WHERE path = 'a.txt')"
KEY = f"(SELECT key FROM passages WHERE file = {A} LIMIT 1)"
SPOIL = {
    "a byte of the text": f"UPDATE texts SET text = zeroblob(length(text)) WHERE file = {A}",
    "a page": f'UPDATE texts SET pages = \'[[1, 0, 3, "page", ""]]\' WHERE file = {A}',
    "a text of another kind": f"UPDATE texts SET text = 7 WHERE file = {A}",
    "no text": f"DELETE FROM texts WHERE file = {A}",
    "a passage's text": f"UPDATE passages SET text = x'61' WHERE file = {A}",
    "a passage's place": f"UPDATE passages SET start = start + 1 WHERE file = {A}",
    "a passage's location": f"UPDATE passages SET location = 'line 9' WHERE file = {A}",
    "a passage's terms": f"UPDATE passages SET terms = zeroblob(16) WHERE file = {A}",
    "cut terms": f"UPDATE passages SET terms = x'010203' WHERE file = {A}",
    "a passage's length": f"UPDATE passages SET length = length + 1 WHERE file = {A}",
    "a missing passage": f"DELETE FROM passages WHERE file = {A}",
    "a passage of no file": f"UPDATE passages SET file = 99 WHERE file = {A}",
    "a passage of another file": (
        f"UPDATE passages SET file = {A} WHERE id = (SELECT max(id) FROM passages)"
    ),
    "a vector": f"UPDATE vectors SET vector = zeroblob(1024) WHERE key = {KEY}",
    "a short vector": f"UPDATE vectors SET vector = x'00' WHERE key = {KEY}",
    "a missing vector": f"DELETE FROM vectors WHERE key = {KEY}",
    "a vector under another key": f"UPDATE vectors SET key = x'00' WHERE key = {KEY}",
    "sentence vectors": f"UPDATE vectors SET sentences = zeroblob(512) WHERE key = {KEY}",
    "a file's digest": "UPDATE files SET sha256 = 'f00' WHERE path = 'a.txt'",
    "a file's title": "UPDATE files SET title = 'Another' WHERE path = 'a.txt'",
    "a file's name": "UPDATE files SET path = 'z.txt' WHERE path = 'a.txt'",
}


@pytest.mark.parametrize("statement", SPOIL.values(), ids=SPOIL)
def test_damage_to_a_document_is_named_and_mended(kept, statement):
    before = answers(kept)
    execute(kept, statement)
    found = [finding for finding in findings(kept) if finding.fix == REPAIR]
    assert {f.where for f in found} & {"a.txt", "z.txt", "b.md", "copy.txt"}
    assert all("\n" not in f.what for f in found)
    doctor.repair(kept.folder, None)
    assert findings(kept) == []
    assert answers(kept) == before


STATISTICS = {
    "a term's frequency": "UPDATE terms SET frequency = frequency + 5 WHERE term = 'tower'",
    "a term": "UPDATE terms SET term = 'power' WHERE term = 'tower'",
    "a missing term": "DELETE FROM terms WHERE term = 'tower'",
    "the number of passages": "UPDATE counters SET value = 90 WHERE name = 'passages'",
    "the sum of lengths": "UPDATE counters SET value = 9 WHERE name = 'terms'",
    "the change": "UPDATE counters SET value = 0 WHERE name = 'change'",
    "a missing counter": "DELETE FROM counters WHERE name = 'terms'",
}


@pytest.mark.parametrize("statement", STATISTICS.values(), ids=STATISTICS)
def test_damage_to_statistics_is_never_ranked_by_and_is_mended(kept, statement):
    before = answers(kept)
    execute(kept, statement)
    with pytest.raises(Damaged, match="doctor --repair"):
        answers(kept)
    assert {finding.fix for finding in doctor.examine(kept.folder).findings} == {REPAIR}
    doctor.repair(kept.folder, None)
    assert findings(kept) == []
    assert answers(kept) == before


SOURCES = {
    "a setting": "UPDATE settings SET value = 'other' WHERE name = 'fingerprint'",
    "a setting's name": "UPDATE settings SET name = 'modem' WHERE name = 'model'",
    "a root": "UPDATE roots SET path = '/nowhere'",
    "an exclusion": "UPDATE roots SET exclude = '[\"*.txt\"]'",
    "an exclusion that is none": "UPDATE roots SET exclude = '['",
    "what was forgotten": "INSERT INTO forgotten VALUES ('/docs/a.txt')",
}


@pytest.mark.parametrize("statement", SOURCES.values(), ids=SOURCES)
def test_damage_to_settings_and_roots_is_mended_from_the_copy_of_them(kept, docs, statement):
    before = answers(kept)
    execute(kept, statement)
    with pytest.raises(Damaged, match="doctor --repair"):
        answers(kept)
    assert [finding.fix for finding in doctor.examine(kept.folder).findings] == [REPAIR]
    doctor.repair(kept.folder, None)
    assert findings(kept) == []
    assert answers(kept) == before
    with Library.open(kept.folder) as opened:
        assert opened.roots() == [docs]


def test_a_shared_vector_that_is_damaged_costs_no_document(kept):
    """Each of a chain of documents shares a passage with the next."""
    before = answers(kept)
    execute(kept, "UPDATE vectors SET vector = zeroblob(1024)")
    assert {f.where for f in findings(kept)} == {"a.txt", "b.md", "copy.txt", "the indexes"}
    doctor.repair(kept.folder, None)
    assert (findings(kept), answers(kept)) == ([], before)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zero_the_header(path):
    path.write_bytes(bytes(100) + path.read_bytes()[100:])


def zero_a_page(path):
    data = bytearray(path.read_bytes())
    data[8192:12288] = bytes(4096)
    path.write_bytes(data)


def empty(path):
    path.write_bytes(b"")


def no_database(path):
    path.write_bytes(b"no database, only text\n" * 400)


@pytest.mark.parametrize("damage", [cut, zero_the_header, zero_a_page, no_database])
def test_a_malformed_database_is_refused_and_made_anew_from_its_roots(kept, docs, capsys, damage):
    before = answers(kept)
    damage(kept.folder / DATABASE)
    code = main(["ask", "keeper of the tower", "--library", str(kept.folder)])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert "doctor --repair" in err
    assert err.count("\n") == 1
    doctor.repair(kept.folder, None)
    assert findings(kept) == []
    assert answers(kept) == before
    with Library.open(kept.folder) as opened:
        assert opened.roots() == [docs]


def test_roots_exclusions_and_what_was_forgotten_survive_a_database_made_anew(kept, docs):
    (docs / "c.log").write_text("The tower fell.")
    with Library.open(kept.folder) as opened:
        opened.index(docs, exclude=["*.log"])
        opened.forget("b.md")
    zero_the_header(kept.folder / DATABASE)
    doctor.repair(kept.folder, None)
    with Library.open(kept.folder) as opened:
        opened.index()
        assert [info.document for info in opened.documents()] == ["a.txt", "copy.txt"]


def test_without_the_copy_a_malformed_database_is_refused_and_kept(kept):
    zero_the_header(kept.folder / DATABASE)
    (kept.folder / "library.json").write_text("{")
    before = (kept.folder / DATABASE).read_bytes()
    with pytest.raises(LibraryError, match=r"library\.json.*new folder"):
        doctor.repair(kept.folder, None)
    assert (kept.folder / DATABASE).read_bytes() == before


def test_a_log_of_the_old_database_never_meets_the_new_one(kept):
    before = answers(kept)
    zero_the_header(kept.folder / DATABASE)
    for suffix in ("-wal", "-shm"):
        (kept.folder / f"{DATABASE}{suffix}").write_bytes(b"\x37\x7f\x06\x82" * 2000)
    doctor.repair(kept.folder, None)
    assert (findings(kept), answers(kept)) == ([], before)


def test_a_full_disk_is_no_damage_and_costs_no_database(kept, monkeypatch):
    before = (kept.folder / DATABASE).read_bytes()

    def full(*arguments):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("qa.sqlite.schema.seal", full)
        with pytest.raises(LibraryError, match="room") as refused:
            doctor.repair(kept.folder, None)
    assert not isinstance(refused.value, Damaged)
    assert answers(kept)
    assert before[:16] == (kept.folder / DATABASE).read_bytes()[:16]


@pytest.mark.parametrize("name", ["dense.faiss", "manifest.json", "sparse/meta.json"])
def test_a_damaged_index_is_found_changes_no_answer_and_is_mended(kept, name):
    before = answers(kept)
    [snapshot] = (path for path in (kept.folder / "snapshots").iterdir() if path.is_dir())
    path = snapshot / name
    path.write_bytes(path.read_bytes()[:-3] + b"???")
    assert [finding.where for finding in findings(kept)] == ["the indexes"]
    assert answers(kept) == before
    doctor.repair(kept.folder, None)
    assert (findings(kept), answers(kept)) == ([], before)


def test_an_index_of_other_rows_is_found(kept):
    execute(kept, "DELETE FROM removed")
    with Library.open(kept.folder) as opened:
        opened._store.remove_file(str(opened.roots()[0]), "a.txt")
    execute(kept, "DELETE FROM removed")
    assert "other rows" in " ".join(f.what for f in findings(kept))
    with pytest.raises(Damaged, match="indexes hold passages"):
        answers(kept)
    doctor.repair(kept.folder, None)
    assert findings(kept) == []


def test_a_damaged_copy_of_the_roots_is_found_and_mended(kept):
    copy = kept.folder / "library.json"
    sound = copy.read_bytes()
    copy.write_bytes(sound.replace(b"bag", b"rag"))
    assert [finding.where for finding in findings(kept)] == ["library.json"]
    doctor.repair(kept.folder, None)
    assert findings(kept) == []
    assert copy.read_bytes() == sound


def test_mending_leaves_the_documents_of_a_vanished_root(kept, docs, tmp_path):
    before = answers(kept)
    docs.rename(tmp_path / "away")
    execute(kept, "UPDATE terms SET frequency = 9, checksum = 9")
    doctor.repair(kept.folder, None)
    (tmp_path / "away").rename(docs)
    assert (findings(kept), answers(kept)) == ([], before)


def test_mending_a_sound_library_embeds_nothing(kept, encoder):
    before = answers(kept)
    encoder.documents.clear()
    doctor.repair(kept.folder, None)
    assert (findings(kept), answers(kept), encoder.documents) == ([], before, [])


def test_an_examination_tells_what_there_is(kept):
    examination = doctor.examine(kept.folder)
    assert (examination.documents, examination.findings) == (3, [])
    assert examination.model == "bag-of-words"
    assert examination.size > 0 < examination.free
    assert set(json.loads(json.dumps(examination.to_dict()))) >= {"library", "versions", "findings"}


def test_a_library_whose_file_rows_are_damaged_can_be_examined_and_verified(kept):
    execute(kept, "UPDATE files SET checksum = 1")
    examination = doctor.examine(kept.folder)
    assert {finding.where for finding in examination.findings} == {"a.txt", "b.md", "copy.txt"}


def test_there_is_nothing_to_examine_where_there_is_no_library(encoder, tmp_path):
    with pytest.raises(LibraryError, match="there is no library"):
        doctor.examine(tmp_path)
    assert list(tmp_path.glob("*.sqlite")) == []


# On the command line


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, json.loads(out) if out else None, err


def test_verify_and_doctor_exit_1_while_something_is_off(kept, capsys):
    place = ("--library", kept.folder, "--json")
    assert run(capsys, "verify", *place)[:2] == (0, {"ok": True, "findings": []})
    code, told, _ = run(capsys, "doctor", *place)
    assert (code, told["documents"], told["findings"]) == (0, 3, [])
    execute(kept, "UPDATE vectors SET vector = zeroblob(1024)")
    code, told, _ = run(capsys, "verify", *place)
    assert (code, told["ok"]) == (1, False)
    assert set(told["findings"][0]) == {"where", "what", "fix"}
    code, told, _ = run(capsys, "doctor", *place)
    assert code == 1
    assert told["findings"]
    code, told, _ = run(capsys, "doctor", "--repair", *place)
    assert (code, told["findings"]) == (0, [])
    assert run(capsys, "verify", *place)[0] == 0


def test_verify_says_what_is_off_in_words(kept, capsys):
    execute(kept, "UPDATE vectors SET vector = zeroblob(1024)")
    assert main(["verify", "--library", str(kept.folder)]) == 1
    out = capsys.readouterr().out
    assert "a.txt: the vector of passage" in out
    assert "qa doctor --repair" in out


def test_forget_on_the_command_line(kept, capsys):
    place = ("--library", kept.folder, "--json")
    assert run(capsys, "forget", "a.txt", *place)[:2] == (0, {"removed": ["a.txt"]})
    code, told, err = run(capsys, "forget", "a.txt", *place)
    assert (code, told) == (2, None)
    assert "there is no document or root" in err
    assert run(capsys, "verify", *place)[0] == 0


@pytest.mark.parametrize("command", ["verify", "doctor"])
def test_a_command_for_no_library_exits_2(encoder, tmp_path, capsys, command):
    code, told, err = run(capsys, command, "--library", tmp_path / "none")
    assert (code, told) == (2, None)
    assert "there is no library" in err


def test_a_repair_that_was_killed_is_repaired(kept):
    before = answers(kept)
    zero_the_header(kept.folder / DATABASE)
    SQLiteStore.create(kept.folder / f".{DATABASE}", {"model": "half made"})
    shutil.rmtree(kept.folder / "snapshots")
    doctor.repair(kept.folder, None)
    assert (findings(kept), answers(kept)) == ([], before)
    assert not (kept.folder / f".{DATABASE}").exists()
