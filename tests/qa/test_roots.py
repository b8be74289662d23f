"""Which part of which root a path means, and what patterns pass over."""

import os
from pathlib import Path

import pytest

from corpus.errors import UsageError
from qa.roots import Target, exclusion, targets


def meant(paths, roots=()):
    return [(t.root, t.scope) for t in targets(map(Path, paths), roots)]


@pytest.mark.parametrize(
    ("paths", "roots", "expected"),
    [
        (["/a"], [], [("/a", "")]),
        (["/a"], ["/a"], [("/a", "")]),
        (["/a/b/c.txt"], ["/a"], [("/a", "b/c.txt")]),
        (["/a/b/c.txt"], ["/a", "/a/b"], [("/a/b", "c.txt")]),
        (["/a/b/c.txt"], ["/a/b", "/a"], [("/a/b", "c.txt")]),
        (["/ab"], ["/a"], [("/ab", "")]),
        (["/a"], ["/a/b"], [("/a", "")]),
        (["/a/b", "/a"], [], [("/a", ""), ("/a", "b")]),
        (["/b", "/a"], [], [("/b", ""), ("/a", "")]),
        (["/a", "/a", "/a/x/.."], [], [("/a", "")]),
        ([], ["/a"], []),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_a_path_means_a_part_of_the_innermost_root_that_holds_it(paths, roots, expected):
    assert sorted(meant(paths, roots)) == sorted(expected)


def test_relative_paths_and_links_mean_what_they_lead_to(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "link").symlink_to("docs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    expected = [(os.path.realpath(tmp_path / "docs"), "")]
    for path in ("docs", "./docs/", "link", "~/docs", tmp_path / "docs"):
        assert meant([path]) == expected


@pytest.mark.parametrize(
    ("scope", "path", "holds"),
    [
        ("", "a.txt", True),
        ("", "sub/a.txt", True),
        ("sub", "sub/a.txt", True),
        ("sub", "sub/deep/a.txt", True),
        ("sub", "subs/a.txt", False),
        ("sub", "a.txt", False),
        ("sub/a.txt", "sub/a.txt", True),
        ("sub/a.txt", "sub/a.txt.bak", False),
    ],
)
def test_a_target_holds_what_lies_under_its_scope(scope, path, holds):
    assert Target("/root", scope).holds(path) is holds


@pytest.mark.parametrize(
    ("patterns", "path", "excluded"),
    [
        ([], "a.txt", False),
        (["", "  "], "a.txt", False),
        (["# a remark"], "# a remark", False),
        (["*.log"], "a.log", True),
        (["*.log"], "sub/deep/a.log", True),
        (["*.log"], "a.txt", False),
        (["/a.txt"], "a.txt", True),
        (["/a.txt"], "sub/a.txt", False),
        (["build/"], "build/", True),
        (["build/"], "sub/build/", True),
        (["build/"], "build/a.txt", True),
        (["build/"], "build", False),
        (["sub/*.md"], "sub/a.md", True),
        (["sub/*.md"], "sub/deep/a.md", False),
        (["**/deep/**"], "sub/deep/a.md", True),
        (["*.txt", "!keep.txt"], "keep.txt", False),
        (["*.txt", "!keep.txt"], "other.txt", True),
        (["!keep.txt", "*.txt"], "keep.txt", True),
        (["a b.txt"], "a b.txt", True),
        (["ä*.txt"], "ähre.txt", True),
    ],
)
def test_patterns_are_those_of_a_gitignore_file(patterns, path, excluded):
    assert bool(exclusion(patterns)(path)) is excluded


@pytest.mark.parametrize("pattern", ["!", "!  "])
def test_a_pattern_that_cannot_be_read_is_refused(pattern):
    with pytest.raises(UsageError, match=r"--exclude.*gitignore") as refused:
        exclusion([pattern])
    assert "\n" not in str(refused.value)
