"""Names of documents: in full, and what a full one means within a root."""

from __future__ import annotations

import pytest

from qa.citations import paths_meant, source_path


@pytest.mark.parametrize("path", ["a.txt", "sub/a.txt", "box.zip!sub/a.txt", "docs", "docs/a.txt"])
def test_a_full_path_means_the_path_within_its_root(tmp_path, path):
    root = tmp_path / "docs"
    root.mkdir()
    assert paths_meant(str(root), source_path(str(root), path)) >= {path}
    assert paths_meant(str(root), path) == {path}


@pytest.mark.parametrize("path", ["box.zip", "box.zip!a.txt"])
def test_a_root_may_be_a_file(tmp_path, path):
    root = tmp_path / "box.zip"
    root.touch()
    full = source_path(str(root), path)
    assert full == str(tmp_path / path)
    assert path in paths_meant(str(root), full)


@pytest.mark.parametrize(
    ("root", "path"),
    [
        ("s3://bucket/docs/", "sub/a.txt"),
        ("s3://bucket/docs/a.txt", "a.txt"),
        ("s3://bucket/box.zip", "box.zip!a.txt"),
    ],
)
def test_a_url_means_what_lies_there(root, path):
    assert path in paths_meant(root, source_path(root, path))


def test_a_path_of_another_root_means_nothing_here(tmp_path):
    other = str(tmp_path / "other" / "a.txt")
    assert paths_meant(str(tmp_path / "docs"), other) == {other}
