"""Which documents a question is asked of: by path, type and day."""

import json
import os
import zipfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import UsageError
from qa import retrieval
from qa.cli import main
from qa.scope import scope
from tests.fakes import record_of

METHODS = ("hybrid", "dense", "sparse")
WORDS = "tower keeper granite lens oil storm reef island clock stair".split()


def holds(path, root="/root", container="", mtime=None, **chosen):
    """Tell whether a scope holds a document."""
    record = record_of(path)
    mtime_ns = record.mtime_ns if mtime is None else int(mtime.timestamp() * 10**9)
    values = {name: getattr(record, name) for name in type(record).__slots__}
    values |= {"container": container, "mtime_ns": mtime_ns}
    return scope(**chosen).holds(root, type(record)(**values))


# By path


@pytest.mark.parametrize(
    "within",
    [
        "sub/a.txt",
        "a.txt",
        "sub",
        "sub/",
        "./sub",
        "/sub/a.txt",
        "*.txt",
        "sub/*.txt",
        "s*/**",
        "/root",
        "/root/",
        "/root/sub",
        "/root/sub/a.txt",
        "/root/other/../sub",
        "root",
        "root/",
        "root/sub",
        "root/sub/a.txt",
        "root/*/a.txt",
        ["b.txt", "sub"],
    ],
)
def test_a_document_is_chosen_by_itself_its_folders_and_patterns(within):
    assert holds("sub/a.txt", within=within)


@pytest.mark.parametrize(
    "within",
    [
        *("b.txt", "su", "sub/b.txt", "*.md", "/a.txt", "/roo", "/root/su", "/root/a.txt", "txt"),
        *("a", "roo", "root/su", "root/a.txt", "other/sub"),
    ],
)
def test_a_document_is_not_chosen_by_what_is_like_its_path(within):
    assert not holds("sub/a.txt", within=within)


def test_a_later_pattern_takes_back_what_an_earlier_one_chose():
    assert holds("sub/a.txt", within=["sub", "!sub/b.txt"])
    assert not holds("sub/b.txt", within=["sub", "!sub/b.txt"])
    assert not holds("sub/b.txt", within=["root", "!root/sub/b.txt"])


def test_a_path_may_be_relative_to_the_folder_one_is_in(tmp_path, monkeypatch):
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "docs" / "sub")
    monkeypatch.setenv("HOME", str(tmp_path))
    root = str((tmp_path / "docs").resolve())
    for place, within in [
        (tmp_path, "docs/sub"),
        (tmp_path, "link"),
        (tmp_path, "~/docs/sub"),
        (tmp_path / "docs" / "sub", "."),
        (tmp_path / "docs" / "sub", "a.txt"),
    ]:
        monkeypatch.chdir(place)
        assert holds("sub/a.txt", root, within=within)
        assert not holds("b.txt", root, within=within)


@pytest.mark.parametrize(
    "within",
    ["box.zip", "box.zip!in.zip", "box.zip!in.zip!a.txt", "*.zip", "/root/box.zip", "a.txt"],
)
def test_what_lies_in_a_file_is_chosen_with_it(within):
    nested = "box.zip!in.zip!a.txt"
    if within == "a.txt":  # is no name of a member: what is in a zip file has its path before it
        assert not holds(nested, container="box.zip", within=within)
    else:
        assert holds(nested, container="box.zip", within=within)
        assert not holds("other.md!in.zip!a.txt", container="other.md", within=within.lstrip("*"))


def test_a_member_is_chosen_alone_and_a_mark_in_a_name_is_no_container():
    assert holds("box.zip!a.txt", container="box.zip", within="box.zip!a.txt")
    assert not holds("box.zip!b.txt", container="box.zip", within="box.zip!a.txt")
    assert not holds("box.zip!a.txt", within="box.zip")


@pytest.mark.parametrize("within", ["", "\0", "~nobody-of-this-name/x", "a" * 10_000, "[", "**"])
def test_odd_patterns_are_taken(within):
    assert holds("a.txt", within=[within, "a.txt"])


def test_a_pattern_that_cannot_be_read_is_refused():
    with pytest.raises(UsageError, match=r"give a path or a pattern such as"):
        scope("!")


# By type


@pytest.mark.parametrize("kind", ["pdf", ".pdf", "*.pdf", "PDF", ".Pdf", ["md", "pdf"]])
def test_a_type_is_a_suffix_however_it_is_written(kind):
    assert holds("a.pdf", types=kind)
    assert holds("sub/A.PDF", types=kind)
    assert holds("box.zip!a.pdf", container="box.zip", types=kind)
    assert not holds("a.pdfx", types=kind)
    assert not holds("pdf", types=kind)
    assert not holds("a.pdf.txt", types=kind)


def test_a_type_may_have_several_parts():
    assert holds("a.tar.gz", types="tar.gz")
    assert not holds("a.gz", types="tar.gz")


# By day

NOON = datetime(2024, 2, 29, 12)


@pytest.mark.parametrize(
    ("since", "until", "is_held"),
    [
        ("2024-02-29", None, True),
        ("2024-03-01", None, False),
        (None, "2024-02-29", True),
        (None, "2024-02-28", False),
        ("2024-02-29", "2024-02-29", True),
        ("2024-03-01", "2024-02-01", False),
        (date(2024, 2, 29), datetime(2024, 2, 29, 1), True),
        ("0001-01-01", "9999-12-31", True),
    ],
)
def test_both_days_are_included(since, until, is_held):
    assert holds("a.txt", mtime=NOON, since=since, until=until) is is_held


def test_a_day_is_one_of_local_time():
    for time in (datetime(2024, 2, 29), datetime(2024, 2, 29, 23, 59, 59, 999_000)):
        assert holds("a.txt", mtime=time, since="2024-02-29", until="2024-02-29")
    for time in (datetime(2024, 2, 28, 23, 59, 59, 999_000), datetime(2024, 3, 1)):
        assert not holds("a.txt", mtime=time, since="2024-02-29", until="2024-02-29")


@pytest.mark.parametrize("seconds", [-(10**11), 10**15, -(10**15)])
def test_a_time_beyond_all_calendars_is_before_or_after_every_day(seconds):
    record = record_of("a.txt")
    values = {name: getattr(record, name) for name in type(record).__slots__}
    far = type(record)(**{**values, "mtime_ns": seconds * 10**9})
    assert scope(since="2024-01-01").holds("/root", far) is (seconds > 0)
    assert scope(until="2024-01-01").holds("/root", far) is (seconds < 0)


@pytest.mark.parametrize("given", ["yesterday", "2024-13-01", "2023-02-29", "", "29.02.2024"])
def test_what_is_no_date_is_refused(given):
    for name in ("since", "until"):
        with pytest.raises(UsageError, match=r"is no date; write it as 2024-12-31"):
            scope(**{name: given})


# Of a library


@pytest.fixture
def shelf(library, docs):
    """A library of documents of several folders, types and days."""
    for name, text, day in [
        ("a.txt", "The keeper of the tower.", 1),
        ("sub/b.txt", "The keeper of the reef.", 2),
        ("sub/c.md", "The keeper of the lens.", 3),
        ("sub/deep/d.md", "The keeper of the stair.", 4),
    ]:
        path = docs / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
        age(path, day)
    with zipfile.ZipFile(docs / "box.zip", "w") as archive:
        archive.writestr("e.txt", "The keeper of the clock.")
    age(docs / "box.zip", 5)
    library.index(docs)
    return library


def age(path, day):
    then = datetime(2024, 5, day, 12).timestamp()
    os.utime(path, (then, then))


def asked(library, **chosen):
    return sorted(c.document for c in library.ask("Where is the keeper?", k=20, **chosen).citations)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ["a.txt", "box.zip!e.txt", "sub/b.txt", "sub/c.md", "sub/deep/d.md"]),
        ({"within": "sub"}, ["sub/b.txt", "sub/c.md", "sub/deep/d.md"]),
        ({"within": ["a.txt", "sub/deep/"]}, ["a.txt", "sub/deep/d.md"]),
        ({"within": "box.zip"}, ["box.zip!e.txt"]),
        ({"within": "box.zip!e.txt"}, ["box.zip!e.txt"]),
        ({"types": "txt"}, ["a.txt", "box.zip!e.txt", "sub/b.txt"]),
        ({"types": "md", "within": "sub", "since": "2024-05-04"}, ["sub/deep/d.md"]),
        ({"since": "2024-05-02", "until": date(2024, 5, 3)}, ["sub/b.txt", "sub/c.md"]),
        ({"since": "2024-05-05"}, ["box.zip!e.txt"]),
    ],
)
def test_only_the_documents_chosen_are_cited(shelf, chosen, expected):
    assert asked(shelf, **chosen) == expected


def test_a_choice_made_again_follows_what_has_changed(library, docs):
    (docs / "sub").mkdir()
    (docs / "sub" / "a.txt").write_text("The keeper of the tower.", encoding="utf-8")
    library.index(docs)
    assert asked(library, within="sub") == ["sub/a.txt"]
    (docs / "sub" / "b.txt").write_text("The keeper of the reef.", encoding="utf-8")
    library.index(docs)
    assert asked(library, within="sub") == ["sub/a.txt", "sub/b.txt"]
    assert asked(library, within="sub", types="txt") == ["sub/a.txt", "sub/b.txt"]
    assert asked(library, since="2024-01-01") == ["sub/a.txt", "sub/b.txt"]
    os.utime(docs / "sub" / "b.txt", (0, 0))
    library.index(docs)
    assert asked(library, since="2024-01-01") == ["sub/a.txt"]


def test_a_choice_made_again_in_another_folder_is_another(library, docs, monkeypatch):
    for name in ("one", "two"):
        (docs / name).mkdir()
        (docs / name / "a.txt").write_text(f"The keeper of tower {name}.", encoding="utf-8")
    library.index(docs)
    monkeypatch.chdir(docs / "one")
    assert asked(library, within=".") == ["one/a.txt"]
    monkeypatch.chdir(docs / "two")
    assert asked(library, within=".") == ["two/a.txt"]


def test_a_document_is_chosen_by_the_path_its_citation_tells(shelf):
    for citation in shelf.ask("keeper", k=20).citations:
        assert asked(shelf, within=citation.path) == [citation.document]
        assert asked(shelf, within=Path(citation.path).as_posix()) == [citation.document]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"within": "gone.txt"}, "no document is within gone.txt; qa list"),
        ({"within": ["x", "y"]}, "no document is within x or y;"),
        ({"types": ["odt", "rtf"]}, "no document is of type odt or rtf;"),
        ({"since": "2025-01-01"}, "no document is from 2025-01-01 on;"),
        ({"until": "2023-01-01"}, "no document is up to 2023-01-01;"),
        (
            {"within": "sub", "types": "txt", "since": "2024-05-03", "until": "2024-05-09"},
            "no document is within sub, of type txt, from 2024-05-03 on, up to 2024-05-09;",
        ),
    ],
)
def test_a_choice_of_nothing_is_refused_and_says_what_was_chosen(shelf, chosen, said):
    with pytest.raises(UsageError) as refused:
        shelf.ask("keeper", **chosen)
    assert str(refused.value).startswith(said)


def test_the_command_chooses_as_the_library_does(shelf, capsys):
    def ask(*options):
        code = main(["ask", "keeper?", "--library", str(shelf.folder), "-k", "9", *options])
        return code, *capsys.readouterr()

    _, out, _ = ask("--in", "sub", "--in", "a.txt", "--type", "md", "--type", ".txt", "--json")
    cited = sorted(c["document"] for c in json.loads(out)["citations"])
    assert cited == ["a.txt", "sub/b.txt", "sub/c.md", "sub/deep/d.md"]
    _, out, _ = ask("--since", "2024-05-03", "--until", "2024-05-03", "--json")
    assert [c["document"] for c in json.loads(out)["citations"]] == ["sub/c.md"]
    code, out, err = ask("--in", "nowhere")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "no document is within nowhere" in err


# Whichever way the rows are restricted, the ranking is that of those rows alone


@pytest.fixture(params=["all scored", "proposed by the indexes"])
def way(request, monkeypatch):
    if request.param != "all scored":
        monkeypatch.setattr(retrieval, "_FEW_ROWS", 3)
    return request.param


@pytest.mark.parametrize("method", METHODS)
def test_a_choice_ranks_as_a_full_ranking_without_the_others(library, docs, way, method):
    generator = np.random.default_rng(1)
    for at in range(12):
        (docs / f"{at}").mkdir()
        for n in range(5):
            text = " ".join(generator.choice(WORDS, generator.integers(4, 12)))
            (docs / f"{at}" / f"{n}.txt").write_text(f"{text} {at}x{n}.", encoding="utf-8")
    library.index(docs)
    (docs / "0" / "late.txt").write_text("The keeper in the storm, late.", encoding="utf-8")
    library.index(docs)  # newer than the snapshot
    question = "Was the keeper on the reef in the storm?"
    for within in (["0"], ["3", "5/1.txt"], ["[0-9]"], ["1*", "!1/"]):
        found = library.search(question, k=9, method=method, within=within)
        everything = library.search(question, k=999, method=method)
        chosen = scope(within)
        of_these = [hit for hit in everything if chosen.holds(str(docs), hit.stored.file)]
        assert {h.stored.row for h in found} <= {h.stored.row for h in of_these}
        assert len(found) == min(9, len(of_these))
        exact = {h.stored.row: h.scores for h in of_these}
        assert all(exact[hit.stored.row] == hit.scores for hit in found)
        if method != "hybrid":  # there, scores are compared with the lowest and highest asked
            by_score = [getattr(hit.scores, method) for hit in of_these]
            assert [getattr(h.scores, method) for h in found] == by_score[: len(found)]


@pytest.mark.parametrize("method", METHODS)
def test_both_ways_of_restricting_rank_alike(library, docs, monkeypatch, method):
    generator = np.random.default_rng(2)
    for n in range(40):
        text = " ".join(generator.choice(WORDS, generator.integers(4, 12)))
        (docs / f"{n}.txt").write_text(f"{text} {n}x.", encoding="utf-8")
    library.index(docs)
    for question in ("the keeper in the storm", "granite lens 7x", "unheard of"):
        rankings = []
        for few in (2000, 3):
            monkeypatch.setattr(retrieval, "_FEW_ROWS", few)
            hits = library.search(question, k=12, method=method, within="[1-3]?.txt")
            rankings.append([(hit.stored.row, hit.scores, hit.explanation.fused) for hit in hits])
        assert len(rankings[0]) == 12
        if method == "sparse":  # a row without any of the words is proposed by no index
            rankings = [[one for one in ranking if one[1].sparse] for ranking in rankings]
        assert rankings[0] == rankings[1]
