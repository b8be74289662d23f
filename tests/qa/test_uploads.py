"""Files given to a library: kept, indexed, asked, replaced, moved with it, and removed for good."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from corpus.errors import LibraryError, UsageError
from qa import uploads as module
from qa.backends import DATABASE
from qa.doctor import repair
from qa.files import Order, find_file
from qa.library import Library
from qa.uploads import NoRoom, TooLarge, Uploads, upload_name

SECRET = "Xylopharmacon"
TOWER = "The lighthouse of Skerry Point was built of granite. Its keeper was Agnes Orr."


def give(uploads, name, content=TOWER):
    """Upload a file in two pieces."""
    data = content.encode() if isinstance(content, str) else content
    with uploads.receive(name, len(data)) as receiving:
        receiving.write(data[:7])
        receiving.write(data[7:])
        return receiving.finish()


@pytest.fixture
def uploads(tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    return Uploads(library)


def entries(folder):
    """Return the names of all that is in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def write(receiving, *pieces):
    for piece in pieces:
        receiving.write(piece)


def traces(folder, word=SECRET):
    """Return the files of a folder that hold a word, or the stem of it, or bear it as a name."""
    wanted = word[:-3].lower()
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        path
        for path in files
        if wanted in path.name.lower() or wanted.encode() in path.read_bytes().lower()
    ]


# Taking a file


def test_a_file_is_kept_as_it_came(uploads):
    taken = give(uploads, "a.txt", b"\0\xff" * 50_000)
    assert (taken.name, taken.size, taken.status) == ("a.txt", 100_000, "added")
    assert (uploads.folder / "a.txt").read_bytes() == b"\0\xff" * 50_000
    assert entries(uploads.folder) == ["a.txt"]


def test_the_same_again_changes_nothing_and_another_content_is_a_new_version(uploads):
    give(uploads, "a.txt", "one")
    before = (uploads.folder / "a.txt").stat()
    assert give(uploads, "a.txt", "one").status == "unchanged"
    assert (uploads.folder / "a.txt").stat() == before
    assert give(uploads, "a.txt", "two").status == "updated"
    assert (uploads.folder / "a.txt").read_text() == "two"
    assert uploads.names() == ["a.txt"]


def test_an_empty_file_is_a_file(uploads):
    with uploads.receive("a.txt") as receiving:
        assert receiving.finish().size == 0
    assert uploads.names() == ["a.txt"]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", " ", "a/b.txt", "/etc/passwd", "..\\a.txt", "C:\\a.txt", "a\0.txt", "x" * 2000],
)
def test_what_is_no_file_name_is_refused(name):
    with pytest.raises(UsageError):
        upload_name(name)


@pytest.mark.parametrize("name", ["a.tmp", "a.part", "a.txt~", "~$a.docx", "film.crdownload"])
def test_a_name_that_no_run_would_read_is_refused(name):
    with pytest.raises(UsageError, match=r"the name of a temporary file; rename it$"):
        upload_name(name)


def test_what_is_broken_off_leaves_nothing(uploads):
    give(uploads, "a.txt", "one")
    with pytest.raises(TypeError), uploads.receive("a.txt") as receiving:
        write(receiving, b"half", None)
    with uploads.receive("b.txt") as receiving:
        receiving.write(b"half")
    assert entries(uploads.folder) == ["a.txt"]
    assert (uploads.folder / "a.txt").read_text() == "one"


def test_what_a_killed_process_left_is_cleared_away_but_not_what_is_coming(uploads):
    give(uploads, "a.txt")
    left, coming = uploads.folder / ".upload-left", uploads.folder / ".upload-coming"
    left.write_text(SECRET)
    coming.write_text("half")
    then = time.time() - 86_400
    os.utime(left, (then, then))
    give(uploads, "b.txt")
    assert entries(uploads.folder) == [".upload-coming", "a.txt", "b.txt"]
    assert uploads.names() == ["a.txt", "b.txt"]


# Limits


@pytest.mark.parametrize("announced", [None, 5, 200])
def test_a_file_that_is_too_large_is_refused_as_soon_as_that_is_known(uploads, announced):
    uploads.limits = replace(uploads.limits, size=100)
    pieces = iter([b"x" * 30] * 10)
    with pytest.raises(TooLarge), uploads.receive("a.txt", announced) as receiving:
        write(receiving, *pieces)
    assert uploads.names() == []
    uploads.limits = replace(uploads.limits, size=4)
    assert give(uploads, "a.txt", "1234").size == 4


def test_there_is_an_end_to_their_number(uploads, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 2)
    give(uploads, "a.txt")
    with uploads.receive("b.txt") as coming:
        with pytest.raises(NoRoom, match="there are 2 uploads already; remove some first"):
            give(uploads, "c.txt")
        coming.finish()
    with pytest.raises(NoRoom):
        give(uploads, "c.txt")
    assert give(uploads, "a.txt", "two").status == "updated"
    uploads.delete(str(uploads.folder / "b.txt"))
    assert give(uploads, "c.txt").status == "added"


def test_the_disk_is_not_filled(uploads, monkeypatch):
    monkeypatch.setattr(module, "SPARED_ROOM", 10**18)
    with pytest.raises(NoRoom, match=r"the disk has only [\d,]+ MB free; make room and try again"):
        give(uploads, "a.txt")
    assert uploads.names() == []


def test_the_disk_is_looked_at_while_a_file_comes(uploads, monkeypatch):
    monkeypatch.setattr(module, "_BETWEEN_LOOKS", 100)
    free = iter([10**12, 10**6])
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=next(free)))
    with pytest.raises(NoRoom), uploads.receive("a.txt") as receiving:
        write(receiving, b"x" * 99, b"x")
    assert uploads.names() == []


# Nothing but regular files


def test_a_link_is_replaced_and_never_written_through(uploads, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    uploads.folder.mkdir()
    (uploads.folder / "a.txt").symlink_to(outside)
    assert uploads.names() == []
    give(uploads, "a.txt", "mine")
    assert outside.read_text() == "mine"
    assert not (uploads.folder / "a.txt").is_symlink()
    assert uploads.names() == ["a.txt"]


def test_a_folder_that_is_a_link_is_refused(uploads, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    uploads.folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LibraryError, match="is a link"):
        give(uploads, "a.txt")
    assert entries(tmp_path / "elsewhere") == []


def test_a_folder_in_the_way_is_said(uploads):
    (uploads.folder / "a.txt").mkdir(parents=True)
    with pytest.raises(LibraryError, match=r"^a\.txt cannot be kept"):
        give(uploads, "a.txt")
    assert entries(uploads.folder) == ["a.txt"]


def test_nothing_outside_is_deleted(uploads, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    for path in (outside, uploads.folder.parent, f"{uploads.folder}x", f"{uploads.folder}/../o"):
        with pytest.raises(UsageError):
            uploads.delete(str(path))
    assert outside.exists()


# In a library


def test_an_upload_is_indexed_asked_replaced_and_removed(library):
    give(library.uploads, "tower.txt")
    assert [info.state for info in library.files()] == ["waiting"]
    receipt = library.index()
    assert receipt.counts == {"added": 1}
    citation = library.ask("Who was the keeper?").citations[0]
    assert citation.document == "tower.txt"
    assert citation.path == str(library.uploads.folder / "tower.txt")
    assert library.verify() == []

    give(library.uploads, "tower.txt", "The keeper was Flora Reid.")
    assert library.index().counts == {"updated": 1}
    assert "Flora" in library.ask("Who was the keeper?").citations[0].text

    assert library.forget("tower.txt") == ["tower.txt"]
    assert entries(library.uploads.folder) == []
    assert library.files() == []
    assert library.index().counts == {}


def test_other_roots_and_uploads_do_not_touch_each_other(library, docs):
    (docs / "a.txt").write_text("The reef is low.")
    give(library.uploads, "tower.txt")
    library.index(docs)
    assert [info.document for info in library.documents()] == ["a.txt"]
    library.index()
    assert [info.document for info in library.documents()] == ["a.txt", "tower.txt"]
    assert library.index(docs).counts == {"unchanged": 1}
    library.forget("a.txt")
    assert (docs / "a.txt").exists()
    assert [info.document for info in library.documents()] == ["tower.txt"]


def test_uploads_stay_when_a_root_around_the_library_is_indexed_and_forgotten(encoder, tmp_path):
    (tmp_path / "a.txt").write_text("The reef is low.")
    with Library.open(tmp_path / "library") as library:
        give(library.uploads, "tower.txt")
        library.index(tmp_path)
        assert [info.document for info in library.documents()] == ["a.txt"]
        library.index()
        library.forget(str(tmp_path))
        library.index()
        assert [info.document for info in library.documents()] == ["tower.txt"]
        assert library.uploads.names() == ["tower.txt"]


def test_after_removing_an_upload_no_word_of_it_is_left(library):
    text = f"{TOWER} The {SECRET} is hidden below the stairs. " * 30
    give(library.uploads, f"{SECRET}.txt", text)
    give(library.uploads, "b.txt")
    library.index()
    assert traces(library.folder), "it is there to be found"
    library.forget(f"{SECRET}.txt")
    assert not traces(library.folder)
    assert library.verify() == []
    library.close()
    assert not traces(library.folder)


def test_an_upload_that_was_removed_can_come_again(library):
    for _ in range(2):
        give(library.uploads, "tower.txt")
        library.index()
        assert len(library.documents()) == 1
        (library.uploads.folder / "tower.txt").unlink()
        library.forget("tower.txt")
        assert library.documents() == []


def test_an_upload_can_be_removed_before_it_is_read(library):
    give(library.uploads, "tower.txt", SECRET)
    assert library.forget("tower.txt") == []
    assert not traces(library.folder)


def test_all_uploads_can_be_forgotten_as_a_root(library):
    give(library.uploads, "a.txt", f"{SECRET} one")
    give(library.uploads, "b.txt", f"{SECRET} two")
    library.index()
    assert sorted(library.forget(str(library.uploads.folder))) == ["a.txt", "b.txt"]
    assert library.roots() == []
    assert not traces(library.folder)
    give(library.uploads, "a.txt")
    library.index()
    assert [info.document for info in library.documents()] == ["a.txt"]


def test_a_file_inside_an_upload_is_passed_over_until_the_upload_goes(library, tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.txt").write_text("The reef is low.")
    (inside / "b.txt").write_text("The tide is high.")
    archive = shutil.make_archive(str(tmp_path / "mails"), "zip", inside)
    data = Path(archive).read_bytes()
    give(library.uploads, "mails.zip", data)
    library.index()
    library.forget("mails.zip!a.txt")
    library.index()
    assert [info.document for info in library.documents()] == ["mails.zip!b.txt"]
    assert library.uploads.names() == ["mails.zip"]
    library.forget("mails.zip")
    give(library.uploads, "mails.zip", data)
    library.index()
    assert len(library.documents()) == 2


def test_a_link_among_uploads_is_not_read(library, tmp_path):
    (tmp_path / "private.txt").write_text("The password is swordfish.")
    give(library.uploads, "tower.txt")
    (library.uploads.folder / "link.txt").symlink_to(tmp_path / "private.txt")
    library.index()
    assert [info.document for info in library.documents()] == ["tower.txt"]
    assert "link.txt" not in [info.document for info in library.files()]


def test_a_broken_upload_stops_nothing_and_is_listed_with_its_reason(library):
    give(library.uploads, "broken.pdf", b"%PDF-1.7\n1 0 obj\n<<")
    give(library.uploads, "tower.txt")
    receipt = library.index()
    assert receipt.counts == {"added": 1, "failed": 1}
    broken, tower = Order().of(library.files())
    assert (broken.state, broken.passages, tower.state) == ("failed", 0, "read")
    assert broken.reason


# A library that is moved


def test_a_library_that_is_moved_takes_its_uploads_along(encoder, docs, tmp_path):
    (docs / "a.txt").write_text("The reef is low.")
    with Library.open(tmp_path / "one") as library:
        library.index(docs)
        give(library.uploads, "tower.txt")
        library.index()
    (tmp_path / "one").rename(tmp_path / "two")
    encoder.documents.clear()
    with Library.open(tmp_path / "two") as moved:
        cited = moved.ask("keeper Agnes Orr").citations[0]
        assert cited.path == str(tmp_path / "two" / "uploads" / "tower.txt")
        assert moved.text(cited.path) == TOWER
        assert moved.ask("keeper", within="tower.txt").citations
        assert moved.verify() == []
        assert moved.check_citation(cited.id).status == "stands"
        assert moved.index().counts == {"unchanged": 2}
        assert sorted(moved.roots()) == [docs, tmp_path / "two" / "uploads"]
        assert encoder.documents == []
        moved.forget("tower.txt")
        assert moved.uploads.names() == []


def test_a_moved_library_can_be_made_anew_from_the_copy_of_its_roots(encoder, tmp_path):
    with Library.open(tmp_path / "one") as library:
        give(library.uploads, "tower.txt")
        library.index()
    (tmp_path / "one").rename(tmp_path / "two")
    (tmp_path / "two" / DATABASE).write_bytes(b"not a database" * 1_000)
    repair(tmp_path / "two", None)
    with Library.open(tmp_path / "two") as mended:
        assert [info.document for info in mended.documents()] == ["tower.txt"]
        assert mended.verify() == []
        assert mended.index().counts == {"unchanged": 1}


def test_a_file_inside_a_moved_upload_stays_forgotten(encoder, tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.txt").write_text("The reef is low.")
    (inside / "b.txt").write_text("The tide is high.")
    archive = shutil.make_archive(str(tmp_path / "mails"), "zip", inside)
    with Library.open(tmp_path / "one") as library:
        give(library.uploads, "mails.zip", Path(archive).read_bytes())
        library.index()
        library.forget("mails.zip!a.txt")
    (tmp_path / "one").rename(tmp_path / "two")
    with Library.open(tmp_path / "two") as moved:
        moved.index()
        assert [info.document for info in moved.documents()] == ["mails.zip!b.txt"]


# Looking through them


def test_files_are_found_by_path_or_name(library, docs):
    (docs / "tower.txt").write_text("Another tower.")
    give(library.uploads, "tower.txt")
    library.index(docs)
    library.index()
    files = library.files()
    assert find_file(files, str(docs / "tower.txt")).root == str(docs)
    assert find_file(files, str(library.uploads.folder / "tower.txt")).is_upload
    with pytest.raises(UsageError, match="is in several roots"):
        find_file(files, "tower.txt")
    with pytest.raises(UsageError, match="there is no document"):
        find_file(files, "../tower.txt")


def test_files_are_filtered_and_sorted(library, docs):
    for name, words in [("b.txt", 3), ("A.md", 200), ("sub/c.txt", 40)]:
        (docs / name).parent.mkdir(exist_ok=True)
        (docs / name).write_text("# Reefs\n\n" + "The reef is low. " * words)
    (docs / "empty.txt").write_text("")
    library.index(docs)
    files = library.files()

    def names(**order):
        return [info.document for info in Order(**order).of(files)]

    assert names() == ["A.md", "b.txt", "empty.txt", "sub/c.txt"]
    assert names(descending=True) == ["sub/c.txt", "empty.txt", "b.txt", "A.md"]
    assert names(column="passages", descending=True)[0] == "A.md"
    assert names(column="size")[0] == "empty.txt"
    assert names(column="type") == ["A.md", "b.txt", "empty.txt", "sub/c.txt"]
    assert names(words="TXT sub") == ["sub/c.txt"]
    assert names(words="empty") == ["empty.txt"]
    assert names(words="nothing like it") == []
