"""The command line: exit codes, what goes where, and one line for whatever is wrong."""

import errno
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from rich.console import Console

from qa.cli import app, main
from qa.library import Library
from qa.terminal import print_answer

LIGHTHOUSE = """The lighthouse of Skerry Point was built of granite. It took six years.

Its first keeper was Agnes Orr. She kept a weather diary for thirty one years.
"""
HOSTILE = (
    "The keeper \x1b[2J\x1b]0;owned\x07 sleeps \x9b31m here \x08\x08 \x7f now\r over "
    "\u202egnp.exe\u2066 it.\n"
)
CITATION = {
    *("number", "id", "document", "path", "title", "section", "location", "page", "start", "end"),
    *("text", "highlights", "relevance", "scores", "sha256", "copies", "explanation", "words"),
}
RECEIPT = {"added", "updated", "removed", "unchanged", "failed", "passages", "seconds", "files"}
REPORT = {"path", "status", "reason", "pages", "passages", "encoding"}


@pytest.fixture
def place(encoder, tmp_path):
    """The folder of a library, not made yet."""
    return str(tmp_path / "library")


@pytest.fixture
def indexed(place, docs, capsys):
    """The folder of a library that holds two documents."""
    (docs / "light.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    (docs / "sub").mkdir()
    (docs / "sub" / "lake.md").write_text("# Aral Sea\n\nShips rust on the sand.\n")
    assert main(["index", str(docs), "--library", place]) == 0
    capsys.readouterr()
    return place


def run(capsys, *arguments):
    """Return the exit code, stdout and stderr of a command."""
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def said_wrong(capsys, *arguments):
    """Return the one line that a wrong command is answered with."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("qa: error: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert "Traceback" not in err
    assert "please report it" not in err, "the error is not foreseen"
    return err


# Asking


def test_an_answer_exits_0_and_shows_document_and_evidence(indexed, capsys):
    code, out, err = run(capsys, "ask", "Who was the first keeper?", "--library", indexed)
    assert (code, err) == (0, "")
    assert "light.txt, line 1" in out
    assert "▌ Its first keeper was Agnes Orr." in out
    assert out.count("[1] ") == 1


def test_a_citation_says_in_which_folder_or_archive_its_document_is(indexed, docs, capsys):
    with zipfile.ZipFile(docs / "box.zip", "w") as archive:
        archive.writestr("old/spoons.txt", "Aunt Olga promised the silver spoons to Peter.")
    asked = ("--docs", docs, "--library", indexed, "-k", 1)
    assert "box.zip!old/spoons.txt, line 1\n" in run(capsys, "ask", "silver spoons", *asked)[1]
    assert "sub/lake.md, line 1\n" in run(capsys, "ask", "Ships rust on sand", *asked)[1]


def test_more_passages_than_memory_could_hold_may_be_asked_for(indexed, capsys):
    code, out, err = run(capsys, "ask", "first keeper?", "--library", indexed, "-k", 10**12)
    assert (code, err) == (0, "")
    assert "[2] " in out


def test_no_answer_exits_3_and_shows_the_nearest(indexed, capsys):
    code, out, err = run(capsys, "ask", "quantum lagrangian", "--library", indexed)
    assert (code, err) == (3, "")
    assert "No passage answers this" in out
    assert "[1] " in out


@pytest.mark.parametrize("question", ["Who was the first keeper?", "quantum lagrangian"])
def test_ask_json_is_one_object_of_the_contract(indexed, capsys, question):
    code, out, err = run(capsys, "ask", question, "--library", indexed, "--json", "-k", 2)
    assert err == ""
    assert out.count("\n") == 1
    answer = json.loads(out)
    assert answer.keys() >= {"question", "answered", "relevance", "seconds", "citations"}
    assert answer["question"] == question
    assert code == (0 if answer["answered"] else 3)
    assert 0 <= answer["relevance"] <= 1
    assert len(answer["citations"]) == 2
    for citation in answer["citations"]:
        assert citation.keys() >= CITATION
        assert citation["scores"].keys() == {"dense", "sparse", "sentence"}
        assert citation["page"] is None
        assert citation["copies"] == []
        assert citation["explanation"] is None
        _, shown, _ = run(capsys, "show", citation["document"], "--library", indexed)
        assert shown[citation["start"] : citation["end"]] == citation["text"]
        for start, end in citation["highlights"]:
            assert shown[start:end] in citation["text"]


def test_documents_of_several_roots_are_listed_with_their_roots(indexed, docs, tmp_path, capsys):
    assert str(docs) not in run(capsys, "list", "--library", indexed)[1]
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(next(docs.glob("*.txt")), other)
    run(capsys, "index", other, "--library", indexed)
    lines = run(capsys, "list", "--library", indexed)[1].splitlines()[:-1]
    assert all(line.endswith((f", in {docs})", f", in {other})")) for line in lines)
    assert sum(line.endswith(f"in {other})") for line in lines) == 1


def test_what_the_encoder_tells_is_said_once(capsys):
    for _ in range(2):
        main(["--version"])
    logging.getLogger("embeddings.compiled").info("preparing the model %s", "x")
    assert capsys.readouterr().err == "qa: preparing the model x\n"


def test_explain_shows_scores_ranks_and_words(indexed, capsys):
    asked = ("ask", "Who was the first keeper?", "--library", indexed, "--explain")
    shown = json.loads(run(capsys, *asked, "--json")[1])["citations"][0]["explanation"]
    assert shown.keys() == {"fused", "dense", "sparse", "sentence", "matched"}
    assert shown["dense"].keys() == {"score", "rank"}
    assert shown["matched"] == ["first", "keeper"]
    _, out, err = run(capsys, *asked)
    assert err == ""
    dense, sparse, sentence = (shown[name] for name in ("dense", "sparse", "sentence"))
    assert (
        f"    score {shown['fused']:.3f}: dense {dense['score']:.3f} (rank {dense['rank']}), "
        f"sparse {sparse['score']:.3f} (rank {sparse['rank']}), "
        f"sentence {sentence['score']:.3f} (rank {sentence['rank']})\n"
    ) in out
    assert "    matched words: first, keeper\n" in out
    _, out, _ = run(capsys, "ask", "quantum lagrangian", "--library", indexed, "--explain")
    assert "matched words: none" in out
    assert "matched words" not in run(capsys, *asked[:-1])[1]


def test_the_same_text_elsewhere_is_told(indexed, docs, capsys):
    (docs / "again.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    asked = ("ask", "Who was the first keeper?", "--docs", docs, "--library", indexed)
    _, out, _ = run(capsys, *asked)
    assert "    the same in light.txt, line 1\n" in out
    copies = json.loads(run(capsys, *asked, "--json")[1])["citations"][0]["copies"]
    assert [copy["document"] for copy in copies] == ["light.txt"]
    assert copies[0].keys() == {"id", "document", "location"}
    assert run(capsys, "verify", "--citation", copies[0]["id"], "--library", indexed)[0] == 0


def test_the_method_decides_which_scores_are_null(indexed, capsys):
    for method, silent in [("dense", "sparse"), ("sparse", "dense")]:
        asked = ("ask", "keeper", "--library", indexed, "--method", method, "--json")
        out = run(capsys, *asked)[1]
        [scores, *_] = [citation["scores"] for citation in json.loads(out)["citations"]]
        assert scores[silent] is None
        assert scores[method] is not None


def test_docs_are_brought_up_to_date_and_kept_for_next_time(encoder, docs, capsys):
    (docs / "light.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    assert run(capsys, "ask", "first keeper", "--docs", docs)[::2] == (0, "")
    encoder.documents.clear()
    assert run(capsys, "ask", "first keeper", "--docs", docs)[0] == 0
    assert encoder.documents == []
    (docs / "more.txt").write_text("A second keeper came.", encoding="utf-8")
    assert "more.txt" in run(capsys, "ask", "second keeper came", "--docs", docs)[1]
    (docs / "more.txt").unlink()
    assert "more.txt" not in run(capsys, "ask", "second keeper came", "--docs", docs)[1]


def test_a_file_that_fails_is_a_warning_and_the_answer_comes(encoder, docs, capsys):
    (docs / "light.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    code, out, err = run(capsys, "ask", "first keeper", "--docs", docs, "--json")
    assert code == 0
    assert json.loads(out)["answered"]
    assert err.startswith("qa: failed: broken.pdf: ")
    assert err.count("\n") == 1


# Indexing


def test_index_json_is_the_receipt_of_the_contract(place, docs, capsys):
    (docs / "light.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    (docs / "empty.txt").touch()
    code, out, err = run(capsys, "index", docs, "--library", place, "--json")
    assert (code, err) == (0, "")
    receipt = json.loads(out)
    assert receipt.keys() >= RECEIPT
    assert (receipt["added"], receipt["failed"], receipt["unchanged"]) == (1, 0, 0)
    assert all(report.keys() >= REPORT for report in receipt["files"])
    assert {report["path"]: report["status"] for report in receipt["files"]} == {
        "empty.txt": "empty",
        "light.txt": "added",
    }
    again = json.loads(run(capsys, "index", docs, "--library", place, "--json")[1])
    assert (again["added"], again["unchanged"]) == (0, 1)
    assert again["passages"] == receipt["passages"]


def test_a_failed_file_exits_1_and_is_named_with_its_reason(place, docs, capsys):
    (docs / "light.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    code, out, err = run(capsys, "index", docs, "--library", place)
    assert (code, err) == (1, "")
    assert "failed: broken.pdf: " in out
    assert "1 added, 1 failed" in out
    code, out, _ = run(capsys, "index", docs, "--library", place, "--json")
    assert code == 1, "it still needs attention"
    assert json.loads(out)["failed"] == 1


def test_an_empty_folder_exits_1_and_says_so(place, docs, capsys):
    code, out, err = run(capsys, "index", docs, "--library", place, "--json")
    assert code == 1
    assert json.loads(out)["files"] == []
    assert "no files were found" in err
    assert err.count("\n") == 1


def test_index_without_a_library_fills_the_one_that_docs_uses(encoder, docs, capsys):
    (docs / "light.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    assert run(capsys, "index", docs)[0] == 0
    encoder.documents.clear()
    assert run(capsys, "ask", "first keeper", "--docs", docs)[0] == 0
    assert encoder.documents == []


def test_another_model_makes_another_library_only(indexed, docs, capsys, tmp_path):
    err = said_wrong(capsys, "index", docs, "--library", indexed, "--model", "another")
    assert "bag-of-words" in err
    err = said_wrong(capsys, "index", docs, "--library", tmp_path / "new", "--model", "nonsense")
    assert "unknown model 'nonsense'" in err


# Looking


@pytest.mark.parametrize("text", [LIGHTHOUSE, "no newline at the end", "Ä\r\n\t\U0001f5fc  \n\n"])
def test_show_prints_the_text_verbatim(place, docs, capsys, text):
    (docs / "a.txt").write_bytes(text.encode())
    run(capsys, "index", docs, "--library", place)
    code, out, err = run(capsys, "show", "a.txt", "--library", place)
    assert (code, out, err) == (0, text, "")
    shown = json.loads(run(capsys, "show", docs / "a.txt", "--library", place, "--json")[1])
    assert (shown["text"], shown["start"], shown["end"]) == (text, 0, len(text))


def test_show_prints_one_page(place, docs, capsys):
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    pdf = canvas.Canvas(str(docs / "two.pdf"))
    for line in ("The keeper of page one.", "The lens of page two."):
        pdf.drawString(72, 700, line)
        pdf.showPage()
    pdf.save()
    run(capsys, "index", docs, "--library", place)
    whole = run(capsys, "show", "two.pdf", "--library", place)[1]
    code, page, err = run(capsys, "show", "two.pdf", "--page", 2, "--library", place)
    assert (code, err) == (0, "")
    assert "page two" in page
    assert "page one" not in page
    assert page in whole
    assert "no page 3" in said_wrong(capsys, "show", "two.pdf", "--page", 3, "--library", place)
    asked = run(capsys, "ask", "lens of page two", "--library", place, "--json")[1]
    citation = json.loads(asked)["citations"][0]
    assert (citation["page"], "page 2" in citation["location"]) == (2, True)


def test_a_page_of_a_document_without_pages_is_refused(indexed, capsys):
    said = said_wrong(capsys, "show", "light.txt", "--page", 1, "--library", indexed)
    assert "light.txt has no page 1" in said


def test_list_names_every_document(indexed, docs, capsys):
    code, out, err = run(capsys, "list", "--library", indexed)
    assert (code, err) == (0, "")
    assert "light.txt" in out
    assert "sub/lake.md  Aral Sea" in out
    assert out.rstrip().endswith("2 documents")
    listed = json.loads(run(capsys, "list", "--library", indexed, "--json")[1])["documents"]
    assert [entry["document"] for entry in listed] == ["light.txt", "sub/lake.md"]
    assert [entry["path"] for entry in listed] == [
        str(docs / entry["document"]) for entry in listed
    ]
    assert all(entry["passages"] >= 1 and len(entry["sha256"]) == 64 for entry in listed)


# What is wrong is said in one line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask"], "QUESTION"),
        (["ask", ""], "question is empty"),
        (["ask", "keeper", "-k", "0"], "k is 0"),
        (["ask", "keeper", "-k", "many"], "-k"),
        (["ask", "keeper", "--method", "best"], "best"),
        (["ask", "keeper", "--colour"], "--colour"),
        (["ask", "keeper", "and", "more"], "(and more); put what holds spaces in quotes."),
        (["ask", "keeper", "--colour"], "See qa ask --help."),
        (["guess", "--colour"], "No such command 'guess'. See qa --help."),
        (["aks"], "Did you mean 'ask'? See qa --help."),
        (["ask", "keeper", "--docs", "/no/such/path"], "/no/such/path"),
        (["ask", "keeper", "--library", "/no/such/library"], "no library in /no/such/library"),
        (["index"], "name a file or folder"),
        (["index", "/no/such/path"], "/no/such/path"),
        (["list", "--library", "/no/such/library"], "no library"),
        (["show", "x", "--library", "/no/such/library"], "no library"),
        (["show"], "DOCUMENT"),
        (["guess"], "guess"),
        (["--colour"], "--colour"),
        (["chat", "--auth", "nobody"], "USER:PASSWORD"),
        (["evaluate", "/no/such/set"], "/no/such/set"),
    ],
)
def test_wrong_usage_exits_2_with_one_line(encoder, capsys, arguments, said):
    assert said in said_wrong(capsys, *arguments)


def test_what_is_wrong_with_a_library_is_said_in_one_line(indexed, capsys, docs):
    assert "k is 0" in said_wrong(capsys, "ask", "keeper", "-k", 0, "--library", indexed)
    assert "best" in said_wrong(
        capsys, "ask", "keeper", "--method", "best", "--library", indexed, "--json"
    )
    assert "dark.txt" in said_wrong(capsys, "show", "dark.txt", "--library", indexed)
    assert "holds other files" in said_wrong(capsys, "index", docs, "--library", docs)


def test_asking_an_empty_folder_is_wrong_usage(encoder, docs, capsys):
    assert str(docs) in said_wrong(capsys, "ask", "keeper", "--docs", docs)


def test_a_damaged_library_is_said_in_one_line(indexed, capsys):
    with Path(indexed, "library.sqlite").open("r+b") as file:
        file.write(b"no database any more")
    for command in (["ask", "keeper"], ["list"], ["show", "light.txt"]):
        assert "library.sqlite" in said_wrong(capsys, *command, "--library", indexed)


def test_a_file_in_the_place_of_a_library_is_said(home, tmp_path, capsys):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for command in (["ask", "keeper"], ["list"], ["verify"], ["doctor"]):
        err = said_wrong(capsys, *command, "--library", tmp_path / "file")
        assert "file is no folder and cannot hold a library; name one" in err


@pytest.mark.parametrize("command", ["ask keeper --docs", "index", "evaluate", "list --library"])
def test_a_path_that_may_not_be_looked_at_is_said(home, tmp_path, capsys, monkeypatch, command):
    def refusing(method):
        def look(path, *options, **named):
            if "locked" in path.parts:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return method(path, *options, **named)

        return look

    for name in ("stat", "read_text"):
        monkeypatch.setattr(Path, name, refusing(getattr(Path, name)))
    err = said_wrong(capsys, *command.split(), tmp_path / "locked" / "a.txt")
    assert "a.txt cannot be opened (Permission denied); check its permissions" in err


def test_a_fault_of_ours_is_one_line_too(indexed, capsys, encoder, monkeypatch):
    def fail(texts):
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr(encoder, "encode_queries", fail)
    code, out, err = run(capsys, "ask", "keeper", "--library", indexed, "--json")
    assert (code, out) == (2, "")
    assert err == "qa: error: unexpected ZeroDivisionError: two lines; please report it\n"


def test_an_interrupted_command_exits_130(indexed, capsys, encoder, monkeypatch):
    def stop(texts):
        raise KeyboardInterrupt

    monkeypatch.setattr(encoder, "encode_queries", stop)
    code, out, err = run(capsys, "ask", "keeper", "--library", indexed)
    assert (code, out, err.count("\n")) == (130, "", 1)
    assert "interrupted" in err


# Help


def test_qa_alone_prints_the_help(home, capsys):
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    assert out == run(capsys, "--help")[1]
    for command in ("ask", "chat", "index", "list", "show", "evaluate", "tune"):
        assert f"  {command} " in out


def test_no_command_is_described_by_half_a_sentence(home, capsys, monkeypatch):
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    _, _, listed = run(capsys)[1].partition("Commands:\n")
    assert len(listed.splitlines()) == len(app.registered_commands)
    assert all(line.endswith(".") and "..." not in line for line in listed.splitlines())


def test_the_version_is_that_of_the_package(home, capsys):
    assert run(capsys, "--version") == (0, f"{version('document-qa')}\n", "")


@pytest.mark.parametrize("command", ["ask", "chat", "index", "list", "show", "evaluate", "tune"])
def test_every_command_has_help(home, capsys, command):
    code, out, err = run(capsys, command, "--help")
    assert (code, err) == (0, "")
    assert command in out


# Nothing in a document can steer the terminal


def steering(text):
    """Return the characters that a terminal would obey."""
    allowed = "\n\t"
    marks = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return {c for c in text if (ord(c) < 32 or 127 <= ord(c) < 160 or c in marks)} - set(allowed)


@pytest.fixture
def hostile(place, docs, capsys):
    (docs / "a\x1b[31mb\u202e.txt").write_text(HOSTILE, encoding="utf-8")
    (docs / "c.md").write_text(f"# T {HOSTILE}\n\n## S {HOSTILE}\n\n{HOSTILE}", encoding="utf-8")
    (docs / "d\x1b[2J.pdf").write_bytes(b"%PDF-1.7 nothing")
    run(capsys, "index", docs, "--library", place)
    return place


def test_no_command_prints_what_would_steer_the_terminal(hostile, docs, capsys):
    assert steering(HOSTILE) > {"\x1b", "\x9b", "\u202e", "\r", "\x07"}
    for command in (
        ["ask", "keeper sleeps here", "--library", hostile],
        ["list", "--library", hostile],
        ["index", docs, "--library", hostile],
        ["ask", "keeper", "--docs", docs],
    ):
        _, out, err = run(capsys, *command)
        assert not steering(out + err), command
    assert "�" in run(capsys, "ask", "keeper", "--library", hostile)[1]


def test_an_answer_on_a_terminal_has_no_escapes_but_colours_of_ours(hostile):
    screen = io.StringIO()
    with Library.open(hostile) as library:
        answer = library.ask("keeper sleeps here")
    print_answer(Console(file=screen, force_terminal=True, width=80), answer)
    printed = screen.getvalue()
    assert "\x1b[1m" in printed, "colours of ours are there"
    assert "[2J" not in printed.replace("�[2J", "")
    assert not steering(printed) - {"\x1b"}
    assert "\x1b]" not in printed


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_show_on_a_terminal_cannot_be_steered(hostile):
    output = on_terminal("show", "c.md", "--library", hostile)
    assert "sleeps" in output
    assert not steering(output.replace("\r\n", "\n"))


def on_terminal(*arguments):
    """Return what a command prints on a terminal of its own."""
    ours, its = os.openpty()
    subprocess.run(
        [sys.executable, "-m", "qa", *arguments], stdout=its, stderr=its, timeout=60, check=False
    )
    os.close(its)
    with os.fdopen(ours, "rb") as terminal:
        return terminal.read1(65536).decode()


def test_a_reader_that_goes_away_is_no_error(place, docs, capsys):
    (docs / "long.txt").write_text("The keeper sleeps.\n" * 8_000, encoding="utf-8")
    run(capsys, "index", docs, "--library", place)
    command = [sys.executable, "-m", "qa", "show", "long.txt", "--library", place]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.read(10) == b"The keeper"
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


# The real model, in a process of its own


def qa(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "qa", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_the_samples_answer_what_they_hold_and_nothing_else(home):
    asked = qa("ask", "Who asked that peacocks should wander in the park?", "--json")
    assert (asked.returncode, asked.stderr) == (0, "")
    answer = json.loads(asked.stdout)
    first = answer["citations"][0]
    assert first["document"] == "palace-of-nations.md"
    assert "peacocks" in first["text"]
    shown = qa("show", "palace-of-nations.md").stdout
    assert shown[first["start"] : first["end"]] == first["text"]
    assert len(json.loads(qa("list", "--json").stdout)["documents"]) >= 12
    asked = qa("ask", "How do I bake sourdough bread at home?")
    assert (asked.returncode, asked.stderr) == (3, "")
    assert "No passage answers this" in asked.stdout


@pytest.mark.slow
def test_index_then_ask_with_the_real_model(home, docs, tmp_path):
    (docs / "light.txt").write_text(LIGHTHOUSE, encoding="utf-8")
    library = tmp_path / "library"
    assert qa("index", docs, "--library", library).returncode == 0
    asked = qa("ask", "Who was the first keeper of the lighthouse?", "--library", library, "--json")
    assert asked.returncode == 0, asked.stderr
    [(start, end)] = json.loads(asked.stdout)["citations"][0]["highlights"]
    assert LIGHTHOUSE[start:end] == "Its first keeper was Agnes Orr."
    wrong = qa("ask", "x", "--library", tmp_path / "none")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
