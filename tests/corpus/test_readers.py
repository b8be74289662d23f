"""The seam: which reader takes a file, and what every failure looks like."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpus import readers
from corpus.errors import Encrypted, ReadError, UnsupportedFormat
from corpus.types import Document
from tests.corpus.packages import compound, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def test_suffixes_are_lower_case_and_dotted():
    assert {".txt", ".md", ".html", ".pdf", ".docx"} <= readers.suffixes()
    assert all(suffix.startswith(".") and suffix.islower() for suffix in readers.suffixes())


@pytest.mark.parametrize("suffix", [*sorted(readers.suffixes()), ".xyz", ""])
def test_an_empty_file_is_an_empty_document(suffix):
    assert readers.read(b"", f"file{suffix}") == Document("")


def test_the_suffix_chooses_whatever_its_case():
    assert readers.read(b"<p>one<p>two", "A.HTML").text == "one\n\ntwo"
    assert readers.read(b"<p>one<p>two", "a.txt").text == "<p>one<p>two"


def test_content_chooses_where_the_suffix_is_unknown():
    assert readers.read(b"<!DOCTYPE html><p>one", "page").text == "one"
    assert readers.read(b"key = value\n", "settings.toml").text == "key = value\n"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"caf\xe9", b"PK\x03\x04 something"])
def test_unknown_formats_are_named_with_what_is_read(data):
    with pytest.raises(UnsupportedFormat, match=r"a \.bin file .*PDF, Word") as raised:
        readers.read(data + b"\0", "x.bin")
    assert "\n" not in str(raised.value)


def test_the_content_of_an_office_file_wins_over_its_suffix():
    rtf = b"{\\rtf1 rich\\par}"
    page = b"<html><p>a page"
    docx = zipped(
        {"word/document.xml": "<document><body><p><r><t>new</t></r></p></body></document>"}
    )
    assert readers.read(rtf, "a.doc").text == "rich"
    assert readers.read(page, "a.doc").text == readers.read(page, "a.xls").text == "a page"
    assert readers.read(docx, "a.doc").text == readers.read(docx, "a").text == "new"
    assert readers.read(b"just text\n", "a.doc").text == "just text\n"
    assert readers.read(b"<?xml version='1.0'?><a>one</a>", "a.xyz").text == "one"


def test_locked_old_and_broken_office_files_are_told_apart():
    with pytest.raises(Encrypted, match="password"):
        readers.read(compound({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), "a.docx")
    with pytest.raises(UnsupportedFormat, match="a file of unknown kind"):
        readers.read(compound({"Something": b"else"}), "a")
    with pytest.raises(ReadError, match="not a whole Office file"):
        readers.read(OLE + b"WordDocument", "a.doc")


def test_whatever_a_parser_raises_becomes_one_line(monkeypatch):
    from corpus.readers import text

    def broken(data):
        raise ValueError("first reason\nsecond line")

    monkeypatch.setattr(text, "read", broken)
    with pytest.raises(
        ReadError, match=r"^cannot be read: first reason; open it and save it again$"
    ):
        readers.read(b"x", "a.txt")


def test_a_reader_is_imported_only_when_needed():
    check = (
        "import sys, corpus.readers as r; r.read(b'x', 'a.txt');"
        "late = 'pypdfium2', 'markdown_it', 'xberg', 'chardetng_py', 'html.parser';"
        "print([name for name in late if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "[]"
