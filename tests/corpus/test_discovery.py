"""Which files lie under a root: regular and visible ones, in one order, without end."""

import os
import socket
from pathlib import Path

import pytest

from corpus.discovery import FoundFile, SpecialFile, UnreadableFolder, find_files


def make(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"I am {path}", encoding="utf-8")


def found(root: Path, *without: Path) -> list[str]:
    return [file.path for file in find_files(root, without=frozenset(without))]


def test_files_are_found_at_any_depth_with_their_path_in_the_root(tmp_path):
    make(tmp_path, "a.txt", "sub/b.txt", "sub/deeper/c")
    assert found(tmp_path) == ["a.txt", "sub/b.txt", "sub/deeper/c"]


def test_a_found_file_carries_what_the_disk_says_of_it(tmp_path):
    make(tmp_path, "sub/a.txt")
    (file,) = find_files(tmp_path)
    stat = (tmp_path / "sub" / "a.txt").stat()
    assert file == FoundFile(
        "sub/a.txt", str(tmp_path / "sub" / "a.txt"), stat.st_size, stat.st_mtime_ns
    )


def test_the_order_is_that_of_names_folder_by_folder_however_they_were_made(tmp_path):
    make(tmp_path, "b.txt", "a/z.txt", "a.txt", "B.txt", "a/b/c.txt", "é.txt", "10", "9")
    expected = ["10", "9", "B.txt", "a/b/c.txt", "a/z.txt", "a.txt", "b.txt", "é.txt"]
    assert found(tmp_path) == expected
    assert sorted(expected, key=lambda path: path.split("/")) == expected


@pytest.mark.parametrize(
    "name",
    [
        *(".hidden", ".git/config", "a/.DS_Store", "~$report.docx", "notes.txt~", "x.tmp"),
        *("x.swp", "film.part", "paper.pdf.crdownload", "a/.b/c/d.txt"),
    ],
)
def test_hidden_and_temporary_files_and_folders_are_passed_over(tmp_path, name):
    make(tmp_path, "seen.txt", name)
    assert found(tmp_path) == ["seen.txt"]


@pytest.mark.parametrize("name", ["a.tmp.txt", "part", "tmp", "a~b", "swp.md", "$~x"])
def test_names_that_only_look_temporary_are_kept(tmp_path, name):
    make(tmp_path, name)
    assert found(tmp_path) == [name]


def test_a_root_may_itself_be_hidden(tmp_path):
    make(tmp_path, ".notes/a.txt")
    assert found(tmp_path / ".notes") == ["a.txt"]
    assert found(tmp_path / ".notes" / "a.txt") == ["a.txt"]


def test_a_root_that_is_a_file_is_its_only_file(tmp_path):
    make(tmp_path, "a.txt", "b.txt")
    (file,) = find_files(tmp_path / "a.txt")
    assert isinstance(file, FoundFile)
    expected = ("a.txt", str(tmp_path / "a.txt"), len("I am a.txt"))
    assert (file.path, file.absolute, file.size) == expected


@pytest.mark.parametrize("root", ["absent", "empty"])
def test_an_absent_or_empty_root_has_no_files(tmp_path, root):
    (tmp_path / "empty").mkdir()
    assert found(tmp_path / root) == []


def test_folders_can_be_left_out(tmp_path):
    make(tmp_path, "a.txt", "library/rows.db", "sub/library/b.txt", "sub/c.txt")
    assert found(tmp_path, tmp_path / "library") == ["a.txt", "sub/c.txt", "sub/library/b.txt"]
    assert found(tmp_path, tmp_path / "library", tmp_path / "sub" / "library") == [
        *("a.txt", "sub/c.txt"),
    ]


def test_a_link_to_a_file_is_followed(tmp_path):
    make(tmp_path, "outside/real.txt", "root/a.txt")
    (tmp_path / "root" / "link.txt").symlink_to(tmp_path / "outside" / "real.txt")
    files = list(find_files(tmp_path / "root"))
    assert [file.path for file in files] == ["a.txt", "link.txt"]
    assert isinstance(files[1], FoundFile)
    assert files[1].size == (tmp_path / "outside" / "real.txt").stat().st_size


def test_a_link_to_a_folder_is_not_followed_so_a_loop_ends(tmp_path):
    make(tmp_path, "a/b.txt", "elsewhere/c.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "a" / "side").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert found(tmp_path) == ["a/b.txt", "elsewhere/c.txt"]


def test_a_root_that_is_a_link_to_a_folder_is_followed(tmp_path):
    make(tmp_path, "real/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert found(tmp_path / "link") == ["a.txt"]


def test_a_dangling_link_is_passed_over(tmp_path):
    make(tmp_path, "a.txt")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert found(tmp_path) == ["a.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_said_and_not_waited_for(tmp_path):
    make(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "way").symlink_to(tmp_path / "pipe")
    assert list(find_files(tmp_path))[1:] == [SpecialFile("pipe"), SpecialFile("way")]
    assert found(tmp_path / "pipe") == []


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no such sockets")
def test_a_socket_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket may not be long
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        assert list(find_files(tmp_path)) == [SpecialFile("s")]


def test_a_folder_that_cannot_be_listed_is_said_to_be_unreadable(tmp_path, monkeypatch):
    make(tmp_path, "a.txt", "closed/b.txt", "z.txt")
    listing = os.scandir

    def refuse(folder):
        if str(folder).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return listing(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert list(find_files(tmp_path))[1] == UnreadableFolder("closed/", "Permission denied")
    assert found(tmp_path) == ["a.txt", "closed/", "z.txt"]


def test_a_scope_is_a_part_of_the_root(tmp_path):
    make(tmp_path, "a.txt", "sub/b.txt", "sub/c/d.txt", "subway/e.txt")
    assert [file.path for file in find_files(tmp_path, "sub")] == ["sub/b.txt", "sub/c/d.txt"]
    assert [file.path for file in find_files(tmp_path, "sub/b.txt")] == ["sub/b.txt"]
    assert list(find_files(tmp_path, "absent")) == []


def test_excluded_paths_are_passed_over_and_excluded_folders_not_entered(tmp_path):
    make(tmp_path, "a.txt", "b.log", "cache/c.txt", "sub/cache/d.txt")
    asked = []

    def excluded(path):
        asked.append(path)
        return path.endswith((".log", "cache/"))

    assert [file.path for file in find_files(tmp_path, excluded=excluded)] == ["a.txt"]
    assert "cache/c.txt" not in asked


def test_folders_a_thousand_deep_are_walked(tmp_path):
    folders = [tmp_path / ("d/" * depth) for depth in range(1, 1201)]
    for folder in folders:
        folder.mkdir()
    (folders[-1] / "a.txt").write_text("x", encoding="utf-8")
    try:
        assert found(tmp_path) == ["d/" * 1200 + "a.txt"]
    finally:
        (folders[-1] / "a.txt").unlink()  # shutil.rmtree does not get this deep
        for folder in reversed(folders):
            folder.rmdir()
