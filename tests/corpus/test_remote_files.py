"""Places that fsspec opens: what lies there, what changed, and what cannot be had."""

import hashlib
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from corpus.discovery import FoundFile, UnreadableFolder, find_files
from corpus.errors import OverLimit, Unavailable, UsageError
from corpus.limits import Limits
from corpus.remote import (
    checked_url,
    find_remote_files,
    is_remote,
    local_copy,
    sha256_of_url,
    size_of_url,
    state_of_url,
)


@pytest.fixture
def bucket(tmp_path):
    """Return the URL of a folder of this test's own, and its files."""
    files = fsspec.filesystem("memory")
    name = f"/{tmp_path.name}-{tmp_path.parent.name}"
    yield f"memory:/{name}", files
    if files.exists(name):
        files.rm(name, recursive=True)


def put(bucket, *names):
    url, files = bucket
    for name in names:
        files.pipe_file(f"{url}/{name}", f"I am {name}".encode())


def found(root, scope="", **options):
    return [file.path for file in find_remote_files(root, scope, **options)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("s3://bucket", True),
        ("GS://bucket/a", True),
        ("abfs://box@account/a", True),
        ("docs/a.txt", False),
        ("/docs/s3://x", False),
        ("C:/docs", False),
        ("://x", False),
    ],
)
def test_urls_are_told_from_paths(path, expected):
    assert is_remote(path) is expected


def test_a_url_is_kept_without_its_last_slash():
    assert checked_url("S3://bucket/docs//") == "s3://bucket/docs"
    assert checked_url("abfs://box@account/a b?c#d") == "abfs://box@account/a b?c#d"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///docs", "name the path without file://"),
        ("https://example.org/a.pdf", "download it"),
        ("s3://", "names no place"),
        ("memory:///", "names no place"),
        ("zip://a.txt::s3://bucket/b.zip", "a chain of places"),
    ],
)
def test_urls_of_no_place_of_files_are_refused(url, why):
    with pytest.raises(UsageError, match=why):
        checked_url(url)


def test_a_password_in_a_url_is_refused_and_not_repeated():
    with pytest.raises(UsageError, match="by the environment") as caught:
        checked_url("ftp://me:secret@host/docs")
    assert "secret" not in str(caught.value)


def test_what_lies_there_is_found_as_on_disk(bucket, tmp_path):
    names = ["b.txt", "a/c.txt", "a/b/c.txt", "a.txt", ".hidden", ".git/a.txt", "~$a", "a/x.tmp"]
    put(bucket, *names)
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"I am {name}")
    here = [(file.path, file.size) for file in find_files(tmp_path) if isinstance(file, FoundFile)]
    files = list(find_remote_files(bucket[0] + "/"))
    there = [(file.path, file.size) for file in files if isinstance(file, FoundFile)]
    assert there == here
    assert [path for path, _ in there] == ["a/b/c.txt", "a/c.txt", "a.txt", "b.txt"]


def test_a_part_of_a_root_or_a_single_file_is_found(bucket):
    put(bucket, "a.txt", "sub/b.txt", "sub/deep/c.txt", "subs/d.txt")
    root = bucket[0] + "/"
    assert found(root, "sub") == ["sub/b.txt", "sub/deep/c.txt"]
    assert found(root, "sub/b.txt") == ["sub/b.txt"]
    assert found(root, "nothing") == []
    (file,) = find_remote_files(root + "a.txt")
    assert isinstance(file, FoundFile)
    assert (file.path, file.absolute, file.size) == ("a.txt", root + "a.txt", len("I am a.txt"))
    assert found(root + "sub") == [], "a root without a slash is a file"


def test_what_is_excluded_or_another_root_is_passed_over(bucket):
    put(bucket, "a.txt", "sub/b.txt", "log/c.txt")
    root = bucket[0] + "/"
    assert found(root, without=[root + "sub"]) == ["a.txt", "log/c.txt"]
    assert found(root, without=[root + "sub"], excluded=lambda path: path == "log/") == ["a.txt"]
    assert found(root, excluded=lambda path: path == "sub/b.txt") == ["a.txt", "log/c.txt"]


def test_a_place_is_a_file_a_folder_or_nothing(bucket):
    put(bucket, "a.txt", "sub/b.txt")
    states = {
        name: state_of_url(bucket[0] + name) for name in ("", "/", "/a.txt", "/sub", "/no", "/no/")
    }
    assert states == {
        "": "folder",
        "/": "folder",
        "/a.txt": "file",
        "/sub": "folder",
        "/no": "nothing",
        "/no/": "nothing",
    }


class Told(MemoryFileSystem):  # type: ignore[misc]
    """Says of each file what ``told`` says."""

    protocol = "told"
    cachable = False
    told: ClassVar[dict[str, object]] = {}

    @classmethod
    def _strip_protocol(cls, path):
        return path.removeprefix("told://").rstrip("/")

    def info(self, path, **options):
        return {"name": path, "type": "file", "size": 1, **self.told}


def stamp(monkeypatch, **told):
    fsspec.register_implementation("told", Told, clobber=True)
    monkeypatch.setattr(Told, "told", told)
    (file,) = find_remote_files("told://a.txt")
    assert isinstance(file, FoundFile)
    return file.mtime_ns


def test_a_change_is_told_by_time_and_version(monkeypatch):
    noon = datetime(2024, 5, 17, 12, tzinfo=timezone.utc)
    seconds = int(noon.timestamp())
    for moment in (noon, noon.replace(tzinfo=None), noon.timestamp(), "2024-05-17T12:00:00Z"):
        assert stamp(monkeypatch, LastModified=moment) == seconds * 10**9
    first, again, other = (stamp(monkeypatch, mtime=noon, ETag=tag) for tag in ("a", "a", "b"))
    assert first == again != other
    assert {first // 10**9, other // 10**9} == {seconds}


def test_a_file_of_which_nothing_tells_a_change_is_always_new(monkeypatch):
    assert stamp(monkeypatch) < stamp(monkeypatch, updated="some day")


def test_a_copy_lies_on_disk_for_as_long_as_it_is_needed(bucket):
    put(bucket, "a.txt")
    with local_copy(bucket[0] + "/a.txt", Limits()) as path:
        assert Path(path).read_bytes() == b"I am a.txt"
    assert not Path(path).parent.exists()
    with local_copy("/some/where", Limits()) as path:
        assert path == "/some/where"


def test_a_file_that_is_too_large_is_not_fetched(bucket):
    put(bucket, "a.txt")
    with pytest.raises(OverLimit, match="--max-file-size"):
        local_copy(bucket[0] + "/a.txt", Limits(size=3)).__enter__()
    with pytest.raises(Unavailable, match="is gone"):
        local_copy(bucket[0] + "/b.txt", Limits()).__enter__()


def test_size_and_digest_are_those_of_the_bytes(bucket):
    put(bucket, "a.txt")
    url = bucket[0] + "/a.txt"
    assert size_of_url(url) == len("I am a.txt")
    assert sha256_of_url(url) == hashlib.sha256(b"I am a.txt").hexdigest()
    with pytest.raises(FileNotFoundError):
        sha256_of_url(bucket[0] + "/b.txt")


def test_a_backend_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(Unavailable, match="pip install gcsfs"):
        state_of_url("gs://bucket/docs")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(Unavailable, match=r"pip install 'document-qa\[remote\]'"):
        state_of_url("gs://bucket/docs")


def test_a_place_of_an_unknown_kind_is_said_to_be_one():
    (refusal,) = find_remote_files("nowhere://bucket/docs/")
    assert isinstance(refusal, UnreadableFolder)
    assert "nowhere" in refusal.reason
