"""Does a citation still stand, and are the files still those that were indexed?"""

import json

import pytest

from corpus.errors import UsageError
from qa.checkup import SYNC
from qa.cli import main

TEXT = "The first line.\n\nThe keeper wrote a diary.\n"


@pytest.fixture
def path(docs):
    (docs / "a.txt").write_text(TEXT)
    (docs / "b.txt").write_text("A reef lies north.")
    return docs / "a.txt"


@pytest.fixture
def cited(library, docs, path):
    library.index(docs)
    return next(c for c in library.ask("keeper diary").citations if c.document == "a.txt")


def status(library, identifier):
    check = library.check_citation(identifier)
    return check.status, check.start, check.end


def test_a_citation_stands_in_the_file_it_was_taken_from(library, cited, path):
    check = library.check_citation(f" {cited.id}\n")
    assert (check.id, check.status) == (cited.id, "stands")
    assert (check.document, check.path) == ("a.txt", str(path))
    assert (check.start, check.end) == (cited.start, cited.end)


def test_it_stands_while_other_parts_of_the_file_change(library, cited, path):
    path.write_text(f"{TEXT}And an end.")
    assert status(library, cited.id) == ("stands", cited.start, cited.end)


@pytest.mark.parametrize("synced", [False, True])
def test_it_has_moved_when_text_was_put_before_it(library, cited, path, docs, synced):
    path.write_text(f"New.\n\n{TEXT}")
    if synced:
        library.index(docs)
        assert status(library, cited.id)[0] in ("moved", "unknown")
    else:
        assert status(library, cited.id) == ("moved", cited.start + 6, cited.end + 6)


def test_it_is_changed_when_the_file_has_other_words(library, cited, path):
    path.write_text(TEXT.replace("keeper", "sailor"))
    assert status(library, cited.id) == ("changed", None, None)


def test_it_is_changed_when_the_file_is_gone_or_cannot_be_read(library, cited, path):
    path.unlink()
    assert status(library, cited.id)[0] == "changed"
    path.mkdir()
    assert status(library, cited.id)[0] == "changed"


def test_it_is_unknown_when_no_document_holds_it(library, cited):
    digest, span, check = cited.id.split(".")
    other = f"{digest}.{span}.{'0' * 8}"
    assert other != cited.id
    assert status(library, other) == ("unknown", None, None)
    assert status(library, f"{'f' * 16}.0-3.{check}")[0] == "unknown"
    assert status(library, f"{digest}.0-999999999999.{check}")[0] == "unknown"


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "a.txt",
        "5472847b0d2165dc.7958-9123",
        "5472847b0d2165dc.7958-9123.22fbd69",
        "5472847b0d2165dc.7958-9123.22fbd69eZ",
        "5472847B0D2165DC.7958-9123.22FBD69E",
        "5472847b0d2165dc.-1-9123.22fbd69e",
        "../etc/passwd",
    ],
)
def test_what_is_no_citation_is_refused(library, cited, identifier):
    with pytest.raises(UsageError, match="is no citation") as refused:
        library.check_citation(identifier)
    assert "\n" not in str(refused.value)


def test_on_the_command_line_only_a_standing_citation_exits_0(library, cited, path, capsys):
    arguments = ["verify", "--library", str(library.folder), "--citation", cited.id]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"id", "status", "document", "path", "start", "end"}
    assert told["status"] == "stands"
    path.write_text("Other words.")
    assert main(arguments) == 1
    assert "no longer stands" in capsys.readouterr().out
    assert main([*arguments[:-1], "nonsense"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# Files


def test_files_that_are_what_was_indexed_are_no_finding(library, cited):
    assert library.verify() == []


def test_files_that_changed_or_went_are_found_and_a_sync_mends_them(library, cited, path, docs):
    path.write_text("Other words.")
    (docs / "b.txt").unlink()
    found = {finding.where: finding for finding in library.verify()}
    assert "has changed" in found["a.txt"].what
    assert "is gone" in found["b.txt"].what
    assert {finding.fix for finding in found.values()} == {SYNC}
    library.index(docs)
    assert library.verify() == []


def test_a_file_in_the_place_of_a_folder_is_found(library, cited, path):
    path.unlink()
    path.mkdir()
    [found] = library.verify()
    assert "cannot be opened" in found.what


def test_files_that_were_never_read_are_no_finding(library, docs):
    (docs / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (docs / "empty.txt").write_text("")
    library.index(docs)
    assert library.verify() == []
