"""The copy of what a library cannot learn again: kept, checked, refused when damaged."""

import json

import pytest

from corpus.errors import LibraryError
from qa.notes import Notes, read_notes, write_notes
from qa.store import RootOptions

ROOTS = {"/docs/é": RootOptions(("*.log",), ocr=True), "/b": RootOptions()}
NOTES = Notes({"model": "m", "dimension": "3"}, ROOTS, ["/docs/x.txt"])


def test_notes_come_back_as_they_were_written(tmp_path):
    write_notes(tmp_path, NOTES)
    assert read_notes(tmp_path) == NOTES
    assert [path.name for path in tmp_path.iterdir()] == ["library.json"]


def test_notes_that_say_nothing_new_are_not_written_again(tmp_path):
    write_notes(tmp_path, NOTES)
    before = (tmp_path / "library.json").stat()
    write_notes(tmp_path, NOTES)
    assert (tmp_path / "library.json").stat().st_ino == before.st_ino
    write_notes(tmp_path, Notes(NOTES.settings, {}, []))
    assert read_notes(tmp_path).roots == {}


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"7", b"{", b"\xff\xfe", b"\0"])
def test_notes_that_are_none_are_refused_and_written_anew(tmp_path, content):
    (tmp_path / "library.json").write_bytes(content)
    with pytest.raises(LibraryError, match=r"library\.json") as refused:
        read_notes(tmp_path)
    assert "\n" not in str(refused.value)
    write_notes(tmp_path, NOTES)
    assert read_notes(tmp_path) == NOTES


def test_absent_notes_are_refused(tmp_path):
    with pytest.raises(LibraryError, match="new folder"):
        read_notes(tmp_path)


def test_every_flipped_byte_of_notes_is_noticed(tmp_path):
    write_notes(tmp_path, NOTES)
    place = tmp_path / "library.json"
    sound = place.read_bytes()
    for at in range(len(sound)):
        place.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        try:
            assert read_notes(tmp_path) == NOTES, at  # white space between its parts
        except LibraryError:
            continue


def test_notes_are_readable_by_people(tmp_path):
    write_notes(tmp_path, NOTES)
    kept = json.loads((tmp_path / "library.json").read_text("utf-8"))
    assert kept["roots"]["/docs/é"] == {"exclude": ["*.log"], "ocr": True}
